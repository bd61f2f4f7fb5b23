import { describe, expect, it } from "@effect/vitest"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { StreamNotice } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { type Arrived, frameOf, judge, toArrived } from "../chaos/sequence.js"
import { adjust, during, runVirtual, settle } from "../products/harness.js"
import { listenKeyProducts, margin, products, type Row, type StreamOptions } from "../products/products.js"
import * as VirtualClock from "../support/VirtualClock.js"

const rolloverAge = 10 * 60_000

/** How a connection ends at the server, whatever the client has read by then. */
type End = "close 1001" | "drop" | "subscription" | "nothing"

/** All times in ms. */
interface Plan {
  /** When the old socket begins to be read late, after it was opened. */
  readonly stallAt: number
  readonly stallFor: number
  readonly end: End
  /** After the stall has begun. */
  readonly endAfter: number
  /** How slowly everything else is answered from the beginning of the stall on: the new connection opens late. */
  readonly slowness: number
  /** How often a connect is refused first. */
  readonly refused: number
  /** Whether the old socket's server hears its client no more. */
  readonly isIgnored: boolean
  /** For how long the socket is paused, from the beginning of the stall on, because the consumer does not read. */
  readonly consumerStops: number
  /** How far the server's clock is ahead. */
  readonly skew: number
  readonly probeAfter: number
  /** By how much the local clock is set, two seconds before the stall. */
  readonly clockStep: number
  /** Whether pings and pongs are shown to the client: in browsers they are not. */
  readonly pings: "visible" | "hidden"
}

const calm: Plan = {
  stallAt: rolloverAge - 3000,
  stallFor: 0,
  end: "nothing",
  endAfter: 0,
  slowness: 0,
  refused: 0,
  isIgnored: false,
  consumerStops: 0,
  skew: 0,
  probeAfter: 1000,
  clockStep: 0,
  pings: "visible"
}

const hasSubscription = (row: Row) => !listenKeyProducts.some((other) => other === row)

const endOf = (row: Row, end: End, id: number): Fault.Fault => {
  switch (end) {
    case "close 1001":
      return Fault.dropSockets({ id, code: 1001, reason: "going away" })
    case "drop":
      return Fault.dropSockets({ id })
    case "subscription":
      return hasSubscription(row)
        ? Fault.eventStreamTerminated({ id })
        : Fault.expireListenKey({ product: row.product })
    case "nothing":
      return Fault.clear
  }
}

interface Played {
  readonly violations: ReadonlyArray<string>
  readonly lost: number
  readonly notices: ReadonlyArray<StreamNotice.StreamNotice["_tag"]>
}

/** The clock of the stream's machine, which can be set; timers and the nanoseconds of Effect's clock go on as before. */
const localClock = (virtual: VirtualClock.Service) => {
  let offset = 0
  const now = () => virtual.now() + offset
  const clock: Clock.Clock = {
    ...virtual.clock,
    unsafeCurrentTimeMillis: now,
    currentTimeMillis: Effect.sync(now)
  }
  return {
    clock,
    now,
    set: (by: number) => {
      offset += by
    }
  }
}

/** Begins before the plan, so that a consumer that stops has its buffer full when the plan begins. */
const lead = 4000

