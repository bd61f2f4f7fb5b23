/** By how much an event that is still in flight may be older than a frame that has arrived, in ms. */
export const flightTime = 1000

/** The wall clock and the monotonic clock at one moment, in ms. */
export interface Reading {
  readonly now: number
  readonly elapsed: number
}

/** By how much the local clock was set back, in ms. */
export const setBackBetween = (before: Reading, after: Reading): number =>
  Math.max(0, before.now + after.elapsed - before.elapsed - after.now)

/** The two clocks do not run at exactly the same rate. In ms. */
const tolerance = 10

/**
 * How far the server's clock is ahead of the local one: an event cannot be read before it happened. All connections of a
 * session share it, because the first event of a connection may be read late.
 */
export class ServerClock {
  private current: number | undefined
  private previous = 0
  private compared: Reading | undefined

  /** Converts a time of the server to the local clock: never later than `readAt`, when it was read. */
  toLocal(time: number, readAt: number): number {
    this.current = Math.max(this.current ?? 0, time - readAt)
    return time - Math.max(this.current, this.previous)
  }

  /** If the local clock was set back since the last call, the server's is ahead by that much more. */
  compare(reading: Reading) {
    const by = this.compared === undefined ? 0 : setBackBetween(this.compared, reading)
    this.compared = reading
    if (by > tolerance) {
      this.previous = Math.max(this.current ?? 0, this.previous) + by
      this.current = undefined
    }
  }

  /** Forgets all but the last connection: a clock may have been set. */
  nextConnection() {
    this.previous = this.current ?? this.previous
    this.current = undefined
  }
}

/** What arrives on a connection, in order. Times are epoch ms on the local clock. */
export type Signal =
  /** From now on everything arrives. */
  | { readonly _tag: "Live"; readonly at: number }
  /** An event that happened at `at`. */
  | { readonly _tag: "Event"; readonly at: number }
  /** A frame about the connection that was sent at `at`. */
  | { readonly _tag: "Control"; readonly at: number }
  /** The answer to a probe that was sent at `sentAt`. */
  | { readonly _tag: "Answer"; readonly sentAt: number }
  /** A ping of the server, read at `at`: it does not carry the time when it was sent. */
  | { readonly _tag: "Ping"; readonly at: number }
  /** Reading was held up: frames may have waited until now. */
  | { readonly _tag: "Late" }
  /** The local clock was set back by this many ms. */
  | { readonly _tag: "ClockSetBack"; readonly by: number }
  /** Nothing arrives any more: the socket was closed, the key expired, or the subscription was terminated. */
  | { readonly _tag: "End" }

/** Up to when everything is known to have arrived. */
export interface Proof {
  readonly until: number
  /** When the credential was last known to be good. */
  readonly credentialUsedAt: number
  readonly trustsPings: boolean
  readonly hasEnded: boolean
}

export const unproven: Proof = { until: 0, credentialUsedAt: 0, trustsPings: true, hasEnded: false }

/** Up to when a frame that was sent at this time proves that everything has arrived. */
const provenBy = (proof: Proof, sentAt: number): number => Math.max(proof.until, sentAt - flightTime)

/**
 * Extends the proof by a signal.
 *
 * A frame proves that everything the server sent before it has arrived. What counts is when it was sent: an answer not
 * before its probe, an event when it happened. The time of reading proves nothing, and so a close proves nothing. Nothing
 * is proven after the end: a pong then shows that the socket works, but not the subscription.
 */
export const step = (proof: Proof, signal: Signal): Proof => {
  if (proof.hasEnded) {
    return proof
  }
  switch (signal._tag) {
    case "Live":
      return { ...proof, until: signal.at }
    case "Event":
      // Without a spread, because it runs for every event.
      return {
        until: provenBy(proof, signal.at),
        credentialUsedAt: signal.at,
        trustsPings: proof.trustsPings,
        hasEnded: false
      }
    case "Control":
      return { ...proof, until: provenBy(proof, signal.at) }
    case "Answer":
      return { ...proof, until: provenBy(proof, signal.sentAt), trustsPings: false }
    case "Ping":
      return proof.trustsPings ? { ...proof, until: provenBy(proof, signal.at) } : proof
    case "Late":
      return { ...proof, trustsPings: false }
    case "ClockSetBack":
      return {
        ...proof,
        until: proof.until - signal.by,
        credentialUsedAt: proof.credentialUsedAt - signal.by
      }
    case "End":
      return { ...proof, hasEnded: true }
  }
}

/** What is known about the old connection when a new one replaces it. */
export interface Change {
  /** Whether it answered a probe that was sent once the new one was live, before it ended. */
  readonly isProven: boolean
  /** Whether both have the same credential, or credentials that do not replace each other. */
  readonly hasSameCredential: boolean
}

/** Whether nothing can be missing between the two. */
export const isComplete = ({ hasSameCredential, isProven }: Change): boolean => isProven && hasSameCredential
