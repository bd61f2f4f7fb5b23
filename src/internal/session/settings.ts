import * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { InvalidOptions } from "../../BinanceError.js"
import type { Options } from "../../UserDataStream.js"
import type { Identity } from "../account.js"
import * as Backoff from "../backoff.js"
import type { Open } from "../connection/connection.js"
import type { Frame } from "../decoder/frame.js"
import * as Checked from "../options.js"
import type { Warnings } from "./warnings.js"

/** What a product brings to its sessions. */
export interface Source<Event> extends Identity {
  /** Run once for each session, in its scope. */
  readonly open: Effect.Effect<Open, never, Scope.Scope>
  /** `undefined` for a frame that is no event. Never throws. */
  readonly decode: (frame: Frame) => Event | undefined
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

/** What the options say, checked. */
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
