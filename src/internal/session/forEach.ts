import * as Effect from "effect/Effect"

/**
 * Handles an element: at once, or by the effect that it returns.
 *
 * @since 0.1.0
 * @category models
 */
// biome-ignore lint/suspicious/noConfusingVoidType: functions that return nothing are the most common ones.
export type Handler<Element, E = never, R = never> = (element: Element) => Effect.Effect<unknown, E, R> | void

/** The result of a poll: elements, an effect that gives them (`undefined` at the end), or nothing yet. */
export type Taken<A, E> = ReadonlyArray<A> | Effect.Effect<ReadonlyArray<A> | undefined, E> | undefined

export interface Source<A, E> {
  readonly poll: () => Taken<A, E>
  /** Calls the listener once there is something to take. */
  readonly whenReady: (listener: () => void) => void
}

export const areElements = <A, E>(taken: Taken<A, E>): taken is ReadonlyArray<A> => Array.isArray(taken)

/** Handles elements in order. `undefined` if no handler has returned an effect. */
const handleFrom = <A, E, R>(
  elements: ReadonlyArray<A>,
  start: number,
  handler: Handler<A, E, R>
): Effect.Effect<void, E, R> | undefined => {
  for (let i = start; i < elements.length; i++) {
    const result = handler(elements[i]!)
    if (Effect.isEffect(result)) {
      return Effect.flatMap(result, () => handleFrom(elements, i + 1, handler) ?? Effect.void)
    }
  }
  return undefined
}

/**
 * Handles the elements of a source in order, until it ends.
 *
 * Handlers that return nothing are called outside of the fiber, which sleeps: waking it for each event would cost more
 * than decoding the event.
 */
export const run = <A, E, E2, R>(source: Source<A, E>, handler: Handler<A, E2, R>): Effect.Effect<void, E | E2, R> => {
  const handleAll: Effect.Effect<void, E | E2, R> = Effect.flatten(
    Effect.async<Effect.Effect<void, E | E2, R>>((resume) => {
      let isOver = false
      const wake = (effect: Effect.Effect<void, E | E2, R>) => {
        isOver = true
        resume(Effect.succeed(effect))
      }
      const handleTaken = (elements: ReadonlyArray<A> | undefined) =>
        elements === undefined
          ? Effect.void
          : Effect.zipRight(handleFrom(elements, 0, handler) ?? Effect.void, handleAll)
      const handleReady = () => {
        while (!isOver) {
          const taken = source.poll()
          if (taken === undefined) {
            // All that is read from a socket at once is handled at once.
            source.whenReady(() => queueMicrotask(handleReady))
            return
          }
          if (!areElements(taken)) {
            wake(Effect.flatMap(taken, handleTaken))
            return
          }
          try {
            const rest = handleFrom(taken, 0, handler)
            if (rest !== undefined) {
              wake(Effect.zipRight(rest, handleAll))
            }
          } catch (defect) {
            wake(Effect.die(defect))
          }
        }
      }
      handleReady()
      return Effect.sync(() => {
        isOver = true
      })
    })
  )
  return handleAll
}
