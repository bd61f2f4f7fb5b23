import { describe, expect } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import type { StreamNotice } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, during, notices, settle, start, tags, virtual } from "../products/harness.js"
import { type Element, listenKeyProducts, margin, products, type Row } from "../products/products.js"
import { makeLog } from "./observer.js"

const isListenKeyProduct = (row: Row) => listenKeyProducts.some((other) => other === row)

const resumed = (elements: ReadonlyArray<Element>) =>
  notices(elements).filter((notice): notice is StreamNotice.Resumed => notice._tag === "Resumed")

describe("a healthy day logs a handful of lines, and no warning", () => {
  for (const row of products) {
    const log = makeLog()
    virtual(
      row.product,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const session = yield* start(row)
        for (let hour = 0; hour < 24; hour++) {
          yield* binance.tradingDay(row.product)
          yield* adjust("1 hour")
        }
        yield* session.close
        expect(tags(notices(session.elements))).toEqual(["Opened", "RolledOver"])
        expect(log.warnings()).toEqual([])
        expect(log.infos().length).toBeLessThanOrEqual(20)
        expect(log.infos()).toEqual([
          `The stream of ${row.product} is live`,
          `The stream of ${row.product} rolled over: the connection reached the age of ${23 * 3_600_000} ms`
        ])
      }).pipe(Effect.provide(log.layer))
    )
  }
})

interface Trouble {
  readonly name: string
  readonly faults: ReadonlyArray<Fault.Fault>
  /** What the warning says after the name of the stream. */
  readonly warning: RegExp
  readonly cause: StreamNotice.Cause["_tag"]
  /** How long it takes until it is noticed and over. Default: 5 minutes. */
  readonly lasts?: Duration.DurationInput
}

const troublesOf = (row: Row): ReadonlyArray<Trouble> => {
  const { product } = row
  return [
    {
      name: "a dropped socket",
      faults: [Fault.dropSockets()],
      warning: /the socket was closed with 1006$/,
      cause: "SocketClosed"
    },
    {
      name: "a closed socket",
      faults: [Fault.dropSockets({ code: 1012, reason: "restart" })],
      warning: /the socket was closed with 1012 \(restart\)$/,
      cause: "SocketClosed"
    },
    {
      name: "a socket that could not be replaced for minutes",
      faults: [Fault.refuseConnects(503, { times: 4 }), Fault.dropSockets()],
      warning: /the socket was closed with 1006$/,
      cause: "SocketClosed"
    },
    {
      name: "a shutdown that was announced, but nothing could be opened beside it",
      faults: [Fault.refuseConnects(503, { times: 2 }), Fault.serverShutdown(), Fault.dropSockets()],
      warning: /the socket was closed with 1006$/,
      cause: "SocketClosed"
    },
    {
      name: "a half-open socket",
      faults: [Fault.halfOpen()],
      warning: /nothing came for \d+ ms$/,
      cause: "HalfOpen"
    },
    ...(isListenKeyProduct(row)
      ? ([
          {
            name: "a key that expired",
            faults: [Fault.expireListenKey({ product })],
            warning: /the listen key expired$/,
            cause: "KeyExpired"
          },
          {
            name: "a key that another client deleted",
            faults: [Fault.deleteListenKey({ product })],
            warning: /the listen key was closed or replaced by another client$/,
            cause: "KeyRejected",
            lasts: "35 minutes"
          },
          {
            name: "a key that another client replaced",
            faults: [Fault.rotateListenKey({ product })],
            warning: /the listen key was closed or replaced by another client$/,
            cause: "KeyRejected",
            lasts: "35 minutes"
          }
        ] as const)
      : ([
          {
            name: "a subscription that ended",
            faults: [Fault.eventStreamTerminated()],
            warning: /Binance ended the subscription$/,
            cause: "StreamTerminated"
          }
        ] as const))
  ]
}

