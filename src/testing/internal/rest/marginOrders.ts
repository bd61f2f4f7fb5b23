import type { MarginAccount } from "../exchange/margin/account.js"
import * as Margin from "../exchange/margin/change.js"
import type { Parameters } from "../exchange/venue.js"
import type { Pool } from "../weights.js"
import type { Call, Calls, Context } from "./call.js"
import { answers, placed } from "./spot.js"

const day = 24 * 60 * 60 * 1000

export type Row = { readonly [name: string]: unknown }

/** Where margin accounts are reached, and how they answer. */
export interface Desk {
  readonly prefix: string
  readonly pool: Pool
  readonly accountOf: (context: Context) => MarginAccount
  /** What rows have beside. */
  readonly orderExtra: (account: MarginAccount) => Row
  readonly listExtra: (account: MarginAccount) => Row
  /** Whether there are lists of orders that wait for another. */
  readonly hasOto: boolean
  readonly weights: { readonly read: number; readonly history: number; readonly trades: number }
}

/** Rows of orders and trades on margin have less than those of spot. */
const less = ({ orderListId: _, origQuoteOrderQty: _q, quoteQty: _v, workingTime: _w, ...row }: Row): Row => row

/** The names that margin has for the parts of a list of two orders. */
const ocoParameters = (parameters: Parameters): Parameters => {
  const isSell = parameters.get("side") === "SELL"
  const [limit, stop] = isSell ? ["above", "below"] : ["below", "above"]
  const given = (name: string, from: string) => {
    const value = parameters.get(from)
    return value === undefined ? [] : [[name, value] as const]
  }
  const stopType = parameters.has("stopLimitPrice") ? "STOP_LOSS_LIMIT" : "STOP_LOSS"
  return new Map([
    ...parameters,
    [`${limit}Type`, "LIMIT_MAKER"],
    ...given(`${limit}Price`, "price"),
    ...given(`${limit}ClientOrderId`, "limitClientOrderId"),
    [`${stop}Type`, stopType],
    ...given(`${stop}StopPrice`, "stopPrice"),
    ...given(`${stop}Price`, "stopLimitPrice"),
    ...given(`${stop}TimeInForce`, "stopLimitTimeInForce"),
    ...given(`${stop}ClientOrderId`, "stopClientOrderId")
  ])
}

/**
 * Orders and trades of margin accounts: those of spot, with other accounts and rows.
 */
export const marginOrders = (desk: Desk): Calls => {
  const { accountOf, pool, weights } = desk
  const call = (weight: Call["weight"], answer: (context: Context, account: MarginAccount) => unknown): Call => ({
    pool,
    weight,
    security: "signed",
    answer: (context) => {
      const account = accountOf(context)
      return answer({ ...context, margin: { account, span: day } }, account)
    }
  })
  const orders = (answer: unknown, account: MarginAccount) =>
    Array.isArray(answer)
      ? answer.map((row: Row) => ({ ...desk.orderExtra(account), ...less(row) }))
      : { ...desk.orderExtra(account), ...less(answer as Row) }
  const lists = (answer: unknown, account: MarginAccount) =>
    Array.isArray(answer)
      ? answer.map((row: Row) => ({ ...row, ...desk.listExtra(account) }))
      : { ...(answer as Row), ...desk.listExtra(account) }
  const trades = (answer: ReadonlyArray<Row>, account: MarginAccount) =>
    answer.map((row) => ({ ...less(row), ...desk.listExtra(account) }))
  const atMost500 = (context: Context): Context => {
    const limit = Math.min(Number(context.parameters.get("limit") ?? 500), 500)
    return { ...context, parameters: new Map([...context.parameters, ["limit", String(limit)]]) }
  }
  return Object.fromEntries(
    Object.entries({
      "POST order": call(6, (context, account) =>
        orders(placed(context, Margin.place(account, context.parameters)), account)
      ),
      "DELETE order": call(10, (context, account) => orders(answers.cancel(context), account)),
      "DELETE openOrders": call(1, (context, account) => orders(answers.cancelAll(context), account)),
      "GET order": call(10, (context, account) => orders(answers.query(context), account)),
      "GET openOrders": call(weights.read, (context, account) => orders(answers.openOrders(context), account)),
      "GET allOrders": call(weights.history, (context, account) =>
        orders(answers.allOrders(atMost500(context)), account)
      ),
      "GET myTrades": call(weights.trades, (context, account) => trades(answers.myTrades(context), account)),
      "POST order/oco": call(6, (context, account) =>
        lists(answers.placeOco({ ...context, parameters: ocoParameters(context.parameters) }), account)
      ),
      ...(desk.hasOto
        ? {
            "POST order/oto": call(6, (context, account) => lists(answers.placeOto(context), account)),
            "POST order/otoco": call(6, (context, account) => lists(answers.placeOtoco(context), account))
          }
        : {}),
      "DELETE orderList": call(1, (context, account) => lists(answers.cancelList(context), account)),
      "GET orderList": call(weights.read, (context, account) => lists(answers.listOf(context), account)),
      "GET openOrderList": call(weights.read, (context, account) => lists(answers.openLists(context), account)),
      "GET allOrderList": call(weights.history, (context, account) => lists(answers.allOrderLists(context), account))
    }).map(([name, value]) => [name.replace(" ", ` ${desk.prefix}/`), value])
  )
}
