import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { BinanceError } from "../../BinanceError.js"
import type { Cause } from "../../StreamNotice.js"
import { attributesOf, titleOf } from "../identity.js"
import * as Span from "../span.js"
import { describe } from "./causes.js"
import type { Started } from "./context.js"
import type { Link } from "./link.js"
import { flightTime, isComplete } from "./proof.js"
import { haveSameCredential, recover, takeOverFrom } from "./recovery.js"
import type { Settings } from "./settings.js"

/** What happened while a new connection was open beside the old one. */
export type Standing =
  /** The new one can take over. `isProven`: the old one has shown that it has delivered everything. */
  | { readonly _tag: "Stood"; readonly next: Link; readonly isProven: boolean }
  /** The old one was lost while the new one was open. */
  | { readonly _tag: "OldLost"; readonly next: Link; readonly isProven: boolean; readonly cause: Cause }
  /** The new one is open, but receives nothing. */
  | { readonly _tag: "Deaf"; readonly next: Link }
  | { readonly _tag: "NewLost"; readonly next: Link }

/** The same, for all attempts together. */
export type Outcome =
  | Extract<Standing, { readonly next: Link; readonly isProven: boolean }>
  /** The old one was lost, and there is no new one. */
  | { readonly _tag: "Alone"; readonly cause: Cause }

/** Asks for a sign of life; `None` if there is none in time. A paused connection cannot answer. */
const answered = (link: Link, patience: number): Effect.Effect<Option.Option<void>> =>
  Effect.timeoutOption(link.evidence.askForAnswer(), patience).pipe(
    Effect.repeat({ until: (answer) => Option.isSome(answer) || !link.isPaused })
  )

/**
 * Keeps a new connection open beside the old one. Whatever the old one sends from now on also comes over the new one; once
 * the old one has answered a probe that was sent after the new one was live, everything sent before has arrived too.
 */
const stand = (old: Link, next: Link, { overlap }: Settings): Effect.Effect<Standing, BinanceError> =>
  Effect.gen(function* () {
    const probe = old.evidence.probe()
    next.setPaused(old.isPaused)
    const patience = overlap * 2
    const both = Effect.all(
      [
        Effect.sleep(overlap),
        Effect.timeoutOption(old.evidence.probes.answerTo(probe), patience),
        answered(next, patience)
      ],
      { concurrency: "unbounded" }
    )
    const stood = Effect.gen(function* () {
      const [, , answer] = yield* both
      if (old.isPaused) {
        yield* old.evidence.askForAnswer()
      }
      const { aheadSince, hasReceived } = next.handover
      const isSilent = aheadSince !== undefined && aheadSince < (yield* Clock.currentTimeMillis) - flightTime
      // An opened socket proves nothing: it has to answer where the old one answers, and to bring what the old one brings.
      const isDeaf = (old.evidence.probes.hasAnswered(probe) && Option.isNone(answer)) || (!hasReceived && isSilent)
      return isDeaf ? ({ _tag: "Deaf", next } as const) : ({ _tag: "Stood", next } as const)
    })
    const ended = yield* Effect.raceFirst(
      Effect.raceFirst(stood, Effect.as(Deferred.await(next.crowded), { _tag: "Stood", next } as const)),
      Effect.raceFirst(
        Effect.map(Deferred.await(old.lost), (cause) => ({ _tag: "OldLost", next, cause }) as const),
        Effect.as(Effect.exit(Deferred.await(next.lost)), { _tag: "NewLost", next } as const)
      )
    )
    return { ...ended, isProven: old.evidence.probes.hasAnswered(probe) }
  })

