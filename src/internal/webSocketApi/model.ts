import type * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { BinanceError } from "../../BinanceError.js"
import { Millis } from "../epoch.js"

/**
 * Handles each frame of a subscription, synchronously and in order. It must not throw.
 *
 * It may be called before the effect that subscribes has completed. Frames without a subscription, such as
 * `serverShutdown`, go to every handler.
 *
 * @since 0.1.0
 * @category models
 */
export type Handler = (text: string) => void

/**
 * Options of a subscription.
 *
 * @since 0.1.0
 * @category models
 */
export interface SubscribeOptions {
  /** Sent and signed together with the documented parameters, for parameters that Binance adds later. */
  readonly extraParams?: Parameters | undefined
}

/**
 * Parameters by name. Secrets are `Redacted`; `undefined` is left out; a `bigint` is an integer of any size.
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
   * What to add to the parameters. `"apiKey"`: the API key. `"signed"`: API key, timestamp, `recvWindow` and signature,
   * computed for each try. `"session"` (since 0.2.0), on a connection that is logged on: timestamp and `recvWindow`.
   * Default: `"none"`.
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
  /** When the listen token expires, and with it the subscription, in epoch ms. */
  readonly expiresAt: number | undefined
}

/**
 * Options of a connection.
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
  /** How long a signature is valid, in ms, at most 60000. Default: Binance's, which is 5000. */
  readonly recvWindow?: number | undefined
  /** The unit of the times in events. Times in results are ms in any case. Default: ms. */
  readonly timeUnit?: "MILLISECOND" | "MICROSECOND" | undefined
  /** Whether responses include the rate limits. Default: Binance's, which is yes. */
  readonly returnRateLimits?: boolean | undefined
  /** The `clockOffset` of an earlier connection, in ms. Default: 0. */
  readonly clockOffset?: number | undefined
  /** How many events may arrive before the answer to the call that subscribes to them. Default: 1024. */
  readonly earlyEvents?: number | undefined
  /**
   * Called with each error that the server sends without the id of a request. `Unauthorized` means that the API key is no
   * longer valid. All requests in flight fail with the same error.
   */
  readonly onServerError?: ((error: BinanceError) => void) | undefined
}

/**
 * The state of a connection, as `session.status` returns it. Times are epoch ms.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Session = Schema.Struct({
  /** The API key of the logon; `null` without a logon. */
  apiKey: Schema.NullOr(Schema.Redacted(Schema.String)),
  authorizedSince: Schema.NullOr(Millis),
  connectedSince: Millis,
  returnRateLimits: Schema.Boolean,
  serverTime: Millis,
  /** Whether there is a subscription; `null` or absent if this WebSocket API has no user data. */
  userDataStream: Schema.optional(Schema.NullOr(Schema.Boolean))
})

export interface Session extends Schema.Schema.Type<typeof Session> {}

/**
 * A rate limit and its current usage.
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

/** The parameters as they are sent, with the secrets in clear. */
export const reveal = (params: Parameters): { readonly [name: string]: unknown } =>
  Object.fromEntries(
    Object.entries(params)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, Redacted.isRedacted(value) ? Redacted.value(value) : value])
  )

export const secretsOf = (params: Parameters): ReadonlyArray<Redacted.Redacted<string>> =>
  Object.values(params).filter((value) => Redacted.isRedacted(value))
