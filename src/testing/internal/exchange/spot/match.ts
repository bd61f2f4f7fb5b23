import {
  add,
  type Decimal,
  decimal,
  divide,
  greatest,
  isAtLeast,
  isLess,
  isPositive,
  isZero,
  least,
  multiply,
  subtract
} from "../decimal.js"
import type { Order, SpotAccount } from "./account.js"
import { crosses, endSiblings, expire, fill, isMarket, isPending, remaining, report } from "./execute.js"
import { meetOwn } from "./own.js"

const takeLiquidity = (account: SpotAccount, order: Order, price: Decimal, isMaker: boolean) => {
  const { prices } = account.venue
  const { symbol } = order.instrument
  const quantity = prices.available(symbol, remaining(order))
  if (isPositive(quantity)) {
    prices.take(symbol, quantity)
    fill(account, order, { quantity, price, isMaker })
  }
}

/** An order meets the market for the first time: it takes, and then rests or expires. */
export const enter = (account: SpotAccount, order: Order) => {
  const { prices } = account.venue
  const { symbol } = order.instrument
  const price = prices.price(symbol)
  if (!isMarket(order) && order.timeInForce !== "FOK") {
    meetOwn(account, order)
  }
  if (account.openOrders.has(order.id) && crosses(order, price)) {
    const isShort = isLess(prices.available(symbol, remaining(order)), remaining(order))
    if (order.timeInForce === "FOK" && isShort) {
      return expire(account, order, "UNFILLED_FOK_ORDER_EXPIRED")
    }
    takeLiquidity(account, order, price, false)
  }
  if (account.openOrders.has(order.id)) {
    if (isMarket(order)) {
      expire(account, order, "INSUFFICIENT_LIQUIDITY")
    } else if (order.timeInForce !== "GTC") {
      expire(
        account,
        order,
        `UNFILLED_${order.timeInForce}_${order.timeInForce === "IOC" ? "QUANTITY" : "ORDER"}_EXPIRED`
      )
    }
  }
}

/** Whether a price sets off a stop. */
export const triggers = (order: Pick<Order, "side" | "type" | "stopPrice">, price: Decimal): boolean => {
  const isAbove = order.type.startsWith("STOP_LOSS") === (order.side === "BUY")
  return isAbove ? isAtLeast(price, order.stopPrice) : isAtLeast(order.stopPrice, price)
}

/** A trailing order follows the price once its stop price has come, and goes off when it comes back by the delta. */
const follows = (account: SpotAccount, order: Order, price: Decimal): boolean => {
  const { trailingDelta, trailing } = order
  if (trailingDelta === undefined || (trailing === undefined && !isZero(order.stopPrice) && !triggers(order, price))) {
    return false
  }
  const isAbove = order.type.startsWith("STOP_LOSS") === (order.side === "BUY")
  const best = isAbove ? least(trailing?.best ?? price, price) : greatest(trailing?.best ?? price, price)
  order.trailing = { since: trailing?.since ?? account.venue.now(), best }
  const distance = divide(multiply(best, decimal(String(trailingDelta))), decimal("10000"), 8)
  return isAbove ? isAtLeast(price, add(best, distance)) : isAtLeast(subtract(best, distance), price)
}

const trigger = (account: SpotAccount, order: Order) => {
  endSiblings(account, order)
  order.workingAt = account.venue.now()
  order.updatedAt = order.workingAt
  report(account, order, { type: "NEW" }, [])
  enter(account, order)
}

/** The market moved: stops go off, and resting orders fill at their own price. */
export const onPrice = (account: SpotAccount, symbol: string) => {
  const price = account.venue.prices.price(symbol)
  for (const order of Array.from(account.openOrders.values())) {
    if (order.instrument.symbol !== symbol || isPending(order) || !account.openOrders.has(order.id)) {
      continue
    }
    if (order.workingAt !== undefined) {
      if (crosses(order, price)) {
        takeLiquidity(account, order, order.price, true)
      }
    } else if (order.trailingDelta === undefined ? triggers(order, price) : follows(account, order, price)) {
      trigger(account, order)
    }
  }
}
