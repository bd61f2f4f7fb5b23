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
import {
  type BinanceError,
  BinanceHttp,
  CoinFutures,
  Credentials,
  type Environment,
  EuropeanOptions,
  Margin,
  MarginRisk,
  PortfolioMargin,
  PortfolioMarginPro,
  Spot,
  type StreamNotice,
  UsdFutures,
  type UserDataStream
} from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { generator, Violation } from "../simulation/simulate.js"

interface Element {
  readonly _tag: string
  readonly raw?: unknown
  readonly eventType?: string
  readonly text?: string
}

type Chance = () => number

/** Each product with an account of its own; margin with a cross and an isolated one on one socket. */
const accounts: ReadonlyArray<{
  readonly product: Environment.Product
  readonly path: string
  readonly symbols: ReadonlyArray<string | undefined>
}> = [
  { product: "CoinFutures", path: "/dapi/v1/listenKey", symbols: [undefined] },
  { product: "UsdFutures", path: "/fapi/v1/listenKey", symbols: [undefined] },
  { product: "EuropeanOptions", path: "/eapi/v1/listenKey", symbols: [undefined] },
  { product: "PortfolioMargin", path: "/papi/v1/listenKey", symbols: [undefined] },
  { product: "PortfolioMarginPro", path: "/fapi/v1/listenKey", symbols: [undefined] },
  { product: "MarginRisk", path: "/sapi/v1/margin/listen-key", symbols: [undefined] },
  { product: "Margin", path: "/sapi/v1/userListenToken", symbols: [undefined, "BTCUSDT"] },
  { product: "Spot", path: "userDataStream.subscribe.signature", symbols: [undefined] }
]

const apiKeyOf = (product: Environment.Product) => `ChaosApiKeyOfTheAccountFor${product}`
const secretKeyOf = (product: Environment.Product) => `ChaosSecretKeyOfTheAccountFor${product}`

/** Hours become seconds. */
const streamOptions = (random: Chance) => {
  const elements = [8192, 2048, 1024][Math.floor(random() * 3)]!
  return {
    onClose: "close",
    keepalive: Schedule.spaced("300 millis"),
    keepaliveRetry: Schedule.exponential("20 millis").pipe(Schedule.union(Schedule.spaced("100 millis"))),
    closeTimeout: "2 seconds",
    reconnect: Schedule.exponential("10 millis").pipe(Schedule.union(Schedule.spaced("200 millis")), Schedule.jittered),
    stableAfter: "200 millis",
    rolloverAge: "2 seconds",
    rolloverJitter: 0.2,
    overlap: "250 millis",
    probeAfter: "100 millis",
    livenessDeadline: "400 millis",
    pingDeadline: "800 millis",
    buffer: { elements },
    requestTimeout: "300 millis",
    validity: 3000,
    renewBefore: "1 second"
  } as const
}

const cadence = { pingInterval: "700 millis", pongTimeout: "3 seconds" } as const

const layer = (seed: number) =>
  Layer.mergeAll(
    BinanceHttp.layer({
      requestTimeout: "300 millis",
      retry: Schedule.exponential("10 millis").pipe(Schedule.intersect(Schedule.recurs(2))),
      connectionBudget: { limit: 100_000, window: "5 minutes" }
    }),
    SimulatedBinance.layer({
      seed,
      socketLifetime: "4 seconds",
      lifetimeCloseCode: seed % 2 === 0 ? 1001 : 1006,
      webSocketApi: { ...cadence, pingInterval: "2 seconds" },
      futures: cadence,
      options: cadence,
      accounts: accounts.map(({ product }) => ({
        account: product,
        apiKey: apiKeyOf(product),
        secretKey: secretKeyOf(product)
      }))
    })
  ).pipe(Layer.provideMerge(NodeLayer.layer), Layer.provideMerge(Logger.remove(Logger.defaultLogger)))

