import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HashMap from "effect/HashMap"
import * as Metric from "effect/Metric"
import * as Stream from "effect/Stream"
import { type Account, BinanceError, Credentials, Metrics } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { virtual } from "../products/harness.js"
import { adjust, settle } from "../support/simulated.js"
import { accounts, identity } from "./accounts.js"
import { consume, expectTruth } from "./harness.js"

const tags = (elements: ReadonlyArray<{ readonly _tag: string }>) => elements.map(({ _tag }) => _tag)

const row = accounts[1]
const { asset, deposit, product, quantity, symbol } = row
const market = { product, symbol, side: "BUY", type: "MARKET", quantity } as const
const funded = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  yield* binance.deposit({ product, asset, amount: deposit })
  return binance
})

describe("the consumers of an account", () => {
  virtual(
    "share one stream, and one who comes later begins with a snapshot",
    Effect.gen(function* () {
      const binance = yield* funded
      const account = yield* row.make()
      const first = yield* consume(account)
      yield* binance.placeOrder(market)
      yield* settle
      const second = yield* consume(account)
      yield* binance.placeOrder(market)
      yield* settle
      expect(tags(second)[0]).toBe("Snapshot")
      expect(HashMap.size(second[0].state.positions)).toBe(1)
      expect(tags(second).slice(1)).toEqual(tags(first).slice(-second.length + 1))
      expect((yield* binance.counters).openSockets).toBe(1)
    })
  )

  virtual(
    "end the stream when the last one leaves, and what happens then is a gap for the next one",
    Effect.gen(function* () {
      const binance = yield* funded
      const account = yield* row.make()
      const fills: Array<string> = []
      const consumer = Effect.fork(
        Stream.runForEach(account.fills, (fill) => Effect.sync(() => fills.push(identity(fill))))
      )
      const first = yield* consumer
      yield* adjust("1 second")
      yield* binance.placeOrder(market)
      yield* adjust("1 second")
      const leaving = yield* Effect.fork(Fiber.interrupt(first))
      yield* adjust("2 seconds")
      yield* Fiber.join(leaving)
      expect((yield* binance.counters).openSockets).toBe(0)
      expect((yield* account.state).phase).toMatchObject({ _tag: "Stale", why: "nobody consumes the account" })
      yield* binance.placeOrder(market)
      yield* adjust("1 minute")
      yield* consumer
      yield* adjust("10 seconds")
      yield* expectTruth(account, product)
      expect(fills).toEqual((yield* binance.book({ product })).fills.map(identity))
    })
  )

  virtual(
    "that are slow cost a gap, which is mended: no fill is lost",
    Effect.gen(function* () {
      const binance = yield* funded
      const account = yield* row.make({ buffer: 4 })
      const fills: Array<string> = []
      yield* Effect.forkScoped(
        Stream.runForEach(account.fills, (fill) =>
          Effect.zipRight(
            Effect.sleep("100 millis"),
            Effect.sync(() => fills.push(identity(fill)))
          )
        )
      )
      yield* adjust("1 second")
      for (let i = 0; i < 100; i++) {
        yield* binance.placeOrder(market)
      }
      yield* adjust("1 minute")
      yield* expectTruth(account, product)
      expect(fills.toSorted()).toEqual((yield* binance.book({ product })).fills.map(identity).toSorted())
    })
  )

  virtual(
    "that hang make the account wait, and its phase says so",
    Effect.gen(function* () {
      const binance = yield* funded
      const account = yield* row.make({ buffer: 4 })
      const latch = yield* Effect.makeLatch()
      yield* Effect.forkScoped(account.forEach(({ _tag }) => (_tag === "OrderTradeUpdate" ? latch.await : undefined)))
      yield* adjust("1 second")
      yield* Effect.repeatN(binance.placeOrder(market), 5)
      yield* adjust("10 seconds")
      expect((yield* account.state).phase).toMatchObject({ _tag: "Stale", why: expect.stringContaining("a consumer") })
      yield* latch.open
      yield* adjust("1 second")
      yield* expectTruth(account, product)
    })
  )

  virtual(
    "follow the state, and keep it without reading anything",
    Effect.gen(function* () {
      const binance = yield* funded
      const account = yield* row.make()
      const running = yield* Effect.fork(account.run)
      const states: Array<Account.State> = []
      yield* Effect.forkScoped(Stream.runForEach(account.changes, (state) => Effect.sync(() => states.push(state))))
      yield* adjust("1 second")
      yield* binance.placeOrder(market)
      yield* adjust("1 second")
      yield* expectTruth(account, product)
      expect(states.map(({ phase }) => phase._tag)[0]).toBe("Stale")
      expect(states.at(-1)).toBe(yield* account.state)
      yield* Effect.fork(Fiber.interrupt(running))
    })
  )
})

