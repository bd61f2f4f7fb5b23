import * as Effect from "effect/Effect"

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

/** Handles element by element what is taken in batches, without an effect for each. Ends with a batch of `undefined`. */
export const run = <A, E, E2, R>(
  take: Effect.Effect<ReadonlyArray<A> | undefined, E>,
  handler: Handler<A, E2, R>
): Effect.Effect<void, E | E2, R> => {
  const handleAll: Effect.Effect<void, E | E2, R> = Effect.flatMap(take, (elements) =>
    elements === undefined ? Effect.void : Effect.zipRight(handleFrom(elements, 0, handler), handleAll)
  )
  return handleAll
}
