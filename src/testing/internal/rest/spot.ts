import { flag, integer, mandatory, millis, oneOf } from "../exchange/parameters.js"
import type { Order, SpotAccount } from "../exchange/spot/account.js"
import * as Change from "../exchange/spot/change.js"
import * as Lists from "../exchange/spot/lists.js"
import { asPending, openOrdersAt, orderAt, ordersAt } from "../exchange/spot/past.js"
import * as Place from "../exchange/spot/place.js"
import * as Rows from "../exchange/spot/rows.js"
import { type Rules, select } from "../exchange/window.js"
import { Refusal, refuse } from "../refusal.js"
import type { Call, Calls, Context, Parameters } from "./call.js"

const day = 24 * 60 * 60 * 1000

const accountOf = ({ key, margin, world }: Context): SpotAccount => margin?.account ?? world.exchange.spot(key.account)

const call = (weight: Call["weight"], answer: Call["answer"]): Call => ({
  pool: "spot",
  weight,
  security: "signed",
  answer
})

const history = ({ margin }: Context, idName: string): Rules => ({
  defaultLimit: 500,
  maxLimit: 1000,
  window: day,
  tooWide: { code: -1127, msg: "More than 24 hours between startTime and endTime." },
  defaultSpan: margin?.span,
  idName
})

/** Cancelled and expired orders without a fill are archived after 90 days. */
const isArchived = (order: Order, now: number): boolean =>
  ["CANCELED", "EXPIRED", "EXPIRED_IN_MATCH"].includes(order.status) &&
  order.filled.value === 0n &&
  now - order.updatedAt > 90 * day

const responseType = (parameters: Parameters): string => {
  const type = parameters.get("type") ?? ""
  return parameters.get("newOrderRespType") ?? (type === "MARKET" || type === "LIMIT" ? "FULL" : "ACK")
}

export const placed = (context: Context, order: Order) => {
  const trades = accountOf(context).trades.filter((trade) => trade.order === order)
  return Rows.placedRow(order, trades, responseType(context.parameters))
}

const place = (context: Context) => placed(context, Place.place(accountOf(context), context.parameters))

/** By smart order routing. */
const placeSor = (context: Context) => {
  const { parameters } = context
  oneOf(parameters, "type", ["LIMIT", "MARKET"], { code: -1116, msg: "Invalid orderType." })
  return placed(context, Place.place(accountOf(context), parameters, { usesSor: true }))
}

const test = (context: Context) => {
  Place.draftOf(context.parameters)
  return {}
}

const query = (context: Context) => {
  const { parameters, world } = context
  const account = accountOf(context)
  const now = Change.findOrder(account, parameters)
  const order =
    (now === undefined ? undefined : orderAt(account, now, context.readTime)) ??
    refuse(400, -2013, "Order does not exist.")
  return isArchived(order, world.serverTime())
    ? refuse(400, -2026, "Order was canceled or expired with no executed qty over 90 days ago and has been archived.")
    : Rows.orderRow(order)
}

const cancel = (context: Context) => {
  const { cancelId, order } = Change.cancel(accountOf(context), context.parameters)
  return Rows.canceledRow(order, cancelId)
}

const cancelAll = (context: Context) =>
  Change.cancelAll(accountOf(context), context.parameters).map(({ cancelId, order }) =>
    Rows.canceledRow(order, cancelId)
  )

const failed = (refusal: Refusal) => ({ code: refusal.code, msg: refusal.msg })

const attempt = <A>(action: () => A): A | Refusal => {
  try {
    return action()
  } catch (error) {
    if (error instanceof Refusal) {
      return error
    }
    throw error
  }
}

/** Cancels one order and places another, which may fail each on its own. */
const cancelReplace = (context: Context) => {
  const { parameters } = context
  const account = accountOf(context)
  const names = new Map(parameters)
  names.delete("newClientOrderId")
  const id = parameters.get("cancelOrderId")
  const clientId = parameters.get("cancelOrigClientOrderId")
  if (id !== undefined) {
    names.set("orderId", id)
  }
  if (clientId !== undefined) {
    names.set("origClientOrderId", clientId)
  }
  const canceled = attempt(() => Change.cancel(account, names))
  if (canceled instanceof Refusal && mandatory(parameters, "cancelReplaceMode") === "STOP_ON_FAILURE") {
    refuse(400, -2022, "Order cancel-replace failed.")
  }
  const order = attempt(() => Place.place(account, parameters))
  if (order instanceof Refusal) {
    refuse(canceled instanceof Refusal ? 400 : 409, canceled instanceof Refusal ? -2022 : -2021, order.msg)
  }
  return {
    cancelResult: canceled instanceof Refusal ? "FAILURE" : "SUCCESS",
    newOrderResult: "SUCCESS",
    cancelResponse:
      canceled instanceof Refusal ? failed(canceled) : Rows.canceledRow(canceled.order, canceled.cancelId),
    newOrderResponse: placed(context, order as Order)
  }
}

