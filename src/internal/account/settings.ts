import * as Duration from "effect/Duration"
import type { Options } from "../../Account.js"

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
}

const defaultConfirmAfter = [0, 1, 3, 10, 30].map(Duration.seconds)

export const of = (options: Options): Settings => ({
  symbols: options.symbols ?? [],
  reconcileEvery: Duration.decode(options.reconcileEvery ?? "15 minutes"),
  confirmAfter: options.confirmAfter?.map((delay) => Duration.decode(delay)) ?? defaultConfirmAfter,
  overlap: Duration.toMillis(options.overlap ?? "5 seconds"),
  triggeringDeadline: Duration.toMillis(options.triggeringDeadline ?? "10 seconds"),
  buffer: options.buffer ?? 8192
})
