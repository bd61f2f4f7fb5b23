import type { Product } from "../../Environment.js"
import type * as Fault from "../Fault.js"

/**
 * A socket as counters and faults see it.
 */
export interface Peer {
  readonly id: number
  readonly path: string
  readonly openedAt: number
  /** Until either side has ended it. */
  readonly isOpen: boolean
  readonly isHalfOpen: boolean
  /** Whether events are not sent. */
  isStopped: boolean
  /** Whether frames of the client, but not its close, are ignored. */
  isIgnoring: boolean
  /** Listen keys on a stream socket, subscriptions on a WebSocket API. */
  readonly size: number
  readonly matches: (sockets: Fault.Sockets) => boolean
  readonly close: (code: number, reason?: string) => void
  readonly cut: () => void
  readonly halfOpen: () => void
  readonly stall: (millis: number) => void
  /** `serverShutdown`, in the envelope of the socket. */
  readonly announceShutdown: () => void
  readonly pushUnknown: (text: string) => void
  /** Ends subscriptions of a WebSocket API, and tells how many. */
  readonly terminateMatching: (sockets: Fault.Sockets) => number
  readonly terminateTokens: (account: string, symbol: string | undefined) => number
}

/** Carries streams, each named by a listen key. */
export interface StreamListener {
  readonly route: string
  readonly deliverStream: (name: string, event: string | undefined, text: string) => boolean
}

/** A subscription on a WebSocket API. */
export interface Subscriber {
  readonly product: Product
  readonly account: string
  readonly symbol: string | undefined
  readonly deliver: (text: string) => boolean
}
