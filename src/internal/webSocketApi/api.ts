import { WebSocketConstructor } from "@effect/platform/Socket"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import * as Ref from "effect/Ref"
import type { BinanceError } from "../../BinanceError.js"
import { BinanceHttp } from "../../BinanceHttp.js"
import { Credentials } from "../../Credentials.js"
import { obey } from "../http/ipLimits.js"
import { withAccount } from "../identity.js"
import type { Signals } from "../socket/receiver.js"
import * as Calls from "./calls.js"
import type { Answer } from "./envelope.js"
import * as Exchange from "./exchange.js"
import * as KnownSecrets from "./knownSecrets.js"
import type { Handler, Options } from "./model.js"
import * as Probe from "./probe.js"
import * as RateLimits from "./rateLimits.js"
import { toBinanceError } from "./refusal.js"
import * as Socket from "./socket.js"

/** The options of a connection, and the secrets that the account has sent before. */
export interface WatchedOptions extends Options {
  readonly secrets?: KnownSecrets.KnownSecrets | undefined
}

const serverErrorOf = (answer: Answer, { scrub }: KnownSecrets.KnownSecrets): Effect.Effect<BinanceError> =>
  Effect.map(Clock.currentTimeMillis, (now) => toBinanceError(answer, "the WebSocket API connection", { now, scrub }))

/** An answer without a code is not from Binance but from a gateway, which cannot judge an API key. */
const isKeyRefused = (error: BinanceError): boolean => error._tag === "Unauthorized" && error.code !== undefined

/** The connection is not logged on any more. */
const isLoggedOff = (error: BinanceError): boolean => "code" in error && error.code === -1193

/** A probe by request, for implementations that cannot send pings. */
const askForAnswer = (status: Effect.Effect<unknown, BinanceError>, signals: Signals, id: number) =>
  Effect.interruptible(Effect.match(status, { onFailure: () => {}, onSuccess: () => signals.onProbeAnswer(id) }))

/** Opens a connection to the WebSocket API. `signals` gets the pings, pongs and the end of its socket. */
export const make = (options: WatchedOptions, signals: Signals) =>
  Effect.gen(function* () {
    const http = yield* BinanceHttp
    const credentials = yield* Credentials
    const own = withAccount(credentials.name)
    const run = yield* FiberSet.makeRuntime<never>()
    const secrets = options.secrets ?? KnownSecrets.make(credentials.apiKey)
    const clockOffset = yield* Ref.make(options.clockOffset ?? 0)
    const isAuthenticated = yield* Ref.make(false)
    const rateLimits = RateLimits.make()

    const onServerError = (answer: Answer) =>
      Effect.gen(function* () {
        const error = own(yield* serverErrorOf(answer, secrets))
        yield* obey(http, error)
        options.onServerError?.(error)
        if (isKeyRefused(error)) {
          yield* Ref.set(isAuthenticated, false)
          signals.onLost(Exit.fail(error))
        }
      })
    const onAnswer = (answer: Answer) => {
      rateLimits.onAnswer(answer)
      if (answer.id === null) {
        run(onServerError(answer))
      }
    }
    const onRefused = (error: BinanceError) =>
      Effect.zipRight(isLoggedOff(error) ? Ref.set(isAuthenticated, false) : Effect.void, obey(http, error))

    yield* http.connectPermit
    const { closed, frames, router } = yield* Socket.open(options, signals, { secrets, onAnswer }).pipe(
      Effect.mapError(own),
      Effect.tapError((error) => obey(http, error))
    )
    const permit = Effect.raceFirst(http.unblocked, Effect.asVoid(closed))
    const call = Exchange.make(options, { router, credentials, secrets, clockOffset, permit, onRefused })
    const session = Calls.session(call, credentials, (value) => Ref.set(isAuthenticated, value))

    return {
      request: Exchange.request(call),
      session: { ...session, isAuthenticated: Ref.get(isAuthenticated) },
      userDataStream: {
        ...Calls.subscriptions(call),
        ...Calls.listenKeys(call)
      },
      rateLimits: Effect.sync(rateLimits.current),
      clockOffset: Ref.get(clockOffset),
      subscriptionOf: (handler: Handler) => router.subscriptionOf(handler),
      closed,
      frames,
      openedAt: yield* Clock.currentTimeMillis,
      probe: Probe.paced(run, (id) =>
        frames === undefined ? run(askForAnswer(session.status, signals, id)) : frames.ping(String(id))
      )
    }
  })

export type Watched = Effect.Effect.Success<ReturnType<typeof make>>

/** The services with which a product is made. The consuming fiber may have those of another account. */
export const services = Effect.map(
  Effect.context<BinanceHttp | Credentials | WebSocketConstructor>(),
  Context.pick(BinanceHttp, Credentials, WebSocketConstructor)
)
