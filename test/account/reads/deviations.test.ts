import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import {
  balances,
  openAlgoOrders,
  openOrders,
  orders,
  type Product,
  positions,
  type Read,
  readOf,
  sample,
  symbols,
  trades
} from "./reading.js"

type Wire = { readonly [name: string]: unknown }

/** The first row of a sample, as JSON, with other values; `undefined` takes a field away. */
const rowOf = (product: Product, name: string, change: Wire): string => {
  const [first] = [JSON.parse(sample(product, name))].flat()
  return JSON.stringify({ ...first, ...change })
}

const listOf = (product: Product, name: string, ...changes: ReadonlyArray<Wire>) =>
  `[${changes.map((change) => rowOf(product, name, change)).join(",")}]`

/** What real accounts have answered and the samples of the documentation do not show. */
const deviations: ReadonlyArray<{
  readonly seen: string
  readonly product: Product
  readonly read: Read
  readonly text: string
  readonly rows: ReadonlyArray<Wire>
}> = [
  {
    seen: "an order id above 2^62 as a number",
    product: "usd-m",
    read: openOrders,
    text: sample("usd-m", "openOrders").replace("8389800000999", "5611686018427387905"),
    rows: [{ orderId: "5611686018427387905" }]
  },
  {
    seen: "a trade of an order id above 2^62",
    product: "usd-m",
    read: trades,
    text: sample("usd-m", "userTrades").replaceAll("8389770012345", "5611686018427387905"),
    rows: [{ orderId: "5611686018427387905", tradeId: "6201000101" }, { orderId: "5611686018427387905" }]
  },
  {
    seen: "algo ids and ids as texts",
    product: "usd-m",
    read: openAlgoOrders,
    text: listOf("usd-m", "openAlgoOrders", { algoId: "9007199254740993", actualOrderId: 9007199254740 }),
    rows: [{ algoId: "9007199254740993", orderId: "9007199254740" }]
  },
  {
    seen: "time in force GTE_GTC and GTX, type STOP",
    product: "usd-m",
    read: openOrders,
    text: listOf(
      "usd-m",
      "openOrders",
      { timeInForce: "GTE_GTC", type: "STOP" },
      { timeInForce: "GTX", type: undefined, origType: "STOP" }
    ),
    rows: [
      { timeInForce: "GTE_GTC", type: "STOP" },
      { timeInForce: "GTX", type: "STOP" }
    ]
  },
  {
    seen: "COIN-M lists conditional orders, without priceMatch",
    product: "coin-m",
    read: openOrders,
    text: listOf("coin-m", "openOrders", {
      type: "STOP_MARKET",
      stopPrice: "2990.00",
      closePosition: true,
      priceMatch: undefined
    }),
    rows: [{ type: "STOP_MARKET", stopPrice: "2990.00", closePosition: true }]
  },
  {
    seen: "rows of before 2026-08: no pair, cumBase, baseQty, marginAsset",
    product: "usd-m",
    read: trades,
    text: listOf("usd-m", "userTrades", { pair: undefined, baseQty: undefined, marginAsset: undefined }),
    rows: [{ tradeId: "6201000101" }]
  },
  {
    seen: "an order without pair and cumBase",
    product: "usd-m",
    read: orders,
    text: listOf("usd-m", "allOrders", { pair: undefined, cumBase: undefined, goodTillDate: undefined }),
    rows: [{ orderId: "8389770012345" }]
  },
  {
    seen: "a negative commission, and no positionSide",
    product: "usd-m",
    read: trades,
    text: listOf("usd-m", "userTrades", { commission: "-0.0073", positionSide: undefined }),
    rows: [{ commission: "-0.0073", positionSide: "BOTH" }]
  },
  {
    seen: "algo rows with any mixture of fields",
    product: "usd-m",
    read: openAlgoOrders,
    text: listOf(
      "usd-m",
      "openAlgoOrders",
      { actualQty: "0", actualType: "" },
      { tpPrice: undefined, tpTriggerPrice: undefined, slPrice: undefined, slTriggerPrice: undefined },
      { actualPrice: undefined, icebergQuantity: null, triggerTime: null, actualOrderId: null }
    ),
    rows: [{ algoId: "4000001123456" }, { algoId: "4000001123456" }, { algoId: "4000001123456" }]
  },
  {
    seen: "an algo order that was never triggered, with orderId 0 and triggerTime 0",
    product: "usd-m",
    read: openAlgoOrders,
    text: listOf("usd-m", "openAlgoOrders", { actualOrderId: "0", triggerTime: 0, algoStatus: "CANCELLED" }),
    rows: [{ status: "CANCELLED", orderId: undefined, triggeredAt: undefined }]
  },
  {
    seen: "positionRisk of v2: isolated and adlQuantile besides, flags and leverage as texts",
    product: "usd-m",
    read: positions,
    text: listOf("usd-m", "positionRisk.v2", { isolated: false, adlQuantile: 2 }),
    rows: [{ symbol: "SOLUSDT", marginType: "cross" }]
  },
  {
    seen: "a balance without updateTime",
    product: "usd-m",
    read: balances,
    text: listOf("usd-m", "balance.v3", { updateTime: undefined, availableBalance: undefined }),
    rows: [{ asset: "USDT", updatedAt: 0, available: undefined }]
  },
  {
    seen: "a COIN-M position with isolatedWallet and notionalValue",
    product: "coin-m",
    read: positions,
    text: listOf("coin-m", "positionRisk.hedge", { isolatedWallet: "0.1", notionalValue: "1", marginType: "ISOLATED" }),
    rows: [{ isolatedWallet: "0.1", marginType: "isolated" }]
  },
  {
    seen: "a margin type spelt CROSSED",
    product: "coin-m",
    read: positions,
    text: listOf("coin-m", "positionRisk.hedge", { marginType: "CROSSED" }),
    rows: [{ marginType: "cross" }]
  },
  {
    seen: "decimals that are not padded, and as numbers",
    product: "usd-m",
    read: orders,
    text: listOf("usd-m", "allOrders", { executedQty: "0", price: "0.0", origQty: 0.3, avgPrice: 0, cumQuote: "339" }),
    rows: [{ filled: "0", price: "0.0", quantity: "0.3", averagePrice: undefined }]
  },
  {
    seen: "decimals as numbers, with every digit",
    product: "usd-m",
    read: orders,
    text: listOf("usd-m", "allOrders", {}).replace('"92000.00"', "92000.100000000000000001"),
    rows: [{ price: "92000.100000000000000001" }]
  },
  {
    seen: "spot orders of before 2022: no orderListId, workingTime, origQuoteOrderQty, selfTradePreventionMode",
    product: "spot",
    read: orders,
    text: listOf("spot", "allOrders", {
      orderListId: undefined,
      workingTime: undefined,
      origQuoteOrderQty: undefined,
      selfTradePreventionMode: undefined
    }),
    rows: [{ orderId: "52100000123", orderListId: undefined }]
  },
  {
    seen: "an old spot order whose quote quantity is not known",
    product: "spot",
    read: orders,
    text: listOf("spot", "allOrders", { cummulativeQuoteQty: "-1.00000000" }),
    rows: [{ averagePrice: undefined }]
  },
  {
    seen: "spot times in µs",
    product: "spot",
    read: orders,
    text: listOf("spot", "allOrders", { time: 1795590000000123, updateTime: 1795593700123456 }),
    rows: [{ createdAt: 1795590000000, updatedAt: 1795593700123 }]
  },
  {
    seen: "an old spot account without uid, commissionRates and permissions",
    product: "spot",
    read: balances,
    text: rowOf("spot", "account", {
      uid: undefined,
      commissionRates: undefined,
      permissions: undefined,
      accountType: "MARGIN",
      updateTime: undefined
    }),
    rows: [{ asset: "BTC", updatedAt: 0 }, { asset: "USDT" }, { asset: "ETH" }, { asset: "BNB" }]
  }
]

