import * as Effect from "effect/Effect"

/** The clocks of the program, for what runs for every frame. In ms. */
export interface Clocks {
  /** What the local clock shows: epoch ms. It may be set. */
  readonly wall: () => number
  /** Since some beginning, on a clock that nobody sets. */
  readonly monotonic: () => number
}

export const clocks: Effect.Effect<Clocks> = Effect.map(Effect.clock, (clock) => ({
  wall: () => clock.unsafeCurrentTimeMillis(),
  monotonic: () => Number(clock.unsafeCurrentTimeNanos()) / 1_000_000
}))
