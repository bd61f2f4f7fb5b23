import { describe, expect, it } from "@effect/vitest"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { BinanceError, type StreamNotice, UserDataStream } from "effect-binance-user-data"
import { silent } from "../products/harness.js"
import * as FakeSource from "../session/fakeSource.js"
import * as VirtualClock from "../support/VirtualClock.js"

type Element = FakeSource.Event | StreamNotice.StreamNotice

const collect = (stream: UserDataStream.UserDataStream<FakeSource.Event>) =>
  Effect.gen(function* () {
    const elements: Array<Element> = []
    const fiber = yield* Effect.fork(
      Stream.runForEach(stream.events, (element) => Effect.sync(() => elements.push(element)))
    )
    return { elements, fiber }
  })

/** Events by their number, notices by their tag. */
const brief = (elements: ReadonlyArray<Element>) =>
  elements.map((element) => ("n" in element && element.n !== undefined ? element.n : element._tag))

const gaps = (elements: ReadonlyArray<Element>) =>
  elements.flatMap((element) => (element._tag === "Resumed" ? [(element as StreamNotice.Resumed).gap] : []))

const test = (
  name: string,
  body: (
    fake: FakeSource.FakeSource,
    make: (
      options?: UserDataStream.Options
    ) => Effect.Effect<UserDataStream.UserDataStream<FakeSource.Event>, BinanceError.InvalidOptions, Scope.Scope>
  ) => Effect.Effect<void, BinanceError.BinanceError, VirtualClock.VirtualClock | Scope.Scope>
) =>
  it.live(name, () =>
    Effect.gen(function* () {
      const fake = yield* FakeSource.make
      yield* body(fake, (options) => UserDataStream.make(fake.source, options))
    }).pipe(Effect.scoped, VirtualClock.run, Effect.provide(silent))
  )

const adjust = VirtualClock.adjust
const settle = VirtualClock.adjust(0)

const transport = new BinanceError.TransportError({ operation: "connect", reason: "ECONNREFUSED" })

const beforeRollover = (fake: FakeSource.FakeSource) =>
  Effect.gen(function* () {
    yield* adjust("22 hours")
    while (fake.connections.length < 2) {
      yield* adjust("1 second")
    }
    const [old, next] = fake.connections as [FakeSource.FakeConnection, FakeSource.FakeConnection]
    return { old, next }
  })

