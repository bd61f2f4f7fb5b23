import type * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import type { BinanceError } from "../../BinanceError.js"
import type { Cause, Gap } from "../../StreamNotice.js"
import * as Span from "../span.js"
import type * as Telemetry from "../telemetry.js"
import type { Broadcast } from "./broadcast.js"
import { describe, mayPass, mayPassAgain } from "./causes.js"
import * as Connecting from "./connecting.js"
import type { Delivery } from "./delivery.js"
import type { Link, Turn } from "./link.js"
import { isComplete, ServerClock } from "./proof.js"
import * as Rollover from "./rollover.js"
import type { Settings, Source } from "./settings.js"
import type { Tracker } from "./status.js"

export interface Session<Event> {
  readonly source: Source<Event>
  readonly settings: Settings
  readonly clock: Clock.Clock
  readonly broadcast: Broadcast<Event>
  readonly delivery: Delivery<Event>
  readonly telemetry: Telemetry.Telemetry
  readonly tracker: Tracker
}

/** Two connections whose keys differ: the older key was lost, and nobody knows since when. */
const haveSameCredential = (old: Link, next: Link): boolean =>
  old.connection?.credential.identity === next.connection?.credential.identity

const gapBetween = (old: Link, next: Link, cause: Cause): Gap => {
  const isCredentialLost = cause._tag === "KeyExpired" || cause._tag === "KeyRejected" || !haveSameCredential(old, next)
  const from = old.completeUntil(isCredentialLost)
  return { from, to: Math.max(from, next.liveAt), cause }
}

/** Several streams may share a socket: one of them speaks for all. */
const logInterruption = (link: Link, message: string) => {
  const shared = link.connection?.shared
  if (shared === undefined) {
    return Effect.logWarning(message)
  }
  const count = shared.count()
  return shared.speaks() && count > 1
    ? Effect.logWarning(`${message}; ${count} streams share the connection`)
    : shared.speaks()
      ? Effect.logWarning(message)
      : Effect.logDebug(message)
}

/**
 * Keeps one stream alive until it is interrupted, or fails with what no new connection can mend.
 *
 * Connect, deliver, wait until the connection is lost or has to be replaced; recover or roll over; again. There is one way
 * to get a connection: whatever ended the last one, the next one starts from nothing.
 */