describe("what real accounts answer", () => {
  it.effect.each(deviations)("$product: $seen", ({ product, read, rows: expected, text }) =>
    Effect.gen(function* () {
      const rows = yield* readOf(product, read, text)
      assert.deepStrictEqual(
        rows.map((row, index) =>
          Object.fromEntries(Object.keys(expected[index] ?? {}).map((name) => [name, row[name]] as const))
        ),
        expected.map((row) => ({ ...row }))
      )
    })
  )

  it.effect("income names symbols, whatever its ids and times are", () =>
    Effect.gen(function* () {
      const text = listOf(
        "usd-m",
        "income",
        { tranId: "9689322390001", time: 1795593600000 },
        { symbol: "ETHUSDT", tranId: 1, incomeType: "NEW_ONE", time: 1795593601000 },
        { symbol: "", tranId: null },
        { symbol: null }
      ).replace("9689322390001", "9007199254740993")
      assert.deepStrictEqual<unknown>(yield* readOf("usd-m", symbols, text), ["BTCUSDT", "ETHUSDT"])
    })
  )
})

/** Each kind of row, and what it needs: which thing it is about, its state, and its time. */
const kinds: ReadonlyArray<
  readonly [product: Product, name: string, read: Read, required: ReadonlyArray<string>, either: ReadonlyArray<string>]
