import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { accounts } from "./accounts.js"
import * as Places from "./places.js"
import { storm } from "./storm.js"

/** A few seeds; `npm run chaos -- --accounts` goes on. */
describe("accounts under random trading and faults, over real sockets", () => {
  for (const row of accounts) {
    it.live(
      row.product,
      () =>
        Effect.gen(function* () {
          const report = yield* storm(row, { seed: 1, rounds: 1 }, Places.sockets())
          expect(report.fills).toBeGreaterThan(0)
          expect(report.recoveries).toBeGreaterThan(1)
        }),
      240_000
    )
  }
})
