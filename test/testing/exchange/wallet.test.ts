import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { answer, type Row, refusal } from "./harness.js"

const product = "Spot"
const start = 1_795_593_600_000
const day = 24 * 60 * 60 * 1000

const simulated = Effect.zipRight(TestClock.setTime(start), SimulatedBinance.SimulatedBinance)

describe("the wallet", () => {
  it.effect("deposits and withdrawals of spot are records, newest first, in pages and by coin", () =>
    Effect.gen(function* () {
      const binance = yield* simulated
      for (const amount of ["100", "200", "300"]) {
        yield* binance.deposit({ product, asset: "USDT", amount })
        yield* TestClock.adjust("1 day")
      }
      yield* binance.deposit({ product, asset: "BTC", amount: "1" })
      yield* binance.withdraw({ product, asset: "USDT", amount: "25" })
      assert.strictEqual(
        (yield* Effect.flip(binance.withdraw({ product, asset: "USDT", amount: "10000" }))).code,
        -2010
      )
      const path = "/sapi/v1/capital/deposit/hisrec"
      const amounts = (parameters: { readonly [name: string]: string | number }) =>
        Effect.map(answer("GET", path, parameters), (rows: ReadonlyArray<Row>) => rows.map(({ amount }) => amount))
      assert.deepStrictEqual(yield* amounts({}), ["1", "300", "200", "100"])
      assert.deepStrictEqual(yield* amounts({ coin: "USDT", offset: 1, limit: 1 }), ["200"])
      assert.deepStrictEqual(yield* amounts({ startTime: start, endTime: start + 1 }), ["100"])
      assert.deepStrictEqual(yield* amounts({ status: 0 }), [])
      assert.deepStrictEqual(yield* refusal("GET", path, { startTime: start - 91 * day, endTime: start }), [
        400,
        -4047,
        "Time interval must be within 0-90 days"
      ])
      const rows: ReadonlyArray<Row> = yield* answer("GET", "/sapi/v1/capital/withdraw/history", {})
      assert.strictEqual(rows.length, 1)
      assert.deepInclude(rows[0], { amount: "25", coin: "USDT", applyTime: "2026-11-28 08:00:00" })
      assert.deepStrictEqual(yield* answer("GET", "/sapi/v1/capital/withdraw/history", { status: 0 }), [])
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.effect("a transfer between products is a record of its type, whoever asked for it", () =>
    Effect.gen(function* () {
      const binance = yield* simulated
      yield* binance.deposit({ product, asset: "USDT", amount: "1000" })
      yield* binance.transfer({ from: "Spot", to: "UsdFutures", asset: "USDT", amount: "100" })
      yield* binance.transfer({
        from: "Spot",
        to: "Margin",
        asset: "USDT",
        amount: "10",
        isolatedSymbol: "BTCUSDT"
      })
      const call = { asset: "USDT", amount: 5 }
      const { tranId } = yield* answer("POST", "/sapi/v1/asset/transfer", { ...call, type: "MAIN_UMFUTURE" })
      yield* answer("POST", "/sapi/v1/asset/transfer", { ...call, type: "UMFUTURE_PORTFOLIO_MARGIN" })
      assert.strictEqual(
        (yield* Effect.flip(binance.transfer({ from: "Spot", to: "Margin", asset: "USDT", amount: "9999" }))).code,
        -2010
      )
      const told = (type: string) =>
        Effect.map(answer("GET", "/sapi/v1/asset/transfer", { type }), ({ rows, total }) => [
          Number(total),
          ...rows.map(({ amount }: Row) => amount)
        ])
      assert.deepStrictEqual(yield* told("MAIN_UMFUTURE"), [2, "5", "100"])
      assert.deepStrictEqual(yield* told("MAIN_ISOLATED_MARGIN"), [1, "10"])
      assert.deepStrictEqual(yield* told("UMFUTURE_PORTFOLIO_MARGIN"), [1, "5"])
      assert.deepStrictEqual(yield* told("MAIN_MARGIN"), [0])
      const { rows } = yield* answer("GET", "/sapi/v1/asset/transfer", { type: "MAIN_UMFUTURE", size: 1 })
      assert.strictEqual(rows[0].tranId, tranId)
      assert.strictEqual((yield* refusal("GET", "/sapi/v1/asset/transfer"))[1], -1102)
      assert.deepStrictEqual(yield* answer("GET", "/sapi/v1/capital/deposit/hisrec", { coin: "BTC" }), [])
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.effect("a dividend is paid, and dust becomes BNB for a charge: the balances are what the records say", () =>
    Effect.gen(function* () {
      const binance = yield* simulated
      yield* binance.payDividend({ asset: "SOL", amount: "0.09" })
      yield* binance.payDividend({ asset: "USDT", amount: "9", info: "Launchpool" })
      const dividends = yield* answer("GET", "/sapi/v1/asset/assetDividend", { limit: 1 })
      assert.strictEqual(Number(dividends.total), 2)
      assert.deepInclude(dividends.rows[0], { asset: "USDT", amount: "9.00000000", enInfo: "Launchpool" })
      for (const assets of [["BNB"], ["ETH"], ["EUR"]]) {
        assert.strictEqual((yield* Effect.flip(binance.convertDust({ assets }))).code, -1130)
      }
      // 18 and 9 USDT at 900 for a BNB.
      assert.strictEqual((yield* binance.convertDust({ assets: ["SOL", "USDT"] })).free, "0.0294")
      const { balances } = yield* binance.book({ product })
      assert.deepStrictEqual(
        balances.filter(({ total }) => total !== "0").map(({ asset, total }) => [asset, total]),
        [["BNB", "0.0294"]]
      )
      const [dribblet] = (yield* answer("GET", "/sapi/v1/asset/dribblet")).userAssetDribblets
      assert.deepInclude(dribblet, {
        totalTransferedAmount: "0.02940000",
        totalServiceChargeAmount: "0.00060000"
      })
      assert.deepStrictEqual(
        dribblet.userAssetDribbletDetails.map(({ amount, fromAsset, transferedAmount }: Row) => [
          fromAsset,
          amount,
          transferedAmount
        ]),
        [
          ["SOL", "0.09000000", "0.01960000"],
          ["USDT", "9.00000000", "0.00980000"]
        ]
      )
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )
})