const streamsOf = (product: Environment.Product, random: Chance) =>
  Effect.gen(function* () {
    const options = streamOptions(random)
    if (product === "Margin") {
      const margin = yield* Margin.make(options)
      return [margin, margin.isolated("BTCUSDT")] as ReadonlyArray<UserDataStream.UserDataStream<Element>>
    }
    const make = { CoinFutures, UsdFutures, EuropeanOptions, PortfolioMargin, PortfolioMarginPro, MarginRisk, Spot }[
      product
    ].make
    return [yield* make(options)] as ReadonlyArray<UserDataStream.UserDataStream<Element>>
  }).pipe(
    Effect.provide(Layer.orDie(Credentials.layer({ apiKey: apiKeyOf(product), secretKey: secretKeyOf(product) }))),
    Effect.orDie
  )

// -----------------------------------------------------------------------------
// faults
// -----------------------------------------------------------------------------

type Named = readonly [name: string, fault: Fault.Fault]

/**
 * What goes wrong around a stream. Not here: faults that nobody can notice (a lost frame, a subscription that stops
 * without a word), those that end a stream with an error (a refused API key, a retired endpoint), and refusals of a
 * connect with 418 or 429, which hide their `Retry-After` and cost minutes.
 */
const faults = (subject: Subject, random: Chance): ReadonlyArray<Named> => {
  const { account, path, product, symbol } = subject
  const pick = (max: number) => Math.floor(random() * max)
  const sockets = { product, account, symbol }
  const owner = { product, account, symbol }
  const times = 1 + pick(4)
  const endpoint = pick(3) === 0 ? undefined : path
  const requests = { endpoint, times }
  return [
    ["drop 1006", Fault.dropSockets(sockets)],
    ["drop 1006", Fault.dropSockets(sockets)],
    ["drop 1001", Fault.dropSockets({ ...sockets, code: 1001, reason: "going away" })],
    ["drop 1008", Fault.dropSockets({ ...sockets, code: 1008, reason: "policy" })],
    ["drop everything", Fault.dropSockets()],
    ["half-open", Fault.halfOpen(sockets)],
    ["half-open", Fault.halfOpen(sockets)],
    ["24 h cut", Fault.cut24h(sockets)],
    ["server shutdown", Fault.serverShutdown(sockets)],
    ["server shutdown", Fault.serverShutdown(sockets)],
    ["unknown event", Fault.unknownEvent(sockets)],
    ["terminated", Fault.eventStreamTerminated(sockets)],
    ["expire key", Fault.expireListenKey(owner)],
    ["delete key", Fault.deleteListenKey(owner)],
    ["rotate key", Fault.rotateListenKey(owner)],
    ["expire tokens", Fault.expireListenTokens({ account, symbol })],
    ["refuse 403", Fault.refuseConnects(403, { times })],
    ["refuse 503", Fault.refuseConnects(503, { times })],
    ["refuse reset", Fault.refuseConnects("reset", { times })],
    ["5xx", Fault.serverError({ ...requests, times: times * 2 })],
    ["5xx html for long", Fault.serverError({ endpoint, html: true, for: 100 + pick(900) })],
    ["5xx processed", Fault.serverError({ ...requests, processed: true })],
    ["429", Fault.rateLimited({ ...requests, times: 1, retryAfter: random() / 5 })],
    ["418", Fault.banned({ ...requests, times: 1, retryAfter: random() / 3 })],
    ["403", Fault.forbidden(requests)],
    ["-1125", Fault.invalidListenKey({ endpoint: /listen-?key$/i.test(path) ? path : "none" })],
    ["slow", Fault.slow({ ...requests, by: 20 + pick(400), processed: pick(2) === 0 ? "before" : "after" })],
    ["never", Fault.never({ ...requests, processed: pick(2) === 0 })],
    ["reset", Fault.reset({ ...requests, processed: pick(2) === 0 })],
    ["truncated body", Fault.truncatedBody(requests)],
    ["empty body", Fault.emptyBody(requests)],
    ["skew", Fault.clockSkew([0, 0, 40, -40, 400, -400, -1500, 6000][pick(8)]!)]
  ]
}

