import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as TestClock from "effect/TestClock"
import * as Timers from "../../src/testing/internal/timers.js"

const plans = FastCheck.array(
  FastCheck.record({ after: FastCheck.integer({ min: 0, max: 20 }), isCancelled: FastCheck.boolean() }),
  { maxLength: 40 }
)

it.scoped.prop(
  "timers run in the order of their times, then of their making, unless they are cancelled",
  [plans],
  ([plan]) =>
    Effect.gen(function* () {
      const timers = Timers.make(yield* Effect.clock)
      const start = timers.now()
      const ran: Array<readonly [at: number, index: number]> = []
      const made = plan.map(({ after }, index) =>
        timers.after(after, () => {
          ran.push([timers.now() - start, index])
        })
      )
      plan.forEach(({ isCancelled }, index) => {
        if (isCancelled) {
          made[index]!.cancel()
        }
      })
      yield* TestClock.adjust("20 millis")
      const expected = plan
        .map(({ after, isCancelled }, index) => ({ after, index, isCancelled }))
        .filter(({ isCancelled }) => !isCancelled)
        .sort((a, b) => a.after - b.after || a.index - b.index)
        .map(({ after, index }) => [after, index] as const)
      assert.deepStrictEqual(ran, expected)
    }),
  { fastCheck: { numRuns: 50 } }
)
