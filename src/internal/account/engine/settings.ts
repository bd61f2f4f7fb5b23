import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Options } from "../../../Account.js"
import type { InvalidOptions } from "../../../BinanceError.js"
import * as Checked from "../../options.js"

/** How an account behaves, with every default in its place. */
export interface Settings {
  readonly symbols: ReadonlyArray<string>
  readonly reconcileEvery: Duration.Duration
  /** When what does not fit is asked again. */
  readonly confirmAfter: ReadonlyArray<Duration.Duration>
  /** In ms. */
  readonly overlap: number
  /** In ms. */
  readonly triggeringDeadline: number
  /** How many elements the inbox and each consumer hold. */
  readonly buffer: number
  /** How often a checkpoint is saved, in ms. */
  readonly saveEvery: number
  /** What to do with a checkpoint that cannot be used. */
  readonly onInvalid: "fail" | "startFresh"
}

const defaultConfirmAfter = ["0 seconds", "1 second", "3 seconds", "10 seconds", "30 seconds"] as const

/** What the options say, checked. */
export const of = (options: Options): Effect.Effect<Settings, InvalidOptions> =>
  Effect.all({
    symbols: Effect.forEach(options.symbols ?? [], (symbol, index) => Checked.symbol(`symbols[${index}]`, symbol)),
    reconcileEvery: Effect.map(
      Checked.millis("reconcileEvery", options.reconcileEvery ?? "15 minutes", { least: 1 }),
      Duration.millis
    ),
    confirmAfter: Effect.forEach(options.confirmAfter ?? defaultConfirmAfter, (delay, index) =>
      Effect.map(Checked.millis(`confirmAfter[${index}]`, delay), Duration.millis)
    ),
    overlap: Checked.millis("overlap", options.overlap ?? "5 seconds"),
    triggeringDeadline: Checked.millis("triggeringDeadline", options.triggeringDeadline ?? "10 seconds"),
    buffer: Checked.number("buffer", options.buffer ?? 8192, [1, Number.POSITIVE_INFINITY]),
    saveEvery: Checked.millis("checkpoint.every", options.checkpoint?.every ?? "1 second", { least: 1 }),
    onInvalid: Checked.literal("checkpoint.onInvalid", options.checkpoint?.onInvalid ?? "fail", ["fail", "startFresh"])
  })
