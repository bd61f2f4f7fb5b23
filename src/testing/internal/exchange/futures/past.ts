import { sum } from "../decimal.js"
import { past, statusAfter } from "../past.js"
import { exactValueOf } from "./account.js"
import type { Order, Trade } from "./model.js"

export const { openOrdersAt, orderAt, ordersAt } = past<Order, Trade>((order, trades) => ({
  ...order,
  status: statusAfter(trades),
  filled: sum(trades.map(({ quantity }) => quantity)),
  filledValue: sum(trades.map(({ value }) => value)),
  exactFilledValue: sum(trades.map(({ price, quantity }) => exactValueOf(order.contract, quantity, price))),
  expiryReason: "0"
}))
