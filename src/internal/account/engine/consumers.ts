import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { BinanceError } from "../../../BinanceError.js"
import type { Book } from "../book/book.js"
import type { Fill } from "../book/model.js"
import type { Handled } from "./progress.js"
import * as Unhandled from "./unhandled.js"

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

/** What a consumer takes from. */
export interface Place<Element> {
  /** All entries since it joined, and the end. */
  readonly entries: Mailbox.Mailbox<Published<Element>, BinanceError>
  /** The number of the last entry before those. */
  readonly joinedAfter: number
}

/** Everyone who consumes an account. A slow one makes the others wait: what waits too long at the stream is a gap. */
export interface Consumers<Element> {
  /**
   * A place among the consumers. It begins with the given entries, as of the moment at which it joins. One that takes the
   * place of another begins with what that one did not handle; if that is forgotten, with the entries for this case.
   */
  readonly join: (
    first: (forgotten?: Handled) => ReadonlyArray<Entry<Element>>,
    from?: Handled
  ) => Effect.Effect<Place<Element>, never, Scope.Scope>
  readonly publish: (entries: ReadonlyArray<Entry<Element>>) => Effect.Effect<void>
  readonly end: (exit: Exit.Exit<void, BinanceError>) => Effect.Effect<void>
}

/** Numbers entries, over all runs of an account: one may begin before the one that failed has ended. */
export interface Numbering {
  last: number
}

export interface Options {
  /** How many entries a consumer may leave unread. */
  readonly capacity: number
  readonly numbering: Numbering
  /** Goes around publishing while a consumer has no room. */
  readonly whileWaiting: (publishing: Effect.Effect<void>) => Effect.Effect<void>
  /** How far the slowest consumer has come of those that say so. */
  readonly slowest: Effect.Effect<Handled | undefined>
}

const sizeOf = <Element>({ entries }: Place<Element>): number => Option.getOrElse(entries.unsafeSize(), () => 0)

export const make = <Element>(options: Options): Effect.Effect<Consumers<Element>> =>
  Effect.sync(() => {
    const { capacity, numbering, slowest, whileWaiting } = options
    const begunAfter = numbering.last
    const places = new Set<Place<Element>>()
    const unhandled = Unhandled.make<Published<Element>>(begunAfter, 2 * capacity)
    let ended: Exit.Exit<void, BinanceError> | undefined
    const entriesFor: (...args: Parameters<Consumers<Element>["join"]>) => ReadonlyArray<Entry<Element>> = (
      first,
      from
    ) => {
      if (from === undefined) {
        return first()
      }
      // What one of an earlier run did not handle, this run tells from its beginning.
      const missed = unhandled.after(Math.max(from.seq, begunAfter))
      return missed === undefined ? first(from) : from.book === undefined ? [...missed, ...first()] : missed
    }
    return {
      join: (first, from) =>
        Effect.gen(function* () {
          const begin = entriesFor(first, from).map((entry) => ({ seq: numbering.last, ...entry }))
          const entries = yield* Mailbox.make<Published<Element>, BinanceError>({ capacity: capacity + begin.length })
          const place: Place<Element> = { entries, joinedAfter: from?.seq ?? numbering.last }
          yield* Effect.addFinalizer(() =>
            Effect.zipRight(
              Effect.sync(() => places.delete(place)),
              entries.shutdown
            )
          )
          entries.unsafeOfferAll(begin)
          places.add(place)
          if (ended !== undefined) {
            yield* entries.done(ended)
          }
          return place
        }),
      publish: (entries) =>
        Effect.flatMap(slowest, (handled) => {
          const published = entries.map((entry) => ({ ...entry, seq: ++numbering.last }))
          unhandled.add(published, handled?.seq ?? numbering.last)
          const all = Array.from(places)
          const publishing = Effect.forEach(all, (place) => place.entries.offerAll(published), { discard: true })
          return all.some((place) => sizeOf(place) + published.length > capacity)
            ? whileWaiting(publishing)
            : publishing
        }),
      end: (exit) =>
        Effect.suspend(() => {
          ended = exit
          return Effect.forEach(Array.from(places), (place) => place.entries.done(exit), { discard: true })
        })
    }
  })

/** What a consumer takes, as a stream. */
export const toStream = <Element>({ entries }: Place<Element>): Stream.Stream<Published<Element>, BinanceError> =>
  Mailbox.toStream(entries)
