import * as Effect from "effect/Effect"
import { accounts } from "./accounts.js"
import { storm } from "./storm.js"

/**
 * Accounts under random trading and faults, seed after seed, on the virtual clock.
 *
 *     npm run storm -- --seeds 30 --from 1 --rounds 3 --product Spot
 */
const argument = (name: string): string | undefined => {
  const index = process.argv.indexOf(`--${name}`)
  return index < 0 ? undefined : process.argv[index + 1]
}
const seeds = Number(argument("seeds") ?? 10)
const from = Number(argument("from") ?? 1)
const rounds = Number(argument("rounds") ?? 3)
const product = argument("product")

const started = Date.now()
const totals = { commands: 0, faults: 0, fills: 0, recovered: 0, recoveries: 0 }
const violated: Array<string> = []
for (const row of accounts.filter((row) => product === undefined || row.product === product)) {
  for (let seed = from; seed < from + seeds; seed++) {
    const exit = await Effect.runPromiseExit(storm(row, { seed, rounds }))
    if (exit._tag === "Failure") {
      violated.push(`${row.product} ${seed}`)
      console.log(String(exit.cause).slice(0, process.argv.includes("--verbose") ? 20_000 : 300))
      continue
    }
    for (const name of Object.keys(totals) as Array<keyof typeof totals>) {
      totals[name] += exit.value[name]
    }
  }
}
console.log(
  `${seeds} seeds in ${((Date.now() - started) / 1000).toFixed(0)} s: ${totals.commands} commands, ${totals.faults} faults, ` +
    `${totals.fills} fills, ${totals.recovered} recovered, ${totals.recoveries} recoveries, ${violated.length} violations` +
    (violated.length === 0 ? "" : ` (${violated.join(", ")})`)
)
process.exit(violated.length === 0 ? 0 : 1)
