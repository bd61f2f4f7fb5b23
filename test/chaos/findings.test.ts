import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type BinanceError, CoinFutures, Margin, type StreamNotice, UserDataStream } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { consume, during, now, virtual } from "../products/harness.js"
import * as FakeSource from "../session/fakeSource.js"
import * as VirtualClock from "../support/VirtualClock.js"

type Element = FakeSource.Event | StreamNotice.StreamNotice

/** Events by their number, notices by their tag. */
const brief = (elements: ReadonlyArray<Element>) =>
  elements.map((element) => ("n" in element ? element.n : element._tag))

const test = (
  name: string,
  body: (
    fake: FakeSource.FakeSource,
    elements: Array<Element>
  ) => Effect.Effect<void, BinanceError.BinanceError, VirtualClock.VirtualClock | Scope.Scope>,
  options?: UserDataStream.Options
) =>
  it.live(name, () =>
    Effect.gen(function* () {
      const fake = yield* FakeSource.make
      const stream = yield* UserDataStream.make(fake.source, options)
      const elements: Array<Element> = []
      yield* Effect.fork(Stream.runForEach(stream.events, (element) => Effect.sync(() => elements.push(element))))
      yield* settle
      yield* body(fake, elements)
    }).pipe(Effect.scoped, VirtualClock.run)
  )

const { adjust } = VirtualClock
const settle = adjust(0)

/** Until there is a second connection beside the first one, which does not answer any more. */
const untilRollover = (fake: FakeSource.FakeSource) =>
  Effect.gen(function* () {
    const old = fake.last()
    fake.prepare = () => {
      old.answersProbes = false
    }
    yield* adjust("22 hours")
    while (fake.connections.length < 2) {
      yield* adjust("1 second")
    }
    return { old, next: fake.last() }
  })