/** Many events, and the plan. */
const play = (row: Row, plan: Plan, options: StreamOptions = {}): Effect.Effect<Played> =>
  runVirtual(
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const scope = yield* Scope.make()
      const local = localClock(yield* VirtualClock.VirtualClock)
      const service = yield* row
        .make({
          onClose: "close",
          rolloverAge,
          rolloverJitter: 0,
          probeAfter: plan.probeAfter,
          buffer: { elements: plan.consumerStops > 0 ? 400 : 8192 },
          ...options
        })
        .pipe(Scope.extend(scope), Effect.withClock(local.clock))
      const arrived: Array<Arrived> = []
      let stop = 0
      const fiber = yield* Effect.forkDaemon(
        Effect.withClock(
          Stream.runForEach(service.events, (element) => {
            arrived.push(toArrived(element))
            const millis = stop
            stop = 0
            return millis > 0 ? Effect.sleep(millis) : Effect.void
          }),
          local.clock
        )
      )
      yield* settle
      yield* binance.inject(Fault.clockSkew(plan.skew))
      yield* adjust(plan.stallAt - lead)

      const sentAt: Array<number> = []
      const push = Effect.gen(function* () {
        const n = sentAt.length
        sentAt.push(local.now())
        yield* binance.pushRaw({ product: row.product }, frameOf(n, yield* binance.serverTime))
      })
      stop = plan.consumerStops > 0 ? lead + plan.consumerStops : 0
      for (let left = lead / 50; left > 0; left--) {
        if (left === 40) {
          local.set(plan.clockStep)
        }
        yield* Effect.replicateEffect(push, plan.consumerStops > 0 ? 5 : 1)
        yield* adjust(50)
      }
      const pushing = yield* Effect.forkDaemon(Effect.forever(Effect.zipRight(push, Effect.sleep(50))))

      const id = (yield* binance.sockets)[0]!.id
      if (plan.stallFor > 0) {
        yield* binance.inject(Fault.stall({ id, for: plan.stallFor }))
      }
      if (plan.isIgnored) {
        yield* binance.inject(Fault.ignoreClient({ id }))
      }
      if (plan.slowness > 0) {
        yield* binance.inject(Fault.slow({ by: plan.slowness, for: plan.stallFor + 5000 }))
      }
      if (plan.refused > 0) {
        yield* binance.inject(Fault.refuseConnects(503, { times: plan.refused }))
      }
      yield* adjust(plan.endAfter)
      if (plan.end !== "nothing") {
        yield* binance.inject(endOf(row, plan.end, id))
      }
      yield* adjust(plan.stallFor + plan.consumerStops + 60_000)
      yield* Fiber.interrupt(pushing)
      // What was pushed last decides on all that was pushed before.
      yield* push
      // An interruption that has just begun is told as a gap only when it has ended.
      yield* adjust("2 minutes")
      yield* during(
        "30 seconds",
        Effect.zipRight(Fiber.interrupt(fiber), Scope.close(scope, yield* Effect.exit(Effect.void)))
      )

      const violations: Array<string> = []
      const judged = judge({ name: row.product, sentAt, touched: new Map(), arrived }, 0, (text) =>
        violations.push(text)
      )
      return {
        violations: violations.length > 3 ? [...violations.slice(0, 3), `${violations.length} in all`] : violations,
        lost: judged.inGaps + violations.length,
        notices: arrived.flatMap((element) =>
          typeof element !== "number" && /^(Opened|Interrupted|Resumed|RolledOver)$/.test(element._tag)
            ? [element._tag as StreamNotice.StreamNotice["_tag"]]
            : []
        )
      }
    }),
    { binance: { pings: plan.pings } }
  ).pipe(Effect.orDie)

const expectHonest = ({ violations }: Played) => expect(violations).toEqual([])

/** Each loses events: the old connection has ended before the new one was live, and is read after that. */
const losses: { readonly [name: string]: Partial<Plan> } = {
  "closed with 1001 while the network stalls, and the new one opens 2 s later": {
    stallFor: 8000,
    end: "close 1001",
    endAfter: 2900,
    refused: 1,
    slowness: 700
  },
  "closed with 1001 behind a proxy that has lost its server and answers nothing": {
    stallFor: 6500,
    end: "close 1001",
    endAfter: 2500,
    isIgnored: true,
    refused: 1
  },
  "closed with 1001 while it is paused, because the consumer is slow": {
    consumerStops: 8000,
    end: "close 1001",
    endAfter: 2500,
    refused: 1
  },
  "dropped without a word while the network stalls": {
    stallFor: 8000,
    end: "drop",
    endAfter: 2500,
    refused: 1
  },
  "its subscription or key ends while the network stalls": {
    stallFor: 8000,
    end: "subscription",
    endAfter: 2500,
    refused: 1
  },
  "its subscription or key ends while it is paused": {
    consumerStops: 8000,
    end: "subscription",
    endAfter: 2500,
    refused: 1
  }
}

describe("a roll-over whose old connection is read late tells what was lost", () => {
  for (const row of products) {
    for (const [name, loss] of Object.entries(losses)) {
      for (const skew of [0, 2500]) {
        it.live(`${row.product}: ${name}; the server's clock is off by ${skew} ms`, () =>
          Effect.gen(function* () {
            const played = yield* play(row, { ...calm, ...loss, skew })
            expectHonest(played)
            expect(played.lost).toBeGreaterThan(0)
            expect(played.notices).toContain("Resumed")
          })
        )
      }
    }

    it.live(`${row.product}: and nothing is told where nothing was lost`, () =>
      Effect.gen(function* () {
        for (const stallFor of [0, 1000, 4000]) {
          const played = yield* play(row, { ...calm, stallFor })
          expectHonest(played)
          expect(played).toMatchObject({ lost: 0, notices: ["Opened", "RolledOver"] })
        }
      })
    )
  }
})

