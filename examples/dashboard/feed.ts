/**
 * The view of this moment, and a stream of messages for each browser.
 */

import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as State from "./state.js"

export interface Feed {
  readonly view: Effect.Effect<State.View>
  readonly report: (happening: State.Happening) => Effect.Effect<void>
  /** A snapshot first, and then what changes. */
  readonly messages: Stream.Stream<State.Message>
}

/**
 * Nothing is queued for a browser but the word that there is something new: what that is, is found when the browser can
 * take it, by comparing the view of that moment with the one that the browser was sent last. However slow it is, it costs
 * no more than that one view; when too much has happened in the meantime, it gets a whole snapshot again.
 */
export const make = (
  initial: State.View,
  options: {
    /** How long a browser is left alone after a message, in ms. */
    readonly pause: number
  }
): Effect.Effect<Feed> =>
  Effect.gen(function* () {
    let view = initial
    const news = yield* PubSub.sliding<void>(1)

    const messages = Stream.unwrapScoped(
      Effect.map(PubSub.subscribe(news), (subscription) => {
        let shown: State.View | undefined
        const next = Effect.gen(function* () {
          if (shown !== undefined) {
            yield* Effect.sleep(options.pause)
          }
          while (shown === view) {
            yield* Queue.take(subscription)
          }
          const message = State.difference(shown, view)
          shown = view
          return message
        })
        return Stream.repeatEffect(next)
      })
    )

    return {
      view: Effect.sync(() => view),
      report: (happening) =>
        Effect.suspend(() => {
          const before = view
          view = State.update(before, happening)
          return view === before ? Effect.void : Effect.asVoid(PubSub.publish(news, undefined))
        }),
      messages
    }
  })
