/**
 * The session that keeps one account's stream of one product alive across connections: it connects with a fresh
 * credential, watches the connection, rolls over before Binance cuts the socket, recovers from losses, shares the stream
 * among its consumers, and closes everything when the last one leaves.
 *
 * @since 0.1.0
 */
import type * as Socket from "@effect/platform/Socket"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { BinanceError } from "./BinanceError.js"
import type { BinanceHttp } from "./BinanceHttp.js"
import type { Credentials } from "./Credentials.js"
import type { Environment } from "./Environment.js"
import * as Backoff from "./internal/backoff.js"
import type * as ForEach from "./internal/session/forEach.js"
import type { Settings, Source } from "./internal/session/settings.js"
import * as Sharing from "./internal/session/sharing.js"
import * as Health from "./internal/session/status.js"
import type { Kept as KeptListenKey, ListenKey } from "./ListenKey.js"
import type { StreamNotice } from "./StreamNotice.js"

/**
 * The services that the stream of a product is made with.
 *
 * @since 0.2.0
 * @category models
 */
export type Requirements = BinanceHttp | Credentials | Environment | Socket.WebSocketConstructor

/**
 * How a session behaves. Every option has a default that suits a trading program.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * When to try to connect again, after a connection was lost that had not been live for `stableAfter`, or could not be
   * made. Default: after 1, 2, 4, ... and then every 60 seconds, jittered, without end. A schedule that ends lets the
   * stream fail with the last error.
   */
  readonly reconnect?: Schedule.Schedule<unknown> | undefined
  /** How long a connection has to be live to count as stable: the next loss is then repaired at once. Default: 1 minute. */
  readonly stableAfter?: Duration.DurationInput | undefined
  /** The age at which a connection is replaced by a new one. Binance cuts it at 24 hours. Default: 23 hours. */
  readonly rolloverAge?: Duration.DurationInput | undefined
  /** The share of `rolloverAge` by which it is randomly shortened, so that many streams do not roll over at once. Default: 0.02. */
  readonly rolloverJitter?: number | undefined
  /** How long the old and the new connection are both read at a roll-over. Default: 5 seconds. */
  readonly overlap?: Duration.DurationInput | undefined
  /** After how long without any frame the peer is asked for a sign of life. Default: 30 seconds. */
  readonly probeAfter?: Duration.DurationInput | undefined
  /**
   * After how long without any frame, pings included, a connection counts as half-open and is given up. Applies to
   * connections that have answered a probe before. Default: 60 seconds.
   */
  readonly livenessDeadline?: Duration.DurationInput | undefined
  /**
   * The same for connections that have never answered a probe, but show the pings that Binance sends. Default: two and a
   * half times the documented interval of these pings.
   */
  readonly pingDeadline?: Duration.DurationInput | undefined
  /**
   * How much each consumer may leave unread. When every consumer is three quarters full the socket is not read any more
   * until one of them goes on; where reading cannot be stopped, or only some consumers are slow, those miss what does
   * not fit and are told the gap. Default: 8192 elements and 8 MiB of frame text.
   */
  readonly buffer?: { readonly elements?: number | undefined; readonly bytes?: number | undefined } | undefined
}

/**
 * A product's stream for one account.
 *
 * @since 0.1.0
 * @category models
 */
export interface UserDataStream<Event> {
  /**
   * All events, in order, and the notices in their place among them. All consumers share one session; it starts with the
   * first and ends, closing its socket and its key, with the last.
   */
  readonly events: Stream.Stream<Event | StreamNotice, BinanceError>
  /**
   * Calls a function with each element of `events`, in order, until the stream fails. The fastest way to consume it if the
   * function mostly returns nothing. If it returns an effect, the next element waits until the effect has
   * completed, and its failure ends the consumption. What the function throws is a defect. Functions are called outside of
   * the fiber, effects run in it.
   *
   * @example
   * ```ts
   * import { CoinFutures } from "effect-binance-user-data"
   * import * as Console from "effect/Console"
   * import * as Effect from "effect/Effect"
   *
   * const program = Effect.gen(function* () {
   *   const futures = yield* CoinFutures.CoinFutures
   *   yield* futures.forEach((element) => {
   *     if (element._tag === "Resumed") {
   *       return Console.warn("events may have been missed", element.gap)
   *     }
   *   })
   * })
   * ```
   */
  readonly forEach: <E = never, R = never>(
    handler: ForEach.Handler<Event | StreamNotice, E, R>
  ) => Effect.Effect<void, BinanceError | NoInfer<E>, NoInfer<R>>
  /** The health of the session at this moment. */
  readonly status: Effect.Effect<Health.Status>
  /** The health of the session, now and whenever its phase changes. */
  readonly statusChanges: Stream.Stream<Health.Status>
}

/**
 * A product whose stream is opened with a listen key, for one account.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListenKeyStream<Event> extends UserDataStream<Event>, ListenKeyCalls {}

/**
 * The listen-key calls of a product, for one account.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListenKeyCalls {
  /** POST: a new key, or the active one with its life extended to 60 minutes. */
  readonly createListenKey: Effect.Effect<ListenKey, BinanceError>
  /** PUT: extends the life of the key to 60 minutes. Fails with `InvalidListenKey` if there is none to extend. */
  readonly keepaliveListenKey: (key: ListenKey) => Effect.Effect<ListenKey, BinanceError>
  /** DELETE: ends the key, and silences every stream that uses it. */
  readonly closeListenKey: (key: ListenKey) => Effect.Effect<void, BinanceError>
  /** A key that is created, kept alive, replaced when it is lost, and closed with the scope. */
  readonly listenKey: Effect.Effect<KeptListenKey, BinanceError, Scope.Scope>
}

export type { Handler } from "./internal/session/forEach.js"
export type { Status } from "./internal/session/status.js"

const defaultReconnect = Backoff.upTo("60 seconds")

const settingsOf = (options: Options, pingInterval: number): Settings => ({
  reconnect: options.reconnect ?? defaultReconnect,
  stableAfter: Duration.toMillis(options.stableAfter ?? "1 minute"),
  rolloverAge: Duration.toMillis(options.rolloverAge ?? "23 hours"),
  rolloverJitter: options.rolloverJitter ?? 0.02,
  overlap: Duration.toMillis(options.overlap ?? "5 seconds"),
  probeAfter: Duration.toMillis(options.probeAfter ?? "30 seconds"),
  deadline: Duration.toMillis(options.livenessDeadline ?? "60 seconds"),
  pingDeadline: Duration.toMillis(options.pingDeadline ?? pingInterval * 2.5),
  buffer: { elements: options.buffer?.elements ?? 8192, bytes: options.buffer?.bytes ?? 8 * 1024 * 1024 }
})

/**
 * Makes the stream of one product and account.
 *
 * @internal
 */
export const make = <Event>(
  source: Source<Event>,
  options: Options = {}
): Effect.Effect<UserDataStream<Event>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const health = yield* Health.make(source.product)
    const { events, forEach } = yield* Sharing.make(source, settingsOf(options, source.pingInterval), health)
    return { events, forEach, status: health.status, statusChanges: health.changes }
  })
