import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { BinanceError } from "../../BinanceError.js"
import type { Product } from "../../Environment.js"

/**
 * A listen key, and when it expires unless it is kept alive.
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
 * The listen-key calls of a product.
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
  /** Whether PUT returns the key that it has renewed. */
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
 * How a listen key is kept alive and closed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The name of the account in logs, spans, metrics and errors. Default: the name of the `Credentials`, if they have one. */
  readonly name?: string | undefined
  /**
   * When to renew the key: an interval, or a schedule that starts when the key is created. Default: every 30 minutes. A
   * key lives for 60 minutes.
   */
  readonly keepalive?: Duration.DurationInput | Schedule.Schedule<unknown> | undefined
  /**
   * When to retry a failed renewal, until the key has expired or is known to be gone. Default: after 1, 2, 4, 8, 16 and
   * then every 30 seconds, jittered.
   */
  readonly keepaliveRetry?: Schedule.Schedule<unknown, BinanceError> | undefined
  /**
   * Whether to close the key when its last user leaves. Users are counted over all products that share a key and a
   * `BinanceHttp`; the option of the last one counts. Use `"leave"` if other processes use the same account: Binance gives
   * all of them the same key. Default: `"close"`; for margin risk `"leave"`, because its DELETE has a weight of 3000.
   */
  readonly onClose?: "close" | "leave" | undefined
  /**
   * How long closing the key may take, after its socket was closed. A key that is being created is waited for, up to half
   * of that time. Default: 5 seconds.
   */
  readonly closeTimeout?: Duration.DurationInput | undefined
}

/**
 * A listen key that is being kept alive.
 *
 * @since 0.1.0
 * @category models
 */
export interface Kept {
  /** The current key. Fails when no further key can be created, for example because the API key was refused. */
  readonly current: Effect.Effect<ListenKey, BinanceError>
  /** The current key, and each new key that replaces a lost one. */
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
   * Keeps a new key alive until that fails. Calls `onRenewed` after each renewal, with the new expiry and the time at
   * which the call was sent (epoch ms). Fails with `InvalidListenKey` when the key is gone or was replaced by another one,
   * and with the last error when the key has expired.
   */
  readonly keepUntilLost: (
    key: ListenKey,
    onRenewed?: (key: ListenKey, sentAt: number) => Effect.Effect<void>
  ) => Effect.Effect<never, BinanceError>
  /**
   * A lease of the account's key, until the scope closes. The last lease to end closes the key, unless `onClose` is
   * `"leave"`.
   */
  readonly lease: Effect.Effect<Lease, never, Scope.Scope>
  /** A key that is created, kept alive, replaced when it is lost, and closed with the scope. */
  readonly scoped: Effect.Effect<Kept, BinanceError, Scope.Scope>
}

/**
 * A lease of the account's listen key.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lease {
  /** The same as `Calls.create`. The key is closed when the last lease ends. */
  readonly create: Effect.Effect<ListenKey, BinanceError>
}

/**
 * How long a listen key lives from its creation or its last keepalive, in ms.
 *
 * @since 0.1.0
 * @category constants
 */
export const lifetime: number = Duration.toMillis("60 minutes")
