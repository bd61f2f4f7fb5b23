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
  subtract,
  truncate
} from "../decimal.js"
import type { Order, SpotAccount, Status, Trade } from "./account.js"
import { type Execution, executionReport, listStatus, outboundAccountPosition } from "./events.js"

const isMarket = ({ type }: Pick<Order, "type">) => type === "MARKET" || type === "STOP_LOSS" || type === "TAKE_PROFIT"

/** Whether an order waits for its stop price. */
export const isWaiting = (order: Order): boolean => order.workingAt === undefined

export const remaining = (order: Order): Decimal => subtract(order.quantity, order.filled)

/** Tells everybody what happened to an order, and what its assets are now. */
export const report = (
  account: SpotAccount,
  order: Order,
  execution: Omit<Execution, "executionId">,
  assets: ReadonlyArray<string>
) => {
  const { venue } = account
  const executionId = venue.ids.next("execution")
  const time = venue.now()
  venue.push(() => executionReport(order, { ...execution, executionId }, time))
  if (assets.length > 0) {
    venue.push(() => outboundAccountPosition(account, assets, time))
  }
}

const assetsOf = ({ instrument }: Order) => [instrument.baseAsset, instrument.quoteAsset]

/** What an order must keep locked for what is not filled yet. */
export const needOf = (order: Pick<Order, "side" | "price" | "stopPrice">, quantity: Decimal): Decimal =>
  order.side === "SELL" ? quantity : multiply(isZero(order.price) ? order.stopPrice : order.price, quantity)

/** Takes an order off the book. */
export const finish = (
  account: SpotAccount,
  order: Order,
  status: Extract<Status, "CANCELED" | "EXPIRED" | "FILLED">,
  execution: Omit<Execution, "executionId">,
  assets: ReadonlyArray<string> = [order.lock.asset]
) => {
  order.status = status
  order.updatedAt = account.venue.now()
  account.updatedAt = order.updatedAt
  account.openOrders.delete(order.id)
  account.release(order.lock)
  report(account, order, execution, assets)
  const { list } = order
  if (list !== undefined && !list.isDone && list.orders.every((leg) => !account.openOrders.has(leg.id))) {
    list.isDone = true
    list.updatedAt = order.updatedAt
    account.venue.push(() => listStatus(list, list.updatedAt))
  }
}

export const expire = (account: SpotAccount, order: Order, reason: string) => {
  order.expiryReason = reason
  finish(account, order, "EXPIRED", { type: "EXPIRED" })
}

/** The other legs of a list end with the first that goes on. */
const endSiblings = (account: SpotAccount, order: Order) => {
  for (const sibling of order.list?.orders ?? []) {
    if (sibling !== order && account.openOrders.has(sibling.id)) {
      expire(account, sibling, "OCO_TRIGGER")
    }
  }
}

const tradeOf = (account: SpotAccount, order: Order, quantity: Decimal, price: Decimal, isMaker: boolean): Trade => {
  const { fees, venue } = account
  const { baseAsset, quoteAsset, symbol } = order.instrument
  const quoteQuantity = multiply(price, quantity)
  const received = order.side === "BUY" ? quantity : quoteQuantity
  return {
    order,
    id: venue.ids.next(`trade ${symbol}`),
    price,
    quantity,
    quoteQuantity,
    commission: truncate(multiply(received, isMaker ? fees.maker : fees.taker), 8),
    commissionAsset: order.side === "BUY" ? baseAsset : quoteAsset,
    time: venue.now(),
    isMaker
  }
}

/**
 * Fills a part of an order. If the account cannot pay, the order expires.
 */
export const fill = (
  account: SpotAccount,
  order: Order,
  quantity: Decimal,
  price: Decimal,
  isMaker: boolean
): Trade | undefined => {
  const isBuy = order.side === "BUY"
  const cost = isBuy ? multiply(price, quantity) : quantity
  if (isLess(account.spendable(order.lock), cost)) {
    expire(account, order, "EXCHANGE_CANCELED")
    return undefined
  }
  endSiblings(account, order)
  const trade = tradeOf(account, order, quantity, price, isMaker)
  account.spend(order.lock, cost)
  account.credit(trade.commissionAsset, subtract(isBuy ? quantity : trade.quoteQuantity, trade.commission))
  order.filled = add(order.filled, quantity)
  order.filledQuote = add(order.filledQuote, trade.quoteQuantity)
  order.updatedAt = trade.time
  account.trades.push(trade)
  if (isZero(remaining(order))) {
    finish(account, order, "FILLED", { type: "TRADE", trade }, assetsOf(order))
  } else {
    order.status = "PARTIALLY_FILLED"
    account.reduceLock(order.lock, needOf(order, remaining(order)))
    report(account, order, { type: "TRADE", trade }, assetsOf(order))
  }
  account.onTrade(trade)
  return trade
}

/** Whether a price lets a limit order match. */
export const crosses = (order: Pick<Order, "side" | "type" | "price">, price: Decimal): boolean =>
  isMarket(order) || (order.side === "BUY" ? isAtLeast(order.price, price) : isAtLeast(price, order.price))

const takeLiquidity = (account: SpotAccount, order: Order, price: Decimal, isMaker: boolean) => {
  const { prices } = account.venue
  const { symbol } = order.instrument
  const quantity = prices.available(symbol, remaining(order))
  if (isPositive(quantity)) {
    prices.take(symbol, quantity)
    fill(account, order, quantity, price, isMaker)
  }
}

/** An order meets the market for the first time: it takes, and then rests or expires. */
export const enter = (account: SpotAccount, order: Order) => {
  const { prices } = account.venue
  const { symbol } = order.instrument
  const price = prices.price(symbol)
  if (crosses(order, price)) {
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
    if (order.instrument.symbol !== symbol || !account.openOrders.has(order.id)) {
      continue
    }
    if (!isWaiting(order)) {
      if (crosses(order, price)) {
        takeLiquidity(account, order, order.price, true)
      }
    } else if (order.trailingDelta === undefined ? triggers(order, price) : follows(account, order, price)) {
      trigger(account, order)
    }
  }
}
