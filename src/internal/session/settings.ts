import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { InvalidOptions } from "../../BinanceError.js"
import * as Backoff from "../backoff.js"
import type { Open } from "../connection/connection.js"
import type { Identity } from "../identity.js"
import * as Checked from "../options.js"
import type { Warnings } from "./warnings.js"

/**
 * How a session behaves. Every option has a default that suits a trading program.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * The name of the account in logs, spans, metrics, statuses and errors. Default: the name of the `Credentials`, if they
   * have one.
   */
  readonly name?: string | undefined
  /**
   * When to connect again after an attempt has failed, or a connection was lost before it had been live for
   * `stableAfter`. Default: after 1, 2, 4, ... and then every 60 seconds, jittered, without end. When a schedule ends,
   * the stream fails with the last error, or with a `TransportError` that says how the connection was lost.
   */
  readonly reconnect?: Schedule.Schedule<unknown> | undefined
  /** How long a connection has to be live to count as stable. A stable one is replaced at once when it is lost. Default: 1 minute. */
  readonly stableAfter?: Duration.DurationInput | undefined
  /** The age at which a connection is replaced by a new one. Binance cuts it at 24 hours. Default: 23 hours. */
  readonly rolloverAge?: Duration.DurationInput | undefined
  /** The share of `rolloverAge` by which it is randomly shortened, so that many streams do not roll over at once. Default: 0.02. */
  readonly rolloverJitter?: number | undefined
  /** How long the old and the new connection are both read at a roll-over, at least. Default: 5 seconds. */
  readonly overlap?: Duration.DurationInput | undefined
  /** How long a connection may be silent before it is probed, at most half of its deadline. Default: 30 seconds. */
  readonly probeAfter?: Duration.DurationInput | undefined
  /**
   * How long a connection may be silent (no frame of any kind, pings included) before it counts as half-open and is
   * replaced. Applies to connections that have answered a probe before. Default: 60 seconds.
   */
  readonly livenessDeadline?: Duration.DurationInput | undefined
  /**
   * The same for connections that have never answered a probe, but on which Binance's pings are visible. Default: two and
   * a half times the documented interval of these pings.
   */
  readonly pingDeadline?: Duration.DurationInput | undefined
  /**
   * How much each consumer may leave unread. When the buffers of all consumers are three quarters full, the socket is not
   * read until one of them has room. If reading cannot be paused, or only some consumers are slow, those miss the events
   * that do not fit, and get a gap. Default: 8192 elements and 8 MiB of frame text.
   */
  readonly buffer?: { readonly elements?: number | undefined; readonly bytes?: number | undefined } | undefined
}

/** What a product provides for its sessions. */
export interface Source<Event> extends Identity {
  /** Run once for each session, in its scope. */
  readonly open: Effect.Effect<Open, never, Scope.Scope>
  /** `undefined` for a frame that is not an event. Never throws. */
  readonly decode: (text: string) => Event | undefined
  /** The documented interval of the server's pings, in ms. */
  readonly pingInterval: number
  /** Shared by streams that share a socket. */
  readonly warnings?: Warnings | undefined
}

/** All durations in ms. */
export interface Settings {
  readonly reconnect: Schedule.Schedule<unknown>
  readonly stableAfter: number
  readonly rolloverAge: number
  readonly rolloverJitter: number
  readonly overlap: number
  readonly probeAfter: number
  readonly deadline: number
  readonly pingDeadline: number
  readonly buffer: { readonly elements: number; readonly bytes: number }
}

const defaultReconnect = Backoff.upTo("60 seconds")

/** Checks the options and applies the defaults. */
export const of = (options: Options, pingInterval: number): Effect.Effect<Settings, InvalidOptions> =>
  Effect.all({
    reconnect: Effect.succeed(options.reconnect ?? defaultReconnect),
    stableAfter: Checked.millis("stableAfter", options.stableAfter ?? "1 minute"),
    rolloverAge: Checked.millis("rolloverAge", options.rolloverAge ?? "23 hours", { least: 1 }),
    rolloverJitter: Checked.number("rolloverJitter", options.rolloverJitter ?? 0.02, [0, 1]),
    overlap: Checked.millis("overlap", options.overlap ?? "5 seconds"),
    probeAfter: Checked.millis("probeAfter", options.probeAfter ?? "30 seconds", { least: 1 }),
    deadline: Checked.millis("livenessDeadline", options.livenessDeadline ?? "60 seconds", { least: 1 }),
    pingDeadline: Checked.millis("pingDeadline", options.pingDeadline ?? pingInterval * 2.5, { least: 1 }),
    buffer: Effect.all({
      elements: Checked.number("buffer.elements", options.buffer?.elements ?? 8192, [1, Number.POSITIVE_INFINITY]),
      bytes: Checked.number("buffer.bytes", options.buffer?.bytes ?? 8 * 1024 * 1024, [1, Number.POSITIVE_INFINITY])
    })
  })
