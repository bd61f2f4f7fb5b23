import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Mailbox from "effect/Mailbox"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { BinanceError } from "../../../BinanceError.js"
import type { Book } from "../book/book.js"
import type { Fill } from "../book/model.js"

/** An element for the consumers, with its new fills and what is known after it. */
export interface Entry<Element> {
  readonly element: Element
  readonly fills: ReadonlyArray<Fill>
  readonly book: Book
}

/** Entries are numbered as they are published. */
export interface Published<Element> extends Entry<Element> {
  readonly seq: number
}

/** What a consumer takes from: all entries since it joined, and the end. */
export type Place<Element> = Mailbox.Mailbox<Published<Element>, BinanceError>

/** Everyone who consumes an account. A slow one makes the others wait: what waits too long at the stream is a gap. */
export interface Consumers<Element> {
  /** A place among the consumers. It begins with the given entries, as of the moment at which it joins. */
  readonly join: (first: () => ReadonlyArray<Entry<Element>>) => Effect.Effect<Place<Element>, never, Scope.Scope>
  readonly publish: (entries: ReadonlyArray<Entry<Element>>) => Effect.Effect<void>
  readonly end: (exit: Exit.Exit<void, BinanceError>) => Effect.Effect<void>
}

export const make = <Element>(capacity: number): Effect.Effect<Consumers<Element>> =>
  Effect.sync(() => {
    const places = new Set<Place<Element>>()
    let seq = 0
    let ended: Exit.Exit<void, BinanceError> | undefined
    return {
      join: (first) =>
        Effect.gen(function* () {
          const place: Place<Element> = yield* Mailbox.make<Published<Element>, BinanceError>({ capacity })
          yield* Effect.addFinalizer(() =>
            Effect.zipRight(
              Effect.sync(() => places.delete(place)),
              place.shutdown
            )
          )
          place.unsafeOfferAll(first().map((entry) => ({ ...entry, seq })))
          places.add(place)
          if (ended !== undefined) {
            yield* place.done(ended)
          }
          return place
        }),
      publish: (entries) =>
        Effect.suspend(() => {
          const published = entries.map((entry) => ({ ...entry, seq: ++seq }))
          return Effect.forEach(Array.from(places), (place) => place.offerAll(published), { discard: true })
        }),
      end: (exit) =>
        Effect.suspend(() => {
          ended = exit
          return Effect.forEach(Array.from(places), (place) => place.done(exit), { discard: true })
        })
    }
  })

/** What a consumer takes, as a stream. */
export const toStream = <Element>(place: Place<Element>): Stream.Stream<Published<Element>, BinanceError> =>
  Mailbox.toStream(place)
