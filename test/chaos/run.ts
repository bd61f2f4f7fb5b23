import * as Effect from "effect/Effect"
import type { Environment } from "effect-binance-user-data"
import { argument } from "../support/argument.js"
import { chaos, describeReport } from "./chaos.js"

/**
 * Chaos over real sockets, seed after seed.
 *
 *     npm run chaos -- --seeds 100 --from 1 --events 20000 --faults 12 --product CoinFutures --verbose
 *     npm run chaos -- --accounts --seeds 30    # accounts: see test/account/run.ts
 */
if (process.argv.includes("--accounts")) {
  await import("../account/run.js")
}

const seeds = Number(argument("seeds") ?? 10)
const from = Number(argument("from") ?? 1)
const product = argument("product")
const isVerbose = process.argv.includes("--verbose")

const started = Date.now()
const totals = { faults: 0, sent: 0, delivered: 0, malformed: 0, inGaps: 0, gaps: 0, rollovers: 0 }
const violated: Array<number> = []
for (let seed = from; seed < from + seeds; seed++) {
  const result = await Effect.runPromise(
    Effect.either(
      chaos({
        seed,
        events: Number(argument("events") ?? 20_000),
        faults: Number(argument("faults") ?? 12),
        products: product === undefined ? undefined : [product as Environment.Product]
      })
    )
  )
  if (result._tag === "Left") {
    violated.push(seed)
    console.log(isVerbose ? result.left.message : result.left.message.split("\n")[0])
    continue
  }
  const report = result.right
  for (const name of Object.keys(totals) as Array<keyof typeof totals>) {
    totals[name] += report[name]
  }
  if (isVerbose) {
    console.log(describeReport(report))
  }
}
console.log(
  `${seeds} seeds in ${((Date.now() - started) / 1000).toFixed(0)} s: ${totals.faults} faults, ${totals.sent} events, ` +
    `${totals.delivered} delivered, ${totals.malformed} malformed, ${totals.inGaps} in ${totals.gaps} gaps, ` +
    `${totals.rollovers} roll-overs, ${violated.length} violations${
      violated.length === 0 ? "" : ` (seeds ${violated.join(", ")})`
    }`
)
process.exit(violated.length === 0 ? 0 : 1)