> = [
  ["spot", "openOrders", openOrders, ["symbol", "orderId", "side", "status", "executedQty"], ["time", "updateTime"]],
  ["spot", "myTrades", trades, ["symbol", "id", "orderId", "price", "qty", "time", "isBuyer"], []],
  ["usd-m", "openOrders", openOrders, ["symbol", "orderId", "side", "status", "executedQty"], ["time", "updateTime"]],
  ["usd-m", "openAlgoOrders", openAlgoOrders, ["symbol", "algoId", "side", "algoStatus"], ["createTime", "updateTime"]],
  ["usd-m", "userTrades", trades, ["symbol", "id", "orderId", "price", "qty", "time"], ["side", "buyer"]],
  ["usd-m", "balance.v3", balances, ["asset", "balance"], []],
  ["usd-m", "positionRisk.v3", positions, ["symbol", "positionAmt"], []],
  ["coin-m", "openOrders", openOrders, ["symbol", "orderId", "side", "status", "executedQty"], ["time", "updateTime"]],
  ["coin-m", "userTrades", trades, ["symbol", "id", "orderId", "price", "qty", "time"], ["side", "buyer"]],
  ["coin-m", "positionRisk.hedge", positions, ["symbol", "positionAmt"], []]
]

const none = [undefined, null, ""]

describe.each(kinds)("rows of %s %s", (product, name, read, required, either) => {
  const fields = Object.keys([JSON.parse(sample(product, name))].flat()[0])

  it.effect("may lack every field that is not needed", () =>
    Effect.gen(function* () {
      const without = fields
        .filter((field) => !required.includes(field))
        .flatMap((field) => none.map((value) => ({ [field]: value })))
        .map((change, index) => (fields.includes("id") ? { ...change, id: index + 1 } : change))
      assert.lengthOf(yield* readOf(product, read, listOf(product, name, ...without)), without.length)
    })
  )

  it.effect("may have numbers as texts, and texts as numbers", () =>
    Effect.gen(function* () {
      const [row] = [JSON.parse(sample(product, name))].flat()
      const swapped = Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          typeof value === "number" ? String(value) : /^-?\d+(\.\d+)?$/.test(String(value)) ? Number(value) : value
        ])
      )
      assert.lengthOf(yield* readOf(product, read, listOf(product, name, swapped)), 1)
    })
  )

  it.effect("need to say which thing, its state and its time", () =>
    Effect.gen(function* () {
      for (const field of required) {
        const error = yield* Effect.flip(readOf(product, read, listOf(product, name, { [field]: undefined })))
        assert.deepInclude(error, { _tag: "DecodeError", reason: `Missing at 0.${field}` })
      }
      if (either.length > 0) {
        const neither = Object.fromEntries(either.map((field) => [field, undefined]))
        const error = yield* Effect.flip(readOf(product, read, listOf(product, name, neither)))
        assert.strictEqual(error._tag, "DecodeError")
      }
    })
  )
})
