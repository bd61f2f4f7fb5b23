// Many streams over one `BinanceHttp`, or as many plain sockets: their heap, and their CPU in ms while nothing happens.
import { setTimeout } from "node:timers/promises"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Scope from "effect/Scope"
import { baseline } from "../contenders.mjs"
import { obey } from "../support/commands.mjs"
import * as Library from "../support/library.mjs"
import * as Wire from "../support/wire.mjs"

/** Opened before anything is measured, so that code and connections to the server are there. */
const before = 20

const heap = () => {
  for (let times = 0; times < 3; times++) {
    globalThis.gc()
  }
  return process.memoryUsage().heapUsed
}

const probeEvery = 30_000

/** What opens a stream that is probed. */
const openers = async ({ consumer, library, ...options }) => {
  if (consumer === baseline) {
    return async (index) => {
      const socket = await Wire.open("CoinFutures", { ...options, apiKey: `account${index}` })
      setInterval(() => socket.ping(), probeEvery)
    }
  }
  const modules = await Library.load(library)
  const runtime = ManagedRuntime.make(Library.shared(modules, options))
  const scope = await runtime.runPromise(Scope.make())
  return (index) =>
    modules.CoinFutures.make().pipe(
      Effect.provideServiceEffect(
        modules.Credentials.Credentials,
        modules.Credentials.make({ apiKey: `account${index}` })
      ),
      Effect.flatMap((stream) => Library.consume(stream, consumer, () => undefined)),
      Scope.extend(scope),
      runtime.runPromise
    )
}

obey({
  run: async ({ count, seconds, ...options }) => {
    const openOne = await openers(options)
    const open = async (from, to) => {
      for (let index = from; index < to; index += 50) {
        await Promise.all(Array.from({ length: Math.min(50, to - index) }, (_, more) => openOne(index + more)))
      }
    }
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
