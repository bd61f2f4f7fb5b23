import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { BinanceError } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { makeLog } from "../telemetry/observer.js"
import { adjust, during, events, find, now, post, put, settle, start, tags, virtual } from "./harness.js"
import { type ListenKeyRow, listenKeyProducts } from "./products.js"

const minute = 60_000

/** When there were which answers to PUT, in minutes since the given time. */
const keepalives = (row: ListenKeyRow, since: number) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const requests = (yield* binance.requests).filter(({ endpoint }) => endpoint === put(row))
    return requests.map(({ at, outcome }) => ({ after: (at - since) / minute, outcome }))
  })

/** Everything that could be pushed to nobody while the stream was interrupted. */
const pushUnheard = (row: ListenKeyRow) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    expect(yield* binance.pushRaw({ product: row.product }, { e: "unheard", E: yield* now })).toBe(0)
    return yield* now
  })

const pushHeard = (row: ListenKeyRow) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    expect(yield* binance.pushRaw({ product: row.product }, { e: "heard", E: yield* now })).toBe(1)
    yield* settle
    return yield* now
  })

const failedOnce = [
  { name: "503", fault: (endpoint: string) => Fault.serverError({ endpoint, times: 6 }), outcome: "503 -1000" },
  {
    name: "502 with a page",
    fault: (endpoint: string) => Fault.serverError({ endpoint, status: 502, html: true, times: 6 }),
    outcome: "502"
  },
  { name: "a reset connection", fault: (endpoint: string) => Fault.reset({ endpoint, times: 6 }), outcome: "reset" },
  {
    name: "no answer",
    fault: (endpoint: string) => Fault.never({ endpoint, times: 6, processed: false }),
    outcome: "never"
  },
  {
    name: "429",
    fault: (endpoint: string) => Fault.rateLimited({ endpoint, retryAfter: 90 }),
    outcome: "429 -1003"
  },
  { name: "418", fault: (endpoint: string) => Fault.banned({ endpoint, retryAfter: 600 }), outcome: "418 -1003" },
  { name: "403 with a page", fault: (endpoint: string) => Fault.forbidden({ endpoint, times: 3 }), outcome: "403" },
  { name: "an empty body", fault: (endpoint: string) => Fault.emptyBody({ endpoint, times: 3 }), outcome: "200" },
  ...[301, 302, 307, 308, 400, 401, 404, 405, 407, 410, 411, 451].map((status) => ({
    name: `${status} with a page`,
    fault: (endpoint: string) => Fault.serverError({ endpoint, status, html: true, times: 3 }),
    outcome: String(status)
  })),
  {
    name: "404 with code 0",
    fault: (endpoint: string) => Fault.errorAnswer({ endpoint, status: 404, code: 0, msg: "Not Found", times: 3 }),
    outcome: "404 0"
  },
  {
    name: "-2015",
    fault: (endpoint: string) => Fault.unauthorized({ endpoint, times: 3 }),
    outcome: "401 -2015"
  }
]

describe.each(failedOnce)(
  "a keepalive that meets $name is tried again while the key is valid",
  ({ fault, outcome }) => {
    for (const row of listenKeyProducts) {
      virtual(
        row.product,
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          const since = yield* now
          const session = yield* start(row)
          yield* adjust("20 minutes")
          yield* binance.inject(fault(put(row)))
          yield* adjust("100 minutes")
          const { elements, service } = session
          expect(tags(elements)).toEqual(["Opened"])
          const sent = yield* keepalives(row, since)
          expect(sent[0]).toEqual({ after: 30, outcome })
          const good = sent.filter(({ outcome }) => outcome === "200")
          expect(good.length).toBeGreaterThanOrEqual(3)
          expect(good[0]!.after).toBeLessThan(outcome === "418 -1003" ? 41 : 33)
          expect(sent.at(-1)!.outcome).toBe("200")
          expect(yield* service.status).toMatchObject({ phase: "Live", reconnects: {} })
          expect((yield* binance.counters).liveKeys).toBe(1)
          yield* pushHeard(row)
          yield* session.close
        })
      )
    }
  }
)

