import type { FuturesAccount } from "../exchange/futures/account.js"
import { algoRow } from "../exchange/futures/algoRows.js"
import type { AlgoOrder, Order } from "../exchange/futures/model.js"
import { ordersAt } from "../exchange/futures/past.js"
import { contractOf } from "../exchange/futures/place.js"
import * as Rows from "../exchange/futures/rows.js"
import { integer } from "../exchange/parameters.js"
import { type Rules, select } from "../exchange/window.js"
import { missing, refuse } from "../refusal.js"
import type { Call, Calls, Context, Parameters } from "./call.js"

const day = 24 * 60 * 60 * 1000

/** Orders that ended without a fill are gone three days after they were made, and all after 90 days. */
export const isForgotten = (
  order: { readonly status: string; readonly createdAt: number },
  isFilled: boolean,
  now: number
): boolean => {
  const isEmpty = (order.status === "CANCELED" || order.status === "EXPIRED") && !isFilled
  return now - order.createdAt > (isEmpty ? 3 : 90) * day
}

/** Makes a call of one of the two products. */
export type Maker = (weight: Call["weight"], answer: (account: FuturesAccount, context: Context) => unknown) => Call

const week: Rules = { defaultLimit: 500, maxLimit: 1000, window: 7 * day, defaultSpan: 7 * day }

/** What histories of futures do not have in common. */
export interface Terms {
  /** The largest span of trades, which is told if none is asked for, in ms. */
  readonly tradesSpan: number
  /** The largest span of income, and that which is told if none is asked for, in ms. */
  readonly incomeSpan: { readonly most: number | undefined; readonly usual: number }
  readonly weights: { readonly orders: Call["weight"]; readonly trades: Call["weight"]; readonly income: number }
}

export const usdTerms: Terms = {
  tradesSpan: 7 * day,
  incomeSpan: { most: undefined, usual: 7 * day },
  weights: { orders: 5, trades: 5, income: 30 }
}

export const coinTerms: Terms = {
  tradesSpan: 7 * day,
  incomeSpan: { most: 365 * day, usual: 7 * day },
  weights: { orders: 5, trades: 5, income: 20 }
}

/** Binance does not document which call answers which: clients have to know both. */
const tooWideOf = (account: FuturesAccount, ofTrades: boolean) =>
  ofTrades
    ? { code: -1127, msg: "Lookup interval is too big." }
    : { code: Rows.isCoin(account) ? -4088 : -4165, msg: "Maximum time interval is 7 days." }

/** By symbol, or by pair on COIN-M, or all of them where that is allowed. */
const isAskedFor = (account: FuturesAccount, parameters: Parameters, mayBeAll: boolean) => {
  const pair = Rows.isCoin(account) ? parameters.get("pair") : undefined
  if (pair !== undefined) {
    if (parameters.has("fromId") || parameters.has("orderId")) {
      refuse(400, -1128, "Combination of optional parameters invalid.")
    }
    if (!Array.from(account.rules.contracts.values()).some((contract) => contract.pair === pair)) {
      refuse(400, -4087, "Invalid pair.")
    }
    return (order: Order) => order.contract.pair === pair
  }
  if (!parameters.has("symbol")) {
    return mayBeAll ? () => true : missing("symbol")
  }
  const contract = contractOf(account, parameters)
  return (order: Order) => order.contract === contract
}

const allOrders = (account: FuturesAccount, { parameters, readTime, world }: Context) => {
  const now = world.serverTime()
  const isAsked = isAskedFor(account, parameters, !Rows.isCoin(account))
  const orders = ordersAt(account, readTime).filter(
    (order) => isAsked(order) && !isForgotten(order, order.filled.value !== 0n, now)
  )
  const limits = Rows.isCoin(account) ? { defaultLimit: 50, maxLimit: 100 } : {}
  const rules = { ...week, ...limits, tooWide: tooWideOf(account, false), idName: "orderId" }
  const of = { id: (order: Order) => order.id, time: (order: Order) => order.createdAt, now }
  return select(orders, parameters, rules, of).map((order) => Rows.fullOrderRow(account, order))
}

const userTrades =
  (terms: Terms) =>
  (account: FuturesAccount, { parameters, readTime, world }: Context) => {
    const isAsked = isAskedFor(account, parameters, false)
    const orderId = integer(parameters, "orderId")
    if (parameters.has("fromId") && (parameters.has("startTime") || parameters.has("endTime"))) {
      refuse(400, -1128, "Combination of optional parameters invalid.")
    }
    const trades = account.trades.filter(
      ({ order, time }) => isAsked(order) && (orderId === undefined || order.id === orderId) && time <= readTime
    )
    const limits = Rows.isCoin(account) ? { defaultLimit: 50 } : {}
    const spans = { window: terms.tradesSpan, defaultSpan: terms.tradesSpan }
    const rules = { ...week, ...limits, ...spans, tooWide: tooWideOf(account, true), idName: "fromId" }
    return select(trades, parameters, rules, {
      id: ({ id }) => id,
      time: ({ time }) => time,
      now: world.serverTime()
    }).map(Rows.tradeRow)
  }

