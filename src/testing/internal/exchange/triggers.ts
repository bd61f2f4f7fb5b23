/**
 * What follows triggers of conditional orders: at once, or when it is released.
 */
export class Triggers {
  /** How late the updates of conditional orders come, in ms. */
  updateDelay = 0

  private held: Array<() => void> | undefined

  run(action: () => void) {
    if (this.held === undefined) {
      action()
    } else {
      this.held.push(action)
    }
  }

  /** Conditional orders that trigger become no order until they are released. */
  hold() {
    this.held ??= []
  }

  release() {
    const held = this.held ?? []
    this.held = undefined
    held.forEach((action) => action())
  }
}