/** One attempt to open a new connection, which ends when the old one is lost. `None` if it failed. */
const attempt = <Event>({ connecting, delivery, settings, source, tracker }: Started<Event>, old: Link) =>
  Effect.gen(function* () {
    const connect = Effect.asSome(connecting.once((link) => delivery.openBeside(link))).pipe(
      Effect.catchAll((error) =>
        Effect.logInfo(`Could not connect the stream of ${titleOf(source)}; trying again`, error.message).pipe(
          Effect.zipRight(tracker.report({ lastError: error })),
          Effect.as(Option.none<Link>())
        )
      )
    )
    const next = yield* Effect.raceFirst(
      Effect.map(connect, (link) => ({ _tag: "Connected", link }) as const),
      Effect.map(Deferred.await(old.lost), (cause) => ({ _tag: "Alone", cause }) as const)
    )
    return next._tag === "Alone" || Option.isNone(next.link) ? next : yield* stand(old, next.link.value, settings)
  })

/** Closes the connection beside the old one. */
const leaveBeside = <Event>({ connecting, delivery }: Started<Event>) =>
  Effect.suspend(() => {
    const { beside } = delivery
    delivery.openBeside(undefined)
    return beside === undefined ? Effect.void : connecting.leave(beside)
  })

/** Whether the listen key has ended, and every connection that was made with it. */
const isOfKey = (cause: Cause): boolean => cause._tag === "KeyExpired" || cause._tag === "KeyRejected"

/** Opens new connections beside the old one until one can take over, or the old one is lost. */
const prepare = <Event>(session: Started<Event>, old: Link): Effect.Effect<Outcome, BinanceError> =>
  Effect.gen(function* () {
    const { connecting } = session
    const lost = Effect.map(Deferred.await(old.lost), (cause): Outcome => ({ _tag: "Alone", cause }))
    yield* Effect.raceFirst(connecting.pauseAfter(old), Effect.exit(lost))
    for (;;) {
      const result = yield* attempt(session, old)
      if (result._tag === "Stood" || result._tag === "OldLost") {
        return result
      }
      yield* leaveBeside(session)
      if (result._tag === "Alone") {
        return result
      }
      const pause = yield* Effect.raceFirst(connecting.backOff, lost)
      if (pause === false) {
        // No more attempts: the old one goes on as long as it can.
        return yield* lost
      }
      if (pause !== true) {
        return pause
      }
    }
  })

/** Replaces a connection that is still good: without a gap if the old one has shown that it has delivered everything. */
export const rollOver = <Event>(
  session: Started<Event>,
  old: Link,
  cause: Cause
): Effect.Effect<Link, BinanceError> => {
  const { broadcast, clocks, connecting, source, telemetry, tracker } = session
  return Effect.gen(function* () {
    yield* tracker.report({ phase: "RollingOver" })
    const outcome = yield* prepare(session, old)
    if (outcome._tag === "Alone") {
      return yield* recover(session, old, outcome.cause)
    }
    const { isProven, next } = outcome
    const hasSameCredential = haveSameCredential(old, next)
    if (outcome._tag === "OldLost" && hasSameCredential && isOfKey(outcome.cause)) {
      yield* leaveBeside(session)
      return yield* recover(session, old, outcome.cause)
    }
    if (!isComplete({ isProven, hasSameCredential })) {
      const reason: Cause = hasSameCredential
        ? { _tag: "HalfOpen", silence: clocks.wall() - old.evidence.lastFrameAt }
        : { _tag: "KeyRejected" }
      return yield* recover(session, old, outcome._tag === "OldLost" ? outcome.cause : reason, next)
    }
    yield* connecting.leave(old)
    broadcast.rolledOver({ cause, duplicates: next.handover.duplicates })
    yield* takeOverFrom(session, next)
    const { rollovers } = yield* tracker.status
    yield* tracker.report({ phase: "Live", rollovers: rollovers + 1, lastError: undefined })
    telemetry.rolledOver(cause)
    yield* Effect.logInfo(`The stream of ${titleOf(source)} rolled over: ${describe(cause)}`)
    return next
  }).pipe(Span.around("UserDataStream.rollOver", { attributes: { ...attributesOf(source), cause: cause._tag } }))
}
