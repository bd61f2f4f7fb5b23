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

/** Whether an asset is one of the two of a spot symbol. */
export const concerns = (symbol: string, asset: string): boolean => symbol.startsWith(asset) || symbol.endsWith(asset)

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