const steady = 3 * 60_000

describe("a loss that is read late, outside of any roll-over, begins when it began", () => {
  for (const row of products) {
    for (const end of ["subscription", "close 1001", "drop"] as const) {
      for (const late of ["stalls", "is paused"] as const) {
        for (const skew of [0, 2500]) {
          it.live(`${row.product}: ${end}, while it ${late}; the server's clock is off by ${skew} ms`, () =>
            Effect.gen(function* () {
              const played = yield* play(row, {
                ...calm,
                stallAt: steady,
                ...(late === "stalls" ? { stallFor: 12_000 } : { consumerStops: 12_000 }),
                end,
                endAfter: 500,
                skew
              })
              expectHonest(played)
              expect(played.lost).toBeGreaterThan(0)
              expect(played.notices).toContain("Resumed")
            })
          )
        }
      }
    }
  }
})

/** What the same loss may meet besides. */
const circumstances: { readonly [name: string]: Partial<Plan> } = {
  "in a browser, which hides pings": { pings: "hidden" },
  "after the clock was set back by 10 s": { clockStep: -10_000 },
  "after the clock was set back by an hour": { clockStep: -3_600_000 },
  "after the clock was set forward by 10 s": { clockStep: 10_000 }
}

describe("the same in other circumstances", () => {
  for (const row of products) {
    for (const [name, circumstance] of Object.entries(circumstances)) {
      it.live(
        `${row.product}: ${name}`,
        () =>
          Effect.gen(function* () {
            for (const loss of Object.values(losses)) {
              expectHonest(yield* play(row, { ...calm, ...loss, ...circumstance }))
            }
            for (const end of ["subscription", "close 1001", "drop"] as const) {
              const late = { stallAt: steady, stallFor: 12_000, end, endAfter: 500 }
              expectHonest(yield* play(row, { ...calm, ...late, ...circumstance }))
            }
          }),
        20_000
      )
    }
  }
})

describe("a listen token whose renewal meets the end of the old one, read late, tells what was lost", () => {
  // Renewed at half of its life.
  const validity = 10 * 60_000
  for (const end of ["subscription", "close 1001"] as const) {
    for (const refused of [0, 1]) {
      it.live(`${end}, renewed ${refused === 0 ? "at once" : "late"}`, () =>
        Effect.gen(function* () {
          for (const endAfter of [500, 1500, 2900, 3500]) {
            const renewal = { stallAt: validity / 2 - 3000, stallFor: 9000, end, endAfter, slowness: refused * 1500 }
            expectHonest(
              yield* play(margin, { ...calm, ...renewal }, { rolloverAge: "1 day", validity } as StreamOptions)
            )
          }
        })
      )
    }
  }
})

const plan: fc.Arbitrary<Plan> = fc.record({
  stallAt: fc.oneof(
    fc.integer({ min: rolloverAge - 9000, max: rolloverAge + 4000 }),
    fc.integer({ min: steady, max: steady + 60_000 })
  ),
  stallFor: fc.oneof(fc.constant(0), fc.integer({ min: 200, max: 14_000 })),
  end: fc.constantFrom<End>("close 1001", "close 1001", "drop", "subscription", "subscription", "nothing"),
  endAfter: fc.integer({ min: 0, max: 9000 }),
  slowness: fc.constantFrom(0, 0, 300, 1500),
  refused: fc.constantFrom(0, 1, 2),
  isIgnored: fc.boolean(),
  consumerStops: fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 200, max: 14_000 })),
  skew: fc.constantFrom(0, 2500, -2500),
  probeAfter: fc.constantFrom(1000, 3000, 30_000),
  clockStep: fc.constantFrom(0, 0, 0, 10_000, -10_000, -3_600_000),
  pings: fc.constantFrom("visible", "visible", "hidden")
})

describe("whatever is read late in whatever order, each event is delivered once or lies in a gap", () => {
  for (const row of products) {
    it.live(
      row.product,
      () =>
        Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(plan, async (plan) => {
              expectHonest(await Effect.runPromise(play(row, plan)))
            }),
            { numRuns: 15 }
          )
        ),
      120_000
    )
  }
})
