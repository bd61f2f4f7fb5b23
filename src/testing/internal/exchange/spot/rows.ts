import { type Decimal, fixed, isZero, zero } from "../decimal.js"
import type { Amendment, Order, OrderList, PreventedMatch, SpotAccount, Trade } from "./account.js"
import { tradeGroupId } from "./events.js"

const amount = (value: Decimal) => fixed(value, 8)

const preventedOf = ({ prevented }: Order) =>
  prevented === undefined ? {} : { preventedMatchId: prevented.id, preventedQuantity: amount(prevented.quantity) }

const sorOf = ({ usesSor }: Order) => (usesSor ? { workingFloor: "SOR", usedSor: true } : {})

const pegOf = ({ peg, price }: Order) =>
  peg === undefined
    ? {}
    : {
        pegPriceType: peg.type,
        ...(peg.offset === undefined ? {} : { pegOffsetType: "PRICE_LEVEL", pegOffsetValue: peg.offset }),
        peggedPrice: amount(price)
      }

/** What every row of an order tells. */
const stateOf = (order: Order) => ({
  price: amount(order.price),
  origQty: amount(order.quantity),
  executedQty: amount(order.filled),
  origQuoteOrderQty: amount(order.quoteQuantity),
  cummulativeQuoteQty: amount(order.filledQuote),
  status: order.status,
  timeInForce: order.timeInForce,
  type: order.type,
  side: order.side
})

export const orderRow = (order: Order) => ({
  symbol: order.instrument.symbol,
  orderId: order.id,
  orderListId: order.list?.id ?? -1,
  clientOrderId: order.clientOrderId,
  ...stateOf(order),
  stopPrice: amount(order.stopPrice),
  icebergQty: amount(order.icebergQuantity),
  time: order.createdAt,
  updateTime: order.updatedAt,
  isWorking: order.workingAt !== undefined,
  workingTime: order.workingAt ?? -1,
  selfTradePreventionMode: order.selfTradePreventionMode,
  ...(order.trailingDelta === undefined
    ? {}
    : { trailingDelta: order.trailingDelta, trailingTime: order.trailing?.since ?? -1 }),
  ...(order.strategyId === undefined ? {} : { strategyId: order.strategyId }),
  ...(order.strategyType === undefined ? {} : { strategyType: order.strategyType }),
  ...(order.expiryReason === undefined ? {} : { expiryReason: order.expiryReason }),
  ...sorOf(order),
  ...pegOf(order),
  ...preventedOf(order)
})

const fillRow = (trade: Trade) => ({
  ...(trade.allocationId === undefined ? {} : { matchType: "ONE_PARTY_TRADE_REPORT", allocId: trade.allocationId }),
  price: amount(trade.price),
  qty: amount(trade.quantity),
  commission: amount(trade.commission),
  commissionAsset: trade.commissionAsset,
  tradeId: trade.id
})

/** The answer to an order that was placed, as full as it was asked for. */
export const placedRow = (order: Order, trades: ReadonlyArray<Trade>, type: string) => {
  const ack = {
    symbol: order.instrument.symbol,
    orderId: order.id,
    orderListId: order.list?.id ?? -1,
    clientOrderId: order.clientOrderId,
    transactTime: order.createdAt
  }
  if (type === "ACK") {
    return ack
  }
  const result = {
    ...ack,
    ...stateOf(order),
    ...(isZero(order.stopPrice) ? {} : { stopPrice: amount(order.stopPrice) }),
    workingTime: order.workingAt ?? -1,
    selfTradePreventionMode: order.selfTradePreventionMode,
    ...sorOf(order),
    ...pegOf(order),
    ...preventedOf(order)
  }
  return type === "RESULT" ? result : { ...result, fills: trades.map(fillRow) }
}

export const canceledRow = (order: Order, cancelId: string) => ({
  symbol: order.instrument.symbol,
  origClientOrderId: order.clientOrderId,
  orderId: order.id,
  orderListId: order.list?.id ?? -1,
  clientOrderId: cancelId,
  transactTime: order.updatedAt,
  ...stateOf(order),
  ...(isZero(order.stopPrice) ? {} : { stopPrice: amount(order.stopPrice) }),
  selfTradePreventionMode: order.selfTradePreventionMode
})

