import { type Decimal, isLess, isPositive } from "../decimal.js"
import type { FuturesAccount } from "./account.js"
import { crosses, fill, finish, matchable, remaining } from "./execute.js"
import type { Order } from "./model.js"
import { meetOwn, ownMatches } from "./own.js"

const takeLiquidity = (account: FuturesAccount, order: Order, price: Decimal, isMaker: boolean) => {
  const { prices } = account.venue
  const { symbol } = order.contract
  const quantity = prices.available(symbol, matchable(account, order))
  if (isPositive(quantity)) {
    prices.take(symbol, quantity)
    fill(account, order, { quantity, price, isMaker })
  }
}

/** An order meets the market for the first time: it takes, and then rests or expires. */
export const enter = (account: FuturesAccount, order: Order) => {
  const { prices } = account.venue
  const { symbol } = order.contract
  const price = prices.price(symbol)
  if (order.timeInForce === "GTX" && (crosses(order, price) || ownMatches(account, order).length > 0)) {
    return finish(account, order, "EXPIRED", "11")
  }
  if (order.type === "LIMIT" && order.timeInForce !== "FOK" && order.force === undefined) {
    meetOwn(account, order)
  }
  if (account.openOrders.has(order.id) && crosses(order, price)) {
    const isShort = isLess(prices.available(symbol, remaining(order)), remaining(order))
    if (order.timeInForce === "FOK" && isShort) {
      return finish(account, order, "EXPIRED", "10")
    }
    takeLiquidity(account, order, price, false)
  }
  if (account.openOrders.has(order.id)) {
    if (order.type === "MARKET") {
      finish(account, order, "EXPIRED", "9")
    } else if (order.timeInForce === "IOC" || order.timeInForce === "FOK") {
      finish(account, order, "EXPIRED", order.timeInForce === "IOC" ? "2" : "10")
    }
  }
}

/** The market moved: resting orders fill at their own price. */
export const onPrice = (account: FuturesAccount, symbol: string) => {
  const price = account.venue.prices.price(symbol)
  for (const order of Array.from(account.openOrders.values())) {
    if (order.contract.symbol === symbol && account.openOrders.has(order.id) && crosses(order, price)) {
      takeLiquidity(account, order, order.price, true)
    }
  }
}
