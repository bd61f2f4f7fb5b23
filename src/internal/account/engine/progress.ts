import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { Book } from "../book/book.js"

/** How long a consumer is waited for that has failed, or ended with an earlier program. */
const patience = { minutes: 10, millis: 10 * 60_000 }

/** How far a consumer has come: the number of the last element that it has handled, and what was known after it. */
export interface Handled {
  readonly seq: number
  readonly book: Book | undefined
}

interface Consumer {
  handled: Handled
  /** Until when it counts. */
  forgetAt: number
  /** Whether another takes its place. */
  isVacant: boolean
}

/** How far a consumer has come, as it says itself. */
export interface Handling {
  /** Where it goes on, if it takes the place of another. */
  readonly from: Handled | undefined
  readonly handled: (last: Handled) => void
}

/** How far the consumers of an account have come that say what they have handled. */
export interface Progress {
  /** Of several consumers the slowest decides. */
  readonly slowest: Effect.Effect<Handled | undefined>
  /**
   * A new consumer, which counts until it leaves and for so many ms after. It takes the place of one that has failed, or
   * of one that is expected.
   */
  readonly enter: (lingering: number) => Effect.Effect<Handling, never, Scope.Scope>
  /** Expects a consumer that goes on from there, if none is waited for. */
  readonly expect: (from: Handled) => Effect.Effect<void>
}

const slowestOf = (consumers: Iterable<Consumer>): Handled | undefined => {
  let result: Handled | undefined
  for (const { handled } of consumers) {
    result = result === undefined || handled.seq < result.seq ? handled : result
  }
  return result
}

/** `account` is what the log calls it. */
export const make = (account: string): Effect.Effect<Progress> =>
  Effect.sync(() => {
    const consumers = new Set<Consumer>()
    const vacant = () => Array.from(consumers).filter(({ isVacant }) => isVacant)
    /** Nobody knows which of several comes back: each goes on where the slowest of them was. */
    const replace = (): Handled | undefined => {
      const [first, ...others] = vacant()
      const from = first && slowestOf([first, ...others])
      if (first !== undefined && from !== undefined) {
        consumers.delete(first)
        for (const other of others) {
          other.handled = from
        }
      }
      return from
    }
    const forget = Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const gone = Array.from(consumers).filter(({ forgetAt }) => forgetAt <= now)
      gone.forEach((consumer) => consumers.delete(consumer))
      return gone.some(({ isVacant }) => isVacant)
        ? Effect.logWarning(
            `What a consumer of the account of ${account} has not handled is not told again: ` +
              `in ${patience.minutes} minutes no forEach or committable has taken its place`
          )
        : Effect.void
    })
    const leave = (consumer: Consumer, exit: Exit.Exit<unknown, unknown>, lingering: number) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        consumer.isVacant = Exit.isFailure(exit) && !Exit.isInterrupted(exit)
        consumer.forgetAt = now + (consumer.isVacant ? patience.millis : lingering)
      })
    return {
      slowest: Effect.map(forget, () => slowestOf(consumers)),
      enter: (lingering) =>
        Effect.gen(function* () {
          yield* forget
          const from = replace()
          const handled = from ?? { seq: -1, book: undefined }
          const consumer: Consumer = { handled, forgetAt: Number.POSITIVE_INFINITY, isVacant: false }
          consumers.add(consumer)
          yield* Effect.addFinalizer((exit) => leave(consumer, exit, lingering))
          return {
            from,
            handled: ({ book, seq }) => {
              consumer.handled = { book, seq }
            }
          }
        }),
      expect: (handled) =>
        Effect.flatMap(forget, () =>
          Effect.map(Clock.currentTimeMillis, (now) => {
            if (vacant().length === 0) {
              consumers.add({ handled, forgetAt: now + patience.millis, isVacant: true })
            }
          })
        )
    }
  })
