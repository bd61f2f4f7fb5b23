import * as Effect from "effect/Effect"

interface Probe {
  readonly id: number
  readonly sentAt: number
}

/** One sequence for all connections: several may share a socket. */
let lastId = 0

/** The probes of one connection, and which of them the peer has answered. */
export class Probes {
  hasBeenAnswered = false
  lastSentAt = 0

  private sent: ReadonlyArray<Probe> = []
  private answered = 0
  private waiting: ReadonlyArray<{ readonly id: number; readonly resume: () => void }> = []

  next(now: number): number {
    this.lastSentAt = now
    this.sent = this.sent.concat({ id: ++lastId, sentAt: now })
    return lastId
  }

  /**
   * Takes an answer. It answers all earlier probes as well. Returns when the last of them was sent; `undefined` if all
   * were answered before, or if nobody has sent this probe: a peer may send pongs of its own.
   */
  answer(id: number): number | undefined {
    if (!(id > 0 && id <= lastId)) {
      return undefined
    }
    this.hasBeenAnswered = true
    this.answered = Math.max(this.answered, id)
    const sentAt = this.sent.findLast((probe) => probe.id <= id)?.sentAt
    this.sent = this.sent.filter((probe) => probe.id > id)
    const ready = this.waiting.filter((waiter) => waiter.id <= id)
    this.waiting = this.waiting.filter((waiter) => waiter.id > id)
    for (const { resume } of ready) {
      resume()
    }
    return sentAt
  }

  hasAnswered(id: number): boolean {
    return this.answered >= id
  }

  /** Completes when a probe has been answered. */
  answerTo(id: number): Effect.Effect<void> {
    return Effect.async((resume) => {
      if (this.hasAnswered(id)) {
        return resume(Effect.void)
      }
      const waiter = { id, resume: () => resume(Effect.void) }
      this.waiting = this.waiting.concat(waiter)
      return Effect.sync(() => {
        this.waiting = this.waiting.filter((other) => other !== waiter)
      })
    })
  }
}
