import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { BinanceError, BinanceHttp, Credentials } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import * as CoinFuturesReads from "../../../src/internal/account/reads/coinFutures.js"
import * as SpotReads from "../../../src/internal/account/reads/spot.js"
import * as UsdFuturesReads from "../../../src/internal/account/reads/usdFutures.js"
import { credentials, layerMemory, repeat } from "./harness.js"

const day = 86_400_000

const products = [
  {
    product: "Spot",
    make: SpotReads.make(),
    symbol: "BTCUSDT",
    asset: "USDT",
    unit: "0.001",
    all: "10",
    orders: "GET /api/v3/allOrders",
    trades: "GET /api/v3/myTrades",
    mostOrders: 1000,
    days: 1
  },
  {
    product: "UsdFutures",
    make: UsdFuturesReads.make,
    symbol: "BTCUSDT",
    asset: "USDT",
    unit: "0.001",
    all: "10",
    orders: "GET /fapi/v1/allOrders",
    trades: "GET /fapi/v1/userTrades",
    mostOrders: 1000,
    days: 7
  },
  {
    product: "CoinFutures",
    make: CoinFuturesReads.make,
    symbol: "BTCUSD_PERP",
    asset: "BTC",
    unit: "1",
    all: "10000",
    orders: "GET /dapi/v1/allOrders",
    trades: "GET /dapi/v1/userTrades",
    mostOrders: 100,
    days: 7
  }
] as const

/** An account with money, 100 days after the epoch, and an order that rests. */
const account = ({ all, asset, product, make, symbol }: (typeof products)[number]) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(100 * day)
    const binance = yield* SimulatedBinance.SimulatedBinance
    yield* binance.deposit({ product, asset, amount: "100000000" })
    const buy = { product, symbol, side: "BUY" } as const
    const limit = { ...buy, type: "LIMIT", timeInForce: "GTC", price: "80000" } as const
    const { orderId } = yield* binance.placeOrder({ ...limit, quantity: all })
    return { binance, reads: yield* make, buy, limit, orderId }
  })

