import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { BinanceError, type StreamNotice, UserDataStream } from "effect-binance-user-data"
import * as VirtualClock from "../support/VirtualClock.js"
import * as FakeSource from "./fakeSource.js"

type Element = FakeSource.Event | StreamNotice.StreamNotice

const unauthorized = new BinanceError.Unauthorized({ operation: "PUT /key", status: 401, code: -2015, msg: "" })

const brief = (element: Element) => ("n" in element ? element.n : element._tag)

const settle = VirtualClock.adjust(0)

const test = (
  name: string,
  body: (
    fake: FakeSource.FakeSource,
    stream: UserDataStream.UserDataStream<FakeSource.Event>
  ) => Effect.Effect<void, unknown, VirtualClock.VirtualClock | Scope.Scope>
) =>
  it.live(name, () =>
    Effect.gen(function* () {
      const fake = yield* FakeSource.make
      yield* body(fake, yield* UserDataStream.make(fake.source))
    }).pipe(Effect.scoped, VirtualClock.run)
  )

describe("forEach", () => {
  test("hands over every element, events and notices, in order", (fake, stream) =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      yield* Effect.fork(stream.forEach((element) => void seen.push(brief(element))))
      yield* settle
      for (let n = 0; n < 100; n++) {
        fake.last().send(n)
      }
      fake.last().close()
      yield* VirtualClock.adjust("5 seconds")
      fake.last().send(100)
      yield* settle
      expect(seen).toEqual(["Opened", ...Array.from({ length: 100 }, (_, n) => n), "Interrupted", "Resumed", 100])
    }))

  it.live("sees what the stream sees, whatever the handler does with it", () =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(
          FastCheck.array(FastCheck.constantFrom("at once", "effect", "yield", "sleep"), { maxLength: 60 }),
          FastCheck.array(FastCheck.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }),
          (ways, batches) =>
            Effect.gen(function* () {
              const fake = yield* FakeSource.make
              const stream = yield* UserDataStream.make(fake.source)
              const seen: Array<unknown> = []
              const expected: Array<unknown> = []
              let busy = 0
              yield* Effect.fork(
                Stream.runForEach(stream.events, (element) => Effect.sync(() => expected.push(brief(element))))
              )
              yield* Effect.fork(
                stream.forEach((element) => {
                  const way = ways[seen.length]
                  expect(busy).toBe(0)
                  seen.push(brief(element))
                  if (way === "effect" || way === "yield" || way === "sleep") {
                    busy++
                    const done = Effect.sync(() => {
                      busy--
                    })
                    return Effect.zipRight(
                      way === "sleep" ? Effect.sleep(10) : way === "yield" ? Effect.yieldNow() : Effect.void,
                      done
                    )
                  }
                })
              )
              yield* settle
              let n = 0
              for (const size of batches) {
                for (let i = 0; i < size; i++) {
                  fake.last().send(n++)
                }
                yield* VirtualClock.adjust(15)
              }
              yield* VirtualClock.adjust("1 minute")
              expect(seen).toEqual(expected)
              expect(seen).toHaveLength(n + 1)
            }).pipe(Effect.scoped, VirtualClock.run, Effect.runPromise)
        ),
        { numRuns: 30 }
      )
    )
  )

  test("ends with the failure of a handler's effect, and closes the session", (fake, stream) =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const fiber = yield* Effect.fork(
        stream.forEach((element) => {
          seen.push(brief(element))
          return "n" in element && element.n === 1 ? Effect.fail("enough" as const) : undefined
        })
      )
      yield* settle
      for (const n of [0, 1, 2]) {
        fake.last().send(n)
      }
      yield* settle
      expect(yield* Fiber.await(fiber)).toEqual(Exit.fail("enough"))
      expect(seen).toEqual(["Opened", 0, 1])
      yield* settle
      expect(fake.openSessions).toBe(0)
      expect(fake.last().isOpen).toBe(false)
    }))

  test("dies of what a handler throws, and closes the session", (fake, stream) =>
    Effect.gen(function* () {
      const defect = new Error("a bug")
      const fiber = yield* Effect.fork(
        stream.forEach(() => {
          throw defect
        })
      )
      yield* settle
      const exit = yield* Fiber.await(fiber)
      expect(Exit.isFailure(exit) && Array.from(Cause.defects(exit.cause))).toEqual([defect])
      yield* settle
      expect(fake.openSessions).toBe(0)
    }))

  test("dies of what a handler throws after long quiet, and hands it nothing more", (fake, stream) =>
    Effect.gen(function* () {
      const defect = new Error("a bug")
      const seen: Array<unknown> = []
      const fiber = yield* Effect.fork(
        stream.forEach((element) => {
          seen.push(brief(element))
          if ("n" in element && element.n === 1) {
            throw defect
          }
        })
      )
      yield* settle
      fake.last().send(0)
      yield* VirtualClock.adjust("1 hour")
      for (const n of [1, 2]) {
        fake.last().send(n)
      }
      yield* settle
      fake.last().send(3)
      yield* settle
      const exit = yield* Fiber.await(fiber)
      expect(Exit.isFailure(exit) && Array.from(Cause.defects(exit.cause))).toEqual([defect])
      expect(seen.filter((element) => typeof element === "number")).toEqual([0, 1])
      yield* settle
      expect(fake.openSessions).toBe(0)
    }))

  test("hands over nothing after an interruption, not even what has arrived before", (fake, stream) =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const fiber = yield* Effect.fork(stream.forEach((element) => void seen.push(brief(element))))
      yield* settle
      fake.last().send(1)
      yield* settle
      fiber.unsafeInterruptAsFork(FiberId.none)
      fake.last().send(2)
      yield* Fiber.await(fiber)
      yield* settle
      expect(seen).toEqual(["Opened", 1])
    }))

  test("fails with the error of the stream, after everything that came before", (fake, stream) =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const fiber = yield* Effect.fork(stream.forEach((element) => void seen.push(brief(element))))
      yield* settle
      fake.last().send(1)
      fake.last().fail(unauthorized)
      yield* settle
      expect(yield* Fiber.await(fiber)).toEqual(Exit.fail(unauthorized))
      expect(seen).toEqual(["Opened", 1])
    }))

  test("is interrupted while it waits and while a handler runs", (fake, stream) =>
    Effect.gen(function* () {
      const waiting = yield* Effect.fork(stream.forEach(() => {}))
      yield* settle
      yield* Fiber.interrupt(waiting)
      yield* settle
      expect(fake.openSessions).toBe(0)

      const reached = yield* Deferred.make<void>()
      const handling = yield* Effect.fork(
        stream.forEach(() => Effect.zipRight(Deferred.succeed(reached, undefined), Effect.never))
      )
      yield* settle
      yield* Deferred.await(reached)
      yield* Fiber.interrupt(handling)
      yield* settle
      expect(fake.openSessions).toBe(0)
    }))

  it.live("ends when the layer closes", () =>
    Effect.gen(function* () {
      const fake = yield* FakeSource.make
      const scope = yield* Scope.make()
      const stream = yield* Scope.extend(UserDataStream.make(fake.source), scope)
      const fiber = yield* Effect.fork(stream.forEach(() => {}))
      yield* settle
      yield* Scope.close(scope, Exit.void)
      yield* settle
      expect(yield* Fiber.await(fiber)).toEqual(Exit.void)
      expect(fake.openSessions).toBe(0)
    }).pipe(VirtualClock.run)
  )
})