/** What chaos has found, each in the smallest form. */
describe("found by chaos", () => {
  test("an old connection that is closed politely may have been closed before the new one was live", (fake, elements) =>
    Effect.gen(function* () {
      const { next, old } = yield* untilRollover(fake)
      old.close({ _tag: "SocketClosed", code: 1001, reason: "going away" })
      yield* settle
      next.send(2)
      yield* settle
      expect(brief(elements)).toEqual(["Opened", "Interrupted", "Resumed", 2])
      const { gap } = elements[2] as StreamNotice.Resumed
      expect(gap.to - gap.from).toBeGreaterThan(0)
    }))

  test("nor is it proof that it is closed politely later: it may be read late", (fake, elements) =>
    Effect.gen(function* () {
      const { next, old } = yield* untilRollover(fake)
      yield* adjust("2 seconds")
      old.close({ _tag: "SocketClosed", code: 1001, reason: "going away" })
      yield* settle
      next.send(2)
      yield* settle
      expect(brief(elements)).toEqual(["Opened", "Interrupted", "Resumed", 2])
    }))

  test(
    "what an old connection says after it was given up proves nothing: its events are not read any more",
    (fake, elements) =>
      Effect.gen(function* () {
        yield* adjust("1 minute")
        const old = fake.last()
        old.send(1)
        const provenAt = old.now()
        fake.gate = Effect.sleep("5 seconds")
        yield* adjust("10 seconds")
        old.close()
        yield* adjust("2 seconds")
        old.receiver.onFrame(JSON.stringify({ _tag: "Event", n: 2, eventTime: old.now() }))
        old.receiver.onSignOfLife()
        old.receiver.onProbeAnswer(old.probes.at(-1)!)
        yield* adjust("10 seconds")
        expect(brief(elements)).toEqual(["Opened", 1, "Interrupted", "Resumed"])
        expect((elements[3] as StreamNotice.Resumed).gap.from).toBeLessThanOrEqual(provenAt)
      }),
    { probeAfter: "11 seconds" }
  )

  test("a new connection that lags behind does not deliver again what the old one has delivered", (fake, elements) =>
    Effect.gen(function* () {
      yield* adjust("22 hours")
      while (fake.connections.length < 2) {
        yield* adjust("1 second")
      }
      const [old, next] = fake.connections as [FakeSource.FakeConnection, FakeSource.FakeConnection]
      next.answersProbes = false
      const texts = [2, 3].map((n) => JSON.stringify({ _tag: "Event", n, eventTime: old.now() }))
      for (const text of texts) {
        old.sendText(text)
      }
      yield* adjust("30 seconds")
      expect(brief(elements)).toEqual(["Opened", 2, 3, "RolledOver"])
      for (const text of texts) {
        next.sendText(text)
      }
      for (const probe of next.probes) {
        next.receiver.onProbeAnswer(probe)
      }
      yield* settle
      next.sendText(texts[0]!)
      yield* settle
      expect(brief(elements)).toEqual(["Opened", 2, 3, "RolledOver", 2])
    }))

  virtual(
    "a subscription that ends while its renewal is under way is a gap",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { elements } = yield* consume(yield* Margin.make({ validity: 3_600_000 }))
      yield* adjust("54 minutes")
      yield* binance.inject(
        Fault.slow({ endpoint: "userDataStream.subscribe.listenToken", by: "10 seconds", processed: "after" })
      )
      yield* adjust("62 seconds")
      expect(yield* binance.inject(Fault.eventStreamTerminated())).toBe(1)
      const at = yield* now
      expect(yield* binance.pushRaw({ product: "Margin" }, { e: "lost", E: at })).toBe(0)
      yield* adjust("1 minute")
      const gaps = elements.flatMap((element) => (element._tag === "Resumed" ? [element.gap] : []))
      expect(gaps.filter(({ from, to }) => from <= at && at <= to)).toHaveLength(1)
    })
  )

  virtual(
    "a half-open socket that is being given up does not outlive the session",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { elements, fiber } = yield* consume(yield* CoinFutures.make())
      yield* adjust("1 minute")
      yield* binance.inject(Fault.halfOpen())
      while (elements.at(-1)?._tag !== "Resumed") {
        yield* adjust("1 second")
      }
      yield* during("1 second", Fiber.interrupt(fiber))
      const { liveKeys, openSockets } = yield* binance.counters
      expect({ liveKeys, openSockets }).toEqual({ liveKeys: 0, openSockets: 0 })
    })
  )

  test("the time of a server whose clock is ahead does not prove that nothing was under way", (fake, elements) =>
    Effect.gen(function* () {
      yield* adjust("1 minute")
      const arrivedAt = fake.last().now()
      fake.last().sendText(JSON.stringify({ _tag: "Event", n: 1, eventTime: arrivedAt + 400 }))
      fake.last().close()
      yield* settle
      expect(brief(elements)).toEqual(["Opened", 1, "Interrupted", "Resumed"])
      expect((elements[3] as StreamNotice.Resumed).gap.from).toBeLessThan(arrivedAt)
    }))

  test(
    "a gap of events that did not fit begins before an event that does not tell its time",
    (fake, elements) =>
      Effect.gen(function* () {
        yield* adjust("1 minute")
        const arrivedAt = fake.last().now()
        for (let n = 0; n < 4; n++) {
          fake.last().send(n)
        }
        fake.last().sendText(JSON.stringify({ _tag: "MalformedEvent", n: 4 }))
        yield* settle
        expect(brief(elements)).toEqual(["Opened", 0, 1, 2, 3, "Interrupted", "Resumed"])
        expect((elements[6] as StreamNotice.Resumed).gap.from).toBeLessThan(arrivedAt)
      }),
    { buffer: { elements: 4 } }
  )

  /** The simulated Binance trades few symbols. */
  const serious = (violations: ReadonlyArray<{ readonly kind: string }>) =>
    violations.filter(({ kind }) => kind !== "UnknownSymbol")

  virtual(
    "many margin accounts on one socket do not send it more than it takes",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const margin = yield* Margin.make()
      const symbols = Array.from({ length: 40 }, (_, index) => `COIN${index}USDT`)
      const sessions = yield* Effect.forEach(symbols, (symbol) => consume(margin.isolated(symbol)))
      yield* adjust("1 hour")
      const { connects, openSockets, subscriptions, violations } = yield* binance.counters
      expect({ connects: connects.length, openSockets, subscriptions, violations: serious(violations) }).toEqual({
        connects: 1,
        openSockets: 1,
        subscriptions: 40,
        violations: []
      })
      expect(sessions.map(({ elements }) => brief(elements as ReadonlyArray<Element>).length)).toEqual(
        symbols.map(() => 1)
      )
      yield* adjust("30 hours")
      expect(serious((yield* binance.counters).violations)).toEqual([])
    })
  )

  virtual(
    "a frame of no subscription comes once, also while a subscription is being renewed",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { elements } = yield* consume(yield* Margin.make({ validity: 3_600_000 }))
      yield* adjust("54 minutes")
      yield* binance.inject(Fault.slow({ endpoint: "userDataStream.subscribe.listenToken", by: "5 seconds" }))
      yield* adjust("62 seconds")
      yield* binance.inject(Fault.garbageFrame())
      yield* binance.pushRaw({ product: "Margin" }, { e: "behindGarbage" })
      yield* adjust("1 minute")
      expect(elements.map(({ _tag }) => _tag)).toEqual(["Opened", "MalformedEvent", "UnknownEvent"])
    })
  )
})
