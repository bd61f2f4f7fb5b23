import * as Effect from "effect/Effect"
import { describeReport, describeVirtualReport, onVirtualClock, overSockets } from "./streams.js"

/**
 * Many streams in one process.
 *
 *     npx tsx test/chaos/scale.ts --streams 2000
 */
const index = process.argv.indexOf("--streams")
const streams = index < 0 ? 2000 : Number(process.argv[index + 1])

console.log(describeReport(await Effect.runPromise(overSockets(streams))))
console.log(describeVirtualReport(await Effect.runPromise(onVirtualClock(streams))))
process.exit(0)
