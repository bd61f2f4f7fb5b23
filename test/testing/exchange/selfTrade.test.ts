import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BinanceHttp, Spot, UsdFutures } from "effect-binance-user-data"
import { SimulatedBinance, type Trading } from "effect-binance-user-data/testing"
import { answer, type Row, refusal } from "./harness.js"
import { collect, credentials, step, told } from "./listening.js"

const layer = Layer.mergeAll(Spot.layer, UsdFutures.layer).pipe(
  Layer.provide(BinanceHttp.layer),
  Layer.provide(credentials),
  Layer.provideMerge(SimulatedBinance.layerMemory())
)

const symbol = "BTCUSDT"
const limit = { symbol, type: "LIMIT", timeInForce: "GTC" } as const
const statuses = ({ orders }: Trading.Book) => orders.map(({ status }) => status)
const filled = ({ orders }: Trading.Book) => orders.map((order) => order.filled)

const fund = (product: "Spot" | "UsdFutures") =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    yield* binance.deposit({ product, asset: "USDT", amount: "100000" })
    if (product === "Spot") {
      yield* binance.deposit({ product, asset: "BTC", amount: "1" })
    }
    return binance
  })

describe("orders of one account that would match each other", () => {
  it.effect.each([
    ["EXPIRE_TAKER", ["NEW", "EXPIRED_IN_MATCH"], ["0", "0"]],
    ["EXPIRE_MAKER", ["EXPIRED_IN_MATCH", "FILLED"], ["0", "0.02"]],
    ["EXPIRE_BOTH", ["EXPIRED_IN_MATCH", "EXPIRED_IN_MATCH"], ["0", "0"]],
    ["NONE", ["FILLED", "FILLED"], ["0.01", "0.02"]]
  ] as const)("%s", ([selfTradePreventionMode, expected, sizes]) =>
    Effect.gen(function* () {
      for (const product of ["Spot", "UsdFutures"] as const) {
        const binance = yield* fund(product)
        yield* binance.placeOrder({ ...limit, product, side: "SELL", quantity: "0.01", price: "91000" })
        yield* binance.placeOrder({
          ...limit,
          product,
          side: "BUY",
          quantity: "0.02",
          price: "91500",
          selfTradePreventionMode
        })
        const book = yield* binance.book({ product })
        assert.deepStrictEqual([statuses(book), filled(book)], [[...expected], [...sizes]], product)
        const own = book.fills.filter(({ price }) => price === "91000")
        assert.deepStrictEqual(
          own.map(({ isMaker, side }) => [side, isMaker]),
          selfTradePreventionMode === "NONE"
            ? [
                ["BUY", false],
                ["SELL", true]
              ]
            : []
        )
        assert.strictEqual(new Set(own.map(({ tradeId }) => tradeId)).size, own.length / 2)
      }
    }).pipe(Effect.provide(layer))
  )

  it.scoped("spot: both orders are told of, and read afterwards", () =>
    Effect.gen(function* () {
      const product = "Spot"
      const binance = yield* fund(product)
      const seen = yield* collect((yield* Spot.Spot).events)
      const first = yield* binance.placeOrder({ ...limit, product, side: "SELL", quantity: "0.03", price: "91000" })
      yield* binance.fill({ product, ...first, quantity: "0.01" })
      yield* Effect.zipRight(step, seen)
      const taker = yield* answer("POST", "/api/v3/order", {
        ...limit,
        side: "BUY",
        quantity: "0.01",
        price: "91500",
        selfTradePreventionMode: "EXPIRE_BOTH"
      })
      assert.deepInclude(taker, { status: "EXPIRED_IN_MATCH", preventedQuantity: "0.01000000", fills: [] })
      const events: ReadonlyArray<any> = yield* Effect.zipRight(step, seen)
      assert.deepStrictEqual(events.map(told), [
        "order NEW NEW",
        "OutboundAccountPosition",
        "order TRADE_PREVENTION EXPIRED_IN_MATCH",
        "OutboundAccountPosition",
        "order TRADE_PREVENTION EXPIRED_IN_MATCH",
        "OutboundAccountPosition"
      ])
      assert.deepInclude(events[2], {
        orderId: first.orderId,
        counterOrderId: String(taker.orderId),
        counterSymbol: symbol,
        preventedMatchId: String(taker.preventedMatchId),
        preventedQuantity: "0.02000000",
        lastPreventedQuantity: "0.02000000",
        preventedExecutionQuantity: "0.01000000",
        preventedExecutionPrice: "91000.00000000",
        preventedExecutionQuoteQuantity: "910.00000000",
        lastExecutedQuantity: "0.00000000"
      })
      assert.deepInclude(events[4], { orderId: String(taker.orderId), counterOrderId: first.orderId })
      const maker = yield* answer("GET", "/api/v3/order", { symbol, orderId: first.orderId })
      assert.deepInclude(maker, { executedQty: "0.01000000", preventedQuantity: "0.02000000" })
      const row = { makerPreventedQuantity: "0.02000000", takerPreventedQuantity: "0.01000000" }
      const path = "/api/v3/myPreventedMatches"
      for (const parameters of [
        { orderId: first.orderId },
        { orderId: taker.orderId },
        { preventedMatchId: taker.preventedMatchId }
      ]) {
        const rows = yield* answer("GET", path, { symbol, ...parameters })
        assert.strictEqual(rows.length, 1)
        assert.deepInclude(rows[0], row)
      }
      const later = { orderId: taker.orderId, fromPreventedMatchId: taker.preventedMatchId + 1n }
      assert.deepStrictEqual(yield* answer("GET", path, { symbol, ...later }), [])
      assert.deepStrictEqual(yield* refusal("GET", path, { symbol }), [
        400,
        -1128,
        "Combination of optional parameters invalid."
      ])
      const book = yield* binance.book({ product })
      assert.deepStrictEqual(
        book.balances.map(({ locked }) => locked),
        ["0", "0"]
      )
    }).pipe(Effect.provide(layer))
  )

  it.scoped("futures: the stream tells why", () =>
    Effect.gen(function* () {
      const product = "UsdFutures"
      const binance = yield* fund(product)
      const seen = yield* collect((yield* UsdFutures.UsdFutures).events)
      const sell = { ...limit, product, side: "SELL", quantity: "0.01", price: "91000" } as const
      const buy = { ...sell, side: "BUY", price: "91500", selfTradePreventionMode: "EXPIRE_TAKER" } as const
      yield* binance.placeOrder(sell)
      yield* binance.placeOrder(buy)
      yield* binance.placeOrder({ ...buy, timeInForce: "IOC" })
      yield* binance.placeOrder({ ...buy, selfTradePreventionMode: "EXPIRE_BOTH" })
      const events: ReadonlyArray<any> = yield* Effect.zipRight(step, seen)
      assert.deepStrictEqual(
        events.map((event) => `${told(event)} ${event.order.expiryReason}`),
        [
          "order NEW NEW 0",
          "order NEW NEW 0",
          "order EXPIRED EXPIRED_IN_MATCH 1",
          "order NEW NEW 0",
          "order EXPIRED EXPIRED_IN_MATCH 3",
          "order NEW NEW 0",
          "order EXPIRED EXPIRED_IN_MATCH 1",
          "order EXPIRED EXPIRED_IN_MATCH 1"
        ]
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("the best price comes first, and then the market", () =>
    Effect.gen(function* () {
      for (const product of ["Spot", "UsdFutures"] as const) {
        const binance = yield* fund(product)
        for (const price of ["91200", "91100", "91300", "91100", "93000"]) {
          yield* binance.placeOrder({ ...limit, product, side: "SELL", quantity: "0.01", price })
        }
        yield* binance.placeOrder({
          ...limit,
          product,
          side: "BUY",
          quantity: "0.05",
          price: "92000",
          selfTradePreventionMode: "NONE"
        })
        const { fills, openOrders } = yield* binance.book({ product })
        assert.deepStrictEqual(
          fills.filter(({ side }) => side === "BUY").map(({ price }) => price),
          ["91100", "91100", "91200", "91300", "90000"]
        )
        assert.deepStrictEqual(
          fills.filter(({ side }) => side === "SELL").map(({ orderId }) => Number(orderId) % 5),
          [2, 4, 1, 3].map((place) => (Number(openOrders[0]!.orderId) - 5 + place) % 5)
        )
        for (const price of ["89000", "89500", "89000"]) {
          yield* binance.placeOrder({ ...limit, product, side: "BUY", quantity: "0.01", price })
        }
        yield* binance.placeOrder({
          ...limit,
          product,
          side: "SELL",
          quantity: "0.02",
          price: "88000",
          selfTradePreventionMode: "NONE"
        })
        const after = yield* binance.book({ product })
        assert.deepStrictEqual(
          after.fills.slice(fills.length).map(({ price }) => price),
          ["89500", "89500", "89000", "89000"]
        )
      }
    }).pipe(Effect.provide(layer))
  )

  it.effect("market orders and those of all or nothing take from the market alone", () =>
    Effect.gen(function* () {
      for (const product of ["Spot", "UsdFutures"] as const) {
        const binance = yield* fund(product)
        yield* binance.placeOrder({ ...limit, product, side: "SELL", quantity: "0.01", price: "91000" })
        yield* binance.placeOrder({ product, symbol, side: "BUY", type: "MARKET", quantity: "0.01" })
        yield* binance.placeOrder({
          ...limit,
          product,
          side: "BUY",
          quantity: "0.01",
          price: "92000",
          timeInForce: "FOK"
        })
        const book = yield* binance.book({ product })
        assert.deepStrictEqual(statuses(book), ["NEW", "FILLED", "FILLED"])
      }
    }).pipe(Effect.provide(layer))
  )

  it.effect("an order that only makes is kept from the book", () =>
    Effect.gen(function* () {
      const spot = yield* fund("Spot")
      yield* spot.setPrice({ product: "Spot", symbol, price: "90000", liquidity: "0" })
      yield* spot.placeOrder({ ...limit, product: "Spot", side: "SELL", quantity: "0.01", price: "90000" })
      yield* spot.setPrice({ product: "Spot", symbol, price: "95000", liquidity: "0" })
      const buy = { ...limit, side: "BUY", quantity: "0.01", price: "91000" } as const
      const refused = yield* Effect.flip(spot.placeOrder({ ...buy, product: "Spot", type: "LIMIT_MAKER" }))
      assert.deepInclude(refused, { code: -2010, msg: "Order would immediately match and take." })
      yield* fund("UsdFutures")
      const product = "UsdFutures"
      yield* spot.placeOrder({ ...limit, product, side: "SELL", quantity: "0.01", price: "90500" })
      yield* spot.setPrice({ product, symbol, price: "95000", liquidity: "0" })
      const ended = yield* spot.placeOrder({ ...buy, product, timeInForce: "GTX" })
      assert.strictEqual(ended.status, "EXPIRED")
    }).pipe(Effect.provide(layer))
  )

  it.effect("a leg of a list ends with its list", () =>
    Effect.gen(function* () {
      const product = "Spot"
      const binance = yield* fund(product)
      yield* binance.placeOrderList({
        product,
        symbol,
        side: "SELL",
        quantity: "0.01",
        aboveType: "LIMIT_MAKER",
        abovePrice: "91000",
        belowType: "STOP_LOSS",
        belowStopPrice: "85000"
      })
      yield* binance.placeOrder({ ...limit, product, side: "BUY", quantity: "0.01", price: "91000" })
      assert.deepStrictEqual(statuses(yield* binance.book({ product })), ["EXPIRED_IN_MATCH", "EXPIRED", "FILLED"])
      assert.deepStrictEqual(yield* answer("GET", "/api/v3/openOrderList"), [])
    }).pipe(Effect.provide(layer))
  )

  it.scoped("spot: both get smaller by what would have been traded, and only what is used up ends", () =>
    Effect.gen(function* () {
      const product = "Spot"
      const binance = yield* fund(product)
      yield* binance.setPrice({ product, symbol, price: "90000", liquidity: "0" })
      const sell = { ...limit, product, side: "SELL", quantity: "0.03", price: "91000" } as const
      const decrement = { selfTradePreventionMode: "DECREMENT" } as const
      const seen = yield* collect((yield* Spot.Spot).events)
      const maker = yield* binance.placeOrder(sell)
      yield* binance.fill({ product, ...maker, quantity: "0.005" })
      yield* Effect.zipRight(step, seen)
      const buy = { ...sell, side: "BUY", ...decrement } as const
      const first = yield* binance.placeOrder({ ...buy, quantity: "0.01" })
      const events: ReadonlyArray<any> = yield* Effect.zipRight(step, seen)
      assert.deepStrictEqual(events.map(told), [
        "order NEW NEW",
        "OutboundAccountPosition",
        "order TRADE_PREVENTION PARTIALLY_FILLED",
        "OutboundAccountPosition",
        "order TRADE_PREVENTION EXPIRED_IN_MATCH",
        "OutboundAccountPosition"
      ])
      const both = { preventedQuantity: "0.01000000", lastPreventedQuantity: "0.01000000" }
      assert.deepInclude(events[2], { ...both, orderId: maker.orderId, counterOrderId: first.orderId, isOnBook: true })
      assert.deepInclude(events[3].balances[0], { asset: "BTC", locked: "0.01500000" })
      assert.deepInclude(events[4], { ...both, orderId: first.orderId, counterOrderId: maker.orderId })
      const second = yield* binance.placeOrder({ ...buy, quantity: "0.02" })
      const read = (orderId: string) => answer("GET", "/api/v3/order", { symbol, orderId })
      assert.deepInclude(yield* read(maker.orderId), {
        status: "EXPIRED_IN_MATCH",
        origQty: "0.03000000",
        executedQty: "0.00500000",
        preventedQuantity: "0.02500000"
      })
      assert.deepInclude(yield* read(second.orderId), { status: "NEW", preventedQuantity: "0.01500000" })
      const matches = yield* answer("GET", "/api/v3/myPreventedMatches", { symbol, orderId: maker.orderId })
      assert.deepStrictEqual(
        matches.map((row: Row) => [row.makerPreventedQuantity, row.takerPreventedQuantity]),
        [
          ["0.01000000", "0.01000000"],
          ["0.01500000", "0.01500000"]
        ]
      )
      const path = "/api/v3/order/amend/keepPriority"
      const amend = { symbol, orderId: second.orderId }
      assert.strictEqual((yield* refusal("PUT", path, { ...amend, newQty: "0.015" }))[1], -2038)
      const { amendedOrder } = yield* answer("PUT", path, { ...amend, newQty: "0.018" })
      assert.deepInclude(amendedOrder, { qty: "0.01800000", preventedQty: "0.01500000" })
      yield* binance.fill({ product, ...second })
      const { balances, orders } = yield* binance.book({ product })
      assert.deepInclude(orders.at(-1), { status: "FILLED", quantity: "0.018", filled: "0.003", prevented: "0.015" })
      assert.deepStrictEqual(
        balances.map(({ locked }) => locked),
        ["0", "0"]
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("an unknown mode is refused, and futures know one less", () =>
    Effect.gen(function* () {
      for (const [path, selfTradePreventionMode] of [
        ["/api/v3/order", "TRANSFER"],
        ["/fapi/v1/order", "DECREMENT"]
      ] as const) {
        const order = { ...limit, side: "BUY", quantity: "0.01", price: "80000", selfTradePreventionMode }
        const [status, code, msg] = yield* refusal("POST", path, order)
        assert.deepStrictEqual(
          [status, code, msg],
          [400, -1130, "Data sent for parameter 'selfTradePreventionMode' is not valid."]
        )
      }
    }).pipe(Effect.provide(layer))
  )
})
