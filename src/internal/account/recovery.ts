import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { BinanceError } from "../../BinanceError.js"
import * as Backoff from "../backoff.js"
import { ask } from "./ask.js"
import type { Fact } from "./fact.js"
import type { Question } from "./question.js"
import type { AccountReads } from "./reads/reads.js"
import * as Reconcile from "./reconcile.js"

/** With what an account recovers. */
export interface Recoveries {
  readonly reads: AccountReads
  /** When what does not fit is asked again. */
  readonly confirmAfter: ReadonlyArray<Duration.Duration>
}

/** So that recoveries leave room for what a program asks itself. */
const callsInFlight = 4

/** A key is refused while its list of addresses is being changed; for good if it is refused this long. */
const patience = Schedule.intersect(Schedule.spaced("20 seconds"), Schedule.recurs(6))

/**
 * Asks REST round by round until the sums agree; after the last round what is missing is inferred. `buffered` is what the
 * stream has brought meanwhile.
 */
export const recover = (
  { confirmAfter, reads }: Recoveries,
  start: Reconcile.Start,
  buffered: () => ReadonlyArray<ReadonlyArray<Fact>>
): Effect.Effect<Reconcile.Settled, BinanceError> =>
  Effect.gen(function* () {
    const askOne = (question: Question) =>
      ask(reads, question).pipe(
        Effect.retry({ schedule: Backoff.upTo("60 seconds"), while: (error) => error.isRetryable }),
        Effect.retry({ schedule: patience, while: (error) => error._tag === "Unauthorized" })
      )
    let recovery = Reconcile.begin(start)
    for (let round = 0; ; round++) {
      yield* Effect.sleep(confirmAfter[round] ?? Duration.zero)
      for (;;) {
        const questions = Reconcile.questions(recovery, buffered())
        if (questions.length === 0) {
          break
        }
        const answers = yield* Effect.forEach(questions, askOne, { concurrency: callsInFlight })
        recovery = answers.reduce(Reconcile.answer, recovery)
      }
      const isAgreed = Reconcile.verdict(recovery, buffered()) === "Agreed"
      const isLast = round + 1 >= confirmAfter.length
      if (isAgreed || isLast) {
        return Reconcile.settle(recovery, buffered(), { isLast: !isAgreed, now: yield* reads.now })
      }
      recovery = Reconcile.again(recovery)
    }
  })