describe("every gap logs one warning, which names its cause", () => {
  for (const row of products) {
    for (const trouble of troublesOf(row)) {
      const log = makeLog()
      virtual(
        `${row.product}: ${trouble.name}`,
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          const session = yield* start(row)
          yield* adjust("5 minutes")
          expect(log.warnings()).toEqual([])
          for (const fault of trouble.faults) {
            expect(resumed(session.elements)).toEqual([])
            yield* binance.inject(fault)
            yield* adjust("1 second")
          }
          yield* adjust(trouble.lasts ?? "5 minutes")
          yield* binance.tradingDay(row.product)
          yield* session.close
          expect(resumed(session.elements).map(({ gap }) => gap.cause._tag)).toEqual([trouble.cause])
          expect(log.warnings()).toHaveLength(1)
          expect(log.warnings()[0]).toMatch(`The stream of ${row.product} was interrupted: `)
          expect(log.warnings()[0]).toMatch(trouble.warning)
          // However often it had to be tried.
          expect(log.infos().length).toBeLessThan(10)
        }).pipe(Effect.provide(log.layer))
      )
    }

    const all = makeLog()
    virtual(
      `${row.product}: one trouble after the other`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const session = yield* start(row)
        for (const { faults, lasts } of troublesOf(row)) {
          yield* adjust("5 minutes")
          for (const fault of faults) {
            yield* binance.inject(fault)
            yield* adjust("1 second")
          }
          yield* adjust(lasts ?? "5 minutes")
        }
        yield* session.close
        const expected = troublesOf(row)
        expect(resumed(session.elements).map(({ gap }) => gap.cause._tag)).toEqual(expected.map(({ cause }) => cause))
        expect(all.warnings()).toEqual(expected.map(({ warning }) => expect.stringMatching(warning)))
      }).pipe(Effect.provide(all.layer))
    )
  }
})

/** A consumer that stops at its first element until it is told to go on. */
const consumeSlowly = (row: Row, service: { readonly events: Stream.Stream<Element, unknown> }) =>
  Effect.gen(function* () {
    const goOn = yield* Deferred.make<void>()
    const elements: Array<Element> = []
    const fiber = yield* Effect.forkDaemon(
      Stream.runForEach(service.events, (element) => {
        elements.push(element)
        return Deferred.await(goOn)
      })
    )
    yield* settle
    expect(tags(elements), row.product).toEqual(["Opened"])
    return {
      elements,
      goOn: Effect.zipRight(Deferred.succeed(goOn, undefined), adjust("1 second")),
      leave: during("1 second", Fiber.interrupt(fiber))
    }
  })

const buffer = { elements: 8 }

const pushMany = (row: Row) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    for (let n = 0; n < 40; n++) {
      yield* binance.pushRaw({ product: row.product }, JSON.stringify({ e: "count", n }))
      yield* adjust("100 millis")
    }
  })

describe("a consumer that is too slow", () => {
  for (const row of products) {
    const warning = `A consumer of the stream of ${row.product} missed events: a buffer was full. Consume faster, or allow a larger buffer`

    const unpausable = makeLog()
    virtual(
      `${row.product}: has a gap and a warning where the socket cannot be paused`,
      Effect.gen(function* () {
        const service = yield* row.make({ buffer })
        const slow = yield* consumeSlowly(row, service)
        for (let round = 1; round <= 2; round++) {
          yield* pushMany(row)
          yield* slow.goOn
          expect(tags(notices(slow.elements))).toEqual(["Opened", "Interrupted", "Resumed"])
          expect(resumed(slow.elements)[0]!.gap.cause).toMatchObject({ _tag: "Overflow" })
          expect(unpausable.warnings()).toEqual([warning])
        }
        yield* slow.leave
        expect(unpausable.warnings()).toEqual([warning])
      }).pipe(Effect.provide(unpausable.layer)),
      { binance: { pings: "hidden" } }
    )

    const pausable = makeLog()
    // Accounts of margin share a socket, and none of them may stop it for the others.
    const gaps = row === margin ? 1 : 0
    virtual(
      `${row.product}: has ${gaps === 0 ? "neither where it can be" : "both also where it could be"}`,
      Effect.gen(function* () {
        const service = yield* row.make({ buffer })
        const slow = yield* consumeSlowly(row, service)
        yield* pushMany(row)
        yield* slow.goOn
        expect(resumed(slow.elements)).toHaveLength(gaps)
        expect(slow.elements.length === 41).toBe(gaps === 0)
        yield* slow.leave
        expect(pausable.warnings()).toEqual(gaps === 0 ? [] : [warning])
      }).pipe(Effect.provide(pausable.layer))
    )

    const shared = makeLog()
    virtual(
      `${row.product}: has a gap and a warning of its own beside one that is not`,
      Effect.gen(function* () {
        const service = yield* row.make({ buffer })
        const slow = yield* consumeSlowly(row, service)
        const ready: Array<Element> = []
        const fiber = yield* Effect.forkDaemon(
          Stream.runForEach(service.events, (element) => Effect.sync(() => ready.push(element)))
        )
        yield* settle
        yield* pushMany(row)
        yield* slow.goOn
        expect(resumed(slow.elements)).toHaveLength(1)
        expect(resumed(ready)).toEqual([])
        expect(ready).toHaveLength(41)
        yield* slow.leave
        yield* during("30 seconds", Fiber.interrupt(fiber))
        expect(shared.warnings()).toEqual([warning])
      }).pipe(Effect.provide(shared.layer))
    )
  }
})
