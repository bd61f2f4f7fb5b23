import { describe, expect, it } from "@effect/vitest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as fc from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Margin, UsdFutures, UsdFuturesAccount } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import * as VirtualClock from "../support/VirtualClock.js"
import { adjust, assertNothingLeft, runVirtual } from "./harness.js"
import { listenKeyProducts, products, type Requirements, type Row } from "./products.js"

/** Everything that happens in days happens within minutes, so that a random moment meets it. */
const hurried = {
  onClose: "close",
  rolloverAge: "4 minutes",
  rolloverJitter: 0,
  overlap: "5 seconds",
  stableAfter: "10 seconds"
} as const

const faultsOf = ({ product }: Row): { readonly [name: string]: Fault.Fault } => ({
  drop: Fault.dropSockets(),
  goingAway: Fault.dropSockets({ code: 1001, reason: "going away" }),
  halfOpen: Fault.halfOpen(),
  shutdown: Fault.serverShutdown(),
  terminated: Fault.eventStreamTerminated(),
  expired: Fault.expireListenKey({ product }),
  deleted: Fault.deleteListenKey({ product }),
  rotated: Fault.rotateListenKey({ product }),
  tokensExpired: Fault.expireListenTokens(),
  slow: Fault.slow({ by: "700 millis", for: "2 minutes" }),
  slowBefore: Fault.slow({ by: "2 seconds", processed: "after", for: "2 minutes" }),
  serverError: Fault.serverError({ times: 7 }),
  effectiveServerError: Fault.serverError({ times: 3, processed: true }),
  reset: Fault.reset({ times: 5 }),
  effectiveReset: Fault.reset({ times: 2, processed: true }),
  never: Fault.never({ times: 1 }),
  truncated: Fault.truncatedBody({ times: 3 }),
  empty: Fault.emptyBody({ times: 3 }),
  rateLimited: Fault.rateLimited({ retryAfter: 1 }),
  unauthorized: Fault.unauthorized(),
  refusedConnects: Fault.refuseConnects(503, { times: 3 }),
  hangingConnect: Fault.refuseConnects("never"),
  duplicate: Fault.duplicateFrame(),
  garbage: Fault.garbageFrame()
})

interface Plan {
  /** What goes wrong, and how long after the thing before it, in ms. */
  readonly faults: ReadonlyArray<{ readonly fault: string; readonly after: number }>
  /** When the scope closes after the last of them, in ms. */
  readonly after: number
  /** How many steps the scheduler makes beyond that. */
  readonly steps: number
}

const moment = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 330_000 }))

const planOf = (row: Row): fc.Arbitrary<Plan> =>
  fc.record({
    faults: fc.array(fc.record({ fault: fc.constantFrom(...Object.keys(faultsOf(row))), after: moment }), {
      maxLength: 4
    }),
    after: moment,
    steps: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 120 }))
  })

type End = "the consumer is interrupted" | "the layer is closed"

const play = (row: Row, plan: Plan, end: End, withKey: boolean) =>
  runVirtual(
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const faults = faultsOf(row)
      const scope = yield* Scope.make()
      const service = yield* Scope.extend(row.make(hurried), scope)
      const fiber = yield* Effect.forkDaemon(
        Effect.scoped(
          Effect.zipRight(withKey ? Effect.exit(service.listenKey) : Effect.void, Stream.runDrain(service.events))
        )
      )
      for (const { after, fault } of plan.faults) {
        if (after > 0) {
          yield* adjust(after)
        }
        yield* binance.inject(faults[fault]!)
      }
      if (plan.after > 0) {
        yield* adjust(plan.after)
      }
      for (let step = 0; step < plan.steps; step++) {
        yield* Effect.yieldNow()
      }
      // A close that Binance refuses is another test; here the close goes through.
      yield* binance.inject(Fault.clear)
      const closing = yield* Effect.forkDaemon(
        end === "the layer is closed"
          ? Effect.zipRight(Scope.close(scope, Exit.void), Fiber.interrupt(fiber))
          : Effect.zipRight(Fiber.interrupt(fiber), Scope.close(scope, Exit.void))
      )
      yield* adjust("30 seconds")
      const isClosed = closing.unsafePoll() !== null
      // Half-open sockets are known to be gone a little later.
      yield* adjust("1 minute")
      const { after, before } = yield* assertNothingLeft
      // A stream that the API key's refusal ends closes its key in the middle of whatever else is wrong.
      const wasRefused = (yield* binance.requests).some(
        ({ method, outcome }) => method === "DELETE" && outcome !== "200" && outcome !== "400 -1125"
      )
      return { isClosed, before, after, lostKeys: wasRefused ? 0 : before.liveKeys }
    })
  )

describe("closed at any moment, in any trouble: no socket, no key, no request ever after", () => {
  for (const row of products) {
    it.live(
      row.product,
      () =>
        Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(
              planOf(row),
              fc.constantFrom<End>("the consumer is interrupted", "the layer is closed"),
              fc.boolean(),
              async (plan, end, withKey) => {
                const { after, before, isClosed, lostKeys } = await Effect.runPromise(play(row, plan, end, withKey))
                expect(isClosed).toBe(true)
                expect(before).toMatchObject({ openSockets: 0, subscriptions: 0 })
                expect(lostKeys).toBe(0)
                // A key whose close was refused has expired within the day.
                expect(after).toEqual({ ...before, liveKeys: 0 })
              }
            ),
            { numRuns: 40 }
          )
        ),
      60_000
    )
  }
})

