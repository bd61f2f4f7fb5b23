import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"

/** How often a lasting failure is logged as a warning, in ms. */
const interval = 60_000

/** Limits the warnings of one stream, or of the streams that share a socket and fail together. */
export interface Warnings {
  /** Logs a warning, or an info if there was a warning less than a minute ago. */
  readonly log: (...message: ReadonlyArray<unknown>) => Effect.Effect<void>
  /** Counts a warning that was logged elsewhere about the same failure. */
  readonly warned: Effect.Effect<void>
}

export const make: Effect.Effect<Warnings> = Effect.map(Ref.make(Number.NEGATIVE_INFINITY), (last) => ({
  log: (...message) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.flatMap(
        Ref.modify(last, (before) => {
          // A time in the future was taken before the clock was set back.
          const isDue = now - before >= interval || now < before
          return [isDue, isDue ? now : before]
        }),
        (isDue) => (isDue ? Effect.logWarning(...message) : Effect.logInfo(...message))
      )
    ),
  warned: Effect.flatMap(Clock.currentTimeMillis, (now) => Ref.set(last, now))
}))
