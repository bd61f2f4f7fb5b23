import * as Effect from "effect/Effect"

/**
 * A time in ms that goes on when the machine's time is set. `Clock.currentTimeNanos` dies on Effect's test clock at
 * fractions of a millisecond, where jittered delays lead.
 */
export const elapsed: Effect.Effect<number> = Effect.clockWith((clock) =>
  Effect.sync(() => Number(clock.unsafeCurrentTimeNanos() / 1_000_000n))
)
