/**
 * How many frames came on one socket in the last second.
 */
export class FrameRate {
  private readonly recent: Array<number> = []

  constructor(private readonly now: () => number) {}

  /** Counts one more. */
  count(): number {
    const now = this.now()
    this.recent.push(now)
    while (this.recent[0]! <= now - 1000) {
      this.recent.shift()
    }
    return this.recent.length
  }
}
