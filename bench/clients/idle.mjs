// Many streams over one `BinanceHttp`: their heap, and their CPU in ms while nothing happens.
import { setTimeout } from "node:timers/promises"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Scope from "effect/Scope"
import { obey } from "../support/commands.mjs"
import * as Library from "../support/library.mjs"

/** Opened before anything is measured, so that code and connections to the server are there. */
const before = 20

const heap = () => {
  for (let times = 0; times < 3; times++) {
    globalThis.gc()
  }
  return process.memoryUsage().heapUsed
}

obey({
  run: async ({ consumer, count, library, seconds, ...options }) => {
    const modules = await Library.load(library)
    const runtime = ManagedRuntime.make(Library.shared(modules, options))
    const scope = await runtime.runPromise(Scope.make())
    const openOne = (index) =>
      modules.CoinFutures.make().pipe(
        Effect.provideServiceEffect(
          modules.Credentials.Credentials,
          modules.Credentials.make({ apiKey: `account${index}` })
        ),
        Effect.flatMap((stream) => Library.consume(stream, consumer, () => undefined)),
        Scope.extend(scope)
      )
    const open = (from, to) =>
      runtime.runPromise(
        Effect.forEach(
          Array.from({ length: to - from }, (_, index) => from + index),
          openOne,
          { concurrency: 50, discard: true }
        )
      )
    await open(0, before)
    const first = heap()
    await open(before, before + count)
    const opened = heap() - first
    const since = process.cpuUsage()
    await setTimeout(seconds * 1000)
    const { system, user } = process.cpuUsage(since)
    return { heap: opened, cpu: (system + user) / 1000 }
  }
})
