import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import { type BinanceError, DecodeError, RequestTimeout } from "../../BinanceError.js"
import type { Credentials } from "../../Credentials.js"
import { whereItDeparts } from "../departure.js"
import { annotateSpans, withAccount } from "../identity.js"
import * as Span from "../span.js"
import { authorize } from "./authorize.js"
import type { Answer } from "./envelope.js"
import type { KnownSecrets } from "./knownSecrets.js"
import { type Handler, type Options, type Parameters, type Request, reveal, Session, secretsOf } from "./model.js"
import { isSuccess, toBinanceError } from "./refusal.js"
import type { WebSocketRouter } from "./router.js"

/** A request without the schema of its result. */
export type Ask = Omit<Request<unknown, unknown>, "result">

/** Sends a request and waits for its answer. If it subscribes, the handler gets the events. */
export interface Call {
  (ask: Ask, handler?: Handler): Effect.Effect<Answer, BinanceError>
  readonly account: string | undefined
}

export interface Exchange {
  readonly router: WebSocketRouter
  readonly credentials: Credentials.Service
  readonly secrets: KnownSecrets
  readonly clockOffset: Ref.Ref<number>
  /** Waits until requests are allowed. */
  readonly permit: Effect.Effect<void>
  /** Called with every refusal. */
  readonly onRefused: (error: BinanceError) => Effect.Effect<void>
}

/** Decodes the content of an answer. */
export const decode = <A, I>(
  { account }: Call,
  method: string,
  schema: Schema.Schema<A, I>,
  value: unknown
): Effect.Effect<A, DecodeError> =>
  Effect.mapError(
    Schema.decodeUnknown(schema)(value),
    (error) => new DecodeError({ operation: method, status: 200, reason: whereItDeparts(error), account })
  )

/** Sends a request and decodes its result. */
export const request =
  (call: Call) =>
  <A, I>(request: Request<A, I>): Effect.Effect<A, BinanceError> =>
    Effect.flatMap(call(request), (answer) => decode(call, request.method, request.result, answer.result))

/** Measures the clock offset, with the server time of a refusal or of a new request. */
const measureClock = (call: Call, clockOffset: Ref.Ref<number>, given: number | undefined) =>
  Effect.gen(function* () {
    const before = yield* Clock.currentTimeMillis
    const serverTime = given ?? (yield* request(call)({ method: "session.status", result: Session })).serverTime
    const after = yield* Clock.currentTimeMillis
    yield* Ref.set(clockOffset, Math.round(serverTime - (before + after) / 2))
  })

/** Makes the calls of one socket. Each try has its own permit, timestamp, signature and span. */
export const make = (options: Options, exchange: Exchange): Call => {
  const { clockOffset, credentials, router, secrets } = exchange
  const requestTimeout = Duration.toMillis(options.requestTimeout ?? "12 seconds")

  const send = (method: string, params: Parameters, handler: Handler | undefined) =>
    Effect.async<Answer, BinanceError>((resume) => {
      secrets.add(secretsOf(params))
      const giveUp = router.request(method, reveal(params), handler, resume)
      return Effect.sync(giveUp)
    }).pipe(
      Effect.timeoutFail({
        duration: requestTimeout,
        onTimeout: () => new RequestTimeout({ operation: method, after: requestTimeout })
      })
    )

  const refuse = (answer: Answer, method: string) =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const error = toBinanceError(answer, method, { now, scrub: secrets.scrub })
      yield* exchange.onRefused(error)
      return yield* error
    })

  const { name: account } = credentials
  const tryOnce = (ask: Ask, handler?: Handler) =>
    Effect.gen(function* () {
      yield* exchange.permit
      const params = yield* authorize(ask, credentials, {
        clockOffset: yield* Ref.get(clockOffset),
        recvWindow: options.recvWindow
      })
      const answer = yield* send(ask.method, params, handler)
      return isSuccess(answer) ? answer : yield* refuse(answer, ask.method)
    }).pipe(
      Span.around(`WebSocketApi ${ask.method}`, { kind: "client" }),
      annotateSpans(account),
      Effect.mapError(withAccount(account))
    )
  const once: Call = Object.assign(tryOnce, { account })

  const call = (ask: Ask, handler?: Handler) =>
    ask.security === "signed" || ask.security === "session"
      ? Effect.catchTag(once(ask, handler), "ClockSkew", ({ serverTime }) =>
          Effect.zipRight(measureClock(once, clockOffset, serverTime), once(ask, handler))
        )
      : once(ask, handler)
  return Object.assign(call, { account })
}
