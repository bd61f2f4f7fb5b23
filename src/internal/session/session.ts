import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Scope from "effect/Scope"
import type { BinanceError } from "../../BinanceError.js"
import { titleOf, withAccount } from "../identity.js"
import { mayConnect } from "./causes.js"
import * as Connecting from "./connecting.js"
import type { Session, Started } from "./context.js"
import type { Link } from "./link.js"
import { ServerClock } from "./proof.js"
import { connect, recover, takeOver } from "./recovery.js"
import { rollOver } from "./rollover.js"

const start = <Event>(session: Session<Event>): Effect.Effect<Started<Event>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { clocks, delivery, settings, source } = session
    const connecting = yield* Connecting.make({
      settings,
      evidence: {
        clocks,
        serverClock: new ServerClock(),
        probeAfter: settings.probeAfter
      },
      deliver: delivery.deliver,
      identity: source,
      open: yield* source.open,
      // Parallel: a dead peer makes each close wait.
      scope: yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.parallel)
    })
    return { ...session, connecting }
  })

const goLive = <Event>(session: Started<Event>): Effect.Effect<Link, BinanceError> =>
  Effect.gen(function* () {
    const link = yield* connect(session, mayConnect)
    session.broadcast.live(undefined)
    yield* session.tracker.setLive(true)
    yield* takeOver(session, link)
    yield* session.tracker.report({ phase: "Live", liveSince: link.liveAt, lastError: undefined })
    yield* Effect.logInfo(`The stream of ${titleOf(session.source)} is live`)
    return link
  })

/**
 * Keeps one stream alive until it is interrupted, or fails with an error that no new connection can fix.
 *
 * Every new connection starts from a fresh credential.
 */
export const run = <Event>(session: Session<Event>): Effect.Effect<never, BinanceError, Scope.Scope> =>
  Effect.gen(function* () {
    const started = yield* start(session)
    let link = yield* goLive(started)
    for (;;) {
      yield* started.tracker.report({ nextRolloverAt: link.rolloverAt })
      const { _tag, cause } = yield* Deferred.await(link.replacement)
      link = yield* _tag === "Lost" ? recover(started, link, cause) : rollOver(started, link, cause)
    }
  }).pipe(Effect.mapError(withAccount(session.source.account)))
