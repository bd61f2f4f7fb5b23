import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import type { Phase, State } from "../../../Account.js"
import type { Book } from "../book/book.js"

/** The account as its readers see it. */
export interface View {
  readonly state: () => State
  readonly book: () => Book
  readonly update: (book: Book, phase?: Phase) => Effect.Effect<void>
  /** The state now and after each change. A slow reader gets the newest. */
  readonly changes: Stream.Stream<State>
}

export const stateOf = ({ algoOrders, balances, modes, orders, positions }: Book, phase: Phase): State => ({
  phase,
  orders,
  algoOrders,
  balances,
  positions,
  modes
})

export const make = (first: Book, phase: Phase): Effect.Effect<View> =>
  Effect.gen(function* () {
    const changed = yield* PubSub.sliding<void>(1)
    let book = first
    let state = stateOf(first, phase)
    const now = Effect.sync(() => state)
    return {
      state: () => state,
      book: () => book,
      update: (next, phase = state.phase) =>
        Effect.suspend(() => {
          if (next === book && phase === state.phase) {
            return Effect.void
          }
          book = next
          state = stateOf(next, phase)
          return PubSub.publish(changed, undefined)
        }),
      changes: Stream.unwrapScoped(
        Effect.map(PubSub.subscribe(changed), (subscription) =>
          Stream.concat(
            Stream.fromEffect(now),
            Stream.mapEffect(Stream.fromQueue(subscription), () => now)
          )
        )
      )
    }
  })
