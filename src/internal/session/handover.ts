import { Duplicates, identityOf } from "./duplicates.js"
import { flightTime } from "./proof.js"

export interface Held {
  readonly identity: string
  readonly text: string
  /** Whether another connection has delivered the same. */
  isKnown: boolean
}

/** An event about a connection concerns that connection, even if another one has brought the same event. */
const isAboutConnection = /"(?:listenKeyExpired|eventStreamTerminated|serverShutdown)"/

/**
 * Holds the events of a new connection until it delivers, and drops those that the old connection has delivered
 * meanwhile: an event that comes over both is delivered once.
 */
export class Handover {
  /** How many events came over both connections. */
  duplicates = 0
  /** Whether the new connection has brought anything. */
  hasReceived = false
  /** Since when the old connection has delivered events that the new one should have brought as well. */
  aheadSince: number | undefined

  private readonly ahead: Duplicates
  private readonly held = new Set<Held>()
  /** Those that no other connection has delivered. */
  private readonly unknown = new Map<string, Array<Held>>()
  private bytes = 0

  constructor(private readonly capacity: { readonly elements: number; readonly bytes: number }) {
    this.ahead = new Duplicates(capacity.elements)
  }

  /** The share of the capacity that is in use. */
  get fullness(): number {
    return Math.max(this.held.size / this.capacity.elements, this.bytes / this.capacity.bytes)
  }

  /** The old connection has delivered an event at `at`; the new one brings all events since `liveAt`. */
  delivered(text: string, at: number, liveAt: number) {
    const identity = identityOf(text)
    const held = this.takeUnknown(identity)
    if (held === undefined) {
      this.ahead.add(identity)
      if (liveAt > 0 && at > liveAt + flightTime) {
        this.aheadSince ??= at
      }
      return
    }
    this.duplicates++
    held.isKnown = true
    if (!isAboutConnection.test(held.text)) {
      this.held.delete(held)
      this.bytes -= held.text.length
    }
  }

  /** The new connection has brought an event. */
  receive(text: string) {
    this.hasReceived = true
    const identity = identityOf(text)
    const isKnown = this.ahead.take(identity)
    if (isKnown) {
      this.duplicates++
    }
    if (!isKnown || isAboutConnection.test(text)) {
      this.hold({ identity, text, isKnown })
    }
  }

  /** Whether the old connection has already delivered an event that the new one brings now. */
  isLate(text: string): boolean {
    return this.ahead.take(identityOf(text))
  }

  /** Removes and returns all held events. */
  take(): ReadonlyArray<Held> {
    const held = Array.from(this.held)
    this.held.clear()
    this.unknown.clear()
    this.bytes = 0
    return held
  }

  private hold(held: Held) {
    this.held.add(held)
    this.bytes += held.text.length
    if (held.isKnown) {
      return
    }
    const same = this.unknown.get(held.identity)
    if (same === undefined) {
      this.unknown.set(held.identity, [held])
    } else {
      same.push(held)
    }
  }

  private takeUnknown(identity: string): Held | undefined {
    const same = this.unknown.get(identity)
    if (same?.length === 1) {
      this.unknown.delete(identity)
    }
    return same?.shift()
  }
}

/** Whether an event is about its connection. */
export const isControl = (text: string): boolean => isAboutConnection.test(text)

/** Whether no event follows this one on its connection. */
export const isLast = (text: string): boolean => /"(?:listenKeyExpired|eventStreamTerminated)"/.test(text)