const frameFaults = ["duplicate frame", "truncate frame", "garbage frame", "delay frames"] as const

// -----------------------------------------------------------------------------
// what is sent, and what arrives
// -----------------------------------------------------------------------------

/** What the simulator did to a frame: how many of its copies were touched, and how many copies there were. */
interface Touched {
  readonly duplicated: number
  readonly truncated: number
  readonly garbage: number
  readonly sockets: number
}

/** `n` of an event of the sequence; anything else that arrived. */
type Arrived =
  | number
  | { readonly _tag: "Malformed"; readonly n: number | undefined }
  | { readonly _tag: "Other"; readonly name: string }
  | StreamNotice.StreamNotice

interface Subject {
  readonly name: string
  readonly product: Environment.Product
  readonly account: string
  readonly symbol: string | undefined
  readonly path: string
  readonly stream: UserDataStream.UserDataStream<Element>
  /** When each event of the sequence was made, in epoch ms: before it was pushed. */
  readonly sentAt: Array<number>
  readonly touched: Map<number, Touched>
  readonly arrived: Array<Arrived>
  isOpen: boolean
  lastArrived: number
  /** For how long the consumer shall stop to read, in ms. */
  stall: number
}

const padding = "x".repeat(96)

/** Long enough for its number to survive a truncation. */
const frameOf = (n: number, at: number) => `{"e":"sequence","n":${n},"E":${at},"pad":"${padding}"}`

const isNotice = (element: Element): boolean =>
  element._tag === "Opened" ||
  element._tag === "Interrupted" ||
  element._tag === "Resumed" ||
  element._tag === "RolledOver"

const toArrived = (element: Element | StreamNotice.StreamNotice): Arrived => {
  if (isNotice(element)) {
    return element as StreamNotice.StreamNotice
  }
  const { eventType, raw, text = "" } = element as Element
  if (eventType === "sequence" && element._tag === "UnknownEvent") {
    return (raw as { readonly n: number }).n
  }
  // An empty answer of a WebSocket API.
  if (element._tag === "MalformedEvent" && text !== "") {
    const match = /"n":(\d+),/.exec(text)
    return { _tag: "Malformed", n: match === null ? undefined : Number(match[1]) }
  }
  return { _tag: "Other", name: eventType ?? element._tag }
}

export interface Report {
  readonly seed: number
  readonly millis: number
  readonly sent: number
  readonly delivered: number
  readonly malformed: number
  readonly duplicates: number
  readonly inGaps: number
  readonly gaps: number
  /** The share of all time that lies in reported gaps. */
  readonly gapShare: number
  readonly rollovers: number
  readonly faults: number
  readonly causes: { readonly [cause: string]: number }
  readonly connects: number
}

interface Judged {
  readonly delivered: number
  readonly malformed: number
  readonly duplicates: number
  readonly inGaps: number
  readonly gaps: ReadonlyArray<StreamNotice.Gap>
  readonly rollovers: number
}

