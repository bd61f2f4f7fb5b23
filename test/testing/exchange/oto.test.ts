import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { BinanceHttp, Spot } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { answer, refusal } from "./harness.js"
import { collect, credentials, step, told } from "./listening.js"

const layer = Spot.layer.pipe(
  Layer.provide(BinanceHttp.layer),
  Layer.provide(credentials),
  Layer.provideMerge(SimulatedBinance.layerMemory())
)

const product = "Spot"
const symbol = "BTCUSDT"

const entry = {
  product,
  symbol,
  workingType: "LIMIT",
  workingSide: "BUY",
  workingQuantity: "0.011",
  workingPrice: "89000",
  workingTimeInForce: "GTC",
  pendingSide: "SELL",
  pendingQuantity: "0.01"
} as const

const oto = { ...entry, pendingType: "LIMIT", pendingPrice: "92000", pendingTimeInForce: "GTC" } as const

const otoco = {
  ...entry,
  pendingAboveType: "LIMIT_MAKER",
  pendingAbovePrice: "92000",
  pendingBelowType: "STOP_LOSS",
  pendingBelowStopPrice: "85000"
} as const

const funded = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  yield* binance.deposit({ product, asset: "USDT", amount: "10000" })
  const price = (value: string) => binance.setPrice({ product, symbol, price: value })
  const statuses = Effect.map(binance.book({ product }), ({ orders }) => orders.map(({ status }) => status))
  const locked = (asset: string) =>
    Effect.map(
      binance.book({ product }),
      ({ balances }) => balances.find((balance) => balance.asset === asset)?.locked ?? "0"
    )
  return { binance, price, statuses, locked }
})

const reason = (orderId: string) =>
  Effect.map(answer("GET", "/api/v3/order", { symbol, orderId }), ({ expiryReason }) => expiryReason)

