import { describe, expect } from "@effect/vitest"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { virtual } from "../products/harness.js"
import { adjust } from "../support/simulated.js"
import { accounts, identity } from "./accounts.js"
import { consume, expectTruth, fillsOf } from "./harness.js"

// Somebody sets the local clock. Binance's clock goes on.

/** Runs an account on a clock that can be set. */
const settable = <A, E, R>(body: (set: (by: number) => Effect.Effect<void>) => Effect.Effect<A, E, R>) =>
  Effect.clockWith((clock) => {
    let by = 0
    const wall = () => clock.unsafeCurrentTimeMillis() + by
    const local: Clock.Clock = { ...clock, unsafeCurrentTimeMillis: wall, currentTimeMillis: Effect.sync(wall) }
    return Effect.withClock(
      body((millis) =>
        Effect.sync(() => {
          by += millis
        })
      ),
      local
    )
  })

const hour = 3_600_000

const openOrders = {
  Spot: "GET /api/v3/openOrders",
  UsdFutures: "GET /fapi/v1/openOrders",
  CoinFutures: "GET /dapi/v1/openOrders"
} as const

for (const row of accounts) {
  const { asset, deposit, product, quantity, symbol } = row
  const market = { product, symbol, side: "BUY", type: "MARKET", quantity } as const

  describe(`${product}: a clock that is set`, () => {
    for (const by of [-hour, hour]) {
      const begin = Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.deposit({ product, asset, amount: deposit })
        const account = yield* row.make()
        yield* consume(account)
        const fills = yield* fillsOf(account)
        yield* adjust("2 minutes")
        return { account, binance, fills }
      })
      const expectFills = (fills: ReadonlyArray<string>) =>
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          const book = yield* binance.book({ product })
          expect(fills).toEqual(book.fills.map((fill) => `${identity(fill)} Recovered`))
          expect(fills).not.toEqual([])
        })

      virtual(
        `by ${by} ms while the stream is down: its fills are found`,
        settable((set) =>
          Effect.gen(function* () {
            const { account, binance, fills } = yield* begin
            yield* binance.inject(Fault.refuseConnects("reset", { for: "10 seconds" }))
            yield* binance.inject(Fault.dropSockets())
            yield* binance.placeOrder(market)
            yield* adjust("2 seconds")
            yield* set(by)
            yield* adjust("2 minutes")
            yield* expectFills(fills)
            yield* expectTruth(account, product)
          })
        )
      )

      virtual(
        `by ${by} ms while REST cannot be read: its fills are found`,
        settable((set) =>
          Effect.gen(function* () {
            const { account, binance, fills } = yield* begin
            yield* binance.inject(Fault.errorAnswer({ status: 503, for: "20 seconds" }))
            yield* binance.inject(Fault.dropSockets())
            yield* binance.placeOrder(market)
            yield* adjust("10 seconds")
            yield* set(by)
            yield* adjust("2 minutes")
            yield* expectFills(fills)
            yield* expectTruth(account, product)
          })
        )
      )

      if (product !== "Spot") {
        virtual(
          `by ${by} ms before the second look: what the first one did not show is found`,
          settable((set) =>
            Effect.gen(function* () {
              const { account, binance, fills } = yield* begin
              yield* binance.inject(Fault.laggingRead({ by: "90 seconds", for: "9 seconds" }))
              yield* binance.inject(Fault.dropSockets())
              yield* binance.placeOrder(market)
              yield* binance.placeOrder({ ...market, side: "SELL" })
              yield* adjust("9 seconds")
              expect(fills).toEqual([])
              yield* set(by)
              yield* adjust("2 minutes")
              yield* expectFills(fills)
              yield* expectTruth(account, product)
            })
          )
        )
      }

      virtual(
        `by ${by} ms while it starts: what a gap hides soon after is found`,
        settable((set) =>
          Effect.gen(function* () {
            const binance = yield* SimulatedBinance.SimulatedBinance
            yield* binance.deposit({ product, asset, amount: deposit })
            yield* binance.inject(Fault.errorAnswer({ endpoint: openOrders[product], status: 503, for: "20 seconds" }))
            const account = yield* row.make()
            yield* consume(account)
            const fills = yield* fillsOf(account)
            yield* adjust("10 seconds")
            yield* set(by)
            yield* adjust("2 minutes")
            yield* binance.inject(Fault.dropSockets())
            yield* binance.placeOrder(market)
            yield* adjust("2 minutes")
            yield* expectFills(fills)
            yield* expectTruth(account, product)
          })
        )
      )
    }
  })
}
