const day = 86_400_000

/** How long REST remembers, in ms: orders that ended without a fill, and trades. */
export const memory = {
  Spot: { orders: 90 * day, trades: Number.POSITIVE_INFINITY },
  UsdFutures: { orders: 3 * day, trades: 90 * day },
  CoinFutures: { orders: 3 * day, trades: 90 * day }
}
