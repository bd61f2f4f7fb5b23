import { type ChildProcess, spawn } from "node:child_process"
import { createRequire } from "node:module"
import * as readline from "node:readline"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import { Environment } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { listenKeyProducts } from "../products/products.js"
import { type Arguments, ready } from "./program.js"

export type Signal = "SIGINT" | "SIGTERM"

export interface Run {
  readonly signal: Signal
  /** How long after the program has started the signal comes, in ms. */
  readonly after: number
  /** Whether Binance refuses to close the keys. */
  readonly refusesToClose: boolean
}

export interface Outcome {
  readonly code: number | null
  readonly created: number
  readonly closed: number
  /** The products whose keys are left. */
  readonly left: ReadonlyArray<Environment.Product>
  /** Those of them about which the program said nothing. */
  readonly unsaid: ReadonlyArray<Environment.Product>
  readonly openSockets: number
}

const apiKeyOf = (product: Environment.Product) => `ApiKeyOfTheAccountFor${product}`

const argumentsOf = Effect.gen(function* () {
  const environment = yield* Environment.Environment
  const table: { [product: string]: Environment.Endpoints } = {}
  const apiKeys: { [product: string]: string } = {}
  for (const { product } of listenKeyProducts) {
    table[product] = { rest: yield* environment.rest(product), stream: yield* environment.stream(product) }
    apiKeys[product] = apiKeyOf(product)
  }
  const given: Arguments = { table, apiKeys }
  return given
})

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href
const program = fileURLToPath(new URL("./program.ts", import.meta.url))

/** The program in a process of its own, which is gone when the scope is. */
const start = (given: Arguments) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, ["--import", tsx, program, JSON.stringify(given)], {
        env: process.env.PATH === undefined ? {} : { PATH: process.env.PATH },
        stdio: ["ignore", "pipe", "pipe"]
      })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

/** The lines that a process prints, and its exit code. */
const watch = (child: ChildProcess) => {
  const lines: Array<string> = []
  const isReady = new Promise<void>((resolve, reject) => {
    const keep = (line: string) => {
      lines.push(line)
      if (line === ready) {
        resolve()
      }
    }
    readline.createInterface({ input: child.stdout! }).on("line", keep)
    readline.createInterface({ input: child.stderr! }).on("line", keep)
    child.once("close", () => reject(new Error(`the program did not start:\n${lines.join("\n")}`)))
  })
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve))
  return { lines, isReady: Effect.promise(() => isReady), ended: Effect.promise(() => ended) }
}

/** Starts the program against a simulated Binance of its own, sends it a signal, and looks at what it left behind. */
export const run = ({ after, refusesToClose, signal }: Run): Effect.Effect<Outcome> =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const child = yield* start(yield* Effect.orDie(argumentsOf))
    const { ended, isReady, lines } = watch(child)
    yield* isReady
    yield* Effect.sleep(after)
    if (refusesToClose) {
      for (const { path } of listenKeyProducts) {
        yield* binance.inject(Fault.errorAnswer({ status: 403, endpoint: `DELETE ${path}`, for: "1 hour" }))
      }
    }
    child.kill(signal)
    const code = yield* ended
    const { liveKeys, openSockets, requests } = yield* Effect.repeat(Effect.delay(binance.counters, 10), {
      until: ({ openSockets }) => openSockets === 0,
      times: 100
    }).pipe(Effect.zipRight(binance.counters))
    // Each account has one product. The key that is left is that whose expiry hits something.
    const left: Array<Environment.Product> = []
    for (const { product } of listenKeyProducts) {
      if ((yield* binance.inject(Fault.deleteListenKey({ product, account: product }))) > 0) {
        left.push(product)
      }
    }
    if (left.length !== liveKeys) {
      return yield* Effect.dieMessage(`${liveKeys} keys are left, but only those of ${left.join(", ")} are known`)
    }
    const count = (method: string) =>
      Object.entries(requests)
        .filter(([endpoint]) => endpoint.startsWith(method))
        .reduce((sum, [, outcomes]) => sum + (outcomes["200"] ?? 0), 0)
    return {
      code,
      created: count("POST"),
      closed: count("DELETE"),
      left,
      unsaid: left.filter(
        (product) => !lines.some((line) => line.includes(`The listen key of ${product} could not be closed`))
      ),
      openSockets
    }
  }).pipe(
    Effect.scoped,
    Effect.provide(
      SimulatedBinance.layer({
        accounts: listenKeyProducts.map(({ product }) => ({ account: product, apiKey: apiKeyOf(product) }))
      })
    )
  )
