import type { Venue } from "./venue.js"

/**
 * Something that is told again and again, until it says that it is over.
 */
export class Pulse {
  private isRunning = false

  constructor(
    private readonly clock: Pick<Venue, "at" | "now">,
    /** ms */
    private readonly period: number,
    /** Tells it, and whether it goes on. */
    private readonly beat: () => boolean
  ) {}

  /** The first time is a period from now, unless it runs already. */
  start() {
    if (!this.isRunning) {
      this.isRunning = true
      this.next()
    }
  }

  private next() {
    const { at, now } = this.clock
    at(now() + this.period, () => {
      this.isRunning = this.beat()
      if (this.isRunning) {
        this.next()
      }
    })
  }
}
