import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as fc from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, assertNothingLeft, runVirtual } from "../products/harness.js"
import {
  listenKeyProducts,
  products,
  type Requirements,
  type Row,
  type Service,
  type StreamOptions
} from "../products/products.js"
import * as VirtualClock from "../support/VirtualClock.js"
import { makeLog } from "../telemetry/observer.js"

class Product extends Context.Tag("test/Product")<Product, Service>() {}

type Closer = Effect.Effect<unknown>

/** A program that consumes a stream, and the ways to stop it. */
interface Running {
  readonly closers: { readonly [name: string]: Closer }
  /** Those that together close everything. */
  readonly all: ReadonlyArray<string>
  /** Each of these, in this order, has to wait until all is closed. */
  readonly waiting: ReadonlyArray<string>
}

/** Starts a program in which a stream is consumed. */
type Shape = (
  row: Row,
  options: StreamOptions,
  consume: (service: Service) => Effect.Effect<void>
) => Effect.Effect<Running, never, Requirements | VirtualClock.VirtualClock>

const interrupt = (fiber: Fiber.RuntimeFiber<unknown, unknown>) => ({
  interrupt: Fiber.interrupt(fiber),
  interruptFork: Fiber.interruptFork(fiber),
  interruptAgain: Effect.zipRight(Fiber.interruptFork(fiber), Fiber.interrupt(fiber))
})

/** A runtime beside the test, on its clock. */
const managedRuntime = (row: Row, options: StreamOptions) =>
  Effect.gen(function* () {
    const { clock } = yield* VirtualClock.VirtualClock
    const context = yield* Effect.context<Requirements>()
    return ManagedRuntime.make(
      Layer.scoped(Product, Effect.orDie(row.make(options))).pipe(
        Layer.provide(Layer.succeedContext(context)),
        Layer.provideMerge(Layer.setClock(clock))
      )
    )
  })

const withLoggers = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(FiberRef.get(FiberRef.currentLoggers), (loggers) =>
    Effect.locally(effect, FiberRef.currentLoggers, loggers)
  )

const shapes: { readonly [name: string]: Shape } = {
  "the scope of make": (row, options, consume) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const service = yield* Effect.orDie(Scope.extend(row.make(options), scope))
      const fiber = yield* Effect.forkDaemon(consume(service))
      return {
        closers: { ...interrupt(fiber), closeScope: Scope.close(scope, Exit.void) },
        all: ["interrupt", "closeScope"],
        waiting: ["interrupt", "closeScope", "interrupt"]
      }
    }),
  "the scope of a layer": (row, options, consume) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const layer = Layer.scoped(Product, Effect.orDie(row.make(options)))
      const context = yield* Layer.buildWithScope(layer, scope)
      const fiber = yield* Effect.forkDaemon(consume(Context.get(context, Product)))
      return {
        closers: { ...interrupt(fiber), closeScope: Scope.close(scope, Exit.void) },
        all: ["interrupt", "closeScope"],
        waiting: ["closeScope", "interrupt", "interrupt"]
      }
    }),
  "a program that forks its consumer": (row, options, consume) =>
    Effect.gen(function* () {
      const program = Effect.gen(function* () {
        yield* Effect.fork(consume(yield* Product))
        return yield* Effect.never
      })
      const fiber = yield* Effect.forkDaemon(
        Effect.provide(program, Layer.scoped(Product, Effect.orDie(row.make(options))))
      )
      return { closers: interrupt(fiber), all: ["interrupt"], waiting: ["interrupt", "interrupt"] }
    }),
  "a managed runtime that forks its consumer": (row, options, consume) =>
    Effect.gen(function* () {
      const runtime = yield* managedRuntime(row, options)
      const fiber = runtime.runFork(yield* withLoggers(Effect.flatMap(Product, consume)))
      return {
        closers: { ...interrupt(fiber), dispose: Effect.promise(() => runtime.dispose()) },
        all: ["interrupt", "dispose"],
        waiting: ["dispose", "interrupt", "interrupt"]
      }
    }),
  "a managed runtime and an AbortSignal": (row, options, consume) =>
    Effect.gen(function* () {
      const runtime = yield* managedRuntime(row, options)
      const controller = new AbortController()
      const consumption = yield* withLoggers(Effect.flatMap(Product, consume))
      const ended = runtime.runPromise(consumption, { signal: controller.signal }).catch(() => undefined)
      return {
        closers: {
          abort: Effect.promise(() => {
            controller.abort()
            return ended
          }),
          dispose: Effect.promise(() => runtime.dispose())
        },
        all: ["abort", "dispose"],
        waiting: ["abort", "dispose"]
      }
    })
}

