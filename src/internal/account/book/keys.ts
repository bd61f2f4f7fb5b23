import type { PositionSide } from "./model.js"

/**
 * The key of an order in `State.orders`.
 *
 * @since 0.2.0
 * @category keys
 */
export const orderKey = (order: { readonly symbol: string; readonly orderId: string }): string =>
  `${order.symbol}:${order.orderId}`

/**
 * The key of a position in `State.positions`.
 *
 * @since 0.2.0
 * @category keys
 */
export const positionKey = (position: { readonly symbol: string; readonly positionSide: PositionSide }): string =>
  `${position.symbol}:${position.positionSide}`

/** The assets of an account. */
export interface Assets {
  readonly has: (asset: string) => boolean
}

/** The two assets of a spot symbol; absent if those that are known do not tell. */
export const partsOf = (
  symbol: string,
  assets: Assets
): { readonly base: string; readonly quote: string } | undefined => {
  const ends = Array.from({ length: symbol.length - 1 }, (_, index) => index + 1).filter(
    (end) => assets.has(symbol.slice(0, end)) && assets.has(symbol.slice(end))
  )
  return ends.length === 1 ? { base: symbol.slice(0, ends[0]), quote: symbol.slice(ends[0]) } : undefined
}

/** Whether an asset may be one of the two of a spot symbol: by what is known, `T` is none of `BTCUSDT`. */
export const concerns = (symbol: string, asset: string, assets: Assets): boolean => {
  if (!symbol.startsWith(asset) && !symbol.endsWith(asset)) {
    return false
  }
  const parts = partsOf(symbol, assets)
  return parts === undefined || parts.base === asset || parts.quote === asset
}

/** What tells fills apart. */
export interface FillIdentity {
  readonly symbol: string
  readonly orderId: string
  /** Absent of an allocation. */
  readonly tradeId?: string | undefined
  readonly allocationId?: string | undefined
}

/** Both sides of a self-trade have one trade id. The ids of allocations are another sequence. */
export const fillKey = ({ allocationId, orderId, symbol, tradeId }: FillIdentity): string =>
  `${symbol}:${tradeId ?? `a${allocationId}`}:${orderId}`

/** The trade id in the key of a fill of this symbol; absent if it is that of an allocation. */
export const tradeIdOf = (key: string, symbol: string): string | undefined => {
  const id = key.slice(symbol.length + 1, key.indexOf(":", symbol.length + 1))
  return id.startsWith("a") ? undefined : id
}

/** Whether an id is larger: both are decimal digits, of any length. */
export const isLaterId = (a: string, b: string): boolean => a.length > b.length || (a.length === b.length && a > b)
