/**
 * Notices: the elements of a user data stream that are about the stream itself.
 *
 * They are in order among the events: what comes before an `Interrupted` arrived before the interruption, what comes after
 * a `Resumed` arrived after it. A program that tracks orders, balances and positions reads them over REST after an
 * `Opened`, and again after each `Resumed`, for the time of its gap.
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
 * The listen key has expired: Binance announced it, or the key could not be renewed in time.
 *
 * @since 0.1.0
 * @category causes
 */
export const KeyExpired = Schema.TaggedStruct("KeyExpired", {})

/**
 * The listen key is gone, or was replaced by another one: another client of the account closed it.
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
 * The buffer of this consumer was full, because it was slower than Binance. Other consumers are not affected.
 *
 * @since 0.1.0
 * @category causes
 */
export const Overflow = Schema.TaggedStruct("Overflow", {
  /** How many events this consumer missed, as far as is known. */
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
 * A span of time, on the local clock, in which events may have been missed. Every missed event lies within it.
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
 * The stream is live. The first element for each consumer.
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
 * The connection was lost. When the stream is live again, a `Resumed` follows.
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
 * A new connection has replaced the old one while both were open: nothing was missed.
 *
 * @since 0.1.0
 * @category notices
 */
export const RolledOver = Schema.TaggedStruct("RolledOver", {
  /** Epoch ms. */
  at: Schema.Number,
  cause: Cause,
  /** How many events came over both connections. Each was delivered once. */
  duplicates: Schema.Number
})

export type RolledOver = typeof RolledOver.Type

/**
 * An element of a stream that is about the stream itself.
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
