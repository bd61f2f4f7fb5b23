import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { connect, frontEnds } from "../harness.js"
import { answer, type Row, refusal } from "./harness.js"

describe("what a market tells", () => {
  it.effect("options: which there are, and what they are worth", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { optionSymbols } = yield* answer("GET", "/eapi/v1/exchangeInfo")
      const option = optionSymbols.find(({ symbol }: Row) => symbol === "BTC-261225-100000-C")
      assert.deepInclude(option, { underlying: "BTCUSDT", side: "CALL", strikePrice: "100000", priceScale: 3n })
      const { symbol } = option
      yield* binance.setPrice({ product: "EuropeanOptions", symbol, price: "1400", markPrice: "1390" })
      assert.deepInclude(yield* answer("GET", "/eapi/v1/mark", { symbol }), { markPrice: "1390.00000000" })
      assert.lengthOf(yield* answer("GET", "/eapi/v1/mark"), optionSymbols.length)
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.effect.each([
    ["Spot", "/api/v3", "BTCUSDT"],
    ["UsdFutures", "/fapi/v1", "BTCUSDT"],
    ["CoinFutures", "/dapi/v1", "BTCUSD_PERP"]
  ] as const)("%s: the price, and the best of both sides", ([product, path, symbol]) =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.setPrice({ product, symbol, price: "91000" })
      assert.deepInclude(yield* answer("GET", `${path}/ticker/price`, { symbol }), { symbol, price: "91000" })
      const best = yield* answer("GET", `${path}/ticker/bookTicker`, { symbol })
      assert.deepInclude(best, { bidPrice: "91000", askPrice: "91000" })
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )
})

describe("orders in batches", () => {
  it.effect("each is placed or refused for itself, and cancelled so", () =>
    Effect.gen(function* () {
      const path = "/fapi/v1/batchOrders"
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.deposit({ product: "UsdFutures", asset: "USDT", amount: "1000" })
      const symbol = "BTCUSDT"
      const order = { symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: 0.01, price: "80000" }
      const [placed, wrong, named] = yield* answer("POST", path, {
        batchOrders: JSON.stringify([
          order,
          { ...order, symbol: "NOPE" },
          { ...order, reduceOnly: false, newClientOrderId: "mine" }
        ])
      })
      assert.deepInclude(placed, { status: "NEW", origQty: "0.010" })
      assert.deepStrictEqual(wrong, { code: -1121n, msg: "Invalid symbol." })
      const cancel = (ids: { readonly [name: string]: string }) =>
        Effect.map(answer("DELETE", path, { symbol, ...ids }), (rows) =>
          rows.map(({ code, status }: Row) => status ?? Number(code))
        )
      const { orderId } = placed
      assert.deepStrictEqual(yield* cancel({ orderIdList: `[${orderId},1]` }), ["CANCELED", -2011])
      assert.strictEqual(named.clientOrderId, "mine")
      assert.deepStrictEqual(yield* cancel({ origClientOrderIdList: '["mine"]' }), ["CANCELED"])
      for (const batchOrders of ["no list", "[]", "{}", JSON.stringify(Array.from({ length: 6 }, () => order))]) {
        assert.deepStrictEqual(yield* refusal("POST", path, { batchOrders }), [
          400,
          -1130,
          "Data sent for parameter 'batchOrders' is not valid."
        ])
      }
      assert.strictEqual((yield* refusal("POST", path))[1], -1102)
      const { orders } = yield* binance.book({ product: "UsdFutures" })
      assert.lengthOf(orders, 2)
    }).pipe(Effect.provide(SimulatedBinance.layerMemory({ firstId: "9007199254740993" })))
  )
})

describe("COIN-M prices", () => {
  it.effect("averages are those that were traded at, whatever coins are cut to", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const product = "CoinFutures"
      const symbol = "BTCUSD_PERP"
      const order = { product, symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", price: "89000" } as const
      const entry = Effect.map(answer("GET", "/dapi/v1/positionRisk"), (rows: ReadonlyArray<Row>) => {
        const row = rows.find((each) => each.symbol === symbol)!
        return [row.positionAmt, row.entryPrice]
      })
      yield* binance.deposit({ product, asset: "BTC", amount: "1" })
      const first = yield* binance.placeOrder({ ...order, quantity: "10" })
      yield* binance.fill({ product, ...first, quantity: "3" })
      yield* binance.fill({ product, ...first })
      assert.deepInclude(yield* answer("GET", "/dapi/v1/order", { symbol, orderId: first.orderId }), {
        avgPrice: "89000"
      })
      assert.deepStrictEqual(yield* entry, ["10", "89000"])
      const sell = { ...order, side: "SELL", price: "95000" } as const
      yield* binance.fill({ product, ...(yield* binance.placeOrder({ ...sell, quantity: "3" })) })
      assert.deepStrictEqual(yield* entry, ["7", "89000"])
      yield* binance.fill({ product, ...(yield* binance.placeOrder({ ...sell, quantity: "12" })) })
      assert.deepStrictEqual(yield* entry, ["-5", "95000"])
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )
})

describe.each(frontEnds)("a stream at an address that Binance serves no longer, $name", ({ layer }) => {
  it.scoped("is silent, and that is a violation", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { listenKey } = yield* answer("POST", "/fapi/v1/listenKey")
      yield* connect(`/private/ws/${listenKey}`)
      assert.deepStrictEqual((yield* binance.counters).violations.map(({ kind }) => kind).filter(isRoute), [])
      yield* connect(`/ws/${listenKey}`)
      const violations = (yield* binance.counters).violations.filter(({ kind }) => isRoute(kind))
      assert.deepStrictEqual(
        violations.map(({ detail }) => detail),
        ["UsdFutures at /ws: it stays silent"]
      )
    }).pipe(Effect.provide(layer()))
  )
})

const isRoute = (kind: string) => kind === "WrongRoute"
