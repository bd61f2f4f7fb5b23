/**
 * What a front end lets the server do to a socket.
 */
export interface Wire {
  readonly send: (text: string) => void
  readonly ping: (payload: string) => void
  readonly pong: (payload: Uint8Array) => void
  /** With a close frame. */
  readonly close: (code: number, reason: string) => void
  /** Without a close frame. */
  readonly terminate: () => void
  /** From now on whatever the peer sends is ignored, close frames included. */
  readonly freeze: () => void
  /** From now on whatever is sent waits, close frames and the end of the connection included. */
  readonly hold: () => void
  /** Delivers what waits, in order. */
  readonly release: () => void
}
