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
  /** Whole milliseconds: a test clock has fractions after a jittered delay, and Binance sends none. */
  readonly now: () => number
  /** In ms; goes on when the machine's time is set. */
  readonly elapsed: () => number
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
    private readonly onCancelled: () => void
  ) {}

  cancel() {
    if (this.take() !== undefined) {
      this.onCancelled()
    }
  }

  /** The action, once. */
  take(): (() => void) | undefined {
    const { action } = this
    this.action = undefined
    return action
  }
}

/** One sleeping fiber for all timers: thousands of sockets would otherwise be thousands of fibers. */
class Alarm {
  private sleeper: { readonly at: number; readonly interrupt: () => void } | undefined

  constructor(
    private readonly clock: Clock.Clock,
    private readonly ring: () => void
  ) {}

  elapsed(): number {
    return Number(this.clock.unsafeCurrentTimeNanos()) / 1_000_000
  }

  /** Rings at that time, or when it was to ring before. */
  set(at: number) {
    if (this.sleeper !== undefined && this.sleeper.at <= at) {
      return
    }
    this.clear()
    const wait = Math.ceil(at - this.elapsed())
    // A clock may be done with a sleep of no time at once, and no action may run before its timer is handed out.
    const sleep = wait > 0 ? this.clock.sleep(Duration.millis(wait)) : Effect.yieldNow()
    const rung = Effect.sync(() => {
      this.sleeper = undefined
      this.ring()
    })
    const fiber = Effect.runFork(Effect.zipRight(sleep, rung))
    this.sleeper = { at, interrupt: () => fiber.unsafeInterruptAsFork(FiberId.none) }
  }

  clear() {
    this.sleeper?.interrupt()
    this.sleeper = undefined
  }
}

class ClockTimers implements Timers {
  private readonly heap: Array<Entry> = []
  private readonly alarm: Alarm
  private order = 0
  private waiting = 0
  private isClosed = false

  constructor(private readonly clock: Clock.Clock) {
    this.alarm = new Alarm(clock, () => this.runDue())
  }

  now(): number {
    return Math.floor(this.clock.unsafeCurrentTimeMillis())
  }

  elapsed(): number {
    return this.alarm.elapsed()
  }

  after(millis: number, action: () => void): Timer {
    const at = this.alarm.elapsed() + millis
    const entry = new Entry(at, this.order++, this.isClosed ? undefined : action, () => this.onCancelled())
    if (!this.isClosed) {
      this.waiting++
      Heap.push(this.heap, entry)
      this.arm()
    }
    return entry
  }

  close() {
    this.isClosed = true
    this.clear()
  }

  private runDue() {
    for (let next = this.next(); next !== undefined && next.at <= this.alarm.elapsed(); next = this.next()) {
      Heap.pop(this.heap)
      this.waiting--
      next.take()?.()
    }
    this.arm()
  }

  private arm() {
    const next = this.next()
    if (next !== undefined) {
      this.alarm.set(next.at)
    }
  }

  /** The first that is not cancelled. */
  private next(): Entry | undefined {
    while (this.heap.length > 0 && this.heap[0]!.action === undefined) {
      Heap.pop(this.heap)
    }
    return this.heap[0]
  }

  private onCancelled() {
    this.waiting--
    if (this.waiting === 0) {
      this.clear()
    }
  }

  private clear() {
    this.heap.length = 0
    this.waiting = 0
    this.alarm.clear()
  }
}

export const make = (clock: Clock.Clock): Timers => new ClockTimers(clock)
