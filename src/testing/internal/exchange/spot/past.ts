import { sum } from "../decimal.js"
import { past } from "../past.js"
import type { Order, Trade } from "./account.js"

export const { openOrdersAt, orderAt, ordersAt } = past<Order, Trade>((order, trades) => ({
  ...order,
  filled: sum(trades.map(({ quantity }) => quantity)),
  filledQuote: sum(trades.map(({ quoteQuantity }) => quoteQuantity)),
  expiryReason: undefined,
  prevented: undefined
}))
