import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { BinanceError, type ListenKey } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, assertNothingLeft, consume, del, during, now, post, put, settle, tags, virtual } from "./harness.js"
import { type ListenKeyRow, listenKeyProducts, type StreamOptions } from "./products.js"

const minute = 60_000

const text = ({ key }: ListenKey.ListenKey) => Redacted.value(key)

/** A key that is held in a scope of its own. */
const hold = (service: { readonly listenKey: Effect.Effect<ListenKey.Kept, BinanceError.BinanceError, Scope.Scope> }) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const kept = yield* during("1 second", Scope.extend(service.listenKey, scope))
    const seen: Array<ListenKey.ListenKey> = []
    const fiber = yield* Effect.forkDaemon(Stream.runForEach(kept.changes, (key) => Effect.sync(() => seen.push(key))))
    yield* settle
    return {
      kept,
      fiber,
      /** The different keys that the holder has seen. */
      keys: () => Array.from(new Set(seen.map(text))),
      release: Effect.forkDaemon(Scope.close(scope, Exit.void))
    }
  })

const test = (
  name: string,
  row: ListenKeyRow,
  body: (
    service: Effect.Effect.Success<ReturnType<ListenKeyRow["make"]>>,
    binance: SimulatedBinance.SimulatedBinance.Service
  ) => Parameters<typeof virtual>[1],
  options?: StreamOptions
) =>
  virtual(
    name,
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* body(yield* row.make({ onClose: "close", ...options }), binance)
    })
  )

