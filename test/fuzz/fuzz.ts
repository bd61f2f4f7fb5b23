import * as Context from "effect/Context"
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
import { type Element, frameOf, judge, lengthOf, type Sequence, toArrived } from "../chaos/sequence.js"
import { products, type Service } from "../products/products.js"
import { generator } from "../simulation/simulate.js"
import * as Proxy from "./proxy.js"

export interface Options {
  readonly seed: number
  /** For how long things go wrong, in ms. */
  readonly millis: number
  /** How far the server's clock is ahead, in ms. */
  readonly skew: number
  readonly product: Environment.Product
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

/** More than twice this is longer than what is allowed for events in flight: a second. */
const overlap = 700

/** Hours become seconds. A stall may be longer than everything but the liveness deadline. */
const streamOptions = (random: () => number) =>
  ({
    onClose: "close",
    keepalive: Schedule.spaced("500 millis"),
    keepaliveRetry: Schedule.spaced("100 millis"),
    closeTimeout: "2 seconds",
    reconnect: Schedule.exponential("10 millis").pipe(Schedule.union(Schedule.spaced("200 millis")), Schedule.jittered),
    stableAfter: "200 millis",
    rolloverAge: "1500 millis",
    rolloverJitter: 0.2,
    overlap,
    probeAfter: "1 second",
    livenessDeadline: "2500 millis",
    pingDeadline: "3 seconds",
    buffer: { elements: random() < 0.5 ? 8192 : 512 }
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

interface Subject extends Sequence {
  readonly stream: Service
  isOpen: boolean
  lastArrived: number
  /** For how long the consumer shall stop to read, in ms. */
  stall: number
}

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

/** What goes wrong, and when. */
interface Trouble {
  readonly phase: () => string
  readonly push: () => void
  readonly tick: () => void
}

const troubleOf = (
  { product }: Options,
  subject: Subject,
  proxy: Proxy.Proxy,
  binance: SimulatedBinance.SimulatedBinance.Service,
  random: () => number,
  note: (text: string) => void
): Trouble => {
  // The simulator acts at once: no other fiber comes between two of these.
  const now = <A>(effect: Effect.Effect<A>): A => Effect.runSync(effect)
  const steps: Array<{ readonly at: number; readonly run: () => void }> = []
  const later = (delay: number, run: () => void) => steps.push({ at: Date.now() + delay, run })
  const between = (min: number, max: number) => min + random() * (max - min)
  const isSpot = product === "Spot"
  let last = ""
  let hasRolledOver = false

  const oldest = () =>
    now(binance.sockets)
      .slice()
      .sort((a, b) => a.openedAt - b.openedAt || a.id - b.id)[0]?.id

  const inject = (name: string, fault: Fault.Fault) => note(`${name} hit ${now(binance.inject(fault))}`)

  const stall = (route: Proxy.Route | undefined, direction: Proxy.Direction, millis: number) => {
    note(`stall ${direction} for ${Math.round(millis)} ms`)
    route?.[direction].stall(millis)
  }

  const goodbye = () => inject("close 1001", Fault.dropSockets({ id: oldest(), code: 1001, reason: "going away" }))
  const terminate = () => inject("terminate", Fault.eventStreamTerminated({ id: oldest() }))
  const expire = () => inject("expire", Fault.expireListenKey({ product }))

  /** Something ends while the oldest socket is read late. */
  const readLate = (end: () => void) => {
    const millis = between(100, 1800)
    const route = proxy.routes()[0]
    stall(route, "down", millis)
    if (random() < 0.3) {
      stall(route, "up", between(0, millis))
    }
    later(between(0, millis), end)
  }

  /** The old one ends before or while the new one opens, and is read after that. */
  const endInRollover = () => {
    const millis = between(0, 1000)
    proxy.stallNew(millis)
    note(`stall new for ${Math.round(millis)} ms`)
    const route = proxy.routes()[0]
    stall(route, "down", millis + (random() < 0.5 ? between(0, 1600) : between(1000, 2 * overlap)))
    if (random() < 0.5) {
      stall(route, "up", between(0, 1600))
    }
    later(between(0, millis), isSpot && random() < 0.5 ? terminate : goodbye)
  }

  const stallSome = () => {
    const routes = proxy.routes()
    const chosen = random() < 0.4 ? routes : [random() < 0.7 ? routes[0] : routes.at(-1)]
    const direction = random() < 0.7 ? "down" : "up"
    const millis = between(20, 1800)
    for (const route of chosen) {
      stall(route, direction, millis)
    }
  }

  const stallConsumer = () => {
    subject.stall = between(50, 1200)
    note(`consumer stalls for ${Math.round(subject.stall)} ms`)
  }

  const troubles: ReadonlyArray<() => void> = [
    stallSome,
    stallSome,
    stallSome,
    stallSome,
    stallConsumer,
    stallConsumer,
    () => readLate(goodbye),
    () => readLate(isSpot ? terminate : expire),
    isSpot ? terminate : expire,
    goodbye,
    () => inject("drop", Fault.dropSockets()),
    () => inject("shutdown", Fault.serverShutdown()),
    () => inject("shutdown", Fault.serverShutdown())
  ]

  return {
    phase: () => now(subject.stream.status).phase,
    push: () => {
      const n = subject.sentAt.length
      subject.sentAt.push(Date.now())
      now(Effect.flatMap(binance.serverTime, (time) => binance.pushRaw({ product }, frameOf(n, time))))
    },
    tick() {
      const due = steps.filter(({ at }) => at <= Date.now())
      for (const step of due) {
        steps.splice(steps.indexOf(step), 1)
        step.run()
      }
      const phase = this.phase()
      if (phase !== last && phase === "RollingOver" && (!hasRolledOver || random() < 0.5)) {
        hasRolledOver = true
        endInRollover()
      }
      last = phase
      if (random() < 0.0015) {
        troubles[Math.floor(random() * troubles.length)]!()
      }
    }
  }
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
      .make(streamOptions(random))
      .pipe(Scope.extend(consumers), Effect.provide(Context.add(context, Environment.Environment, environment)))
    const subject: Subject = {
      name: `${product} ${seed}`,
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

    const trouble = troubleOf(options, subject, proxy, binance, random, note)
    const end = Date.now() + millis
    while (Date.now() < end) {
      for (let left = Math.floor(random() * 4); left > 0; left--) {
        trouble.push()
      }
      trouble.tick()
      yield* Effect.sleep(2 + random() * 6)
    }

    yield* Effect.sync(proxy.releaseAll)
    note("nothing stalls any more")
    const healedFrom = subject.sentAt.length
    const hasHealed = yield* eventually(
      Effect.sync(() => {
        trouble.push()
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
