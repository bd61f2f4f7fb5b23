/**
 * Binance's WebSocket API: requests and responses over one socket, on which user data events of spot and margin arrive
 * as well.
 *
 * A connection lives until its scope closes or the peer ends it. It does not reconnect: that is the business of the
 * stream that uses it.
 *
 * @since 0.1.0
 */
import type * as Socket from "@effect/platform/Socket"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { BinanceError } from "./BinanceError.js"
import { DecodeError, InvalidCredentials, RequestTimeout, TransportError } from "./BinanceError.js"
import { BinanceHttp } from "./BinanceHttp.js"
import { Credentials, type Signer, webSocketPayload } from "./Credentials.js"
import type { Frame } from "./Decoder.js"
import { blockedUntil, toError } from "./internal/answer.js"
import { whereItDeparts } from "./internal/departure.js"
import { Millis, timestampOf } from "./internal/epoch.js"
import { scrub } from "./internal/secrets.js"
import * as Span from "./internal/span.js"
import { type Closed, type Connection, connect } from "./internal/webSocket.js"
import { type Answer, contentOf, WebSocketRouter } from "./internal/webSocketRouter.js"
import type { ListenKey } from "./ListenKey.js"

export type { Closed } from "./internal/webSocket.js"

/**
 * A connection to the WebSocket API, for one account.
 *
 * @since 0.1.0
 * @category tags
 */
export class WebSocketApi extends Context.Tag("effect-binance-user-data/WebSocketApi")<
  WebSocketApi,
  WebSocketApi.Service
>() {}

/**
 * The types of the `WebSocketApi` service.
 *
 * @since 0.1.0
 */
export declare namespace WebSocketApi {
  /**
   * One connection to the WebSocket API. It does not reconnect: once it is closed, its calls fail with
   * `TransportError`.
   *
   * @since 0.1.0
   * @category models
   */
  export interface Service {
    /** Sends a request and decodes its result. Any number of requests may be in flight. */
    readonly request: <A, I>(request: Request<A, I>) => Effect.Effect<A, BinanceError>
    readonly session: SessionCalls
    readonly userDataStream: UserDataStreamCalls
    /** The limits and their use, as the last responses told them. Empty with `returnRateLimits: false`. */
    readonly rateLimits: Effect.Effect<ReadonlyArray<RateLimit>>
    /** By how much the server's clock was ahead when it was last compared, in ms. 0 before that. */
    readonly clockOffset: Effect.Effect<number>
    /** Waits until nothing can arrive any more. */
    readonly closed: Effect.Effect<Closed>
    /** Pings and flow control, where the WebSocket implementation has them. */
    readonly frames: Connection["frames"]
  }

  /**
   * The `session.*` calls.
   *
   * @since 0.1.0
   * @category models
   */
  export interface SessionCalls {
    /** `session.logon`: authenticates the connection. Needs an Ed25519 key, fails with `InvalidCredentials` otherwise. */
    readonly logon: Effect.Effect<Session, BinanceError>
    /** `session.status`. */
    readonly status: Effect.Effect<Session, BinanceError>
    /** `session.logout`: ends also the subscription that was made with `userDataStream.subscribe`. */
    readonly logout: Effect.Effect<Session, BinanceError>
    /** `session.subscriptions`: the ids of the active subscriptions. */
    readonly subscriptions: Effect.Effect<ReadonlyArray<number>, BinanceError>
    /** Whether the connection is logged on, as far as the answers up to now tell. */
    readonly isAuthenticated: Effect.Effect<boolean>
  }

  /**
   * The `userDataStream.*` calls.
   *
   * @since 0.1.0
   * @category models
   */
  export interface UserDataStreamCalls {
    /** `userDataStream.subscribe`: the events of the account that is logged on. */
    readonly subscribe: (handler: Handler, options?: SubscribeOptions) => Effect.Effect<Subscription, BinanceError>
    /** `userDataStream.subscribe.signature`: the events of the account of the credentials, whatever the kind of key. */
    readonly subscribeSignature: (
      handler: Handler,
      options?: SubscribeOptions
    ) => Effect.Effect<Subscription, BinanceError>
    /**
     * `userDataStream.subscribe.listenToken`: the events of the margin account that the token is for. A new token,
     * subscribed before the old one expires, extends the running subscription.
     */
    readonly subscribeListenToken: (
      token: Redacted.Redacted<string>,
      handler: Handler,
      options?: SubscribeOptions
    ) => Effect.Effect<Subscription, BinanceError>
    /** `userDataStream.unsubscribe`: ends one subscription, or all of them. */
    readonly unsubscribe: (subscriptionId?: number) => Effect.Effect<void, BinanceError>
    /** `userDataStream.start` (futures): the same listen key that REST gives. Its events arrive on the stream host. */
    readonly start: Effect.Effect<ListenKey, BinanceError>
    /** `userDataStream.ping` (futures): extends the listen key's life to 60 minutes. */
    readonly ping: Effect.Effect<ListenKey, BinanceError>
    /** `userDataStream.stop` (futures): ends the listen key. */
    readonly stop: Effect.Effect<void, BinanceError>
  }
}

