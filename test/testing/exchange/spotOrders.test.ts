import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BinanceHttp, Spot } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { answer, type Row, refusal } from "./harness.js"
import { collect, credentials, step, told } from "./listening.js"

const layer = Spot.layer.pipe(
  Layer.provide(BinanceHttp.layer),
  Layer.provide(credentials),
  Layer.provideMerge(SimulatedBinance.layerMemory())
)

const product = "Spot"
const symbol = "BTCUSDT"

const funded = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  yield* binance.deposit({ product, asset: "USDT", amount: "10000" })
  yield* binance.deposit({ product, asset: "BTC", amount: "1" })
  return binance
})

describe("pegged orders", () => {
  const limit = { symbol, type: "LIMIT", timeInForce: "GTC", quantity: "0.01" } as const

  it.effect.each([
    ["BUY", "PRIMARY_PEG", undefined, "89999.99", "NEW"],
    ["BUY", "PRIMARY_PEG", 5, "89999.94", "NEW"],
    ["SELL", "PRIMARY_PEG", 5, "90000.06", "NEW"],
    ["BUY", "MARKET_PEG", undefined, "90000", "FILLED"],
    ["BUY", "MARKET_PEG", 5, "90000.05", "FILLED"],
    ["SELL", "MARKET_PEG", 5, "89999.95", "FILLED"]
  ] as const)("%s %s %s", ([side, pegPriceType, pegOffsetValue, price, status]) =>
    Effect.gen(function* () {
      const binance = yield* funded
      const order = yield* binance.placeOrder({ product, ...limit, side, pegPriceType, pegOffsetValue })
      assert.deepInclude(order, { price, status })
      yield* binance.setPrice({ product, symbol, price: "90010" })
      const { orders } = yield* binance.book({ product })
      assert.strictEqual(orders[0]!.price, price)
    }).pipe(Effect.provide(layer))
  )

  it.scoped("the stream and the answer say how the price came about", () =>
    Effect.gen(function* () {
      yield* funded
      const seen = yield* collect((yield* Spot.Spot).events)
      const peg = { pegPriceType: "PRIMARY_PEG", pegOffsetType: "PRICE_LEVEL", pegOffsetValue: 5 }
      const sent = { ...limit, side: "BUY", newOrderRespType: "RESULT" }
      const placed = yield* answer("POST", "/api/v3/order", { ...sent, ...peg })
      const told = { pegPriceType: "PRIMARY_PEG", pegOffsetType: "PRICE_LEVEL", peggedPrice: "89999.94000000" }
      assert.deepInclude(placed, { ...told, pegOffsetValue: 5n })
      const [event]: ReadonlyArray<any> = yield* Effect.zipRight(step, seen)
      assert.deepInclude(event, { ...told, pegOffsetValue: 5 })
      const { pegOffsetType: _, pegOffsetValue: _v, ...best } = peg
      assert.notProperty(yield* answer("POST", "/api/v3/order", { ...sent, ...best }), "pegOffsetType")
    }).pipe(Effect.provide(layer))
  )

  it.effect("only limit orders are pegged, and to what is known", () =>
    Effect.gen(function* () {
      yield* funded
      const call = (parameters: { readonly [name: string]: string }) =>
        Effect.map(refusal("POST", "/api/v3/order", { ...limit, side: "BUY", ...parameters }), ([, code]) => code)
      assert.strictEqual(yield* call({ pegPriceType: "LAST_PEG" }), -1130)
      assert.strictEqual(yield* call({ pegPriceType: "MARKET_PEG", type: "MARKET" }), -1128)
    }).pipe(Effect.provide(layer))
  )
})

describe("smart order routing", () => {
  it.scoped("an order is filled by allocations, which are not among the trades", () =>
    Effect.gen(function* () {
      const binance = yield* funded
      const seen = yield* collect((yield* Spot.Spot).events)
      const sent = { symbol, side: "BUY", type: "MARKET", quantity: "0.01" } as const
      yield* binance.placeOrder({ product, ...sent })
      const placed = yield* answer("POST", "/api/v3/sor/order", sent)
      assert.deepInclude(placed, { status: "FILLED", workingFloor: "SOR", usedSor: true })
      assert.deepInclude(placed.fills[0], { matchType: "ONE_PARTY_TRADE_REPORT", tradeId: -1n })
      const events: ReadonlyArray<any> = yield* Effect.zipRight(step, seen)
      assert.deepStrictEqual(events.filter(({ _tag }) => _tag === "ExecutionReport").map(told), [
        ...["order NEW NEW", "order TRADE FILLED"],
        ...["order NEW NEW", "order TRADE FILLED"]
      ])
      const { allocId } = placed.fills[0]
      assert.deepInclude(events.at(-2), {
        matchType: "ONE_PARTY_TRADE_REPORT",
        allocationId: String(allocId),
        tradeId: "-1",
        workingFloor: "SOR",
        usedSor: true
      })
      assert.notProperty(
        events.find(({ executionType }) => executionType === "TRADE"),
        "allocationId"
      )
      const trades: ReadonlyArray<Row> = yield* answer("GET", "/api/v3/myTrades", { symbol })
      assert.lengthOf(trades, 1)
      const { orderId } = placed
      assert.notStrictEqual(trades[0]!.orderId, orderId)
      const path = "/api/v3/myAllocations"
      const ids = (parameters: { readonly [name: string]: bigint }) =>
        Effect.map(answer("GET", path, { symbol, ...parameters }), (rows: ReadonlyArray<Row>) =>
          rows.map(({ allocationId }) => allocationId)
        )
      assert.deepStrictEqual(yield* ids({ orderId }), [allocId])
      assert.deepStrictEqual(yield* ids({ orderId: trades[0]!.orderId }), [])
      assert.deepStrictEqual(yield* ids({ fromAllocationId: allocId + 1n }), [])
      const row = yield* answer("GET", "/api/v3/order", { symbol, orderId })
      assert.deepInclude(row, { usedSor: true, workingFloor: "SOR" })
      const { balances, fills } = yield* binance.book({ product })
      assert.lengthOf(fills, 2)
      assert.strictEqual(balances.find(({ asset }) => asset === "BTC")!.total, "1.01998")
    }).pipe(Effect.provide(layer))
  )

  it.effect("only limit and market orders go there", () =>
    Effect.gen(function* () {
      yield* funded
      const stop = { symbol, side: "SELL", type: "STOP_LOSS", stopPrice: "80000", quantity: "0.01" }
      assert.deepStrictEqual(yield* refusal("POST", "/api/v3/sor/order", stop), [400, -1116, "Invalid orderType."])
    }).pipe(Effect.provide(layer))
  )
})
