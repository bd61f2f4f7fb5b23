import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BinanceHttp, Margin, MarginRisk } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { answer } from "./harness.js"
import { collect, credentials, step, told } from "./listening.js"

const layer = Layer.mergeAll(Margin.layer, MarginRisk.layer).pipe(
  Layer.provide(BinanceHttp.layer),
  Layer.provide(credentials),
  Layer.provideMerge(SimulatedBinance.layerMemory())
)

const balance = ["BalanceUpdate", "OutboundAccountPosition"]
const cross = { product: "Margin" } as const
const symbol = "BTCUSDT"

describe("events of what is done to a margin account", () => {
  it.scoped("cross: borrowing, interest, a margin call and paying back, on both streams", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const trades = Effect.map(Effect.zipRight(step, yield* collect((yield* Margin.Margin).events)), (elements) =>
        elements.map(told)
      )
      const risk = Effect.zipRight(step, yield* collect((yield* MarginRisk.MarginRisk).events))
      yield* binance.deposit({ ...cross, asset: "USDT", amount: "1000" })
      assert.deepStrictEqual(yield* trades, balance)
      assert.deepStrictEqual(yield* risk, [])
      yield* binance.borrow({ ...cross, asset: "BTC", amount: "0.01" })
      assert.deepStrictEqual(yield* trades, balance)
      const [borrowed, charged]: any = yield* risk
      assert.deepInclude(borrowed, { asset: "BTC", liabilityUpdateType: "BORROW", principal: "0.01000000" })
      assert.deepInclude(charged, { liabilityUpdateType: "INTEREST", interest: "0.00000012" })
      yield* binance.placeOrder({ ...cross, symbol, side: "SELL", type: "MARKET", quantity: "0.01" })
      assert.deepStrictEqual(yield* trades, [
        "order NEW NEW",
        "OutboundAccountPosition",
        "order TRADE FILLED",
        "OutboundAccountPosition"
      ])
      yield* binance.setPrice({ product: "Spot", symbol, price: "150000" })
      const [called]: any = yield* risk
      assert.deepInclude(called, { _tag: "MarginLevelStatusChange", marginCallStatus: "MARGIN_LEVEL_2" })
      const account = yield* answer("GET", "/sapi/v1/margin/account")
      assert.strictEqual(called.marginLevel, account.marginLevel)
      yield* binance.accrueInterest(cross)
      const [again]: any = yield* risk
      const owed = account.userAssets.find(({ asset }: any) => asset === "BTC")
      assert.deepStrictEqual([again.principal, again.interest], [owed.borrowed, "0.00000024"])
      yield* binance.setMarginLevel({ ...cross, level: "1.05" })
      assert.deepInclude((yield* risk)[0], { marginLevel: "1.05000000", marginCallStatus: "MARGIN_LEVEL_3" })
      assert.strictEqual((yield* answer("GET", "/sapi/v1/margin/account")).marginLevel, "1.05000000")
    }).pipe(Effect.provide(layer))
  )

  it.scoped("cross: an order borrows what it lacks, and pays back with what it brings", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const trades = Effect.map(Effect.zipRight(step, yield* collect((yield* Margin.Margin).events)), (elements) =>
        elements.map(told)
      )
      const risk = Effect.map(
        Effect.zipRight(step, yield* collect((yield* MarginRisk.MarginRisk).events)),
        (elements) => elements.map((event: any) => event.liabilityUpdateType)
      )
      yield* binance.deposit({ ...cross, asset: "USDT", amount: "1000" })
      yield* trades
      const order = { ...cross, symbol, type: "MARKET", quantity: "0.02" } as const
      yield* binance.placeOrder({ ...order, side: "BUY", sideEffectType: "MARGIN_BUY" })
      const taken = ["order NEW NEW", "OutboundAccountPosition", "order TRADE FILLED", "OutboundAccountPosition"]
      assert.deepStrictEqual(yield* trades, [...balance, ...taken])
      assert.deepStrictEqual(yield* risk, ["BORROW", "INTEREST"])
      const usdt = ({ balances }: Effect.Effect.Success<ReturnType<typeof binance.book>>) =>
        balances.find(({ asset }) => asset === "USDT")
      assert.deepInclude(usdt(yield* binance.book(cross)), { total: "0", borrowed: "800", interest: "0.01" })
      yield* binance.placeOrder({ ...order, side: "SELL", quantity: "0.01998", sideEffectType: "AUTO_REPAY" })
      assert.deepStrictEqual(yield* trades, [...taken, ...balance])
      assert.deepStrictEqual(yield* risk, ["REPAY"])
      // 1,000 - 1,800 + 800 + 1,798.2 less its fee of 0.1 % - 800.01
      assert.deepInclude(usdt(yield* binance.book(cross)), { total: "996.3918", borrowed: "0", interest: "0" })
    }).pipe(Effect.provide(layer))
  )

  it.scoped(
    "isolated: its own stream hears it, cross margin and the risk stream do not; a liquidation takes the debt",
    () =>
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const margin = yield* Margin.Margin
        const seen = Effect.zipRight(step, yield* collect(margin.isolated(symbol).events))
        const others = [yield* collect(margin.events), yield* collect((yield* MarginRisk.MarginRisk).events)]
        const target = { product: "Margin", isolatedSymbol: symbol } as const
        yield* binance.transfer({ from: "Spot", to: "Margin", isolatedSymbol: symbol, asset: "USDT", amount: "0" })
        yield* seen
        yield* binance.deposit({ ...target, asset: "USDT", amount: "1000" })
        yield* binance.borrow({ ...target, asset: "USDT", amount: "1900" })
        yield* binance.placeOrder({ ...target, symbol, side: "BUY", type: "MARKET", quantity: "0.03" })
        yield* binance.setPrice({ product: "Spot", symbol, price: "60000" })
        const [row] = (yield* answer("GET", "/sapi/v1/margin/isolated/account")).assets
        assert.strictEqual(row.marginLevelStatus, "FORCE_LIQUIDATION")
        yield* seen
        const forced = yield* binance.liquidate({ ...target, symbol })
        assert.deepInclude(forced, { side: "SELL", status: "FILLED", quantity: "0.02997" })
        assert.deepStrictEqual((yield* seen).map(told), [
          "order NEW NEW",
          "OutboundAccountPosition",
          "order TRADE FILLED",
          "OutboundAccountPosition",
          ...balance
        ])
        const book = yield* binance.book(target)
        assert.deepInclude(
          book.balances.find(({ asset }) => asset === "USDT"),
          { borrowed: "0", interest: "0" }
        )
        assert.includeMembers(
          book.income.map(({ type }) => type),
          ["SELL_LIQUIDATION", "REPAY_LIQUIDATION"]
        )
        const { rows } = yield* answer("GET", "/sapi/v1/margin/forceLiquidationRec", { isolatedSymbol: symbol })
        assert.deepInclude(rows[0], { isIsolated: true, executedQty: "0.02997000" })
        for (const other of others) {
          assert.deepStrictEqual(yield* Effect.zipRight(step, other), [])
        }
      }).pipe(Effect.provide(layer))
  )

  it.scoped("a liquidation buys back what is owed of a coin", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.deposit({ ...cross, asset: "USDT", amount: "1000" })
      yield* binance.borrow({ ...cross, asset: "BTC", amount: "0.01" })
      yield* binance.placeOrder({ ...cross, symbol, side: "SELL", type: "MARKET", quantity: "0.01" })
      const order = { symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", price: "80000" } as const
      const resting = yield* binance.placeOrder({ ...cross, ...order, quantity: "0.001" })
      const forced = yield* binance.liquidate({ ...cross, symbol })
      assert.deepInclude(forced, { side: "BUY", status: "FILLED", quantity: "0.01" })
      const { openOrders, orders } = yield* binance.book(cross)
      assert.deepStrictEqual(openOrders, [])
      assert.strictEqual(orders.find(({ orderId }) => orderId === resting.orderId)?.status, "EXPIRED")
    }).pipe(Effect.provide(layer))
  )
})