const income =
  (terms: Terms) =>
  (account: FuturesAccount, { parameters, readTime, world }: Context) => {
    const symbol = parameters.get("symbol")
    const type = parameters.get("incomeType")
    const rows = account.income.filter(
      (row) =>
        row.time <= readTime &&
        (symbol === undefined || row.symbol === symbol) &&
        (type === undefined || row.type === type)
    )
    const { most, usual } = terms.incomeSpan
    const rules: Rules = { defaultLimit: 100, maxLimit: 1000, defaultSpan: usual, window: most }
    const of = { id: () => 0n, time: (row: { readonly time: number }) => row.time, now: world.serverTime() }
    return select(rows, parameters, rules, of).map((row) => Rows.incomeRow(account, row))
  }

const forceOrders = (account: FuturesAccount, { parameters, world }: Context) => {
  const symbol = parameters.get("symbol")
  const type = parameters.get("autoCloseType")
  const orders = Array.from(account.orders.values()).filter(
    (order) =>
      order.force !== undefined &&
      (symbol === undefined || order.contract.symbol === symbol) &&
      (type === undefined || order.force === type)
  )
  const rules: Rules = { defaultLimit: 50, maxLimit: 100, defaultSpan: 7 * day }
  const of = { id: (order: Order) => order.id, time: (order: Order) => order.createdAt, now: world.serverTime() }
  return select(orders, parameters, rules, of).map((order) => Rows.fullOrderRow(account, order))
}

const allAlgoOrders = (account: FuturesAccount, { parameters, world }: Context) => {
  const contract = contractOf(account, parameters)
  const now = world.serverTime()
  const isFilled = ({ order }: AlgoOrder) => order !== undefined && order.filled.value !== 0n
  const algos = Array.from(account.algoOrders.values()).filter(
    (algo) => algo.draft.contract === contract && !isForgotten(algo, isFilled(algo), now)
  )
  const of = { id: (algo: AlgoOrder) => algo.id, time: (algo: AlgoOrder) => algo.createdAt, now }
  const rules = { ...week, tooWide: tooWideOf(account, false), idName: "algoId" }
  return select(algos, parameters, rules, of).map(algoRow)
}

const orderAmendment = (account: FuturesAccount, { parameters, world }: Context) => {
  const contract = contractOf(account, parameters)
  const id = integer(parameters, "orderId")
  const clientId = parameters.get("origClientOrderId")
  const rows = account.amendments.filter(
    ({ order }) =>
      order.contract === contract &&
      (id === undefined || order.id === id) &&
      (clientId === undefined || order.clientOrderId === clientId)
  )
  const of = {
    id: (row: { readonly id: bigint }) => row.id,
    time: (row: { readonly time: number }) => row.time,
    now: world.serverTime()
  }
  return select(rows, parameters, { defaultLimit: 50, maxLimit: 100 }, of).map(Rows.amendmentRow)
}

const marginHistory = (account: FuturesAccount, { parameters, world }: Context) => {
  const contract = contractOf(account, parameters)
  const type = parameters.get("type")
  const rows = account.marginChanges.filter(
    (change) => change.contract === contract && (type === undefined || change.isAdded === (type === "1"))
  )
  const of = { id: () => 0n, time: (row: { readonly time: number }) => row.time, now: world.serverTime() }
  const rules: Rules = { defaultLimit: 500, maxLimit: 500, window: 30 * day, defaultSpan: 30 * day }
  return select(rows, parameters, rules, of).map(Rows.marginChangeRow)
}

const perSymbol = (parameters: Parameters) => (parameters.has("symbol") ? 20 : 50)

/**
 * What a futures account has done.
 */
export const futuresHistory = (call: Maker, terms: Terms): Calls => ({
  "GET /v1/allOrders": call(terms.weights.orders, allOrders),
  "GET /v1/userTrades": call(terms.weights.trades, userTrades(terms)),
  "GET /v1/income": call(terms.weights.income, income(terms)),
  "GET /v1/forceOrders": call(perSymbol, forceOrders),
  "GET /v1/allAlgoOrders": call(5, allAlgoOrders),
  "GET /v1/orderAmendment": call(1, orderAmendment),
  "GET /v1/positionMargin/history": call(1, marginHistory)
})
