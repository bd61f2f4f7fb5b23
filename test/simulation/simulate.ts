import { createHmac } from "node:crypto"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { BinanceError, StreamNotice, UserDataStream } from "effect-binance-user-data"
import {
  BinanceHttp,
  CoinFutures,
  Credentials,
  type Environment,
  EuropeanOptions,
  type ListenKey,
  Margin,
  MarginRisk,
  PortfolioMargin,
  PortfolioMarginPro,
  Spot,
  UsdFutures
} from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import * as VirtualClock from "../support/VirtualClock.js"

interface Element {
  readonly _tag: string
  readonly raw?: unknown
}

/** Signs without leaving the event loop's turn, so that a seed replays exactly. */
const signer: Credentials.Signer = {
  kind: "HMAC",
  sign: (payload) =>
    Effect.sync(() =>
      Redacted.make(createHmac("sha256", SimulatedBinance.defaultSecretKey).update(payload).digest("hex"))
    )
}

export const products = [
  "CoinFutures",
  "UsdFutures",
  "EuropeanOptions",
  "PortfolioMargin",
  "PortfolioMarginPro",
  "MarginRisk",
  "Margin",
  "Spot"
] as const satisfies ReadonlyArray<Environment.Product>

const streamOf = (product: Environment.Product, varied: UserDataStream.Options & ListenKey.Options) => {
  const options = { ...varied, onClose: "close" } as const
  const streams: {
    readonly [P in Environment.Product]: Effect.Effect<
      UserDataStream.UserDataStream<Element>,
      BinanceError.BinanceError,
      Effect.Effect.Context<ReturnType<typeof CoinFutures.make>>
    >
  } = {
    CoinFutures: CoinFutures.make(options),
    UsdFutures: UsdFutures.make(options),
    EuropeanOptions: EuropeanOptions.make(options),
    PortfolioMargin: PortfolioMargin.make(options),
    PortfolioMarginPro: PortfolioMarginPro.make(options),
    MarginRisk: MarginRisk.make(options),
    Margin: Margin.make(options),
    Spot: Spot.make(options)
  }
  return streams[product]
}

/** Every tenth seed runs with the defaults; the others vary them, mostly towards fewer wake-ups. */
const optionsOf = (seed: number, random: () => number): UserDataStream.Options & ListenKey.Options => {
  if (seed % 10 === 0) {
    return {}
  }
  const between = (least: number, most: number) => Math.floor(least + random() * (most - least))
  const probeAfter = between(60, 1200)
  return {
    probeAfter: `${probeAfter} seconds`,
    livenessDeadline: `${probeAfter + between(10, 600)} seconds`,
    rolloverAge: `${between(300, 1420)} minutes`,
    overlap: `${between(0, 20_000)} millis`,
    stableAfter: `${between(0, 300)} seconds`,
    keepalive: Schedule.spaced(`${between(5, 55)} minutes`)
  }
}

interface Sent {
  readonly n: number
  readonly at: number
}

export interface Report {
  readonly product: Environment.Product
  readonly seed: number
  readonly days: number
  readonly sent: number
  readonly delivered: number
  readonly inGaps: number
  readonly gaps: number
  readonly rollovers: number
  readonly faults: ReadonlyArray<string>
  readonly log: string
}

/** What is wrong with a run, in words. */
export class Violation extends Error {}

const secondsOf = (millis: number) => `${(millis / 1000).toFixed(0)} s`