describe("records of margin", () => {
  it.scoped("come newest first in pages, by asset, type and id", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.deposit({ ...cross, asset: "USDT", amount: "5000" })
      for (const amount of ["10", "20", "30"]) {
        yield* binance.borrow({ ...cross, asset: "USDT", amount })
        yield* step
      }
      const read = (parameters: { readonly [name: string]: string | number }) =>
        answer("GET", "/sapi/v1/margin/borrow-repay", { type: "BORROW", ...parameters })
      const amounts = ({ rows }: any) => rows.map(({ amount }: any) => Number(amount))
      assert.deepStrictEqual(amounts(yield* read({ startTime: 0, size: 2 })), [30, 20])
      assert.deepStrictEqual(amounts(yield* read({ startTime: 0, size: 2, current: 2 })), [10])
      assert.deepStrictEqual(amounts(yield* read({ startTime: 0, asset: "BTC" })), [])
      const { rows, total } = yield* read({ startTime: 0, asset: "USDT" })
      assert.strictEqual(total, 3n)
      assert.deepStrictEqual(amounts(yield* read({ txId: String(rows[1].txId) })), [20])
      const flows = yield* answer("GET", "/sapi/v1/margin/capital-flow", { asset: "USDT", type: "BORROW" })
      assert.deepStrictEqual(
        flows.map(({ amount }: any) => amount),
        ["10", "20", "30"]
      )
      const later = yield* answer("GET", "/sapi/v1/margin/capital-flow", { fromId: flows[1].id })
      assert.deepStrictEqual(
        later.map(({ amount }: any) => amount),
        ["30"]
      )
      const transfers = yield* answer("GET", "/sapi/v1/margin/transfer", { type: "ROLL_OUT" })
      assert.deepStrictEqual(transfers, { rows: [], total: 0n })
      yield* answer("POST", "/sapi/v1/asset/transfer", { type: "MARGIN_MAIN", asset: "USDT", amount: "100" })
      const [out] = (yield* answer("GET", "/sapi/v1/margin/transfer", { type: "ROLL_OUT" })).rows
      assert.deepInclude(out, { amount: "100.00000000", transFrom: "CROSS_MARGIN", transTo: "SPOT" })
      yield* answer("POST", "/sapi/v1/margin/borrow-repay", { asset: "USDT", amount: "5", type: "REPAY" })
      const [repaid] = (yield* answer("GET", "/sapi/v1/margin/borrow-repay", { type: "REPAY", startTime: 0 })).rows
      assert.deepInclude(repaid, { type: "MANUAL", amount: "5.00000000" })
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )
})
