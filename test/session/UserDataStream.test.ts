import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { BinanceError, type StreamNotice, UserDataStream } from "effect-binance-user-data"
import { flightTime } from "../../src/internal/session/proof.js"
import * as VirtualClock from "../support/VirtualClock.js"
import * as FakeSource from "./fakeSource.js"

type Element = FakeSource.Event | StreamNotice.StreamNotice

const unauthorized = new BinanceError.Unauthorized({ operation: "PUT /key", status: 401, code: -2015, msg: "" })
const transport = new BinanceError.TransportError({ operation: "connect", reason: "ECONNREFUSED" })

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
  elements.map((element) => ("n" in element ? element.n : element._tag))

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
    }).pipe(Effect.scoped, VirtualClock.run)
  )

const adjust = VirtualClock.adjust
const settle = VirtualClock.adjust(0)

describe("a session", () => {
  test("opens with the first consumer and closes with the last", (fake, make) =>
    Effect.gen(function* () {
      const stream = yield* make()
      expect((yield* stream.status).phase).toBe("Idle")
      const one = yield* collect(stream)
      const two = yield* collect(stream)
      yield* settle
      fake.last().send(1)
      yield* settle
      expect(fake.connections).toHaveLength(1)
      expect(brief(one.elements)).toEqual(["Opened", 1])
      expect(brief(two.elements)).toEqual(["Opened", 1])
      expect(yield* stream.status).toMatchObject({ phase: "Live", consumers: 2 })
      yield* Fiber.interrupt(one.fiber)
      fake.last().send(2)
      yield* settle
      expect(brief(two.elements)).toEqual(["Opened", 1, 2])
      expect(fake.last().isOpen).toBe(true)
      yield* Fiber.interrupt(two.fiber)
      expect(fake.last().isOpen).toBe(false)
      expect(fake.openSessions).toBe(0)
      expect(yield* stream.status).toMatchObject({ phase: "Idle", consumers: 0 })
      const three = yield* collect(stream)
      yield* settle
      expect(fake.sessions).toBe(2)
      expect(brief(three.elements)).toEqual(["Opened"])
    }))

  test("tells a late consumer that the stream is live", (fake, make) =>
    Effect.gen(function* () {
      const stream = yield* make()
      yield* collect(stream)
      yield* settle
      fake.last().send(1)
      const late = yield* collect(stream)
      yield* settle
      fake.last().send(2)
      yield* settle
      expect(brief(late.elements)).toEqual(["Opened", 2])
    }))

  test("delivers what arrives before the connection is handed over after the notice", (fake, make) =>
    Effect.gen(function* () {
      fake.prepare = (connection) => {
        connection.send(1)
        connection.send(2)
      }
      const { elements } = yield* collect(yield* make())
      yield* settle
      expect(brief(elements)).toEqual(["Opened", 1, 2])
    }))

  test("keeps a connection that brings more than the buffer holds before it is handed over", (fake, make) =>
    Effect.gen(function* () {
      fake.prepare = (connection) => {
        for (let n = 0; n < 200; n++) {
          connection.send(n)
        }
      }
      const { elements } = yield* collect(yield* make({ buffer: { elements: 100 } }))
      yield* settle
      fake.last().send(200)
      yield* settle
      expect(fake.connections).toHaveLength(1)
      expect(brief(elements)).toEqual(["Opened", ...Array(99).keys(), "Interrupted", "Resumed", 200])
      expect(elements[101]).toMatchObject({ gap: { cause: { _tag: "Overflow", dropped: 101 } } })
    }))

  test("reports a dropped socket as a gap that begins with the last proof, and connects again at once", (fake, make) =>
    Effect.gen(function* () {
      const stream = yield* make()
      const { elements } = yield* collect(stream)
      yield* adjust("5 minutes")
      fake.last().send(1)
      const provenAt = fake.last().now()
      yield* adjust("10 seconds")
      const lostAt = fake.last().now()
      fake.last().close()
      yield* settle
      fake.last().send(2)
      yield* settle
      expect(brief(elements)).toEqual(["Opened", 1, "Interrupted", "Resumed", 2])
      const cause = { _tag: "SocketClosed", code: 1006, reason: "" }
      expect(elements[2]).toEqual({ _tag: "Interrupted", at: lostAt, cause, lastFrameAt: provenAt })
      expect(elements[3]).toEqual({ _tag: "Resumed", at: lostAt, gap: { from: provenAt - 1000, to: lostAt, cause } })
      expect(yield* stream.status).toMatchObject({ phase: "Live", reconnects: { SocketClosed: 1 } })
      expect(fake.connections.map(({ isOpen }) => isOpen)).toEqual([false, true])
    }))

  test("connects again while the old connection is still closing", (fake, make) =>
    Effect.gen(function* () {
      const { elements, fiber } = yield* collect(yield* make())
      yield* adjust("5 minutes")
      fake.closing = Effect.sleep("1 minute")
      fake.last().close()
      yield* settle
      const seen = brief(elements)
      yield* adjust("2 minutes")
      fake.closing = Effect.void
      yield* Fiber.interrupt(fiber)
      expect(seen).toEqual(["Opened", "Interrupted", "Resumed"])
      expect(fake.openSessions).toBe(0)
    }))

  test("closes what a failed attempt has opened", (fake, make) =>
    Effect.gen(function* () {
      fake.failures.push(transport, transport, transport)
      const { elements } = yield* collect(yield* make())
      yield* adjust("1 minute")
      expect(brief(elements)).toEqual(["Opened"])
      expect(fake.attempts).toBe(4)
      expect(fake.openAttempts).toBe(1)
    }))

  test("begins the gap where the old key was last known to be valid, when the new connection has another key", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* adjust("5 minutes")
      const provenAt = fake.last().now()
      fake.last().provenAt = provenAt
      fake.prepare = (connection) => {
        connection.identity = "key-2"
      }
      yield* adjust("10 minutes")
      fake.last().close()
      yield* settle
      expect(brief(elements)).toEqual(["Opened", "Interrupted", "Resumed"])
      expect(elements[2]).toMatchObject({ gap: { from: provenAt, cause: { _tag: "SocketClosed" } } })
    }))

  test("that has been live tries again after a refusal that is not from Binance itself", (fake, make) =>
    Effect.gen(function* () {
      const fromGateway = new BinanceError.Unauthorized({ operation: "POST /key", status: 401, msg: "" })
      const stream = yield* make()
      fake.failures.push(fromGateway)
      const first = yield* collect(stream)
      yield* settle
      expect(yield* Fiber.await(first.fiber)).toEqual(Exit.fail(fromGateway))
      const { elements } = yield* collect(stream)
      yield* adjust("5 minutes")
      fake.failures.push(fromGateway)
      fake.last().close()
      yield* adjust("1 minute")
      expect(brief(elements)).toEqual(["Opened", "Interrupted", "Resumed"])
    }))

  test("never gives up on what may pass, and backs off to a minute", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* adjust("2 minutes")
      fake.failures.push(...Array.from({ length: 500 }, () => transport))
      fake.last().close()
      yield* adjust("1 hour")
      expect(brief(elements)).toEqual(["Opened", "Interrupted"])
      expect(fake.attempts).toBeGreaterThan(60)
      expect(fake.attempts).toBeLessThan(85)
      yield* adjust("12 hours")
      expect(brief(elements)).toEqual(["Opened", "Interrupted", "Resumed"])
    }))

  test("backs off when connections do not last", (fake, make) =>
    Effect.gen(function* () {
      fake.prepare = (connection) => connection.close({ _tag: "KeyExpired" })
      yield* collect(yield* make())
      yield* adjust("1 hour")
      expect(fake.connections.length).toBeGreaterThan(55)
      expect(fake.connections.length).toBeLessThan(85)
      fake.prepare = () => {}
      yield* adjust("10 minutes")
      const before = fake.connections.length
      fake.last().close()
      yield* settle
      expect(fake.connections.length).toBe(before + 1)
    }))

  test("fails typed when the credentials are refused, and can be tried again", (fake, make) =>
    Effect.gen(function* () {
      const stream = yield* make()
      fake.failures.push(unauthorized)
      const refused = yield* collect(stream)
      yield* settle
      expect(yield* Fiber.await(refused.fiber)).toEqual(Exit.fail(unauthorized))
      expect(yield* stream.status).toMatchObject({ phase: "Failed" })
      const { elements, fiber } = yield* collect(stream)
      yield* settle
      fake.last().send(1)
      fake.last().fail(unauthorized)
      yield* settle
      expect(brief(elements)).toEqual(["Opened", 1])
      expect(yield* Fiber.await(fiber)).toEqual(Exit.fail(unauthorized))
      expect(fake.openSessions).toBe(0)
      expect(fake.last().isOpen).toBe(false)
    }))

  test("begins once for consumers that come at the same time, however their fibers take turns", (fake, make) =>
    Effect.gen(function* () {
      const stream = yield* make()
      const consumers = yield* Effect.all([collect(stream), collect(stream), collect(stream)]).pipe(
        Effect.withMaxOpsBeforeYield(20)
      )
      yield* adjust("1 second")
      expect(fake.sessions).toBe(1)
      expect(consumers.map(({ elements }) => brief(elements))).toEqual([["Opened"], ["Opened"], ["Opened"]])
      expect(yield* stream.status).toMatchObject({ consumers: 3 })
    }))

  test("that has failed takes nobody in, also while a consumer has not read all of it", (fake, make) =>
    Effect.gen(function* () {
      const stream = yield* make()
      const gate = yield* Effect.makeLatch(false)
      const slow = yield* Effect.fork(Stream.runForEach(stream.events, () => gate.await))
      yield* settle
      fake.last().fail(unauthorized)
      yield* settle
      const { elements } = yield* collect(stream)
      yield* settle
      expect(brief(elements)).toEqual(["Opened"])
      expect(fake.sessions).toBe(2)
      yield* gate.open
      expect(yield* Fiber.await(slow)).toEqual(Exit.fail(unauthorized))
    }))

  test("a slow creation that nobody waits for any more leaves nothing", (fake, make) =>
    Effect.gen(function* () {
      fake.gate = Effect.sleep("10 seconds")
      const { fiber } = yield* collect(yield* make())
      yield* adjust("5 seconds")
      yield* Fiber.interrupt(fiber)
      yield* adjust("1 hour")
      expect(fake.connections).toHaveLength(0)
      expect(fake.openSessions).toBe(0)
    }))

  test("ends its consumers when the layer closes", (fake) =>
    Effect.gen(function* () {
      const exit = yield* Effect.scoped(
        Effect.gen(function* () {
          const stream = yield* UserDataStream.make(fake.source)
          const { fiber } = yield* collect(stream)
          yield* settle
          return fiber
        })
      ).pipe(Effect.flatMap(Fiber.await))
      expect(exit).toEqual(Exit.void)
      expect(fake.last().isOpen).toBe(false)
    }))
})

