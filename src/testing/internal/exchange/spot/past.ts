import { add, type Decimal, zero } from "../decimal.js"
import type { Order, SpotAccount } from "./account.js"

export const isOpen = ({ status }: Pick<Order, "status">): boolean => status === "NEW" || status === "PARTIALLY_FILLED"

/** An order as it was at a time, if it was there. */
export const orderAt = (account: SpotAccount, order: Order, time: number): Order | undefined => {
  if (order.updatedAt <= time) {
    return order
  }
  if (order.createdAt > time) {
    return undefined
  }
  const trades = account.trades.filter((trade) => trade.order === order && trade.time <= time)
  const sum = (values: ReadonlyArray<Decimal>) => values.reduce(add, zero)
  return {
    ...order,
    filled: sum(trades.map(({ quantity }) => quantity)),
    filledQuote: sum(trades.map(({ quoteQuantity }) => quoteQuantity)),
    status: trades.length === 0 ? "NEW" : "PARTIALLY_FILLED",
    updatedAt: trades.at(-1)?.time ?? order.createdAt,
    expiryReason: undefined
  }
}

/** The orders as they were at a time. */
export const ordersAt = (account: SpotAccount, time: number): Array<Order> =>
  Array.from(account.orders.values()).flatMap((order) => orderAt(account, order, time) ?? [])

export const openOrdersAt = (account: SpotAccount, time: number): Array<Order> =>
  time >= account.venue.now() ? Array.from(account.openOrders.values()) : ordersAt(account, time).filter(isOpen)
