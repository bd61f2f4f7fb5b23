import {
  absolute,
  add,
  type Decimal,
  isAtLeast,
  isLess,
  isNegative,
  isPositive,
  isZero,
  least,
  multiply,
  negate,
  subtract,
  truncate,
  zero
} from "../decimal.js"
import type { FuturesAccount, Position } from "./account.js"
import { valueOf } from "./account.js"
import { accountUpdate, algoUpdate, type Execution, orderTradeUpdate, tradeLite } from "./events.js"
import type { Draft, Order, OrderStatus, Trade } from "./model.js"
import { move } from "./position.js"

export const remaining = (order: Order): Decimal => subtract(order.quantity, order.filled)

export const report = (account: FuturesAccount, order: Order, execution: Execution) => {
  const time = account.venue.now()
  account.venue.push(() => orderTradeUpdate(account, order, execution, time))
}

/** The position that an order moves. */
export const positionOf = (account: FuturesAccount, order: Pick<Draft, "contract" | "positionSide">): Position =>
  account.position(order.contract, order.positionSide)

/** How much of its position an order can close. */
export const closable = (
  account: FuturesAccount,
  order: Pick<Draft, "contract" | "positionSide" | "side">
): Decimal => {
  const { amount } = positionOf(account, order)
  return isNegative(amount) === (order.side === "BUY") ? absolute(amount) : zero
}

const tellAlgo = (account: FuturesAccount, order: Order) => {
  const { algo } = order
  if (algo !== undefined && algo.status === "TRIGGERED") {
    algo.status = "FINISHED"
    algo.updatedAt = account.venue.now()
    account.venue.push(() => algoUpdate(algo, algo.updatedAt))
  }
}

/** Takes an order off the book. */
export const finish = (
  account: FuturesAccount,
  order: Order,
  status: Extract<OrderStatus, "CANCELED" | "EXPIRED">,
  expiryReason = "0"
) => {
  order.status = status
  order.expiryReason = expiryReason
  order.updatedAt = account.venue.now()
  account.openOrders.delete(order.id)
  report(account, order, { type: status })
  tellAlgo(account, order)
}

/** Orders that may only reduce end with what they could reduce. */
const endReducers = (account: FuturesAccount, position: Position) => {
  for (const order of Array.from(account.openOrders.values())) {
    if (order.isReduceOnly && positionOf(account, order) === position && isZero(closable(account, order))) {
      finish(account, order, "EXPIRED", "4")
    }
  }
}

const book = (account: FuturesAccount, order: Order, trade: Omit<Trade, "order">) => {
  const { contract } = order
  const id = account.venue.ids.next("transaction")
  const row = { symbol: contract.symbol, id, tradeId: trade.id }
  const info = account.venue.product === "UsdFutures"
  if (!isZero(trade.realized)) {
    const type = "REALIZED_PNL"
    account.book(contract.marginAsset, trade.realized, { ...row, type, info: info ? type : "" })
  }
  if (!isZero(trade.commission)) {
    const type = "COMMISSION"
    account.book(contract.marginAsset, negate(trade.commission), { ...row, type, info: info ? type : "" })
  }
}

/**
 * Fills a part of an order.
 */
export const fill = (
  account: FuturesAccount,
  order: Order,
  quantity: Decimal,
  price: Decimal,
  isMaker: boolean
): Trade => {
  const { rules, venue } = account
  const { contract } = order
  const position = positionOf(account, order)
  const value = valueOf(contract, quantity, price)
  const realized = move(account, position, order.side === "BUY" ? quantity : negate(quantity), value)
  const commission = truncate(multiply(value, isMaker ? rules.maker : rules.taker), 8)
  position.fees = isZero(position.amount) ? zero : add(position.fees, commission)
  const trade: Trade = {
    order,
    id: venue.ids.next(`trade ${contract.symbol}`),
    price,
    quantity,
    value,
    realized,
    commission,
    commissionAsset: contract.marginAsset,
    time: venue.now(),
    isMaker
  }
  book(account, order, trade)
  account.trades.push(trade)
  order.filled = add(order.filled, quantity)
  order.filledValue = add(order.filledValue, value)
  order.updatedAt = trade.time
  order.status = isZero(remaining(order)) ? "FILLED" : "PARTIALLY_FILLED"
  if (order.status === "FILLED") {
    account.openOrders.delete(order.id)
  }
  tellTrade(account, order, trade, position)
  endReducers(account, position)
  return trade
}

/** In the order that captures show: the position moves before its order. */
const tellTrade = (account: FuturesAccount, order: Order, trade: Trade, position: Position) => {
  const { venue } = account
  if (venue.product === "UsdFutures" && order.force === undefined) {
    venue.push(() => tradeLite(trade))
  }
  const asset = order.contract.marginAsset
  venue.push(() => accountUpdate(account, { reason: "ORDER", asset, change: zero, positions: [position] }, trade.time))
  report(account, order, { type: order.force === undefined ? "TRADE" : "CALCULATED", trade })
  if (order.status === "FILLED") {
    tellAlgo(account, order)
  }
}

/** Whether a price lets an order match. */
export const crosses = (order: Pick<Draft, "side" | "type" | "price">, price: Decimal): boolean =>
  order.type === "MARKET" || (order.side === "BUY" ? isAtLeast(order.price, price) : isAtLeast(price, order.price))

/** How much of an order could match now. */
export const matchable = (account: FuturesAccount, order: Order): Decimal =>
  order.isReduceOnly ? least(remaining(order), closable(account, order)) : remaining(order)

const takeLiquidity = (account: FuturesAccount, order: Order, price: Decimal, isMaker: boolean) => {
  const { prices } = account.venue
  const { symbol } = order.contract
  const quantity = prices.available(symbol, matchable(account, order))
  if (isPositive(quantity)) {
    prices.take(symbol, quantity)
    fill(account, order, quantity, price, isMaker)
  }
}

/** An order meets the market for the first time: it takes, and then rests or expires. */
export const enter = (account: FuturesAccount, order: Order) => {
  const { prices } = account.venue
  const { symbol } = order.contract
  const price = prices.price(symbol)
  if (crosses(order, price)) {
    if (order.timeInForce === "GTX") {
      return finish(account, order, "EXPIRED", "11")
    }
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
