import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as fc from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { Credentials } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, consume, during, events, runVirtual, tags, virtual } from "../products/harness.js"
import { type Element, type ListenKeyRow, listenKeyProducts } from "../products/products.js"
import type * as VirtualClock from "../support/VirtualClock.js"

/** The products whose key is made by the same call. */
const sharing = listenKeyProducts.filter(({ path }) => path === "/fapi/v1/listenKey")
const [first, second] = sharing as [ListenKeyRow, ListenKeyRow]

const close = "close" as const

interface User {
  readonly row: ListenKeyRow
  readonly elements: ReadonlyArray<Element>
  readonly leave: Effect.Effect<void, never, VirtualClock.VirtualClock>
}

/** A service of its own that consumes, until it leaves. */
const join = (row: ListenKeyRow) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const service = yield* Scope.extend(row.make({ onClose: close }), scope)
    const { elements, fiber } = yield* consume(service)
    yield* adjust("1 second")
    const leave = during("20 seconds", Effect.zipRight(Fiber.interrupt(fiber), Scope.close(scope, Exit.void)))
    const user: User = { row, elements, leave }
    return user
  })

/** The same with a key and no socket. */
const hold = (row: ListenKeyRow) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const service = yield* Scope.extend(row.make({ onClose: close }), scope)
    yield* during("1 second", Scope.extend(service.listenKey, scope))
    const user: User = { row, elements: [], leave: during("20 seconds", Scope.close(scope, Exit.void)) }
    return user
  })

const deletions = Effect.flatMap(SimulatedBinance.SimulatedBinance, (binance) =>
  binance.requestCount(`DELETE ${first.path}`)
)

const liveKeys = Effect.flatMap(SimulatedBinance.SimulatedBinance, (binance) =>
  Effect.map(binance.counters, ({ liveKeys }) => liveKeys)
)

const expectEvents = ({ elements, row }: User) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const before = events(elements).length
    yield* binance.tradingDay(row.product)
    yield* adjust("1 second")
    expect(tags(events(elements).slice(before))).toEqual(row.tradingDay)
    expect(tags(elements)).not.toContain("Interrupted")
  })

describe("two products that have one key", () => {
  it("are known", () => {
    expect(sharing).toHaveLength(2)
  })

  for (const [leaver, stayer] of [
    [first, second],
    [second, first]
  ] as const) {
    virtual(
      `${stayer.product} still gets its events when ${leaver.product} has left`,
      Effect.gen(function* () {
        const leaving = yield* join(leaver)
        const staying = yield* join(stayer)
        yield* adjust("2 minutes")
        yield* leaving.leave
        expect({ deletions: yield* deletions, liveKeys: yield* liveKeys }).toEqual({ deletions: 0, liveKeys: 1 })
        yield* expectEvents(staying)
        yield* staying.leave
        expect({ deletions: yield* deletions, liveKeys: yield* liveKeys }).toEqual({ deletions: 1, liveKeys: 0 })
      })
    )

    virtual(
      `${stayer.product} that begins while ${leaver.product} closes the key gets its events`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const leaving = yield* join(leaver)
        yield* adjust("2 minutes")
        yield* binance.inject(Fault.slow({ by: "2 seconds", processed: "after", endpoint: `DELETE ${leaver.path}` }))
        const closing = yield* Effect.fork(leaving.leave)
        yield* adjust("1 second")
        const staying = yield* join(stayer)
        yield* adjust("10 seconds")
        yield* Fiber.join(closing)
        expect(yield* liveKeys).toBe(1)
        yield* expectEvents(staying)
        yield* staying.leave
        expect(yield* liveKeys).toBe(0)
      })
    )
  }

  virtual(
    "of two accounts are closed by the last of each account",
    Effect.gen(function* () {
      const other = { apiKey: "TheApiKeyOfAnotherAccount", account: "other" }
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.account(other)
      const one = yield* join(first)
      const two = yield* Effect.provide(join(second), Layer.orDie(Credentials.layer({ apiKey: other.apiKey })))
      expect(yield* liveKeys).toBe(2)
      yield* one.leave
      expect(yield* liveKeys).toBe(1)
      yield* two.leave
      expect(yield* liveKeys).toBe(0)
    })
  )
})

describe("two services of one product and account", () => {
  for (const row of listenKeyProducts) {
    virtual(
      `${row.product}: the key lives until the last of them has left`,
      Effect.gen(function* () {
        const one = yield* join(row)
        const other = yield* join(row)
        yield* adjust("2 minutes")
        yield* one.leave
        expect(yield* liveKeys).toBe(1)
        yield* expectEvents(other)
        yield* other.leave
        expect(yield* liveKeys).toBe(0)
      })
    )
  }
})

const kinds = { consumer: join, key: hold }

describe("the key of one account", () => {
  it.live(
    "lives as long as anybody of the process uses it, whoever comes and goes in whatever order",
    () =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(
            fc.array(
              fc.record({
                product: fc.nat(sharing.length - 1),
                kind: fc.constantFrom(...(Object.keys(kinds) as ReadonlyArray<keyof typeof kinds>)),
                /** Who leaves before, if anybody. */
                leaver: fc.option(fc.nat(), { nil: undefined })
              }),
              { minLength: 2, maxLength: 5 }
            ),
            async (visits) => {
              const seen = await Effect.runPromise(
                runVirtual(
                  Effect.gen(function* () {
                    const present: Array<User> = []
                    const seen: Array<{ readonly users: number; readonly keys: number }> = []
                    const look = Effect.map(liveKeys, (keys) => seen.push({ users: Math.min(present.length, 1), keys }))
                    for (const { kind, leaver, product } of visits) {
                      if (leaver !== undefined && present.length > 0) {
                        yield* present.splice(leaver % present.length, 1)[0]!.leave
                        yield* look
                      }
                      present.push(yield* kinds[kind](sharing[product]!))
                      yield* look
                    }
                    while (present.length > 0) {
                      yield* present.pop()!.leave
                      yield* look
                    }
                    return seen
                  })
                )
              )
              expect(seen.map(({ keys }) => keys)).toEqual(seen.map(({ users }) => users))
            }
          ),
          { numRuns: 30 }
        )
      ),
    30_000
  )
})
