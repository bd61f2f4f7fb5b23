import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { answer, type Row, refusal, signed } from "./harness.js"

const limit = { symbol: "BTCUSDT", side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.010", price: "80000" }
const funded = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  yield* binance.deposit({ product: "Spot", asset: "USDT", amount: "10000" })
  yield* binance.deposit({ product: "UsdFutures", asset: "USDT", amount: "10000" })
  yield* binance.deposit({ product: "CoinFutures", asset: "BTC", amount: "1" })
  return binance
})

const smallest = (quantity: string) => (quantity === "10" ? "1" : "0.001")

const futures = [
  { product: "UsdFutures", path: "/fapi", symbol: "BTCUSDT", other: "ETHUSDT", asset: "USDT", quantity: "0.010" },
  { product: "CoinFutures", path: "/dapi", symbol: "BTCUSD_PERP", other: "ETHUSD_PERP", asset: "BTC", quantity: "10" }
] as const

describe("markets", () => {
  it.scoped("what can be traded has the filters that orders are held to", () =>
    Effect.gen(function* () {
      for (const [path, symbol] of [
        ["/api/v3", "BTCUSDT"],
        ["/fapi/v1", "BTCUSDT"],
        ["/dapi/v1", "BTCUSD_PERP"]
      ] as const) {
        const { rateLimits, symbols } = yield* answer("GET", `${path}/exchangeInfo`)
        const found = symbols.find((row: Row) => row.symbol === symbol)
        assert.isAbove(Number(rateLimits[0].limit), 0)
        assert.include(["TRADING"], found.status ?? found.contractStatus)
        const tick = found.filters.find((filter: Row) => filter.filterType === "PRICE_FILTER").tickSize
        const order = { ...limit, symbol, quantity: symbol === "BTCUSDT" ? "0.010" : "10" }
        const price = (80_000 + Number(tick) / 2).toString()
        assert.strictEqual((yield* refusal("POST", `${path}/order`, { ...order, price }))[0], 400)
      }
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.scoped("prices are those that the test sets, of one symbol and of all", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.setPrice({ product: "Spot", symbol: "BTCUSDT", price: "91000" })
      yield* binance.setPrice({ product: "UsdFutures", symbol: "BTCUSDT", price: "92000", markPrice: "92001" })
      yield* binance.setPrice({ product: "CoinFutures", symbol: "BTCUSD_PERP", price: "93000", markPrice: "93001" })
      assert.strictEqual(Number((yield* answer("GET", "/api/v3/ticker/price", { symbol: "BTCUSDT" })).price), 91_000)
      assert.strictEqual(Number((yield* answer("GET", "/fapi/v1/ticker/price", { symbol: "BTCUSDT" })).price), 92_000)
      for (const [path, symbol, mark] of [
        ["/fapi/v1", "BTCUSDT", 92_001],
        ["/dapi/v1", "BTCUSD_PERP", 93_001]
      ] as const) {
        const rows = yield* answer("GET", `${path}/premiumIndex`)
        assert.strictEqual(Number(rows.find((row: Row) => row.symbol === symbol).markPrice), mark)
        assert.strictEqual((yield* refusal("GET", `${path}/premiumIndex`, { symbol: "NOPE" }))[1], -1121)
      }
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )
})

describe("spot", () => {
  it.scoped("an order is tested without a trace, replaced, and all that is left is cancelled", () =>
    Effect.gen(function* () {
      yield* funded
      assert.deepStrictEqual(yield* answer("POST", "/api/v3/order/test", limit), {})
      assert.lengthOf(yield* answer("GET", "/api/v3/openOrders"), 0)
      const placed = yield* answer("POST", "/api/v3/order", limit)
      const replace = { ...limit, price: "81000", cancelReplaceMode: "STOP_ON_FAILURE" }
      const replaced = yield* answer("POST", "/api/v3/order/cancelReplace", {
        ...replace,
        cancelOrderId: placed.orderId,
        newClientOrderId: "next"
      })
      assert.deepStrictEqual([replaced.cancelResult, replaced.newOrderResult], ["SUCCESS", "SUCCESS"])
      assert.strictEqual(replaced.cancelResponse.orderId, placed.orderId)
      const [stopped, code] = yield* refusal("POST", "/api/v3/order/cancelReplace", {
        ...replace,
        cancelOrigClientOrderId: "nobody"
      })
      assert.deepStrictEqual([stopped, code], [400, -2022])
      const [failed, both] = yield* refusal("POST", "/api/v3/order/cancelReplace", {
        ...replace,
        cancelReplaceMode: "ALLOW_FAILURE",
        cancelOrigClientOrderId: "nobody",
        quantity: "1000"
      })
      assert.deepStrictEqual([failed, both], [400, -2022])
      const [half, one] = yield* refusal("POST", "/api/v3/order/cancelReplace", {
        ...replace,
        cancelOrigClientOrderId: "next",
        quantity: "1000"
      })
      assert.deepStrictEqual([half, one], [409, -2021])
      yield* answer("POST", "/api/v3/order", limit)
      yield* answer("POST", "/api/v3/order", limit)
      const canceled = yield* answer("DELETE", "/api/v3/openOrders", { symbol: "BTCUSDT" })
      assert.deepStrictEqual(
        canceled.map((row: Row) => row.status),
        ["CANCELED", "CANCELED"]
      )
      assert.strictEqual((yield* refusal("DELETE", "/api/v3/openOrders", { symbol: "BTCUSDT" }))[1], -2011)
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.scoped("an order is amended, and its history tells from what to what", () =>
    Effect.gen(function* () {
      yield* funded
      const { orderId } = yield* answer("POST", "/api/v3/order", limit)
      const amendment = { symbol: "BTCUSDT", orderId, newQty: "0.006", newClientOrderId: "smaller" }
      const { amendedOrder } = yield* answer("PUT", "/api/v3/order/amend/keepPriority", amendment)
      assert.deepInclude(amendedOrder, { orderId, qty: "0.00600000", clientOrderId: "smaller" })
      const [row] = yield* answer("GET", "/api/v3/order/amendments", { symbol: "BTCUSDT", orderId })
      assert.deepInclude(row, { origQty: "0.01000000", newQty: "0.00600000", newClientOrderId: "smaller" })
      assert.strictEqual((yield* refusal("PUT", "/api/v3/order/amend/keepPriority", amendment))[1], -2038)
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.scoped("an order list is placed, listed, found by its ids and cancelled as one", () =>
    Effect.gen(function* () {
      const binance = yield* funded
      yield* binance.deposit({ product: "Spot", asset: "BTC", amount: "1" })
      const list = yield* answer("POST", "/api/v3/orderList/oco", {
        symbol: "BTCUSDT",
        side: "SELL",
        quantity: "0.01",
        aboveType: "LIMIT_MAKER",
        abovePrice: "120000",
        belowType: "STOP_LOSS",
        belowStopPrice: "70000",
        listClientOrderId: "both"
      })
      assert.lengthOf(list.orderReports, 2)
      const { orderListId } = list
      assert.lengthOf(yield* answer("GET", "/api/v3/openOrderList"), 1)
      const found = yield* answer("GET", "/api/v3/orderList", { orderListId })
      assert.deepStrictEqual(found, yield* answer("GET", "/api/v3/orderList", { origClientOrderId: "both" }))
      assert.strictEqual(found.listOrderStatus, "EXECUTING")
      const canceled = yield* answer("DELETE", "/api/v3/orderList", { symbol: "BTCUSDT", orderListId })
      assert.strictEqual(canceled.listOrderStatus, "ALL_DONE")
      assert.strictEqual((yield* refusal("DELETE", "/api/v3/orderList", { symbol: "BTCUSDT", orderListId }))[1], -2011)
      assert.lengthOf(yield* answer("GET", "/api/v3/openOrderList"), 0)
      assert.lengthOf(yield* answer("GET", "/api/v3/allOrderList", { fromId: orderListId }), 1)
      const both = { fromId: orderListId, startTime: 1 }
      assert.strictEqual((yield* refusal("GET", "/api/v3/allOrderList", both))[1], -1128)
      assert.strictEqual((yield* refusal("GET", "/api/v3/orderList", { orderListId: 1 }))[1], -2018)
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.scoped("fees, limits and what does not happen here are told", () =>
    Effect.gen(function* () {
      const commission = yield* answer("GET", "/api/v3/account/commission", { symbol: "BTCUSDT" })
      const [fee] = yield* answer("GET", "/sapi/v1/asset/tradeFee", { symbol: "BTCUSDT" })
      assert.strictEqual(Number(commission.standardCommission.maker), Number(fee.makerCommission))
      assert.lengthOf(yield* answer("GET", "/api/v3/rateLimit/order"), 2)
      for (const path of [
        "/api/v3/myAllocations",
        "/sapi/v1/capital/config/getall",
        "/sapi/v1/margin/allPairs",
        "/sapi/v1/margin/isolated/allPairs"
      ]) {
        assert.deepStrictEqual(yield* answer("GET", path, { symbol: "BTCUSDT" }), [])
      }
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )
})

describe("transfers", () => {
  it.scoped("what leaves one product arrives in the other", () =>
    Effect.gen(function* () {
      const binance = yield* funded
      const transfer = { type: "MAIN_UMFUTURE", asset: "USDT", amount: "1000" }
      const first = yield* answer("POST", "/sapi/v1/asset/transfer", transfer)
      const second = yield* answer("POST", "/sapi/v1/asset/transfer", { ...transfer, type: "UMFUTURE_MAIN" })
      assert.notStrictEqual(first.tranId, second.tranId)
      yield* answer("POST", "/sapi/v1/asset/transfer", {
        ...transfer,
        type: "CMFUTURE_MAIN",
        asset: "BTC",
        amount: "1"
      })
      const spot = yield* binance.book({ product: "Spot" })
      assert.deepStrictEqual(
        spot.balances.map(({ asset, total }) => [asset, Number(total)]),
        [
          ["USDT", 10_000],
          ["BTC", 1]
        ]
      )
      assert.strictEqual((yield* refusal("POST", "/sapi/v1/asset/transfer", { ...transfer, type: "MAIN" }))[1], -1130)
      const tooMuch = { ...transfer, amount: "1000000" }
      assert.strictEqual((yield* signed("POST", "/sapi/v1/asset/transfer", tooMuch)).status, 400)
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )
})

describe.each(futures)("$product", ({ asset, other, path, product, quantity, symbol }) => {
  const order = { ...limit, symbol, quantity }

  it.scoped("an order is tested without a trace, asked for while it is open, and all are cancelled", () =>
    Effect.gen(function* () {
      yield* funded
      assert.deepStrictEqual(yield* answer("POST", `${path}/v1/order/test`, order), {})
      const { orderId } = yield* answer("POST", `${path}/v1/order`, order)
      yield* answer("POST", `${path}/v1/order`, order)
      assert.lengthOf(yield* answer("GET", `${path}/v1/openOrders`, { symbol }), 2)
      assert.lengthOf(yield* answer("GET", `${path}/v1/openOrders`, { symbol: other }), 0)
      assert.strictEqual((yield* answer("GET", `${path}/v1/openOrder`, { symbol, orderId })).status, "NEW")
      assert.strictEqual(Number((yield* answer("DELETE", `${path}/v1/allOpenOrders`, { symbol })).code), 200)
      assert.strictEqual((yield* refusal("GET", `${path}/v1/openOrder`, { symbol, orderId }))[1], -2013)
      assert.strictEqual((yield* answer("GET", `${path}/v1/order`, { symbol, orderId })).status, "CANCELED")
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.scoped("algo orders are asked for by either id, and cancelled alone and together", () =>
    Effect.gen(function* () {
      const binance = yield* funded
      yield* binance.placeOrder({ product, symbol, side: "BUY", type: "MARKET", quantity })
      const stop = {
        algoType: "CONDITIONAL",
        symbol,
        side: "SELL",
        type: "STOP_MARKET",
        triggerPrice: "50000",
        quantity
      }
      const ids: Array<bigint> = []
      for (const clientAlgoId of ["one", "two", "three"]) {
        ids.push((yield* answer("POST", `${path}/v1/algoOrder`, { ...stop, clientAlgoId })).algoId)
      }
      const found = yield* answer("GET", `${path}/v1/algoOrder`, { clientAlgoId: "two" })
      assert.strictEqual(found.algoId, ids[1])
      assert.strictEqual((yield* refusal("GET", `${path}/v1/algoOrder`))[1], -1102)
      assert.strictEqual((yield* refusal("GET", `${path}/v1/algoOrder`, { algoId: 1 }))[1], -2013)
      yield* answer("DELETE", `${path}/v1/algoOrder`, { algoId: ids[0]! })
      assert.strictEqual((yield* refusal("DELETE", `${path}/v1/algoOrder`, { algoId: ids[0]! }))[1], -2011)
      assert.lengthOf(yield* answer("GET", `${path}/v1/openAlgoOrders`), 2)
      yield* answer("DELETE", `${path}/v1/algoOpenOrders`, { symbol })
      assert.lengthOf(yield* answer("GET", `${path}/v1/openAlgoOrders`, { symbol }), 0)
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.scoped("a trailing stop follows the best price, and goes off at its distance", () =>
    Effect.gen(function* () {
      const binance = yield* funded
      const market = { product, symbol }
      yield* binance.setPrice({ ...market, price: "90000" })
      yield* binance.placeOrder({ ...market, side: "BUY", type: "MARKET", quantity })
      yield* binance.placeAlgoOrder({
        ...market,
        side: "SELL",
        type: "TRAILING_STOP_MARKET",
        quantity,
        activatePrice: "95000",
        callbackRate: "1",
        reduceOnly: true
      })
      const isOpen = Effect.map(binance.book({ product }), ({ positions }) => positions.length === 1)
      for (const [price, open] of [
        ["80000", true],
        ["95000", true],
        ["100000", true],
        ["99500", true],
        ["98900", false]
      ] as const) {
        yield* binance.setPrice({ ...market, price })
        assert.strictEqual(yield* isOpen, open, price)
      }
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.scoped("leverage, margin and modes are set and told", () =>
    Effect.gen(function* () {
      const binance = yield* funded
      const leverage = yield* answer("POST", `${path}/v1/leverage`, { symbol, leverage: 7 })
      assert.strictEqual(Number(leverage.leverage), 7)
      assert.strictEqual((yield* refusal("POST", `${path}/v1/leverage`, { symbol, leverage: 126 }))[1], -4028)
      yield* answer("POST", `${path}/v1/marginType`, { symbol, marginType: "ISOLATED" })
      const margin = { symbol, amount: product === "UsdFutures" ? "50" : "0.001", type: 1 }
      assert.strictEqual((yield* refusal("POST", `${path}/v1/positionMargin`, margin))[1], -4046)
      yield* binance.placeOrder({ product, symbol, side: "BUY", type: "MARKET", quantity })
      const wallet = Effect.map(binance.book({ product }), ({ positions }) => Number(positions[0]!.isolatedWallet))
      const before = yield* wallet
      yield* answer("POST", `${path}/v1/positionMargin`, margin)
      assert.closeTo(yield* wallet, before + Number(margin.amount), 1e-9)
      yield* answer("POST", `${path}/v1/positionMargin`, { ...margin, type: 2 })
      assert.closeTo(yield* wallet, before, 1e-9)
      const tooMuch = { ...margin, amount: "1000000" }
      assert.strictEqual((yield* refusal("POST", `${path}/v1/positionMargin`, tooMuch))[1], -4051)
      const [risk] = yield* answer("GET", `${path}/v1/positionRisk`, { symbol })
      assert.deepStrictEqual([Number(risk.leverage), risk.marginType], [7, "isolated"])
      assert.isFalse((yield* answer("GET", `${path}/v1/positionSide/dual`)).dualSidePosition)
      const rate = yield* answer("GET", `${path}/v1/commissionRate`, { symbol })
      assert.isAbove(Number(rate.takerCommissionRate), 0)
      const brackets = yield* answer("GET", `${path}/v1/leverageBracket`)
      assert.include(
        brackets.map((row: Row) => row.symbol),
        symbol
      )
      const balances = yield* answer("GET", `${path}/v1/balance`)
      assert.include(
        balances.map((row: Row) => row.asset),
        asset
      )
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.scoped("hedge mode is switched while nothing is open", () =>
    Effect.gen(function* () {
      yield* funded
      yield* answer("POST", `${path}/v1/positionSide/dual`, { dualSidePosition: true })
      assert.isTrue((yield* answer("GET", `${path}/v1/positionSide/dual`)).dualSidePosition)
      yield* answer("POST", `${path}/v1/order`, { ...order, positionSide: "LONG" })
      const [status] = yield* refusal("POST", `${path}/v1/positionSide/dual`, { dualSidePosition: false })
      assert.strictEqual(status, 400)
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )
})

describe.each(futures)("$product refuses", ({ path, product, quantity, symbol }) => {
  const order = { ...limit, symbol, quantity }

  it.scoped("what cannot be placed or changed, and says which it is", () =>
    Effect.gen(function* () {
      const binance = yield* funded
      const placed = yield* answer("POST", `${path}/v1/order`, { ...order, newClientOrderId: "mine" })
      const change = { symbol, orderId: placed.orderId, side: "BUY", quantity, price: "81000" }
      const code = (...call: Parameters<typeof refusal>) => Effect.map(refusal(...call), ([, code]) => code)
      const codes = yield* Effect.all([
        code("POST", `${path}/v1/order`, { ...order, newClientOrderId: "mine" }),
        code("POST", `${path}/v1/order`, { ...order, price: "" }),
        code("POST", `${path}/v1/order`, { ...order, timeInForce: "GTD", goodTillDate: 1 }),
        code("POST", `${path}/v1/order`, { ...order, price: "80000.05" }),
        code("PUT", `${path}/v1/order`, { ...change, side: "SELL" }),
        code("PUT", `${path}/v1/order`, { ...change, price: "80000" }),
        code("PUT", `${path}/v1/order`, { symbol, side: "BUY", quantity, price: "81000" }),
        code("PUT", `${path}/v1/order`, { ...change, price: "" }),
        code("GET", `${path}/v1/userTrades`, { symbol, fromId: 1, startTime: 1 })
      ])
      assert.deepStrictEqual(codes, [-4116, -1102, -5040, -1111, -1117, -5027, -1102, -1102, -1128])
      yield* binance.fill({ product, symbol, orderId: String(placed.orderId), quantity: smallest(quantity) })
      const ended = yield* answer("PUT", `${path}/v1/order`, { ...change, quantity: smallest(quantity) })
      assert.strictEqual(ended.status, "CANCELED")
      const poster = yield* answer("POST", `${path}/v1/order`, { ...order, timeInForce: "GTX" })
      const taking = { ...change, orderId: poster.orderId, price: "150000" }
      assert.strictEqual((yield* answer("PUT", `${path}/v1/order`, taking)).status, "EXPIRED")
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.scoped("a good-till-date order ends at its date", () =>
    Effect.gen(function* () {
      const binance = yield* funded
      const goodTillDate = (yield* binance.serverTime) + 20 * 60_000
      const { orderId } = yield* answer("POST", `${path}/v1/order`, { ...order, timeInForce: "GTD", goodTillDate })
      yield* TestClock.adjust("21 minutes")
      assert.strictEqual((yield* answer("GET", `${path}/v1/order`, { symbol, orderId })).status, "EXPIRED")
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.scoped("changes of margin are listed by their kind", () =>
    Effect.gen(function* () {
      const binance = yield* funded
      yield* answer("POST", `${path}/v1/marginType`, { symbol, marginType: "ISOLATED" })
      yield* binance.placeOrder({ product, symbol, side: "BUY", type: "MARKET", quantity })
      const amount = product === "UsdFutures" ? "50" : "0.001"
      yield* answer("POST", `${path}/v1/positionMargin`, { symbol, amount, type: 1 })
      yield* answer("POST", `${path}/v1/positionMargin`, { symbol, amount, type: 2 })
      const count = (parameters: object) =>
        Effect.map(answer("GET", `${path}/v1/positionMargin/history`, { symbol, ...parameters }), (rows) => rows.length)
      assert.deepStrictEqual([yield* count({}), yield* count({ type: 1 }), yield* count({ type: 2 })], [2, 1, 1])
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )
})
