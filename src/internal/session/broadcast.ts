import * as Channel from "effect/Channel"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type { BinanceError } from "../../BinanceError.js"
import type { Cause, Gap, StreamNotice } from "../../StreamNotice.js"
import { areElements, type Taken } from "./forEach.js"

export interface Options {
  /** How much each consumer may leave unread. */
  readonly buffer: { readonly elements: number; readonly bytes: number }
  readonly now: () => number
  /** Called when all consumers are nearly full, and when one has room again. */
  readonly onPressure: (isFull: boolean) => void
  /** Called with the number of elements that a consumer takes. */
  readonly onTaken: (elements: number) => void
  /** Called with each gap of a consumer whose buffer was full, once it has caught up. */
  readonly onOverflow: (gap: Gap) => Effect.Effect<void>
}

/** The share of a buffer at which reading stops: frames that have already been read still need room. */
const highWatermark = 0.75

/** A consumer, and the elements that it has not read yet. */
export class Subscriber<A> {
  elements: Array<A | StreamNotice> = []
  bytes = 0
  hasOpened = false
  /** What this consumer has missed since its buffer became full. */
  missed: { from: number; dropped: number } | undefined
  /** The gap that has not been passed to `onOverflow` yet. */
  gap: Gap | undefined
  private onReady: (() => void) | undefined

  constructor(
    private readonly broadcast: Broadcast<A>,
    private readonly options: Options
  ) {}

  /** Takes all unread elements; waits for at least one. `undefined` at the end of the stream. */
  readonly take: Effect.Effect<ReadonlyArray<A | StreamNotice> | undefined, BinanceError> = Effect.suspend(() => {
    const taken = this.poll()
    return taken === undefined
      ? Effect.async((resume) => this.whenReady(() => resume(this.take)))
      : areElements(taken)
        ? Effect.succeed(taken)
        : taken
  })

  /** The same without waiting: `undefined` if there is nothing to take yet. */
  poll(): Taken<A | StreamNotice, BinanceError> {
    return this.elements.length > 0
      ? this.broadcast.read(this)
      : this.broadcast.ended === undefined
        ? undefined
        : Effect.as(this.broadcast.ended, undefined)
  }

  /** Calls the listener once there is something to take. Replaces an earlier listener. */
  whenReady(listener: () => void) {
    this.onReady = listener
  }

  /** All elements, until the stream ends. */
  toChannel(): Channel.Channel<Chunk.Chunk<A | StreamNotice>, unknown, BinanceError> {
    const writeAll: Channel.Channel<Chunk.Chunk<A | StreamNotice>, unknown, BinanceError> = Channel.flatMap(
      Channel.fromEffect(this.take),
      (elements) =>
        elements === undefined
          ? Channel.void
          : Channel.flatMap(Channel.write(Chunk.unsafeFromArray(elements)), () => writeAll)
    )
    return writeAll
  }

  /** There is something to take, or the stream has ended. */
  notify() {
    const { onReady } = this
    this.onReady = undefined
    onReady?.()
  }

  open() {
    this.hasOpened = true
    this.put({ _tag: "Opened", at: this.options.now() }, 0)
  }

  /** `from` is where the gap begins if there is no room. */
  offerEvent(event: A, from: number, bytes: number) {
    if (this.missed !== undefined) {
      this.missed.dropped++
      this.missed.from = Math.min(this.missed.from, from)
    } else if (this.hasRoom(bytes, 1)) {
      this.put(event, bytes)
    } else {
      this.overflow(from, 1)
    }
  }

  /** The same for a notice. */
  offerNotice(notice: StreamNotice, from: number) {
    if (this.missed !== undefined) {
      this.missed.from = Math.min(this.missed.from, from)
    } else if (this.hasRoom(0, 1)) {
      this.put(notice, 0)
    } else {
      this.overflow(from, 0)
    }
  }

  /** Reports the gap of a consumer that was full and has emptied its buffer. The stream is live. */
  catchUp() {
    if (this.missed !== undefined && this.elements.length === 0) {
      const { dropped, from } = this.missed
      const now = this.options.now()
      this.missed = undefined
      this.gap = { from, to: now, cause: { _tag: "Overflow", dropped } }
      this.put({ _tag: "Resumed", at: now, gap: this.gap }, 0)
    }
  }

