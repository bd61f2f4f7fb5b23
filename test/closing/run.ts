import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { argument } from "../support/argument.js"
import { type Outcome, type Run, run, type Signal } from "./process.js"

/**
 * Stops a program with SIGINT and SIGTERM at random moments, and looks at what it leaves behind.
 *
 *     npm run kill -- --times 50 --seed 1 --verbose
 *     npm run kill -- --fills --times 200    # SIGKILL, and a ledger: see test/account/killing.ts
 */
if (process.argv.includes("--fills")) {
  await import("../account/killing.js")
}

const times = Number(argument("times") ?? 50)
const seed = Number(argument("seed") ?? 1)
const isVerbose = process.argv.includes("--verbose")

const signals: ReadonlyArray<Signal> = ["SIGINT", "SIGTERM"]

const plan = Effect.forEach(
  signals.flatMap((signal) => Array.from({ length: times }, (_, index) => ({ signal, index }))),
  ({ index, signal }) =>
    Effect.map(
      Random.nextIntBetween(0, 800),
      // In every fifth run the keys have to be left, and that has to be said.
      (after): Run => ({ signal, after, refusesToClose: index % 5 === 4 })
    )
).pipe(Effect.withRandom(Random.make(seed)))

const describe = ({ after, refusesToClose, signal }: Run, outcome: Outcome) =>
  `${signal} after ${after} ms${refusesToClose ? ", closing refused" : ""}: exit ${outcome.code}, ` +
  `${outcome.closed} of ${outcome.created} keys closed, ${outcome.openSockets} sockets left` +
  (outcome.left.length === 0 ? "" : `; left: ${outcome.left.join(", ")}`) +
  (outcome.unsaid.length === 0 ? "" : `; without a word: ${outcome.unsaid.join(", ")}`)

const started = Date.now()
const runs = await Effect.runPromise(plan)
const outcomes = await Effect.runPromise(
  Effect.forEach(
    runs,
    (one) =>
      Effect.tap(run(one), (outcome) =>
        Effect.sync(() => {
          if (isVerbose) {
            console.log(describe(one, outcome))
          }
        })
      ),
    { concurrency: 2 }
  )
)
const left = outcomes.filter((_, index) => !runs[index]!.refusesToClose).flatMap((outcome) => outcome.left)
const unsaid = outcomes.flatMap((outcome) => outcome.unsaid)
const sockets = outcomes.reduce((sum, { openSockets }) => sum + openSockets, 0)
console.log(
  `${runs.length} programs stopped in ${((Date.now() - started) / 1000).toFixed(0)} s: ${left.length} keys left, ` +
    `${unsaid.length} without a word, ${sockets} sockets left`
)
process.exit(left.length + unsaid.length + sockets === 0 ? 0 : 1)
