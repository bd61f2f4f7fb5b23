import * as Effect from "effect/Effect"
import { type Fault, SimulatedBinance } from "effect-binance-user-data/testing"

/** What the simulated Binance in a process of its own is told, and what it answers. */
export type Command =
  | { readonly _tag: "Inject"; readonly fault: Fault.Fault }
  /** Sends one event to each account, and tells how many sockets got it. */
  | { readonly _tag: "PushToAll"; readonly e: string }
  | { readonly _tag: "Count" }
  | { readonly _tag: "Stop" }

export interface Counted {
  readonly openSockets: number
  readonly liveKeys: number
  readonly connects: number
  readonly requests: number
  /** RSS, in bytes. */
  readonly memory: number
}

export const apiKeyOf = (index: number) => `ApiKeyOfAccountNumber${index}`

/** `tsx test/chaos/binance.ts <accounts>`, with an IPC channel: first tells its port, then answers each command. */
const main = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  const accounts = Number(process.argv[2])
  for (let index = 0; index < accounts; index++) {
    yield* binance.account({ apiKey: apiKeyOf(index), account: String(index) })
  }
  const answer = (value: unknown) => Effect.sync(() => process.send?.(value))
  const obey = (command: Command) => {
    switch (command._tag) {
      case "Inject":
        return Effect.flatMap(binance.inject(command.fault), answer)
      case "PushToAll":
        return Effect.gen(function* () {
          let sockets = 0
          for (let index = 0; index < accounts; index++) {
            sockets += yield* binance.pushRaw(
              { product: "CoinFutures", account: String(index) },
              { e: command.e, E: Date.now() }
            )
          }
          yield* answer(sockets)
        })
      case "Count":
        return Effect.gen(function* () {
          const { connects, liveKeys, openSockets } = yield* binance.counters
          const counted: Counted = {
            openSockets,
            liveKeys,
            connects: connects.length,
            requests: yield* binance.requestCount(),
            memory: process.memoryUsage().rss
          }
          yield* answer(counted)
        })
      case "Stop":
        return Effect.sync(() => process.exit(0))
    }
  }
  yield* answer(Number(new URL(binance.httpUrl).port))
  yield* Effect.async<never>(() => {
    process.on("message", (command) => Effect.runFork(obey(command as Command)))
    process.on("disconnect", () => process.exit(0))
  })
}).pipe(Effect.provide(SimulatedBinance.layer()), Effect.scoped)

if (process.send !== undefined && process.argv[2] !== undefined && process.argv[1]?.endsWith("binance.ts") === true) {
  Effect.runFork(main)
}