/** An order after its amendment. */
export const amendedRow = (order: Order, { before }: Amendment) => {
  const { cummulativeQuoteQty, origQty, origQuoteOrderQty: _, ...state } = stateOf(order)
  return {
    symbol: order.instrument.symbol,
    orderId: order.id,
    orderListId: order.list?.id ?? -1,
    origClientOrderId: before.clientOrderId,
    clientOrderId: order.clientOrderId,
    ...state,
    qty: origQty,
    preventedQty: amount(order.prevented?.quantity ?? zero),
    cumulativeQuoteQty: cummulativeQuoteQty,
    workingTime: order.workingAt ?? -1,
    selfTradePreventionMode: order.selfTradePreventionMode
  }
}

export const tradeRow = (trade: Trade) => ({
  symbol: trade.order.instrument.symbol,
  id: trade.id,
  orderId: trade.order.id,
  orderListId: trade.order.list?.id ?? -1,
  price: amount(trade.price),
  qty: amount(trade.quantity),
  quoteQty: amount(trade.quoteQuantity),
  commission: amount(trade.commission),
  commissionAsset: trade.commissionAsset,
  time: trade.time,
  isBuyer: trade.order.side === "BUY",
  isMaker: trade.isMaker,
  isBestMatch: true
})

/** A trade that smart order routing made. */
export const allocationRow = (trade: Trade) => {
  const { id: _, isBestMatch: _b, ...row } = tradeRow(trade)
  return { ...row, allocationId: trade.allocationId, allocationType: "SOR", isAllocator: false }
}

export const preventedMatchRow = (match: PreventedMatch) => ({
  symbol: match.taker.instrument.symbol,
  preventedMatchId: match.id,
  takerOrderId: match.taker.id,
  makerSymbol: match.maker.instrument.symbol,
  makerOrderId: match.maker.id,
  tradeGroupId,
  selfTradePreventionMode: match.taker.selfTradePreventionMode,
  price: amount(match.price),
  ...(match.takerQuantity === undefined ? {} : { takerPreventedQuantity: amount(match.takerQuantity) }),
  ...(match.makerQuantity === undefined ? {} : { makerPreventedQuantity: amount(match.makerQuantity) }),
  transactTime: match.time
})

export const amendmentRow = (amendment: Amendment) => ({
  symbol: amendment.order.instrument.symbol,
  orderId: amendment.order.id,
  executionId: amendment.executionId,
  origClientOrderId: amendment.before.clientOrderId,
  newClientOrderId: amendment.after.clientOrderId,
  origQty: amount(amendment.before.quantity),
  newQty: amount(amendment.after.quantity),
  time: amendment.time
})

export const listRow = (list: OrderList) => ({
  orderListId: list.id,
  contingencyType: list.contingencyType,
  listStatusType: list.isDone ? "ALL_DONE" : "EXEC_STARTED",
  listOrderStatus: list.isDone ? "ALL_DONE" : "EXECUTING",
  listClientOrderId: list.clientId,
  transactionTime: list.updatedAt,
  symbol: list.symbol,
  orders: list.orders.map((order) => ({
    symbol: list.symbol,
    orderId: order.id,
    clientOrderId: order.clientOrderId
  }))
})

export const accountRow = (account: SpotAccount, omitsZero: boolean) => {
  const { maker, taker } = account.fees
  return {
    makerCommission: 10,
    takerCommission: 10,
    buyerCommission: 0,
    sellerCommission: 0,
    commissionRates: { maker: amount(maker), taker: amount(taker), buyer: amount(zero), seller: amount(zero) },
    canTrade: true,
    canWithdraw: true,
    canDeposit: true,
    brokered: false,
    requireSelfTradePrevention: false,
    preventSor: false,
    updateTime: account.updatedAt,
    accountType: "SPOT",
    balances: Array.from(account.balances)
      .filter(([, { free, locked }]) => !omitsZero || !isZero(free) || !isZero(locked))
      .map(([asset, { free, locked }]) => ({ asset, free: amount(free), locked: amount(locked) })),
    permissions: ["SPOT"],
    uid: account.uid
  }
}
