import { sum, zero } from "../decimal.js"
import { past, statusAfter } from "../past.js"
import type { Order, Trade } from "./account.js"

export const { openOrdersAt, orderAt, ordersAt } = past<Order, Trade>((order, trades, time) => ({
  ...order,
  status: order.liveAt === undefined || order.liveAt > time ? "PENDING_NEW" : statusAfter(trades),
  filled: sum(trades.map(({ quantity }) => quantity)),
  filledQuote: sum(trades.map(({ quoteQuantity }) => quoteQuantity)),
  expiryReason: undefined,
  prevented: undefined
}))

/** An order as it was before it began. */
export const asPending = (order: Order): Order => ({
  ...order,
  status: "PENDING_NEW",
  filled: zero,
  filledQuote: zero,
  workingAt: undefined
})
