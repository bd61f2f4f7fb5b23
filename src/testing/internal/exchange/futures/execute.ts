import { add, type Decimal, isAtLeast, isZero, least, negate, subtract, truncate, zero } from "../decimal.js"
import type { FuturesAccount } from "./account.js"
import { exactValueOf } from "./account.js"
import { pushAlgoUpdate, tradeLite } from "./events.js"
import type { Draft, Execution, Order, OrderStatus, Position, Trade } from "./model.js"
import { closable, move, positionOf } from "./position.js"

export const remaining = (order: Order): Decimal => subtract(order.quantity, order.filled)

export const report = (account: FuturesAccount, order: Order, execution: Execution) => {
  const time = account.venue.now()
  account.venue.push(() => account.rules.ways.orderUpdate(account, order, execution, time))
}

const tellAlgo = (account: FuturesAccount, order: Order) => {
  const { algo } = order
  if (algo !== undefined && algo.status === "TRIGGERED") {
    algo.status = "FINISHED"
    algo.updatedAt = account.venue.now()
    pushAlgoUpdate(account.venue, algo)
  }
}

/** Takes an order off the book. */
export const finish = (
  account: FuturesAccount,
  order: Order,
  status: Extract<OrderStatus, "CANCELED" | "EXPIRED" | "EXPIRED_IN_MATCH">,
  expiryReason = "0"
) => {
  order.status = status
  order.expiryReason = expiryReason
  order.updatedAt = account.venue.now()
  account.openOrders.delete(order.id)
  report(account, order, { type: status === "CANCELED" ? status : "EXPIRED" })
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

/** The id of the next trade of an order's symbol. */
export const nextTradeId = ({ venue }: FuturesAccount, { contract }: Order): bigint =>
  venue.ids.next(`trade ${contract.symbol}`)

/** What an order is filled by. */
interface Match {
  readonly quantity: Decimal
  readonly price: Decimal
  readonly isMaker: boolean
  /** Of a trade with an order of the same account, which has it too. */
  readonly tradeId?: bigint
}

/**
 * Fills a part of an order.
 */
export const fill = (account: FuturesAccount, order: Order, match: Match): Trade => {
  const { isMaker, price, quantity } = match
  const { venue } = account
  const { ways } = account.rules
  const { contract } = order
  const position = positionOf(account, order)
  const exact = exactValueOf(contract, quantity, price)
  const value = truncate(exact, 8)
  const change = order.side === "BUY" ? quantity : negate(quantity)
  const realized = move(account, position, change, { value, exact })
  const commission = ways.commission(account, contract, { quantity, value, isMaker })
  position.fees = isZero(position.amount) ? zero : add(position.fees, commission)
  const trade: Trade = {
    order,
    id: match.tradeId ?? nextTradeId(account, order),
    price,
    quantity,
    value,
    realized,
    commission,
    commissionAsset: contract.marginAsset,
    time: venue.now(),
    isMaker
  }
  ways.book(account, trade)
  account.trades.push(trade)
  order.filled = add(order.filled, quantity)
  order.filledValue = add(order.filledValue, value)
  order.exactFilledValue = add(order.exactFilledValue, exact)
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
  if (account.rules.ways.hasTradeLite && order.force === undefined) {
    venue.push(() => tradeLite(trade))
  }
  const asset = order.contract.marginAsset
  account.rules.ways.tellAccount(account, { reason: "ORDER", asset, change: zero, positions: [position] }, trade.time)
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
