import * as Effect from "effect/Effect"
import { products } from "../products/products.js"
import { argument } from "../support/argument.js"
import { describeReport, fuzz } from "./fuzz.js"

/**
 * Streams over real sockets and a proxy that stalls, many seeds at once in one process.
 *
 *     npm run fuzz -- --seeds 20 --from 1 --seconds 100 --skew 2.5 --product spot --verbose
 *
 * `--skew` is how far the server's clock is off, in seconds: ahead for odd seeds, behind for even ones.
 */
const names = products.map(({ product }) => product)
const product = names.find((name) => name.toLowerCase() === (argument("product") ?? "spot").toLowerCase())
if (product === undefined) {
  console.error(`--product is one of ${names.join(", ")}`)
  process.exit(2)
}
const count = Number(argument("seeds") ?? 20)
const from = Number(argument("from") ?? 1)
const millis = Number(argument("seconds") ?? 100) * 1000
const skew = Number(argument("skew") ?? 0) * 1000
const isVerbose = process.argv.includes("--verbose")

const started = Date.now()
const reports = await Effect.runPromise(
  Effect.forEach(
    Array.from({ length: count }, (_, index) => from + index),
    (seed) =>
      Effect.tap(fuzz({ seed, millis, skew: seed % 2 === 0 ? -skew : skew, product }), (report) =>
        Effect.sync(() => {
          console.log(describeReport(report))
          const first = report.violations[0]
          if (first !== undefined) {
            console.log(isVerbose ? first : first.split("\n")[0])
          }
        })
      ),
    { concurrency: "unbounded" }
  )
)
const sum = (of: (report: (typeof reports)[number]) => number) => reports.reduce((sum, report) => sum + of(report), 0)
const violations = sum((report) => report.violations.length)
console.log(
  `${product}, skew ${skew} ms, ${count} seeds in ${((Date.now() - started) / 1000).toFixed(0)} s: ` +
    `${sum(({ faults }) => faults)} faults, ${sum(({ sent }) => sent)} events, ${sum(({ rollovers }) => rollovers)} ` +
    `roll-overs, ${sum(({ inGaps }) => inGaps)} events in ${sum(({ gaps }) => gaps)} gaps, ${violations} violations`
)
process.exit(violations === 0 ? 0 : 1)
