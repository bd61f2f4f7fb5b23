process.on("beforeExit", () => console.log("STUCK", (globalThis as any).__log.slice(-12).join("\n")))
import * as Effect from "effect/Effect"
import { simulate } from "/work/main/test/simulation/simulate.js"
const [product, seed, days] = process.argv.slice(2)
const timer = setTimeout(() => {}, 20000)
const r = await Effect.runPromise(Effect.either(simulate({ seed: Number(seed), product: product as any, days: Number(days ?? 1) })))
clearTimeout(timer)
console.log(r._tag === "Left" ? r.left.message : r.right.log)
