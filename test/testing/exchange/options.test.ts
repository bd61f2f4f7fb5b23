import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { BinanceHttp, EuropeanOptions } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { answer } from "./harness.js"
import { collect, credentials, step, told } from "./listening.js"
import { type Case, differences, samplesOf } from "./shape.js"

const layer = EuropeanOptions.layer.pipe(
  Layer.provide(BinanceHttp.layer),
  Layer.provide(credentials),
  Layer.provideMerge(SimulatedBinance.layerMemory())
)

const product = "EuropeanOptions"
const symbol = "BTC-261225-100000-C"
const limit = { symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.50" } as const

describe("European options", () => {
  it.scoped("answers have the shape of Binance's, every sample", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* TestClock.setTime(1_795_593_600_000)
      yield* binance.deposit({ product, asset: "USDT", amount: "50000" })
      const put = "BTC-261225-80000-P"
      yield* binance.placeOrder({ product, ...limit, symbol: put, price: "900" })
      yield* binance.exercise({ symbol: put, price: "70000" })
      const filled = yield* binance.placeOrder({ product, ...limit, price: "1400" })
      yield* binance.fill({ product, ...filled, quantity: "0.2" })
      yield* binance.fill({ product, ...filled })
      yield* binance.cancel({ product, ...(yield* binance.placeOrder({ product, ...limit, price: "1000" })) })
      yield* binance.placeOrder({ product, ...limit, side: "SELL", price: "2200" })
      yield* binance.tradeBlock({ symbol, side: "BUY", quantity: "1.2", price: "1450.5" })
      const at = (sample: string, parameters: Case["parameters"] = {}): Case => ({
        sample: `options/${sample}`,
        path: `/eapi/v1/${sample}`,
        parameters
      })
      const cases = [
        at("bill", { currency: "USDT" }),
        { sample: "options/block.user-trades", path: "/eapi/v1/block/user-trades" },
        at("exerciseRecord"),
        at("historyOrders", { symbol }),
        at("marginAccount"),
        at("openOrders"),
        at("order", { symbol, orderId: filled.orderId }),
        at("position", { symbol }),
        at("userTrades", { symbol })
      ]
      assert.deepStrictEqual(yield* differences(cases), [])
      assert.deepStrictEqual(
        samplesOf("options").toSorted(),
        cases.map(({ sample }) => sample)
      )
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.scoped("a premium is paid, a part sold again, and the rest exercised: the stream, REST and the book agree", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const seen = Effect.zipRight(step, yield* collect((yield* EuropeanOptions.EuropeanOptions).events))
      yield* binance.deposit({ product, asset: "USDT", amount: "10000" })
      assert.deepStrictEqual(
        (yield* seen).map((event) => event._tag),
        ["BalancePositionUpdate", "AccountUpdate"]
      )
      const order = { symbol, side: "BUY", type: "LIMIT", quantity: "0.50", price: "1400", clientOrderId: "mine" }
      const placed = yield* answer("POST", "/eapi/v1/order", { ...order, timeInForce: "GTC", postOnly: true })
      assert.deepInclude(placed, { status: "NEW", timeInForce: "GTX", postOnly: true, clientOrderId: "mine" })
      assert.deepStrictEqual((yield* seen).map(told), ["order NEW NEW"])
      yield* binance.setPrice({ product, symbol, price: "1400" })
      const filled: ReadonlyArray<any> = yield* seen
      assert.deepStrictEqual(
        filled.map(({ _tag }) => _tag),
        ["BalancePositionUpdate", "GreekUpdate", "AccountUpdate", "OrderTradeUpdate"]
      )
      // A tenth of the premium would be more than 0.03 % of 90,000.
      assert.deepInclude(filled[3].order, { orderStatus: "FILLED", commission: "-13.50000000" })
      // 10,000 - 700 - 13.5
      assert.deepInclude(filled[0].balances[0], { asset: "USDT", accountBalance: "9286.50000000" })
      assert.deepInclude(filled[0].positions[0], { positionQuantity: "0.5000", averageEntryPrice: "1400.00000000" })
      assert.deepInclude(filled[2], { walletBalance: "9286.50000000", accountEquity: "9986.50000000" })
      yield* binance.setPrice({ product, symbol, price: "1600" })
      yield* binance.placeOrder({ product, ...limit, side: "SELL", quantity: "0.2", price: "1600", timeInForce: "IOC" })
      const [trade] = (yield* answer("GET", "/eapi/v1/userTrades", { symbol })).slice(-1)
      assert.deepInclude(trade, { fee: "-5.40000000", realizedProfit: "40.00000000", liquidity: "TAKER" })
      yield* seen
      const exercised = yield* binance.exercise({ symbol, price: "105000" })
      // 0.3 x 5,000, and a fee of 0.015 % of 31,500
      assert.deepInclude(exercised, { quantity: "0.3", amount: "1500", fee: "4.725" })
      assert.deepStrictEqual(
        (yield* seen).map(({ _tag }) => _tag),
        ["BalancePositionUpdate", "GreekUpdate", "AccountUpdate"]
      )
      const book = yield* binance.book({ product })
      // 9,286.5 + 320 - 5.4 + 1,500 - 4.725
      assert.deepStrictEqual([book.positions, book.balances[0]?.total], [[], "11096.375"])
      assert.deepStrictEqual(yield* answer("GET", "/eapi/v1/position"), [])
      const [record] = yield* answer("GET", "/eapi/v1/exerciseRecord", { symbol })
      assert.deepInclude(record, { exercisePrice: "105000.00000000", amount: "1500.00000000", positionSide: "LONG" })
      const account = yield* answer("GET", "/eapi/v1/marginAccount")
      assert.strictEqual(account.asset[0].marginBalance, "11096.37500000")
    }).pipe(Effect.provide(layer))
  )

  it.scoped("what is short needs a margin, is paid from it when it expires, and its orders end with it", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const put = "BTC-261225-80000-P"
      yield* binance.deposit({ product, asset: "USDT", amount: "20000" })
      const sell = { ...limit, symbol: put, side: "SELL", quantity: "1.00" } as const
      yield* binance.placeOrder({ product, ...sell, price: "900" })
      const { asset, greek } = yield* answer("GET", "/eapi/v1/marginAccount")
      // 20,000 + 900 - 27 in the wallet; 13,500 and the option itself are kept.
      assert.deepInclude(asset[0], {
        marginBalance: "20873.00000000",
        equity: "19973.00000000",
        initialMargin: "13500.00000000",
        available: "6473.00000000"
      })
      assert.deepInclude(greek[0], { underlying: "BTCUSDT", delta: "0.50000000" })
      const [position] = yield* answer("GET", "/eapi/v1/position")
      assert.deepInclude(position, { side: "SHORT", quantity: "-1.00", optionSide: "PUT" })
      const { orderId } = yield* binance.placeOrder({ product, ...limit, symbol: put, quantity: "1", price: "100" })
      assert.lengthOf(yield* answer("GET", "/eapi/v1/openOrders", { symbol: put }), 1)
      const exercised = yield* binance.exercise({ symbol: put, price: "79000" })
      assert.deepInclude(exercised, { quantity: "-1", amount: "-1000", fee: "11.85" })
      const order = yield* answer("GET", "/eapi/v1/order", { symbol: put, orderId })
      assert.strictEqual(order.status, "EXPIRED")
      assert.strictEqual((yield* binance.book({ product })).balances[0]?.total, "19861.15")
      yield* TestClock.adjust("4 days")
      const call = { symbol, clientOrderId: "gone" }
      yield* answer("POST", "/eapi/v1/order", { ...limit, ...call, price: "100" })
      yield* answer("DELETE", "/eapi/v1/order", call)
      assert.strictEqual((yield* answer("GET", "/eapi/v1/order", call)).status, "CANCELLED")
      yield* answer("POST", "/eapi/v1/order", { ...limit, price: "100" })
      yield* answer("DELETE", "/eapi/v1/allOpenOrders", { symbol })
      assert.deepStrictEqual(yield* answer("GET", "/eapi/v1/openOrders"), [])
      const worthless = yield* binance.exercise({ symbol }).pipe(Effect.flip)
      assert.deepInclude(worthless, { code: -2022 })
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.scoped("a block trade fills at its own price, whatever the market asks: money, position, stream and lists", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const seen = Effect.zipRight(step, yield* collect((yield* EuropeanOptions.EuropeanOptions).events))
      yield* binance.deposit({ product, asset: "USDT", amount: "1000" })
      yield* seen
      const block = { symbol, side: "BUY", quantity: "0.5", price: "1000" } as const
      const traded = yield* binance.tradeBlock(block)
      assert.deepInclude(traded, { price: "1000", quantity: "0.5", value: "500", commission: "13.5" })
      assert.deepStrictEqual((yield* seen).map(told), [
        "order NEW NEW",
        "BalancePositionUpdate",
        "GreekUpdate",
        "AccountUpdate",
        "order TRADE FILLED"
      ])
      const path = "/eapi/v1/block/user-trades"
      const [{ legs }] = yield* answer("GET", path, { underlying: "BTCUSDT" })
      assert.deepInclude(legs[0], { orderId: traded.orderId, tradePrice: 1000n, tradeQty: 0.5, commission: 13.5 })
      assert.deepStrictEqual(yield* answer("GET", path, { underlying: "ETHUSDT" }), [])
      const [fill] = yield* answer("GET", "/eapi/v1/userTrades", { symbol })
      assert.strictEqual(String(fill.orderId), traded.orderId)
      const { balances, positions } = yield* binance.book({ product })
      assert.deepStrictEqual([balances[0]!.total, positions[0]!.amount], ["486.5", "0.5"])
      assert.strictEqual((yield* Effect.flip(binance.tradeBlock(block))).code, -2018)
    }).pipe(Effect.provide(layer))
  )
})
