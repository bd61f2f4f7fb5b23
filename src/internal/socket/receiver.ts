import type * as Exit from "effect/Exit"
import type { BinanceError } from "../../BinanceError.js"
import type { Cause } from "../../StreamNotice.js"

/**
 * Receives the frames and signals of a connection, synchronously and in order.
 */
export interface Receiver {
  /** A frame that may be an event. */
  readonly onFrame: (text: string) => void
  /** Anything else that the server sends of its own accord, such as a ping. */
  readonly onSignOfLife: () => void
  /** The answer to a probe. */
  readonly onProbeAnswer: (id: number) => void
  /** Nothing more will arrive: for this cause, or because of an error that no new connection can fix. */
  readonly onLost: (reason: Exit.Exit<Cause, BinanceError>) => void
}

/** The same without the frames of events. */
export type Signals = Omit<Receiver, "onFrame">
