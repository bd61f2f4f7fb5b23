import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"

/** Runs an effect after all earlier ones have ended. */
export type Turns = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/**
 * Runs effects one at a time, first in, first out. Not a semaphore: each of its releases wakes all that wait.
 */
export const make: Effect.Effect<Turns> = Effect.gen(function* () {
  const last = yield* Ref.make<Effect.Effect<void>>(Effect.void)
  return (effect) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const ended = yield* Deferred.make<void>()
        const own = Deferred.await(ended)
        const before = yield* Ref.getAndSet(last, own)
        // If this one is interrupted while it waits, the next one waits for the one before.
        const leave = Effect.zipRight(
          Ref.update(last, (newest) => (newest === own ? before : newest)),
          Deferred.completeWith(ended, before)
        )
        yield* Effect.onInterrupt(restore(before), () => leave)
        return yield* Effect.ensuring(restore(effect), Deferred.succeed(ended, undefined))
      })
    )
})
