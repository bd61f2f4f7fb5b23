import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Heap from "./heap.js"

export interface Timer {
  readonly cancel: () => void
}

/**
 * Callbacks on Effect's clock, run in the order of their times and, at the same time, of their making.
 */
export interface Timers {
  readonly now: () => number
  /** The action must not throw. */
  readonly after: (millis: number, action: () => void) => Timer
  /** Cancels all timers, and those that are asked for later. */
  readonly close: () => void
}

class Entry implements Timer {
  constructor(
    readonly at: number,
    readonly order: number,
    public action: (() => void) | undefined,
    private readonly owner: { readonly cancel: (entry: Entry) => void }
  ) {}

  cancel() {
    this.owner.cancel(this)
  }
}

export const make = (clock: Clock.Clock): Timers => {
  const heap: Array<Entry> = []
  let order = 0
  let waiting = 0
  let isClosed = false
  let wakeUp: { readonly at: number; readonly interrupt: () => void } | undefined

  const now = () => clock.unsafeCurrentTimeMillis()
  // Goes on when the machine's time is set.
  const elapsed = () => Number(clock.unsafeCurrentTimeNanos()) / 1_000_000

  const dropCancelled = () => {
    while (heap.length > 0 && heap[0]!.action === undefined) {
      Heap.pop(heap)
    }
  }

  const sleepNoMore = () => {
    wakeUp?.interrupt()
    wakeUp = undefined
  }

  const clear = () => {
    heap.length = 0
    waiting = 0
    sleepNoMore()
  }

  const take = (entry: Entry): (() => void) | undefined => {
    const { action } = entry
    if (action !== undefined) {
      entry.action = undefined
      waiting--
    }
    return action
  }

  const runDue = () => {
    wakeUp = undefined
    for (;;) {
      dropCancelled()
      const next = heap[0]
      if (next === undefined || next.at > elapsed()) {
        break
      }
      Heap.pop(heap)
      take(next)?.()
    }
    arm()
  }

  // One sleeping fiber for all timers: thousands of sockets would otherwise be thousands of fibers.
  const arm = () => {
    dropCancelled()
    const next = heap[0]
    if (next === undefined || (wakeUp !== undefined && wakeUp.at <= next.at)) {
      return
    }
    sleepNoMore()
    const wait = Math.ceil(next.at - elapsed())
    // A clock may be done with a sleep of no time at once, and no action may run before its timer is handed out.
    const sleep = wait > 0 ? clock.sleep(Duration.millis(wait)) : Effect.yieldNow()
    const fiber = Effect.runFork(Effect.zipRight(sleep, Effect.sync(runDue)))
    wakeUp = { at: next.at, interrupt: () => fiber.unsafeInterruptAsFork(FiberId.none) }
  }

  const owner = {
    cancel: (entry: Entry) => {
      if (take(entry) !== undefined && waiting === 0) {
        clear()
      }
    }
  }

  return {
    now,
    after: (millis, action) => {
      const entry = new Entry(elapsed() + millis, order++, action, owner)
      if (isClosed) {
        entry.action = undefined
      } else {
        waiting++
        Heap.push(heap, entry)
        arm()
      }
      return entry
    },
    close: () => {
      isClosed = true
      clear()
    }
  }
}

const shared = new WeakMap<Clock.Clock, Timers>()

/** The timers of all sessions that live by the same clock. */
export const of = (clock: Clock.Clock): Timers => {
  const known = shared.get(clock)
  if (known !== undefined) {
    return known
  }
  const timers = make(clock)
  shared.set(clock, timers)
  return timers
}
