import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/**
 * What is done with an element: at once, or by the effect that is returned.
 *
 * @since 0.1.0
 * @category models
 */
// biome-ignore lint/suspicious/noConfusingVoidType: functions that return nothing are the most common ones.
export type Handler<Element, E = never, R = never> = (element: Element) => Effect.Effect<unknown, E, R> | void

const handleFrom = <A, E, R>(
  elements: ReadonlyArray<A>,
  start: number,
  handler: Handler<A, E, R>
): Effect.Effect<void, E, R> => {
  for (let i = start; i < elements.length; i++) {
    const result = handler(elements[i]!)
    if (Effect.isEffect(result)) {
      return Effect.flatMap(result, () => handleFrom(elements, i + 1, handler))
    }
  }
  return Effect.void
}

/** Handles element by element what is pulled chunk by chunk, without an effect for each. Ends with a pull of `None`. */
export const run = <A, E, E2, R>(
  pull: Effect.Effect<Chunk.Chunk<A>, Option.Option<E>>,
  handler: Handler<A, E2, R>
): Effect.Effect<void, E | E2, R> => {
  const handleAll: Effect.Effect<never, Option.Option<E> | Option.Option<E2>, R> = Effect.flatMap(pull, (elements) =>
    Effect.zipRight(Effect.mapError(handleFrom(Chunk.toReadonlyArray(elements), 0, handler), Option.some), handleAll)
  )
  return Effect.catchAll(
    handleAll,
    Option.match({ onNone: () => Effect.void, onSome: (error: E | E2) => Effect.fail(error) })
  )
}