/** The faults that a session has to live with: none of them may lose an event outside a reported gap. */
const faults = (product: Environment.Product, random: () => number): ReadonlyArray<readonly [string, Fault.Fault]> => {
  const owner = { product }
  const pick = (max: number) => Math.floor(random() * max)
  const times = 1 + pick(8)
  return [
    ["drop 1006", Fault.dropSockets()],
    ["drop 1001", Fault.dropSockets({ code: 1001, reason: "going away" })],
    ["drop 1008", Fault.dropSockets({ code: 1008, reason: "policy" })],
    ["half-open", Fault.halfOpen()],
    ["24 h cut", Fault.cut24h()],
    ["server shutdown", Fault.serverShutdown()],
    ["terminated", Fault.eventStreamTerminated()],
    ["expire key", Fault.expireListenKey(owner)],
    ["delete key", Fault.deleteListenKey(owner)],
    ["rotate key", Fault.rotateListenKey(owner)],
    ["expire tokens", Fault.expireListenTokens()],
    ["refuse 403", Fault.refuseConnects(403, { times })],
    ["refuse 429", Fault.refuseConnects(429, { times, retryAfter: 1 + pick(60) })],
    ["refuse 418", Fault.refuseConnects(418, { times: 1 })],
    ["refuse 503", Fault.refuseConnects(503, { times })],
    ["refuse reset", Fault.refuseConnects("reset", { times })],
    ["refuse never", Fault.refuseConnects("never", { times })],
    ["5xx", Fault.serverError({ times: times * 3 })],
    ["5xx html for long", Fault.serverError({ html: true, for: `${1 + pick(90)} minutes` })],
    ["5xx processed", Fault.serverError({ times, processed: true })],
    ["429", Fault.rateLimited({ times, retryAfter: 1 + pick(120) })],
    ["418", Fault.banned({ times: 1, retryAfter: 60 + pick(600) })],
    ["403", Fault.forbidden({ times })],
    ["-1125", Fault.invalidListenKey({ times: 1 })],
    ["slow", Fault.slow({ by: `${1 + pick(30)} seconds`, times, processed: pick(2) === 0 ? "before" : "after" })],
    ["never", Fault.never({ times })],
    ["reset", Fault.reset({ times: times * 3, processed: pick(2) === 0 })],
    ["truncated", Fault.truncatedBody({ times })],
    ["empty", Fault.emptyBody({ times })],
    ["skew", Fault.clockSkew((pick(2) === 0 ? -1 : 1) * pick(20_000))]
  ]
}

