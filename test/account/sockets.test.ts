import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { kill } from "./kill.js"
import * as Places from "./places.js"
import { rows, storm } from "./storm.js"

/** A few seeds; `npm run chaos -- --accounts` goes on. */
describe("accounts under random trading and faults, over real sockets", () => {
  for (const row of rows) {
    it.live(
      row.name,
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

/** A few kills; `npm run kill -- --fills` goes on. */
describe("a ledger of fills whose program is killed", () => {
  it.live(
    "has each fill once",
    () =>
      Effect.gen(function* () {
        const { fills, missing, wrong } = yield* kill({ times: 3, seed: 1 })
        expect(fills).toBeGreaterThan(0)
        expect({ missing, wrong }).toEqual({ missing: [], wrong: [] })
      }),
    240_000
  )
})
