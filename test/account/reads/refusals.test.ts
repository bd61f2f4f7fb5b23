import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import * as CoinFuturesReads from "../../../src/internal/account/reads/coinFutures.js"
import * as SpotReads from "../../../src/internal/account/reads/spot.js"
import * as UsdFuturesReads from "../../../src/internal/account/reads/usdFutures.js"
import { layerMemory } from "./harness.js"

const day = 86_400_000

const error = (endpoint: string, status: number, code?: number, times = 1) =>
  Fault.errorAnswer({ endpoint, status, code, msg: "as injected", times })

describe.each([
  { name: "spot", make: SpotReads.make(), path: "/api/v3", codes: [-2013, -2026] },
  { name: "USD-M", make: UsdFuturesReads.make, path: "/fapi/v1", codes: [-2013] },
  { name: "COIN-M", make: CoinFuturesReads.make, path: "/dapi/v1", codes: [-2013] }
])("what $name refuses", ({ codes, make, path }) => {
  it.scoped("an order that is not known is none, and any other refusal is an error", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const reads = yield* make
      for (const code of codes) {
        yield* binance.inject(error(`GET ${path}/order`, 400, code))
        assert.isTrue(Option.isNone(yield* reads.order({ symbol: "BTCUSDT", orderId: "1" })))
      }
      yield* binance.inject(error(`GET ${path}/order`, 400, -1121))
      const refused = yield* Effect.flip(reads.order({ symbol: "BTCUSDT", clientOrderId: "a" }))
      assert.deepInclude(refused, { _tag: "BadRequest", code: -1121, operation: `GET ${path}/order` })
    }).pipe(Effect.provide(layerMemory()))
  )

  it.scoped("an empty span of time is not asked for", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const reads = yield* make
      assert.deepStrictEqual(yield* reads.trades({ symbol: "BTCUSDT", from: 10, to: 9 }), [])
      assert.strictEqual(yield* binance.requestCount(), 0)
    }).pipe(Effect.provide(layerMemory()))
  )
})

describe("what spot does not have", () => {
  it.scoped("is empty, without a call", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const reads = yield* SpotReads.make()
      assert.deepStrictEqual(yield* reads.openAlgoOrders(), [])
      assert.isTrue(Option.isNone(yield* reads.algoOrder({ symbol: "BTCUSDT", algoId: "1" })))
      assert.deepStrictEqual(yield* reads.positions, [])
      assert.isUndefined((yield* reads.modes).dualSidePosition)
      assert.strictEqual(yield* binance.requestCount(), 0)
      // Binance itself says that orders want a symbol.
      assert.deepInclude(yield* Effect.flip(reads.orders({ from: 0, to: 1 })), { _tag: "BadRequest", code: -1102 })
    }).pipe(Effect.provide(layerMemory()))
  )
})