describe("proof of completeness", () => {
  test("is not taken from frames that waited in a paused socket, once the answer to an old probe has been read", (fake, make) =>
    Effect.gen(function* () {
      const stream = yield* make({ buffer: { elements: 4 } })
      const gate = yield* Effect.makeLatch(false)
      const elements: Array<Element> = []
      yield* Effect.fork(
        Stream.runForEach(stream.events, (element) =>
          Effect.sync(() => elements.push(element)).pipe(Effect.zipRight("n" in element ? gate.await : Effect.void))
        )
      )
      yield* settle
      const connection = fake.last()
      connection.answersProbes = false
      // Silence, and so a probe; its answer is on its way when reading stops.
      yield* adjust("31 seconds")
      const oldProbe = connection.probes.at(-1)!
      for (let n = 1; n <= 4; n++) {
        connection.send(n)
      }
      yield* settle
      for (let n = 5; n <= 7; n++) {
        connection.send(n)
      }
      expect(connection.isPaused).toBe(true)
      const pausedAt = connection.now()
      // Binance pings, sends events into a window that is full, and gives up.
      yield* adjust("10 minutes")
      const missedAt = pausedAt + 120_000
      yield* gate.open
      yield* settle
      expect(connection.isPaused).toBe(false)
      connection.receiver.onProbeAnswer(oldProbe)
      connection.receiver.onSignOfLife()
      connection.close({ _tag: "SocketClosed", code: 1006, reason: "" })
      yield* adjust("1 minute")
      expect(gaps(elements).at(-1)!.from).toBeLessThanOrEqual(missedAt)
    }))

  test("is not taken from a ping that waited in a paused socket", (fake, make) =>
    Effect.gen(function* () {
      fake.prepare = (connection) => {
        connection.answersProbes = false
      }
      const gate = yield* Effect.makeLatch(false)
      const elements: Array<Element> = []
      const stream = yield* make({ buffer: { elements: 4 } })
      yield* Effect.fork(
        Stream.runForEach(stream.events, (element) =>
          Effect.sync(() => elements.push(element)).pipe(Effect.zipRight("n" in element ? gate.await : Effect.void))
        )
      )
      yield* settle
      const connection = fake.last()
      for (let n = 1; n <= 4; n++) {
        connection.send(n)
      }
      yield* settle
      for (let n = 5; n <= 7; n++) {
        connection.send(n)
      }
      expect(connection.isPaused).toBe(true)
      const pausedAt = connection.now()
      yield* adjust("10 minutes")
      yield* gate.open
      yield* settle
      expect(connection.isPaused).toBe(false)
      connection.receiver.onSignOfLife()
      connection.close()
      yield* adjust("1 minute")
      expect(gaps(elements).at(-1)!.from).toBeLessThanOrEqual(pausedAt)
    }))

  test("of the old connection at a roll-over survives the late answer to an earlier probe", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* settle
      yield* adjust("119 seconds")
      const first = fake.last()
      first.answersProbes = false
      first.probes.splice(0)
      while (first.probes.length === 0) {
        yield* adjust("1 second")
      }
      // The answer to the watch's probe is still on its way when the roll-over sends its own.
      first.send(0, "ServerShutdown")
      yield* settle
      expect(first.probes).toHaveLength(2)
      yield* adjust("100 millis")
      for (const id of first.probes) {
        first.receiver.onProbeAnswer(id)
      }
      yield* adjust("1 minute")
      expect(brief(elements)).toEqual(["Opened", 0, "RolledOver"])
    }))

  test("allows for events of another type that were made earlier and are sent later", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* adjust("1 minute")
      const madeAt = fake.last().now()
      yield* adjust("100 millis")
      // An execution report; the balance update of 100 ms before is still in the pipeline.
      fake.last().send(1)
      fake.last().close()
      yield* settle
      expect(gaps(elements)[0]!.from).toBeLessThanOrEqual(madeAt)
    }))

  test("allows for events that were made before a probe and not yet sent when it was answered", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* adjust("29900 millis")
      const madeAt = fake.last().now()
      yield* adjust("200 millis")
      expect(fake.last().probes.length).toBeGreaterThan(0)
      fake.last().close()
      yield* adjust("1 minute")
      expect(gaps(elements)[0]!.from).toBeLessThanOrEqual(madeAt)
    }))

  test("is not taken from a ping that was read late because the process stood still", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* adjust("121 seconds")
      // The process stands still for 20 seconds, in which no timer is due. The ping of the first second waits in the
      // kernel, the event of the third is lost with the line.
      const missedAt = fake.last().now() + 3000
      yield* adjust("20 seconds")
      fake.last().receiver.onSignOfLife()
      fake.last().close()
      yield* adjust("1 minute")
      expect(gaps(elements)[0]!.from).toBeLessThanOrEqual(missedAt)
    }))
})

/** A stream on a clock that is an hour ahead until it is set. */
const withFastClock = (
  name: string,
  body: (
    fake: FakeSource.FakeSource,
    elements: ReadonlyArray<Element>,
    setAhead: (millis: number) => void
  ) => Effect.Effect<void, never, VirtualClock.VirtualClock>
) =>
  it.live(name, () =>
    Effect.gen(function* () {
      const virtual = yield* VirtualClock.VirtualClock
      let offset = 3_600_000
      const clock: Clock.Clock = {
        ...virtual.clock,
        unsafeCurrentTimeMillis: () => virtual.now() + offset,
        currentTimeMillis: Effect.sync(() => virtual.now() + offset)
      }
      yield* Effect.gen(function* () {
        const fake = yield* FakeSource.make
        const { elements } = yield* collect(yield* UserDataStream.make(fake.source))
        yield* body(fake, elements, (millis) => {
          offset = millis
        })
      }).pipe(Effect.withClock(clock))
    }).pipe(Effect.scoped, VirtualClock.run, Effect.provide(silent))
  )

