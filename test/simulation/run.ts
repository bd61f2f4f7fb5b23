import * as Effect from "effect/Effect"
import { describeReport, products, simulate } from "./simulate.js"

/** `npx tsx test/simulation/run.ts --seeds 100 --days 1 --from 1 --faults 12 --product CoinFutures` */
const argument = (name: string): string | undefined => {
  const index = process.argv.indexOf(`--${name}`)
  return index < 0 ? undefined : process.argv[index + 1]
}
const seeds = Number(argument("seeds") ?? 10)
const from = Number(argument("from") ?? 1)
const days = Number(argument("days") ?? 1)
const faultsPerDay = Number(argument("faults") ?? 12)
const only = argument("product")
const isVerbose = process.argv.includes("--verbose")

let simulated = 0
let violations = 0
const totals = { sent: 0, delivered: 0, inGaps: 0, gaps: 0, rollovers: 0, faults: 0 }
const started = Date.now()
for (let seed = from; seed < from + seeds; seed++) {
  for (const product of products) {
    if (only !== undefined && only !== product) {
      continue
    }
    const result = await Effect.runPromise(Effect.either(simulate({ seed, product, days, faultsPerDay })))
    simulated += days
    if (result._tag === "Left") {
      violations++
      console.error(isVerbose ? result.left.message : result.left.message.split("\n")[0])
    } else {
      const report = result.right
      totals.sent += report.sent
      totals.delivered += report.delivered
      totals.inGaps += report.inGaps
      totals.gaps += report.gaps
      totals.rollovers += report.rollovers
      totals.faults += report.faults.length
      if (isVerbose) {
        console.log(describeReport(report))
      }
    }
  }
}
const seconds = (Date.now() - started) / 1000
console.log(
  `${simulated} simulated days in ${seconds.toFixed(1)} s: ${totals.faults} faults, ${totals.sent} events, ` +
    `${totals.delivered} delivered, ${totals.inGaps} in ${totals.gaps} gaps, ${totals.rollovers} roll-overs, ` +
    `${violations} violations`
)
process.exitCode = violations === 0 ? 0 : 1
