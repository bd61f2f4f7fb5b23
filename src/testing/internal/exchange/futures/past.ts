import { sum } from "../decimal.js"
import { past } from "../past.js"
import type { Order, Trade } from "./model.js"

export const { openOrdersAt, orderAt, ordersAt } = past<Order, Trade>((order, trades) => ({
  ...order,
  filled: sum(trades.map(({ quantity }) => quantity)),
  filledValue: sum(trades.map(({ value }) => value)),
  expiryReason: "0"
}))
