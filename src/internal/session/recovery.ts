import * as Effect from "effect/Effect"
import { type BinanceError, TransportError } from "../../BinanceError.js"
import type { Cause, Gap } from "../../StreamNotice.js"
import { attributesOf, titleOf } from "../identity.js"
import * as Span from "../span.js"
import { describe, mayReconnect } from "./causes.js"
import type { Started } from "./context.js"
import type { Link } from "./link.js"

/** If not, the old listen key was lost at an unknown time. */
export const haveSameCredential = (old: Link, next: Link): boolean =>
  old.connection?.credential.identity === next.connection?.credential.identity

const gapBetween = (old: Link, next: Link, cause: Cause): Gap => {
  const isCredentialLost = cause._tag === "KeyExpired" || cause._tag === "KeyRejected" || !haveSameCredential(old, next)
  const from = old.completeUntil(isCredentialLost)
  return { from, to: Math.max(from, next.liveAt), cause }
}

/** When several streams share a socket, one of them logs its loss for all. */
const logInterruption = <Event>({ source, warnings }: Started<Event>, link: Link, cause: Cause) => {
  const message = `The stream of ${titleOf(source)} was interrupted: ${describe(cause)}`
  const isOfSocket = cause._tag === "SocketClosed" || cause._tag === "HalfOpen"
  const shared = isOfSocket ? link.connection?.shared : undefined
  if (shared?.isLogger() === false) {
    return Effect.logDebug(message)
  }
  const count = shared?.count() ?? 1
  return Effect.zipRight(
    Effect.logWarning(count > 1 ? `${message}; ${count} streams share the connection` : message),
    warnings.warned
  )
}

/** " for 3 minutes"; empty for less than a minute. */
const durationText = (millis: number): string => {
  const minutes = Math.floor(millis / 60_000)
  return minutes < 1 ? "" : ` for ${minutes} ${minutes === 1 ? "minute" : "minutes"}`
}

/** Tries until a connection is open, or fails with an error that no further attempt can fix. */
export const connect = <Event>(
  { clocks, connecting, source, tracker, warnings }: Started<Event>,
  mayTryAgain: (error: BinanceError) => boolean
): Effect.Effect<Link, BinanceError> =>
  Effect.gen(function* () {
    const since = clocks.wall()
    for (;;) {
      const result = yield* Effect.either(connecting.once(() => {}))
      if (result._tag === "Right") {
        return result.right
      }
      const error = result.left
      if (!mayTryAgain(error)) {
        return yield* error
      }
      yield* warnings.log(
        `Could not connect the stream of ${titleOf(source)}${durationText(clocks.wall() - since)}; trying again`,
        error.message
      )
      yield* tracker.report({ lastError: error })
      if (!(yield* connecting.backOff)) {
        return yield* error
      }
    }
  })

/** Lets a connection deliver from now on. */
export const takeOver = <Event>({ delivery }: Started<Event>, link: Link): Effect.Effect<void> =>
  Effect.sync(() => {
    delivery.takeOver(link)
    delivery.caughtUp(link)
  })

/** The same for a connection that overlapped with the old one: it may still bring events that the old one has delivered. */
export const takeOverFrom = <Event>({ delivery, settings }: Started<Event>, link: Link): Effect.Effect<void> =>
  Effect.gen(function* () {
    delivery.takeOver(link)
    // Everything still in flight arrives before the answer.
    const answer = Effect.zipRight(Effect.sleep(settings.overlap), link.evidence.askForAnswer())
    const caughtUp = Effect.map(answer, () => delivery.caughtUp(link))
    yield* Effect.forkIn(Effect.interruptible(caughtUp), link.scope)
  })

/** Replaces a lost connection and reports the gap. `ready` is a connection that is already open. */
export const recover = <Event>(
  session: Started<Event>,
  old: Link,
  cause: Cause,
  ready?: Link
): Effect.Effect<Link, BinanceError> => {
  const { broadcast, clocks, connecting, delivery, settings, source, telemetry, tracker } = session
  return Effect.gen(function* () {
    yield* connecting.leave(old)
    delivery.link = undefined
    broadcast.interrupted({ cause, lastFrameAt: old.evidence.lastFrameAt })
    telemetry.interrupted(cause)
    yield* tracker.setLive(false)
    const { reconnects } = yield* tracker.status
    yield* tracker.report({
      phase: "Interrupted",
      liveSince: undefined,
      nextRolloverAt: undefined,
      reconnects: { ...reconnects, [cause._tag]: (reconnects[cause._tag] ?? 0) + 1 }
    })
    yield* logInterruption(session, old, cause)
    const isStable = clocks.wall() - old.liveAt >= settings.stableAfter
    if ((ready === undefined || isStable) && !(yield* connecting.pauseAfter(old))) {
      return yield* new TransportError({ operation: `the stream of ${source.product}`, reason: describe(cause) })
    }
    const link = ready ?? (yield* connect(session, mayReconnect))
    const gap = gapBetween(old, link, cause)
    broadcast.live(gap)
    telemetry.gap(gap)
    yield* tracker.setLive(true)
    yield* ready === undefined ? takeOver(session, link) : takeOverFrom(session, link)
    yield* tracker.report({ phase: "Live", liveSince: link.liveAt, lastGap: gap, lastError: undefined })
    yield* Effect.logInfo(`The stream of ${titleOf(source)} is live again`)
    return link
  }).pipe(Span.around("UserDataStream.recover", { attributes: { ...attributesOf(source), cause: cause._tag } }))
}
