import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { virtual } from "../products/harness.js"
import { adjust, settle } from "../support/simulated.js"
import { accounts, identity, pictureOf } from "./accounts.js"
import { consume, expectTruth, fillsOf } from "./harness.js"

// What a second look finds.

for (const row of accounts) {
  const { asset, deposit, product, quantity, symbol } = row
  const market = { product, symbol, side: "BUY", type: "MARKET", quantity } as const

  describe(`${product}: a second look`, () => {
    if (product !== "Spot") {
      virtual(
        "is taken though the options have one: a position that a gap closed leaves",
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          yield* binance.deposit({ product, asset, amount: deposit })
          const account = yield* row.make({ confirmAfter: ["0 seconds"] })
          yield* consume(account)
          yield* adjust("10 seconds")
          yield* binance.placeOrder(market)
          yield* adjust("1 minute")
          yield* binance.inject(Fault.dropSockets())
          yield* binance.placeOrder({ ...market, side: "SELL" })
          yield* adjust("2 minutes")
          yield* expectTruth(account, product)
        })
      )
    }

    virtual(
      "is taken at a gap that was not confirmed before the next one: its late fills are found",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.deposit({ product, asset, amount: deposit })
        const account = yield* row.make({ symbols: [symbol] })
        const elements = yield* consume(account)
        const fills = yield* fillsOf(account)
        yield* adjust("2 minutes")
        // All answers are behind.
        yield* binance.inject(Fault.laggingRead({ by: "90 seconds", for: "60 seconds" }))
        yield* binance.inject(Fault.dropSockets())
        yield* binance.placeOrder(market)
        yield* product === "Spot" ? Effect.void : binance.placeOrder({ ...market, side: "SELL" })
        yield* adjust("9 seconds")
        expect(elements.at(-1)._tag).toBe("Snapshot")
        yield* binance.deposit({ product, asset, amount: "1" })
        yield* settle
        yield* binance.inject(Fault.refuseConnects("reset", { for: "90 seconds" }))
        yield* binance.inject(Fault.dropSockets())
        yield* adjust("5 minutes")
        const book = yield* binance.book({ product })
        expect(fills).toEqual(book.fills.map((fill) => `${identity(fill)} Recovered`))
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "is taken at a symbol that nothing names: its late fill is found",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.deposit({ product, asset, amount: deposit })
        const account = yield* row.make({ confirmAfter: ["0 seconds"] })
        yield* consume(account)
        const fills = yield* fillsOf(account)
        yield* adjust("2 minutes")
        yield* binance.inject(Fault.laggingRead({ by: "90 seconds", for: "9 seconds" }))
        yield* binance.inject(Fault.dropSockets())
        yield* binance.placeOrder(market)
        yield* adjust("2 minutes")
        const book = yield* binance.book({ product })
        expect(fills).toEqual(book.fills.map((fill) => `${identity(fill)} Recovered`))
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "that changes a balance is told by a Snapshot",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.deposit({ product, asset, amount: deposit })
        const account = yield* row.make()
        const elements = yield* consume(account)
        yield* adjust("2 minutes")
        yield* binance.inject(Fault.dropSockets())
        yield* adjust("2 seconds")
        yield* binance.inject(Fault.loseFrame({ times: 2 }))
        yield* binance.deposit({ product, asset, amount: "5" })
        yield* adjust("2 minutes")
        yield* expectTruth(account, product)
        const last = elements.filter(({ _tag }) => _tag === "Snapshot").at(-1)
        expect(pictureOf(last.state)).toEqual(pictureOf(yield* account.state))
      })
    )
  })
}
