import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { BinanceError } from "../../BinanceError.js"
import type { Receiver } from "../socket/receiver.js"

/**
 * One socket that delivers frames, with the credential that made it. Events may arrive before it is returned, never
 * after its scope has closed.
 */
export interface Connection {
  /** When the socket was opened, in epoch ms. */
  readonly openedAt: number
  /** Asks the peer for a sign of life, which is told to the receiver with the same id. */
  readonly probe: (id: number) => void
  /** Whether the server's pings are visible, so that silence means something even before a probe was answered. */
  readonly showsPings: boolean
  /** Pauses and resumes reading; `undefined` where others share the socket or it cannot be paused. */
  readonly flow: { readonly pause: () => void; readonly resume: () => void } | undefined
  /** For connections that share a socket: how many do, and whether this one logs for all of them. */
  readonly shared?: { readonly count: () => number; readonly speaks: () => boolean } | undefined
  readonly credential: {
    /** Epoch ms; `undefined` if it does not expire. */
    readonly expiresAt: () => number | undefined
    /** When it was last known to be good, in epoch ms; `undefined` if its end would be announced. */
    readonly provenAt: () => number | undefined
    /** Two connections with the same identity deliver the same events. Never rendered. */
    readonly identity: string
  }
}

/** Makes a connection with a fresh credential, which lasts as long as the scope. */
export type Open = (receiver: Receiver) => Effect.Effect<Connection, BinanceError, Scope.Scope>
