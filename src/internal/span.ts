import * as Effect from "effect/Effect"
import type * as Tracer from "effect/Tracer"

/** A span around an effect whose value may hold a credential: tracers keep the values of spans, and this one has none. */
export const around =
  (name: string, options?: Tracer.SpanOptions) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, Exclude<R, Tracer.ParentSpan>> =>
    Effect.suspend(() => {
      let value: A | undefined
      return effect.pipe(
        Effect.flatMap((made) =>
          Effect.sync(() => {
            value = made
          })
        ),
        Effect.withSpan(name, { captureStackTrace: false, ...options }),
        Effect.map(() => value as A)
      )
    })