/** Each event exactly once and in order, or in a reported gap; what the server itself did to frames is allowed for. */
const judge = (subject: Subject, garbageAllowed: number, fail: (text: string, at?: number) => never): Judged => {
  const { arrived, name, sentAt, touched } = subject
  const gaps: Array<StreamNotice.Gap> = []
  const whole = new Map<number, number>()
  const malformed = new Map<number, number>()
  let garbage = 0
  let duplicates = 0
  let rollovers = 0
  let isLive = false
  let last = -1
  const inOrder = (n: number) => {
    if (n > last) {
      last = n
      return
    }
    const touch = touched.get(n)
    // A copy that was mangled on one of two sockets is made good by the other one, later.
    if (touch === undefined || touch.sockets === 1 || touch.truncated === 0) {
      fail(`${name}: event ${n} arrived after ${last}`, sentAt[n])
    }
  }
  arrived.forEach((element, index) => {
    if (typeof element === "number") {
      const count = (whole.get(element) ?? 0) + 1
      whole.set(element, count)
      if (!isLive) {
        fail(`${name}: event ${element} arrived while the stream was interrupted`, sentAt[element])
      }
      if (sentAt[element] === undefined) {
        fail(`${name}: event ${element} was never sent`)
      }
      const touch = touched.get(element)
      if (count > 1) {
        duplicates++
        if (count > 1 + (touch?.duplicated ?? 0)) {
          fail(`${name}: event ${element} arrived ${count} times`, sentAt[element])
        }
        return
      }
      if (touch !== undefined && touch.garbage > 0 && touch.sockets === 1) {
        const before = arrived[index - 1]
        if (typeof before === "number" || before?._tag !== "Malformed" || before.n !== undefined) {
          fail(`${name}: the garbage before event ${element} is not in its place`, sentAt[element])
        }
      }
      if (malformed.get(element) === undefined) {
        inOrder(element)
      }
      return
    }
    switch (element._tag) {
      case "Opened":
        if (index > 0) {
          fail(`${name}: opened twice`, element.at)
        }
        isLive = true
        break
      case "Interrupted":
        if (!isLive) {
          fail(`${name}: interrupted twice`, element.at)
        }
        isLive = false
        break
      case "Resumed":
        if (isLive) {
          fail(`${name}: resumed without an interruption`, element.at)
        }
        if (element.gap.from > element.gap.to || element.gap.to > element.at) {
          fail(`${name}: a gap ends before it begins, or after now`, element.at)
        }
        isLive = true
        gaps.push(element.gap)
        break
      case "RolledOver":
        rollovers++
        break
      case "Malformed": {
        const { n } = element
        if (n === undefined) {
          garbage++
          break
        }
        const count = (malformed.get(n) ?? 0) + 1
        malformed.set(n, count)
        if (count > (touched.get(n)?.truncated ?? 0)) {
          fail(`${name}: event ${n} was mangled ${count} times`, sentAt[n])
        }
        if (count === 1 && !whole.has(n)) {
          inOrder(n)
        }
      }
    }
  })
  if (garbage > garbageAllowed) {
    fail(`${name}: ${garbage} frames of garbage arrived, but ${garbageAllowed} were sent`)
  }
  let inGaps = 0
  sentAt.forEach((at, n) => {
    if (!whole.has(n) && !malformed.has(n)) {
      if (!gaps.some(({ from, to }) => from <= at && at <= to)) {
        const nearest = gaps.map(({ from, to }) => Math.max(from - at, at - to)).sort((a, b) => a - b)[0]
        fail(`${name}: event ${n} is lost outside every gap, the nearest of which is ${nearest} ms away`, at)
      }
      inGaps++
    }
  })
  return {
    delivered: whole.size,
    malformed: Array.from(malformed.keys()).filter((n) => !whole.has(n)).length,
    duplicates,
    inGaps,
    gaps,
    rollovers
  }
}

const lengthOf = (gaps: ReadonlyArray<StreamNotice.Gap>): number => {
  let length = 0
  let until = 0
  for (const { from, to } of Array.from(gaps).sort((a, b) => a.from - b.from)) {
    length += Math.max(0, to - Math.max(from, until))
    until = Math.max(until, to)
  }
  return length
}

// -----------------------------------------------------------------------------
// the run
// -----------------------------------------------------------------------------

/** Looks again every few ms; `false` if it is not so in time. */
const eventually = (isSo: Effect.Effect<boolean>, within: number): Effect.Effect<boolean> =>
  Effect.suspend(() => {
    const deadline = Date.now() + within
    const look: Effect.Effect<boolean> = Effect.flatMap(isSo, (so) =>
      so || Date.now() > deadline ? Effect.succeed(so) : Effect.zipRight(Effect.sleep(5), look)
    )
    return look
  })

