import * as Change from "../exchange/futures/change.js"
import type { Income, Order, Trade } from "../exchange/futures/model.js"
import { openOrdersAt, orderAt, ordersAt } from "../exchange/futures/past.js"
import { contractOf } from "../exchange/futures/place.js"
import type { BlockTrade, Exercise, OptionsAccount } from "../exchange/options/account.js"
import { futuresNames, place } from "../exchange/options/change.js"
import * as Rows from "../exchange/options/rows.js"
import { mandatory, millis } from "../exchange/parameters.js"
import { isOpen } from "../exchange/past.js"
import { type Rules, select } from "../exchange/window.js"
import { refuse } from "../refusal.js"
import type { Call, Calls, Context, Parameters } from "./call.js"

const day = 24 * 60 * 60 * 1000

type Answer = (account: OptionsAccount, context: Context) => unknown

const call = (weight: Call["weight"], answer: Answer): Call => ({
  pool: "options",
  weight,
  security: "signed",
  answer: (context) =>
    answer(context.world.exchange.options(context.key.account), {
      ...context,
      parameters: futuresNames(context.parameters)
    })
})

/** All symbols, or the one that is asked for. */
const isAskedFor = (account: OptionsAccount, parameters: Parameters) => {
  const contract = parameters.has("symbol") ? contractOf(account, parameters) : undefined
  return (row: { readonly contract: unknown }) => contract === undefined || row.contract === contract
}

const history: Rules = { defaultLimit: 100, maxLimit: 1000 }

/** The checks of times are those of options. */
const within = <A>(
  rows: ReadonlyArray<A>,
  { parameters, readTime }: Context,
  rules: Rules,
  of: { readonly id: (row: A) => bigint; readonly time: (row: A) => number }
) => {
  const start = millis(parameters, "startTime")
  const end = millis(parameters, "endTime")
  if (start !== undefined && end !== undefined && start > end) {
    refuse(400, -6031, "Start time is greater than end time.")
  }
  if (start !== undefined && end !== undefined && end - start > 90 * day) {
    refuse(400, -6030, "Invalid time interval.")
  }
  const seen = rows.filter((row) => of.time(row) <= readTime)
  return select(seen, parameters, rules, { ...of, now: readTime })
}

/** Ended without a fill more than three days ago. */
const isForgotten = ({ createdAt, filled, status }: Order, now: number) =>
  ["CANCELED", "EXPIRED", "EXPIRED_IN_MATCH"].includes(status) && filled.value === 0n && now - createdAt > 3 * day

const query: Answer = (account, { parameters, readTime, world }) => {
  const now = Change.findOrder(account, parameters)
  const order = now === undefined ? undefined : orderAt(account, now, readTime)
  return order === undefined || isForgotten(order, world.serverTime())
    ? refuse(400, -2013, "Order does not exist.")
    : Rows.orderRow(order)
}

const openOrders: Answer = (account, { parameters, readTime }) =>
  openOrdersAt(account, readTime).filter(isAskedFor(account, parameters)).map(Rows.orderRow)

const historyOrders: Answer = (account, context) => {
  const contract = contractOf(account, context.parameters)
  const finished = ordersAt(account, context.readTime).filter(
    (order) => order.contract === contract && !isOpen(order) && order.updatedAt >= context.readTime - 5 * day
  )
  const of = { id: ({ id }: Order) => id, time: ({ updatedAt }: Order) => updatedAt }
  return within(finished, context, { ...history, idName: "orderId" }, of).map(Rows.historyRow)
}

const userTrades: Answer = (account, context) => {
  const contract = contractOf(account, context.parameters)
  const trades = account.trades.filter(({ order }) => order.contract === contract)
  const of = { id: ({ id }: Trade) => id, time: ({ time }: Trade) => time }
  return within(trades, context, { ...history, idName: "fromId" }, of).map(Rows.tradeRow)
}

const exerciseRecord: Answer = (account, context) => {
  const of = { id: ({ id }: Exercise) => id, time: ({ time }: Exercise) => time }
  const rows = account.exercises.filter(isAskedFor(account, context.parameters))
  return within(rows, context, { defaultLimit: 1000, maxLimit: 1000 }, of).map(Rows.exerciseRow)
}

const blockTrades: Answer = (account, context) => {
  const underlying = context.parameters.get("underlying")
  const of = { id: ({ id }: BlockTrade) => id, time: ({ trade }: BlockTrade) => trade.time }
  const rows = account.blockTrades.filter(
    ({ trade }) => (underlying ?? trade.order.contract.pair) === trade.order.contract.pair
  )
  return within(rows, context, history, of).map(Rows.blockTradeRow)
}

const bill: Answer = (account, context) => {
  const currency = mandatory(context.parameters, "currency")
  const of = { id: ({ id }: Income) => id, time: ({ time }: Income) => time }
  const rows = account.income.filter(({ asset }) => asset === currency)
  return within(rows, context, { ...history, idName: "recordId" }, of).map(Rows.billRow)
}

/**
 * Orders of options, and reads of the account.
 */
export const optionsCalls: Calls = {
  "POST /eapi/v1/order": call(1, (account, { parameters }) => Rows.orderRow(place(account, parameters))),
  "DELETE /eapi/v1/order": call(1, (account, { parameters }) => Rows.orderRow(Change.cancel(account, parameters))),
  "DELETE /eapi/v1/allOpenOrders": call(1, (account, { parameters }) => {
    Change.cancelAll(account, parameters)
    return { code: 0, msg: "success" }
  }),
  "GET /eapi/v1/order": call(1, query),
  "GET /eapi/v1/openOrders": call((parameters) => (parameters.has("symbol") ? 1 : 40), openOrders),
  "GET /eapi/v1/historyOrders": call(3, historyOrders),
  "GET /eapi/v1/userTrades": call(5, userTrades),
  "GET /eapi/v1/position": call(5, (account, { parameters }) =>
    account
      .positionsOf("USDT")
      .filter(isAskedFor(account, parameters))
      .map((position) => Rows.positionRow(account, position))
  ),
  "GET /eapi/v1/marginAccount": call(3, (account, { world }) => Rows.accountRow(account, world.serverTime())),
  "GET /eapi/v1/exerciseRecord": call(5, exerciseRecord),
  "GET /eapi/v1/bill": call(1, bill),
  "GET /eapi/v1/block/user-trades": call(5, blockTrades)
}
