import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type BinanceError, BinanceHttp, Credentials, Environment } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { eventually } from "../chaos/chaos.js"
import { type Element, judge, lengthOf, toArrived } from "../chaos/sequence.js"
import { products } from "../products/products.js"
import { generator } from "../simulation/simulate.js"
import * as Proxy from "./proxy.js"
import { anything, type Course, makeHands, overlap, type Subject } from "./trouble.js"

export interface Options {
  readonly seed: number
  /** For how long things go wrong, in ms. */
  readonly millis: number
  /** How far the server's clock is ahead, in ms. */
  readonly skew: number
  readonly product: Environment.Product
  /** Default: at random. */
  readonly course?: Course | undefined
  /** Default: 1.5 seconds. */
  readonly rolloverAge?: Duration.DurationInput | undefined
  /** How many elements the consumer may leave unread. Default: 8192 or 512. */
  readonly buffer?: number | undefined
}

export interface Report {
  readonly seed: number
  readonly sent: number
  readonly delivered: number
  readonly inGaps: number
  readonly gaps: number
  /** The share of the time that lies in reported gaps. */
  readonly gapShare: number
  readonly rollovers: number
  readonly faults: number
  /** What happened around each violation; its first line says what is wrong. */
  readonly violations: ReadonlyArray<string>
}

/** Hours become seconds. A stall may be longer than everything but the liveness deadline. */
const streamOptions = ({ buffer, rolloverAge = "1500 millis" }: Options, random: () => number) =>
  ({
    onClose: "close",
    keepalive: Schedule.spaced("500 millis"),
    keepaliveRetry: Schedule.spaced("100 millis"),
    closeTimeout: "2 seconds",
    reconnect: Schedule.exponential("10 millis").pipe(Schedule.union(Schedule.spaced("200 millis")), Schedule.jittered),
    stableAfter: "200 millis",
    rolloverAge,
    rolloverJitter: 0.2,
    overlap,
    probeAfter: "1 second",
    livenessDeadline: "2500 millis",
    pingDeadline: "3 seconds",
    buffer: { elements: buffer ?? (random() < 0.5 ? 8192 : 512) }
  }) as const

const cadence = { pingInterval: "700 millis", pongTimeout: "30 seconds" } as const

const layer = (seed: number) =>
  Layer.mergeAll(
    BinanceHttp.layerWith({
      requestTimeout: "1 second",
      connectionBudget: { limit: 100_000, window: "5 minutes" }
    }),
    Layer.orDie(
      Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey, secretKey: SimulatedBinance.defaultSecretKey })
    ),
    SimulatedBinance.layer({
      seed,
      webSocketApi: { ...cadence, pingInterval: "2 seconds" },
      futures: cadence,
      options: cadence
    })
  ).pipe(Layer.provideMerge(NodeLayer.layer), Layer.provideMerge(Logger.remove(Logger.defaultLogger)))

/** The simulated Binance, but for WebSockets through the proxy. */
const environmentThrough = (port: number, product: Environment.Product) =>
  Effect.gen(function* () {
    const environment = yield* Environment.Environment
    const through = (address: string) => {
      const url = new URL(address)
      url.port = String(port)
      return url.href
    }
    const rest = yield* environment.rest(product)
    const stream = yield* Effect.option(environment.stream(product))
    const webSocketApi = yield* Effect.option(environment.webSocketApi(product))
    return Environment.custom({
      name: "through a proxy",
      table: {
        [product]: {
          rest,
          ...(stream._tag === "Some" ? { stream: through(stream.value) } : {}),
          ...(webSocketApi._tag === "Some" ? { webSocketApi: through(webSocketApi.value) } : {})
        }
      }
    })
  })

const consume = (subject: Subject, note: (text: string) => void): Effect.Effect<void, BinanceError.BinanceError> => {
  const take = (element: Element): Effect.Effect<void> | undefined => {
    const arrived = toArrived(element)
    subject.arrived.push(arrived)
    if (typeof arrived === "number") {
      subject.lastArrived = Math.max(subject.lastArrived, arrived)
    } else {
      subject.isOpen = true
      note(JSON.stringify(arrived))
    }
    if (subject.stall === 0) {
      return undefined
    }
    const { stall } = subject
    subject.stall = 0
    return Effect.sleep(stall)
  }
  return subject.name.endsWith("0")
    ? Stream.runForEach(subject.stream.events, (element) => take(element) ?? Effect.void)
    : subject.stream.forEach(take)
}

/** What was noted around a moment. */
const around = (log: ReadonlyArray<{ readonly at: number; readonly text: string }>, at: number) =>
  log.filter((line) => Math.abs(line.at - at) < 3000).map((line) => `${line.at} ${line.text}`)

