import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { products } from "../products/products.js"
import { describeReport, fuzz } from "./fuzz.js"

const named = (name: string) => products.map(({ product }) => product).find((product) => product === name)!

/** A little of it; `npm run fuzz` goes on. A failure names its seed. */
describe("a stream behind a proxy that stalls delivers each event once and in order, or reports a gap around it", () => {
  for (const product of [named("Spot"), named("CoinFutures")]) {
    for (const skew of [0, 2500]) {
      it.live(
        `${product}, with a server's clock that is off by ${skew} ms`,
        () =>
          Effect.gen(function* () {
            const reports = yield* Effect.forEach(
              [1, 2],
              (seed) => fuzz({ seed, millis: 5000, skew: seed % 2 === 0 ? -skew : skew, product }),
              { concurrency: "unbounded" }
            )
            for (const report of reports) {
              console.log(describeReport(report))
              // A stream that is always in a gap would obey, too.
              expect(report.delivered).toBeGreaterThan(report.sent / 3)
            }
            expect(reports.flatMap(({ violations }) => violations)).toEqual([])
          }),
        60_000
      )
    }
  }
})