const amend = (context: Context) => {
  const order = Change.amend(accountOf(context), context.parameters)
  const amendment = accountOf(context).amendments.at(-1)!
  return {
    transactTime: order.updatedAt,
    executionId: amendment.executionId,
    amendedOrder: Rows.amendedRow(order, amendment)
  }
}

const openOrders = (context: Context) => {
  const { parameters } = context
  const symbol = parameters.has("symbol") ? Place.instrumentOf(parameters).symbol : undefined
  return openOrdersAt(accountOf(context), context.readTime)
    .filter((order) => symbol === undefined || order.instrument.symbol === symbol)
    .map(Rows.orderRow)
}

const allOrders = (context: Context) => {
  const { parameters, world } = context
  const { symbol } = Place.instrumentOf(parameters)
  const now = world.serverTime()
  const orders = ordersAt(accountOf(context), context.readTime).filter(
    (order) => order.instrument.symbol === symbol && !isArchived(order, now)
  )
  const of = { id: (order: Order) => order.id, time: (order: Order) => order.updatedAt, now }
  return select(orders, parameters, history(context, "orderId"), of).map(Rows.orderRow)
}

const myTrades = (context: Context) => {
  const { parameters, world } = context
  const { symbol } = Place.instrumentOf(parameters)
  const orderId = integer(parameters, "orderId")
  const hasTimes = parameters.has("startTime") || parameters.has("endTime")
  if (hasTimes && (parameters.has("fromId") || orderId !== undefined)) {
    refuse(400, -1128, "Combination of optional parameters invalid.")
  }
  const trades = accountOf(context).trades.filter(
    ({ allocationId, order, time }) =>
      allocationId === undefined &&
      order.instrument.symbol === symbol &&
      (orderId === undefined || order.id === orderId) &&
      time <= context.readTime
  )
  return select(trades, parameters, history(context, "fromId"), {
    id: ({ id }) => id,
    time: ({ time }) => time,
    now: world.serverTime()
  }).map(Rows.tradeRow)
}

const myAllocations = (context: Context) => {
  const { parameters, readTime, world } = context
  const { symbol } = Place.instrumentOf(parameters)
  const orderId = integer(parameters, "orderId")
  const allocations = accountOf(context).trades.filter(
    ({ allocationId, order, time }) =>
      allocationId !== undefined &&
      order.instrument.symbol === symbol &&
      (orderId === undefined || order.id === orderId) &&
      time <= readTime
  )
  return select(allocations, parameters, history(context, "fromAllocationId"), {
    id: ({ allocationId }) => allocationId!,
    time: ({ time }) => time,
    now: world.serverTime()
  }).map(Rows.allocationRow)
}

const listOf = (context: Context) =>
  Rows.listRow(
    Change.findList(accountOf(context), context.parameters) ?? refuse(400, -2018, "Order list does not exist.")
  )

const allOrderLists = (context: Context) => {
  const { parameters, world } = context
  if (parameters.has("fromId") && (millis(parameters, "startTime") ?? millis(parameters, "endTime")) !== undefined) {
    refuse(400, -1128, "Combination of optional parameters invalid.")
  }
  return select(accountOf(context).lists, parameters, history(context, "fromId"), {
    id: ({ id }) => id,
    time: ({ updatedAt }) => updatedAt,
    now: world.serverTime()
  }).map(Rows.listRow)
}

const placeOco = (context: Context) => {
  const list = Lists.placeOco(accountOf(context), context.parameters)
  return { ...Rows.listRow(list), orderReports: list.orders.map((order) => Rows.placedRow(order, [], "RESULT")) }
}

/** Orders that wait are shown as they were sent, even if the first was filled at once. */
const oto = (place: typeof Lists.placeOtoco) => (context: Context) => {
  const list = place(accountOf(context), context.parameters)
  const [working, ...pending] = list.orders
  return {
    ...Rows.listRow({ ...list, isDone: false }),
    orderReports: [
      Rows.placedRow(working!, [], "RESULT"),
      ...pending.map((order) => Rows.placedRow(asPending(order), [], "RESULT"))
    ]
  }
}

const cancelList = (context: Context) => {
  const { cancelId, list } = Change.cancelList(accountOf(context), context.parameters)
  return { ...Rows.listRow(list), orderReports: list.orders.map((order) => Rows.canceledRow(order, cancelId)) }
}

