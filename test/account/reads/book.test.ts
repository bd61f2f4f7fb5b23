import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { SimulatedBinance, type Trading } from "effect-binance-user-data/testing"
import type * as Account from "../../../src/Account.js"
import * as CoinFuturesReads from "../../../src/internal/account/reads/coinFutures.js"
import * as SpotReads from "../../../src/internal/account/reads/spot.js"
import * as UsdFuturesReads from "../../../src/internal/account/reads/usdFutures.js"
import { layerMemory, plain } from "./harness.js"

const products = [
  { product: "Spot", reads: SpotReads.make(), symbol: "BTCUSDT", asset: "USDT", quantity: ["0.02", "0.01"] },
  { product: "UsdFutures", reads: UsdFuturesReads.make, symbol: "BTCUSDT", asset: "USDT", quantity: ["0.02", "0.01"] },
  { product: "CoinFutures", reads: CoinFuturesReads.make, symbol: "BTCUSD_PERP", asset: "BTC", quantity: ["20", "10"] }
] as const

const order = (order: Account.Order) => ({
  symbol: order.symbol,
  orderId: order.orderId,
  clientOrderId: order.clientOrderId,
  side: order.side,
  type: order.type,
  timeInForce: order.timeInForce,
  status: order.status,
  price: plain(order.price),
  quantity: plain(order.quantity),
  filled: plain(order.filled),
  positionSide: order.positionSide,
  reduceOnly: order.reduceOnly,
  createdAt: order.createdAt,
  updatedAt: order.updatedAt
})

const fill = (fill: Account.Fill) => ({
  symbol: fill.symbol,
  tradeId: fill.tradeId,
  orderId: fill.orderId,
  side: fill.side,
  positionSide: fill.positionSide,
  price: plain(fill.price),
  quantity: plain(fill.quantity),
  commission: plain(fill.commission),
  commissionAsset: fill.commissionAsset,
  realizedProfit: plain(fill.realizedProfit ?? "0"),
  isMaker: fill.isMaker,
  time: fill.time
})

const bookFill = ({ value: _, ...fill }: Trading.Fill) => fill

describe.each(products)("reads of $product", ({ asset, product, quantity: [all, part], reads: make, symbol }) => {
  it.scoped("tell what the exchange has", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("1 day")
      const binance = yield* SimulatedBinance.SimulatedBinance
      const reads = yield* make
      yield* binance.deposit({ product, asset, amount: "10000" })
      const buy = { product, symbol, side: "BUY" } as const
      const limit = { ...buy, type: "LIMIT", timeInForce: "GTC", quantity: all, price: "80000" } as const
      const { orderId } = yield* binance.placeOrder(limit)
      yield* TestClock.adjust("1 second")
      yield* binance.fill({ ...buy, orderId, quantity: part })
      const cancelled = yield* binance.placeOrder(limit)
      yield* TestClock.adjust("1 second")
      yield* binance.cancel({ ...buy, orderId: cancelled.orderId })
      const book = yield* binance.book({ product })
      const now = yield* reads.now
      const range = { from: now - 60_000, to: now }
      assert.deepStrictEqual<unknown>((yield* reads.openOrders()).map(order), book.openOrders)
      assert.deepStrictEqual<unknown>((yield* reads.openOrders({ symbol })).map(order), book.openOrders)
      assert.deepStrictEqual<unknown>((yield* reads.orders({ symbol, ...range })).map(order), book.orders)
      assert.deepStrictEqual<unknown>((yield* reads.orders({ symbol, fromId: orderId })).map(order), book.orders)
      const fills = book.fills.map(bookFill)
      assert.deepStrictEqual<unknown>((yield* reads.trades({ symbol, ...range })).map(fill), fills)
      assert.deepStrictEqual<unknown>((yield* reads.trades({ symbol, fromId: "1" })).map(fill), fills)
      assert.deepStrictEqual<unknown>((yield* reads.trades({ symbol, orderId })).map(fill), fills)
      assert.deepStrictEqual<unknown>(yield* reads.trades({ symbol, orderId: cancelled.orderId }), [])
      const one = yield* reads.order({ symbol, orderId })
      assert.deepStrictEqual<unknown>(Option.map(one, order), Option.fromNullable(book.openOrders[0]))
      const byName = yield* reads.order({ symbol, clientOrderId: cancelled.clientOrderId })
      assert.deepStrictEqual<unknown>(Option.map(byName, order), Option.fromNullable(book.orders[1]))
      assert.deepStrictEqual<unknown>(yield* reads.order({ symbol, orderId: "7" }), Option.none())
      assert.deepStrictEqual<unknown>(
        (yield* reads.balances).map(({ asset, total }) => [asset, plain(total)]),
        book.balances.map(({ asset, total }) => [asset, total])
      )
      assert.deepStrictEqual<unknown>(
        (yield* reads.positions).map((row) => [row.symbol, row.positionSide, plain(row.amount), plain(row.entryPrice)]),
        book.positions.map((row) => [row.symbol, row.positionSide, row.amount, row.entryPrice])
      )
      assert.deepStrictEqual<unknown>(yield* reads.symbols(range), product === "Spot" ? [] : [symbol])
      assert.isTrue((yield* binance.counters).violations.length === 0)
    }).pipe(Effect.provide(layerMemory()))
  )
})
