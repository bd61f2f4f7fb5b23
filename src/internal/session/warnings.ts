import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"

/** How often a trouble that lasts is worth a warning, in ms. */
const interval = 60_000

/** What the streams of an account warn of: they share a trouble, and one of them says so. */
export interface Warnings {
  /** Logs a warning, or an info where there was a warning less than a minute ago. */
  readonly log: (...message: ReadonlyArray<unknown>) => Effect.Effect<void>
  /** There was a warning of another kind about the same trouble. */
  readonly warned: Effect.Effect<void>
}

export const make: Effect.Effect<Warnings> = Effect.map(Ref.make(Number.NEGATIVE_INFINITY), (last) => ({
  log: (...message) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.flatMap(
        Ref.modify(last, (before) => {
          // A time of the future is from before the clock was set back.
          const isDue = now - before >= interval || now < before
          return [isDue, isDue ? now : before]
        }),
        (isDue) => (isDue ? Effect.logWarning(...message) : Effect.logInfo(...message))
      )
    ),
  warned: Effect.flatMap(Clock.currentTimeMillis, (now) => Ref.set(last, now))
}))
