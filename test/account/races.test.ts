import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Stream from "effect/Stream"
import { Fault, type Trading } from "effect-binance-user-data/testing"
import { virtual } from "../products/harness.js"
import { adjust, during } from "../support/simulated.js"
import { accounts, identity } from "./accounts.js"
import { expectTruth, inGap, start } from "./harness.js"

// Recipes on the exchange in which the stream, REST and time are apart: holes, late answers and answers from before.

const calls = {
  Spot: {
    openOrders: "GET /api/v3/openOrders",
    order: "GET /api/v3/order",
    orders: "GET /api/v3/allOrders",
    trades: "GET /api/v3/myTrades",
    framesOfFill: 2
  },
  UsdFutures: {
    openOrders: "GET /fapi/v1/openOrders",
    order: "GET /fapi/v1/order",
    orders: "GET /fapi/v1/allOrders",
    trades: "GET /fapi/v1/userTrades",
    framesOfFill: 3
  },
  CoinFutures: {
    openOrders: "GET /dapi/v1/openOrders",
    order: "GET /dapi/v1/order",
    orders: "GET /dapi/v1/allOrders",
    trades: "GET /dapi/v1/userTrades",
    framesOfFill: 2
  }
}

const unknownOrder = { status: 400, code: -2013, msg: "Order does not exist." }

const ofKind = (elements: ReadonlyArray<any>, ...kinds: ReadonlyArray<string>) =>
  elements.filter(({ _tag }) => kinds.includes(_tag))