describe("closed after each of its first steps", () => {
  for (const row of products) {
    it.live(
      row.product,
      () =>
        Effect.gen(function* () {
          for (let steps = 0; steps < 60; steps += 2) {
            const { after, before, isClosed, lostKeys } = yield* play(
              row,
              { faults: [], after: 0, steps },
              "the consumer is interrupted",
              false
            )
            expect(isClosed).toBe(true)
            expect(before).toMatchObject({ openSockets: 0, subscriptions: 0 })
            expect(lostKeys).toBe(0)
            expect(after).toEqual(before)
          }
        }),
      60_000
    )
  }
})

/** No socket answers any more, and no request after the first ones. */
const silence = ({ skip = 0 } = {}) => [
  Fault.never({ skip, for: "1 hour", processed: false }),
  Fault.halfOpen(),
  Fault.refuseConnects("never", { times: 1000 })
]

interface Moment {
  readonly faults: ReadonlyArray<Fault.Fault>
  /** When they begin: the program starts after a second. */
  readonly at: Duration.DurationInput
  /** When the program is stopped after that. */
  readonly stop: Duration.DurationInput
}

const moments: { readonly [name: string]: Moment } = {
  "while it asks for a key or token": { faults: silence(), at: 0, stop: "2 seconds" },
  "while it connects": { faults: silence({ skip: 1 }), at: 0, stop: "2 seconds" },
  "while it is live": { faults: silence(), at: "2 minutes", stop: "1 second" },
  "while it asks for the key of a roll-over": { faults: silence(), at: "230 seconds", stop: "12 seconds" },
  "while it connects for a roll-over": { faults: silence({ skip: 1 }), at: "230 seconds", stop: "12 seconds" },
  "while two connections overlap": { faults: silence(), at: "242 seconds", stop: "1 second" },
  "after a roll-over": { faults: silence(), at: "242 seconds", stop: "5 seconds" },
  "while it recovers": { faults: silence(), at: "2 minutes", stop: "80 seconds" }
}

const stops: ReadonlyArray<End> = ["the consumer is interrupted", "the layer is closed"]

/** How long it takes to stop a program that consumes a stream, in ms. */
const stopping = (
  { at, faults, stop }: Moment,
  end: End,
  make: Effect.Effect<Effect.Effect<unknown, unknown>, unknown, Requirements | Scope.Scope>
) =>
  runVirtual(
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const clock = yield* VirtualClock.VirtualClock
      const scope = yield* Scope.make()
      const fiber = yield* Effect.forkDaemon(Effect.delay(yield* Scope.extend(make, scope), "1 second"))
      yield* adjust(at)
      yield* Effect.forEach(faults, (fault) => binance.inject(fault), { discard: true })
      yield* adjust(stop)
      const before = clock.now()
      const ends = [Fiber.interrupt(fiber), Scope.close(scope, Exit.void)]
      const stopping = yield* Effect.forkDaemon(
        Effect.all(end === "the layer is closed" ? ends.reverse() : ends, { discard: true })
      )
      const took = yield* Effect.forkDaemon(Effect.map(Fiber.join(stopping), () => clock.now() - before))
      yield* adjust("1 minute")
      return yield* Fiber.join(took)
    })
  )

describe("a program that is stopped while nothing answers ends in time", () => {
  const socket = 2000
  const key = 5000
  const unsubscribing = 2000
  const programs = [
    ...products.map((row) => ({
      name: row.product,
      make: Effect.map(row.make(hurried), ({ events }) => Stream.runDrain(events)),
      most: listenKeyProducts.some(({ product }) => product === row.product) ? socket + key : socket
    })),
    {
      name: "Margin with isolated symbols",
      make: Effect.map(Margin.make(hurried), ({ events, isolated }) =>
        Effect.all(
          [events, ...["BTCUSDT", "ETHUSDT", "BNBUSDT"].map((symbol) => isolated(symbol).events)].map(Stream.runDrain),
          { concurrency: "unbounded" }
        )
      ),
      most: unsubscribing + socket
    },
    {
      name: "UsdFuturesAccount",
      make: Effect.gen(function* () {
        const stream = yield* UsdFutures.make(hurried)
        const { run } = yield* Effect.provideService(UsdFuturesAccount.make(), UsdFutures.UsdFutures, stream)
        return run
      }),
      most: socket + key
    }
  ]
  for (const { make, most, name } of programs) {
    for (const [when, moment] of Object.entries(moments)) {
      for (const end of stops) {
        it.live(`${name}: ${when}, and ${end}`, () =>
          Effect.gen(function* () {
            expect(yield* stopping(moment, end, make)).toBeLessThanOrEqual(most)
          })
        )
      }
    }
  }
})
