import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { answer } from "./harness.js"

const markets = [
  { product: "Spot", symbol: "BTCUSDT", asset: "USDT", quantity: "0.001", trades: "/api/v3/myTrades" },
  { product: "UsdFutures", symbol: "BTCUSDT", asset: "USDT", quantity: "0.001", trades: "/fapi/v1/userTrades" },
  { product: "CoinFutures", symbol: "BTCUSD_PERP", asset: "BTC", quantity: "1", trades: "/dapi/v1/userTrades" }
] as const

const days = 30
const ordersPerDay = 1000

/** Of ten orders two are cancelled, two filled by the test, and six taken from the market. */
const trade = ({ product, quantity, symbol }: (typeof markets)[number], i: number) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const side = i % 2 === 0 ? "BUY" : "SELL"
    const order = { product, symbol, side, quantity } as const
    if (i % 10 >= 4) {
      return yield* binance.placeOrder({ ...order, type: "MARKET" })
    }
    const price = side === "BUY" ? "89000" : "91000"
    const { orderId } = yield* binance.placeOrder({ ...order, type: "LIMIT", timeInForce: "GTC", price })
    return yield* i % 20 < 10
      ? binance.cancel({ product, symbol, orderId })
      : binance.fill({ product, symbol, orderId })
  })

describe("a month of trading", () => {
  it.scoped(
    "1,000 orders a day on three products: REST tells each day's trades, and nothing is left open",
    () =>
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        for (const { asset, product } of markets) {
          yield* binance.deposit({ product, asset, amount: "1000000" })
        }
        yield* binance.deposit({ product: "Spot", asset: "BTC", amount: "100" })
        const told = { Spot: 0, UsdFutures: 0, CoinFutures: 0 }
        for (let day = 0; day < days; day++) {
          const startTime = yield* binance.serverTime
          for (let i = 0; i < ordersPerDay; i++) {
            yield* Effect.forEach(markets, (market) => trade(market, i), { discard: true })
            if (i % 100 === 99) {
              yield* TestClock.adjust("144 minutes")
            }
          }
          for (const { product, symbol, trades } of markets) {
            told[product] += (yield* answer("GET", trades, { symbol, startTime, limit: 1000 })).length
          }
        }
        for (const { product } of markets) {
          const book = yield* binance.book({ product })
          assert.lengthOf(book.orders, days * ordersPerDay)
          assert.lengthOf(book.fills, days * ordersPerDay * 0.8)
          assert.strictEqual(told[product], book.fills.length)
          assert.deepStrictEqual([book.openOrders, book.positions], [[], []])
        }
      }).pipe(Effect.provide(SimulatedBinance.layerMemory())),
    { timeout: 120_000 }
  )
})
