import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Heap from "../../src/testing/internal/heap.js"

interface Sleeper extends Heap.Due {
  readonly wake: () => void
}

/**
 * A clock that a test moves, as `TestClock`, for tests in which days have to pass: between two steps it waits for the
 * event loop to be idle, and not for every fiber to be inspected.
 */
export class VirtualClock extends Context.Tag("test/VirtualClock")<VirtualClock, Service>() {}

export interface Service {
  readonly clock: Clock.Clock
  readonly now: () => number
  /** Lets time pass, step by step. */
  readonly adjust: (duration: Duration.DurationInput) => Effect.Effect<void>
  /** Lets everything happen that can happen now. */
  readonly settle: Effect.Effect<void>
  readonly sleeping: () => number
  /** How often something has begun to wait. */
  readonly slept: () => number
}

/** The event loop has nothing left to do, after which promises and timers of 0 ms have run as well. */
const idle = (turns: number) =>
  Effect.async<void>((resume) => {
    let left = turns
    const turn = () => {
      if (--left <= 0) {
        resume(Effect.void)
      } else {
        setImmediate(turn)
      }
    }
    setImmediate(turn)
  })

export const make = (start = 1_795_132_800_000, turns = 3): Service => {
  let now = start
  let count = 0
  const heap: Array<Sleeper> = []
  const cancelled = new Set<Sleeper>()
  const sleep = (duration: Duration.Duration): Effect.Effect<void> =>
    Effect.async<void>((resume) => {
      const millis = Math.ceil(Duration.toMillis(duration))
      if (millis <= 0) {
        resume(Effect.void)
        return
      }
      const sleeper: Sleeper = { at: now + millis, order: count++, wake: () => resume(Effect.void) }
      Heap.push(heap, sleeper)
      return Effect.sync(() => {
        cancelled.add(sleeper)
      })
    })

  const next = (): Sleeper | undefined => {
    while (heap.length > 0 && cancelled.delete(heap[0]!)) {
      Heap.pop(heap)
    }
    return heap[0]
  }

  const settle = idle(turns)

  const adjust = (duration: Duration.DurationInput) =>
    Effect.gen(function* () {
      const target = now + Duration.toMillis(duration)
      yield* settle
      for (;;) {
        const sleeper = next()
        if (sleeper === undefined || sleeper.at > target) {
          break
        }
        now = Math.max(now, sleeper.at)
        Heap.pop(heap)
        sleeper.wake()
        yield* settle
      }
      now = target
    })

  const clock: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => now,
    unsafeCurrentTimeNanos: () => BigInt(now) * 1_000_000n,
    currentTimeMillis: Effect.sync(() => now),
    currentTimeNanos: Effect.sync(() => BigInt(now) * 1_000_000n),
    sleep
  }

  return { clock, now: () => now, adjust, settle, sleeping: () => heap.length - cancelled.size, slept: () => count }
}

/** Gives a test a clock of its own, which its layers and fibers use as well. */
export const run = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  turns?: number
): Effect.Effect<A, E, Exclude<R, VirtualClock>> =>
  Effect.suspend(() => {
    const virtual = make(undefined, turns)
    return Effect.provide(
      Effect.withClock(effect, virtual.clock),
      Layer.succeed(VirtualClock, virtual)
    ) as Effect.Effect<A, E, Exclude<R, VirtualClock>>
  })

export const adjust = (duration: Duration.DurationInput) =>
  Effect.flatMap(VirtualClock, (virtual) => virtual.adjust(duration))
