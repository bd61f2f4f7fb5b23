import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Mailbox from "effect/Mailbox"
import type * as Scope from "effect/Scope"
import type { BinanceError } from "../../../BinanceError.js"
import { isStreamNotice, type StreamNotice } from "../../../StreamNotice.js"
import type { UserDataStream } from "../../../UserDataStream.js"
import { Due } from "./trigger.js"

export type Incoming<Event> = Event | StreamNotice | Due

export const isNotice = <Event>(element: Event | StreamNotice): element is StreamNotice =>
  isStreamNotice(element as { readonly _tag: string })

/** What comes in for an account, in order: from its stream, and from timers. */
export interface Inbox<Event> {
  /** The next one; waits for it. Fails as the stream has failed, when nothing is left. */
  readonly next: Effect.Effect<Incoming<Event>, BinanceError>
  /** The next one, or `undefined` if nothing comes for so many ms. */
  readonly nextWithin: (millis: number) => Effect.Effect<Incoming<Event> | undefined, BinanceError>
  /** The next one, if it is there and an event. */
  readonly pollEvent: () => Event | undefined
  /** Takes what comes while a recovery runs, so that it can see it. Never ends. */
  readonly collect: Effect.Effect<never>
  /** The events that are there and that nobody has taken. */
  readonly waiting: () => ReadonlyArray<Event>
  readonly offer: (due: Due) => Effect.Effect<unknown>
}

const isEvent = <Event>(incoming: Incoming<Event> | undefined): incoming is Event =>
  incoming !== undefined && !(incoming instanceof Due) && !isNotice(incoming)

/**
 * Reads a stream into an inbox, from `start` on and as long as the scope. When the inbox is full the stream waits, whose
 * own buffer ends in a gap that it tells.
 */
export const make = <Event>(
  stream: Pick<UserDataStream<Event>, "forEach">,
  capacity: number,
  start: Effect.Effect<void>
): Effect.Effect<Inbox<Event>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const mailbox = yield* Mailbox.make<Incoming<Event>, BinanceError>({ capacity })
    const read = stream.forEach((element) => (mailbox.unsafeOffer(element) ? undefined : mailbox.offer(element)))
    yield* Effect.zipRight(start, read).pipe(
      Effect.interruptible,
      Effect.onExit((exit) => mailbox.done(exit)),
      Effect.forkScoped
    )

    let taken: ReadonlyArray<Incoming<Event>> = []
    let head = 0
    const rest = () => taken.slice(head)
    const take = Effect.map(mailbox.takeAll, ([messages]) => {
      taken = [...rest(), ...Chunk.toReadonlyArray(messages)]
      head = 0
    })
    const next: Inbox<Event>["next"] = Effect.suspend(() => {
      return head < taken.length ? Effect.succeed(taken[head++]!) : Effect.zipRight(take, next)
    })
    return {
      next,
      nextWithin: (millis) =>
        Effect.gen(function* () {
          if (millis <= 0) {
            return undefined
          }
          if (head === taken.length) {
            // Only the waiting is cut: what was taken is kept for later.
            yield* Effect.timeoutOption(take, millis)
          }
          return taken[head] === undefined ? undefined : taken[head++]
        }),
      pollEvent: () => {
        const incoming = taken[head]
        if (!isEvent(incoming)) {
          return undefined
        }
        head++
        return incoming
      },
      collect: Effect.suspend(() => (taken.length - head < capacity ? take : Effect.never)).pipe(
        Effect.forever,
        // How the stream has ended comes after what it has brought.
        Effect.catchAllCause(() => Effect.never)
      ),
      waiting: () => rest().filter(isEvent),
      offer: (due) => mailbox.offer(due)
    }
  })