describe("the keepalive goes on while nobody reads", () => {
  for (const row of listenKeyProducts) {
    virtual(
      row.product,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const since = yield* now
        const service = yield* row.make({ buffer: { elements: 4 } })
        const fiber = yield* Effect.forkDaemon(Stream.runForEach(service.events, () => Effect.never))
        yield* settle
        // More than fits: the socket is not read any more.
        yield* binance.tradingDay(row.product)
        yield* binance.tradingDay(row.product)
        yield* adjust("121 minutes")
        expect(yield* keepalives(row, since)).toEqual([30, 60, 90, 120].map((after) => ({ after, outcome: "200" })))
        expect((yield* binance.counters).liveKeys).toBe(1)
        yield* during("30 seconds", Fiber.interrupt(fiber))
      })
    )
  }
})

describe("a keepalive that fails for the whole hour ends in KeyExpired and a new key", () => {
  for (const row of listenKeyProducts) {
    for (const announced of [true, false]) {
      virtual(
        `${row.product}, ${announced ? "announced by listenKeyExpired" : "without a word"}`,
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          const since = yield* now
          const session = yield* start(row)
          const { elements, service } = session
          if (!announced) {
            yield* binance.inject(Fault.stopEvents())
          }
          yield* binance.inject(Fault.serverError({ endpoint: put(row), for: "70 minutes" }))
          yield* adjust("59 minutes")
          expect(tags(elements)).toEqual(["Opened"])
          yield* adjust("2 minutes")
          expect(find(elements, "Interrupted")).toMatchObject({
            at: since + 60 * minute,
            cause: { _tag: "KeyExpired" }
          })
          const { gap } = find(elements, "Resumed")
          expect(gap.from).toBe(since)
          expect(gap.to).toBe(since + 60 * minute)
          yield* adjust("3 hours")
          yield* pushHeard(row)
          expect(tags(elements).at(-1)).toBe("UnknownEvent")
          expect(yield* service.status).toMatchObject({ phase: "Live", reconnects: { KeyExpired: 1 } })
          yield* session.close
        })
      )
    }
  }
})

const lost = [
  {
    name: "closed by another client",
    fault: ({ product }: ListenKeyRow) => Fault.deleteListenKey({ product }),
    isSilent: true
  },
  {
    name: "replaced by another client",
    fault: ({ product }: ListenKeyRow) => Fault.rotateListenKey({ product }),
    isSilent: true
  },
  {
    name: "refused with -1125",
    fault: (row: ListenKeyRow) => Fault.invalidListenKey({ endpoint: put(row) }),
    isSilent: false
  }
]

describe.each(lost)("a key that is $name ends in KeyRejected and a new one", ({ fault, isSilent }) => {
  for (const row of listenKeyProducts) {
    virtual(
      row.product,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const since = yield* now
        const session = yield* start(row)
        const { elements, service } = session
        yield* adjust("40 minutes")
        const lastProof = yield* pushHeard(row)
        yield* adjust("5 minutes")
        yield* binance.inject(fault(row))
        const unheard: Array<number> = []
        while (isSilent && (yield* now) < since + 59 * minute) {
          yield* adjust("1 minute")
          unheard.push(yield* pushUnheard(row))
        }
        yield* adjust(since + 61 * minute - (yield* now))

        expect(find(elements, "Interrupted").cause).toEqual({ _tag: "KeyRejected" })
        const { gap } = find(elements, "Resumed")
        expect(gap.cause).toEqual({ _tag: "KeyRejected" })
        expect(gap.from).toBe(lastProof)
        expect(gap.to).toBe(since + 60 * minute)
        for (const at of unheard) {
          expect(at).toBeGreaterThanOrEqual(gap.from)
          expect(at).toBeLessThanOrEqual(gap.to)
        }
        yield* adjust("3 hours")
        yield* pushHeard(row)
        expect(tags(elements)).toEqual(["Opened", "UnknownEvent", "Interrupted", "Resumed", "UnknownEvent"])
        expect(yield* service.status).toMatchObject({ phase: "Live", reconnects: { KeyRejected: 1 } })
        expect((yield* binance.counters).openSockets).toBe(1)
        yield* session.close
      })
    )
  }
})

