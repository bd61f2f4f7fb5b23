import type * as Exit from "effect/Exit"
import type { BinanceError } from "../../BinanceError.js"
import type { Cause } from "../../StreamNotice.js"
import type { Frame } from "../decoder/frame.js"

/**
 * What a connection tells whoever receives from it, synchronously and in the order of arrival.
 */
export interface Receiver {
  /** A frame that may be an event. */
  readonly onFrame: (frame: Frame) => void
  /** Any other sign of life, which the server sent of its own accord. */
  readonly onSignOfLife: () => void
  /** The answer to a probe. */
  readonly onProbeAnswer: (id: number) => void
  /** Nothing will arrive any more: for this cause, or for an error that no new connection can mend. */
  readonly onLost: (reason: Exit.Exit<Cause, BinanceError>) => void
}

/** The same without the frames of events. */
export type Signals = Omit<Receiver, "onFrame">