describe.each(products)("pages of $product", (given) => {
  const { all, days, mostOrders, orders: ordersEndpoint, product, symbol, trades: tradesEndpoint, unit } = given

  it.scoped(
    "2,100 trades of one millisecond are all read: by time, by id, and by order",
    () =>
      Effect.gen(function* () {
        const { binance, buy, orderId, reads } = yield* account(given)
        yield* repeat(2100, () => binance.fill({ ...buy, orderId, quantity: unit }))
        const now = yield* reads.now
        const expected = (yield* binance.book({ product })).fills.map(({ tradeId }) => tradeId)
        for (const query of [{ from: now - 1000, to: now + 1000 }, { fromId: "1" }, { orderId }]) {
          const fills = yield* reads.trades({ symbol, ...query })
          assert.deepStrictEqual(
            fills.map(({ tradeId }) => tradeId),
            expected
          )
        }
        assert.strictEqual(yield* binance.requestCount(tradesEndpoint), 10)
      }).pipe(Effect.provide(layerMemory())),
    30_000
  )

  it.scoped("35 days are read in windows that are not too long", () =>
    Effect.gen(function* () {
      const { binance, buy, limit, orderId, reads } = yield* account(given)
      const from = yield* reads.now
      yield* repeat(35, () =>
        Effect.gen(function* () {
          yield* binance.fill({ ...buy, orderId, quantity: unit })
          const other = yield* binance.placeOrder({ ...limit, quantity: unit })
          yield* binance.fill({ ...buy, orderId: other.orderId })
          yield* TestClock.adjust("1 day")
        })
      )
      const range = { from, to: yield* reads.now }
      const book = yield* binance.book({ product })
      const fills = yield* reads.trades({ symbol, ...range })
      assert.deepStrictEqual(
        fills.map(({ tradeId }) => tradeId),
        book.fills.map(({ tradeId }) => tradeId)
      )
      const orders = yield* reads.orders({ symbol, ...range })
      assert.deepStrictEqual(
        orders.map(({ orderId }) => orderId),
        book.orders.map(({ orderId }) => orderId)
      )
      // A window is a millisecond shorter than it may be.
      assert.strictEqual(yield* binance.requestCount(tradesEndpoint), 35 / days + 1)
      assert.strictEqual(yield* binance.requestCount(ordersEndpoint), 35 / days + 1)
    }).pipe(Effect.provide(layerMemory()))
  )

  it.scoped(
    "more orders than a page has are read, also of one millisecond",
    () =>
      Effect.gen(function* () {
        const { binance, limit, reads } = yield* account(given)
        const count = mostOrders + 50
        yield* repeat(count, () => binance.placeOrder({ ...limit, quantity: unit }))
        yield* TestClock.adjust("1 hour")
        const second = yield* binance.placeOrder({ ...limit, quantity: unit })
        const now = yield* reads.now
        const orders = yield* reads.orders({ symbol, from: now - 2 * 3_600_000, to: now })
        assert.lengthOf(orders, count + 2)
        assert.strictEqual(orders.at(-1)?.orderId, second.orderId)
        assert.lengthOf(yield* reads.orders({ symbol, fromId: "1" }), count + 2)
      }).pipe(Effect.provide(layerMemory())),
    30_000
  )

  it.scoped("a span of time that Binance refuses is cut", () =>
    Effect.gen(function* () {
      const { binance, buy, orderId, reads } = yield* account(given)
      yield* repeat(5, () =>
        Effect.zipRight(TestClock.adjust("1 hour"), binance.fill({ ...buy, orderId, quantity: unit }))
      )
      const now = yield* reads.now
      yield* binance.inject(Fault.refusedWindow({ endpoint: tradesEndpoint, times: 2 }))
      assert.lengthOf(yield* reads.trades({ symbol, from: now - 6 * 3_600_000, to: now }), 5)
      assert.strictEqual(yield* binance.requestCount(tradesEndpoint), 5)
    }).pipe(Effect.provide(layerMemory()))
  )

  it.scoped("ids beyond 2^53 are exact", () =>
    Effect.gen(function* () {
      const { binance, buy, orderId, reads } = yield* account(given)
      yield* repeat(3, () => binance.fill({ ...buy, orderId, quantity: unit }))
      const now = yield* reads.now
      const { fills } = yield* binance.book({ product })
      assert.isAbove(Number(orderId), Number.MAX_SAFE_INTEGER)
      const ids = (rows: ReadonlyArray<{ readonly orderId: string; readonly tradeId?: string | undefined }>) =>
        rows.map((row) => [row.orderId, row.tradeId])
      assert.deepStrictEqual(ids(yield* reads.trades({ symbol, from: now - 1, to: now })), ids(fills))
      assert.deepStrictEqual(ids(yield* reads.trades({ symbol, fromId: fills[1]!.tradeId })), ids(fills.slice(1)))
      assert.deepStrictEqual(
        Option.map(yield* reads.order({ symbol, orderId }), (order) => order.orderId),
        Option.some(orderId)
      )
    }).pipe(Effect.provide(layerMemory({ firstId: "9007199254740993" })))
  )

  it.scopedLive("over sockets of loopback", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.deposit({ product, asset: given.asset, amount: "10000000" })
      const order = { product, symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", price: "80000" } as const
      const { orderId } = yield* binance.placeOrder({ ...order, quantity: all })
      yield* repeat(20, () => binance.fill({ product, symbol, orderId, quantity: unit }))
      const reads = yield* given.make
      const now = yield* reads.now
      assert.lengthOf(yield* reads.trades({ symbol, from: now - 60_000, to: now + 60_000 }), 20)
      assert.lengthOf(yield* reads.openOrders(), 1)
    }).pipe(
      Effect.provide(
        Layer.merge(Layer.provide(BinanceHttp.layer, NodeLayer.layer), credentials).pipe(
          Layer.provideMerge(SimulatedBinance.layer())
        )
      )
    )
  )

  it.scoped("without a secret key, a read says what to do", () =>
    Effect.gen(function* () {
      const reads = yield* Effect.provide(given.make, Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey }))
      const error = yield* Effect.flip(reads.openOrders())
      assert.instanceOf(error, BinanceError.InvalidCredentials)
      assert.include(error.message, "add a secretKey or a privateKey")
    }).pipe(Effect.provide(layerMemory()))
  )

  it.scoped("no error shows a secret", () =>
    Effect.gen(function* () {
      const { binance, reads } = yield* account(given)
      const faults = [
        Fault.unauthorized(),
        Fault.truncatedBody(),
        Fault.emptyBody(),
        Fault.forbidden(),
        Fault.errorAnswer({ status: 400, code: -1100, msg: `Illegal: ${SimulatedBinance.defaultApiKey}` })
      ]
      for (const fault of faults) {
        yield* binance.inject(fault)
        const error = yield* Effect.flip(reads.balances)
        const shown = `${error.message} ${String(error)} ${JSON.stringify(error)}`
        assert.notInclude(shown, SimulatedBinance.defaultApiKey)
        assert.notInclude(shown, SimulatedBinance.defaultSecretKey)
        assert.notInclude(shown, "signature=")
      }
    }).pipe(Effect.provide(layerMemory()))
  )
})
