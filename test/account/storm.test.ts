import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { rows, storm } from "./storm.js"

describe("accounts under random trading and faults", () => {
  for (const row of rows) {
    it.live(
      row.name,
      () =>
        Effect.gen(function* () {
          for (const seed of [1, 2, 3]) {
            const report = yield* storm(row, { seed, rounds: 3 })
            expect(report.fills).toBeGreaterThan(0)
            expect(report.recoveries).toBeGreaterThan(1)
          }
        }),
      120_000
    )
  }
})
