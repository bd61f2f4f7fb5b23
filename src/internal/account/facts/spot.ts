import type { ExecutionReport, OutboundAccountPosition, SpotEvent } from "../../../SpotEvent.js"
import type { MalformedEvent, UnknownEvent } from "../../../UserDataEvent.js"
import { toMillis } from "../../epoch.js"
import * as Decimal from "../book/decimal.js"
import type { Fact } from "../book/fact.js"
import type { Fill, Order } from "../book/model.js"

/** What an event of a spot account says. */
export const spotFacts = (event: SpotEvent | UnknownEvent | MalformedEvent): ReadonlyArray<Fact> => {
  switch (event._tag) {
    case "ExecutionReport":
      return executionFacts(event)
    case "OutboundAccountPosition":
      return balanceFacts(event)
    case "BalanceUpdate":
      return [{ _tag: "BalanceNotice", asset: event.asset, time: toMillis(event.clearTime ?? event.eventTime) }]
    case "ExternalLockUpdate":
      return [{ _tag: "BalanceNotice", asset: event.asset, time: toMillis(event.transactionTime ?? event.eventTime) }]
    default:
      return []
  }
}

/** A refused order may have no id of its own: its event says nothing about any order. */
const isId = (id: string): boolean => id !== "0" && id !== "-1"

const executionFacts = (event: ExecutionReport): ReadonlyArray<Fact> =>
  !isId(event.orderId) || event.orderStatus === undefined
    ? []
    : [{ _tag: "Order", order: orderOf(event, event.orderStatus), fill: fillOf(event), algoId: undefined }]

const orderOf = (event: ExecutionReport, status: string): Order => ({
  symbol: event.symbol,
  orderId: event.orderId,
  // The report of a cancellation or amendment names the request first.
  clientOrderId: event.originalClientOrderId || event.clientOrderId,
  side: event.side === "SELL" ? "SELL" : "BUY",
  positionSide: "BOTH",
  type: event.orderType ?? "",
  timeInForce: event.timeInForce,
  status,
  price: event.orderPrice ?? "0",
  stopPrice: unlessZero(event.stopPrice),
  quantity: event.orderQuantity ?? "0",
  filled: event.cumulativeFilledQuantity ?? "0",
  averagePrice: averageOf(event),
  reduceOnly: false,
  closePosition: false,
  orderListId: event.orderListId === "-1" ? undefined : event.orderListId,
  usedSor: event.usedSor,
  createdAt: timeOf(event.orderCreationTime),
  updatedAt: toMillis(event.transactionTime ?? event.eventTime),
  origin: "Stream"
})

const unlessZero = (amount: string | undefined): string | undefined =>
  amount === undefined || Decimal.isZero(amount) ? undefined : amount

const timeOf = (time: number | undefined): number | undefined =>
  time === undefined || time <= 0 ? undefined : toMillis(time)

const averageOf = (event: ExecutionReport): string | undefined => {
  const { cumulativeFilledQuantity: filled, cumulativeQuoteQuantity: quote } = event
  if (filled === undefined || quote === undefined || !Decimal.isPositive(quote)) {
    return undefined
  }
  return filled === event.lastExecutedQuantity ? event.lastExecutedPrice : Decimal.divide(quote, filled)
}

const fillOf = (event: ExecutionReport): Fill | undefined =>
  event.executionType !== "TRADE" ||
  (event.tradeId === "-1" && event.allocationId === undefined) ||
  event.lastExecutedQuantity === undefined
    ? undefined
    : {
        symbol: event.symbol,
        orderId: event.orderId,
        tradeId: event.tradeId === "-1" ? undefined : event.tradeId,
        allocationId: event.allocationId,
        side: event.side === "SELL" ? "SELL" : "BUY",
        positionSide: "BOTH",
        price: event.lastExecutedPrice,
        quantity: event.lastExecutedQuantity,
        commission: event.commissionAmount,
        commissionAsset: event.commissionAsset,
        isMaker: event.isMaker,
        time: toMillis(event.transactionTime ?? event.eventTime),
        origin: "Stream"
      }

const balanceFacts = (event: OutboundAccountPosition): ReadonlyArray<Fact> => {
  const updatedAt = toMillis(event.lastAccountUpdateTime ?? event.eventTime)
  return event.balances.map(({ asset, free = "0", locked = "0" }) => ({
    _tag: "Balance",
    balance: { asset, total: Decimal.sum(free, locked), free, locked, updatedAt }
  }))
}
