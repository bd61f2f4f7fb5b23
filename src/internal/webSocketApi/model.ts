import type * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { BinanceError } from "../../BinanceError.js"
import type { Frame } from "../decoder/frame.js"
import { Millis } from "../epoch.js"

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
 * Options of a subscription.
 *
 * @since 0.1.0
 * @category models
 */
export interface SubscribeOptions {
  /** Sent, and signed, along with the documented parameters: for what Binance adds to them. */
  readonly extraParams?: Parameters | undefined
}

/**
 * Parameters by name. Secret ones are `Redacted`; those that are `undefined` are left out; a `bigint` is an integer of any
 * size.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parameters {
  readonly [name: string]:
    | string
    | number
    | bigint
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
   * What is added to the parameters: the API key; or API key, timestamp, `recvWindow` and signature, anew at each try; or,
   * on a connection that is logged on (`"session"`, since 0.2.0), timestamp and `recvWindow`. Default: nothing.
   */
  readonly security?: "none" | "apiKey" | "signed" | "session" | undefined
  /**
   * What the result is decoded with. A number that JavaScript would write back differently, such as an id beyond 2^53 or
   * `1.50`, is a `LosslessNumber` of `lossless-json`, whose text is exact.
   */
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
 * How a connection is opened, and how long its calls may take.
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
  /**
   * Called with each error that the server sends without a request's id. An `Unauthorized` says that the API key is not
   * valid any more. The requests in flight fail with the same error.
   */
  readonly onServerError?: ((error: BinanceError) => void) | undefined
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

export interface RateLimit extends Schema.Schema.Type<typeof RateLimit> {}

/** The parameters as they are sent, secrets included. */
export const reveal = (params: Parameters): { readonly [name: string]: unknown } =>
  Object.fromEntries(
    Object.entries(params)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, Redacted.isRedacted(value) ? Redacted.value(value) : value])
  )

export const secretsOf = (params: Parameters): ReadonlyArray<Redacted.Redacted<string>> =>
  Object.values(params).filter((value) => Redacted.isRedacted(value))
