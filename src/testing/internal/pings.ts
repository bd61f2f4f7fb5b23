import type { Cadence } from "./settings.js"
import type { Timer } from "./timers.js"
import type { World } from "./world.js"

const decoder = new TextDecoder()

/**
 * The pings of the server on one socket, and the pongs that it waits for.
 */
export class Pings {
  private pingTimer: Timer | undefined
  private pongTimer: Timer | undefined
  private readonly unanswered: Array<{ readonly payload: string; readonly at: number }> = []

  constructor(
    private readonly world: World,
    private readonly cadence: Cadence,
    private readonly send: (payload: string) => void,
    private readonly onTimeout: () => void
  ) {
    this.arm()
  }

  /** A pong answers the pings before it as well. */
  onPong(payload: Uint8Array) {
    const text = decoder.decode(payload)
    const index = this.unanswered.findIndex((ping) => ping.payload === text)
    if (index >= 0) {
      this.unanswered.splice(0, index + 1)
    }
  }

  stop() {
    this.pingTimer?.cancel()
    this.pongTimer?.cancel()
  }

  private arm() {
    const { journal, timers } = this.world
    this.pingTimer = timers.after(this.cadence.pingInterval, () => {
      const payload = String(this.world.serverTime())
      this.unanswered.push({ payload, at: timers.elapsed() })
      this.pongTimer ??= timers.after(this.cadence.pongTimeout, () => this.check())
      journal.pingsSent++
      this.send(payload)
      this.arm()
    })
  }

  private check() {
    this.pongTimer = undefined
    const oldest = this.unanswered[0]
    if (oldest === undefined) {
      return
    }
    const left = oldest.at + this.cadence.pongTimeout - this.world.timers.elapsed()
    if (left <= 0) {
      this.onTimeout()
    } else {
      this.pongTimer = this.world.timers.after(left, () => this.check())
    }
  }
}