const amendments = (context: Context) => {
  const { parameters, world } = context
  const { symbol } = Place.instrumentOf(parameters)
  const orderId = BigInt(mandatory(parameters, "orderId"))
  const rows = accountOf(context).amendments.filter(
    ({ order }) => order.id === orderId && order.instrument.symbol === symbol
  )
  const of = {
    id: (row: { readonly executionId: bigint }) => row.executionId,
    time: (row: { readonly time: number }) => row.time,
    now: world.serverTime()
  }
  return select(rows, parameters, { defaultLimit: 500, maxLimit: 1000, idName: "fromExecutionId" }, of).map(
    Rows.amendmentRow
  )
}

const preventedMatches = (context: Context) => {
  const { parameters, world } = context
  const { symbol } = Place.instrumentOf(parameters)
  const id = integer(parameters, "preventedMatchId")
  const orderId = integer(parameters, "orderId")
  if (id === undefined && orderId === undefined) {
    refuse(400, -1128, "Combination of optional parameters invalid.")
  }
  const matches = accountOf(context).preventedMatches.filter(
    ({ id: own, maker, taker, time }) =>
      taker.instrument.symbol === symbol &&
      (id === undefined || own === id) &&
      (orderId === undefined || taker.id === orderId || maker.id === orderId) &&
      time <= context.readTime
  )
  return select(
    matches,
    parameters,
    { defaultLimit: 500, maxLimit: 1000, idName: "fromPreventedMatchId" },
    { id: (match) => match.id, time: (match) => match.time, now: world.serverTime() }
  ).map(Rows.preventedMatchRow)
}

const orderLimits = () => [
  { rateLimitType: "ORDERS", interval: "SECOND", intervalNum: 10, limit: 100, count: 0 },
  { rateLimitType: "ORDERS", interval: "DAY", intervalNum: 1, limit: 200_000, count: 0 }
]

const commission = (context: Context) => {
  const { symbol } = Place.instrumentOf(context.parameters)
  const { commissionRates } = Rows.accountRow(accountOf(context), false)
  const zero = { maker: "0.00000000", taker: "0.00000000", buyer: "0.00000000", seller: "0.00000000" }
  return {
    symbol,
    standardCommission: commissionRates,
    specialCommission: zero,
    taxCommission: zero,
    discount: { enabledForAccount: false, enabledForSymbol: false, discountAsset: "BNB", discount: "0.75000000" }
  }
}

const openLists = (context: Context) =>
  accountOf(context)
    .lists.filter(({ isDone }) => !isDone)
    .map(Rows.listRow)

/** What spot and margin answer alike. */
export const answers = {
  query,
  cancel,
  cancelAll,
  openOrders,
  allOrders,
  myTrades,
  preventedMatches,
  listOf,
  openLists,
  allOrderLists,
  placeOco,
  placeOto: oto(Lists.placeOtoOne),
  placeOtoco: oto(Lists.placeOtoco),
  cancelList
}

/**
 * Spot orders, and reads of the account.
 */
export const spotCalls: Calls = {
  "POST /api/v3/order": call(1, place),
  "POST /api/v3/order/test": call(1, test),
  "POST /api/v3/sor/order": call(1, placeSor),
  "GET /api/v3/order": call(4, query),
  "DELETE /api/v3/order": call(1, cancel),
  "DELETE /api/v3/openOrders": call(1, cancelAll),
  "POST /api/v3/order/cancelReplace": call(1, cancelReplace),
  "PUT /api/v3/order/amend/keepPriority": call(4, amend),
  "POST /api/v3/orderList/oco": call(1, placeOco),
  "POST /api/v3/orderList/oto": call(1, answers.placeOto),
  "POST /api/v3/orderList/otoco": call(1, answers.placeOtoco),
  "DELETE /api/v3/orderList": call(1, cancelList),
  "GET /api/v3/orderList": call(4, listOf),
  "GET /api/v3/openOrderList": call(6, openLists),
  "GET /api/v3/allOrderList": call(20, allOrderLists),
  "GET /api/v3/account": call(20, (context) =>
    Rows.accountRow(accountOf(context), flag(context.parameters, "omitZeroBalances"))
  ),
  "GET /api/v3/account/commission": call(20, commission),
  "GET /api/v3/openOrders": call((parameters) => (parameters.has("symbol") ? 6 : 80), openOrders),
  "GET /api/v3/allOrders": call(20, allOrders),
  "GET /api/v3/myTrades": call((parameters) => (parameters.has("orderId") ? 5 : 20), myTrades),
  "GET /api/v3/order/amendments": call(4, amendments),
  "GET /api/v3/rateLimit/order": call(40, orderLimits),
  "GET /api/v3/myPreventedMatches": call((parameters) => (parameters.has("orderId") ? 20 : 2), preventedMatches),
  "GET /api/v3/myAllocations": call(20, myAllocations)
}
