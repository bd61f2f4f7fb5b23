import { add, type Decimal, isAtLeast, isLess, isZero, multiply, subtract, truncate } from "../decimal.js"
import type { Order, PreventedMatch, SpotAccount, Status, Trade } from "./account.js"
import { type Execution, executionReport, listStatus, outboundAccountPosition } from "./events.js"

export const isMarket = ({ type }: Pick<Order, "type">) =>
  type === "MARKET" || type === "STOP_LOSS" || type === "TAKE_PROFIT"

/** How much of an order was filled, or taken by self-trade prevention. */
export const used = ({ filled, prevented }: Order): Decimal =>
  prevented === undefined ? filled : add(filled, prevented.quantity)

export const remaining = (order: Order): Decimal => subtract(order.quantity, used(order))

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
  status: Exclude<Status, "NEW" | "PENDING_NEW" | "PARTIALLY_FILLED">,
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

export const isPending = ({ status }: Order): boolean => status === "PENDING_NEW"

/** The orders that waited for one that ended end with it; and so does the one that they waited for, if one of them ends. */
const endPhases = (account: SpotAccount, order: Order, wasPending: boolean) => {
  const { list } = order
  if (list?.whenWorked === undefined) {
    return
  }
  const [working, ...pending] = list.orders
  if (wasPending && account.openOrders.has(working!.id)) {
    expire(account, working!, "EXCHANGE_CANCELED")
  }
  for (const leg of pending) {
    if (order === working && account.openOrders.has(leg.id)) {
      expire(account, leg, "OTO_PHASE_ONE_EXPIRED")
    }
  }
}

/** The exchange ends an order, for a reason or because it would match another of the account. */
export const expire = (account: SpotAccount, order: Order, why: string | PreventedMatch) => {
  const wasPending = isPending(order)
  if (typeof why === "string") {
    order.expiryReason = why
    finish(account, order, "EXPIRED", { type: "EXPIRED" })
  } else {
    finish(account, order, "EXPIRED_IN_MATCH", { type: "TRADE_PREVENTION", match: why })
  }
  endPhases(account, order, wasPending)
}

/** The other legs of a list end with the first that goes on, but not those that wait for it. */
export const endSiblings = (account: SpotAccount, order: Order) => {
  for (const sibling of order.list?.orders ?? []) {
    if (sibling !== order && !isPending(sibling) && account.openOrders.has(sibling.id)) {
      expire(account, sibling, "OCO_TRIGGER")
    }
  }
}

/** The id of the next trade of an order's symbol. */
export const nextTradeId = ({ venue }: SpotAccount, { instrument }: Order): bigint =>
  venue.ids.next(`trade ${instrument.symbol}`)

const tradeOf = (account: SpotAccount, order: Order, { isMaker, price, quantity, tradeId }: Match): Trade => {
  const { fees, venue } = account
  const { baseAsset, quoteAsset } = order.instrument
  const quoteQuantity = multiply(price, quantity)
  const received = order.side === "BUY" ? quantity : quoteQuantity
  const { symbol } = order.instrument
  return {
    order,
    id: order.usesSor ? -1n : (tradeId ?? nextTradeId(account, order)),
    allocationId: order.usesSor ? venue.ids.next(`allocation ${symbol}`) : undefined,
    price,
    quantity,
    quoteQuantity,
    commission: truncate(multiply(received, isMaker ? fees.maker : fees.taker), 8),
    commissionAsset: order.side === "BUY" ? baseAsset : quoteAsset,
    time: venue.now(),
    isMaker
  }
}

/** What an order is filled by. */
interface Match {
  readonly quantity: Decimal
  readonly price: Decimal
  readonly isMaker: boolean
  /** Of a trade with an order of the same account, which has it too. */
  readonly tradeId?: bigint
}

/**
 * Fills a part of an order. If the account cannot pay, the order expires.
 */
export const fill = (account: SpotAccount, order: Order, match: Match): Trade | undefined => {
  const { price, quantity } = match
  const isBuy = order.side === "BUY"
  const cost = isBuy ? multiply(price, quantity) : quantity
  if (isLess(account.spendable(order.lock), cost)) {
    expire(account, order, "EXCHANGE_CANCELED")
    return undefined
  }
  endSiblings(account, order)
  const trade = tradeOf(account, order, match)
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
  if (order.status === "FILLED" && order === order.list?.orders[0]) {
    order.list.whenWorked?.()
  }
  return trade
}

/** Whether a price lets a limit order match. */
export const crosses = (order: Pick<Order, "side" | "type" | "price">, price: Decimal): boolean =>
  isMarket(order) || (order.side === "BUY" ? isAtLeast(order.price, price) : isAtLeast(price, order.price))
