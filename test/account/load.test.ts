import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { virtual } from "../products/harness.js"
import { adjust } from "../support/simulated.js"
import { accounts, identity } from "./accounts.js"
import { consume, expectTruth, fillsOf } from "./harness.js"
import { counting, product, trade } from "./load.js"

describe("a gap of five minutes with 200 orders and 500 fills on 20 symbols", () => {
  const { client, counts } = counting()

  virtual(
    "is recovered whole, with at most four calls at a time and half of the weight of a minute",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.deposit({ product, asset: "USDT", amount: "10000000" })
      const account = yield* accounts[1].make()
      const elements = yield* consume(account)
      const fills = yield* fillsOf(account)
      yield* adjust("2 minutes")
      yield* binance.inject(Fault.refuseConnects("reset", { for: "5 minutes" }))
      yield* binance.inject(Fault.dropSockets())
      yield* trade(binance, adjust("20 seconds"))
      yield* binance.inject(Fault.slow({ by: "50 millis", for: "10 minutes" }))
      counts.weight = 0
      yield* adjust("3 minutes")
      const book = yield* binance.book({ product })
      expect([book.fills.length, book.openOrders.length]).toEqual([500, 100])
      expect(elements.flatMap(({ _tag }) => (_tag === "Unrecovered" || _tag === "Diverged" ? [_tag] : []))).toEqual([])
      expect([...fills].sort()).toEqual(book.fills.map((fill) => `${identity(fill)} Recovered`).sort())
      yield* expectTruth(account, product)
      expect(counts.most).toBe(4)
      expect(counts.weight).toBeLessThan(1_200)
      expect((yield* binance.counters).violations).toEqual([])
    }),
    { client, binance: { enforceLimits: true } }
  )
})