export const run = <Event>(session: Session<Event>): Effect.Effect<never, BinanceError, Scope.Scope> =>
  Effect.gen(function* () {
    const { broadcast, clock, delivery, settings, source, telemetry, tracker } = session
    const { report } = tracker
    const { product } = source
    const now = () => clock.unsafeCurrentTimeMillis()
    const connecting = yield* Connecting.make({
      settings,
      now,
      serverClock: new ServerClock(),
      deliver: delivery.deliver,
      span: { product },
      open: yield* source.open,
      scope: yield* Effect.scope
    })

    /** Tries until there is a connection, or an error that no further attempt can mend. */
    const connect = (canPass: (error: BinanceError) => boolean, isFirst: boolean) =>
      Effect.gen(function* () {
        for (let attempts = 1; ; attempts++) {
          const result = yield* Effect.either(connecting.once(() => {}))
          if (result._tag === "Right") {
            return result.right
          }
          const error = result.left
          if (!canPass(error)) {
            return yield* error
          }
          const log = isFirst && attempts === 1 ? Effect.logWarning : Effect.logInfo
          yield* log(`Could not connect the stream of ${product}; trying again`, error.message)
          yield* report({ lastError: error })
          if (!(yield* connecting.backOff)) {
            return yield* error
          }
        }
      })

    const takeOver = (link: Link, hasOverlap: boolean) =>
      Effect.gen(function* () {
        delivery.takeOver(link)
        // The old connection may have been ahead by the overlap; what is still under way comes before the answer.
        const overlap = hasOverlap ? Effect.zipRight(Effect.sleep(settings.overlap), link.answer) : Effect.void
        const caughtUp = Effect.map(overlap, () => delivery.caughtUp(link))
        yield* hasOverlap ? Effect.forkIn(Effect.interruptible(caughtUp), link.scope) : caughtUp
        return link
      })

    const recover = (old: Link, cause: Cause, ready?: Link) =>
      Effect.gen(function* () {
        old.mute()
        delivery.link = undefined
        broadcast.interrupted({ cause, lastFrameAt: old.lastFrameAt })
        telemetry.interrupted(cause)
        yield* tracker.setLive(false)
        yield* connecting.leave(old)
        const { reconnects } = yield* tracker.status
        yield* report({
          phase: "Interrupted",
          liveSince: undefined,
          nextRolloverAt: undefined,
          reconnects: { ...reconnects, [cause._tag]: (reconnects[cause._tag] ?? 0) + 1 }
        })
        yield* logInterruption(old, `The stream of ${product} was interrupted: ${describe(cause)}`)
        if (ready === undefined || now() - old.liveAt >= settings.stableAfter) {
          yield* connecting.pauseAfter(old)
        }
        const link = ready ?? (yield* connect(mayPassAgain, false))
        const gap = gapBetween(old, link, cause)
        broadcast.live(gap)
        telemetry.gap(gap)
        yield* tracker.setLive(true)
        yield* takeOver(link, ready !== undefined)
        yield* report({ phase: "Live", liveSince: link.liveAt, lastGap: gap, lastError: undefined })
        yield* Effect.logInfo(`The stream of ${product} is live again`)
        return link
      }).pipe(Span.around("UserDataStream.recover", { attributes: { product, cause: cause._tag } }))

    const rollOver = (old: Link, cause: Cause) =>
      Effect.gen(function* () {
        yield* report({ phase: "RollingOver" })
        yield* Effect.raceFirst(connecting.pauseAfter(old), Effect.exit(Deferred.await(old.lost)))
        const outcome = yield* Rollover.prepare({
          old,
          settings,
          connecting,
          onBeside: (link) => delivery.openBeside(link),
          onFailure: (error) =>
            Effect.zipRight(
              Effect.logInfo(`Could not connect the stream of ${product}; trying again`, error.message),
              report({ lastError: error })
            )
        })
        if (outcome._tag === "Alone") {
          yield* delivery.beside === undefined ? Effect.void : connecting.leave(delivery.beside)
          delivery.openBeside(undefined)
          return yield* recover(old, outcome.cause)
        }
        const { isProven, next } = outcome
        const hasSameCredential = haveSameCredential(old, next)
        if (!isComplete({ isProven, hasSameCredential })) {
          const silence = now() - old.lastFrameAt
          const reason: Cause = hasSameCredential ? { _tag: "HalfOpen", silence } : { _tag: "KeyRejected" }
          return yield* recover(old, outcome._tag === "OldLost" ? outcome.cause : reason, next)
        }
        old.mute()
        broadcast.rolledOver({ cause, duplicates: next.handover.duplicates })
        yield* takeOver(next, true)
        yield* connecting.leave(old)
        yield* report({ phase: "Live", rollovers: (yield* tracker.status).rollovers + 1, lastError: undefined })
        telemetry.rolledOver(cause)
        yield* Effect.logInfo(`The stream of ${product} rolled over: ${describe(cause)}`)
        return next
      }).pipe(Span.around("UserDataStream.rollOver", { attributes: { product, cause: cause._tag } }))

    const nextTurn = (link: Link) =>
      Effect.gen(function* () {
        const { rolloverAge, rolloverJitter } = settings
        const jitter = rolloverJitter * (yield* Random.next)
        const due = (link.connection?.openedAt ?? link.liveAt) + Math.round(rolloverAge * (1 - jitter))
        yield* report({ nextRolloverAt: due })
        const atMaximumAge = Effect.as(Effect.sleep(Math.max(0, due - now())), {
          _tag: "RollOver",
          cause: { _tag: "MaximumAge", age: rolloverAge }
        } satisfies Turn)
        return yield* Effect.raceFirst(Deferred.await(link.turn), atMaximumAge)
      })

    let link = yield* connect(mayPass, true)
    broadcast.live(undefined)
    yield* tracker.setLive(true)
    yield* takeOver(link, false)
    yield* report({ phase: "Live", liveSince: link.liveAt, lastError: undefined })
    yield* Effect.logInfo(`The stream of ${product} is live`)
    for (;;) {
      const turn = yield* nextTurn(link)
      link = yield* turn._tag === "Lost" ? recover(link, turn.cause) : rollOver(link, turn.cause)
    }
  })