describe("an account", () => {
  virtual(
    "is read again when a program asks for it, and tells what the stream did not",
    Effect.gen(function* () {
      const binance = yield* funded
      const account = yield* row.make()
      const elements = yield* consume(account)
      yield* binance.inject(Fault.stopEvents())
      yield* binance.placeOrder(market)
      yield* adjust("1 second")
      expect(HashMap.size((yield* account.state).positions)).toBe(0)
      const refreshing = yield* Effect.fork(account.refresh)
      yield* adjust("1 minute")
      yield* Fiber.join(refreshing)
      yield* expectTruth(account, product)
      expect(tags(elements)).toContain("RecoveredFill")
      expect(tags(elements)).toContain("Diverged")
    })
  )

  virtual(
    "finds a deaf stream by itself, and counts it",
    Effect.gen(function* () {
      const binance = yield* funded
      const account = yield* row.make({ reconcileEvery: "1 minute" })
      const elements = yield* consume(account)
      yield* adjust("40 seconds")
      yield* binance.inject(Fault.stopEvents())
      yield* binance.placeOrder(market)
      yield* adjust("3 minutes")
      yield* expectTruth(account, product)
      const diverged = elements.find(({ _tag }) => _tag === "Diverged")
      expect(diverged.differences.join()).toContain(symbol)
      const count = Metrics.recoveries.pipe(
        Metric.tagged("product", product),
        Metric.tagged("cause", "Check"),
        Metric.tagged("outcome", "diverged")
      )
      expect((yield* Metric.value(count)).count).toBeGreaterThan(0)
    })
  )

  virtual(
    "says so where it is consumed after its scope",
    Effect.gen(function* () {
      const account = yield* Effect.scoped(row.make())
      const exit = yield* Effect.exit(account.forEach(() => {}))
      expect(String(exit)).toContain(`The account of ${product} was consumed after the scope of its layer`)
    })
  )

  virtual(
    "cannot be made of an API key alone",
    Effect.gen(function* () {
      const made = yield* row.make().pipe(Effect.provide(Credentials.layer({ apiKey: "only" })), Effect.either)
      expect(made).toMatchObject({ _tag: "Left", left: { _tag: "InvalidCredentials" } })
    })
  )

  virtual(
    "fails, and says why, when its key may not read it",
    Effect.gen(function* () {
      const binance = yield* funded
      const account = yield* row.make()
      yield* binance.inject(
        Fault.errorAnswer({
          status: 401,
          code: -2015,
          msg: "Invalid API-key, IP, or permissions for action.",
          endpoint: "GET /fapi/v1/openOrders",
          for: "1 hour"
        })
      )
      const failing = yield* Effect.fork(Effect.either(account.run))
      yield* adjust("10 minutes")
      const result = yield* Fiber.join(failing)
      expect(result._tag === "Left" && result.left).toBeInstanceOf(BinanceError.Unauthorized)
    })
  )

  virtual(
    "gives typed reads, also where nobody consumes it",
    Effect.gen(function* () {
      const binance = yield* funded
      const account = yield* row.make()
      const order = yield* binance.placeOrder({ ...market, type: "LIMIT", price: "80000", timeInForce: "GTC" })
      yield* binance.placeOrder(market)
      const [open] = yield* account.openOrders()
      expect(open).toMatchObject({ orderId: order.orderId, status: "NEW" })
      const found = yield* account.order({ symbol, orderId: order.orderId })
      expect(found).toMatchObject({ _tag: "Some", value: { clientOrderId: order.clientOrderId } })
      expect(yield* account.trades({ symbol, fromId: "0" })).toHaveLength(1)
      expect(yield* account.positions).toHaveLength(1)
    })
  )
})
