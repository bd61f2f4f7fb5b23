import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { chaos, describeReport } from "./chaos.js"

/** A few seeds; `npm run chaos` goes on. A failure names its seed. */
describe("chaos over real sockets", () => {
  for (const seed of [1, 2, 3]) {
    it.live(
      `seed ${seed}: every event of every product is delivered once and in order, or lies in a reported gap`,
      () =>
        Effect.gen(function* () {
          const report = yield* chaos({ seed })
          console.log(describeReport(report))
          expect(report.delivered + report.malformed + report.inGaps).toBe(report.sent)
          // A stream that is always in a gap would obey, too.
          expect(report.delivered).toBeGreaterThan(report.sent / 3)
          expect(report.gaps).toBeGreaterThan(0)
          expect(report.rollovers).toBeGreaterThan(0)
        }),
      120_000
    )
  }
})
