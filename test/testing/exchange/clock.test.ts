import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { BinanceHttp, EuropeanOptions, PortfolioMarginPro } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { collect, credentials } from "./listening.js"

const layer = (options: SimulatedBinance.Options) =>
  Layer.mergeAll(EuropeanOptions.layer, PortfolioMarginPro.layer).pipe(
    Layer.provide(BinanceHttp.layer),
    Layer.provide(credentials),
    Layer.provideMerge(SimulatedBinance.layerMemory(options))
  )

const product = "EuropeanOptions"
const order = { product, symbol: "BTC-261225-100000-C", side: "BUY", type: "LIMIT", timeInForce: "GTC" } as const

const tags = (events: ReadonlyArray<{ readonly _tag: string }>) => events.map(({ _tag }) => _tag)

/** What is told in a time in which nothing happens, once what happened before was told. */
const quiet = <A extends { readonly _tag: string }>(seen: Effect.Effect<ReadonlyArray<A>>, seconds: number) =>
  Effect.zipRight(seen, Effect.zipRight(TestClock.adjust(`${seconds} seconds`), seen))

describe("what is pushed by the clock alone", () => {
  it.scoped("options: greeks and balances, every 10 seconds while a position is open", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const seen = yield* collect((yield* EuropeanOptions.EuropeanOptions).events)
      yield* binance.deposit({ product, asset: "USDT", amount: "10000" })
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* quiet(seen, 60), [])
      yield* binance.placeOrder({ ...order, quantity: "1", price: "1500" })
      yield* TestClock.adjust("1 second")
      const both = ["GreekUpdate", "AccountUpdate"]
      assert.deepStrictEqual(tags(yield* quiet(seen, 30)), [...both, ...both, ...both])
      yield* binance.setPrice({ product, symbol: order.symbol, price: "1700" })
      const moved: ReadonlyArray<any> = yield* quiet(seen, 10)
      assert.deepInclude(moved[1], { unrealizedPnl: "200.00000000", positionValue: "1700.00000000" })
      yield* binance.placeOrder({ ...order, quantity: "0.5", price: "1700" })
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(tags(yield* quiet(seen, 10)), both)
      yield* binance.placeOrder({ ...order, side: "SELL", quantity: "1.5", price: "1700" })
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* quiet(seen, 60), [])
    }).pipe(Effect.provide(layer({ pushesByClock: true })))
  )

  it.effect("Portfolio Margin Pro: the whole state, every 5 seconds while somebody listens", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.deposit({ product: "UsdFutures", asset: "USDT", amount: "1000" })
      const listen = Effect.scoped(
        Effect.gen(function* () {
          const seen = yield* collect((yield* PortfolioMarginPro.PortfolioMarginPro).events)
          return yield* quiet(seen, 20)
        })
      )
      const first: ReadonlyArray<any> = yield* listen
      assert.deepStrictEqual(
        first.map((event) => [event._tag, event.accountEquityUsd]),
        Array.from({ length: 4 }, () => ["PmProAccountUpdate", "1000.00000000"])
      )
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(tags(yield* listen), tags(first))
    }).pipe(Effect.provide(layer({ pushesByClock: true })))
  )

  it.scoped("nothing, unless that was asked for", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const options = yield* collect((yield* EuropeanOptions.EuropeanOptions).events)
      const pro = yield* collect((yield* PortfolioMarginPro.PortfolioMarginPro).events)
      yield* binance.deposit({ product, asset: "USDT", amount: "10000" })
      yield* binance.placeOrder({ ...order, quantity: "1", price: "1500" })
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([yield* quiet(options, 60), yield* quiet(pro, 60)], [[], []])
    }).pipe(Effect.provide(layer({})))
  )
})
