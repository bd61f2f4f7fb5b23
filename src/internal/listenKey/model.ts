import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { BinanceError } from "../../BinanceError.js"
import type { Product } from "../../Environment.js"

/**
 * A listen key, and until when it is valid unless it is kept alive.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListenKey {
  readonly key: Redacted.Redacted<string>
  /** Epoch ms. */
  readonly expiresAt: number
}

/**
 * How the listen-key calls of a product look.
 *
 * @since 0.1.0
 * @category models
 */
export interface Endpoint {
  readonly product: Product
  readonly path: string
  /** Where PUT and DELETE take the key; `none` where Binance finds it by the API key. */
  readonly keepaliveKey: "none" | "query" | "form"
  readonly closeKey: "none" | "query"
  /** Whether PUT returns the key that it kept alive. */
  readonly keepaliveTellsKey: boolean
  /** Isolated margin has one key for each symbol. */
  readonly symbol?: string | undefined
  /** What replaced these calls. */
  readonly successor?: string | undefined
}

/**
 * The table of all listen-key calls.
 *
 * `Spot`, `Margin` and `MarginIsolated` are the calls of 2025, which production retired on 2026-02-20.
 *
 * @since 0.1.0
 * @category constants
 */
export const endpoints = {
  CoinFutures: {
    product: "CoinFutures",
    path: "/dapi/v1/listenKey",
    keepaliveKey: "none",
    closeKey: "none",
    keepaliveTellsKey: true
  },
  UsdFutures: {
    product: "UsdFutures",
    path: "/fapi/v1/listenKey",
    keepaliveKey: "none",
    closeKey: "none",
    keepaliveTellsKey: true
  },
  EuropeanOptions: {
    product: "EuropeanOptions",
    path: "/eapi/v1/listenKey",
    keepaliveKey: "none",
    closeKey: "none",
    keepaliveTellsKey: false
  },
  PortfolioMargin: {
    product: "PortfolioMargin",
    path: "/papi/v1/listenKey",
    keepaliveKey: "none",
    closeKey: "none",
    keepaliveTellsKey: false
  },
  PortfolioMarginPro: {
    product: "PortfolioMarginPro",
    path: "/fapi/v1/listenKey",
    keepaliveKey: "none",
    closeKey: "none",
    keepaliveTellsKey: true
  },
  MarginRisk: {
    product: "MarginRisk",
    path: "/sapi/v1/margin/listen-key",
    keepaliveKey: "query",
    closeKey: "none",
    keepaliveTellsKey: false
  },
  Spot: {
    product: "Spot",
    path: "/api/v3/userDataStream",
    keepaliveKey: "form",
    closeKey: "query",
    keepaliveTellsKey: false,
    successor: "Spot.events (userDataStream.subscribe.signature on the WebSocket API)"
  },
  Margin: {
    product: "Margin",
    path: "/sapi/v1/userDataStream",
    keepaliveKey: "query",
    closeKey: "query",
    keepaliveTellsKey: false,
    successor: "Margin.events (POST /sapi/v1/userListenToken)"
  },
  MarginIsolated: {
    product: "Margin",
    path: "/sapi/v1/userDataStream/isolated",
    keepaliveKey: "query",
    closeKey: "query",
    keepaliveTellsKey: false,
    successor: "Margin.isolated(symbol).events (POST /sapi/v1/userListenToken with isIsolated=true)"
  }
} as const satisfies { readonly [name: string]: Endpoint }

/**
 * How a listen key is kept and given back.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How logs, spans, metrics and errors call the account. Default: the name of the `Credentials`, if they have one. */
  readonly name?: string | undefined
  /**
   * How often to keep the key alive, or when, counted from its creation. Default: every 30 minutes. A key lives for 60
   * minutes.
   */
  readonly keepalive?: Duration.DurationInput | Schedule.Schedule<unknown> | undefined
  /**
   * When to try a failed keepalive again, until the key has expired or is known to be gone. Default: after 1, 2, 4, 8, 16 and then
   * every 30 seconds, jittered.
   */
  readonly keepaliveRetry?: Schedule.Schedule<unknown, BinanceError> | undefined
  /**
   * Whether the key is closed when its last user leaves; users are counted over all products that share a key and a
   * `BinanceHttp`, and the last of them decides. `"leave"` is for accounts whose key other processes use as
   * well, because Binance gives all of them the same one. Default: `"close"`, for margin risk `"leave"`, whose DELETE
   * has a weight of 3000.
   */
  readonly onClose?: "close" | "leave" | undefined
  /** How long closing the key may take. Default: 5 seconds. */
  readonly closeTimeout?: Duration.DurationInput | undefined
}

/**
 * A listen key that is being kept alive.
 *
 * @since 0.1.0
 * @category models
 */
export interface Kept {
  /** The current key. Fails once there can be no key any more, for example because the API key was refused. */
  readonly current: Effect.Effect<ListenKey, BinanceError>
  /** The current key, and each one that replaces it: a lost key is replaced by a new one. */
  readonly changes: Stream.Stream<ListenKey, BinanceError>
}

/**
 * The listen-key calls of one product and account.
 *
 * @since 0.1.0
 * @category models
 */
export interface Calls {
  /** POST: a new key, or the active one with its life extended to 60 minutes. */
  readonly create: Effect.Effect<ListenKey, BinanceError>
  /** PUT: extends the life of the key to 60 minutes. Fails with `InvalidListenKey` if there is none to extend. */
  readonly keepalive: (key: ListenKey) => Effect.Effect<ListenKey, BinanceError>
  /** DELETE: ends the key, and silences every stream that uses it. */
  readonly close: (key: ListenKey) => Effect.Effect<void, BinanceError>
  /**
   * Keeps a key that has just been created alive for as long as it can, and tells each new expiry, and when the call
   * was sent that extended it (epoch ms). Fails with `InvalidListenKey` when the key is
   * gone or another one has taken its place, and with the last error when the key has expired.
   */
  readonly keepAlive: (
    key: ListenKey,
    onRenewed?: (key: ListenKey, sentAt: number) => Effect.Effect<void>
  ) => Effect.Effect<never, BinanceError>
  /**
   * A share in the account's key. When the last share's scope ends the key is closed, unless the options say to leave
   * it.
   */
  readonly lease: Effect.Effect<Lease, never, Scope.Scope>
  /** A key that is created, kept alive, replaced when it is lost, and closed with the scope. */
  readonly scoped: Effect.Effect<Kept, BinanceError, Scope.Scope>
}

/**
 * A share in the account's listen key.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lease {
  /** As `Calls.create`, and remembers that there is a key to close. */
  readonly create: Effect.Effect<ListenKey, BinanceError>
}

/**
 * How long a listen key lives from its creation or its last keepalive, in ms.
 *
 * @since 0.1.0
 * @category constants
 */
export const lifetime: number = Duration.toMillis("60 minutes")
