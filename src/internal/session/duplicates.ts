/** The same event has the same text on two connections, except for the envelope. */
export const identityOf = (text: string): string =>
  text.replace(/^\s*\{\s*(?:"subscriptionId"\s*:\s*\d+|"stream"\s*:\s*"[^"]*")\s*,\s*/, "{")

/** The latest events of one connection, to recognise them on another one. */
export class Duplicates {
  private readonly counts = new Map<string, number>()
  private readonly order: Array<string> = []
  private start = 0

  constructor(private readonly capacity: number) {}

  add(identity: string): void {
    this.counts.set(identity, (this.counts.get(identity) ?? 0) + 1)
    this.order.push(identity)
    if (this.order.length - this.start > this.capacity) {
      this.take(this.order[this.start++]!)
    }
    if (this.start > this.capacity) {
      this.order.splice(0, this.start)
      this.start = 0
    }
  }

  /** Whether the event has come before; each earlier arrival counts once. */
  take(identity: string): boolean {
    const count = this.counts.get(identity)
    if (count === undefined) {
      return false
    }
    if (count === 1) {
      this.counts.delete(identity)
    } else {
      this.counts.set(identity, count - 1)
    }
    return true
  }
}
