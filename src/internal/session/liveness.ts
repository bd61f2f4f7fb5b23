import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Link } from "./link.js"
import type { Settings } from "./settings.js"

/** If a sleep ends this much late, in ms, the process or its machine was suspended. */
const sleepTolerance = 5000

/** How long a connection may be silent, in ms. */
const patience = (link: Link, { deadline, pingDeadline }: Settings): number =>
  link.evidence.probes.hasBeenAnswered
    ? deadline
    : link.connection?.showsPings === true
      ? pingDeadline
      : Number.POSITIVE_INFINITY

/**
 * Probes a silent connection, and gives it up when it stays silent. Any frame ends the silence: a quiet account may have
 * no events for days.
 */
export const watch = (link: Link, settings: Settings): Effect.Effect<void> =>
  Effect.gen(function* () {
    const probeAfter = Math.max(1000, settings.probeAfter)
    for (;;) {
      const now = yield* Clock.currentTimeMillis
      link.evidence.checkClock(now)
      const silence = now - link.evidence.silentSince
      const left = patience(link, settings) - silence
      let wait = probeAfter
      if (!link.isPaused && silence < probeAfter) {
        wait = probeAfter - silence
      } else if (!link.isPaused) {
        if (left <= 0 && link.evidence.hasAsked) {
          return link.lose({ _tag: "HalfOpen", silence: now - link.evidence.lastFrameAt })
        }
        link.evidence.hasAsked = true
        link.evidence.probe()
        wait = left > 0 ? Math.min(left, probeAfter) : probeAfter
      }
      yield* Effect.sleep(wait)
      if ((yield* Clock.currentTimeMillis) - now - wait > sleepTolerance) {
        link.evidence.readLate()
      }
    }
  })
