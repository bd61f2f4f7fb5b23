import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { refusal, signed } from "./harness.js"

const limit = { symbol: "BTCUSDT", side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.010", price: "80000" }
const isolated = { ...limit, isIsolated: "TRUE" }
const coinLimit = { ...limit, symbol: "BTCUSD_PERP", quantity: "10" }
const optionLimit = { ...limit, symbol: "BTC-261225-100000-C", quantity: "0.10", price: "1500" }
const day = 24 * 60 * 60 * 1000

const table = [
  ["unknown symbol", "POST", "/api/v3/order", { ...limit, symbol: "NOPE" }, 400, -1121, "Invalid symbol."],
  ["unknown symbol", "POST", "/fapi/v1/order", { ...limit, symbol: "NOPE" }, 400, -1121, "Invalid symbol."],
  ["unknown symbol", "POST", "/dapi/v1/order", { ...limit, symbol: "NOPE" }, 400, -1121, "Invalid symbol."],
  ["unknown symbol of open orders", "GET", "/dapi/v1/openOrders", { symbol: "NOPE" }, 400, -1121, "Invalid symbol."],
  ["price off the grid", "POST", "/api/v3/order", { ...limit, price: "80000.001" }, 400, -1013, "PRICE_FILTER"],
  ["quantity off the grid", "POST", "/api/v3/order", { ...limit, quantity: "0.010001" }, 400, -1013, "LOT_SIZE"],
  ["too precise", "POST", "/api/v3/order", { ...limit, quantity: "0.0100000001" }, 400, -1111, "too much precision"],
  ["too precise", "POST", "/fapi/v1/order", { ...limit, quantity: "0.0101" }, 400, -1111, "Precision is over"],
  ["too precise", "POST", "/dapi/v1/order", { ...coinLimit, price: "80000.01" }, 400, -1111, "Precision is over"],
  ["too small", "POST", "/api/v3/order", { ...limit, quantity: "0.00001" }, 400, -1013, "NOTIONAL"],
  [
    "too small",
    "POST",
    "/fapi/v1/order",
    { ...limit, symbol: "XRPUSDT", quantity: "1", price: "1" },
    400,
    -4164,
    "notional"
  ],
  [
    "no quantity",
    "POST",
    "/fapi/v1/order",
    { ...limit, quantity: "0" },
    400,
    -4003,
    "Quantity less than or equal to zero."
  ],
  ["no text", "POST", "/api/v3/order", { ...limit, quantity: "a lot" }, 400, -1100, "'quantity'"],
  ["insufficient balance", "POST", "/api/v3/order", limit, 400, -2010, "insufficient balance"],
  ["insufficient margin", "POST", "/fapi/v1/order", limit, 400, -2019, "Margin is insufficient."],
  ["insufficient margin", "POST", "/dapi/v1/order", coinLimit, 400, -2019, "Margin is insufficient."],
  [
    "reduce-only without position",
    "POST",
    "/fapi/v1/order",
    { ...limit, reduceOnly: true },
    400,
    -2022,
    "ReduceOnly Order is rejected."
  ],
  [
    "reduce-only without position",
    "POST",
    "/dapi/v1/order",
    { ...coinLimit, reduceOnly: true },
    400,
    -2022,
    "ReduceOnly Order is rejected."
  ],
  [
    "position side of the other mode",
    "POST",
    "/fapi/v1/order",
    { ...limit, positionSide: "LONG" },
    400,
    -4061,
    "position side"
  ],
  ["missing price", "POST", "/api/v3/order", { ...limit, price: "" }, 400, -1102, "'price'"],
  ["missing symbol", "GET", "/fapi/v1/userTrades", {}, 400, -1102, "'symbol'"],
  ["unknown side", "POST", "/api/v3/order", { ...limit, side: "HOLD" }, 400, -1117, "Invalid side."],
  ["unknown type", "POST", "/fapi/v1/order", { ...limit, type: "NOPE" }, 400, -1116, "Invalid orderType."],
  [
    "unknown time in force",
    "POST",
    "/api/v3/order",
    { ...limit, timeInForce: "NOPE" },
    400,
    -1115,
    "Invalid timeInForce."
  ],
  [
    "conditional type at the wrong call",
    "POST",
    "/fapi/v1/order",
    { ...limit, type: "STOP_MARKET" },
    400,
    -4120,
    "Algo Order API"
  ],
  [
    "algo order that would trigger",
    "POST",
    "/fapi/v1/algoOrder",
    {
      algoType: "CONDITIONAL",
      symbol: "BTCUSDT",
      side: "SELL",
      type: "STOP_MARKET",
      quantity: "1",
      triggerPrice: "99000"
    },
    400,
    -2021,
    "Order would immediately trigger."
  ],
  [
    "cancel of nothing",
    "DELETE",
    "/api/v3/order",
    { symbol: "BTCUSDT", orderId: 1 },
    400,
    -2011,
    "Unknown order sent."
  ],
  [
    "cancel of nothing",
    "DELETE",
    "/fapi/v1/order",
    { symbol: "BTCUSDT", orderId: 1 },
    400,
    -2011,
    "Unknown order sent."
  ],
  ["query of nothing", "GET", "/api/v3/order", { symbol: "BTCUSDT", orderId: 1 }, 400, -2013, "Order does not exist."],
  [
    "query of nothing",
    "GET",
    "/dapi/v1/order",
    { symbol: "BTCUSD_PERP", orderId: 1 },
    400,
    -2013,
    "Order does not exist."
  ],
  ["query of no order", "GET", "/api/v3/order", { symbol: "BTCUSDT" }, 400, -1102, "origClientOrderId"],
  [
    "window",
    "GET",
    "/api/v3/allOrders",
    { symbol: "BTCUSDT", startTime: 0, endTime: day + 1 },
    400,
    -1127,
    "More than 24 hours between startTime and endTime."
  ],
  [
    "window",
    "GET",
    "/api/v3/myTrades",
    { symbol: "BTCUSDT", startTime: 0, endTime: day + 1 },
    400,
    -1127,
    "More than 24 hours between startTime and endTime."
  ],
  [
    "window",
    "GET",
    "/fapi/v1/userTrades",
    { symbol: "BTCUSDT", startTime: 0, endTime: 7 * day + 1 },
    400,
    -1127,
    "Lookup interval is too big."
  ],
  [
    "window",
    "GET",
    "/dapi/v1/allOrders",
    { pair: "BTCUSD", startTime: 0, endTime: 7 * day + 1 },
    400,
    -4088,
    "Maximum time interval is 7 days."
  ],
  [
    "times and ids",
    "GET",
    "/api/v3/myTrades",
    { symbol: "BTCUSDT", startTime: 0, fromId: 1 },
    400,
    -1128,
    "Combination of optional parameters invalid."
  ],
  [
    "leverage",
    "POST",
    "/fapi/v1/leverage",
    { symbol: "BTCUSDT", leverage: 126 },
    400,
    -4028,
    "Leverage 126 is not valid"
  ],
  [
    "same mode",
    "POST",
    "/fapi/v1/positionSide/dual",
    { dualSidePosition: false },
    400,
    -4059,
    "No need to change position side."
  ],
  ["unknown symbol", "POST", "/sapi/v1/margin/order", { ...limit, symbol: "NOPE" }, 400, -1121, "Invalid symbol."],
  ["isolated without symbol", "GET", "/sapi/v1/margin/openOrders", { isIsolated: "TRUE" }, 400, -1102, "'symbol'"],
  ["price off the grid", "POST", "/sapi/v1/margin/order", { ...limit, price: "80000.001" }, 400, -1013, "PRICE_FILTER"],
  [
    "too precise",
    "POST",
    "/sapi/v1/margin/order",
    { ...limit, quantity: "0.0100000001" },
    400,
    -1111,
    "too much precision"
  ],
  ["insufficient balance", "POST", "/sapi/v1/margin/order", limit, 400, -2010, "insufficient balance"],
  [
    "more than may be borrowed",
    "POST",
    "/sapi/v1/margin/order",
    { ...limit, sideEffectType: "MARGIN_BUY" },
    400,
    -3006,
    "Your borrow amount has exceed maximum borrow amount."
  ],
  [
    "unknown side effect",
    "POST",
    "/sapi/v1/margin/order",
    { ...limit, sideEffectType: "NOPE" },
    400,
    -1130,
    "'sideEffectType'"
  ],
  [
    "more than may be borrowed",
    "POST",
    "/sapi/v1/margin/borrow-repay",
    { asset: "USDT", amount: "1", type: "BORROW" },
    400,
    -3006,
    "Your borrow amount has exceed maximum borrow amount."
  ],
  [
    "nothing borrowed",
    "POST",
    "/sapi/v1/margin/borrow-repay",
    { asset: "USDT", amount: "0", type: "BORROW" },
    400,
    -1130,
    "'amount'"
  ],
  [
    "neither borrowed nor repaid",
    "POST",
    "/sapi/v1/margin/borrow-repay",
    { asset: "USDT", amount: "1", type: "NOPE" },
    400,
    -1102,
    "'type'"
  ],
  [
    "more than is owed",
    "POST",
    "/sapi/v1/margin/borrow-repay",
    { asset: "USDT", amount: "1", type: "REPAY" },
    400,
    -3015,
    "Repay amount exceeds borrow amount."
  ],
  [
    "no asset of margin",
    "POST",
    "/sapi/v1/margin/borrow-repay",
    { asset: "NOPE", amount: "1", type: "BORROW" },
    400,
    -3027,
    "Not a valid margin asset."
  ],
  [
    "an asset that the isolated account does not take",
    "POST",
    "/sapi/v1/asset/transfer",
    { type: "MAIN_ISOLATED_MARGIN", toSymbol: "BTCUSDT", asset: "ETH", amount: "1" },
    400,
    -3027,
    "Not a valid margin asset."
  ],
  [
    "more than there is",
    "POST",
    "/sapi/v1/asset/transfer",
    { type: "MARGIN_MAIN", asset: "USDT", amount: "1" },
    400,
    -3041,
    "Balance is not enough"
  ],
  [
    "query of nothing",
    "GET",
    "/sapi/v1/margin/order",
    { symbol: "BTCUSDT", orderId: 1 },
    400,
    -2013,
    "Order does not exist."
  ],
  [
    "window",
    "GET",
    "/sapi/v1/margin/allOrders",
    { symbol: "BTCUSDT", startTime: 0, endTime: day + 1 },
    400,
    -1127,
    "More than 24 hours between startTime and endTime."
  ],
  [
    "window",
    "GET",
    "/sapi/v1/margin/capital-flow",
    { startTime: 0, endTime: 7 * day + 1 },
    400,
    -4047,
    "Time interval must be within 0-7 days"
  ],
  [
    "window",
    "GET",
    "/sapi/v1/margin/interestHistory",
    { startTime: 0, endTime: 30 * day + 1 },
    400,
    -3011,
    "Your input date is invalid."
  ],
  ["neither time nor id", "GET", "/sapi/v1/margin/borrow-repay", { type: "BORROW" }, 400, -1102, "'startTime'"],
  ["no type", "GET", "/sapi/v1/margin/borrow-repay", { startTime: 0 }, 400, -1102, "'type'"],
  ["too many symbols", "GET", "/sapi/v1/margin/isolated/account", { symbols: "A,B,C,D,E,F" }, 400, -1130, "'symbols'"],
  ["unknown symbol", "POST", "/eapi/v1/order", { ...optionLimit, symbol: "NOPE" }, 400, -1128, "Invalid symbol."],
  ["unknown symbol of trades", "GET", "/eapi/v1/userTrades", { symbol: "NOPE" }, 400, -1128, "Invalid symbol."],
  ["too precise", "POST", "/eapi/v1/order", { ...optionLimit, price: "1.0001" }, 400, -4029, "Tick size precision"],
  ["too precise", "POST", "/eapi/v1/order", { ...optionLimit, quantity: "0.001" }, 400, -4030, "Step size precision"],
  ["insufficient balance", "POST", "/eapi/v1/order", optionLimit, 400, -2018, "Balance is insufficient."],
  [
    "insufficient margin of a short",
    "POST",
    "/eapi/v1/order",
    { ...optionLimit, side: "SELL" },
    400,
    -2027,
    "Option margin is insufficient."
  ],
  ["unknown type", "POST", "/eapi/v1/order", { ...optionLimit, type: "MARKET" }, 400, -1116, "Invalid orderType."],
  [
    "reduce-only without position",
    "POST",
    "/eapi/v1/order",
    { ...optionLimit, reduceOnly: true },
    400,
    -2022,
    "ReduceOnly Order is rejected."
  ],
  [
    "query of nothing",
    "GET",
    "/eapi/v1/order",
    { symbol: optionLimit.symbol, orderId: 1 },
    400,
    -2013,
    "Order does not exist."
  ],
  ["start after end", "GET", "/eapi/v1/bill", { currency: "USDT", startTime: 2, endTime: 1 }, 400, -6031, "Start time"],
  [
    "window",
    "GET",
    "/eapi/v1/bill",
    { currency: "USDT", startTime: 0, endTime: 90 * day + 1 },
    400,
    -6030,
    "Invalid time interval."
  ],
  ["unknown symbol", "POST", "/papi/v1/um/order", { ...limit, symbol: "NOPE" }, 400, -1121, "Invalid symbol."],
  ["unknown symbol", "POST", "/papi/v1/margin/order", { ...limit, symbol: "NOPE" }, 400, -1121, "Invalid symbol."],
  ["too precise", "POST", "/papi/v1/um/order", { ...limit, quantity: "0.0101" }, 400, -1111, "Precision is over"],
  ["too precise", "POST", "/papi/v1/cm/order", { ...coinLimit, price: "80000.01" }, 400, -1111, "Precision is over"],
  ["insufficient margin", "POST", "/papi/v1/um/order", limit, 400, -2019, "Margin is insufficient."],
  ["insufficient margin", "POST", "/papi/v1/cm/order", coinLimit, 400, -2019, "Margin is insufficient."],
  ["insufficient balance", "POST", "/papi/v1/margin/order", limit, 400, -2010, "insufficient balance"],
  [
    "more than may be borrowed",
    "POST",
    "/papi/v1/marginLoan",
    { asset: "USDT", amount: "1" },
    400,
    -3006,
    "Your borrow amount has exceed maximum borrow amount."
  ],
  ["no asset", "GET", "/papi/v1/margin/marginLoan", {}, 400, -1102, "'asset'"],
  [
    "query of nothing",
    "GET",
    "/papi/v1/cm/conditional/orderHistory",
    { symbol: "BTCUSD_PERP", strategyId: 1 },
    400,
    -2013,
    "Order does not exist."
  ],
  [
    "window",
    "GET",
    "/papi/v1/um/userTrades",
    { symbol: "BTCUSDT", startTime: 0, endTime: 7 * day + 1 },
    400,
    -1127,
    "Lookup interval is too big."
  ],
  [
    "window",
    "GET",
    "/papi/v1/margin/marginInterestHistory",
    { startTime: 0, endTime: 30 * day + 1 },
    400,
    -3011,
    "Your input date is invalid."
  ],
  ["unknown symbol", "POST", "/papi/v1/cm/order", { ...coinLimit, symbol: "NOPE" }, 400, -1121, "Invalid symbol."],
  [
    "too precise",
    "POST",
    "/papi/v1/margin/order",
    { ...limit, quantity: "0.0100000001" },
    400,
    -1111,
    "too much precision"
  ],
  [
    "reduce-only without position",
    "POST",
    "/papi/v1/um/order",
    { ...limit, reduceOnly: true },
    400,
    -2022,
    "ReduceOnly Order is rejected."
  ],
  [
    "reduce-only without position",
    "POST",
    "/papi/v1/cm/order",
    { ...coinLimit, reduceOnly: true },
    400,
    -2022,
    "ReduceOnly Order is rejected."
  ],
  [
    "window",
    "GET",
    "/papi/v1/margin/myTrades",
    { symbol: "BTCUSDT", startTime: 0, endTime: day + 1 },
    400,
    -1127,
    "More than 24 hours between startTime and endTime."
  ],
  [
    "window",
    "GET",
    "/fapi/v1/allOrders",
    { symbol: "BTCUSDT", startTime: 0, endTime: 7 * day + 1 },
    400,
    -4165,
    "Maximum time interval is 7 days."
  ],
  [
    "window",
    "GET",
    "/papi/v1/cm/userTrades",
    { symbol: "BTCUSD_PERP", startTime: 0, endTime: day + 1 },
    400,
    -1127,
    "Lookup interval is too big."
  ],
  [
    "window",
    "GET",
    "/papi/v1/cm/income",
    { startTime: 0, endTime: 200 * day + 1 },
    400,
    -1127,
    "Lookup interval is too big."
  ],
  ["unknown symbol", "POST", "/sapi/v1/margin/order", { ...isolated, symbol: "NOPE" }, 400, -1121, "Invalid symbol."],
  ["too precise", "POST", "/sapi/v1/margin/order", { ...isolated, quantity: "0.0100000001" }, 400, -1111, "precision"],
  ["insufficient balance", "POST", "/sapi/v1/margin/order", isolated, 400, -2010, "insufficient balance"],
  ["no pair", "GET", "/dapi/v1/userTrades", { pair: "NOPE" }, 400, -4087, "Invalid pair."],
  [
    "same margin type",
    "POST",
    "/dapi/v1/marginType",
    { symbol: "BTCUSD_PERP", marginType: "CROSSED" },
    400,
    -4046,
    "No need to change margin type."
  ]
] as const

const kinds = ["unknown symbol", "too precise", "insufficient", "window"]
const products = [
  "/api/",
  "/sapi/v1/margin/",
  "/fapi/",
  "/dapi/",
  "/eapi/",
  "/papi/v1/um/",
  "/papi/v1/cm/",
  "/papi/v1/margin/"
]

describe("a bad request is refused as Binance documents it", () => {
  it.scoped.each(table)("%s: %s %s", ([_, method, path, parameters, status, code, msg]) =>
    Effect.gen(function* () {
      const [actual, actualCode, text] = yield* refusal(method, path, parameters)
      assert.deepStrictEqual([actual, actualCode], [status, code])
      assert.include(text, msg)
      const binance = yield* SimulatedBinance.SimulatedBinance
      for (const product of ["Spot", "Margin", "UsdFutures", "CoinFutures", "EuropeanOptions"] as const) {
        assert.deepStrictEqual((yield* binance.book({ product })).orders, [])
      }
      for (const unit of ["UM", "CM", "MARGIN"] as const) {
        assert.deepStrictEqual((yield* binance.book({ product: "PortfolioMargin", unit })).orders, [])
      }
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.each(products)("each kind of it is tried on %s", (prefix) => {
    const tried = table.filter(([, , path]) => path.startsWith(prefix)).map(([kind]) => kind)
    const isSpotKind = prefix === "/api/" || prefix.includes("margin")
    for (const kind of isSpotKind ? kinds : [...kinds, "reduce-only"]) {
      assert.isTrue(
        tried.some((each) => each.startsWith(kind)),
        kind
      )
    }
  })

  it.scoped("a signature or a time that is not right", () =>
    Effect.gen(function* () {
      const path = "/fapi/v3/account"
      for (const signedPath of [
        path,
        "/dapi/v1/account",
        "/sapi/v1/portfolio/account",
        "/api/v3/account",
        "/sapi/v1/margin/account",
        "/eapi/v1/marginAccount",
        "/papi/v1/account"
      ]) {
        assert.deepStrictEqual(yield* refusal("GET", signedPath, {}, { signature: "0".repeat(64) }), [
          400,
          -1022,
          "Signature for this request is not valid."
        ])
      }
      yield* TestClock.adjust("1 minute")
      const now = 60_000
      for (const timestamp of [now - 5001, now + 1000]) {
        assert.strictEqual((yield* refusal("GET", path, {}, { timestamp }))[1], -1021)
      }
      for (const timestamp of [now - 5000, now + 999]) {
        assert.strictEqual((yield* signed("GET", path, {}, { timestamp })).status, 200)
      }
    }).pipe(Effect.provide(SimulatedBinance.layerMemory()))
  )

  it.scoped("too much weight, with when to come back", () =>
    Effect.gen(function* () {
      for (let i = 1; i < 75; i++) {
        yield* signed("GET", "/api/v3/openOrders")
      }
      const { headers } = yield* signed("GET", "/api/v3/openOrders")
      assert.strictEqual(headers["x-mbx-used-weight-1m"], "6000")
      assert.deepStrictEqual(yield* refusal("GET", "/api/v3/openOrders"), [
        429,
        -1003,
        "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API."
      ])
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* signed("GET", "/api/v3/openOrders")).status, 200)
    }).pipe(Effect.provide(SimulatedBinance.layerMemory({ enforceLimits: true })))
  )

  it.scoped("who does not wait is banned, longer each time, and only where it was too much", () =>
    Effect.gen(function* () {
      const ask = Effect.map(signed("GET", "/fapi/v1/openOrders"), ({ body, headers, status }) => ({
        status,
        msg: body.msg,
        retryAfter: headers["retry-after"]
      }))
      yield* TestClock.setTime(30_000)
      const { requests } = yield* SimulatedBinance.SimulatedBinance
      const tooMuch = Effect.repeat(ask, { until: ({ status }) => status === 429 })
      const first = yield* tooMuch
      assert.deepStrictEqual(first, {
        status: 429,
        msg: "Too many requests; current limit of IP(127.0.0.1) is 2400 requests per minute. Please use the websocket for live updates to avoid polling the API.",
        retryAfter: "30"
      })
      for (let i = 1; i < 10; i++) {
        assert.strictEqual((yield* ask).status, 429)
      }
      assert.deepStrictEqual(yield* ask, {
        status: 418,
        msg: "Way too much request weight used; IP banned until 150000. Please use WebSocket Streams for live updates to avoid bans.",
        retryAfter: "120"
      })
      assert.strictEqual((yield* signed("GET", "/api/v3/openOrders")).status, 200)
      yield* TestClock.adjust("119 seconds")
      assert.deepInclude(yield* ask, { status: 418, retryAfter: "1" })
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* ask).status, 200)
      yield* tooMuch
      const { retryAfter } = yield* Effect.repeat(ask, { until: ({ status }) => status === 418 })
      assert.strictEqual(retryAfter, "240")
      assert.isAbove((yield* requests).length, 120)
    }).pipe(Effect.provide(SimulatedBinance.layerMemory({ enforceLimits: true })))
  )
})
