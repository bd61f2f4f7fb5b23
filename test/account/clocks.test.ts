import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { virtual } from "../products/harness.js"
import { adjust } from "../support/simulated.js"
import { accounts, identity } from "./accounts.js"
import { consume, expectTruth, fillsOf } from "./harness.js"

// Times of a gap are local, those of Binance are not: it may be told only while a gap is mended by how much they differ.

for (const row of accounts) {
  const { asset, deposit, price, product, quantity, symbol } = row
  const limit = { product, symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", price, quantity } as const
  const market = { product, symbol, side: "BUY", type: "MARKET", quantity } as const

  describe(`${product}: a clock that is off`, () => {
    for (const skew of [-30_000, 30_000]) {
      virtual(
        `by ${skew} ms at the start: orders and fills of the first seconds are known`,
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          yield* binance.inject(Fault.clockSkew(skew))
          yield* binance.deposit({ product, asset, amount: deposit })
          const account = yield* row.make()
          yield* consume(account)
          const fills = yield* fillsOf(account)
          yield* adjust("2 seconds")
          yield* binance.placeOrder(limit)
          yield* adjust("1 second")
          yield* expectTruth(account, product)
          yield* binance.inject(Fault.dropSockets())
          yield* binance.placeOrder(market)
          yield* adjust("1 minute")
          yield* expectTruth(account, product)
          const book = yield* binance.book({ product })
          expect(fills).toEqual(book.fills.map((fill) => `${identity(fill)} Recovered`))
        })
      )
      virtual(
        `by ${skew} ms since the stream is down: its fills are found`,
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          yield* binance.deposit({ product, asset, amount: deposit })
          const account = yield* row.make()
          yield* consume(account)
          const fills = yield* fillsOf(account)
          yield* adjust("1 minute")
          yield* binance.inject(Fault.clockSkew(skew))
          yield* binance.inject(Fault.dropSockets())
          yield* binance.placeOrder(market)
          yield* adjust("1 minute")
          const book = yield* binance.book({ product })
          expect(fills).toEqual(book.fills.map((fill) => `${identity(fill)} Recovered`))
          yield* expectTruth(account, product)
        })
      )
    }
  })
}