describe("liveness", () => {
  test("keeps a quiet connection for as long as anything answers", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* adjust("12 hours")
      expect(fake.connections).toHaveLength(1)
      expect(brief(elements)).toEqual(["Opened"])
    }))

  test("gives up a connection that has answered before and does not any more", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* adjust("10 minutes")
      fake.last().answersProbes = false
      yield* adjust("59 seconds")
      expect(fake.connections).toHaveLength(1)
      yield* adjust("30 seconds")
      expect(fake.connections).toHaveLength(2)
      expect(brief(elements)).toEqual(["Opened", "Interrupted", "Resumed"])
      expect(elements[1]).toMatchObject({ cause: { _tag: "HalfOpen", silence: 60_000 } })
    }))

  test("asks a silent connection before it gives it up, also when the deadline is shorter than the time to the first probe", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make({ livenessDeadline: "30 seconds", probeAfter: "1 minute" }))
      yield* adjust("1 hour")
      expect(fake.connections).toHaveLength(1)
      expect(brief(elements)).toEqual(["Opened"])
    }))

  test("takes silence for nothing where neither answers nor pings can be seen", (fake, make) =>
    Effect.gen(function* () {
      fake.showsPings = false
      fake.prepare = (connection) => {
        connection.answersProbes = false
      }
      const { elements } = yield* collect(yield* make())
      yield* adjust("12 hours")
      expect(fake.connections).toHaveLength(1)
      expect(brief(elements)).toEqual(["Opened"])
    }))

  test("counts the server's pings of a connection that answers no probes", (fake, make) =>
    Effect.gen(function* () {
      fake.prepare = (connection) => {
        connection.answersProbes = false
      }
      const { elements } = yield* collect(yield* make())
      yield* settle
      for (let count = 0; count < 20; count++) {
        yield* adjust("3 minutes")
        fake.last().receiver.onSignOfLife()
      }
      expect(brief(elements)).toEqual(["Opened"])
      const lastPing = fake.last().now()
      yield* adjust("9 minutes")
      expect(brief(elements).slice(0, 3)).toEqual(["Opened", "Interrupted", "Resumed"])
      expect(elements[1]).toMatchObject({ cause: { _tag: "HalfOpen", silence: 450_000 }, lastFrameAt: lastPing })
      expect(elements[2]).toMatchObject({ gap: { from: lastPing - 1000 } })
    }))
})

