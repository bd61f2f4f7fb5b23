import type { Handler } from "./model.js"

interface Unclaimed {
  /** `undefined` for a frame that is about all subscriptions. */
  readonly subscriptionId: number | undefined
  readonly text: string
}

/** The handlers of the subscriptions, and the events that arrive before a subscription is confirmed. */
export class Subscriptions {
  private readonly handlers = new Map<number, Handler>()
  private pending = 0
  private unclaimed: Array<Unclaimed> = []
  /** Subscriptions with an event that did not fit into `unclaimed`. */
  private readonly overflowed = new Set<number | undefined>()

  constructor(private readonly capacity: number) {}

  /** The newest subscription of a handler. */
  newestOf(handler: Handler): number | undefined {
    return Array.from(this.handlers).findLast(([, other]) => other === handler)?.[0]
  }

  has(subscriptionId: number): boolean {
    return this.handlers.has(subscriptionId)
  }

  /** A request to subscribe is in flight. */
  begin() {
    this.pending++
  }

  /** The request was answered or cancelled. */
  end() {
    this.pending--
    if (this.pending === 0) {
      // No request can claim these events any more.
      this.unclaimed =
        this.handlers.size === 0 ? this.unclaimed.filter((frame) => frame.subscriptionId === undefined) : []
      this.overflowed.clear()
    }
  }

  /** Sets the handler of a subscription. Returns whether it got every event since the subscription began. */
  claim(subscriptionId: number, handler: Handler): boolean {
    const isKnown = Array.from(this.handlers.values()).includes(handler)
    // Deleted first, so that the newest is the last.
    this.handlers.delete(subscriptionId)
    this.handlers.set(subscriptionId, handler)
    const frames = this.unclaimed
    this.unclaimed = frames.filter((frame) => frame.subscriptionId !== subscriptionId)
    for (const frame of frames) {
      if (frame.subscriptionId === subscriptionId || (frame.subscriptionId === undefined && !isKnown)) {
        handler(frame.text)
      }
    }
    return !this.overflowed.has(subscriptionId)
  }

  /** Forgets the handler of one subscription, or of all. */
  remove(subscriptionId: number | undefined) {
    if (subscriptionId === undefined) {
      this.handlers.clear()
    } else {
      this.handlers.delete(subscriptionId)
    }
  }

  /** Delivers an event to the handler of its subscription; without an id, to every handler. */
  deliver(subscriptionId: number | undefined, text: string) {
    if (subscriptionId === undefined) {
      return this.deliverToAll(text)
    }
    const handler = this.handlers.get(subscriptionId)
    if (handler !== undefined) {
      handler(text)
    } else if (this.pending > 0) {
      this.keep({ subscriptionId, text })
    }
  }

  clear() {
    this.unclaimed = []
  }

  private deliverToAll(text: string) {
    for (const handler of new Set(this.handlers.values())) {
      handler(text)
    }
    if (this.pending > 0 || this.handlers.size === 0) {
      this.keep({ subscriptionId: undefined, text })
    }
  }

  private keep(frame: Unclaimed) {
    if (this.unclaimed.length < this.capacity) {
      this.unclaimed.push(frame)
    } else {
      this.overflowed.add(frame.subscriptionId)
    }
  }
}
