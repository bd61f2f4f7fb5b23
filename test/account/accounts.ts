import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import {
  type Account,
  CoinFutures,
  CoinFuturesAccount,
  Spot,
  SpotAccount,
  UsdFutures,
  UsdFuturesAccount
} from "effect-binance-user-data"
import { SimulatedBinance, type Trading } from "effect-binance-user-data/testing"
import { layerLogon, loggingOn } from "../support/logon.js"

/** Makes an account over a stream of its own, as long as the scope. */
const over = <A, E, R, S, E2, R2>(stream: Layer.Layer<S, E2, R2>, account: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Layer.build(stream), (context) => Effect.provide(account, context))

/** The accounts, and what to trade on them. */
export const accounts = [
  {
    product: "Spot",
    make: (options: Account.Options = {}) => over(Spot.layer, SpotAccount.make(options)),
    makeWithCheckpoint: (options: Account.Options = {}) => over(Spot.layer, SpotAccount.makeWithCheckpoint(options)),
    symbol: "BTCUSDT",
    other: "ETHUSDT",
    asset: "USDT",
    deposit: "100000",
    quantity: "0.010",
    price: "80000"
  },
  {
    product: "UsdFutures",
    make: (options: Account.Options = {}) => over(UsdFutures.layer, UsdFuturesAccount.make(options)),
    makeWithCheckpoint: (options: Account.Options = {}) =>
      over(UsdFutures.layer, UsdFuturesAccount.makeWithCheckpoint(options)),
    symbol: "BTCUSDT",
    other: "ETHUSDT",
    asset: "USDT",
    deposit: "100000",
    quantity: "0.010",
    price: "80000"
  },
  {
    product: "CoinFutures",
    make: (options: Account.Options = {}) => over(CoinFutures.layer, CoinFuturesAccount.make(options)),
    makeWithCheckpoint: (options: Account.Options = {}) =>
      over(CoinFutures.layer, CoinFuturesAccount.makeWithCheckpoint(options)),
    symbol: "BTCUSD_PERP",
    other: "ETHUSD_PERP",
    asset: "BTC",
    deposit: "10",
    quantity: "10",
    price: "80000"
  }
] as const

export type Row = (typeof accounts)[number]

/** The spot account whose stream is logged on, so that its reads go over the stream's connection. */
export const loggedOn = {
  ...accounts[0],
  name: "Spot, logged on",
  make: (options: SpotAccount.Options = {}) =>
    Effect.gen(function* () {
      yield* (yield* SimulatedBinance.SimulatedBinance).account(loggingOn)
      return yield* Effect.provide(
        over(Spot.layerWith({ authentication: "logon" }), SpotAccount.make(options)),
        layerLogon
      )
    })
} as const

export type Element = { readonly _tag: string }

/** The account of a row, whatever its product. */
type Made<M extends "make" | "makeWithCheckpoint"> = Effect.Effect<
  Account.Account<Element>,
  Effect.Effect.Error<ReturnType<Row[M]>>,
  Effect.Effect.Context<ReturnType<Row[M]>>
>

export const make = (row: Row, options?: Account.Options) => row.make(options) as Made<"make">

export const makeWithCheckpoint = (row: Row, options?: Account.Options) =>
  row.makeWithCheckpoint(options) as Made<"makeWithCheckpoint">

const numbers = (entries: Iterable<readonly [string, string]>) =>
  Object.fromEntries(
    Array.from(entries, ([key, value]) => [key, Number(value)] as const)
      .filter(([, value]) => value !== 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
  )

/** The state, to compare with the exchange's book. */
export const pictureOf = (state: Account.State) => ({
  orders: Object.fromEntries(
    Array.from(HashMap.values(state.orders), ({ filled, orderId, quantity, status, symbol }) => [
      `${symbol} ${orderId}`,
      `${status} ${Number(filled)} of ${Number(quantity)}`
    ]).sort()
  ),
  algoOrders: Array.from(HashMap.values(state.algoOrders), ({ algoId, status }) => `${algoId} ${status}`).sort(),
  balances: numbers(Array.from(HashMap.values(state.balances), ({ asset, total }) => [asset, total])),
  positions: numbers(
    Array.from(HashMap.values(state.positions), ({ amount, positionSide, symbol }) => [
      `${symbol} ${positionSide}`,
      amount
    ])
  )
})

/** What the exchange has. */
export const pictureOfBook = (book: Trading.Book) => ({
  orders: Object.fromEntries(
    book.openOrders
      .map(({ filled, orderId, quantity, status, symbol }) => [
        `${symbol} ${orderId}`,
        `${status} ${Number(filled)} of ${Number(quantity)}`
      ])
      .sort()
  ),
  algoOrders: book.openAlgoOrders.map(({ algoId, status }) => `${algoId} ${status}`).sort(),
  balances: numbers(book.balances.map(({ asset, total }) => [asset, total])),
  positions: numbers(book.positions.map(({ amount, positionSide, symbol }) => [`${symbol} ${positionSide}`, amount]))
})

export const identity = (fill: {
  readonly symbol: string
  readonly tradeId?: string | undefined
  readonly allocationId?: string | undefined
  readonly orderId: string
}) => `${fill.symbol} ${fill.allocationId === undefined ? fill.tradeId : `a${fill.allocationId}`} ${fill.orderId}`
