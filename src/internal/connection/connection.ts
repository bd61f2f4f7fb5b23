import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { BinanceError } from "../../BinanceError.js"
import type { Receiver } from "../socket/receiver.js"

/**
 * One socket that delivers frames, and the credential it was opened with. Events may arrive before it is returned, but
 * never after its scope has closed.
 */
export interface Connection {
  /** When the socket was opened, in epoch ms. */
  readonly openedAt: number
  /** Sends a probe. The receiver gets the answer, with the same id. */
  readonly probe: (id: number) => void
  /** Whether the server's pings are visible: then silence counts even before a probe was answered. */
  readonly showsPings: boolean
  /** Pauses and resumes reading; `undefined` if others share the socket or it cannot be paused. */
  readonly flow: { readonly pause: () => void; readonly resume: () => void } | undefined
  /** For connections that share a socket: how many share it, and whether this one logs for all of them. */
  readonly shared?: { readonly count: () => number; readonly isLogger: () => boolean } | undefined
  readonly credential: {
    /** Epoch ms; `undefined` if it does not expire. */
    readonly expiresAt: () => number | undefined
    /** When it was last known to be valid, in epoch ms; `undefined` if its end is always announced. */
    readonly provenAt: () => number | undefined
    /** Connections with the same identity deliver the same events. A secret: never rendered. */
    readonly identity: string
  }
}

/** Opens a connection with a fresh credential, until the scope closes. */
export type Open = (receiver: Receiver) => Effect.Effect<Connection, BinanceError, Scope.Scope>
