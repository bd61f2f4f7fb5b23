import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { answer } from "./harness.js"
import { type Case, differences, samplesOf } from "./shape.js"

const symbol = "BTCUSDT"
const start = 1_795_593_600_000

/** Something of everything, on the cross account or on an isolated one. */
const story = (isolatedSymbol: string | undefined) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const account = { product: "Margin", isolatedSymbol } as const
    const buy = { ...account, symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.01" } as const
    yield* binance.deposit({ ...account, asset: "USDT", amount: "10000" })
    yield* binance.borrow({ ...account, asset: "USDT", amount: "500" })
    yield* binance.accrueInterest(account)
    yield* binance.repay({ ...account, asset: "USDT", amount: "100" })
    const filled = yield* binance.placeOrder({ ...buy, price: "89000" })
    yield* binance.fill({ ...account, ...filled })
    yield* binance.cancel({ ...account, ...(yield* binance.placeOrder({ ...buy, price: "80000" })) })
    yield* binance.liquidate({ ...account, symbol })
    yield* binance.placeOrder({ ...buy, price: "81000" })
    yield* binance.borrow({ ...account, asset: "USDT", amount: "500" })
    return filled
  })

const list = (quantity: string, listClientOrderId: string) =>
  answer("POST", "/sapi/v1/margin/order/oco", {
    symbol,
    side: "BUY",
    quantity,
    price: "80000",
    stopPrice: "95000",
    stopLimitPrice: "95100",
    stopLimitTimeInForce: "GTC",
    listClientOrderId
  })

const cases = (orderId: string): ReadonlyArray<Case> => {
  const at = (sample: string, call: string, parameters?: Case["parameters"]): Case => ({
    sample,
    path: `/sapi/v1/margin/${call}`,
    parameters
  })
  const both = (product: string): ReadonlyArray<Case> => [
    at(`${product}/account`, "account"),
    at(`${product}/borrow-repay.borrow`, "borrow-repay", { type: "BORROW", startTime: start }),
    at(`${product}/borrow-repay.repay`, "borrow-repay", {
      type: "REPAY",
      startTime: start,
      ...(product === "margin" ? { isolatedSymbol: symbol } : {})
    }),
    at(`${product}/capital-flow`, "capital-flow"),
    at(`${product}/forceLiquidationRec`, "forceLiquidationRec"),
    at(`${product}/interestHistory`, "interestHistory"),
    at(`${product}/tradeCoeff`, "tradeCoeff")
  ]
  return [
    ...both("margin"),
    ...both("margin-risk"),
    at("margin/allOrderList", "allOrderList"),
    at("margin/allOrders", "allOrders", { symbol }),
    at("margin/isolated.account", "isolated/account"),
    at("margin/isolated.accountLimit", "isolated/accountLimit"),
    at("margin/liquidation-loan", "liquidation-loan"),
    at("margin/myPreventedMatches", "myPreventedMatches", { symbol, preventedMatchId: 1_000_000_001 }),
    at("margin/myTrades", "myTrades", { symbol }),
    at("margin/openOrderList", "openOrderList"),
    at("margin/openOrders", "openOrders"),
    at("margin/openOrders.isolated", "openOrders", { symbol, isIsolated: "TRUE" }),
    at("margin/order", "order", { symbol, orderId }),
    at("margin/orderList", "orderList", { origClientOrderId: "oco" }),
    at("margin/transfer", "transfer")
  ]
}

describe("answers of margin have the shape of Binance's", () => {
  it.scoped("every sample", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(start)
      yield* story(symbol)
      const { orderId } = yield* story(undefined)
      yield* list("0.01", "oco")
      const limit = { product: "Margin", symbol, type: "LIMIT", timeInForce: "GTC", quantity: "0.001" } as const
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.deposit({ product: "Margin", asset: "BTC", amount: "0.1" })
      yield* binance.placeOrder({ ...limit, side: "SELL", price: "91000" })
      yield* binance.placeOrder({ ...limit, side: "BUY", price: "91000" })
      const all = cases(orderId)
      assert.deepStrictEqual(yield* differences(all), [])
      assert.deepStrictEqual(
        ["margin", "margin-risk"].flatMap(samplesOf).sort(),
        all.map(({ sample }) => sample).sort()
      )
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )
})
