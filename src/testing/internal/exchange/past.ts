/** What orders of all products have in common in time. */
export interface Order {
  readonly status: string
  readonly createdAt: number
  readonly updatedAt: number
}

export interface Trade<O> {
  readonly order: O
  readonly time: number
}

/** The orders of an account, and what they were filled by. */
export interface Kept<O, T> {
  readonly venue: { readonly now: () => number }
  readonly orders: ReadonlyMap<bigint, O>
  readonly openOrders: ReadonlyMap<bigint, O>
  readonly trades: ReadonlyArray<T>
}

export const isOpen = ({ status }: Pick<Order, "status">): boolean =>
  status === "NEW" || status === "PENDING_NEW" || status === "PARTIALLY_FILLED"

/** Of an order that trades have not ended. */
export const statusAfter = (trades: ReadonlyArray<unknown>) => (trades.length === 0 ? "NEW" : "PARTIALLY_FILLED")

/**
 * How orders are read as they were at a time. What is given makes an order that is still open as its trades have left
 * it.
 */
export const past = <O extends Order, T extends Trade<O>>(
  openAfter: (order: O, trades: ReadonlyArray<T>, time: number) => O
) => {
  /** An order as it was at a time, if it was there. */
  const orderAt = (account: Kept<O, T>, order: O, time: number): O | undefined => {
    if (order.updatedAt <= time) {
      return order
    }
    if (order.createdAt > time) {
      return undefined
    }
    const trades = account.trades.filter((trade) => trade.order === order && trade.time <= time)
    return {
      ...openAfter(order, trades, time),
      updatedAt: trades.at(-1)?.time ?? order.createdAt
    }
  }
  /** The orders as they were at a time. */
  const ordersAt = (account: Kept<O, T>, time: number): Array<O> =>
    Array.from(account.orders.values()).flatMap((order) => orderAt(account, order, time) ?? [])
  const openOrdersAt = (account: Kept<O, T>, time: number): Array<O> =>
    time >= account.venue.now() ? Array.from(account.openOrders.values()) : ordersAt(account, time).filter(isOpen)
  return { orderAt, ordersAt, openOrdersAt }
}
