/**
 * The session that keeps one account's stream of one product alive across connections: it connects with a fresh
 * credential, watches the connection, rolls over before Binance cuts the socket, recovers from losses, shares the stream
 * among its consumers, and closes everything when the last one leaves.
 *
 * @since 0.1.0
 */
import type * as Socket from "@effect/platform/Socket"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { BinanceError, InvalidOptions } from "./BinanceError.js"
import type { BinanceHttp } from "./BinanceHttp.js"
import type { Credentials } from "./Credentials.js"
import type { Environment } from "./Environment.js"
import type * as ForEach from "./internal/session/forEach.js"
import * as Settings from "./internal/session/settings.js"
import * as Sharing from "./internal/session/sharing.js"
import * as Health from "./internal/session/status.js"
import type { Status } from "./internal/session/statusSchema.js"
import * as Warnings from "./internal/session/warnings.js"
import * as Telemetry from "./internal/telemetry.js"
import type { Kept as KeptListenKey, ListenKey } from "./ListenKey.js"
import type { StreamNotice } from "./StreamNotice.js"

/**
 * The services that a product requires.
 *
 * @since 0.2.0
 * @category models
 */
export type Requirements = BinanceHttp | Credentials | Environment | Socket.WebSocketConstructor

/**
 * Whether a stream is live and has received a frame lately, for a readiness probe. Pings count, so a quiet account is
 * healthy. A stream without consumers is not.
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
    /** The maximum age of the last frame. Longer than `livenessDeadline`, after which the stream recovers by itself. */
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
   * All events and notices, in order. All consumers share one session: it starts with the first, and ends with the last,
   * closing its socket and its key.
   */
  readonly events: Stream.Stream<Event | StreamNotice, BinanceError>
  /**
   * Calls a function with each element of `events`, in order, until the stream fails: the fastest way to consume it if the
   * function mostly returns nothing. If it returns an effect, the next element waits for the effect, and a failure of the
   * effect ends the consumption. An exception is a defect. The function is called outside of the fiber; effects run in
   * it.
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
export type { Options } from "./internal/session/settings.js"
export { Status } from "./internal/session/statusSchema.js"

/**
 * Makes the stream of one product and account.
 *
 * @internal
 */
export const make = <Event>(
  source: Settings.Source<Event>,
  options: Settings.Options = {}
): Effect.Effect<UserDataStream<Event>, InvalidOptions, Scope.Scope> =>
  Effect.gen(function* () {
    const telemetry = yield* Telemetry.make(source)
    const warnings = source.warnings ?? (yield* Warnings.make)
    const health = yield* Health.make(source, telemetry)
    const settings = yield* Settings.of(options, source.pingInterval)
    const { events, forEach } = yield* Sharing.make({ source, settings, health, telemetry, warnings })
    return { events, forEach, status: health.status, statusChanges: health.changes }
  })
