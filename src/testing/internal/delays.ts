import type { Timers } from "./timers.js"
import type { Wire } from "./wire.js"

/**
 * What faults keep back on one socket: frames that are sent later, and a wire that is held.
 */
export class Delays {
  private readonly held: Array<string> = []
  private heldUntil = 0
  private stalls = 0

  constructor(
    private readonly timers: Timers,
    private readonly wire: Wire,
    private readonly send: (frame: string) => void
  ) {}

  /** No frame passes one that was sent before it. */
  transmit(frame: string, delay: number) {
    if (delay === 0 && this.held.length === 0) {
      this.send(frame)
      return
    }
    this.heldUntil = Math.max(this.heldUntil, this.timers.now() + delay)
    this.held.push(frame)
    this.timers.after(this.heldUntil - this.timers.now(), () => {
      const next = this.held.shift()
      if (next !== undefined) {
        this.send(next)
      }
    })
  }

  /** Of stalls that overlap, the one that ends last counts. */
  stall(millis: number) {
    this.stalls++
    this.wire.hold()
    this.timers.after(millis, () => {
      this.stalls--
      if (this.stalls === 0) {
        this.wire.release()
      }
    })
  }

  drop() {
    this.held.length = 0
  }
}