/**
 * Takes each frame of a subscription, synchronously and in the order of arrival: its text, or its bytes where the
 * WebSocket implementation has not made text of them. Decoders take both. Must not throw, nor keep the bytes.
 *
 * It may be called before the effect that subscribes has completed. Frames that belong to no subscription, such as
 * `serverShutdown`, go to every handler.
 *
 * @since 0.1.0
 * @category models
 */
export type Handler = (frame: Frame) => void

/**
 * What a subscription may have besides what is documented.
 *
 * @since 0.1.0
 * @category models
 */
export interface SubscribeOptions {
  /** Sent, and signed, along with the documented parameters: for what Binance adds to them. */
  readonly extraParams?: Parameters | undefined
}

/**
 * Parameters by name. Secret ones are `Redacted`; those that are `undefined` are left out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parameters {
  readonly [name: string]:
    | string
    | number
    | boolean
    | ReadonlyArray<string | number | boolean>
    | Redacted.Redacted<string>
    | undefined
}

/**
 * A call of the WebSocket API, and the schema of its result.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request<A, I> {
  /** `session.status` */
  readonly method: string
  readonly params?: Parameters | undefined
  /**
   * What is added to the parameters: the API key; or API key, timestamp, `recvWindow` and signature, anew at each try.
   * Default: nothing.
   */
  readonly security?: "none" | "apiKey" | "signed" | undefined
  readonly result: Schema.Schema<A, I>
}

/**
 * A subscription that Binance has confirmed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Subscription {
  readonly subscriptionId: number
  /** When a listen token ends the subscription unless it is extended, in epoch ms. */
  readonly expiresAt: number | undefined
}

/**
 * How a connection is opened, how long its calls may take, and who hears of what happens to it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** `wss://ws-api.binance.com:443/ws-api/v3`: see `Environment.webSocketApi`. */
  readonly url: string
  /** How long an answer may take. Binance itself gives up after 10 seconds. Default: 12 seconds. */
  readonly requestTimeout?: Duration.DurationInput | undefined
  /** How long opening the connection may take. Default: 10 seconds. */
  readonly openTimeout?: Duration.DurationInput | undefined
  /** How long a signature stays valid, in ms (at most 60000). Binance takes 5000 where it is not given. */
  readonly recvWindow?: number | undefined
  /** The unit of the times in events. Times in results are ms in any case. Default: ms. */
  readonly timeUnit?: "MILLISECOND" | "MICROSECOND" | undefined
  /** Whether responses tell the rate limits. Default: Binance's, which is yes. */
  readonly returnRateLimits?: boolean | undefined
  /** The `clockOffset` of an earlier connection, in ms. Default: 0. */
  readonly clockOffset?: number | undefined
  /** How many events may arrive before the answer to the call that subscribes to them. Default: 1024. */
  readonly earlyEvents?: number | undefined
  /** Called for each frame of any kind, as a sign of life. */
  readonly onFrame?: (() => void) | undefined
  /** Called with the payload of each answer to a ping of ours, where the implementation shows them. */
  readonly onPong?: ((payload: string) => void) | undefined
  /**
   * Called with each error that the server sends without a request's id. An `Unauthorized` says that the API key is not
   * valid any more. The requests in flight fail with the same error.
   */
  readonly onServerError?: ((error: BinanceError) => void) | undefined
  /** Called once nothing can arrive any more. */
  readonly onClosed?: ((closed: Closed) => void) | undefined
}

/**
 * The state of a connection, as `session.status` tells it. Times are epoch ms.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Session = Schema.Struct({
  /** The key that the connection is logged on with; `null` if it is not. */
  apiKey: Schema.NullOr(Schema.Redacted(Schema.String)),
  authorizedSince: Schema.NullOr(Millis),
  connectedSince: Millis,
  returnRateLimits: Schema.Boolean,
  serverTime: Millis,
  /** Whether there is a subscription; `null` or absent where this WebSocket API has no user data. */
  userDataStream: Schema.optional(Schema.NullOr(Schema.Boolean))
})

/**
 * The state of a connection, as `session.status` tells it. Times are epoch ms.
 *
 * @since 0.1.0
 * @category schemas
 */