  hasRoom(bytes: number, share: number): boolean {
    const { buffer } = this.options
    return (
      this.elements.length === 0 ||
      (this.elements.length < buffer.elements * share && this.bytes + bytes <= buffer.bytes * share)
    )
  }

  private put(element: A | StreamNotice, bytes: number) {
    if (this.broadcast.ended !== undefined) {
      return
    }
    this.elements.push(element)
    this.bytes += bytes
    this.notify()
  }

  private overflow(from: number, dropped: number) {
    const now = this.options.now()
    this.missed = { from, dropped }
    this.put({ _tag: "Interrupted", at: now, cause: { _tag: "Overflow", dropped }, lastFrameAt: now }, 0)
  }
}

/**
 * Hands each element to every consumer, through a bounded buffer for each.
 *
 * A consumer whose buffer is full misses elements, finds an `Interrupted` in their place, and a `Resumed` when it has
 * emptied its buffer. The others are not affected.
 */
export class Broadcast<A> {
  private subscribers: ReadonlyArray<Subscriber<A>> = []
  private isLive = false
  private hasPressure = false
  /** How the stream has ended. Consumers see it after their last element. */
  ended: Exit.Exit<void, BinanceError> | undefined

  constructor(private readonly options: Options) {}

  /** `from` is where the gap of a consumer without room begins: not after the event. */
  publish(event: A, from: number, bytes: number) {
    for (const subscriber of this.subscribers) {
      if (subscriber.hasOpened) {
        subscriber.offerEvent(event, from, bytes)
      }
    }
    this.checkPressure()
  }

  interrupted(notice: { readonly cause: Cause; readonly lastFrameAt: number }) {
    this.isLive = false
    const at = this.options.now()
    this.notify({ _tag: "Interrupted", at, ...notice }, at)
  }

  /** The stream is live: consumers that saw it live before get a `Resumed` with the gap, others an `Opened`. */
  live(gap: Gap | undefined) {
    this.isLive = true
    const at = this.options.now()
    for (const subscriber of this.subscribers) {
      if (!subscriber.hasOpened) {
        subscriber.open()
      } else if (gap !== undefined) {
        subscriber.offerNotice({ _tag: "Resumed", at, gap }, gap.from)
      }
      subscriber.catchUp()
    }
    this.checkPressure()
  }

  rolledOver(notice: { readonly cause: Cause; readonly duplicates: number }) {
    const at = this.options.now()
    this.notify({ _tag: "RolledOver", at, ...notice }, at)
  }

  end(exit: Exit.Exit<void, BinanceError>) {
    this.ended = exit
    for (const subscriber of this.subscribers) {
      subscriber.notify()
    }
  }

  /** How many consumers it has. */
  get size(): number {
    return this.subscribers.length
  }

  /** Whether all consumers are nearly full. */
  isFull(): boolean {
    return this.hasPressure
  }

  subscribe(): Subscriber<A> {
    const subscriber = new Subscriber<A>(this, this.options)
    this.subscribers = this.subscribers.concat(subscriber)
    if (this.isLive) {
      subscriber.open()
    }
    this.checkPressure()
    return subscriber
  }

  unsubscribe(subscriber: Subscriber<A>) {
    this.subscribers = this.subscribers.filter((other) => other !== subscriber)
    this.checkPressure()
  }

  read(subscriber: Subscriber<A>): Taken<A | StreamNotice, never> {
    const { elements } = subscriber
    subscriber.elements = []
    subscriber.bytes = 0
    this.options.onTaken(elements.length)
    if (this.isLive) {
      subscriber.catchUp()
    }
    this.checkPressure()
    const { gap } = subscriber
    subscriber.gap = undefined
    return gap === undefined ? elements : Effect.as(this.options.onOverflow(gap), elements)
  }

  private checkPressure() {
    const full = this.isNearlyFull()
    if (full !== this.hasPressure) {
      this.hasPressure = full
      this.options.onPressure(full)
    }
  }

  /** Ends at the first consumer that has room: it is asked at each event and at each read. */
  private isNearlyFull(): boolean {
    for (const subscriber of this.subscribers) {
      if (subscriber.hasRoom(0, highWatermark)) {
        return false
      }
    }
    return this.subscribers.length > 0
  }

  private notify(notice: StreamNotice, from: number) {
    for (const subscriber of this.subscribers) {
      if (subscriber.hasOpened) {
        subscriber.offerNotice(notice, from)
      }
    }
    this.checkPressure()
  }
}
