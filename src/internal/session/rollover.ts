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

/** How the overlap of the old and the new connection ended. */
export type Overlap =
  /** The new one can take over. `isProven`: the old one has proven that it has delivered everything. */
  | { readonly _tag: "Ready"; readonly next: Link; readonly isProven: boolean }
  /** The old one was lost during the overlap. */
  | { readonly _tag: "OldLost"; readonly next: Link; readonly isProven: boolean; readonly cause: Cause }
  /** The new one is open, but does not answer or receives no events. */
  | { readonly _tag: "Deaf"; readonly next: Link }
  | { readonly _tag: "NewLost"; readonly next: Link }

/** How all attempts together ended. */
export type Outcome =
  | Extract<Overlap, { readonly next: Link; readonly isProven: boolean }>
  /** The old one was lost before a new one was open. */
  | { readonly _tag: "NoneOpen"; readonly cause: Cause }

/** How long an answer may take at least, in ms, however short the overlap is. */
const leastPatience = 10_000

/** Probes a connection; `None` if no answer arrives in time. A paused connection cannot answer, and is probed again. */
const probe = (link: Link, patience: number): Effect.Effect<Option.Option<void>> =>
  Effect.timeoutOption(link.evidence.askForAnswer(), patience).pipe(
    Effect.repeat({ until: (answer) => Option.isSome(answer) || !link.isPaused })
  )

/**
 * Reads both connections for the length of the overlap. From now on every event comes over both. Once the old one answers
 * a probe that was sent after the new one was live, everything sent before that has arrived as well.
 */
const readBoth = (old: Link, next: Link, { overlap }: Settings): Effect.Effect<Overlap, BinanceError> =>
  Effect.gen(function* () {
    const id = old.evidence.probe()
    next.setPaused(old.isPaused)
    const patience = Math.max(leastPatience, overlap * 2)
    const both = Effect.all(
      [Effect.sleep(overlap), Effect.timeoutOption(old.evidence.probes.answerTo(id), patience), probe(next, patience)],
      { concurrency: "unbounded" }
    )
    const overlapped = Effect.gen(function* () {
      const [, , answer] = yield* both
      if (old.isPaused) {
        yield* old.evidence.askForAnswer()
      }
      const { aheadSince, hasReceived } = next.handover
      const isSilent = aheadSince !== undefined && aheadSince < (yield* Clock.currentTimeMillis) - flightTime
      // An open socket proves nothing: if the old one answers or brings events, the new one has to do the same.
      const isDeaf = (old.evidence.probes.hasAnswered(id) && Option.isNone(answer)) || (!hasReceived && isSilent)
      return isDeaf ? ({ _tag: "Deaf", next } as const) : ({ _tag: "Ready", next } as const)
    })
    const ended = yield* Effect.raceFirst(
      Effect.raceFirst(overlapped, Effect.as(Deferred.await(next.halfFull), { _tag: "Ready", next } as const)),
      Effect.raceFirst(
        Effect.map(Deferred.await(old.lost), (cause) => ({ _tag: "OldLost", next, cause }) as const),
        Effect.as(Effect.exit(Deferred.await(next.lost)), { _tag: "NewLost", next } as const)
      )
    )
    return { ...ended, isProven: old.evidence.probes.hasAnswered(id) }
  })

/** One attempt to open a new connection. Ends when the old one is lost. */
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
      Effect.map(Deferred.await(old.lost), (cause) => ({ _tag: "NoneOpen", cause }) as const)
    )
    return next._tag === "NoneOpen" || Option.isNone(next.link) ? next : yield* readBoth(old, next.link.value, settings)
  })

/** Closes the connection beside the old one. */
const leaveBeside = <Event>({ connecting, delivery }: Started<Event>) =>
  Effect.suspend(() => {
    const { beside } = delivery
    delivery.openBeside(undefined)
    return beside === undefined ? Effect.void : connecting.leave(beside)
  })

/** Whether the listen key is gone, and with it every connection that uses it. */
const isOfKey = (cause: Cause): boolean => cause._tag === "KeyExpired" || cause._tag === "KeyRejected"

/** Opens new connections beside the old one until one can take over, or the old one is lost. */
const prepare = <Event>(session: Started<Event>, old: Link): Effect.Effect<Outcome, BinanceError> =>
  Effect.gen(function* () {
    const { connecting } = session
    const lost = Effect.map(Deferred.await(old.lost), (cause): Outcome => ({ _tag: "NoneOpen", cause }))
    let pause = yield* Effect.raceFirst(connecting.pauseAfter(old), lost)
    for (;;) {
      if (pause === false) {
        // The schedule has ended: keep the old one until it is lost.
        return yield* lost
      }
      if (pause !== true) {
        return pause
      }
      const result = yield* attempt(session, old)
      if (result._tag === "Ready" || result._tag === "OldLost") {
        return result
      }
      yield* leaveBeside(session)
      if (result._tag === "NoneOpen") {
        return result
      }
      pause = yield* Effect.raceFirst(connecting.backOff, lost)
    }
  })

/** Replaces a connection that is still good: without a gap if the old one has proven that it has delivered everything. */
export const rollOver = <Event>(
  session: Started<Event>,
  old: Link,
  cause: Cause
): Effect.Effect<Link, BinanceError> => {
  const { broadcast, clocks, connecting, source, telemetry, tracker } = session
  return Effect.gen(function* () {
    yield* tracker.report({ phase: "RollingOver" })
    const outcome = yield* prepare(session, old)
    if (outcome._tag === "NoneOpen") {
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
