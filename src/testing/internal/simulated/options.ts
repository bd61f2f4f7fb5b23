import type * as Duration from "effect/Duration"
import type * as Environment from "../../../Environment.js"
import type { Events as ProductEvents } from "../encoders.js"

/**
 * An API key of an account, with what its signatures are checked against: a secret key (HMAC), or a public key in PEM
 * (RSA or Ed25519). Without either only unsigned calls succeed.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccountOptions {
  readonly apiKey: string
  readonly secretKey?: string | undefined
  readonly publicKey?: string | undefined
  /** The name of the account. Default: the account of `defaultApiKey`. */
  readonly account?: string | undefined
}

/**
 * Whose events.
 *
 * @since 0.1.0
 * @category models
 */
export interface Target<P extends Environment.Product = Environment.Product> {
  readonly product: P
  /** The name of the account. Default: the account of `defaultApiKey`. */
  readonly account?: string | undefined
  /** An isolated margin symbol. */
  readonly symbol?: string | undefined
}

/**
 * The events of each product.
 *
 * @since 0.1.0
 * @category models
 */
export interface Events extends ProductEvents {}

/**
 * Whose trading day it is, and how fast it passes.
 *
 * @since 0.1.0
 * @category models
 */
export interface TradingDayOptions {
  /** The time between two steps, of which each may push some events. Default: none. */
  readonly interval?: Duration.DurationInput | undefined
  readonly account?: string | undefined
  /** An isolated margin symbol. */
  readonly symbol?: string | undefined
}

/**
 * How often a socket is pinged, and how long a pong may take. What is not set keeps its default.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cadence {
  readonly pingInterval?: Duration.DurationInput | undefined
  readonly pongTimeout?: Duration.DurationInput | undefined
}

/**
 * How the simulated Binance differs from the real one. Every option has a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Whether the listen-key calls of spot and margin are gone, as they are since 2026-02-20. Default: `true`. */
  readonly retired?: boolean | undefined
  /**
   * Whether too much weight (429) and too many connects (more than 300 in 5 minutes) are refused, or only counted as
   * violations. Default: `false`.
   */
  readonly enforceLimits?: boolean | undefined
  /** How long a socket lives. Default: 24 hours. */
  readonly socketLifetime?: Duration.DurationInput | undefined
  /** How a socket ends after that: the code of the close frame, or 1006 for none. Default: 1001. */
  readonly lifetimeCloseCode?: number | undefined
  /** The pings of the WebSocket API: spot and margin. Default: every 20 seconds, 1 minute. */
  readonly webSocketApi?: Cadence | undefined
  /** The pings of futures, portfolio margin and margin risk. Default: every 3 minutes, 10 minutes. */
  readonly futures?: Cadence | undefined
  /** The pings of European options. Default: every 5 minutes, 15 minutes. */
  readonly options?: Cadence | undefined
  /** How many subscriptions may be active on a socket. Default: 1000. */
  readonly maxSubscriptions?: number | undefined
  /** How many subscriptions a socket may have in its life. Default: 65535. */
  readonly maxSubscriptionIds?: number | undefined
  /**
   * The first id of orders, trades, transfers and what else has one: with `"9007199254740993"` ids are beyond what a
   * number can hold. Default: `"1000000001"`.
   */
  readonly firstId?: string | undefined
  /**
   * Whether what Binance pushes by the clock alone comes too: balances and greeks of options every 10 seconds while a
   * position is open, and Portfolio Margin Pro every 5 seconds. Default: `false`, because a day on the virtual clock would
   * have thousands of them.
   *
   * @since 0.2.0
   */
  readonly pushesByClock?: boolean | undefined
  /** What chance starts from. Default: taken from Effect's `Random`. */
  readonly seed?: number | undefined
  /** API keys beside the default one. */
  readonly accounts?: ReadonlyArray<AccountOptions> | undefined
}

/**
 * The API key of the account that always exists.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultApiKey = "SimulatedBinanceDefaultApiKey00000000000000000000000000000000001"

/**
 * The secret key (HMAC) of the account that always exists.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultSecretKey = "SimulatedBinanceDefaultSecretKey00000000000000000000000000000001"

/**
 * The name of the account that always exists.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultAccount = "default"
