import { type ChildProcess, fork } from "node:child_process"
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"
import * as v8 from "node:v8"
import * as vm from "node:vm"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { BinanceHttp, CoinFutures, Credentials, Environment } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import * as VirtualClock from "../support/VirtualClock.js"
import { apiKeyOf, type Command, type Counted } from "./binance.js"

const silent = Logger.remove(Logger.defaultLogger)

v8.setFlagsFromString("--expose-gc")
const collectGarbage = vm.runInNewContext("gc") as () => void

const memory = (): { readonly heap: number; readonly rss: number } => {
  collectGarbage()
  const { arrayBuffers, heapUsed, rss } = process.memoryUsage()
  return { heap: heapUsed + arrayBuffers, rss }
}

/** What each stream has seen. */
interface Seen {
  opened: number
  interrupted: number
  resumed: number
  events: number
}

const makeSeen = (): Seen => ({ opened: 0, interrupted: 0, resumed: 0, events: 0 })

const consume = (stream: CoinFutures.CoinFutures.Service, seen: Seen) =>
  Stream.runForEach(stream.events, (element) =>
    Effect.sync(() => {
      switch (element._tag) {
        case "Opened":
          seen.opened++
          break
        case "Interrupted":
          seen.interrupted++
          break
        case "Resumed":
          seen.resumed++
          break
        case "UnknownEvent":
          seen.events++
      }
    })
  )

const streamOf = (index: number, options: CoinFutures.StreamOptions = {}) =>
  Effect.provide(CoinFutures.make(options), Layer.orDie(Credentials.layer({ apiKey: apiKeyOf(index) })))

const until = (isSo: () => boolean) => Effect.repeat(Effect.sleep(20), { until: isSo })

// -----------------------------------------------------------------------------
// real sockets
// -----------------------------------------------------------------------------

interface Remote {
  readonly port: number
  readonly ask: <A>(command: Command) => Effect.Effect<A>
}

/** A simulated Binance in a process of its own, so that memory here is that of the streams alone. */
const remote = (accounts: number): Effect.Effect<Remote, never, Scope.Scope> =>
  Effect.gen(function* () {
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href
    const child: ChildProcess = yield* Effect.acquireRelease(
      Effect.sync(() =>
        fork(new URL("./binance.ts", import.meta.url), [String(accounts)], { execArgv: ["--import", tsx] })
      ),
      (child) => Effect.sync(() => child.kill())
    )
    const answer = <A>() =>
      Effect.async<A>((resume) => {
        child.once("message", (value) => resume(Effect.succeed(value as A)))
      })
    const port = yield* answer<number>()
    return {
      port,
      ask: <A>(command: Command) =>
        Effect.zipRight(
          Effect.sync(() => child.send(command)),
          answer<A>()
        )
    }
  })

export interface Report {
  readonly streams: number
  /** ms */
  readonly open: number
  /** ms */
  readonly recovery: number
  /** ms */
  readonly close: number
  /** Heap and buffers for each stream, in bytes. */
  readonly heapPerStream: number
  /** RSS for each stream, in bytes. */
  readonly rssPerStream: number
  readonly seen: ReadonlyArray<Seen>
  readonly live: Counted
  readonly recovered: Counted
  readonly closed: Counted
  readonly later: Counted
  readonly reached: readonly [before: number, after: number]
}

/** Opens so many streams, disconnects all of them at once, waits until all have recovered, and closes them. */
export const overSockets = (streams: number): Effect.Effect<Report> =>
  Effect.gen(function* () {
    const binance = yield* remote(streams)
    const count = binance.ask<Counted>({ _tag: "Count" })
    const url = `127.0.0.1:${binance.port}`
    const environment = Environment.custom({
      name: "remote",
      table: { CoinFutures: { rest: `http://${url}`, stream: `ws://${url}` } }
    })
    const context = yield* Layer.build(
      BinanceHttp.layerWith({ connectionBudget: { limit: 1_000_000, window: "5 minutes" } }).pipe(
        Layer.orDie,
        Layer.provideMerge(NodeLayer.layer),
        Layer.provideMerge(Layer.succeed(Environment.Environment, environment))
      )
    )
    const seen = Array.from({ length: streams }, makeSeen)
    const consumers = yield* Scope.make()
    const before = memory()

    let started = Date.now()
    const lap = () => {
      const now = Date.now()
      const taken = now - started
      started = now
      return taken
    }
    const fibers: Array<Fiber.RuntimeFiber<void, unknown>> = []
    for (const [index, one] of seen.entries()) {
      const stream = yield* Scope.extend(streamOf(index), consumers).pipe(Effect.provide(context), Effect.orDie)
      fibers.push(yield* Effect.forkDaemon(consume(stream, one)))
    }
    yield* until(() => seen.every(({ opened }) => opened === 1))
    const open = lap()
    const after = memory()
    const live = yield* count
    const first = yield* binance.ask<number>({ _tag: "PushToAll", e: "first" })
    yield* until(() => seen.every(({ events }) => events === 1))

    lap()
    yield* binance.ask({ _tag: "Inject", fault: Fault.dropSockets() })
    yield* until(() => seen.every(({ resumed }) => resumed === 1))
    const recovery = lap()
    const recovered = yield* count
    const second = yield* binance.ask<number>({ _tag: "PushToAll", e: "second" })
    yield* until(() => seen.every(({ events }) => events === 2))

    lap()
    yield* Fiber.interruptAll(fibers)
    yield* Scope.close(consumers, Exit.void)
    const close = lap()
    // The server sees the end of the last sockets a little later.
    const closed = yield* Effect.repeat(Effect.delay(count, 10), {
      until: ({ openSockets }) => openSockets === 0,
      times: 200
    }).pipe(Effect.zipRight(count))
    // Longer than any time to connect again or to look for a sign of life after a loss.
    yield* Effect.sleep(1500)
    const later = yield* count
    return {
      streams,
      open,
      recovery,
      close,
      heapPerStream: (after.heap - before.heap) / streams,
      rssPerStream: (after.rss - before.rss) / streams,
      seen,
      live,
      recovered,
      closed,
      later,
      reached: [first, second] as const
    }
  }).pipe(Effect.scoped, Effect.provide(silent))

