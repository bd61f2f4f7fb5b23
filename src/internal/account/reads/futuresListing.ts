import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Range } from "../../../Account.js"
import { type Caller, isRefusal } from "./call.js"
import * as Row from "./futuresRow.js"
import * as Listing from "./listing.js"
import { ofOrders, ofTrades } from "./row.js"

/** What the lists of the two kinds of futures differ in. */
export interface Lists {
  /** `/fapi/v1` */
  readonly path: string
  /** How many orders `allOrders` answers at most. */
  readonly mostOrders: number
  readonly income: { readonly weight: number; readonly longest: number }
}

const day = 86_400_000

/** Seven days, and not a millisecond more than is safe. */
const week = 7 * day - 1

const mostTrades = 1000

const mostIncome = 1000

const isOutside = isRefusal(-4181)

type IncomeRow = typeof Row.IncomeRow.Type

/** The fills of a symbol, or of one of its orders. */
export const tradesOf = ({ get, measured }: Caller, { path }: Lists, symbol: string, orderId?: string) => {
  const read = (query: { readonly [name: string]: string }) =>
    get({
      path: `${path}/userTrades`,
      query: { symbol, orderId, ...query, limit: String(mostTrades) },
      weight: 5,
      response: Schema.Array(Row.TradeRow)
    })
  return {
    limit: mostTrades,
    longest: week,
    all: read({}),
    // An end that Binance's clock has not reached is refused.
    between: ({ from, to }: Range) =>
      Effect.catchIf(read(Listing.times({ from, to })), isOutside, (error) =>
        Effect.flatMap(measured, (now) => (from <= now && now < to ? read(Listing.times({ from, to: now })) : error))
      ),
    from: (fromId: string) => read({ fromId }),
    ...ofTrades
  }
}

/** The orders of a symbol, or of all. */
export const ordersOf = ({ get }: Caller, { mostOrders, path }: Lists, symbol: string | undefined) => {
  const read = (query: { readonly [name: string]: string }) =>
    get({
      path: `${path}/allOrders`,
      query: { symbol, ...query, limit: String(mostOrders) },
      weight: 5,
      response: Schema.Array(Row.OrderRow)
    })
  return {
    limit: mostOrders,
    longest: week,
    between: (range: Range) => read(Listing.times(range)),
    from: (orderId: string) => read({ orderId }),
    ...ofOrders
  }
}

/** Why money moved, on all symbols. */
export const incomeOf = ({ get }: Caller, { income, path }: Lists): Listing.Listing<IncomeRow> => ({
  limit: mostIncome,
  longest: income.longest,
  between: (range) =>
    get({
      path: `${path}/income`,
      query: { ...Listing.times(range), limit: String(mostIncome) },
      weight: income.weight,
      response: Schema.Array(Row.IncomeRow)
    }),
  isChronological: false,
  id: () => "0",
  identity: ({ incomeType, symbol, time, tranId }) => `${symbol} ${incomeType} ${tranId} ${time}`,
  time: ({ time }) => time
})