describe("orders that wait until another is filled", () => {
  it.scoped("one waits, locks nothing, and begins", () =>
    Effect.gen(function* () {
      const { binance, locked, price, statuses } = yield* funded
      const seen = yield* collect((yield* Spot.Spot).events)
      const [working, pending] = yield* binance.placeOrderList(oto)
      assert.deepStrictEqual((yield* Effect.zipRight(step, seen)).map(told), [
        "ListStatus",
        "order NEW NEW",
        "OutboundAccountPosition",
        "order NEW PENDING_NEW"
      ])
      assert.deepStrictEqual([yield* locked("USDT"), yield* locked("BTC")], ["979", "0"])
      const open = yield* answer("GET", "/api/v3/openOrders", { symbol })
      assert.deepInclude(open[1], { status: "PENDING_NEW", isWorking: false, workingTime: -1n })
      yield* price("93000")
      assert.deepStrictEqual(yield* statuses, ["NEW", "PENDING_NEW"])
      const part = { product, ...pending!, quantity: "0.001" } as const
      assert.strictEqual((yield* Effect.flip(binance.fill(part))).code, -2011)
      assert.strictEqual((yield* Effect.flip(binance.amend(part))).code, -2038)
      yield* price("90000")
      yield* binance.fill({ product, ...working!, quantity: "0.004" })
      assert.deepStrictEqual(yield* statuses, ["PARTIALLY_FILLED", "PENDING_NEW"])
      yield* Effect.zipRight(step, seen)
      yield* price("89000")
      const events: ReadonlyArray<any> = yield* Effect.zipRight(step, seen)
      assert.deepStrictEqual(events.map(told), [
        "order TRADE FILLED",
        "OutboundAccountPosition",
        "ListStatus",
        "order NEW NEW",
        "OutboundAccountPosition"
      ])
      assert.deepInclude(events[2], { listStatusType: "EXEC_STARTED", listOrderStatus: "EXECUTING" })
      assert.deepStrictEqual([yield* locked("USDT"), yield* locked("BTC")], ["0", "0.01"])
      yield* price("92000")
      assert.deepStrictEqual(yield* statuses, ["FILLED", "FILLED"])
      const [list] = yield* answer("GET", "/api/v3/allOrderList")
      assert.deepInclude(list, { contingencyType: "OTO", listStatusType: "ALL_DONE" })
    }).pipe(Effect.provide(layer))
  )

  it.effect("two wait, and one then ends the other", () =>
    Effect.gen(function* () {
      const { binance, locked, price, statuses } = yield* funded
      yield* binance.placeOrderList(otoco)
      yield* price("88000")
      assert.deepStrictEqual(yield* statuses, ["FILLED", "NEW", "NEW"])
      assert.strictEqual(yield* locked("BTC"), "0.01")
      yield* price("85000")
      assert.deepStrictEqual(yield* statuses, ["FILLED", "EXPIRED", "FILLED"])
      assert.strictEqual(yield* locked("BTC"), "0")
    }).pipe(Effect.provide(layer))
  )

  it.effect("a first order that is filled at once is answered with what waits as it was sent", () =>
    Effect.gen(function* () {
      const { statuses } = yield* funded
      const { product: _, ...sent } = { ...otoco, workingPrice: "90000" }
      const { orderReports, ...list } = yield* answer("POST", "/api/v3/orderList/otoco", sent)
      assert.deepStrictEqual(
        orderReports.map(({ status }: any) => status),
        ["FILLED", "PENDING_NEW", "PENDING_NEW"]
      )
      assert.deepInclude(list, { contingencyType: "OTO", listOrderStatus: "EXECUTING" })
      assert.deepStrictEqual(yield* statuses, ["FILLED", "NEW", "NEW"])
      const one = { ...oto, workingPrice: "90000", pendingType: "MARKET" }
      const placed = yield* answer("POST", "/api/v3/orderList/oto", { ...one, workingQuantity: "0.02" })
      assert.deepInclude(placed.orderReports[1], { status: "PENDING_NEW", executedQty: "0.00000000" })
      assert.deepStrictEqual((yield* statuses).slice(3), ["FILLED", "FILLED"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("either order is cancelled with the other", () =>
    Effect.gen(function* () {
      const { binance, locked, statuses } = yield* funded
      for (const index of [0, 1]) {
        const orders = yield* binance.placeOrderList(otoco)
        yield* binance.cancel({ product, ...orders[index]! })
        assert.deepStrictEqual((yield* statuses).slice(-3), ["CANCELED", "CANCELED", "CANCELED"])
        assert.strictEqual(yield* locked("USDT"), "0")
      }
    }).pipe(Effect.provide(layer))
  )

  it.effect("what waits ends with its first order, and the first with what waits", () =>
    Effect.gen(function* () {
      const { binance, locked, statuses } = yield* funded
      const [, above, below] = yield* binance.placeOrderList({ ...otoco, workingTimeInForce: "IOC" })
      assert.deepStrictEqual(yield* statuses, ["EXPIRED", "EXPIRED", "EXPIRED"])
      assert.strictEqual(yield* reason(above!.orderId), "OTO_PHASE_ONE_EXPIRED")
      assert.strictEqual(yield* reason(below!.orderId), "OTO_PHASE_ONE_EXPIRED")
      const [working, pending, other] = yield* binance.placeOrderList(otoco)
      yield* binance.expire({ product, ...pending! })
      assert.deepStrictEqual((yield* statuses).slice(3), ["EXPIRED", "EXPIRED", "EXPIRED"])
      assert.strictEqual(yield* reason(working!.orderId), "EXCHANGE_CANCELED")
      assert.strictEqual(yield* reason(other!.orderId), "OTO_PHASE_ONE_EXPIRED")
      assert.strictEqual(yield* locked("USDT"), "0")
    }).pipe(Effect.provide(layer))
  )

  it.effect("a self-trade of the first order that is prevented ends all", () =>
    Effect.gen(function* () {
      const { binance, statuses } = yield* funded
      yield* binance.placeOrderList(oto)
      yield* binance.deposit({ product, asset: "BTC", amount: "1" })
      const sell = { product, symbol, side: "SELL", type: "LIMIT", timeInForce: "GTC", quantity: "0.01" } as const
      yield* binance.placeOrder({ ...sell, price: "89000" })
      assert.deepStrictEqual(yield* statuses, ["EXPIRED_IN_MATCH", "EXPIRED", "FILLED"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("what cannot be placed when its time comes expires", () =>
    Effect.gen(function* () {
      const { binance, price, statuses } = yield* funded
      const [, poor] = yield* binance.placeOrderList({ ...oto, pendingQuantity: "0.5" })
      yield* price("89000")
      assert.deepStrictEqual(yield* statuses, ["FILLED", "EXPIRED"])
      assert.strictEqual(yield* reason(poor!.orderId), "REJECTED")
      yield* price("90000")
      yield* binance.placeOrderList(otoco)
      yield* price("84000")
      assert.deepStrictEqual((yield* statuses).slice(2), ["FILLED", "EXPIRED", "EXPIRED"])
      assert.deepStrictEqual(yield* answer("GET", "/api/v3/openOrderList"), [])
    }).pipe(Effect.provide(layer))
  )

  it.effect("what Binance would refuse changes nothing", () =>
    Effect.gen(function* () {
      const { statuses } = yield* funded
      const table = [
        ["oto", { ...oto, workingType: "MARKET" }, -1116, "Invalid orderType."],
        ["oto", { ...oto, workingPrice: "95000", workingType: "LIMIT_MAKER" }, -2010, "match and take"],
        ["oto", { ...oto, pendingQuantity: "0.00001" }, -1013, "NOTIONAL"],
        ["oto", { ...oto, workingQuantity: "1" }, -2010, "insufficient balance"],
        ["oto", { ...oto, pendingSide: "" }, -1102, "'pendingSide'"],
        ["otoco", { ...otoco, pendingAbovePrice: "84000" }, -2010, "relationship of the prices"]
      ] as const
      for (const [path, parameters, code, msg] of table) {
        const refused = yield* refusal("POST", `/api/v3/orderList/${path}`, parameters)
        assert.deepStrictEqual(refused.slice(0, 2), [400, code])
        assert.include(refused[2], msg)
      }
      assert.deepStrictEqual(yield* statuses, [])
    }).pipe(Effect.provide(layer))
  )

  it.effect("history that lags shows what waited as it was", () =>
    Effect.gen(function* () {
      const { binance, price } = yield* funded
      yield* binance.placeOrderList(oto)
      yield* TestClock.adjust("10 seconds")
      yield* price("89000")
      yield* TestClock.adjust("10 seconds")
      yield* price("92000")
      const seen = Effect.map(answer("GET", "/api/v3/allOrders", { symbol }), (rows) =>
        rows.map(({ status }: any) => status)
      )
      yield* binance.inject(Fault.laggingRead({ by: "5 seconds", for: "1 minute" }))
      assert.deepStrictEqual(yield* seen, ["FILLED", "NEW"])
      yield* binance.inject(Fault.clear)
      yield* binance.inject(Fault.laggingRead({ by: "15 seconds", for: "1 minute" }))
      assert.deepStrictEqual(yield* seen, ["NEW", "PENDING_NEW"])
    }).pipe(Effect.provide(layer))
  )

  it.effect.each([
    ["cross", {}],
    ["isolated", { isIsolated: "TRUE" }]
  ] as const)("on %s margin: placed over REST, and ended with their first order", ([, whose]) =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const isIsolated = "isIsolated" in whose
      const account = { product: "Margin", isolatedSymbol: isIsolated ? symbol : undefined } as const
      yield* binance.deposit({ ...account, asset: "USDT", amount: "10000" })
      const statuses = Effect.map(answer("GET", "/sapi/v1/margin/allOrders", { symbol, ...whose }), (rows) =>
        rows.map(({ status }: any) => status)
      )
      const sent = ({ product: _, ...list }: typeof oto | typeof otoco) => ({ ...list, ...whose })
      const one = yield* answer("POST", "/sapi/v1/margin/order/oto", sent(oto))
      assert.deepInclude(one, { contingencyType: "OTO", isIsolated })
      assert.deepStrictEqual(
        one.orderReports.map(({ status }: any) => status),
        ["NEW", "PENDING_NEW"]
      )
      const path = "/sapi/v1/margin/orderList"
      yield* answer("DELETE", path, { symbol, orderListId: one.orderListId, ...whose })
      const two = yield* answer("POST", "/sapi/v1/margin/order/otoco", sent(otoco))
      yield* binance.setPrice({ product, symbol, price: "88000" })
      assert.deepStrictEqual(yield* statuses, ["CANCELED", "CANCELED", "FILLED", "NEW", "NEW"])
      const read = yield* answer("GET", path, {
        orderListId: two.orderListId,
        ...(isIsolated ? { symbol } : {}),
        ...whose
      })
      assert.deepInclude(read, { contingencyType: "OTO", listOrderStatus: "EXECUTING", isIsolated })
      yield* binance.setPrice({ product, symbol, price: "85000" })
      assert.deepStrictEqual((yield* statuses).slice(2), ["FILLED", "EXPIRED", "FILLED"])
      const { balances } = yield* binance.book(account)
      assert.deepStrictEqual(
        balances.map(({ locked }) => locked),
        ["0", "0"]
      )
    }).pipe(Effect.provide(layer))
  )
})
