import * as Effect from "effect/Effect"
import { argument } from "../support/argument.js"
import { kill } from "./kill.js"

/**
 * Ends the example that keeps a ledger with SIGKILL, again and again, and compares its ledger with the exchange's book.
 *
 *     npm run kill -- --fills --times 200 --seed 1
 */

const started = Date.now()
const { early, fills, kills, missing, recovered, wrong } = await Effect.runPromise(
  kill({ times: Number(argument("times") ?? 50), seed: Number(argument("seed") ?? 1) })
)
console.log(
  `killed ${kills} times in ${((Date.now() - started) / 1000).toFixed(0)} s (${early} before the stream was open): ` +
    `${fills} fills, ${recovered} recovered, ${missing.length} missing, ${wrong.length} wrong`
)
for (const fill of [...missing, ...wrong].slice(0, 50)) {
  console.log(fill)
}
process.exit(missing.length + wrong.length === 0 ? 0 : 1)