export const describeReport = (report: Report): string =>
  `${report.streams} streams over real sockets: opened in ${report.open} ms, all back ${report.recovery} ms after a ` +
  `simultaneous disconnect, closed in ${report.close} ms; ${(report.heapPerStream / 1024).toFixed(1)} KiB of heap and ` +
  `${(report.rssPerStream / 1024).toFixed(1)} KiB of RSS for each; ${report.closed.openSockets} sockets and ` +
  `${report.closed.liveKeys} keys left`

// -----------------------------------------------------------------------------
// virtual clock
// -----------------------------------------------------------------------------

export interface VirtualReport {
  readonly streams: number
  /** ms of virtual time */
  readonly open: number
  /** ms of virtual time */
  readonly recovery: number
  /** The most connects in any 5 minutes. */
  readonly mostConnects: number
  /** How often a stream was interrupted in the two hours after it was back. */
  readonly laterInterruptions: number
  readonly refused: number
  readonly violations: ReadonlyArray<string>
  readonly left: { readonly openSockets: number; readonly liveKeys: number }
}

/** Binance's limit: connects in 5 minutes. */
export const limit = 300
const window = 5 * 60_000

/**
 * How long it takes at most until so many streams are back, in ms: their share of the connection budget in time, and
 * the places that were used up before.
 */
export const longestRecovery = (streams: number): number => Math.ceil(streams / limit + 1) * (window + 1000) + 60_000

const most = (connects: ReadonlyArray<number>): number => {
  let most = 0
  let first = 0
  for (const [index, at] of connects.entries()) {
    while (connects[first]! <= at - window) {
      first++
    }
    most = Math.max(most, index - first + 1)
  }
  return most
}

/** The same with the default connection budget, against a Binance that enforces its limits, on a virtual clock. */
export const onVirtualClock = (streams: number): Effect.Effect<VirtualReport> =>
  Effect.gen(function* () {
    const virtual = yield* VirtualClock.VirtualClock
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(
      BinanceHttp.layer.pipe(
        Layer.provideMerge(
          SimulatedBinance.layerMemory({
            seed: 1,
            enforceLimits: true,
            accounts: Array.from({ length: streams }, (_, index) => ({
              apiKey: apiKeyOf(index),
              account: String(index)
            }))
          })
        )
      ),
      scope
    )
    const binance = yield* Effect.provide(SimulatedBinance.SimulatedBinance, context)
    const seen = Array.from({ length: streams }, makeSeen)
    const fibers: Array<Fiber.RuntimeFiber<void, unknown>> = []
    const consumers = yield* Scope.make()
    for (const [index, one] of seen.entries()) {
      const stream = yield* Scope.extend(streamOf(index), consumers).pipe(Effect.provide(context), Effect.orDie)
      fibers.push(yield* Effect.forkDaemon(consume(stream, one)))
    }
    const passUntil = (isSo: () => boolean, within: number) =>
      Effect.gen(function* () {
        const from = virtual.now()
        while (!isSo() && virtual.now() - from < within) {
          yield* virtual.adjust("5 seconds")
        }
        return virtual.now() - from
      })
    const open = yield* passUntil(() => seen.every(({ opened }) => opened === 1), 2 * longestRecovery(streams))
    yield* binance.inject(Fault.dropSockets())
    const recovery = yield* passUntil(() => seen.every(({ resumed }) => resumed === 1), 2 * longestRecovery(streams))
    yield* virtual.adjust("2 hours")
    const laterInterruptions = seen.reduce((sum, { interrupted }) => sum + interrupted - 1, 0)
    const closing = yield* Deferred.make<void>()
    yield* Effect.fork(
      Effect.zipRight(
        Effect.zipRight(Fiber.interruptAll(fibers), Scope.close(consumers, Exit.void)),
        Deferred.succeed(closing, undefined)
      )
    )
    yield* virtual.adjust("1 minute")
    yield* Deferred.await(closing)
    const { connects, liveKeys, openSockets, refusedConnects, violations } = yield* binance.counters
    yield* Scope.close(scope, Exit.void)
    return {
      streams,
      open,
      recovery,
      mostConnects: most(connects),
      laterInterruptions,
      refused: refusedConnects,
      violations: violations.map(({ detail, kind }) => `${kind}: ${detail}`),
      left: { openSockets, liveKeys }
    }
  }).pipe((effect) => VirtualClock.run(effect, 1), Effect.withRandom(Random.make(1)), Effect.provide(silent))

export const describeVirtualReport = (report: VirtualReport): string =>
  `${report.streams} streams on the virtual clock with the default budget: opened in ${report.open / 1000} s, all back ` +
  `${report.recovery / 1000} s after a simultaneous disconnect (bound: ${longestRecovery(report.streams) / 1000} s), at most ` +
  `${report.mostConnects} connects in any 5 minutes, ${report.refused} refused, ${report.laterInterruptions} later interruptions`
