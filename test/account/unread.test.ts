import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Fault } from "effect-binance-user-data/testing"
import { virtual } from "../products/harness.js"
import { adjust } from "../support/simulated.js"
import { accounts } from "./accounts.js"
import { expectTruth, start } from "./harness.js"

for (const row of accounts) {
  const { product, quantity, symbol } = row
  const market = { product, symbol, side: "BUY", type: "MARKET", quantity } as const

  describe(`${product}: an event that cannot be read`, () => {
    virtual(
      "makes the account stale until REST has told what it was",
      Effect.gen(function* () {
        const { account, binance, elements, fills } = yield* start(row)
        yield* binance.inject(Fault.truncateFrame({ times: 4 }))
        yield* binance.inject(Fault.serverError({ for: "10 seconds" }))
        yield* binance.placeOrder(market)
        yield* adjust("1 second")
        expect(elements.map(({ _tag }) => _tag)).toContain("MalformedEvent")
        const { phase } = yield* account.state
        expect(phase).toMatchObject({
          _tag: "Recovering",
          why: expect.stringContaining("an event could not be read")
        })
        yield* adjust("40 seconds")
        expect(fills.map((fill) => fill.split(" ").at(-1))).toEqual(["Recovered"])
        expect(elements.map(({ _tag }) => _tag)).not.toContain("Diverged")
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "is made up for once a minute at most",
      Effect.gen(function* () {
        const { account, binance, elements } = yield* start(row)
        yield* adjust("1 minute")
        const before = elements.filter(({ _tag }) => _tag === "Snapshot").length
        yield* binance.inject(Fault.truncateFrame({ times: 300 }))
        for (let second = 0; second < 60; second++) {
          yield* binance.placeOrder(market)
          yield* adjust("5 seconds")
        }
        const recovered = elements.filter(({ _tag }) => _tag === "Snapshot").length - before
        expect(recovered).toBeGreaterThan(3)
        expect(recovered).toBeLessThanOrEqual(12)
        yield* binance.inject(Fault.clear)
        yield* adjust("2 minutes")
        yield* expectTruth(account, product)
      })
    )
  })
}
