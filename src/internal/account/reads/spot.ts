import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Schema from "effect/Schema"
import type { OrdersQuery, Range, TradesQuery } from "../../../Account.js"
import type { UnsupportedEnvironment } from "../../../BinanceError.js"
import type { BinanceHttp } from "../../../BinanceHttp.js"
import type { Credentials } from "../../../Credentials.js"
import type { Environment } from "../../../Environment.js"
import type { LoggedOn } from "../../webSocketApi/loggedOn.js"
import * as Call from "./call.js"
import * as Listing from "./listing.js"
import type { AccountReads } from "./reads.js"
import { ofOrders, ofTrades } from "./row.js"
import * as Row from "./spotRow.js"

type OrderListRow = typeof Row.OrderListRow.Type

/** 24 hours, which may mean less than 24 hours. */
const longest = 86_400_000 - 1

/** Rows of an answer. */
const most = 1000

const limit = String(most)

const Orders = Schema.Array(Row.OrderRow)

const tradesOf = ({ get }: Call.Caller, symbol: string, orderId?: string) => {
  const read = (query: { readonly [name: string]: string }) =>
    get({
      path: "/api/v3/myTrades",
      method: "myTrades",
      query: { symbol, orderId, ...query, limit },
      weight: orderId === undefined ? 20 : 5,
      response: Schema.Array(Row.TradeRow)
    })
  return {
    limit: most,
    longest,
    all: read({}),
    between: (range: Range) => read(Listing.times(range)),
    from: (fromId: string) => read({ fromId }),
    ...ofTrades
  }
}

const allocationsOf = ({ get }: Call.Caller, symbol: string, orderId: string) => {
  const read = (query: { readonly [name: string]: string }) =>
    get({
      path: "/api/v3/myAllocations",
      method: "myAllocations",
      query: { symbol, orderId, ...query, limit },
      weight: 20,
      response: Schema.Array(Row.AllocationRow)
    })
  return {
    limit: most,
    all: read({}),
    from: (fromAllocationId: string) => read({ fromAllocationId }),
    id: ({ allocationId }: typeof Row.AllocationRow.Type) => allocationId,
    identity: ({ allocationId }: typeof Row.AllocationRow.Type) => allocationId,
    time: ({ time }: typeof Row.AllocationRow.Type) => time
  }
}

const ordersOf = ({ get }: Call.Caller, symbol: string | undefined) => {
  const read = (query: { readonly [name: string]: string }) =>
    get({
      path: "/api/v3/allOrders",
      method: "allOrders",
      query: { symbol, ...query, limit },
      weight: 20,
      response: Orders
    })
  return {
    limit: most,
    longest,
    between: (range: Range) => read(Listing.times(range)),
    from: (orderId: string) => read({ orderId }),
    ...ofOrders
  }
}

const orderListsOf = ({ get }: Call.Caller): Listing.Listing<OrderListRow> => ({
  limit: most,
  longest,
  between: (range) =>
    get({
      path: "/api/v3/allOrderList",
      method: "allOrderLists",
      query: { ...Listing.times(range), limit },
      weight: 20,
      response: Schema.Array(Row.OrderListRow)
    }),
  isChronological: false,
  id: ({ orderListId }) => orderListId,
  identity: ({ orderListId }) => orderListId,
  time: ({ transactionTime }) => transactionTime
})

const readTrades = (caller: Call.Caller, query: TradesQuery) => {
  if ("orderId" in query) {
    const trades = tradesOf(caller, query.symbol, query.orderId)
    return Listing.all(trades, trades.all)
  }
  const trades = tradesOf(caller, query.symbol)
  return "fromId" in query ? Listing.from(trades, query.fromId) : Listing.between(trades, query)
}

const readOrders = (caller: Call.Caller, query: OrdersQuery) => {
  const orders = ordersOf(caller, query.symbol)
  return "fromId" in query ? Listing.from(orders, query.fromId) : Listing.between(orders, query)
}

const reads = (caller: Call.Caller): AccountReads => {
  const { get, inTurn, now } = caller
  return {
    openOrders: ({ symbol } = {}) =>
      Effect.map(
        get({
          path: "/api/v3/openOrders",
          method: "openOrders.status",
          query: { symbol },
          weight: symbol === undefined ? 80 : 6,
          response: Orders
        }),
        (rows) => rows.map(Row.orderOf)
      ),
    openAlgoOrders: () => Effect.succeed([]),
    order: ({ symbol, ...id }) =>
      get({
        path: "/api/v3/order",
        method: "order.status",
        query: { symbol, ...("orderId" in id ? id : { origClientOrderId: id.clientOrderId }) },
        weight: 4,
        response: Row.OrderRow
      }).pipe(Effect.map(Row.orderOf), Call.optional),
    algoOrder: () => Effect.succeedNone,
    orders: (query) => Effect.map(readOrders(caller, query), (rows) => rows.map(Row.orderOf)),
    trades: (query) => Effect.map(readTrades(caller, query), (rows) => rows.map(Row.fillOf)),
    allocations: ({ orderId, symbol }) => {
      const allocations = allocationsOf(caller, symbol, orderId)
      return Effect.map(Listing.all(allocations, allocations.all), (rows) => rows.map(Row.allocationOf))
    },
    balances: Effect.map(
      get({ path: "/api/v3/account", method: "account.status", weight: 20, response: Row.AccountRow }),
      Row.balancesOf
    ),
    positions: Effect.succeed([]),
    modes: Effect.succeed({ leverage: HashMap.empty(), marginType: HashMap.empty() }),
    symbols: (range) =>
      Effect.map(Listing.between(orderListsOf(caller), range), (rows) =>
        Array.from(new Set(rows.map(({ symbol }) => symbol))).sort()
      ),
    memory: undefined,
    now,
    inTurn
  }
}

/** The reads of a spot account: over the connections of its stream that are logged on, where they are given. */
export const make = (
  loggedOn?: LoggedOn
): Effect.Effect<AccountReads, UnsupportedEnvironment, BinanceHttp | Credentials | Environment> =>
  Effect.map(Call.make({ product: "Spot", pool: "spot", timePath: "/api/v3/time", loggedOn }), reads)
