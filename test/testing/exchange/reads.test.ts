import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { Fault, SimulatedBinance, type Trading } from "effect-binance-user-data/testing"
import { answer, refusal } from "./harness.js"

const table = [
  {
    product: "Spot",
    symbol: "BTCUSDT",
    asset: "USDT",
    quantity: "0.01",
    path: "/api/v3",
    open: "openOrders",
    trades: "myTrades"
  },
  {
    product: "Margin",
    symbol: "BTCUSDT",
    asset: "USDT",
    quantity: "0.01",
    path: "/sapi/v1/margin",
    open: "openOrders",
    trades: "myTrades"
  },
  {
    product: "UsdFutures",
    symbol: "BTCUSDT",
    asset: "USDT",
    quantity: "0.01",
    path: "/fapi/v1",
    open: "openOrders",
    trades: "userTrades"
  },
  {
    product: "CoinFutures",
    symbol: "BTCUSD_PERP",
    asset: "BTC",
    quantity: "10",
    path: "/dapi/v1",
    open: "openOrders",
    trades: "userTrades"
  }
] as const

/** An account with three resting orders, and how to read it. */
const account = ({ asset, open, path, product, quantity, symbol, trades }: (typeof table)[number]) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    yield* binance.deposit({ product, asset, amount: "10000" })
    const order = { product, symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity } as const
    const orders: Array<Trading.Order> = []
    for (const price of ["80000", "81000", "82000"]) {
      orders.push(yield* binance.placeOrder({ ...order, price }))
      yield* TestClock.adjust("1 minute")
    }
    const read = (call: string, parameters = {}) => answer("GET", `${path}/${call}`, { symbol, ...parameters })
    const ids = (call: string) => Effect.map(read(call), (rows) => rows.map((row: any) => String(row.orderId)))
    return {
      binance,
      orders: orders as [Trading.Order, Trading.Order, Trading.Order],
      read,
      openIds: ids(open),
      tradeIds: ids(trades),
      allIds: ids("allOrders"),
      endpoint: (call: string) => `GET ${path}/${call}`
    }
  })

describe.each(table)("reads that do not tell the truth: $product", (given) => {
  const { open, product, trades } = given

  it.scoped("an open order is missing from one answer", () =>
    Effect.gen(function* () {
      const { binance, endpoint, openIds, orders } = yield* account(given)
      const all = orders.map(({ orderId }) => orderId)
      yield* binance.inject(Fault.lackingOrder({ orderId: all[1]!, endpoint: endpoint(open) }))
      assert.deepStrictEqual(yield* openIds, [all[0], all[2]])
      assert.deepStrictEqual(yield* openIds, all)
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.scoped("a filled order is still listed, a new one not yet, and history lags behind", () =>
    Effect.gen(function* () {
      const { allIds, binance, openIds, orders, read, tradeIds } = yield* account(given)
      const [first, second, third] = orders
      yield* binance.fill({ product, ...first })
      yield* binance.cancel({ product, ...second })
      yield* TestClock.adjust("10 seconds")
      yield* binance.inject(Fault.laggingRead({ by: "30 seconds", for: "1 minute" }))
      const all = orders.map(({ orderId }) => orderId)
      assert.deepStrictEqual(yield* openIds, all)
      assert.deepStrictEqual(yield* tradeIds, [])
      assert.deepInclude(yield* read("order", { orderId: first.orderId }), { status: "NEW" })
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual([yield* openIds, yield* tradeIds], [[third.orderId], [first.orderId]])
      const { orderId } = yield* binance.placeOrder({ ...given, side: "BUY", type: "MARKET" })
      assert.deepStrictEqual(yield* allIds, all)
      const path = given.path
      const [status, code] = yield* refusal("GET", `${path}/order`, { symbol: given.symbol, orderId })
      assert.deepStrictEqual([status, code], [400, -2013])
      yield* binance.inject(Fault.clear)
      assert.deepStrictEqual(yield* allIds, [...all, orderId])
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.scoped("a page is cut, a window is refused, and the third call of a recovery fails", () =>
    Effect.gen(function* () {
      const { allIds, binance, endpoint, openIds, orders, tradeIds } = yield* account(given)
      yield* binance.fill({ product, ...orders[0] })
      yield* binance.inject(Fault.cutPage({ rows: 2, endpoint: endpoint("allOrders") }))
      assert.lengthOf(yield* allIds, 2)
      assert.lengthOf(yield* allIds, 3)
      yield* binance.inject(Fault.refusedWindow({ endpoint: endpoint(trades) }))
      const refused = yield* refusal("GET", `${given.path}/${trades}`, { symbol: given.symbol })
      assert.deepStrictEqual(refused, [400, -1127, "Lookup interval is too big."])
      yield* binance.inject(Fault.serverError({ skip: 2 }))
      assert.deepStrictEqual([(yield* openIds).length, (yield* tradeIds).length], [2, 1])
      const [status] = yield* refusal("GET", `${given.path}/allOrders`, { symbol: given.symbol })
      assert.strictEqual(status, 503)
      assert.lengthOf(yield* allIds, 3)
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.scoped("the account changes while it is read", () =>
    Effect.gen(function* () {
      const { binance, openIds, orders } = yield* account(given)
      yield* binance.inject(Fault.slow({ by: "5 seconds" }))
      const reading = yield* Effect.fork(openIds)
      yield* TestClock.adjust("1 second")
      yield* binance.cancel({ product, ...orders[0] })
      yield* TestClock.adjust("4 seconds")
      assert.lengthOf(yield* Fiber.join(reading), 3)
      assert.lengthOf(yield* openIds, 2)
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )
})
