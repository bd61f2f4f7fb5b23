import type * as Exit from "effect/Exit"
import type { BinanceError } from "../../BinanceError.js"
import type { Cause } from "../../StreamNotice.js"
import type { Frame } from "../decoder/frame.js"

/**
 * Receives what a connection brings, synchronously and in the order of arrival.
 */
export interface Receiver {
  /** A frame that may be an event. */
  readonly onFrame: (frame: Frame) => void
  /** Any other sign of life that the server sent unasked. */
  readonly onSignOfLife: () => void
  /** The answer to a probe. */
  readonly onProbeAnswer: (id: number) => void
  /** Nothing will arrive any more: for this cause, or because of an error that no new connection can fix. */
  readonly onLost: (reason: Exit.Exit<Cause, BinanceError>) => void
}

/** The same without the frames of events. */
export type Signals = Omit<Receiver, "onFrame">
