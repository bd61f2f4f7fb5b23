import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { argument } from "../support/argument.js"
import { describeReport, products, simulate } from "./simulate.js"

/**
 * Simulates days of faults and checks each run. A seed replays exactly.
 *
 *     npm run simulate -- --seeds 125 --from 1 --days 1 --faults 12 --product CoinFutures --workers 2 --verbose
 */
const seeds = Number(argument("seeds") ?? 10)
const from = Number(argument("from") ?? 1)
const days = Number(argument("days") ?? 1)
const faultsPerDay = Number(argument("faults") ?? 12)
const workers = Number(argument("workers") ?? 1)
const only = argument("product")
const isVerbose = process.argv.includes("--verbose")
const started = Date.now()

interface Totals {
  days: number
  sent: number
  delivered: number
  inGaps: number
  gaps: number
  rollovers: number
  faults: number
  violations: number
}

const none = (): Totals => ({
  days: 0,
  sent: 0,
  delivered: 0,
  inGaps: 0,
  gaps: 0,
  rollovers: 0,
  faults: 0,
  violations: 0
})

const simulateAll = async (totals: Totals): Promise<void> => {
  for (let seed = from; seed < from + seeds; seed++) {
    for (const product of products) {
      if (only !== undefined && only !== product) {
        continue
      }
      const result = await Effect.runPromise(Effect.either(simulate({ seed, product, days, faultsPerDay })))
      totals.days += days
      if (result._tag === "Left") {
        totals.violations++
        console.log(isVerbose ? result.left.message : result.left.message.split("\n")[0])
        continue
      }
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

/** Each worker takes a part of the seeds. */
const delegate = (totals: Totals): Promise<unknown> => {
  const share = Math.ceil(seeds / workers)
  return Promise.all(
    Array.from({ length: workers }, (_, index) => {
      const count = Math.min(share, seeds - index * share)
      if (count <= 0) {
        return undefined
      }
      const child = spawn(
        process.execPath,
        [
          ...process.execArgv,
          fileURLToPath(import.meta.url),
          ...["--seeds", String(count), "--from", String(from + index * share), "--days", String(days)],
          ...["--faults", String(faultsPerDay), "--totals"],
          ...(only === undefined ? [] : ["--product", only]),
          ...(isVerbose ? ["--verbose"] : [])
        ],
        { stdio: ["ignore", "pipe", "inherit"] }
      )
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (line.startsWith("{")) {
          for (const [name, value] of Object.entries(JSON.parse(line) as Totals)) {
            totals[name as keyof Totals] += value
          }
        } else {
          console.log(line)
        }
      })
      return new Promise((resolve, reject) =>
        child.on("close", (code) => (code === 0 || code === 1 ? resolve(code) : reject(new Error(`worker: ${code}`))))
      )
    })
  )
}

const totals = none()
await (workers > 1 ? delegate(totals) : simulateAll(totals))
if (process.argv.includes("--totals")) {
  console.log(JSON.stringify(totals))
} else {
  console.log(
    `${totals.days} simulated days in ${((Date.now() - started) / 1000).toFixed(1)} s: ${totals.faults} faults, ` +
      `${totals.sent} events, ${totals.delivered} delivered, ${totals.inGaps} in ${totals.gaps} gaps, ` +
      `${totals.rollovers} roll-overs, ${totals.violations} violations`
  )
}
process.exitCode = totals.violations === 0 ? 0 : 1