describe("a clock that is set back", () => {
  withFastClock("makes the answer to an earlier probe prove nothing", (fake, elements, setAhead) =>
    Effect.gen(function* () {
      yield* settle
      fake.last().answersProbes = false
      yield* adjust("31 seconds")
      const probe = fake.last().probes.at(-1)!
      setAhead(0)
      const lostAt = fake.last().now()
      fake.last().receiver.onProbeAnswer(probe)
      fake.last().close()
      yield* adjust("1 minute")
      expect(gaps(elements)[0]!.from).toBeLessThanOrEqual(lostAt)
    })
  )

  withFastClock("does not delay the end of a dead connection", (fake, elements, setAhead) =>
    Effect.gen(function* () {
      yield* adjust("30 seconds")
      expect(fake.last().probes.length).toBeGreaterThan(0)
      // The line is dead from here on.
      fake.last().answersProbes = false
      setAhead(0)
      const deadSince = fake.last().now()
      yield* adjust("10 minutes")
      expect(gaps(elements)[0]!.from).toBeLessThanOrEqual(deadSince)
    })
  )
})

describe("a process that was suspended", () => {
  withFastClock("gives the peer time to answer", (fake, elements, setAhead) =>
    Effect.gen(function* () {
      yield* adjust("10 minutes")
      fake.last().answersProbes = false
      yield* adjust("31 seconds")
      // The answer waits to be read while the process is suspended.
      setAhead(2 * 3_600_000)
      fake.last().answersProbes = true
      yield* adjust("10 minutes")
      expect(fake.connections).toHaveLength(1)
      expect(brief(elements)).toEqual(["Opened"])
    })
  )
})

