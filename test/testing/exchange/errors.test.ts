import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { refusal } from "./harness.js"
import { errorSamples, sampleOf } from "./shape.js"

const day = 24 * 60 * 60 * 1000
const symbol = "BTCUSDT"
const coin = "BTCUSD_PERP"
const option = "BTC-261225-100000-C"
const wide = (span: number) => ({ startTime: 0, endTime: span + 1 })

type Options = Parameters<typeof refusal>[3]

const table: ReadonlyArray<readonly [string, string, Parameters<typeof refusal>[2]?, Options?]> = [
  ["spot/error.1021-clock", "/api/v3/account", {}, { timestamp: 1 }],
  ["spot/error.1102-missing", "/api/v3/allOrders"],
  ["spot/error.1121-symbol", "/api/v3/allOrders", { symbol: "NOPE" }],
  ["spot/error.1127-range", "/api/v3/allOrders", { symbol, ...wide(day) }],
  ["spot/error.1128-combination", "/api/v3/myTrades", { symbol, startTime: 0, fromId: 1 }],
  ["spot/error.2013-noOrder", "/api/v3/order", { symbol, orderId: 1 }],
  ["spot/error.2015-key", "/api/v3/account", {}, { apiKey: "nobody" }],
  ["usd-m/error.1102-missing", "/fapi/v1/userTrades"],
  ["usd-m/error.1121-symbol", "/fapi/v1/allOrders", { symbol: "NOPE" }],
  ["usd-m/error.1127-range", "/fapi/v1/userTrades", { symbol, ...wide(7 * day) }],
  ["usd-m/error.2013-noOrder", "/fapi/v1/order", { symbol, orderId: 1 }],
  ["usd-m/error.2015-key", "/fapi/v3/account", {}, { apiKey: "nobody" }],
  ["usd-m/error.4165-range", "/fapi/v1/allOrders", { symbol, ...wide(7 * day) }],
  ["coin-m/error.1127-range", "/dapi/v1/userTrades", { symbol: coin, ...wide(7 * day) }],
  ["coin-m/error.1121-symbol", "/dapi/v1/openOrders", { symbol: "NOPE" }],
  ["coin-m/error.2013-noOrder", "/dapi/v1/order", { symbol: coin, orderId: 1 }],
  ["coin-m/error.4087-pair", "/dapi/v1/allOrders", { pair: "NOPE" }],
  ["coin-m/error.4088-range", "/dapi/v1/allOrders", { pair: "BTCUSD", ...wide(7 * day) }],
  ["margin/error.1102-type", "/sapi/v1/margin/borrow-repay", { startTime: 0 }],
  ["margin/error.2013-noOrder", "/sapi/v1/margin/order", { symbol, orderId: 1 }],
  ["margin/error.4047-range", "/sapi/v1/margin/capital-flow", wide(7 * day)],
  ["options/error.1128-contract", "/eapi/v1/historyOrders", { symbol: "NOPE" }],
  ["options/error.2013-noOrder", "/eapi/v1/order", { symbol: option, orderId: 1 }],
  ["options/error.2015-key", "/eapi/v1/marginAccount", {}, { apiKey: "nobody" }],
  ["options/error.6030-interval", "/eapi/v1/historyOrders", { symbol: option, ...wide(90 * day) }],
  ["options/error.6031-startAfterEnd", "/eapi/v1/historyOrders", { symbol: option, startTime: 2, endTime: 1 }],
  ["portfolio-margin/error.1121-symbol", "/papi/v1/um/allOrders", { symbol: "NOPE" }],
  ["portfolio-margin/error.1127-range", "/papi/v1/um/userTrades", { symbol, ...wide(7 * day) }],
  ["portfolio-margin/error.2013-noOrder", "/papi/v1/um/order", { symbol, orderId: 1 }],
  ["portfolio-margin-pro/error.2015-key", "/sapi/v1/portfolio/account", {}, { apiKey: "nobody" }]
]

/** Calls that weigh much, until they are too many. */
const heavy = [
  ["spot/error.1003-429", "/api/v3/openOrders", 6000 / 80],
  ["usd-m/error.1003-429", "/fapi/v1/openOrders", 2400 / 40],
  ["coin-m/error.1003-429", "/dapi/v1/openOrders", 2400 / 40],
  ["margin/error.1003-429", "/sapi/v1/margin/allOrderList", 12_000 / 200],
  ["portfolio-margin/error.1003-429", "/papi/v1/um/openOrders", 6000 / 40],
  ["portfolio-margin-pro/error.1003-429", "/sapi/v1/portfolio/pmLoan", 180_000 / 500]
] as const

/** What only a fault makes happen. */
const faults = [
  ["spot/error.1007-timeout", "/api/v3/account", Fault.backendTimeout()],
  ["usd-m/error.1008-503", "/fapi/v3/account", Fault.overloaded()],
  ["usd-m/error.4109-inactive", "/fapi/v3/account", Fault.inactiveAccount()]
] as const

/** Without what is of one machine: addresses, times and limits. */
const general = (msg: string) =>
  msg
    .replaceAll(/, request ip: [\d.]+/g, "")
    .replaceAll(/\d[\d.]*/g, "#")
    .replace(/\.$/, "")

const expected = (sample: string) => {
  const { code, msg } = sampleOf(sample)
  return [code, general(msg)]
}

const refused = (...call: Parameters<typeof refusal>) =>
  Effect.map(refusal(...call), ([, code, msg]) => [code, general(msg)])

describe("errors are those of Binance's samples", () => {
  it.effect.each(table)("%s", ([sample, path, parameters, options]) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_795_593_600_000)
      assert.deepStrictEqual(yield* refused("GET", path, parameters, options), expected(sample))
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.effect.each(heavy)("%s", ([sample, path, most]) =>
    Effect.gen(function* () {
      yield* Effect.repeatN(refusal("GET", path), most - 1)
      assert.deepStrictEqual(yield* refused("GET", path), expected(sample))
    }).pipe(Effect.provide(SimulatedBinance.layerMemory({ enforceLimits: true })))
  )

  it.effect.each(faults)("%s", ([sample, path, fault]) =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.inject(fault)
      assert.deepStrictEqual(yield* refused("GET", path), expected(sample))
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.effect("spot/error.1003-418", () =>
    Effect.gen(function* () {
      yield* Effect.repeatN(refusal("GET", "/api/v3/openOrders"), 6000 / 80 + 10)
      assert.deepStrictEqual(yield* refused("GET", "/api/v3/account"), expected("spot/error.1003-418"))
    }).pipe(Effect.provide(SimulatedBinance.layerMemory({ enforceLimits: true })))
  )

  it.effect("spot/error.2026-archived", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const product = "Spot"
      yield* binance.deposit({ product, asset: "USDT", amount: "1000" })
      const limit = { product, symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC" } as const
      const order = yield* binance.placeOrder({ ...limit, quantity: "0.01", price: "80000" })
      yield* binance.cancel(Object.assign({ product } as const, order))
      yield* TestClock.adjust("91 days")
      const call = refused("GET", "/api/v3/order", { symbol, orderId: order.orderId })
      assert.deepStrictEqual(yield* call, expected("spot/error.2026-archived"))
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it("every sample", () => {
    const tried = [...table, ...heavy, ...faults].map(([sample]) => sample)
    assert.deepStrictEqual(
      errorSamples.toSorted(),
      [...tried, "spot/error.1003-418", "spot/error.2026-archived"].toSorted()
    )
  })
})
