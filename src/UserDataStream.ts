/**
 * The session that keeps one account's stream of one product alive across connections: it connects with a fresh
 * credential, watches, rolls over before Binance cuts the socket, recovers, shares the stream among its consumers, and
 * closes everything when the last one leaves.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { BinanceError, InvalidOptions } from "./BinanceError.js"
import type { Product } from "./Environment.js"
import type * as ForEach from "./internal/session/forEach.js"
import * as Settings from "./internal/session/settings.js"
import * as Sharing from "./internal/session/sharing.js"
import * as Health from "./internal/session/status.js"
import * as StatusSchema from "./internal/session/statusSchema.js"
import * as Warnings from "./internal/session/warnings.js"
import * as Telemetry from "./internal/telemetry.js"
import type { Kept as KeptListenKey, ListenKey } from "./ListenKey.js"
import type { Cause, Gap, StreamNotice } from "./StreamNotice.js"

/**
 * How a session behaves. Every option has a default that suits a trading program.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * How logs, spans, metrics, statuses and errors call the account, so that several accounts of one product can be told
   * apart. Default: the name of the `Credentials`, if they have one.
   */
  readonly name?: string | undefined
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
   * After how long without any frame, pings included, a connection counts as half-open and is given up. Holds for
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
 * The health of a session.
 *
 * @since 0.1.0
 * @category models
 */
export interface Status {
  readonly product: Product
  /** The name of the account, where it has one. */
  readonly account: string | undefined
  /**
   * `Idle`: nobody consumes. `Connecting`: not live yet. `Live`. `RollingOver`: live, and about to change to a new
   * connection. `Interrupted`: was live and will be again. `Failed`: ended with an error that the consumers have seen.
   */
  readonly phase: "Idle" | "Connecting" | "Live" | "RollingOver" | "Interrupted" | "Failed"
  /** How many consumers share the session. */
  readonly consumers: number
  /** Since when events have been arriving without a gap, in epoch ms. */
  readonly liveSince: number | undefined
  /** When the current connection was opened, in epoch ms. */
  readonly connectedAt: number | undefined
  /** When the current credential (listen key or listen token) expires unless it is renewed, in epoch ms. */
  readonly credentialExpiresAt: number | undefined
  /** When the last frame of any kind arrived, in epoch ms. */
  readonly lastFrameAt: number | undefined
  /** When the last event arrived, in epoch ms. */
  readonly lastEventAt: number | undefined
  readonly lastGap: Gap | undefined
  /** When the current connection will be replaced, in epoch ms. */
  readonly nextRolloverAt: number | undefined
  readonly rollovers: number
  /** How often the stream had to be re-established, by the tag of the cause. */
  readonly reconnects: { readonly [C in Cause["_tag"]]?: number }
  /** What ended the stream, or what the last attempt to connect failed with. */
  readonly lastError: BinanceError | undefined
}

/**
 * The health of a session as JSON, for an endpoint or a file: what is `undefined` is left out, and the error has its
 * `message` as well.
 *
 * @since 0.2.0
 * @category schemas
 */
export const Status: Schema.Schema<Status, typeof StatusSchema.Status.Encoded> = StatusSchema.Status

/**
 * Whether a stream is live and has brought something lately: fit for a readiness probe. Pings count, so a quiet account
 * is healthy. A stream that nobody consumes is not.
 *
 * @example
 * ```ts
 * import { CoinFutures, UserDataStream } from "effect-binance-user-data"
 * import * as Effect from "effect/Effect"
 *
 * const isReady = Effect.gen(function* () {
 *   const { status } = yield* CoinFutures.CoinFutures
 *   return yield* UserDataStream.isHealthy(yield* status, { staleAfter: "2 minutes" })
 * })
 * ```
 *
 * @since 0.2.0
 * @category predicates
 */
export const isHealthy = (
  { lastFrameAt, phase }: Status,
  options: {
    /** How old the last frame may be. Longer than `livenessDeadline`, or a stream that is about to be repaired is not. */
    readonly staleAfter: Duration.DurationInput
  }
): Effect.Effect<boolean> =>
  Effect.map(
    Clock.currentTimeMillis,
    (now) =>
      (phase === "Live" || phase === "RollingOver") &&
      lastFrameAt !== undefined &&
      now - lastFrameAt <= Duration.toMillis(options.staleAfter)
  )

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
   * Hands each element of `events` to a function, in order, until the stream fails: the quickest way to consume it, for
   * functions that return nothing most of the time. Where one returns an effect, the next element waits until it has
   * completed, and its failure ends the consumption. What a function throws is a defect. Functions are called outside of
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
  readonly status: Effect.Effect<Status>
  /** The health of the session, now and whenever its phase changes. */
  readonly statusChanges: Stream.Stream<Status>
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

/**
 * Makes the stream of one product and account.
 *
 * @internal
 */
export const make = <Event>(
  source: Settings.Source<Event>,
  options: Options = {}
): Effect.Effect<UserDataStream<Event>, InvalidOptions, Scope.Scope> =>
  Effect.gen(function* () {
    const telemetry = yield* Telemetry.make(source)
    const warnings = source.warnings ?? (yield* Warnings.make)
    const health = yield* Health.make(source, telemetry)
    const settings = yield* Settings.of(options, source.pingInterval)
    const { events, forEach } = yield* Sharing.make({ source, settings, health, telemetry, warnings })
    return { events, forEach, status: health.status, statusChanges: health.changes }
  })