for (const row of listenKeyProducts) {
  const deletes = (binance: SimulatedBinance.SimulatedBinance.Service) => binance.requestCount(del(row))

  describe(row.product, () => {
    test("keeps a key alive, and closes it with the scope", row, (service, binance) =>
      Effect.gen(function* () {
        const since = yield* now
        const holder = yield* hold(service)
        const first = yield* holder.kept.current
        expect(first.expiresAt).toBe(since + 60 * minute)
        yield* adjust("12 hours")
        const current = yield* holder.kept.current
        expect(text(current)).toBe(text(first))
        expect(current.expiresAt).toBe(since + 12 * 60 * minute + 60 * minute)
        expect(holder.keys()).toEqual([text(first)])
        expect(yield* binance.requestCount(put(row))).toBe(24)
        expect(yield* binance.requestCount(post(row))).toBe(row.asksForKey ? 25 : 1)
        expect((yield* binance.counters).openSockets).toBe(0)
        yield* holder.release
        yield* settle
        expect(yield* deletes(binance)).toBe(1)
        expect((yield* binance.counters).liveKeys).toBe(0)
        const { after, before } = yield* assertNothingLeft
        expect(after).toEqual(before)
      })
    )

    test("shows the key that takes the place of a lost one", row, (service, binance) =>
      Effect.gen(function* () {
        const holder = yield* hold(service)
        const first = yield* holder.kept.current
        yield* adjust("45 minutes")
        yield* binance.inject(Fault.rotateListenKey({ product: row.product }))
        yield* adjust("16 minutes")
        const second = yield* holder.kept.current
        expect(text(second)).not.toBe(text(first))
        expect(holder.keys()).toEqual([text(first), text(second)])
        yield* binance.inject(Fault.deleteListenKey({ product: row.product }))
        yield* binance.inject(Fault.serverError({ endpoint: post(row), times: 12 }))
        yield* adjust("61 minutes")
        const third = yield* holder.kept.current
        expect(holder.keys()).toEqual([text(first), text(second), text(third)])
        yield* adjust("3 hours")
        expect(text(yield* holder.kept.current)).toBe(text(third))
        yield* holder.release
        yield* settle
        expect((yield* binance.counters).liveKeys).toBe(0)
      })
    )

    test("replaces a key that could not be kept alive for an hour", row, (service, binance) =>
      Effect.gen(function* () {
        const holder = yield* hold(service)
        yield* binance.inject(Fault.never({ endpoint: put(row), processed: false, for: "75 minutes" }))
        yield* adjust("59 minutes")
        expect(holder.keys()).toHaveLength(1)
        yield* adjust("2 minutes")
        expect(holder.keys()).toHaveLength(2)
        yield* adjust("5 hours")
        expect(holder.keys()).toHaveLength(2)
        yield* holder.release
        yield* settle
        expect((yield* binance.counters).liveKeys).toBe(0)
      })
    )

    test("tells its holder, typed, that the API key was refused", row, (service, binance) =>
      Effect.gen(function* () {
        const holder = yield* hold(service)
        yield* binance.inject(Fault.unauthorized({ endpoint: put(row), for: "2 hours" }))
        yield* adjust("59 minutes")
        expect(holder.fiber.unsafePoll()).toBe(null)
        yield* adjust("2 minutes")
        expect(yield* Effect.flip(holder.kept.current)).toBeInstanceOf(BinanceError.Unauthorized)
        expect(yield* Effect.flip(Fiber.join(holder.fiber))).toBeInstanceOf(BinanceError.Unauthorized)
        const requests = yield* binance.requestCount()
        yield* adjust("5 hours")
        expect(yield* binance.requestCount()).toBe(requests)
        yield* holder.release
        yield* settle
        expect(yield* deletes(binance)).toBe(1)
        expect((yield* binance.counters).liveKeys).toBe(0)
      })
    )

    test("fails typed when there is no key to be had", row, (service, binance) =>
      Effect.gen(function* () {
        yield* binance.inject(Fault.unauthorized({ endpoint: post(row) }))
        const error = yield* Effect.flip(Effect.scoped(service.listenKey))
        expect(error).toBeInstanceOf(BinanceError.Unauthorized)
      })
    )

    for (const processed of [true, false]) {
      test(
        `does not wait long for a creation that hangs, and that ${processed ? "made" : "did not make"} a key`,
        row,
        (service, binance) =>
          Effect.gen(function* () {
            yield* binance.inject(Fault.never({ endpoint: post(row), times: 100, processed }))
            const user = yield* Effect.forkDaemon(Effect.scoped(Effect.zipRight(service.listenKey, Effect.never)))
            yield* adjust("1 second")
            const leaving = yield* Effect.fork(Fiber.interrupt(user))
            yield* adjust("11 seconds")
            expect(leaving.unsafePoll()).not.toBe(null)
            const { after, before } = yield* assertNothingLeft
            expect(after).toEqual(before)
            expect(after.liveKeys).toBe(0)
          })
      )
    }

    test("is not interrupted while it closes the key", row, (service, binance) =>
      Effect.gen(function* () {
        yield* binance.inject(Fault.slow({ endpoint: del(row), by: "3 seconds", processed: "after" }))
        const user = yield* Effect.forkDaemon(Effect.scoped(Effect.zipRight(service.listenKey, Effect.never)))
        yield* adjust("1 minute")
        const first = yield* Effect.fork(Fiber.interrupt(user))
        const second = yield* Effect.fork(Fiber.interrupt(user))
        yield* adjust("2900 millis")
        expect(first.unsafePoll()).toBe(null)
        expect((yield* binance.counters).liveKeys).toBe(1)
        yield* adjust("200 millis")
        yield* Fiber.join(first)
        yield* Fiber.join(second)
        expect((yield* binance.counters).liveKeys).toBe(0)
      })
    )

    test("cuts a close that hangs", row, (service, binance) =>
      Effect.gen(function* () {
        yield* binance.inject(Fault.never({ endpoint: del(row) }))
        const holder = yield* hold(service)
        const releasing = yield* holder.release
        yield* adjust("4900 millis")
        expect(releasing.unsafePoll()).toBe(null)
        yield* adjust("200 millis")
        expect(yield* Fiber.join(releasing)).toBeUndefined()
        const { after, before } = yield* assertNothingLeft
        expect(after).toEqual(before)
      })
    )

    test(
      "leaves the key where it is told to",
      row,
      (service, binance) =>
        Effect.gen(function* () {
          const holder = yield* hold(service)
          yield* holder.release
          yield* settle
          expect(yield* deletes(binance)).toBe(0)
          expect((yield* binance.counters).liveKeys).toBe(1)
        }),
      { onClose: "leave" }
    )

    test(
      "waits for no call in flight where it leaves the key",
      row,
      (service, binance) =>
        Effect.gen(function* () {
          yield* binance.inject(Fault.never({ endpoint: post(row), processed: false }))
          const scope = yield* Scope.make()
          const fiber = yield* Effect.forkDaemon(Scope.extend(service.listenKey, scope))
          yield* settle
          expect(yield* binance.requestCount(post(row))).toBe(1)
          const leaving = yield* Effect.forkDaemon(
            Effect.zipRight(Fiber.interrupt(fiber), Scope.close(scope, Exit.void))
          )
          yield* settle
          expect(leaving.unsafePoll()).not.toBe(null)
          expect(yield* deletes(binance)).toBe(0)
        }),
      { onClose: "leave" }
    )

    for (const first of ["events", "listenKey"] as const) {
      test(`one key for listenKey and events, closed by the last: ${first} leaves first`, row, (service, binance) =>
        Effect.gen(function* () {
          const consumer = yield* consume(service)
          const holder = yield* hold(service)
          yield* adjust("2 hours")
          expect(holder.keys()).toHaveLength(1)
          expect((yield* binance.counters).liveKeys).toBe(1)
          const leave = {
            events: Effect.fork(Fiber.interrupt(consumer.fiber)),
            listenKey: holder.release
          }
          yield* leave[first]
          yield* adjust("10 seconds")
          expect(yield* deletes(binance)).toBe(0)
          yield* adjust("2 hours")
          expect((yield* binance.counters).liveKeys).toBe(1)
          expect(tags(consumer.elements)).toEqual(["Opened"])
          yield* first === "events" ? leave.listenKey : leave.events
          yield* adjust("10 seconds")
          expect(yield* deletes(binance)).toBe(1)
          const { after, before } = yield* assertNothingLeft
          expect(after).toEqual(before)
          expect(after).toMatchObject({ liveKeys: 0, openSockets: 0 })
        })
      )
    }

    test("two holders and two consumers at once share one key", row, (service, binance) =>
      Effect.gen(function* () {
        const start = Effect.all([consume(service), hold(service), consume(service), hold(service)], {
          concurrency: "unbounded"
        })
        const [one, two, three, four] = yield* during("2 seconds", start)
        expect(new Set([...two.keys(), ...four.keys()]).size).toBe(1)
        const { liveKeys, openSockets } = yield* binance.counters
        expect([liveKeys, openSockets]).toEqual([1, 1])
        yield* two.release
        yield* Effect.fork(Fiber.interruptAll([one.fiber, three.fiber]))
        yield* adjust("10 seconds")
        expect(yield* deletes(binance)).toBe(0)
        yield* four.release
        yield* adjust("10 seconds")
        expect(yield* deletes(binance)).toBe(1)
      })
    )
  })
}
