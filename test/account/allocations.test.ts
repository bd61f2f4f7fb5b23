import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Stream from "effect/Stream"
import type { Account } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { virtual } from "../products/harness.js"
import { adjust } from "../support/simulated.js"
import { accounts, loggedOn } from "./accounts.js"
import { consume, expectTruth, inGap } from "./harness.js"
import { route } from "./sor.js"

// Smart order routing fills an order by allocations, which have an id of their own and no trade id.

const { asset, deposit, other, price, product, quantity, symbol } = accounts[0]

const market = { symbol, side: "BUY", type: "MARKET", quantity } as const

const limit = { ...market, type: "LIMIT", timeInForce: "GTC", price } as const

const part = "0.002"

for (const row of [
  { ...accounts[0], name: "Spot", allOrders: "GET /api/v3/allOrders" },
  { ...loggedOn, allOrders: "allOrders" }
]) {
  const begin = (symbols = [symbol]) =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.deposit({ product, asset, amount: deposit })
      const account = yield* row.make({ symbols })
      const elements: ReadonlyArray<any> = yield* consume(account)
      const fills: Array<Account.Fill> = []
      yield* Effect.forkScoped(Stream.runForEach(account.fills, (fill) => Effect.sync(() => fills.push(fill))))
      yield* adjust("1 minute")
      return { account, binance, elements, fills }
    })

  /** Each fill once, by its allocation id, with what the exchange has. */
  const expectFills = (fills: ReadonlyArray<Account.Fill>, origins: ReadonlyArray<Account.Fill["origin"]>) =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const book = yield* binance.book({ product })
      expect(
        fills.map((fill) => [fill.orderId, Number(fill.quantity), Number(fill.price), Number(fill.commission)])
      ).toEqual(
        book.fills.map((fill) => [fill.orderId, Number(fill.quantity), Number(fill.price), Number(fill.commission)])
      )
      expect(fills.map(({ origin }) => origin)).toEqual(origins)
      expect(fills.map(({ tradeId }) => tradeId)).toEqual(fills.map(() => undefined))
      const ids = fills.map(({ allocationId }) => Number(allocationId))
      expect(new Set(ids.filter((id) => id > 0)).size).toBe(fills.length)
      expect(ids).toEqual(ids.toSorted((a, b) => a - b))
    })

  describe(`${row.name}: fills of smart order routing`, () => {
    virtual(
      "come live, each once, also those of one order and those that are sent twice",
      Effect.gen(function* () {
        const { account, elements, fills, binance } = yield* begin()
        yield* route(market)
        const order = yield* route(limit)
        yield* adjust("1 second")
        yield* binance.inject(Fault.duplicateFrame())
        yield* binance.fill({ ...order, quantity: part })
        yield* binance.fill({ ...order, quantity: part })
        yield* adjust("1 second")
        yield* expectFills(fills, ["Stream", "Stream", "Stream"])
        yield* adjust("20 minutes")
        yield* inGap(Effect.void)
        yield* expectFills(fills, ["Stream", "Stream", "Stream"])
        const { orders } = yield* account.state
        expect(Number(HashMap.unsafeGet(orders, `${symbol}:${order.orderId}`).filled)).toBe(2 * Number(part))
        expect(elements.filter(({ _tag }) => /^(Recovered|Unrecovered|Diverged)/.test(_tag))).toEqual([])
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "are recovered, each once, from a gap and from a hole",
      Effect.gen(function* () {
        const { account, elements, fills, binance } = yield* begin()
        const order = yield* route(limit)
        yield* binance.fill({ ...order, quantity: part })
        yield* inGap(
          Effect.gen(function* () {
            yield* binance.fill({ ...order, quantity: part })
            yield* binance.fill({ ...order, quantity: part })
            yield* route(market)
          })
        )
        yield* expectFills(fills, ["Stream", "Recovered", "Recovered", "Recovered"])
        yield* binance.inject(Fault.loseFrame({ times: 2 }))
        yield* binance.fill({ ...order, quantity: part })
        yield* adjust("1 second")
        yield* binance.placeOrder({ product, ...market })
        yield* adjust("20 minutes")
        expect(fills.filter(({ tradeId }) => tradeId !== undefined)).toMatchObject([{ origin: "Stream" }])
        expect(elements.filter(({ _tag }) => _tag === "Unrecovered")).toEqual([])
        expect(fills.filter(({ orderId }) => orderId === order.orderId)).toHaveLength(4)
        expect(fills.map(({ origin }) => origin)).not.toContain("Inferred")
        yield* expectTruth(account, product)
      })
    )

    // What closed stays known until later orders take its place.
    for (const [name, symbols] of [
      ["a symbol that was traded once, long ago", [symbol, other, other, other]],
      ["a symbol that nothing names", []]
    ] as const) {
      virtual(
        `are recovered from a gap on ${name}`,
        Effect.gen(function* () {
          const { account, elements, fills, binance } = yield* begin([])
          for (const symbol of symbols) {
            yield* binance.placeOrder({ product, ...market, symbol })
            yield* adjust("13 hours")
          }
          const { orderId } = yield* inGap(route(market))
          expect(fills.filter((fill) => fill.orderId === orderId)).toMatchObject([{ origin: "Recovered" }])
          expect(elements.filter(({ _tag }) => _tag === "Unrecovered")).toEqual([])
          yield* expectTruth(account, product)
        })
      )
    }

    virtual(
      "are recovered from a gap, although REST is late once",
      Effect.gen(function* () {
        const { account, elements, fills, binance } = yield* begin()
        const late = Fault.laggingRead({ endpoint: row.allOrders, by: "30 seconds", times: 1 })
        const { orderId } = yield* inGap(
          Effect.gen(function* () {
            yield* binance.inject(late)
            return yield* route(market)
          })
        )
        expect(fills.filter((fill) => fill.orderId === orderId)).toMatchObject([{ origin: "Recovered" }])
        expect(elements.filter(({ _tag }) => _tag === "Unrecovered")).toEqual([])
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "are read to the end, page by page",
      Effect.gen(function* () {
        const { account, binance } = yield* begin()
        const order = yield* route({ ...limit, quantity: "1.010" })
        yield* Effect.repeatN(binance.fill({ ...order, quantity: "0.001" }), 1004)
        const rows = yield* account.allocations(order)
        yield* expectFills(
          rows,
          Array.from({ length: 1005 }, () => "Recovered")
        )
      })
    )

    virtual(
      "are read by their order",
      Effect.gen(function* () {
        const { account, binance } = yield* begin()
        const order = yield* route(limit)
        yield* binance.fill({ ...order, quantity: part })
        yield* binance.fill({ ...order })
        const rows = yield* account.allocations(order)
        yield* expectFills(rows, ["Recovered", "Recovered"])
      })
    )
  })
}