describe("roll-over", () => {
  const beforeRollover = (fake: FakeSource.FakeSource) =>
    Effect.gen(function* () {
      yield* settle
      fake.last().send(1)
      yield* adjust("22 hours")
      expect(fake.connections).toHaveLength(1)
      // Somewhere in the last 2 % before 23 hours.
      while (fake.connections.length < 2) {
        yield* adjust("1 second")
      }
      const [old, next] = fake.connections as [FakeSource.FakeConnection, FakeSource.FakeConnection]
      return { old, next }
    })

  const both = (connections: ReadonlyArray<FakeSource.FakeConnection>, n: number) => {
    for (const connection of connections) {
      connection.send(n)
    }
  }

  test("loses nothing, delivers nothing twice, and keeps the order", (fake, make) =>
    Effect.gen(function* () {
      const stream = yield* make()
      const { elements } = yield* collect(stream)
      const { next, old } = yield* beforeRollover(fake)
      old.send(2)
      both([next, old], 3)
      yield* adjust("1 second")
      both([old, next], 4)
      yield* adjust("3 seconds")
      expect(brief(elements)).toEqual(["Opened", 1, 2, 3, 4])
      const late = JSON.stringify({ _tag: "Event", n: 5, eventTime: old.now() })
      old.sendText(late)
      yield* adjust("2 seconds")
      expect(old.isOpen).toBe(false)
      next.sendText(late)
      next.send(6)
      yield* settle
      expect(brief(elements)).toEqual(["Opened", 1, 2, 3, 4, 5, "RolledOver", 6])
      expect(elements[6]).toMatchObject({ cause: { _tag: "MaximumAge" }, duplicates: 2 })
      expect(yield* stream.status).toMatchObject({ phase: "Live", rollovers: 1, lastGap: undefined })
    }))

  test("delivers from the new connection what the old one did not bring any more", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      const { next, old } = yield* beforeRollover(fake)
      both([old, next], 2)
      next.send(3)
      next.send(4)
      yield* adjust("10 seconds")
      expect(brief(elements)).toEqual(["Opened", 1, 2, "RolledOver", 3, 4])
    }))

  test("happens as soon as the server announces its shutdown", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* adjust("1 hour")
      fake.last().send(1, "ServerShutdown")
      yield* settle
      expect(fake.connections).toHaveLength(2)
      fake.connections[0]?.close({ _tag: "SocketClosed", code: 1001, reason: "going away" })
      yield* adjust("10 seconds")
      expect(brief(elements)).toEqual(["Opened", 1, "RolledOver"])
      expect(elements[2]).toMatchObject({ cause: { _tag: "ServerShutdown" } })
    }))

  test("reports a gap when the old connection could not prove that it was complete", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* settle
      fake.last().send(1)
      yield* adjust("22 hours")
      fake.prepare = () => {
        fake.connections[0]!.answersProbes = false
      }
      while (fake.connections.length < 2) {
        yield* adjust("1 second")
      }
      fake.last().send(2)
      yield* adjust("20 seconds")
      expect(brief(elements)).toEqual(["Opened", 1, "Interrupted", "Resumed", 2])
      expect(fake.connections.map(({ isOpen }) => isOpen)).toEqual([false, true])
    }))

  test("reports a gap when the new connection has another key, because the old one was lost some time ago", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* settle
      fake.prepare = (connection) => {
        connection.identity = "key-2"
      }
      yield* adjust("24 hours")
      expect(brief(elements)).toEqual(["Opened", "Interrupted", "Resumed"])
      expect(elements[1]).toMatchObject({ cause: { _tag: "KeyRejected" } })
    }))

  test("keeps the old connection to its end when no new one can be had", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* settle
      fake.failures.push(...Array.from({ length: 200 }, () => unauthorized))
      yield* adjust("23 hours")
      yield* adjust("10 minutes")
      expect(fake.connections).toHaveLength(1)
      expect(fake.attempts).toBeGreaterThan(5)
      fake.last().send(2)
      yield* settle
      expect(brief(elements)).toEqual(["Opened", 2])
      fake.failures.length = 0
      fake.last().close()
      yield* settle
      expect(brief(elements)).toEqual(["Opened", 2, "Interrupted", "Resumed"])
      // What has failed has left nothing behind.
      yield* adjust("10 minutes")
      fake.last().close()
      yield* settle
      expect(brief(elements).slice(4)).toEqual(["Interrupted", "Resumed"])
      yield* adjust("24 hours")
      expect(brief(elements).slice(6)).toEqual(["RolledOver"])
      expect(fake.connections.filter(({ isOpen }) => isOpen)).toEqual([fake.last()])
    }))

  test("takes a new connection that was ready when the old one broke, without delivering twice", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      const { next, old } = yield* beforeRollover(fake)
      old.answersProbes = false
      both([old, next], 2)
      next.send(3)
      old.close()
      yield* settle
      expect(fake.connections).toHaveLength(2)
      expect(brief(elements).filter((element) => typeof element === "number")).toEqual([1, 2, 3])
      expect(next.isOpen).toBe(true)
    }))

  for (const [order, first, second] of [
    ["before", "old", "next"],
    ["after", "next", "old"]
  ] as const) {
    test(`heeds the end of the new connection also when the old one has ended with the same words ${order} it`, (fake, make) =>
      Effect.gen(function* () {
        const { elements } = yield* collect(yield* make())
        const connections = yield* beforeRollover(fake)
        yield* adjust("1 second")
        const text = JSON.stringify({
          _tag: "EventStreamTerminated",
          n: 2,
          eventTime: connections.old.now(),
          e: "eventStreamTerminated"
        })
        connections[first].sendText(text)
        connections[second].sendText(text)
        yield* adjust("10 seconds")
        expect(fake.connections.length).toBeGreaterThan(2)
        expect(fake.last().isOpen).toBe(true)
        expect(brief(elements).filter((element) => element === 2)).toEqual([2])
        expect(brief(elements).at(-1)).toBe("Resumed")
      }))
  }

  test("makes a new key when the old connection brings the end of the key that both have", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      const { next, old } = yield* beforeRollover(fake)
      old.sendText(JSON.stringify({ _tag: "ListenKeyExpired", n: 2, eventTime: old.now(), e: "listenKeyExpired" }))
      yield* settle
      expect(fake.connections).toHaveLength(3)
      expect(next.isOpen).toBe(false)
      expect(brief(elements)).toEqual(["Opened", 1, 2, "Interrupted", "Resumed"])
    }))

  test("waits for a consumer that does not read, with both connections paused", (fake, make) =>
    Effect.gen(function* () {
      const stream = yield* make({ buffer: { elements: 100 } })
      const gate = yield* Effect.makeLatch(false)
      const elements: Array<Element> = []
      yield* Effect.fork(
        Stream.runForEach(stream.events, (element) =>
          Effect.zipRight(
            gate.await,
            Effect.sync(() => elements.push(element))
          )
        )
      )
      yield* settle
      let sent = 0
      while (!fake.last().isPaused && sent < 100) {
        fake.last().send(sent++)
      }
      yield* adjust("22 hours")
      while (fake.connections.length < 2) {
        yield* adjust("1 second")
      }
      expect(fake.connections.map(({ isPaused }) => isPaused)).toEqual([true, true])
      yield* adjust("1 hour")
      yield* gate.open
      yield* adjust("1 minute")
      expect(fake.connections.map(({ isOpen, isPaused }) => isOpen && !isPaused)).toEqual([false, true])
      expect(brief(elements)).toEqual(["Opened", ...Array.from({ length: sent }, (_, n) => n), "RolledOver"])
    }))

  test("takes over before the end of the overlap when the new connection holds half a buffer", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make({ buffer: { elements: 100 } }))
      const { next, old } = yield* beforeRollover(fake)
      for (let n = 2; n < 60; n++) {
        next.send(n)
      }
      yield* settle
      expect(old.isOpen).toBe(false)
      expect(brief(elements)).toEqual(["Opened", 1, "RolledOver", ...Array.from({ length: 58 }, (_, n) => n + 2)])
    }))

  test("trusts no answer behind the end of the new connection's subscription", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make({ probeAfter: "1 second" }))
      const { next } = yield* beforeRollover(fake)
      const endedAt = next.now()
      next.sendText(
        JSON.stringify({ _tag: "EventStreamTerminated", n: 2, eventTime: endedAt, e: "eventStreamTerminated" })
      )
      yield* adjust("10 seconds")
      expect(brief(elements)).toEqual(["Opened", 1, "RolledOver", 2, "Interrupted", "Resumed"])
      expect(elements[5]).toMatchObject({ gap: { cause: { _tag: "StreamTerminated" } } })
      expect((elements[5] as StreamNotice.Resumed).gap.from).toBeLessThanOrEqual(endedAt)
    }))

  test("ends an attempt that is under way when the old connection is lost", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* adjust("1 hour")
      fake.gate = Effect.sleep("1 minute")
      fake.last().send(1, "ServerShutdown")
      yield* settle
      expect(fake.attempts).toBe(2)
      fake.last().close()
      fake.gate = Effect.void
      yield* settle
      expect(brief(elements)).toEqual(["Opened", 1, "Interrupted", "Resumed"])
      yield* adjust("10 minutes")
      expect(fake.connections.map(({ isOpen }) => isOpen)).toEqual([false, true])
    }))

  test("keeps the old connection to its end when the schedule allows no more attempts", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make({ reconnect: Schedule.recurs(2) }))
      yield* adjust("1 hour")
      fake.failures.push(transport, transport, transport)
      fake.last().send(1, "ServerShutdown")
      yield* adjust("1 hour")
      expect(fake.attempts).toBe(4)
      fake.last().send(2)
      fake.last().close()
      yield* settle
      expect(brief(elements)).toEqual(["Opened", 1, 2, "Interrupted", "Resumed"])
    }))

  test("a connection that has taken over recovers and rolls over like any other", (fake, make) =>
    Effect.gen(function* () {
      const { elements } = yield* collect(yield* make())
      yield* adjust("24 hours")
      fake.last().close()
      yield* adjust("24 hours")
      expect(brief(elements)).toEqual(["Opened", "RolledOver", "Interrupted", "Resumed", "RolledOver"])
      yield* adjust(Duration.days(30))
      const openConnections = fake.connections.filter(({ isOpen }) => isOpen)
      expect(openConnections).toEqual([fake.last()])
      expect(
        brief(elements)
          .slice(5)
          .every((element) => element === "RolledOver")
      ).toBe(true)
    }))
})

