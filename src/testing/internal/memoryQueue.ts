/**
 * Actions that run in order, in a microtask. A paused socket may collect a great many, so that nothing is moved when one
 * is taken.
 */
export class MemoryQueue {
  private actions: Array<() => void> = []
  private next = 0
  private isScheduled = false

  constructor(private readonly isBlocked: () => boolean) {}

  push(action: () => void) {
    this.actions.push(action)
    this.run()
  }

  /** To be called when it is blocked no more. */
  run() {
    if (this.isScheduled) {
      return
    }
    this.isScheduled = true
    queueMicrotask(() => {
      this.isScheduled = false
      while (!this.isBlocked() && this.runNext()) {}
    })
  }

  clear() {
    this.actions = []
    this.next = 0
  }

  private runNext(): boolean {
    const action = this.actions[this.next]
    if (action === undefined) {
      this.clear()
      return false
    }
    this.next++
    action()
    return true
  }
}