export interface Session extends Schema.Schema.Type<typeof Session> {}

/**
 * A rate limit and its use.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RateLimit = Schema.Struct({
  /** `REQUEST_WEIGHT`, `ORDERS`, `CONNECTIONS`, ... */
  rateLimitType: Schema.String,
  /** `SECOND`, `MINUTE`, `HOUR` or `DAY`. */
  interval: Schema.String,
  intervalNum: Schema.Number,
  limit: Schema.Number,
  count: Schema.optional(Schema.Number)
})

/**
 * A rate limit and its use.
 *
 * @since 0.1.0
 * @category schemas
 */
export interface RateLimit extends Schema.Schema.Type<typeof RateLimit> {}

const Subscribed = Schema.Struct({
  subscriptionId: Schema.NonNegativeInt,
  expirationTime: Schema.optional(Millis)
})

const Subscriptions = Schema.Array(Schema.Struct({ subscriptionId: Schema.NonNegativeInt }))

const Started = Schema.Struct({ listenKey: Schema.Redacted(Schema.NonEmptyString) })

const decodeRateLimits = Schema.decodeUnknownOption(Schema.Array(RateLimit))

const decodeErrorData = Schema.decodeUnknownOption(
  Schema.Struct({ serverTime: Schema.optional(Millis), retryAfter: Schema.optional(Millis) })
)

const rememberedSecrets = 64

const listenKeyLifetime = Duration.toMillis("60 minutes")

/** A refused request, and the server's time where the refusal told it. */
class Refused {
  constructor(
    readonly error: BinanceError,
    readonly serverTime: number | undefined
  ) {}
}

const reveal = (params: Parameters): { readonly [name: string]: unknown } =>
  Object.fromEntries(
    Object.entries(params)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, Redacted.isRedacted(value) ? Redacted.value(value) : value])
  )

const secretsOf = (params: Parameters): Array<Redacted.Redacted<string>> =>
  Object.values(params).filter((value) => Redacted.isRedacted(value))

/** The signer of an account, for an operation that cannot do without. */
const requireSigner = (
  credentials: Credentials.Service,
  operation: string
): Effect.Effect<Signer, InvalidCredentials> =>
  Option.match(credentials.signer, {
    onNone: () =>
      Effect.fail(
        new InvalidCredentials({
          reason: `${operation} has to be signed, and only an API key was given: set BINANCE_SECRET_KEY, BINANCE_PRIVATE_KEY_PATH or BINANCE_PRIVATE_KEY_PEM, or give Credentials.make a secretKey or a privateKey`
        })
      ),
    onSome: Effect.succeed
  })

/** The address with the options that Binance takes there, and its name in errors. */
const addressOf = (
  options: Options
): Effect.Effect<{ readonly url: string; readonly operation: string }, BinanceError> =>
  Effect.try({
    try: () => {
      const url = new URL(options.url)
      const operation = `connecting to ${url.protocol}//${url.host}${url.pathname}`
      if (options.timeUnit !== undefined) {
        url.searchParams.set("timeUnit", options.timeUnit)
      }
      if (options.returnRateLimits !== undefined) {
        url.searchParams.set("returnRateLimits", String(options.returnRateLimits))
      }
      return { url: url.href, operation }
    },
    catch: () =>
      new TransportError({ operation: "connecting to the WebSocket API", reason: "its address is not a valid URL" })
  })