describe("without an event the gap begins with the last call that named the key", () => {
  for (const row of listenKeyProducts) {
    virtual(
      row.product,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const since = yield* now
        const session = yield* start(row)
        yield* adjust("85 minutes")
        yield* binance.inject(Fault.deleteListenKey({ product: row.product }))
        yield* adjust("6 minutes")
        expect(find(session.elements, "Resumed").gap).toEqual({
          from: since + 60 * minute,
          to: since + 90 * minute,
          cause: { _tag: "KeyRejected" }
        })
        yield* session.close
      })
    )
  }
})

describe("a socket that is lost together with its key is replaced by one with a key of its own", () => {
  for (const row of listenKeyProducts) {
    virtual(
      row.product,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const session = yield* start(row)
        yield* adjust("10 minutes")
        yield* binance.inject(Fault.deleteListenKey({ product: row.product }))
        yield* binance.inject(Fault.dropSockets())
        yield* settle
        expect(tags(session.elements)).toEqual(["Opened", "Interrupted", "Resumed"])
        expect(find(session.elements, "Interrupted").cause).toMatchObject({ _tag: "SocketClosed" })
        // A socket on the dead key would be open as well, and silent.
        yield* pushHeard(row)
        expect(tags(session.elements).at(-1)).toBe("UnknownEvent")
        expect(yield* binance.requestCount(post(row))).toBe(2)
        yield* session.close
      })
    )
  }
})

describe("listenKeyExpired", () => {
  for (const row of listenKeyProducts) {
    virtual(
      `${row.product}: an event, and then a new key`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const since = yield* now
        const session = yield* start(row)
        const { elements, service } = session
        yield* adjust("45 minutes")
        yield* binance.inject(Fault.expireListenKey({ product: row.product }))
        yield* settle
        expect(tags(elements)).toEqual(["Opened", "ListenKeyExpired", "Interrupted", "Resumed"])
        // That the key has expired does not say since when: only the last keepalive proves that it was good.
        expect(find(elements, "Resumed").gap).toEqual({
          from: since + 30 * minute,
          to: since + 45 * minute,
          cause: { _tag: "KeyExpired" }
        })
        yield* pushHeard(row)
        expect(tags(events(elements))).toEqual(["ListenKeyExpired", "UnknownEvent"])
        expect(yield* service.status).toMatchObject({ phase: "Live", reconnects: { KeyExpired: 1 } })
        const { liveKeys, openSockets } = yield* binance.counters
        expect([liveKeys, openSockets]).toEqual([1, 1])
        yield* session.close
      })
    )

    virtual(
      `${row.product}: two of them in a row make one new key`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const session = yield* start(row)
        yield* adjust("10 minutes")
        yield* binance.inject(Fault.duplicateFrame())
        yield* binance.inject(Fault.expireListenKey({ product: row.product }))
        yield* adjust("5 minutes")
        expect(tags(session.elements)).toEqual([
          "Opened",
          "ListenKeyExpired",
          "ListenKeyExpired",
          "Interrupted",
          "Resumed"
        ])
        expect(yield* binance.requestCount(post(row))).toBe(2)
        const { connects, liveKeys, openSockets } = yield* binance.counters
        expect([connects.length, liveKeys, openSockets]).toEqual([2, 1, 1])
        expect(yield* session.service.status).toMatchObject({ phase: "Live", reconnects: { KeyExpired: 1 } })
        yield* pushHeard(row)
        yield* session.close
      })
    )

    virtual(
      `${row.product}: a storm of them backs off`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const session = yield* start(row)
        yield* adjust("2 minutes")
        for (let second = 0; second < 15 * 60; second++) {
          yield* binance.inject(Fault.expireListenKey({ product: row.product }))
          yield* adjust("1 second")
        }
        const stormy = yield* binance.requestCount(post(row))
        // 1, 2, 4, ... 32 and then 60 seconds, jittered.
        expect(stormy).toBeGreaterThan(12)
        expect(stormy).toBeLessThan(28)
        yield* adjust("3 minutes")
        expect(tags(session.elements).at(-1)).toBe("Resumed")
        expect(yield* session.service.status).toMatchObject({ phase: "Live" })
        yield* session.close
        expect((yield* binance.counters).openSockets).toBe(0)
      })
    )
  }
})

