import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import type * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as ScheduleIntervals from "effect/ScheduleIntervals"
import type { BinanceError } from "../BinanceError.js"
import type { Timer, Timers } from "./timers.js"

/** What is kept alive. */
export interface Subject {
  /** When to renew it, counted from the start. */
  readonly schedule: Schedule.Schedule<unknown>
  /** One attempt, with its retries. Its failure is the end. */
  readonly renew: Effect.Effect<void, BinanceError>
  /** How much is left until it expires, in ms. */
  readonly remaining: () => number
  /** What its expiry is put down to. */
  readonly reason: () => BinanceError
  readonly onEnd: (exit: Exit.Exit<never, BinanceError>) => void
}

/**
 * Renews a credential whenever a schedule says so, until that fails. A schedule that ends leaves the credential to its
 * expiry.
 *
 * `Effect.schedule` would do, but for the fiber that it keeps asleep between two attempts.
 */
export class Keepalive {
  private state: unknown
  private timer: Timer | undefined
  private fiber: Fiber.RuntimeFiber<void> | undefined
  private hasEnded = false

  constructor(
    private readonly subject: Subject,
    private readonly timers: Timers,
    /** In which attempts run: uninterruptible, so that each of them is heard of. */
    private readonly runtime: Runtime.Runtime<never>
  ) {
    this.state = subject.schedule.initial
  }

  get start(): Effect.Effect<void> {
    return Effect.map(this.next, (wait) => wait())
  }

  /** Nothing is told of an end that is asked for. */
  get stop(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.hasEnded = true
      this.timer?.cancel()
      return this.fiber === undefined ? Effect.void : Fiber.interrupt(this.fiber)
    })
  }

  /** Asks the schedule when the next attempt is due; the answer begins to wait for it. */
  private get next(): Effect.Effect<() => void> {
    return Effect.gen(this, function* () {
      const { schedule } = this.subject
      const now = yield* Clock.currentTimeMillis
      const [state, , decision] = yield* schedule.step(now, undefined, this.state)
      this.state = state
      if (ScheduleDecision.isContinue(decision)) {
        const delay = ScheduleIntervals.start(decision.intervals) - now
        return () => this.after(delay, () => this.attempt())
      }
      return () => this.after(this.subject.remaining(), () => this.end(Exit.fail(this.subject.reason())))
    })
  }

  private after(delay: number, action: () => void) {
    if (!this.hasEnded) {
      this.timer = this.timers.after(Math.max(0, delay), action)
    }
  }

  private attempt() {
    this.fiber = Runtime.runFork(
      this.runtime,
      Effect.matchCause(Effect.interruptible(Effect.zipRight(this.subject.renew, this.next)), {
        onFailure: (cause) => this.end(Exit.failCause(cause)),
        onSuccess: (wait) => {
          this.fiber = undefined
          wait()
        }
      }),
      // Not inside of the timer's turn.
      { immediate: false }
    )
  }

  private end(exit: Exit.Exit<never, BinanceError>) {
    if (!this.hasEnded) {
      this.hasEnded = true
      this.subject.onEnd(exit)
    }
  }
}
