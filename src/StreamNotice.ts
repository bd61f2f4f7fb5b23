/**
 * Notices: the elements of a user data stream that say something about the stream itself.
 *
 * They stand in their place among the events: what comes before an `Interrupted` arrived before the interruption, what
 * comes after a `Resumed` arrived after it. A program that keeps books re-reads its orders, balances and positions over
 * REST whenever it meets a `Resumed`, for the time of its gap; after an `Opened` it reads them once.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The socket was closed, by Binance or by the network. Code 1006 means that it broke without a close frame.
 *
 * @since 0.1.0
 * @category causes
 */
export const SocketClosed = Schema.TaggedStruct("SocketClosed", {
  code: Schema.Number,
  reason: Schema.String
})

/**
 * Nothing came for longer than the liveness deadline, not even an answer to a ping.
 *
 * @since 0.1.0
 * @category causes
 */
export const HalfOpen = Schema.TaggedStruct("HalfOpen", {
  /** How long nothing had come, in ms. */
  silence: Schema.Number
})

/**
 * Binance said that the listen key has expired, or it could not be kept alive in time.
 *
 * @since 0.1.0
 * @category causes
 */
export const KeyExpired = Schema.TaggedStruct("KeyExpired", {})

/**
 * A keepalive found the listen key gone, or another one in its place: another client of the account closed it.
 *
 * @since 0.1.0
 * @category causes
 */
export const KeyRejected = Schema.TaggedStruct("KeyRejected", {})

/**
 * Binance ended the subscription: the listen token ran out, or the session was logged out.
 *
 * @since 0.1.0
 * @category causes
 */
export const StreamTerminated = Schema.TaggedStruct("StreamTerminated", {})

/**
 * Binance announced that the server shuts down.
 *
 * @since 0.1.0
 * @category causes
 */
export const ServerShutdown = Schema.TaggedStruct("ServerShutdown", {})

/**
 * The connection reached the age at which it is replaced, ahead of the 24 hours after which Binance cuts it.
 *
 * @since 0.1.0
 * @category causes
 */
export const MaximumAge = Schema.TaggedStruct("MaximumAge", {
  /** In ms. */
  age: Schema.Number
})

/**
 * This consumer was slower than Binance until its buffer was full. Other consumers of the stream did not notice.
 *
 * @since 0.1.0
 * @category causes
 */
export const Overflow = Schema.TaggedStruct("Overflow", {
  /** How many events this consumer missed, where that is known. */
  dropped: Schema.Number
})

/**
 * Why a stream was interrupted or rolled over. The union is closed: a program may match on it exhaustively.
 *
 * @since 0.1.0
 * @category models
 */
export const Cause = Schema.Union(
  SocketClosed,
  HalfOpen,
  KeyExpired,
  KeyRejected,
  StreamTerminated,
  ServerShutdown,
  MaximumAge,
  Overflow
)

export type Cause = typeof Cause.Type

/**
 * A span of time, on the local clock, in which events may have been missed. Its ends are chosen so that no missed event
 * lies outside.
 *
 * @since 0.1.0
 * @category models
 */
export const Gap = Schema.Struct({
  /** The time up to which everything is known to have arrived, in epoch ms. */
  from: Schema.Number,
  /** The time from which everything arrives again, in epoch ms. */
  to: Schema.Number,
  cause: Cause
})

export type Gap = typeof Gap.Type

/**
 * The stream is live, for this consumer for the first time.
 *
 * @since 0.1.0
 * @category notices
 */
export const Opened = Schema.TaggedStruct("Opened", {
  /** Epoch ms. */
  at: Schema.Number
})

export type Opened = typeof Opened.Type

/**
 * The stream was lost. It is being re-established; a `Resumed` follows.
 *
 * @since 0.1.0
 * @category notices
 */
export const Interrupted = Schema.TaggedStruct("Interrupted", {
  /** Epoch ms. */
  at: Schema.Number,
  cause: Cause,
  /** When the last frame of any kind came, in epoch ms. */
  lastFrameAt: Schema.Number
})

export type Interrupted = typeof Interrupted.Type

/**
 * The stream is live again. What happened within the gap may have been missed.
 *
 * @since 0.1.0
 * @category notices
 */
export const Resumed = Schema.TaggedStruct("Resumed", {
  /** Epoch ms. */
  at: Schema.Number,
  gap: Gap
})

export type Resumed = typeof Resumed.Type

/**
 * A new connection has taken the place of the old one while both were open: nothing was missed.
 *
 * @since 0.1.0
 * @category notices
 */
export const RolledOver = Schema.TaggedStruct("RolledOver", {
  /** Epoch ms. */
  at: Schema.Number,
  cause: Cause,
  /** How many events had already come over both connections, and were delivered once. */
  duplicates: Schema.Number
})

export type RolledOver = typeof RolledOver.Type

/**
 * An element of a stream that says something about the stream itself.
 *
 * @since 0.1.0
 * @category models
 */
export const StreamNotice = Schema.Union(Opened, Interrupted, Resumed, RolledOver)

export type StreamNotice = typeof StreamNotice.Type

const tags: ReadonlySet<string> = new Set<StreamNotice["_tag"]>(["Opened", "Interrupted", "Resumed", "RolledOver"])

/**
 * Tells notices from events.
 *
 * @since 0.1.0
 * @category guards
 */
export const isStreamNotice = <A extends { readonly _tag: string }>(
  element: A | StreamNotice
): element is Extract<A | StreamNotice, StreamNotice> => tags.has(element._tag)
