import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { BinanceError } from "../BinanceError.js"
import type { Cause, Gap, StreamNotice } from "../StreamNotice.js"

export interface Options {
  readonly elements: number
  readonly bytes: number
  readonly now: () => number
  /** Called when no consumer has room for much more, and when one has again. */
  readonly onPressure: (isFull: boolean) => void
}

/** Where reading stops: what has already been read still has to find room. */
const highWatermark = 0.75

/** Room beyond the limit for the notices that tell of an overflow. */
const reserve = 2

interface Subscriber<A> {
  readonly mailbox: Mailbox.Mailbox<A | StreamNotice, BinanceError>
  size: number
  bytes: number
  hasOpened: boolean
  /** What this consumer has missed since its buffer was full. */
  missed: { from: number; dropped: number } | undefined
}

/**
 * Hands each element to every consumer, each of which has a bounded buffer of its own.
 *
 * A consumer whose buffer is full misses elements, is told so in their place, and goes on when it has emptied its
 * buffer. The others do not notice.
 */
export interface Hub<A> {
  /** `at` is when the event happened, as far as is known: no later than the clock. */
  readonly publish: (event: A, at: number, bytes: number) => void
  readonly interrupted: (notice: { readonly cause: Cause; readonly lastFrameAt: number }) => void
  /** The stream is live: consumers that have seen it live before are told the gap, others that it has opened. */
  readonly live: (gap: Gap | undefined) => void
  readonly rolledOver: (notice: { readonly cause: Cause; readonly duplicates: number }) => void
  readonly end: (exit: Exit.Exit<void, BinanceError>) => void
  readonly subscribe: Effect.Effect<Stream.Stream<A | StreamNotice, BinanceError>, never, Scope.Scope>
  /** Whether no consumer has room for much more. */
  readonly isFull: () => boolean
  readonly isLive: () => boolean
}

export const make = <A>(options: Options): Hub<A> => {
  const subscribers = new Set<Subscriber<A>>()
  let isLive = false
  let isFull = false
  let ended: Exit.Exit<void, BinanceError> | undefined

  const hasRoom = (subscriber: Subscriber<A>, bytes: number, share: number): boolean =>
    subscriber.size === 0 ||
    (subscriber.size < options.elements * share && subscriber.bytes + bytes <= options.bytes * share)

  const checkPressure = () => {
    let full = subscribers.size > 0
    for (const subscriber of subscribers) {
      full &&= !hasRoom(subscriber, 0, highWatermark)
    }
    if (full !== isFull) {
      isFull = full
      options.onPressure(full)
    }
  }

  const put = (subscriber: Subscriber<A>, element: A | StreamNotice, bytes: number) => {
    subscriber.size++
    subscriber.bytes += bytes
    subscriber.mailbox.unsafeOffer(element)
  }

  const overflow = (subscriber: Subscriber<A>, from: number, dropped: number) => {
    const now = options.now()
    subscriber.missed = { from, dropped }
    put(subscriber, { _tag: "Interrupted", at: now, cause: { _tag: "Overflow", dropped }, lastFrameAt: now }, 0)
  }

  const offerEvent = (subscriber: Subscriber<A>, event: A, at: number, bytes: number) => {
    if (subscriber.missed !== undefined) {
      subscriber.missed.dropped++
      subscriber.missed.from = Math.min(subscriber.missed.from, at)
    } else if (hasRoom(subscriber, bytes, 1)) {
      put(subscriber, event, bytes)
    } else {
      overflow(subscriber, at, 1)
    }
  }

  const offerNotice = (subscriber: Subscriber<A>, notice: StreamNotice, from: number) => {
    if (subscriber.missed !== undefined) {
      subscriber.missed.from = Math.min(subscriber.missed.from, from)
    } else if (hasRoom(subscriber, 0, 1)) {
      put(subscriber, notice, 0)
    } else {
      overflow(subscriber, from, 0)
    }
  }

  const notify = (notice: StreamNotice, from: number) => {
    for (const subscriber of subscribers) {
      if (subscriber.hasOpened) {
        offerNotice(subscriber, notice, from)
      }
    }
    checkPressure()
  }

  const open = (subscriber: Subscriber<A>) => {
    subscriber.hasOpened = true
    put(subscriber, { _tag: "Opened", at: options.now() }, 0)
  }

  /** Lets a consumer go on that has missed something and has room again. */
  const catchUp = (subscriber: Subscriber<A>) => {
    if (subscriber.missed !== undefined && subscriber.size === 0 && isLive) {
      const { dropped, from } = subscriber.missed
      const now = options.now()
      subscriber.missed = undefined
      put(subscriber, { _tag: "Resumed", at: now, gap: { from, to: now, cause: { _tag: "Overflow", dropped } } }, 0)
    }
  }

  const drained = (subscriber: Subscriber<A>) => {
    subscriber.size = 0
    subscriber.bytes = 0
    catchUp(subscriber)
    checkPressure()
  }

  const pull = (subscriber: Subscriber<A>) =>
    subscriber.mailbox.takeAll.pipe(
      Effect.mapError(Option.some),
      Effect.flatMap(([elements, done]) => {
        if (done && Chunk.isEmpty(elements)) {
          return Effect.fail(Option.none())
        }
        drained(subscriber)
        return Effect.succeed(elements)
      })
    )

  return {
    publish: (event, at, bytes) => {
      for (const subscriber of subscribers) {
        if (subscriber.hasOpened) {
          offerEvent(subscriber, event, at, bytes)
        }
      }
      checkPressure()
    },
    interrupted: (notice) => {
      isLive = false
      const at = options.now()
      notify({ _tag: "Interrupted", at, ...notice }, at)
    },
    live: (gap) => {
      isLive = true
      const at = options.now()
      for (const subscriber of subscribers) {
        if (!subscriber.hasOpened) {
          open(subscriber)
        } else if (gap !== undefined) {
          offerNotice(subscriber, { _tag: "Resumed", at, gap }, gap.from)
        }
        catchUp(subscriber)
      }
      checkPressure()
    },
    rolledOver: (notice) => {
      const at = options.now()
      notify({ _tag: "RolledOver", at, ...notice }, at)
    },
    end: (exit) => {
      ended = exit
      for (const subscriber of subscribers) {
        subscriber.mailbox.unsafeDone(exit)
      }
    },
    subscribe: Effect.acquireRelease(
      Effect.map(
        Mailbox.make<A | StreamNotice, BinanceError>({
          capacity: options.elements + reserve,
          strategy: "dropping"
        }),
        (mailbox) => {
          const subscriber: Subscriber<A> = { mailbox, size: 0, bytes: 0, hasOpened: false, missed: undefined }
          subscribers.add(subscriber)
          if (isLive) {
            open(subscriber)
          }
          if (ended !== undefined) {
            mailbox.unsafeDone(ended)
          }
          checkPressure()
          return subscriber
        }
      ),
      (subscriber) =>
        Effect.suspend(() => {
          subscribers.delete(subscriber)
          checkPressure()
          return subscriber.mailbox.shutdown
        })
    ).pipe(Effect.map((subscriber) => Stream.repeatEffectChunkOption(pull(subscriber)))),
    isFull: () => isFull,
    isLive: () => isLive
  }
}
