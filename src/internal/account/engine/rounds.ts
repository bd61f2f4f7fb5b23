import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import type { BinanceError } from "../../../BinanceError.js"
import * as Backoff from "../../backoff.js"
import { elapsed } from "../../clock.js"
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
  /** How a recovery begins, by when it does on Binance's clock. */
  readonly startAt: (now: number) => Reconcile.Start
  /** What the stream has brought meanwhile. */
  readonly buffered: () => ReadonlyArray<ReadonlyArray<Fact>>
  /** Whether it fails with the first error that may pass. */
  readonly canWait: boolean
  /** Whether the key has never been accepted: then it is wrong if it is refused. */
  readonly isFirst: boolean
  /** Called with each error, before REST is asked again. */
  readonly onFailure: (error: BinanceError) => Effect.Effect<void>
}

/** Less than the overlap of spans of time, in ms. */
const tolerance = 1_000

interface Progress {
  readonly recovery: Reconcile.Recovery
  /** When it began, on the clock that nobody sets. */
  readonly begunAt: number
  /** By how many ms Binance's clock is ahead, as far as it is known. */
  readonly offset: number
}

const clockOf = ({ now }: AccountReads) => Effect.all({ server: now, local: Clock.currentTimeMillis, at: elapsed })

const begin = (reads: AccountReads, { startAt }: Options) =>
  Effect.flatMap(clockOf(reads), ({ at, local, server }) =>
    Ref.make<Progress>({ recovery: Reconcile.begin(startAt(server)), begunAt: at, offset: server - local })
  )

/** A refused call may show that the clocks differ, or that the local one was set: then all times change. */
const correctClock = (reads: AccountReads, progress: Ref.Ref<Progress>, { startAt }: Options) =>
  Effect.flatMap(clockOf(reads), ({ at, local, server }) =>
    Ref.update(progress, (known) =>
      Math.abs(server - local - known.offset) > tolerance
        ? {
            ...known,
            offset: server - local,
            recovery: { ...known.recovery, start: startAt(server - (at - known.begunAt)) }
          }
        : known
    )
  )

const update = (progress: Ref.Ref<Progress>, f: (recovery: Reconcile.Recovery) => Reconcile.Recovery) =>
  Ref.update(progress, (known) => ({ ...known, recovery: f(known.recovery) }))

/**
 * Puts the open questions to REST while no other account asks, and tells how many there were. Answers are kept when a
 * question fails; the turn is not: others ask while this one waits to try again.
 */
const askOpen = (reads: AccountReads, progress: Ref.Ref<Progress>, options: Options) =>
  Effect.gen(function* () {
    yield* correctClock(reads, progress, options)
    const { recovery } = yield* Ref.get(progress)
    const questions = Reconcile.questions(recovery, options.buffered())
    yield* Effect.forEach(
      questions,
      (question) =>
        Effect.flatMap(ask(reads, question), (answered) =>
          update(progress, (known) => Reconcile.answer(known, answered))
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

/** What became of a recovery, and how it began by the clock as it was known at the end. */
export interface Ended {
  readonly settled: Reconcile.Settled
  readonly start: Reconcile.Start
}

/** Asks REST round by round until the sums agree; after the last round what is missing is inferred. */
export const askInRounds = (reads: AccountReads, options: Options): Effect.Effect<Ended, BinanceError> =>
  Effect.gen(function* () {
    const { buffered, confirmAfter } = options
    const progress = yield* begin(reads, options)
    const rounds = Math.max(leastRounds, confirmAfter.length)
    for (let round = 0; ; round++) {
      yield* Effect.sleep(confirmAfter[round] ?? Duration.zero)
      yield* Effect.repeat(askOpen(reads, progress, options), { until: (asked) => asked === 0 })
      const { recovery } = yield* Ref.get(progress)
      if (Reconcile.verdict(recovery, buffered()) === "Agreed" || round + 1 >= rounds) {
        return { settled: Reconcile.settle(recovery, buffered(), yield* reads.now), start: recovery.start }
      }
      yield* update(progress, Reconcile.again)
    }
  })