const consumptions: { readonly [name: string]: (service: Service) => Effect.Effect<void> } = {
  runDrain: (service) => Effect.orDie(Stream.runDrain(service.events)),
  forEach: (service) => Effect.orDie(service.forEach(() => undefined)),
  // A program that has the key, and a socket of its own.
  listenKey: (service) => Effect.orDie(Effect.scoped(Effect.zipRight(service.listenKey, Effect.never)))
}

interface Moment {
  /** ms */
  readonly after: number
  /** How many steps the scheduler makes beyond that. */
  readonly steps: number
}

interface Plan {
  readonly consumption: string
  /** How slowly Binance answers, in ms. */
  readonly slowness: number
  /** When the first closer comes. */
  readonly start: Moment
  /** Who else comes, and how long after the one before. */
  readonly others: ReadonlyArray<Moment & { readonly closer: number }>
  /** In which order those come that close everything. */
  readonly order: number
}

const steps = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 }))

const planOf = (row: Row): fc.Arbitrary<Plan> =>
  fc.record({
    consumption: fc.constantFrom(
      ...Object.keys(consumptions).filter(
        (name) => name !== "listenKey" || listenKeyProducts.some((other) => other === row)
      )
    ),
    slowness: fc.constantFrom(0, 0, 300, 1500),
    start: fc.record({
      after: fc.oneof(fc.constant(120_000), fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 0, max: 300_000 })),
      steps
    }),
    others: fc.array(
      fc.record({
        closer: fc.nat(),
        after: fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 1, max: 2000 })),
        steps
      }),
      { maxLength: 4 }
    ),
    order: fc.nat()
  })

const pass = ({ after, steps }: Moment) =>
  Effect.gen(function* () {
    if (after > 0) {
      yield* adjust(after)
    }
    for (let step = 0; step < steps; step++) {
      yield* Effect.yieldNow()
    }
  })

/** Everything that happens in days happens within minutes, so that a random moment meets it. */
const hurried = {
  onClose: "close",
  rolloverAge: "4 minutes",
  rolloverJitter: 0,
  overlap: "5 seconds",
  stableAfter: "10 seconds"
} as const

const rotate = <A>(values: ReadonlyArray<A>, by: number): ReadonlyArray<A> =>
  values.map((_, index) => values[(index + by) % values.length]!)

const play = (
  row: Row,
  shape: Shape,
  plan: Plan,
  prepare: Effect.Effect<unknown, never, SimulatedBinance.SimulatedBinance> = Effect.void
) => {
  const log = makeLog()
  return runVirtual(
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const running = yield* shape(row, hurried, consumptions[plan.consumption]!)
      yield* pass(plan.start)
      if (plan.slowness > 0) {
        yield* binance.inject(Fault.slow({ by: plan.slowness, for: "1 hour" }))
      }
      yield* prepare
      const names = Object.keys(running.closers)
      const closing: Array<Fiber.RuntimeFiber<unknown>> = []
      const close = (name: string) =>
        Effect.map(Effect.forkDaemon(running.closers[name]!), (fiber) => closing.push(fiber))
      for (const { closer, ...moment } of plan.others) {
        yield* close(names[closer % names.length]!)
        yield* pass(moment)
      }
      for (const name of rotate(running.all, plan.order)) {
        yield* close(name)
      }
      yield* adjust("30 seconds")
      const areClosed = closing.every((fiber) => fiber.unsafePoll() !== null)
      const { after, before } = yield* assertNothingLeft
      return { areClosed, before, after, warnings: log.warnings() }
    }).pipe(Effect.provide(log.layer))
  )
}

describe("closers of every kind at random moments leave no key, no socket and no request behind", () => {
  for (const row of products) {
    for (const [name, shape] of Object.entries(shapes)) {
      it.live(
        `${row.product}: ${name}`,
        () =>
          Effect.promise(() =>
            fc.assert(
              fc.asyncProperty(planOf(row), async (plan) => {
                const { after, areClosed, before, warnings } = await Effect.runPromise(play(row, shape, plan))
                const { liveKeys, openSockets, subscriptions } = before
                expect({ areClosed, liveKeys, openSockets, subscriptions, warnings }).toEqual({
                  areClosed: true,
                  liveKeys: 0,
                  openSockets: 0,
                  subscriptions: 0,
                  warnings: []
                })
                expect(after).toEqual(before)
              }),
              { numRuns: 15 }
            )
          ),
        120_000
      )
    }
  }
})