describe("a roll-over", () => {
  test("does not take over a connection whose key has expired with that of the old one", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* settle
      const { next, old } = yield* beforeRollover(fake)
      yield* adjust("2 seconds")
      const expired = JSON.stringify({ _tag: "ListenKeyExpired", e: "listenKeyExpired", eventTime: old.now() })
      next.sendText(expired)
      old.sendText(expired)
      yield* adjust("10 minutes")
      // Both sockets are silent from here on: a third connection has to be made.
      expect(fake.connections.length).toBeGreaterThan(2)
      expect(next.isOpen).toBe(false)
      expect(brief(elements)).toContain("Interrupted")
    }))

  test("does not take over a subscription that was terminated together with the old one", (fake, make) =>
    Effect.gen(function* () {
      yield* collect(yield* make())
      yield* settle
      const { next, old } = yield* beforeRollover(fake)
      yield* adjust("2 seconds")
      const terminated = JSON.stringify({
        _tag: "EventStreamTerminated",
        e: "eventStreamTerminated",
        eventTime: old.now()
      })
      old.sendText(terminated)
      next.sendText(terminated)
      yield* adjust("10 hours")
      expect(fake.connections.length).toBeGreaterThan(2)
    }))

  test("notices a shutdown that the server announces on both connections", (fake, make) =>
    Effect.gen(function* () {
      yield* collect(yield* make())
      yield* settle
      const { next, old } = yield* beforeRollover(fake)
      yield* adjust("2 seconds")
      const shutdown = JSON.stringify({ _tag: "ServerShutdown", e: "serverShutdown", eventTime: old.now() })
      old.sendText(shutdown)
      next.sendText(shutdown)
      yield* adjust("1 minute")
      expect(fake.connections.length).toBeGreaterThan(2)
    }))

  test("that follows another one at once delivers nothing twice", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* settle
      const { next, old } = yield* beforeRollover(fake)
      yield* adjust("4 seconds")
      const event = JSON.stringify({ _tag: "Event", n: 1, eventTime: old.now() })
      old.sendText(event)
      yield* adjust("2 seconds")
      expect(brief(elements)).toEqual(["Opened", 1, "RolledOver"])
      // The new server is slower than the old one was, and goes away.
      next.send(0, "ServerShutdown")
      yield* adjust("2 seconds")
      expect(fake.connections).toHaveLength(3)
      next.sendText(event)
      fake.last().sendText(event)
      yield* adjust("20 seconds")
      expect(brief(elements).filter((n) => n === 1)).toEqual([1])
    }))

  test("does not take over a connection that is deaf: it lacks what the old one delivered", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* settle
      fake.prepare = (connection) => {
        // Open, pinged and answering, but nothing of the account arrives, as has been seen on private futures sockets.
        connection.sendText = () => {}
      }
      const { old } = yield* beforeRollover(fake)
      yield* adjust("2 seconds")
      for (const connection of fake.connections) {
        connection.send(1)
      }
      fake.prepare = () => {}
      yield* adjust("20 seconds")
      expect(old.isOpen || fake.connections.length > 2).toBe(true)
      yield* adjust("2 minutes")
      expect(fake.connections.length).toBeGreaterThan(2)
      for (const connection of fake.connections) {
        connection.send(2)
      }
      yield* settle
      expect(brief(elements)).toEqual(["Opened", 1, "RolledOver", 2])
      expect(fake.connections.filter(({ isOpen }) => isOpen)).toEqual([fake.last()])
    }))

  test("does not take over a connection that never gave a sign of life", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* settle
      fake.prepare = (connection) => {
        connection.answersProbes = false
        connection.sendText = () => {}
      }
      const { old } = yield* beforeRollover(fake)
      fake.prepare = () => {}
      yield* adjust("30 seconds")
      expect(old.isOpen || fake.connections.length > 2).toBe(true)
      yield* adjust("20 minutes")
      expect(brief(elements)).not.toContain("Interrupted")
    }))

  test("backs off when each new server goes away as well", (fake, make) =>
    Effect.gen(function* () {
      yield* collect(yield* make())
      yield* settle
      fake.prepare = (connection) => connection.send(0, "ServerShutdown")
      fake.last().send(0, "ServerShutdown")
      yield* adjust("10 minutes")
      expect(fake.connections.length).toBeLessThan(40)
    }))

  test("is tried again when the schedule was used up by the first connection", (fake, make) =>
    Effect.gen(function* () {
      fake.failures.push(transport, transport, transport)
      const { elements } = yield* collect(
        yield* make({ reconnect: Schedule.spaced("1 second").pipe(Schedule.intersect(Schedule.recurs(3))) })
      )
      yield* adjust("22 hours")
      expect(fake.connections).toHaveLength(1)
      fake.failures.push(transport)
      yield* adjust("70 minutes")
      expect(brief(elements)).toEqual(["Opened", "RolledOver"])
    }))

  test("waits for answers that take longer than a short overlap", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make({ overlap: "50 millis" }))
      yield* adjust("2 minutes")
      const old = fake.last()
      fake.prepare = (connection) => {
        connection.answersProbes = false
      }
      old.answersProbes = false
      old.probes.splice(0)
      old.send(0, "ServerShutdown")
      yield* adjust("200 millis")
      for (const { probes, receiver } of [old, fake.last()]) {
        probes.forEach((id) => receiver.onProbeAnswer(id))
      }
      yield* settle
      expect(brief(elements)).toEqual(["Opened", 0, "RolledOver"])
    }))

  test("with no overlap does not ask a paused connection without a pause", (fake, make) =>
    Effect.gen(function* () {
      const stream = yield* make({ buffer: { elements: 4 }, overlap: 0 })
      yield* Effect.fork(Stream.runForEach(stream.events, (element) => ("n" in element ? Effect.never : Effect.void)))
      yield* adjust("2 minutes")
      for (let n = 1; n <= 7; n++) {
        fake.last().send(n)
        yield* settle
      }
      fake.prepare = (connection) => {
        connection.answersProbes = false
      }
      expect(fake.last().isPaused).toBe(true)
      fake.last().answersProbes = false
      fake.last().send(0, "ServerShutdown")
      for (let count = 0; count < 1000; count++) {
        yield* Effect.yieldNow()
      }
      const next = fake.last()
      expect(fake.connections).toHaveLength(2)
      expect(next.probes.length).toBeLessThan(5)
    }))
})

describe("liveness", () => {
  test("does not probe without a pause, whatever the options say", (fake, make) =>
    Effect.gen(function* () {
      yield* collect(yield* make({ probeAfter: 1 }))
      yield* settle
      fake.last().answersProbes = false
      const before = fake.last().probes.length
      yield* adjust("1 second")
      expect(fake.last().probes.length - before).toBeLessThanOrEqual(1)
    }))

  test("is asked often enough for a deadline that is shorter than the time to the first probe", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make({ livenessDeadline: "10 seconds" }))
      yield* adjust("5 minutes")
      expect(brief(elements)).toEqual(["Opened"])
      fake.last().answersProbes = false
      yield* adjust("15 seconds")
      expect(brief(elements)).toEqual(["Opened", "Interrupted", "Resumed"])
    }))

  test("is not confused by a pong of the peer's own, with a text in it", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* settle
      fake.last().receiver.onProbeAnswer(Number("heartbeat"))
      const { old } = yield* beforeRollover(fake)
      old.close()
      yield* settle
      expect(brief(elements)).toEqual(["Opened", "RolledOver"])
    }))

  test("takes a pong of the peer's own, with a large number in it, for no answer", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* settle
      const first = fake.last()
      first.receiver.onProbeAnswer(1e9)
      fake.prepare = () => {
        first.answersProbes = false
      }
      const { old } = yield* beforeRollover(fake)
      old.close()
      yield* settle
      expect(brief(elements)).toEqual(["Opened", "Interrupted", "Resumed"])
    }))
})