describe("buffers", () => {
  test("a single consumer that does not read pauses the socket and loses nothing", (fake, make) =>
    Effect.gen(function* () {
      const stream = yield* make({ buffer: { elements: 100 } })
      let release = (): void => {}
      const gate = new Promise<void>((resolve) => {
        release = resolve
      })
      const elements: Array<Element> = []
      yield* Effect.fork(
        Stream.runForEach(stream.events, (element) =>
          Effect.zipRight(
            Effect.promise(() => gate),
            Effect.sync(() => elements.push(element))
          )
        )
      )
      yield* settle
      let sent = 0
      for (let count = 0; count < 500 && !fake.last().isPaused; count++) {
        fake.last().send(sent++)
      }
      expect(fake.last().isPaused).toBe(true)
      expect(sent).toBeLessThanOrEqual(76)
      yield* adjust("1 hour")
      expect(fake.connections).toHaveLength(1)
      release()
      yield* settle
      expect(fake.last().isPaused).toBe(false)
      expect(brief(elements)).toEqual(["Opened", ...Array.from({ length: sent }, (_, n) => n)])
    }))

  test("a new connection is paused while no consumer reads", (fake, make) =>
    Effect.gen(function* () {
      const stream = yield* make({ buffer: { elements: 100 } })
      const gate = yield* Effect.makeLatch(false)
      const elements: Array<Element> = []
      yield* Effect.fork(
        Stream.runForEach(stream.events, (element) =>
          Effect.zipRight(
            gate.await,
            Effect.sync(() => elements.push(element))
          )
        )
      )
      yield* settle
      let sent = 0
      while (!fake.last().isPaused && sent < 100) {
        fake.last().send(sent++)
      }
      fake.last().close()
      yield* adjust("1 minute")
      expect(fake.connections.map(({ isPaused }) => isPaused)).toEqual([true, true])
      yield* gate.open
      yield* settle
      expect(fake.last().isPaused).toBe(false)
      expect(brief(elements)).toEqual(["Opened", ...Array(sent).keys(), "Interrupted", "Resumed"])
    }))

  test("a slow consumer among others misses what does not fit and is told, and nobody else notices", (fake, make) =>
    Effect.gen(function* () {
      const stream = yield* make({ buffer: { elements: 10 } })
      let release = (): void => {}
      const gate = new Promise<void>((resolve) => {
        release = resolve
      })
      const slow: Array<Element> = []
      yield* Effect.fork(
        Stream.runForEach(stream.events, (element) =>
          Effect.zipRight(
            Effect.promise(() => gate),
            Effect.sync(() => slow.push(element))
          )
        )
      )
      const fast = yield* collect(stream)
      yield* settle
      const times: Array<number> = []
      for (let n = 0; n < 40; n++) {
        times.push(fake.last().now())
        fake.last().send(n)
        yield* adjust("1 second")
      }
      expect(brief(fast.elements)).toEqual(["Opened", ...Array.from({ length: 40 }, (_, n) => n)])
      const resumedAt = fake.last().now()
      release()
      yield* settle
      fake.last().send(40)
      yield* settle
      expect(brief(slow)).toEqual(["Opened", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, "Interrupted", "Resumed", 40])
      expect(slow[11]).toMatchObject({ at: times[10], cause: { _tag: "Overflow" } })
      expect(slow[12]).toMatchObject({
        gap: { from: times[10]! - flightTime, to: resumedAt, cause: { _tag: "Overflow", dropped: 30 } }
      })
    }))

  for (const skew of [0, 2500, -2500]) {
    test(`what a slow consumer misses lies in its gap, however long events take; the server's clock is off by ${skew} ms`, (fake, make) =>
      Effect.gen(function* () {
        const stream = yield* make({ buffer: { elements: 10 } })
        const gate = yield* Effect.makeLatch()
        const slow: Array<Element> = []
        yield* Effect.fork(stream.forEach((element) => Effect.as(gate.await, slow.push(element))))
        yield* collect(stream)
        yield* settle
        const times: Array<number> = []
        for (let n = 0; n < 40; n++) {
          const sentAt = fake.last().now()
          times.push(sentAt)
          yield* adjust("300 millis")
          fake.last().sendText(JSON.stringify({ _tag: "Event", n, eventTime: sentAt + skew }))
          yield* adjust("300 millis")
        }
        yield* gate.open
        yield* settle
        const gap = slow.find(({ _tag }) => _tag === "Resumed") as StreamNotice.Resumed
        const told = new Set(slow.map((element) => (element as { readonly n?: number }).n))
        const lost = times.filter((_, n) => !told.has(n))
        expect(lost.length).toBeGreaterThan(20)
        expect(lost.filter((at) => at < gap.gap.from || at > gap.gap.to)).toEqual([])
      }))
  }

  test("where reading cannot be stopped, a consumer that never reads costs bounded memory", (fake, make) =>
    Effect.gen(function* () {
      fake.canPause = false
      const stream = yield* make({ buffer: { elements: 1000, bytes: 20_000 } })
      const pull = yield* Stream.toPull(stream.events)
      expect(brief(Array.from(yield* Effect.orDie(Effect.zipRight(settle, pull))))).toEqual(["Opened"])
      for (let n = 0; n < 100_000; n++) {
        fake.last().send(n)
      }
      const chunk = Array.from(yield* Effect.orDie(pull))
      const text = chunk.map((element) => JSON.stringify(element)).join("")
      expect(text.length).toBeLessThan(21_000)
      expect(brief(chunk).at(-1)).toBe("Interrupted")
      expect(brief(Array.from(yield* Effect.orDie(pull)))).toEqual(["Resumed"])
    }))

  test("a consumer that has missed something and reads on in an interruption resumes only when the stream does", (fake, make) =>
    Effect.gen(function* () {
      fake.canPause = false
      const stream = yield* make({ buffer: { elements: 3 } })
      const pull = yield* Stream.toPull(stream.events)
      expect(brief(Array.from(yield* Effect.orDie(pull)))).toEqual(["Opened"])
      for (let n = 0; n < 5; n++) {
        fake.last().send(n)
      }
      fake.failures.push(transport, transport)
      fake.last().close()
      yield* settle
      expect(brief(Array.from(yield* Effect.orDie(pull)))).toEqual([0, 1, 2, "Interrupted"])
      const reading = yield* Effect.fork(Effect.orDie(pull))
      yield* settle
      expect(reading.unsafePoll()).toBeNull()
      yield* adjust("1 minute")
      expect(brief(Array.from(yield* Fiber.join(reading)))).toEqual(["Resumed"])
    }))

  test("a consumer that has missed something is told the whole gap also across an interruption", (fake, make) =>
    Effect.gen(function* () {
      fake.canPause = false
      const stream = yield* make({ buffer: { elements: 3 } })
      const pull = yield* Stream.toPull(stream.events)
      expect(brief(Array.from(yield* Effect.orDie(pull)))).toEqual(["Opened"])
      const first = fake.last().now()
      for (let n = 0; n < 5; n++) {
        fake.last().send(n)
        yield* adjust("1 second")
      }
      fake.last().close()
      yield* adjust("1 minute")
      expect(brief(Array.from(yield* Effect.orDie(pull)))).toEqual([0, 1, 2, "Interrupted"])
      const resumed = Array.from(yield* Effect.orDie(pull))
      expect(resumed).toMatchObject([
        { _tag: "Resumed", gap: { from: first + 3000 - flightTime, to: fake.last().now() } }
      ])
    }))
})

describe("interruption", () => {
  it.live("at any moment leaves nothing behind", () =>
    Effect.forEach(
      Array.from({ length: 60 }, (_, index) => index),
      (index) =>
        Effect.gen(function* () {
          const fake = yield* FakeSource.make
          fake.gate = Effect.sleep("700 millis")
          fake.failures.push(transport)
          const stream = yield* Effect.scoped(
            Effect.gen(function* () {
              const stream = yield* UserDataStream.make(fake.source, {
                rolloverAge: "20 seconds",
                overlap: "3 seconds"
              })
              const { fiber } = yield* collect(stream)
              yield* adjust(index * 431)
              if (index % 3 === 0) {
                fake.connections.at(-1)?.close()
              }
              yield* adjust(index * 7)
              const exit = yield* Fiber.interrupt(fiber)
              expect(Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause)).toBe(true)
              return stream
            })
          )
          const attempts = fake.attempts
          yield* adjust("1 hour")
          expect(fake.attempts).toBe(attempts)
          expect(fake.openSessions).toBe(0)
          expect(fake.connections.some(({ isOpen }) => isOpen)).toBe(false)
          expect((yield* stream.status).phase).toBe("Idle")
        }).pipe(VirtualClock.run)
    )
  )
})
