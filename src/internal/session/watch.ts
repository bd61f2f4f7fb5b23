import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { elapsed } from "../clock.js"
import type { Link } from "./link.js"
import type { Settings } from "./settings.js"

/** If a sleep ends this much late, in ms, the process or its machine was suspended. */
const sleepTolerance = 5000

/** An answer ends the silence a moment after the probe: the next probe may come that much early, in one wake. */
const nearlySilent = 0.9

/** How long a connection may be silent, in ms. */
const patience = (link: Link, { deadline, pingDeadline }: Settings): number =>
  link.evidence.probes.hasBeenAnswered
    ? deadline
    : link.connection?.showsPings === true
      ? pingDeadline
      : Number.POSITIVE_INFINITY

/**
 * Probes a connection that is silent, and gives it up if it stays silent. Returns how long to wait, in ms; `undefined` if
 * it was given up. Any frame ends the silence: a quiet account may have no events for days.
 */
const checkSilence = (link: Link, settings: Settings, now: number): number | undefined => {
  // Early enough for an answer within the patience.
  const probeAfter = Math.max(1000, Math.min(settings.probeAfter, patience(link, settings) / 2))
  if (link.isPaused) {
    return probeAfter
  }
  const silence = now - link.evidence.silentSince
  if (silence < probeAfter * nearlySilent) {
    return probeAfter - silence
  }
  const left = patience(link, settings) - silence
  if (left <= 0 && link.evidence.hasAsked) {
    link.lose({ _tag: "HalfOpen", silence: now - link.evidence.lastFrameAt })
    return undefined
  }
  link.evidence.hasAsked = true
  link.evidence.probe()
  return left > 0 ? Math.min(left, probeAfter) : probeAfter
}

/** Watches the silence and the age of a connection until it has to be given up. */
export const watch = (link: Link, settings: Settings): Effect.Effect<void> =>
  Effect.gen(function* () {
    // On the clock that nobody sets.
    const due = link.rolloverAt - (yield* Clock.currentTimeMillis) + (yield* elapsed)
    for (;;) {
      const now = yield* Clock.currentTimeMillis
      link.evidence.checkClock(now)
      const untilDue = due - (yield* elapsed)
      if (untilDue <= 0) {
        link.rollOver({ _tag: "MaximumAge", age: settings.rolloverAge })
      }
      const silent = checkSilence(link, settings, now)
      if (silent === undefined) {
        return
      }
      const wait = untilDue > 0 ? Math.min(silent, untilDue) : silent
      yield* Effect.sleep(wait)
      if ((yield* Clock.currentTimeMillis) - now - wait > sleepTolerance) {
        link.evidence.readLate()
      }
    }
  })
