import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Credentials } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { virtual } from "../products/harness.js"
import { adjust } from "../support/simulated.js"
import { accounts, make } from "./accounts.js"

const names = ["first", "second", "third"]

/** How many reads have not been answered yet. */
const inFlight = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  const { requests } = yield* binance.counters
  return Object.entries(requests).reduce(
    (sum, [endpoint, outcomes]) => sum + (endpoint.startsWith("GET") ? (outcomes.pending ?? 0) : 0),
    0
  )
})

for (const row of accounts) {
  virtual(
    `${row.product}: accounts that recover at the same time take turns`,
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { signer } = yield* Credentials.Credentials
      for (const name of names) {
        yield* binance.account({ apiKey: name, account: name, secretKey: SimulatedBinance.defaultSecretKey })
        const credentials = Credentials.layer({ apiKey: name, signer: Option.getOrUndefined(signer) })
        const account = yield* Effect.provide(make(row), credentials)
        yield* Effect.forkScoped(account.run)
      }
      yield* adjust("1 minute")
      yield* binance.inject(Fault.slow({ by: "1 second", for: "10 minutes", processed: "after" }))
      yield* binance.inject(Fault.dropSockets())
      let most = 0
      for (let passed = 0; passed < 300; passed++) {
        yield* adjust("200 millis")
        most = Math.max(most, yield* inFlight)
      }
      expect(most).toBeGreaterThan(1)
      expect(most).toBeLessThanOrEqual(4)
    })
  )
}