/**
 * Sends a numbered sequence of events to a consumer over a real socket and a proxy that stalls each direction by itself,
 * while sockets are rolled over, closed and ended, and judges that each event was delivered exactly once and in order,
 * or that the time at which it was made lies in a reported gap: on the local clock, as gaps are. On the server's clock
 * it may be off by the skew, which is less than `docs/after-a-gap.md` tells programs to allow for.
 *
 * The seed chooses the faults; their moments are those of a real clock.
 */
export const fuzz = (options: Options): Effect.Effect<Report> =>
  Effect.gen(function* () {
    const { millis, product, seed, skew } = options
    const random = generator(seed)
    const started = Date.now()
    const log: Array<{ readonly at: number; readonly text: string }> = []
    const note = (text: string) => log.push({ at: Date.now(), text })
    const violations: Array<string> = []
    const fail = (text: string, at: number = Date.now()) => {
      violations.push([`seed ${seed}: ${text} (${at})`, ...around(log, at)].join("\n"))
    }

    const scope = yield* Effect.scope
    const context = yield* Layer.buildWithScope(layer(seed), scope)
    const binance = Context.get(context, SimulatedBinance.SimulatedBinance)
    const proxy = yield* Proxy.make(Number(new URL(binance.webSocketUrl).port))
    const environment = yield* Effect.provide(environmentThrough(proxy.port, product), context)
    yield* binance.inject(Fault.clockSkew(skew))

    const consumers = yield* Scope.make()
    const row = products.find((row) => row.product === product)!
    const stream = yield* row
      .make(streamOptions(options, random))
      .pipe(Scope.extend(consumers), Effect.provide(Context.add(context, Environment.Environment, environment)))
    const subject: Subject = {
      name: `${product} ${seed}`,
      product,
      stream,
      sentAt: [],
      touched: new Map(),
      arrived: [],
      isOpen: false,
      lastArrived: -1,
      stall: 0
    }
    const fiber = yield* Effect.forkDaemon(consume(subject, note))
    if (
      !(yield* eventually(
        Effect.sync(() => subject.isOpen),
        30_000
      ))
    ) {
      fail("the stream did not open")
    }

    const hands = makeHands(subject, proxy, binance, note)
    const goOn = (options.course ?? anything)(hands, random)
    const end = Date.now() + millis
    while (Date.now() < end) {
      for (let left = Math.floor(random() * 4); left > 0; left--) {
        hands.push()
      }
      hands.runDue()
      goOn()
      yield* Effect.sleep(2 + random() * 6)
    }

    yield* Effect.sync(proxy.releaseAll)
    note("nothing stalls any more")
    const healedFrom = subject.sentAt.length
    const hasHealed = yield* eventually(
      Effect.sync(() => {
        hands.push()
        return subject.lastArrived >= healedFrom
      }),
      20_000
    )
    // What arrived last decides on all that was sent before it; what is under way is left out of the sequence.
    const { lastArrived } = subject
    const status = yield* stream.status
    const poll = yield* Fiber.poll(fiber)
    yield* Fiber.interrupt(fiber)
    yield* Scope.close(consumers, Exit.void)
    const isClosed = yield* eventually(
      Effect.map(binance.counters, ({ liveKeys, openSockets }) => openSockets === 0 && liveKeys === 0),
      3000
    )

    if (poll._tag === "Some") {
      fail(`the stream ended: ${JSON.stringify(poll.value)}`)
    } else if (!hasHealed) {
      fail(`the stream has not come back: ${JSON.stringify(status)}`)
    }
    if (!isClosed) {
      const { liveKeys, openSockets } = yield* binance.counters
      fail(`${openSockets} sockets and ${liveKeys} listen keys are left`)
    }
    subject.sentAt.length = lastArrived + 1
    subject.arrived.length = subject.arrived.lastIndexOf(lastArrived) + 1
    const judged = judge(subject, 0, fail)
    const report: Report = {
      seed,
      sent: subject.sentAt.length,
      delivered: judged.delivered,
      inGaps: judged.inGaps,
      gaps: judged.gaps.length,
      gapShare: lengthOf(judged.gaps) / (Date.now() - started),
      rollovers: judged.rollovers,
      faults: log.filter(({ text }) => text.includes(" hit ") || text.includes("stall")).length,
      violations
    }
    return report
  }).pipe(Effect.scoped, Effect.withRandom(Random.make(options.seed)), Effect.orDie)

export const describeReport = (report: Report): string =>
  `seed ${report.seed}: ${report.faults} faults, ${report.sent} events, ${report.delivered} delivered, ` +
  `${report.inGaps} in ${report.gaps} gaps (${(report.gapShare * 100).toFixed(0)} % of the time), ` +
  `${report.rollovers} roll-overs, ${report.violations.length} violations`
