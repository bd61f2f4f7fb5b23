import * as Effect from "effect/Effect"
import { argument } from "../support/argument.js"
import * as Places from "./places.js"
import { rows, storm } from "./storm.js"

/**
 * Accounts under random trading and faults, seed after seed, over real sockets and on the virtual clock.
 *
 *     npm run chaos -- --accounts --seeds 30 --from 1 --rounds 3 --product Spot --place sockets --verbose
 *     npm run chaos -- --accounts --place virtual --seeds 50 --rounds 30 --pause 28200    # ten days each
 *     npm run chaos -- --accounts --load    # see loading.ts
 */
if (process.argv.includes("--load")) {
  await import("./loading.js")
}

const seeds = Number(argument("seeds") ?? 10)
const from = Number(argument("from") ?? 1)
const rounds = Number(argument("rounds") ?? 3)
const pause = Number(argument("pause") ?? 0)
const product = argument("product")
const lengthOfCause = process.argv.includes("--verbose") ? 20_000 : 300

/** On sockets most of the time is waiting. */
const places = [
  { word: "sockets", place: Places.sockets(), concurrency: 6 },
  { word: "virtual", place: Places.virtual, concurrency: 1 }
].filter(({ word }) => [word, undefined].includes(argument("place")))

const runs = rows
  .filter((row) => product === undefined || row.product === product)
  .flatMap((row) => Array.from({ length: seeds }, (_, index) => ({ row, seed: from + index })))

let violations = 0
for (const { concurrency, place } of places) {
  const started = Date.now()
  const totals = { commands: 0, faults: 0, fills: 0, recovered: 0, recoveries: 0 }
  const violated: Array<string> = []
  const one = ({ row, seed }: (typeof runs)[number]) =>
    Effect.map(Effect.exit(storm(row, { seed, rounds, pause }, place)), (exit) => {
      if (exit._tag === "Failure") {
        violated.push(`${row.name} ${seed}`)
        console.log(String(exit.cause).slice(0, lengthOfCause))
        return
      }
      for (const name of Object.keys(totals) as Array<keyof typeof totals>) {
        totals[name] += exit.value[name]
      }
    })
  await Effect.runPromise(Effect.forEach(runs, one, { concurrency }))
  violations += violated.length
  console.log(
    `${place.name}, ${runs.length} runs in ${((Date.now() - started) / 1000).toFixed(0)} s: ${totals.commands} commands, ` +
      `${totals.faults} faults, ${totals.fills} fills, ${totals.recovered} recovered, ${totals.recoveries} recoveries, ` +
      `${violated.length} violations${violated.length === 0 ? "" : ` (${violated.join(", ")})`}`
  )
}
process.exit(violations === 0 ? 0 : 1)
