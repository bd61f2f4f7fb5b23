import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"

/** Runs an effect when all that came before have run. */
export type Turns = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/**
 * Runs effects one at a time, in the order in which they came. Not a semaphore, whose every release wakes all who wait.
 */
export const make: Effect.Effect<Turns> = Effect.gen(function* () {
  const last = yield* Ref.make<Effect.Effect<void>>(Effect.void)
  return (effect) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const ended = yield* Deferred.make<void>()
        const before = yield* Ref.getAndSet(last, Deferred.await(ended))
        // Who gives up hands on the turn of the one before.
        yield* Effect.onInterrupt(restore(before), () => Deferred.completeWith(ended, before))
        return yield* Effect.ensuring(restore(effect), Deferred.succeed(ended, undefined))
      })
    )
})