/** A small generator of its own, so that the run depends on the seed alone. */
export const generator = (seed: number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/**
 * Lets one consumer of a product live through days of faults, and checks that each event was delivered exactly once and
 * in order, or lies in a reported gap; and that nothing is left when the consumer has gone.
 */
export const simulate = (options: {
  readonly seed: number
  readonly product: Environment.Product
  readonly days: number
  /** Faults on an average day. Default: 12. */
  readonly faultsPerDay?: number
}): Effect.Effect<Report, Violation> =>
  Effect.gen(function* () {
    const { days, product, seed } = options
    const random = generator(seed)
    const virtual = yield* VirtualClock.VirtualClock
    const log: Array<string> = []
    const note = (text: string) => log.push(`${new Date(virtual.now()).toISOString()} ${text}`)
    const sent: Array<Sent> = []
    const elements: Array<Element | StreamNotice.StreamNotice> = []
    const injected: Array<string> = []

    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(
      Layer.mergeAll(
        BinanceHttp.layer().pipe(
          Layer.provideMerge(
            SimulatedBinance.layerMemory({
              seed,
              lifetimeCloseCode: seed % 2 === 0 ? 1001 : 1006,
              pings: seed % 7 === 0 ? "hidden" : "visible",
              ...(seed % 10 === 0 ? {} : { webSocketApi: { pingInterval: "3 minutes", pongTimeout: "10 minutes" } })
            })
          )
        ),
        Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey, signer })
      ),
      scope
    ).pipe(Effect.orDie)
    const program = Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const consumer = yield* Scope.make()
      const stream = yield* Effect.orDie(Scope.extend(streamOf(product, optionsOf(seed, random)), consumer))
      const opened = yield* Deferred.make<void>()
      const fiber = yield* Effect.fork(
        Stream.runForEach(stream.events, (element) =>
          Effect.suspend(() => {
            elements.push(element)
            note(
              element._tag === "UnknownEvent"
                ? `delivered ${(element.raw as { readonly n: number }).n}`
                : `element ${JSON.stringify(element)}`
            )
            return element._tag === "Opened" ? Deferred.succeed(opened, undefined) : Effect.void
          })
        )
      )
      yield* virtual.adjust("1 second")

      const push = Effect.suspend(() => {
        const n = sent.length
        const at = virtual.now()
        sent.push({ n, at })
        return Effect.map(binance.pushRaw({ product }, { e: "sequence", E: at, n }), (sockets) => {
          note(`sent ${n} to ${sockets}`)
        })
      })

      const until = virtual.now() + days * 86_400_000
      const faultsPerDay = options.faultsPerDay ?? 12
      while (virtual.now() < until) {
        const isFault = random() < 0.35
        if (isFault && injected.length < faultsPerDay * days) {
          const candidates = faults(product, random)
          const [name, fault] = candidates[Math.floor(random() * candidates.length)]!
          injected.push(name)
          const hit = yield* binance.inject(fault)
          note(`fault ${name} hit ${hit}`)
        } else {
          yield* push
          while (random() < 0.3) {
            yield* push
          }
        }
        // Often right after a fault, at times hours later.
        const wait = random() ** 6 * (86_400_000 / faultsPerDay) * 4
        yield* virtual.adjust(Math.floor(wait))
      }

      yield* binance.inject(Fault.clear)
      yield* virtual.adjust("3 hours")
      yield* push
      yield* virtual.adjust("1 second")
      const last = sent.at(-1)!
      const status = yield* stream.status
      const poll = yield* Fiber.poll(fiber)
      const closing = yield* Effect.fork(Effect.zipRight(Fiber.interrupt(fiber), Scope.close(consumer, Exit.void)))
      yield* virtual.adjust("30 seconds")
      const isClosed = (yield* Fiber.poll(closing))._tag === "Some"
      const before = yield* binance.counters
      const requests = yield* binance.requestCount()
      yield* virtual.adjust("25 hours")
      const after = yield* binance.counters

      for (const { at, endpoint, outcome } of yield* binance.requests) {
        log.push(`${new Date(at).toISOString()} request ${endpoint} ${outcome}`)
      }
      log.sort()
      const fail = (text: string) => {
        throw new Violation(`${product}, seed ${seed}: ${text}\n${log.slice(-400).join("\n")}`)
      }
      const gaps: Array<StreamNotice.Gap> = []
      const delivered = new Map<number, number>()
      let lastDelivered = -1
      let rollovers = 0
      let isLive = false
      for (const element of elements) {
        switch (element._tag) {
          case "Opened":
            isLive = true
            break
          case "Interrupted":
            isLive = false
            break
          case "Resumed":
            isLive = true
            gaps.push((element as StreamNotice.Resumed).gap)
            break
          case "RolledOver":
            rollovers++
            break
          case "UnknownEvent": {
            const { n } = (element as Element).raw as { readonly n: number }
            if (!isLive) {
              fail(`event ${n} was delivered while the stream was interrupted`)
            }
            if (delivered.has(n)) {
              fail(`event ${n} was delivered twice`)
            }
            if (n < lastDelivered) {
              fail(`event ${n} was delivered after ${lastDelivered}`)
            }
            lastDelivered = n
            delivered.set(n, n)
          }
        }
      }
      let inGaps = 0
      const openedAt =
        elements[0]?._tag === "Opened" ? (elements[0] as StreamNotice.Opened).at : Number.POSITIVE_INFINITY
      for (const { at, n } of sent) {
        if (!delivered.has(n)) {
          const gap = gaps.find(({ from, to }) => from <= at && at <= to)
          if (gap === undefined && at >= openedAt) {
            fail(`event ${n} of ${new Date(at).toISOString()} is lost outside every gap`)
          }
          inGaps++
        }
      }
      if (!isClosed) {
        fail("the stream did not close within 30 seconds")
      }
      if (poll._tag === "Some") {
        fail(`the stream ended: ${JSON.stringify(poll.value)}`)
      }
      if (status.phase !== "Live" && status.phase !== "RollingOver") {
        fail(`three hours after the last fault the stream is ${status.phase}`)
      }
      if (!delivered.has(last.n)) {
        fail("the event after the last fault did not arrive")
      }
      if (before.openSockets !== 0 || after.openSockets !== 0) {
        fail(`${after.openSockets} sockets are left`)
      }
      if (before.liveKeys !== 0) {
        fail(`${before.liveKeys} listen keys are left`)
      }
      if ((yield* binance.requestCount()) !== requests || after.connects.length !== before.connects.length) {
        fail("there were requests after the end")
      }
      for (const [index, time] of after.connects.entries()) {
        if (after.connects[index + 300]! - time <= 300_000) {
          fail("more than 300 connects in 5 minutes")
        }
      }
      return {
        product,
        seed,
        days,
        sent: sent.length,
        delivered: delivered.size,
        inGaps,
        gaps: gaps.length,
        rollovers,
        faults: injected,
        log: log.join("\n")
      }
    })
    return yield* Effect.ensuring(Effect.provide(program, context), Scope.close(scope, Exit.void))
  }).pipe(
    // Nothing here leaves the event loop's turn.
    (effect) => VirtualClock.run(effect, 1),
    Effect.withRandom(Random.make(options.seed)),
    Effect.provide(Logger.remove(Logger.defaultLogger)),
    Effect.catchAllDefect((defect) => (defect instanceof Violation ? Effect.fail(defect) : Effect.die(defect)))
  )

export const describeReport = (report: Report): string =>
  `${report.product} seed ${report.seed}: ${report.days} days, ${report.faults.length} faults, ${report.sent} events, ${
    report.delivered
  } delivered, ${report.inGaps} in ${report.gaps} gaps, ${report.rollovers} roll-overs (${secondsOf(report.days * 86_400_000)})`
