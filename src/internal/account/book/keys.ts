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

/** Both sides of a self-trade have one trade id. */
export const fillKey = (fill: {
  readonly symbol: string
  readonly tradeId: string
  readonly orderId: string
}): string => `${fill.symbol}:${fill.tradeId}:${fill.orderId}`

/** Whether an id is larger: both are decimal digits, of any length. */
export const isLaterId = (a: string, b: string): boolean => a.length > b.length || (a.length === b.length && a > b)