/**
 * Opens a connection, which lasts as long as the scope unless the peer ends it before.
 *
 * When the scope closes, requests in flight fail with `TransportError`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options
): Effect.Effect<
  WebSocketApi.Service,
  BinanceError,
  Scope.Scope | Credentials | BinanceHttp | Socket.WebSocketConstructor
> =>
  Effect.gen(function* () {
    const http = yield* BinanceHttp
    const credentials = yield* Credentials
    const clock = yield* Effect.clock
    const runFork = Runtime.runFork(yield* Effect.runtime<never>())
    const requestTimeout = Duration.toMillis(options.requestTimeout ?? "12 seconds")
    const address = yield* addressOf(options)
    const rateLimits = new Map<string, RateLimit>()
    /** The server may repeat them when it closes the connection: the API key, and what was sent last. */
    const sent: Array<Redacted.Redacted<string>> = [credentials.apiKey]
    let clockOffset = options.clockOffset ?? 0
    let isAuthenticated = false
    let connection: Connection | undefined

    const refusalOf = (answer: Answer, operation: string, secrets: Iterable<Redacted.Redacted<string>>): Refused => {
      const now = clock.unsafeCurrentTimeMillis()
      const data = Option.getOrElse(decodeErrorData(answer.error?.data), () => ({
        serverTime: undefined,
        retryAfter: undefined
      }))
      const error = toError({
        operation,
        status: answer.status,
        code: answer.error?.code,
        msg: scrub(answer.error?.msg ?? "", [credentials.apiKey, ...secrets]),
        retryAt:
          data.retryAfter === undefined || data.serverTime === undefined
            ? data.retryAfter
            : now + data.retryAfter - data.serverTime,
        now
      })
      if (answer.error?.code === -1193 || (answer.id === null && error._tag === "Unauthorized")) {
        isAuthenticated = false
      }
      return new Refused(error, data.serverTime)
    }

    const obey = (error: BinanceError) =>
      Effect.suspend(() => {
        const until = blockedUntil(error)
        if (until === undefined) {
          return Effect.void
        }
        return http.block(until)
      })

    const router = new WebSocketRouter({
      send: (text) => connection?.send(text) === true,
      capacity: options.earlyEvents ?? 1024,
      onAnswer: (answer) => {
        for (const limit of Option.getOrElse(decodeRateLimits(answer.rateLimits), () => [])) {
          rateLimits.set(`${limit.rateLimitType} ${limit.intervalNum} ${limit.interval}`, limit)
        }
      },
      onServerError: (answer) => {
        const { error } = refusalOf(answer, "the WebSocket API connection", [])
        runFork(obey(error))
        options.onServerError?.(error)
        return (method) => refusalOf(answer, method, []).error
      }
    })

    yield* http.connectPermit
    const opened = yield* connect({
      url: Redacted.make(address.url),
      operation: address.operation,
      secrets: sent,
      openTimeout: options.openTimeout,
      handlers: {
        onMessage: (frame) => {
          options.onFrame?.()
          router.receive(frame)
        },
        onPing: () => options.onFrame?.(),
        onPong: (payload) => {
          options.onFrame?.()
          options.onPong?.(payload)
        },
        onClosed: (closed) => {
          router.close(`the connection was closed with ${closed.code}`)
          options.onClosed?.(closed)
        }
      }
    }).pipe(Effect.tapError(obey))
    connection = opened
    yield* Effect.addFinalizer(() => Effect.sync(() => router.close("the connection has been closed by its owner")))

    const permit = Effect.raceFirst(http.unblocked, Effect.asVoid(opened.closed))

    const send = (
      method: string,
      params: { readonly [name: string]: unknown },
      secrets: Iterable<Redacted.Redacted<string>>,
      handler: Handler | undefined
    ): Effect.Effect<Answer, Refused> =>
      Effect.async<Answer, BinanceError>((resume) => {
        sent.push(...secrets)
        sent.splice(1, sent.length - 1 - rememberedSecrets)
        const giveUp = router.request(method, params, handler, (answer: Either.Either<Answer, BinanceError>) =>
          resume(answer)
        )
        return Effect.sync(giveUp)
      }).pipe(
        Effect.timeoutFail({
          duration: requestTimeout,
          onTimeout: () => new RequestTimeout({ operation: method, after: requestTimeout })
        }),
        Effect.mapError((error) => new Refused(error, undefined)),
        Effect.filterOrFail(
          (answer) => answer.error === undefined && answer.status >= 200 && answer.status < 300,
          (answer) => refusalOf(answer, method, secrets)
        ),
        Effect.tapError(({ error }) => obey(error))
      )

    const attemptOnce = (
      { method, params = {}, security = "none" }: Omit<Request<unknown, unknown>, "result">,
      handler: Handler | undefined
    ): Effect.Effect<Answer, Refused> =>
      Effect.gen(function* () {
        yield* permit
        const secrets = secretsOf(params)
        if (security === "none") {
          return yield* send(method, reveal(params), secrets, handler)
        }
        if (security === "apiKey") {
          return yield* send(method, reveal({ ...params, apiKey: credentials.apiKey }), secrets, handler)
        }
        const refused = (error: BinanceError) => new Refused(error, undefined)
        const signer = yield* Effect.mapError(requireSigner(credentials, method), refused)
        const signed = reveal({
          ...params,
          apiKey: credentials.apiKey,
          recvWindow: options.recvWindow,
          timestamp: timestampOf(yield* Clock.currentTimeMillis, clockOffset)
        })
        const signature = yield* Effect.mapError(signer.sign(webSocketPayload(signed)), refused)
        return yield* send(
          method,
          { ...signed, signature: Redacted.value(signature) },
          [...secrets, signature],
          handler
        )
      })

    const attempt: typeof attemptOnce = (request, handler) =>
      Span.around(`WebSocketApi ${request.method}`, { kind: "client" })(attemptOnce(request, handler))

    const decode = <A, I>(method: string, schema: Schema.Schema<A, I>, value: unknown): Effect.Effect<A, DecodeError> =>
      Effect.mapError(
        Schema.decodeUnknown(schema)(value),
        (error) => new DecodeError({ operation: method, status: 200, reason: whereItDeparts(error) })
      )

    const measureClock = (reported: number | undefined) =>
      Effect.gen(function* () {
        const before = yield* Clock.currentTimeMillis
        const serverTime = reported ?? (yield* status).serverTime
        const after = yield* Clock.currentTimeMillis
        clockOffset = Math.round(serverTime - (before + after) / 2)
      })

    const call = (
      request: Omit<Request<unknown, unknown>, "result">,
      handler?: Handler
    ): Effect.Effect<Answer, BinanceError> => {
      const once = attempt(request, handler)
      const twice =
        request.security !== "signed"
          ? once
          : Effect.catchIf(
              once,
              ({ error }) => error._tag === "ClockSkew",
              ({ serverTime }) =>
                measureClock(serverTime).pipe(
                  Effect.mapError((error) => new Refused(error, undefined)),
                  Effect.zipRight(once)
                )
            )
      return Effect.mapError(twice, ({ error }) => error)
    }

    const request: WebSocketApi.Service["request"] = (request) =>
      Effect.flatMap(call(request), (answer) => decode(request.method, request.result, answer.result))

    const session = (method: string, security: Request<unknown, unknown>["security"] = "none") =>
      Effect.tap(request({ method, security, result: Session }), ({ apiKey }) =>
        Effect.sync(() => {
          isAuthenticated = apiKey !== null
        })
      )

    const status = session("session.status")

    const logon = Effect.gen(function* () {
      const method = "session.logon"
      const { kind } = yield* requireSigner(credentials, method)
      if (kind !== "Ed25519") {
        return yield* new InvalidCredentials({
          reason: `${method} needs an Ed25519 key, and this is an ${kind} key: sign the subscription instead (authentication: "signature"), which any key can do, or create an Ed25519 key`
        })
      }
      return yield* session(method, "signed")
    })

    const subscribe = (
      method: string,
      handler: Handler,
      security: Request<unknown, unknown>["security"],
      params: Parameters
    ): Effect.Effect<Subscription, BinanceError> =>
      call({ method, params, security }, handler).pipe(
        Effect.flatMap((answer) => decode(method, Subscribed, contentOf(answer))),
        Effect.map(({ expirationTime, subscriptionId }) => ({ subscriptionId, expiresAt: expirationTime }))
      )

    const listenKey = (method: string) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const { listenKey } = yield* request({ method, security: "apiKey", result: Started })
        return { key: listenKey, expiresAt: now + listenKeyLifetime }
      })

    return WebSocketApi.of({
      request,
      session: {
        logon,
        status,
        logout: session("session.logout"),
        subscriptions: Effect.map(
          request({ method: "session.subscriptions", result: Subscriptions }),
          (subscriptions) => subscriptions.map(({ subscriptionId }) => subscriptionId)
        ),
        isAuthenticated: Effect.sync(() => isAuthenticated)
      },
      userDataStream: {
        subscribe: (handler, { extraParams = {} } = {}) =>
          subscribe("userDataStream.subscribe", handler, "none", extraParams),
        subscribeSignature: (handler, { extraParams = {} } = {}) =>
          subscribe("userDataStream.subscribe.signature", handler, "signed", extraParams),
        subscribeListenToken: (listenToken, handler, { extraParams = {} } = {}) =>
          subscribe("userDataStream.subscribe.listenToken", handler, "none", { ...extraParams, listenToken }),
        unsubscribe: (subscriptionId) =>
          request({ method: "userDataStream.unsubscribe", params: { subscriptionId }, result: Schema.Unknown }).pipe(
            Effect.map(() => router.unsubscribed(subscriptionId))
          ),
        start: listenKey("userDataStream.start"),
        ping: listenKey("userDataStream.ping"),
        stop: Effect.asVoid(request({ method: "userDataStream.stop", security: "apiKey", result: Schema.Unknown }))
      },
      rateLimits: Effect.sync(() => Array.from(rateLimits.values())),
      clockOffset: Effect.sync(() => clockOffset),
      closed: opened.closed,
      frames: opened.frames
    })
  })

/**
 * A connection to the WebSocket API, open as long as the layer: see `make`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options
): Layer.Layer<WebSocketApi, BinanceError, Credentials | BinanceHttp | Socket.WebSocketConstructor> =>
  Layer.scoped(WebSocketApi, make(options))