describe("an API key that is refused at each keepalive fails the stream, typed, when the key has expired", () => {
  for (const row of listenKeyProducts) {
    const log = makeLog()
    virtual(
      row.product,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const since = yield* now
        const session = yield* start(row, { onClose: "close" })
        yield* adjust("10 minutes")
        yield* binance.inject(Fault.unauthorized({ endpoint: put(row), for: "2 hours" }))
        yield* adjust("49 minutes")
        expect(session.fiber.unsafePoll()).toBe(null)
        const warnings = log.warnings().filter((line) => line.includes("Keepalive"))
        expect(warnings).toHaveLength(1)
        expect(warnings[0]).toContain("Check that the API key")
        yield* adjust("2 minutes")
        const exit = yield* Fiber.await(session.fiber)
        const error = Exit.isFailure(exit) ? yield* Effect.flip(Fiber.join(session.fiber)) : undefined
        expect(error).toBeInstanceOf(BinanceError.Unauthorized)
        expect(Schema.is(BinanceError.BinanceError)(error)).toBe(true)
        expect(error!.message).toContain("Check that the API key")
        expect(tags(session.elements)).toEqual(["Opened"])
        expect(yield* session.service.status).toMatchObject({ phase: "Failed" })
        const sent = (yield* keepalives(row, since)).map(({ after }) => after)
        expect(sent[0]).toBe(30)
        expect(sent[1]).toBeLessThan(31)
        expect(sent.at(-1)).toBeGreaterThan(59)
        // After 1, 2, 4, 8, 16 and then every 30 seconds, jittered.
        expect(sent.length).toBeGreaterThan(50)
        expect(sent.length).toBeLessThan(80)
        const { liveKeys, openSockets } = yield* binance.counters
        expect([liveKeys, openSockets]).toEqual([0, 0])
        yield* session.close
      }).pipe(Effect.provide(log.layer))
    )
  }
})

describe("a keepalive that something before Binance refuses for the whole hour ends in KeyExpired and a new key", () => {
  for (const row of listenKeyProducts) {
    virtual(
      row.product,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const since = yield* now
        const session = yield* start(row)
        yield* binance.inject(Fault.serverError({ endpoint: put(row), status: 404, html: true, for: "70 minutes" }))
        yield* adjust("61 minutes")
        expect(find(session.elements, "Interrupted")).toMatchObject({
          at: since + 60 * minute,
          cause: { _tag: "KeyExpired" }
        })
        yield* pushHeard(row)
        expect(yield* session.service.status).toMatchObject({ phase: "Live", reconnects: { KeyExpired: 1 } })
        yield* session.close
      })
    )
  }
})

describe("an interval in the place of a schedule", () => {
  for (const row of listenKeyProducts) {
    virtual(
      row.product,
      Effect.gen(function* () {
        const since = yield* now
        const session = yield* start(row, { keepalive: "20 minutes" })
        yield* adjust("65 minutes")
        expect((yield* keepalives(row, since)).map(({ after }) => after)).toEqual([20, 40, 60])
        yield* session.close
      })
    )
  }
})