describe.each([
  { product: "UsdFutures", make: UsdFuturesReads.make, path: "/fapi/v1", asset: "USDT", quantity: "0.01" },
  { product: "CoinFutures", make: CoinFuturesReads.make, path: "/dapi/v1", asset: "BTC", quantity: "10" }
] as const)("reads of $product that are refused in a way of futures", ({ asset, make, path, product, quantity }) => {
  const names = product === "UsdFutures" ? ["BTCUSDT", "ETHUSDT"] : ["BTCUSD_PERP", "ETHUSD_PERP"]
  const [symbol, other] = names as [string, string]

  const account = Effect.gen(function* () {
    yield* TestClock.setTime(100 * day)
    const binance = yield* SimulatedBinance.SimulatedBinance
    for (const coin of asset === "BTC" ? ["BTC", "ETH"] : [asset]) {
      yield* binance.deposit({ product, asset: coin, amount: "1000000" })
    }
    for (const name of names) {
      yield* binance.placeOrder({ product, symbol: name, side: "BUY", type: "MARKET", quantity })
    }
    return { binance, reads: yield* make, now: 100 * day }
  })

  it.scoped("orders of all symbols, where a symbol is wanted, are those of the symbols on which money moved", () =>
    Effect.gen(function* () {
      const { binance, now, reads } = yield* account
      yield* binance.inject(error(`GET ${path}/allOrders`, 400, -1102))
      const orders = yield* reads.orders({ from: now - 1000, to: now })
      assert.deepStrictEqual(
        orders.map(({ symbol }) => symbol),
        [symbol, other]
      )
      assert.strictEqual(yield* binance.requestCount(`GET ${path}/income`), 1)
    }).pipe(Effect.provide(layerMemory()))
  )

  it.scoped("an end in the future is moved to Binance's present", () =>
    Effect.gen(function* () {
      const { binance, now, reads } = yield* account
      const trades = reads.trades({ symbol, from: now - 1000, to: now + 5000 })
      yield* binance.inject(error(`GET ${path}/userTrades`, 400, -4181))
      assert.lengthOf(yield* trades, 1)
      assert.strictEqual(yield* binance.requestCount(`GET ${path}/time`), 1)
      yield* binance.inject(error(`GET ${path}/userTrades`, 400, -4181, 2))
      assert.deepInclude(yield* Effect.flip(trades), { _tag: "BadRequest", code: -4181 })
      yield* binance.inject(Fault.clear)
      yield* binance.inject(error(`GET ${path}/userTrades`, 400, -4181))
      const past = reads.trades({ symbol, from: now - 1000, to: now })
      assert.deepInclude(yield* Effect.flip(past), { _tag: "BadRequest", code: -4181 })
    }).pipe(Effect.provide(layerMemory()))
  )

  it.scoped("a span that begins before what Binance keeps is not told in part", () =>
    Effect.gen(function* () {
      const { binance, now, reads } = yield* account
      const early = { symbol, from: now - 91 * day, to: now }
      for (const read of [Effect.asVoid(reads.trades(early)), Effect.asVoid(reads.orders(early))]) {
        const refused = yield* Effect.flip(read)
        assert.deepInclude(refused, { _tag: "BadRequest", code: -4181 })
        assert.include(refused.message, "the last 90 days")
      }
      assert.strictEqual(yield* binance.requestCount(), 0)
      assert.lengthOf(yield* reads.trades({ symbol, from: now - reads.memory!, to: now }), 1)
    }).pipe(Effect.provide(layerMemory()))
  )

  it.scoped("a conditional order that the one call does not know is looked for in the list", () =>
    Effect.gen(function* () {
      const { binance, reads } = yield* account
      const stop = { product, symbol, side: "SELL", type: "STOP_MARKET", closePosition: true } as const
      const { algoId } = yield* binance.placeAlgoOrder({ ...stop, triggerPrice: "70000" })
      yield* binance.inject(error(`GET ${path}/algoOrder`, 400, -2013))
      const found = yield* reads.algoOrder({ symbol, algoId })
      assert.strictEqual(Option.getOrThrow(found).algoId, algoId)
      assert.isTrue(Option.isNone(yield* reads.algoOrder({ symbol, algoId: "1" })))
      assert.isTrue(Option.isNone(yield* reads.algoOrder({ symbol, algoId: "9999999999" })))
    }).pipe(Effect.provide(layerMemory()))
  )

  it.scoped("where there are no calls for conditional orders, there are none", () =>
    Effect.gen(function* () {
      const { binance, reads } = yield* account
      yield* binance.inject(error(`GET ${path}/openAlgoOrders`, 404, -5000))
      yield* binance.inject(error(`GET ${path}/algoOrder`, 404, -5000))
      assert.deepStrictEqual(yield* reads.openAlgoOrders(), [])
      assert.isTrue(Option.isNone(yield* reads.algoOrder({ symbol, algoId: "1" })))
    }).pipe(Effect.provide(layerMemory()))
  )

  it.scoped("modes are read, and say how symbols are set up", () =>
    Effect.gen(function* () {
      const { binance, reads } = yield* account
      yield* binance.setLeverage({ product, symbol, leverage: 7 })
      const modes = yield* reads.modes
      assert.deepInclude(modes, { dualSidePosition: false })
      assert.deepStrictEqual(HashMap.get(modes.leverage, symbol), Option.some(7))
      assert.deepStrictEqual(HashMap.get(modes.marginType, symbol), Option.some("cross"))
    }).pipe(Effect.provide(layerMemory()))
  )
})