for (const row of accounts) {
  const { price, product, quantity, symbol } = row
  const { framesOfFill, openOrders, order: single, orders, trades } = calls[product]
  const limit = { product, symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", price, quantity } as const
  const part = String(Number(quantity) / 5)

  /** Three fills of one order, and nothing is delivered of the second. */
  const withHole = (exchange: Trading.Trading & { readonly inject: (fault: Fault.Fault) => Effect.Effect<number> }) =>
    Effect.gen(function* () {
      const placed = yield* exchange.placeOrder(limit)
      yield* exchange.fill({ product, ...placed, quantity: part })
      yield* exchange.inject(Fault.loseFrame({ times: framesOfFill }))
      const lost = yield* exchange.fill({ product, ...placed, quantity: part, price: "81000" })
      yield* exchange.fill({ product, ...placed })
      return { lost, placed }
    })

  describe(`${product}: 12 · hole in a healthy stream`, () => {
    virtual(
      "on the exchange: the sum finds the fill that was never delivered, though REST is late",
      Effect.gen(function* () {
        const { account, binance, elements, fills } = yield* start(row)
        yield* binance.inject(Fault.laggingRead({ endpoint: trades, by: "2 seconds", for: "2 seconds" }))
        const { lost } = yield* withHole(binance)
        yield* adjust("30 seconds")
        const book = yield* binance.book({ product })
        expect(new Set(fills)).toEqual(
          new Set(
            book.fills.map((fill) => `${identity(fill)} ${fill.tradeId === lost.tradeId ? "Recovered" : "Stream"}`)
          )
        )
        expect(fills).toHaveLength(3)
        expect(ofKind(elements, "Interrupted", "Unrecovered")).toEqual([])
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "on the exchange: REST never shows it: one inferred fill, and its row that comes later is no second one",
      Effect.gen(function* () {
        const { account, binance, elements, fills } = yield* start(row)
        const placed = yield* binance.placeOrder(limit)
        yield* binance.inject(Fault.lackingOrder({ endpoint: trades, orderId: placed.orderId, for: "2 minutes" }))
        yield* binance.fill({ product, ...placed, quantity: part })
        yield* binance.inject(Fault.loseFrame({ times: framesOfFill }))
        yield* binance.fill({ product, ...placed, quantity: part })
        yield* binance.fill({ product, ...placed })
        yield* adjust("90 seconds")
        const inferred = ofKind(elements, "RecoveredFill")
        expect(inferred).toMatchObject([{ fill: { origin: "Inferred", orderId: placed.orderId } }])
        // The sums tell how much it was. At what price they do not tell, and none is made up.
        expect([Number(inferred[0].fill.quantity), inferred[0].fill.price]).toEqual([Number(part), undefined])
        yield* adjust("20 minutes")
        yield* inGap(Effect.void)
        expect(fills).toHaveLength(3)
        yield* expectTruth(account, product)
      })
    )
  })

  describe(`${product}: 16 · filled immediate-or-cancel order not found`, () => {
    for (const isKnown of [false, true]) {
      virtual(
        `on the exchange: its fill tells, ${isKnown ? "and that it has ended is inferred" : "and nobody has seen it open"}`,
        Effect.gen(function* () {
          const { account, binance, elements, fills } = yield* start(row)
          const known = isKnown ? yield* binance.placeOrder(limit) : undefined
          const { orderId } = yield* inGap(
            Effect.gen(function* () {
              const placed = known ?? (yield* binance.placeOrder(limit))
              yield* binance.fill({ product, ...placed, quantity: part })
              const ended = yield* binance.expire({ product, ...placed })
              yield* binance.inject(Fault.errorAnswer({ ...unknownOrder, endpoint: single, for: "1 minute" }))
              yield* binance.inject(Fault.lackingOrder({ endpoint: orders, orderId: placed.orderId, for: "1 minute" }))
              return ended
            })
          )
          const book = yield* binance.book({ product })
          expect(fills).toEqual(book.fills.map((fill) => `${identity(fill)} Recovered`))
          expect(fills).toHaveLength(1)
          const told = ofKind(elements, "RecoveredOrder")
          expect(told.every(({ order }) => order.orderId === orderId && Number(order.filled) === Number(part))).toBe(
            true
          )
          // Of an order that was never seen and is not found, only its fill is known.
          expect(told).toHaveLength(isKnown ? 1 : 0)
          yield* expectTruth(account, product)
        })
      )
    }
  })

  describe(`${product}: 19 · snapshot asked before a fill arrives after it`, () => {
    for (const late of ["200 millis", "70 seconds"] as const) {
      virtual(
        `on the exchange: answers that are ${late} old bring nothing back`,
        Effect.gen(function* () {
          const { account, binance, elements, fills } = yield* start(row)
          const placed = yield* binance.placeOrder(limit)
          yield* adjust("1 minute")
          const before = elements.length
          const states: Array<number> = []
          yield* Effect.forkScoped(
            Stream.runForEach(account.changes, ({ orders }) => Effect.sync(() => states.push(HashMap.size(orders))))
          )
          yield* binance.inject(Fault.slow({ by: late, times: 6 }))
          yield* during(
            "10 minutes",
            Effect.zipRight(
              Effect.fork(account.refresh),
              Effect.zipRight(Effect.sleep("50 millis"), binance.fill({ product, ...placed }))
            )
          )
          const book = yield* binance.book({ product })
          expect(fills).toEqual(book.fills.map((fill) => `${identity(fill)} Stream`))
          expect(states).toEqual(states.toSorted((a, b) => b - a))
          expect(states.at(-1)).toBe(0)
          expect(ofKind(elements.slice(before), "Diverged", "Unrecovered", "RecoveredOrder")).toEqual([])
          yield* expectTruth(account, product)
        }),
        { http: { requestTimeout: "2 minutes" } }
      )
    }
  })

  describe(`${product}: 21 · just placed order is not closed by absence`, () => {
    virtual(
      "on the exchange: it is in no answer yet, and stays open",
      Effect.gen(function* () {
        const { account, binance, elements } = yield* start(row)
        const placed = yield* binance.placeOrder(limit)
        yield* adjust("10 millis")
        const before = elements.length
        yield* binance.inject(Fault.lackingOrder({ endpoint: openOrders, orderId: placed.orderId, for: "1 second" }))
        yield* binance.inject(Fault.errorAnswer({ ...unknownOrder, endpoint: single, for: "1 second" }))
        const opened: Array<boolean> = []
        yield* Effect.forkScoped(
          Stream.runForEach(account.changes, ({ orders }) => Effect.sync(() => opened.push(HashMap.size(orders) === 1)))
        )
        yield* during("1 minute", Effect.zipRight(Effect.sleep("100 millis"), account.refresh))
        expect(opened.length).toBeGreaterThan(1)
        expect(opened).not.toContain(false)
        expect(elements.slice(before).map(({ _tag }) => _tag)).toEqual(["Snapshot"])
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "on the exchange: its event is lost before a gap, and it comes with the first list that has it",
      Effect.gen(function* () {
        const { account, binance, elements } = yield* start(row)
        yield* binance.inject(Fault.loseFrame({ times: product === "Spot" ? 2 : 1 }))
        const { orderId } = yield* binance.placeOrder(limit)
        for (const endpoint of [openOrders, orders]) {
          yield* binance.inject(Fault.lackingOrder({ endpoint, orderId, for: "13 seconds" }))
        }
        yield* inGap(Effect.void)
        expect(ofKind(elements, "RecoveredOrder")).toMatchObject([{ order: { orderId, status: "NEW" } }])
        yield* expectTruth(account, product)
      })
    )
  })
}