describe("a schedule that ends", () => {
  const reconnect = Schedule.spaced("1 second").pipe(Schedule.intersect(Schedule.recurs(3)))

  /** A loop without a pause would never let go of the test. */
  const atMost = (fake: FakeSource.FakeSource, attempts: number) => {
    fake.gate = Effect.suspend(() => (fake.attempts > attempts ? Effect.never : Effect.void))
  }

  test("ends the stream where connections open and close at once", (fake, make) =>
    Effect.gen(function* () {
      atMost(fake, 20)
      fake.prepare = (connection) => queueMicrotask(() => connection.close())
      const { fiber } = yield* collect(yield* make({ reconnect }))
      yield* adjust("1 minute")
      expect(fake.attempts).toBe(4)
      expect(yield* Effect.orDie(Effect.flip(Fiber.join(fiber)))).toMatchObject({
        _tag: "TransportError",
        reason: "the socket was closed with 1006"
      })
    }))

  test("keeps a connection to its end where each new server goes away as well", (fake, make) =>
    Effect.gen(function* () {
      atMost(fake, 20)
      fake.prepare = (connection) => connection.send(0, "ServerShutdown")
      const { elements } = yield* collect(yield* make({ overlap: "1 second", reconnect }))
      yield* adjust("10 hours")
      expect([fake.attempts, fake.last().isOpen]).toEqual([4, true])
      expect(brief(elements)).not.toContain("Interrupted")
    }))
})

describe("a consumer", () => {
  test("that comes after the layer has closed does not wait for ever", (fake) =>
    Effect.gen(function* () {
      const stream = yield* Effect.scoped(UserDataStream.make(fake.source))
      const { fiber } = yield* collect(stream)
      yield* adjust("1 minute")
      expect(fake.attempts).toBe(0)
      expect(fiber.unsafePoll()).not.toBeNull()
      yield* Fiber.interrupt(fiber)
    }))

  test("that comes in the moment in which the layer closes does not wait for ever", (fake) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const stream = yield* Scope.extend(UserDataStream.make(fake.source), scope)
      for (let steps = 0; steps < 12; steps++) {
        const inner = yield* Scope.make()
        const stream = yield* Scope.extend(UserDataStream.make(fake.source), inner)
        const { fiber } = yield* collect(stream)
        for (let step = 0; step < steps; step++) {
          yield* Effect.yieldNow()
        }
        yield* Scope.close(inner, Exit.void)
        yield* adjust("1 minute")
        expect([steps, fiber.unsafePoll() !== null]).toEqual([steps, true])
      }
      expect((yield* stream.status).phase).toBe("Idle")
      yield* Scope.close(scope, Exit.void)
    }))

  test("that overflows is told a gap that begins with the earliest event it missed", (fake, make) =>
    Effect.gen(function* () {
      fake.canPause = false
      const stream = yield* make({ buffer: { elements: 2 } })
      const gate = yield* Effect.makeLatch(false)
      const elements: Array<Element> = []
      yield* Effect.fork(
        Stream.runForEach(stream.events, (element) =>
          Effect.sync(() => elements.push(element)).pipe(Effect.zipRight("n" in element ? gate.await : Effect.void))
        )
      )
      yield* adjust("1 minute")
      const now = fake.last().now()
      const send = (n: number, eventTime: number) =>
        fake.last().sendText(JSON.stringify({ _tag: "Event", n, eventTime }))
      send(1, now)
      yield* settle
      send(2, now)
      send(3, now)
      // Between types only `E` tells the order.
      send(4, now)
      send(5, now - 20)
      yield* gate.open
      yield* settle
      expect(brief(elements)).not.toContain(5)
      expect(gaps(elements)[0]!.from).toBeLessThanOrEqual(now - 20)
    }))
})
