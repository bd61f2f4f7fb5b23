import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import type { BinanceError } from "../../../BinanceError.js"
import * as Backoff from "../../backoff.js"
import type { Fact } from "../book/fact.js"
import type { AccountReads } from "../reads/reads.js"
import * as Reconcile from "../reconcile/reconcile.js"
import { ask } from "./ask.js"
import type { Settings } from "./settings.js"

/** That something is gone takes two answers that lack it. */
const leastRounds = 2

/** So that recoveries leave room for what a program asks itself. */
const callsInFlight = 4

/** A key is refused while its list of addresses is being changed; for good if it is refused this long. */
const patience = Schedule.intersect(Schedule.spaced("20 seconds"), Schedule.recurs(6))

export interface Options extends Pick<Settings, "confirmAfter"> {
  /** How a recovery begins, by how many ms Binance's clock is ahead of the local one. */
  readonly startAt: (offset: number) => Reconcile.Start
  /** What the stream has brought meanwhile. */
  readonly buffered: () => ReadonlyArray<ReadonlyArray<Fact>>
  /** Whether it fails with the first error that may pass. */
  readonly canWait: boolean
  /** Whether the key has never been accepted: then it is wrong if it is refused. */
  readonly isFirst: boolean
  /** Called with each error, before REST is asked again. */
  readonly onFailure: (error: BinanceError) => Effect.Effect<void>
}

/** By how many ms Binance's clock is ahead, as far as it is known. */
const offsetOf = ({ now }: AccountReads) =>
  Effect.zipWith(now, Clock.currentTimeMillis, (server, local) => server - local)

/** Less than the overlap of spans of time, in ms. */
const tolerance = 1_000

/** A refused call may show that the clocks differ: then all times change. */
const correctClock = (reads: AccountReads, recovery: Ref.Ref<Reconcile.Recovery>, { startAt }: Options) =>
  Effect.flatMap(offsetOf(reads), (offset) =>
    Ref.update(recovery, (known) => {
      const start = startAt(offset)
      return Math.abs(start.now - known.start.now) > tolerance ? { ...known, start } : known
    })
  )

/**
 * Puts the open questions to REST while no other account asks, and tells how many there were. Answers are kept when a
 * question fails; the turn is not: others ask while this one waits to try again.
 */
const askOpen = (reads: AccountReads, recovery: Ref.Ref<Reconcile.Recovery>, options: Options) =>
  Effect.gen(function* () {
    yield* correctClock(reads, recovery, options)
    const questions = Reconcile.questions(yield* Ref.get(recovery), options.buffered())
    yield* Effect.forEach(
      questions,
      (question) =>
        Effect.flatMap(ask(reads, question), (answered) =>
          Ref.update(recovery, (known) => Reconcile.answer(known, answered))
        ),
      { concurrency: callsInFlight, discard: true }
    )
    return questions.length
  }).pipe(
    reads.inTurn,
    Effect.tapError(options.onFailure),
    Effect.retry({ schedule: Backoff.upTo("60 seconds"), while: (error) => error.isRetryable && !options.canWait }),
    Effect.retry({ schedule: patience, while: (error) => error._tag === "Unauthorized" && !options.isFirst })
  )

/** Asks REST round by round until the sums agree; after the last round what is missing is inferred. */
export const askInRounds = (reads: AccountReads, options: Options): Effect.Effect<Reconcile.Settled, BinanceError> =>
  Effect.gen(function* () {
    const { buffered, confirmAfter, startAt } = options
    const recovery = yield* Ref.make(Reconcile.begin(startAt(yield* offsetOf(reads))))
    const rounds = Math.max(leastRounds, confirmAfter.length)
    for (let round = 0; ; round++) {
      yield* Effect.sleep(confirmAfter[round] ?? Duration.zero)
      yield* Effect.repeat(askOpen(reads, recovery, options), { until: (asked) => asked === 0 })
      const known = yield* Ref.get(recovery)
      if (Reconcile.verdict(known, buffered()) === "Agreed" || round + 1 >= rounds) {
        return Reconcile.settle(known, buffered(), yield* reads.now)
      }
      yield* Ref.set(recovery, Reconcile.again(known))
    }
  })
