import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { BinanceHttp, CoinFutures, Credentials, Spot, UsdFutures } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"

const markets = [
  { product: "Spot", symbol: "BTCUSDT", asset: "USDT", quantity: "0.001" },
  { product: "UsdFutures", symbol: "BTCUSDT", asset: "USDT", quantity: "0.001" },
  { product: "CoinFutures", symbol: "BTCUSD_PERP", asset: "BTC", quantity: "1" }
] as const

const layer = Layer.mergeAll(Spot.layer, UsdFutures.layer, CoinFutures.layer).pipe(
  Layer.provide(BinanceHttp.layer()),
  Layer.provide(
    Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey, secretKey: SimulatedBinance.defaultSecretKey })
  ),
  Layer.provideMerge(SimulatedBinance.layerMemory())
)

const days = 30
const ordersPerDay = 1000

describe("a month of trading", () => {
  it.scoped(
    "1,000 orders a day on three products: every fill is heard, and nothing is left open",
    () =>
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const heard = { Spot: 0, UsdFutures: 0, CoinFutures: 0 }
        const streams = [
          Stream.map((yield* Spot.Spot).events, (event) => ["Spot", event] as const),
          Stream.map((yield* UsdFutures.UsdFutures).events, (event) => ["UsdFutures", event] as const),
          Stream.map((yield* CoinFutures.CoinFutures).events, (event) => ["CoinFutures", event] as const)
        ]
        for (const stream of streams) {
          yield* Effect.forkScoped(
            Stream.runForEach(stream as Stream.Stream<readonly [keyof typeof heard, any]>, ([product, event]) =>
              Effect.sync(() => {
                if ((event.order?.executionType ?? event.executionType) === "TRADE") {
                  heard[product]++
                }
              })
            )
          )
        }
        yield* TestClock.adjust("1 second")
        for (const { asset, product } of markets) {
          yield* binance.deposit({ product, asset, amount: "1000000" })
        }
        yield* binance.deposit({ product: "Spot", asset: "BTC", amount: "100" })
        for (let day = 0; day < days; day++) {
          for (let i = 0; i < ordersPerDay; i++) {
            for (const { product, quantity, symbol } of markets) {
              const side = i % 2 === 0 ? "BUY" : "SELL"
              const isResting = i % 10 < 4
              const price = side === "BUY" ? "89000" : "91000"
              const order = yield* binance.placeOrder({
                product,
                symbol,
                side,
                quantity,
                ...(isResting ? { type: "LIMIT", timeInForce: "GTC", price } : { type: "MARKET" })
              })
              if (isResting && i % 20 < 10) {
                yield* binance.cancel({ product, ...order })
              } else if (isResting) {
                yield* binance.fill({ product, ...order })
              }
            }
            if (i % 50 === 49) {
              yield* TestClock.adjust("72 minutes")
            }
          }
        }
        for (const { product } of markets) {
          const book = yield* binance.book({ product })
          assert.lengthOf(book.orders, days * ordersPerDay)
          assert.strictEqual(heard[product], book.fills.length)
          assert.deepStrictEqual([book.openOrders, book.positions], [[], []])
        }
      }).pipe(Effect.provide(layer)),
    { timeout: 120_000 }
  )
})
