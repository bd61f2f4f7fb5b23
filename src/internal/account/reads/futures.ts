import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { OrdersQuery, Range, TradesQuery } from "../../../Account.js"
import { BadRequest, type BinanceError } from "../../../BinanceError.js"
import type { Modes } from "../book/model.js"
import { memory } from "../memory.js"
import * as Call from "./call.js"
import { incomeOf, type Lists, ordersOf, tradesOf } from "./futuresListing.js"
import * as Row from "./futuresRow.js"
import * as Listing from "./listing.js"
import type { AccountReads } from "./reads.js"

/** What the two kinds of futures differ in. */
export interface Product extends Lists {
  readonly balance: { readonly path: string; readonly weight: number }
  readonly positionRisk: { readonly path: string; readonly weight: number }
  readonly modes: Effect.Effect<Modes, BinanceError>
}

/** Trades and orders of before are refused, or gone. The same for both kinds of futures. */
const remembered = memory.UsdFutures.trades

/** Fails rather than tell a part as if it were all. */
const checkMemory = ({ now }: Call.Caller, operation: string, { from }: Range) =>
  Effect.flatMap(now, (now) =>
    from >= now - remembered
      ? Effect.void
      : new BadRequest({
          operation,
          status: 400,
          code: -4181,
          msg: "Binance keeps the last 90 days of it, and the range begins before them"
        })
  )

const perSymbol = (symbol: string | undefined) => (symbol === undefined ? 40 : 1)

const readTrades = (caller: Call.Caller, product: Product) => {
  const read = (query: TradesQuery) => {
    if ("orderId" in query) {
      const { orderId, symbol } = query
      const trades = tradesOf(caller, product, symbol, orderId)
      // Binance does not say that it heeds both ids.
      return Effect.map(Listing.all(trades, trades.all), (rows) => rows.filter((row) => row.orderId === orderId))
    }
    const trades = tradesOf(caller, product, query.symbol)
    return "fromId" in query
      ? Listing.from(trades, query.fromId)
      : Effect.zipRight(checkMemory(caller, `GET ${product.path}/userTrades`, query), Listing.between(trades, query))
  }
  return (query: TradesQuery) => Effect.map(read(query), (rows) => rows.map(Row.fillOf))
}

const symbolsOf = (rows: ReadonlyArray<{ readonly symbol?: string | undefined }>): ReadonlyArray<string> =>
  Array.from(new Set(rows.flatMap(({ symbol }) => symbol ?? []))).sort()

/** Its times may be of whole seconds. */
const readSymbols =
  (caller: Call.Caller, product: Product) =>
  ({ from, to }: Range) =>
    Effect.map(Listing.between(incomeOf(caller, product), { from: Math.floor(from / 1000) * 1000, to }), symbolsOf)

const isSymbolWanted = Call.isRefusal(-1102)

const readOrders = (caller: Call.Caller, product: Product) => {
  const read = (query: OrdersQuery): Effect.Effect<ReadonlyArray<typeof Row.OrderRow.Type>, BinanceError> => {
    if ("fromId" in query) {
      return Listing.from(ordersOf(caller, product, query.symbol), query.fromId)
    }
    const { symbol } = query
    const rows = Effect.zipRight(
      checkMemory(caller, `GET ${product.path}/allOrders`, query),
      Listing.between(
        symbol === undefined
          ? { ...ordersOf(caller, product, symbol), from: undefined }
          : ordersOf(caller, product, symbol),
        query
      )
    )
    if (symbol !== undefined) {
      return rows
    }
    // COIN-M, and USD-M before 2026-08-25: where money moved there were orders.
    return Effect.catchIf(rows, isSymbolWanted, () =>
      Effect.flatMap(readSymbols(caller, product)(query), (symbols) =>
        Effect.map(
          Effect.forEach(symbols, (symbol) => read({ ...query, symbol })),
          (lists) => lists.flat()
        )
      )
    )
  }
  return (query: OrdersQuery) => Effect.map(read(query), (rows) => rows.map(Row.orderOf))
}

const Orders = Schema.Array(Row.OrderRow)

const AlgoOrders = Schema.Array(Row.AlgoOrderRow)

/** Binance has no such call: COIN-M's are documented by others only. */
const isMissing = (error: BinanceError): boolean => error._tag === "BadRequest" && error.status === 404

const readAlgoOrders = (
  { get }: Call.Caller,
  { path }: Product
): Pick<AccountReads, "algoOrder" | "openAlgoOrders"> => ({
  openAlgoOrders: ({ symbol } = {}) =>
    get({ path: `${path}/openAlgoOrders`, query: { symbol }, weight: perSymbol(symbol), response: AlgoOrders }).pipe(
      Effect.map((rows) => rows.map(Row.algoOrderOf)),
      Effect.catchIf(isMissing, () => Effect.succeed([]))
    ),
  algoOrder: ({ algoId, symbol }) => {
    const one = get({ path: `${path}/algoOrder`, query: { algoId }, weight: 1, response: Row.AlgoOrderRow })
    // What the one call does not know, the other may still list.
    const listed = get({
      path: `${path}/allAlgoOrders`,
      query: { symbol, algoId, limit: "1" },
      weight: 5,
      response: AlgoOrders
    })
    return Call.optional(one).pipe(
      Effect.flatMap((found) =>
        Option.isSome(found)
          ? Effect.succeed(found)
          : Effect.map(listed, (rows) => Option.fromNullable(rows.find((row) => row.algoId === algoId)))
      ),
      Effect.map(Option.map(Row.algoOrderOf)),
      Effect.catchIf(isMissing, () => Effect.succeedNone)
    )
  }
})

/** The reads of a futures account. */
export const make = (caller: Call.Caller, product: Product): AccountReads => {
  const { get, inTurn, now } = caller
  const { balance, path, positionRisk } = product
  return {
    ...readAlgoOrders(caller, product),
    allocations: () => Effect.succeed([]),
    openOrders: ({ symbol } = {}) =>
      Effect.map(
        get({ path: `${path}/openOrders`, query: { symbol }, weight: perSymbol(symbol), response: Orders }),
        (rows) => rows.map(Row.orderOf)
      ),
    order: ({ symbol, ...id }) =>
      get({
        path: `${path}/order`,
        query: { symbol, ...("orderId" in id ? id : { origClientOrderId: id.clientOrderId }) },
        weight: 1,
        response: Row.OrderRow
      }).pipe(Effect.map(Row.orderOf), Call.optional),
    orders: readOrders(caller, product),
    trades: readTrades(caller, product),
    symbols: readSymbols(caller, product),
    balances: Effect.zipWith(now, get({ ...balance, response: Schema.Array(Row.BalanceRow) }), (readAt, rows) =>
      rows.map(Row.balanceOf(readAt))
    ),
    positions: Effect.map(get({ ...positionRisk, response: Schema.Array(Row.PositionRow) }), Row.positionsOf),
    modes: product.modes,
    memory: remembered - 3_600_000,
    now,
    inTurn
  }
}