/**
 * Sends a known sequence of events to consumers of all products at once, over real sockets that all kinds of faults
 * befall, and checks that each event was delivered exactly once and in order, or lies in a reported gap; and that
 * nothing is left when the consumers have gone. The seed chooses the faults; their moments are those of a real clock.
 */
export const chaos = (options: {
  readonly seed: number
  /** For each stream. Default: 20,000. */
  readonly events?: number | undefined
  /** For each stream, on average. Default: 12. */
  readonly faults?: number | undefined
  /** Only these. Default: all. */
  readonly products?: ReadonlyArray<Environment.Product> | undefined
}): Effect.Effect<Report, Violation> =>
  Effect.gen(function* () {
    const { seed } = options
    const events = options.events ?? 20_000
    const random = generator(seed)
    const started = Date.now()
    const log: Array<{ readonly at: number; readonly text: string }> = []
    const note = (text: string) => log.push({ at: Date.now(), text })
    const subjects: Array<Subject> = []
    let faultCount = 0

    const fail = (text: string, at: number = Date.now()): never => {
      const lines = log
        .filter((line) => Math.abs(line.at - at) < 3000)
        .sort((a, b) => a.at - b.at)
        .map((line) => `${line.at} ${line.text}`)
      throw new Violation(`seed ${seed}: ${text} (${at})\n${lines.join("\n")}`)
    }

    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(layer(seed), scope)
    const binance = Context.get(context, SimulatedBinance.SimulatedBinance)
    // The simulator acts at once: no other fiber comes between two of these.
    const now = <A>(effect: Effect.Effect<A>): A => Effect.runSync(effect)

    const push = (subject: Subject): number => {
      const { account, product, sentAt, symbol } = subject
      const n = sentAt.length
      const at = Date.now()
      sentAt.push(at)
      return now(binance.pushRaw({ product, account, symbol }, frameOf(n, at)))
    }

    const counted = (action: () => void): number => {
      const before = now(binance.counters).eventsSent
      action()
      return now(binance.counters).eventsSent - before
    }

    /** Harms the next frames, and sends frames until the harm is done, so that no other frame is met. */
    const harm = (subject: Subject, kind: (typeof frameFaults)[number]) => {
      const { account, product, symbol } = subject
      if (counted(() => push(subject)) === 0) {
        return
      }
      const sockets = { product, account, symbol }
      const times = 1 + Math.floor(random() * 3)
      now(
        binance.inject(
          kind === "duplicate frame"
            ? Fault.duplicateFrame({ ...sockets, times })
            : kind === "truncate frame"
              ? Fault.truncateFrame({ ...sockets, times })
              : kind === "garbage frame"
                ? Fault.garbageFrame({ ...sockets, times })
                : Fault.delayFrames({ ...sockets, times, by: 1 + Math.floor(random() * 30) })
        )
      )
      for (let left = times; left > 0; ) {
        const n = subject.sentAt.length
        const copies = counted(() => push(subject))
        const touched = Math.min(left, copies)
        subject.touched.set(n, {
          duplicated: kind === "duplicate frame" ? touched : 0,
          truncated: kind === "truncate frame" ? touched : 0,
          garbage: kind === "garbage frame" ? touched : 0,
          sockets: copies
        })
        left -= touched
        if (copies === 0) {
          fail(`${subject.name}: a frame fault was not used up`)
        }
      }
      faultCount++
      note(`${subject.name}: ${kind} ${subject.sentAt.length - times}`)
    }

    const misfortune = (subject: Subject) => {
      const kind = Math.floor(random() * 40)
      if (kind < frameFaults.length) {
        return harm(subject, frameFaults[kind]!)
      }
      if (kind < frameFaults.length + 3) {
        subject.stall = 20 + random() * 400
        note(`${subject.name}: consumer stalls for ${Math.round(subject.stall)} ms`)
        return
      }
      const candidates = faults(subject, random)
      const [name, fault] = candidates[Math.floor(random() * candidates.length)]!
      // A dead listen key brings no events, unknown ones neither.
      if (fault._tag === "UnknownEvent" && push(subject) === 0) {
        return
      }
      const hit = now(binance.inject(fault))
      faultCount++
      note(`${subject.name}: ${name} hit ${hit} ${fault._tag === "ClockSkew" ? fault.by : ""}`)
    }

    const consume = (subject: Subject) =>
      Stream.runForEach(subject.stream.events, (element) => {
        const arrived = toArrived(element)
        subject.arrived.push(arrived)
        if (typeof arrived === "number") {
          subject.lastArrived = Math.max(subject.lastArrived, arrived)
        } else {
          subject.isOpen = true
          note(`${subject.name}: ${JSON.stringify(arrived)}`)
        }
        if (subject.stall === 0) {
          return Effect.void
        }
        const { stall } = subject
        subject.stall = 0
        return Effect.sleep(stall)
      })

    const program = Effect.gen(function* () {
      const consumers = yield* Scope.make()
      for (const { path, product, symbols } of accounts) {
        if (options.products !== undefined && !options.products.includes(product)) {
          continue
        }
        const streams = yield* Scope.extend(streamsOf(product, random), consumers)
        symbols.forEach((symbol, index) => {
          subjects.push({
            name: symbol === undefined ? product : `${product} ${symbol}`,
            product,
            account: product,
            symbol,
            path,
            stream: streams[index]!,
            sentAt: [],
            touched: new Map(),
            arrived: [],
            isOpen: false,
            lastArrived: -1,
            stall: 0
          })
        })
      }
      const fibers: Array<Fiber.RuntimeFiber<void, BinanceError.BinanceError>> = []
      for (const subject of subjects) {
        fibers.push(yield* Effect.forkDaemon(consume(subject)))
      }
      if (
        !(yield* eventually(
          Effect.sync(() => subjects.every(({ isOpen }) => isOpen)),
          30_000
        ))
      ) {
        fail("not every stream opened")
      }

      // A thousand turns for 20,000 events: about 15 seconds.
      const burst = 20
      const chance = (options.faults ?? 12) / 1.4 / (events / burst)
      while (subjects.some(({ sentAt }) => sentAt.length < events)) {
        for (const subject of subjects) {
          const count = Math.min(events - subject.sentAt.length, Math.floor(random() * burst * 2))
          for (let left = count; left > 0; left--) {
            push(subject)
          }
          if (random() < chance) {
            misfortune(subject)
            while (random() < 0.3) {
              misfortune(subject)
            }
          }
        }
        yield* Effect.sleep(4 + random() * 10)
      }

      yield* Effect.sync(() => now(binance.inject(Fault.clear)))
      note("all faults are taken back")
      const healedFrom = subjects.map(({ sentAt }) => sentAt.length)
      const hasHealed = yield* eventually(
        Effect.sync(() => {
          let all = true
          subjects.forEach((subject, index) => {
            if (subject.lastArrived < healedFrom[index]!) {
              push(subject)
              all = false
            }
          })
          return all
        }),
        20_000
      )
      // What arrived last decides on all that was sent before it; what is under way is left out of the sequence.
      const arrivedLast = subjects.map(({ lastArrived }) => lastArrived)
      const statuses = yield* Effect.forEach(subjects, ({ stream }) => stream.status)
      const polls = yield* Effect.forEach(fibers, Fiber.poll)

      yield* Fiber.interruptAll(fibers)
      yield* Scope.close(consumers, Exit.void)
      const isLeft = yield* eventually(
        Effect.map(binance.counters, ({ liveKeys, openSockets }) => openSockets === 0 && liveKeys === 0),
        2000
      )
      const left = yield* binance.sockets
      const before = yield* binance.counters
      const requests = yield* binance.requestCount()
      // Whatever goes on after the end would show: nothing here waits longer than a keepalive of 300 ms.
      yield* Effect.sleep(400)
      const after = yield* binance.counters
      const requestsAfter = yield* binance.requestCount()

      for (const { at, endpoint, outcome } of yield* binance.requests) {
        log.push({ at, text: `request ${endpoint} ${outcome}` })
      }
      subjects.forEach((subject, index) => {
        const poll = polls[index]!
        if (poll._tag === "Some") {
          fail(`${subject.name}: the stream ended: ${JSON.stringify(poll.value)}`)
        }
        if (!hasHealed && subject.lastArrived < healedFrom[index]!) {
          fail(
            `${subject.name}: 20 seconds after the last fault it is ${statuses[index]!.phase}: ${JSON.stringify(statuses[index])}`
          )
        }
        subject.sentAt.length = arrivedLast[index]! + 1
        const tail = subject.arrived.lastIndexOf(arrivedLast[index]!)
        subject.arrived.length = tail + 1
      })
      const garbageOf = (product: Environment.Product) =>
        subjects
          .filter((subject) => subject.product === product)
          .flatMap(({ touched }) => Array.from(touched.values()))
          .reduce((sum, { garbage }) => sum + garbage, 0)
      const judged = subjects.map((subject) => judge(subject, garbageOf(subject.product), fail))
      if (!isLeft) {
        fail(`${before.openSockets} sockets and ${before.liveKeys} listen keys are left: ${JSON.stringify(left)}`)
      }
      if (
        requestsAfter !== requests ||
        after.connects.length !== before.connects.length ||
        after.framesReceived !== before.framesReceived ||
        after.pingsReceived !== before.pingsReceived
      ) {
        fail("there were requests after the end")
      }

      const millis = Date.now() - started
      const sum = (of: (judged: Judged) => number) => judged.reduce((sum, one) => sum + of(one), 0)
      const causes: { [cause: string]: number } = {}
      for (const { gaps } of judged) {
        for (const { cause } of gaps) {
          causes[cause._tag] = (causes[cause._tag] ?? 0) + 1
        }
      }
      const report: Report = {
        seed,
        millis,
        sent: subjects.reduce((sum, { sentAt }) => sum + sentAt.length, 0),
        delivered: sum(({ delivered }) => delivered),
        malformed: sum(({ malformed }) => malformed),
        duplicates: sum(({ duplicates }) => duplicates),
        inGaps: sum(({ inGaps }) => inGaps),
        gaps: sum(({ gaps }) => gaps.length),
        gapShare: sum(({ gaps }) => lengthOf(gaps)) / (millis * subjects.length),
        rollovers: sum(({ rollovers }) => rollovers),
        faults: faultCount,
        causes,
        connects: after.connects.length
      }
      return report
    })
    return yield* Effect.ensuring(Effect.provide(program, context), Scope.close(scope, Exit.void))
  }).pipe(
    Effect.withRandom(Random.make(options.seed)),
    Effect.orDie,
    Effect.catchAllDefect((defect) => (defect instanceof Violation ? Effect.fail(defect) : Effect.die(defect)))
  )

export const describeReport = (report: Report): string =>
  `seed ${report.seed}: ${report.faults} faults, ${report.sent} events in ${(report.millis / 1000).toFixed(1)} s, ` +
  `${report.delivered} delivered, ${report.malformed} malformed, ${report.duplicates} duplicates of the server's, ` +
  `${report.inGaps} in ${report.gaps} gaps (${(report.gapShare * 100).toFixed(0)} % of the time), ` +
  `${report.rollovers} roll-overs, ${report.connects} connects; ${Object.entries(report.causes)
    .map(([cause, count]) => `${cause} ${count}`)
    .join(", ")}`
