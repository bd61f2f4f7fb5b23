import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { answer, refusal } from "./harness.js"

const spot = { product: "Spot", symbol: "BTCUSDT" } as const

/** Lets the price go this way, and tells the status of an order after each step. */
const along = (orderId: string, prices: ReadonlyArray<string>) =>
  Effect.forEach(prices, (price) =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.setPrice({ ...spot, price })
      const { orders } = yield* binance.book({ product: "Spot" })
      return orders.find((order) => order.orderId === orderId)?.status
    })
  )

const table = [
  // [side, type, stop price, trailing delta, prices, statuses]
  ["SELL", "STOP_LOSS", undefined, 100, ["91000", "90100", "92000", "91081", "91080"], "NEW NEW NEW NEW FILLED"],
  ["BUY", "STOP_LOSS", undefined, 100, ["89000", "89800", "88000", "88879", "88880"], "NEW NEW NEW NEW FILLED"],
  ["SELL", "TAKE_PROFIT", "92000", 100, ["91000", "92000", "92900", "92920"], "NEW NEW NEW FILLED"],
  ["BUY", "TAKE_PROFIT", "88000", 100, ["87500", "87000", "86600", "86625"], "NEW NEW FILLED FILLED"]
] as const

describe("trailing stops of spot", () => {
  it.scoped.each(table)("%s %s, stop %s, delta %s", ([side, type, stopPrice, trailingDelta, prices, statuses]) =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.deposit({ product: "Spot", asset: "USDT", amount: "10000" })
      yield* binance.deposit({ product: "Spot", asset: "BTC", amount: "1" })
      yield* binance.setPrice({ ...spot, price: "90000" })
      const { orderId } = yield* binance.placeOrder({ ...spot, side, type, stopPrice, trailingDelta, quantity: "0.01" })
      assert.deepStrictEqual((yield* along(orderId, prices)).join(" "), statuses)
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.scoped("are told with their delta, and since when they follow the price", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.deposit({ product: "Spot", asset: "BTC", amount: "1" })
      const order = { symbol: "BTCUSDT", side: "SELL", type: "STOP_LOSS", quantity: "0.01", trailingDelta: 150 }
      const { orderId } = yield* answer("POST", "/api/v3/order", order)
      const row = answer("GET", "/api/v3/order", { symbol: "BTCUSDT", orderId })
      assert.deepInclude(yield* row, { trailingDelta: 150n, trailingTime: -1n, stopPrice: "0.00000000" })
      yield* TestClock.adjust("1 second")
      yield* binance.setPrice({ ...spot, price: "91000" })
      assert.deepInclude(yield* row, { trailingTime: 1000n })
      for (const trailingDelta of [9, 2001]) {
        assert.deepStrictEqual(yield* refusal("POST", "/api/v3/order", { ...order, trailingDelta }), [
          400,
          -1013,
          "Filter failure: TRAILING_DELTA"
        ])
      }
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )
})