const atOnce: Plan = {
  consumption: "runDrain",
  slowness: 0,
  start: { after: 120_000, steps: 0 },
  others: [],
  order: 0
}

describe("a clean-up that could not happen is logged, however many close", () => {
  for (const row of listenKeyProducts) {
    const refusals: { readonly [name: string]: Fault.Fault } = {
      "never answered": Fault.never({ endpoint: `DELETE ${row.path}`, for: "1 hour", processed: false }),
      "refused by the server": Fault.serverError({ endpoint: `DELETE ${row.path}`, for: "1 hour" }),
      "without a connection": Fault.reset({ endpoint: `DELETE ${row.path}`, for: "1 hour" })
    }
    for (const [name, fault] of Object.entries(refusals)) {
      it.live(`${row.product}: ${name}`, () =>
        Effect.gen(function* () {
          for (const shape of Object.values(shapes)) {
            const { areClosed, before, warnings } = yield* play(
              row,
              shape,
              { ...atOnce, others: [{ closer: 0, after: 0, steps: 3 }] },
              Effect.flatMap(SimulatedBinance.SimulatedBinance, (binance) => binance.inject(fault))
            )
            expect(areClosed).toBe(true)
            expect(before).toMatchObject({ liveKeys: 1, openSockets: 0 })
            expect(warnings).toHaveLength(1)
            expect(warnings[0]).toContain("could not be closed")
          }
        })
      )
    }
  }
})

describe("a later closer is done when all is closed, not before", () => {
  for (const row of listenKeyProducts) {
    for (const [name, shape] of Object.entries(shapes)) {
      it.live(`${row.product}: ${name}`, () =>
        runVirtual(
          Effect.gen(function* () {
            const binance = yield* SimulatedBinance.SimulatedBinance
            const { closers, waiting } = yield* shape(row, hurried, consumptions.runDrain!)
            yield* adjust("2 minutes")
            yield* binance.inject(Fault.slow({ by: "2 seconds", processed: "after", for: "1 hour" }))
            const left: Array<number> = []
            for (const name of waiting) {
              const counted = Effect.map(binance.counters, ({ liveKeys }) => left.push(liveKeys))
              yield* Effect.forkDaemon(Effect.zipRight(closers[name]!, counted))
              yield* adjust("200 millis")
            }
            yield* adjust("10 seconds")
            expect(left).toEqual(waiting.map(() => 0))
          })
        )
      )
    }
  }
})

describe("a runtime that is interrupted and disposed of together", () => {
  it.live("closes what a stream that is connecting has made by then", () =>
    Effect.gen(function* () {
      const row = listenKeyProducts[0]!
      for (let steps = 0; steps < 80; steps++) {
        const { areClosed, before } = yield* play(row, shapes["a managed runtime that forks its consumer"]!, {
          ...atOnce,
          start: { after: 0, steps },
          others: [{ closer: 1, after: 0, steps: steps % 5 }]
        })
        expect([steps, areClosed, before.liveKeys, before.openSockets]).toEqual([steps, true, 0, 0])
      }
    })
  )
})

describe("a stream that is closed while it connects says nothing of a failure", () => {
  for (const row of products) {
    it.live(
      row.product,
      () =>
        Effect.gen(function* () {
          for (const [name, shape] of Object.entries(shapes)) {
            for (let steps = 0; steps < 40; steps++) {
              const { warnings } = yield* play(row, shape, { ...atOnce, start: { after: 0, steps } })
              expect([name, steps, warnings]).toEqual([name, steps, []])
            }
          }
        }),
      60_000
    )
  }
})

describe("a consumer that comes while the scope closes", () => {
  for (const row of products) {
    it.live(`${row.product}: keeps nothing open`, () =>
      Effect.gen(function* () {
        // It yields to the closer after each of its first steps.
        for (let ops = 10; ops < 60; ops += 2) {
          const openSockets = yield* runVirtual(
            Effect.gen(function* () {
              const binance = yield* SimulatedBinance.SimulatedBinance
              const scope = yield* Scope.make()
              const { events } = yield* Scope.extend(row.make(hurried), scope)
              const consumer = yield* Effect.forkDaemon(Effect.withMaxOpsBeforeYield(Stream.runDrain(events), ops))
              yield* Effect.yieldNow()
              yield* Effect.forkDaemon(Scope.close(scope, Exit.void))
              yield* adjust("10 seconds")
              const { openSockets } = yield* binance.counters
              yield* Fiber.interruptFork(consumer)
              yield* adjust("10 seconds")
              return openSockets
            })
          )
          expect([ops, openSockets]).toEqual([ops, 0])
        }
      })
    )
  }
})
