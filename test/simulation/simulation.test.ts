import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { products, simulate } from "./simulate.js"

/** A few seeds; `npm run simulate` goes on. A failure names its seed. */
describe("days of faults", () => {
  for (const product of products) {
    it.live(
      `${product}: every event is delivered once and in order, or lies in a reported gap`,
      () =>
        Effect.gen(function* () {
          for (const seed of [1, 2, 3]) {
            const report = yield* simulate({ seed, product, days: 1, faultsPerDay: 60 })
            expect(report.delivered + report.inGaps).toBe(report.sent)
            expect(report.faults.length).toBeGreaterThan(0)
          }
        }),
      60_000
    )
  }

  it.live("a seed replays exactly", () =>
    Effect.gen(function* () {
      const options = { seed: 7, product: "UsdFutures", days: 1, faultsPerDay: 60 } as const
      const once = yield* simulate(options)
      const again = yield* simulate(options)
      expect(again.log).toBe(once.log)
    })
  )
})
