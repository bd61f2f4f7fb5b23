import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** What several users share. */
export interface Resource {
  /** Ends it, and waits for that; harmless to call again. */
  readonly stop: Effect.Effect<void>
  readonly hasEnded: Effect.Effect<boolean>
}

/** The users of one resource. */
export interface Use<A> {
  readonly resource: A
  count: number
}

export interface Shared<A> {
  /** Becomes a user, until `leave`. */
  readonly join: Effect.Effect<Use<A>>
  readonly leave: (use: Use<A>) => Effect.Effect<void>
}

export interface Options<A> {
  readonly begin: Effect.Effect<A>
  /** What the resource is called in a sentence. */
  readonly title: string
}

/**
 * Shares a resource among its users: it begins with the first and ends with the last.
 *
 * Not an `RcRef`: a resource that has ended is replaced while its last users still hold it.
 */
export const make = <A extends Resource>({ begin, title }: Options<A>): Effect.Effect<Shared<A>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const oneAtATime = (yield* Effect.makeSemaphore(1)).withPermits(1)
    /** Those that have not ended yet: the current one, and those that nobody joins any more. */
    const uses = new Set<Use<A>>()
    let current: Use<A> | undefined
    let isClosed = false

    const close = Effect.sync(() => {
      isClosed = true
    })
    const stopAll = Effect.suspend(() =>
      Effect.forEach(uses, ({ resource }) => resource.stop, { concurrency: "unbounded", discard: true })
    )
    /** One user less. Nobody joins what its last user has left. */
    const isLast = (use: Use<A>) =>
      Effect.sync(() => {
        use.count--
        if (use.count > 0) {
          return false
        }
        if (current === use) {
          current = undefined
        }
        return true
      })
    // In turn: what has just begun is stopped as well.
    yield* Effect.addFinalizer(() => Effect.zipRight(oneAtATime(close), stopAll))

    return {
      join: Effect.gen(function* () {
        if (isClosed) {
          return yield* Effect.dieMessage(
            `${title} was consumed after the scope of its layer, or of make, was closed: provide the layer around all that uses it`
          )
        }
        if (current === undefined || (yield* current.resource.hasEnded)) {
          current = { resource: yield* begin, count: 0 }
          uses.add(current)
        }
        current.count++
        return current
      }).pipe(oneAtATime),
      leave: (use) =>
        Effect.gen(function* () {
          if (yield* oneAtATime(isLast(use))) {
            yield* use.resource.stop
            uses.delete(use)
          }
        })
    }
  })
