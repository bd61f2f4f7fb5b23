import * as Channel from "effect/Channel"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { BinanceError } from "../../BinanceError.js"
import type { Gap, StreamNotice } from "../../StreamNotice.js"
import * as Clock from "../clock.js"
import { annotated, titleOf } from "../identity.js"
import type { Telemetry } from "../telemetry.js"
import { Broadcast, type Subscriber } from "./broadcast.js"
import { describe } from "./causes.js"
import { Delivery } from "./delivery.js"
import * as ForEach from "./forEach.js"
import * as Session from "./session.js"
import type { Settings, Source } from "./settings.js"
import type { Health } from "./status.js"
import type { Warnings } from "./warnings.js"

/** A running session. */
interface Running<Event> {
  readonly broadcast: Broadcast<Event>
  readonly delivery: Delivery<Event>
  consumers: number
  /** Ends everything, and waits for that; harmless to call again. */
  readonly stop: Effect.Effect<void>
  readonly hasEnded: Effect.Effect<boolean>
}

/** A consumer and the session that it reads. */
interface Place<Event> {
  readonly running: Running<Event>
  readonly subscriber: Subscriber<Event>
}

/** What the sessions of a stream have in common. */
export interface Options<Event> {
  readonly source: Source<Event>
  readonly settings: Settings
  readonly health: Health
  readonly telemetry: Telemetry
  readonly warnings: Warnings
}

/** The session that the consumers of a stream share. */
export interface Sharing<Event> {
  readonly events: Stream.Stream<Event | StreamNotice, BinanceError>
  readonly forEach: <E, R>(
    handler: ForEach.Handler<Event | StreamNotice, E, R>
  ) => Effect.Effect<void, BinanceError | E, R>
}

const makeBroadcast = <Event>(
  { settings, source, telemetry }: Options<Event>,
  now: () => number,
  delivery: () => Delivery<Event>
) =>
  new Broadcast<Event>({
    buffer: settings.buffer,
    now,
    onPressure: (isFull) => delivery().setPaused(isFull),
    onTaken: (elements) => telemetry.taken(elements),
    onOverflow: (gap: Gap) =>
      Effect.suspend(() => {
        telemetry.gap(gap)
        return Effect.logWarning(
          `A consumer of the stream of ${titleOf(source)} missed events: ${describe(gap.cause)}. Consume faster, or allow a larger buffer`
        ).pipe(annotated(source))
      })
  })

/** Begins a session. However it ends, it cleans up before its fiber ends: each closer waits for that. */
const begin = <Event>(options: Options<Event>): Effect.Effect<Running<Event>> =>
  Effect.gen(function* () {
    const { health, settings, source, telemetry, warnings } = options
    const clocks = yield* Clock.clocks
    const broadcast: Broadcast<Event> = makeBroadcast(options, clocks.wall, () => delivery)
    const delivery: Delivery<Event> = new Delivery(source, broadcast, telemetry)
    const running: Running<Event> = {
      broadcast,
      delivery,
      consumers: 1,
      stop: Effect.suspend(() => Fiber.interrupt(fiber)),
      hasEnded: Effect.suspend(() => Effect.map(Fiber.poll(fiber), Option.isSome))
    }
    const tracker = yield* health.begin(running)
    const scope = yield* Scope.make()
    const cleanUp = (result: Exit.Exit<never, BinanceError>) =>
      Effect.gen(function* () {
        const exit = Exit.isInterrupted(result) ? Exit.void : result
        yield* tracker.setLive(false)
        yield* Effect.exit(Scope.close(scope, exit))
        delivery.link = undefined
        broadcast.end(exit)
        yield* tracker.end(exit)
      })
    const fiber = yield* Session.run({
      source,
      settings,
      clocks,
      broadcast,
      delivery,
      telemetry,
      tracker,
      warnings
    }).pipe(
      Effect.interruptible,
      Effect.exit,
      // In a fiber of its own: calls and timeouts of the clean-up must not see that the session was interrupted.
      Effect.flatMap((result) => Effect.flatMap(Effect.forkDaemon(cleanUp(result)), Fiber.join)),
      Effect.uninterruptible,
      Effect.forkDaemon,
      Scope.extend(scope)
    )
    return running
  }).pipe(annotated(options.source))

/** Shares one session among all consumers: it begins with the first and ends with the last. */
export const make = <Event>(options: Options<Event>): Effect.Effect<Sharing<Event>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const oneAtATime = (yield* Effect.makeSemaphore(1)).withPermits(1)
    /** The sessions that have not ended yet: the current one, and those that no consumer reads any more. */
    const sessions = new Set<Running<Event>>()
    let current: Running<Event> | undefined
    let isClosed = false

    // Not an `RcRef`: a failed session is replaced while its last consumers still read their buffers.
    const join = Effect.gen(function* () {
      if (isClosed) {
        return yield* Effect.dieMessage(
          `The stream of ${titleOf(options.source)} was consumed after the scope of its layer, or of make, was closed: provide the layer around all that uses it`
        )
      }
      if (current === undefined || (yield* current.hasEnded)) {
        current = yield* begin(options)
        sessions.add(current)
      } else {
        current.consumers++
      }
      return { running: current, subscriber: current.broadcast.subscribe() }
    }).pipe(oneAtATime)

    const leave = ({ running, subscriber }: Place<Event>) =>
      Effect.suspend(() => {
        running.broadcast.unsubscribe(subscriber)
        running.consumers--
        if (running.consumers > 0) {
          return Effect.void
        }
        if (current === running) {
          current = undefined
        }
        return Effect.map(running.stop, () => sessions.delete(running))
      })

    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        isClosed = true
        return Effect.forEach(sessions, (running) => running.stop, { concurrency: "unbounded", discard: true })
      })
    )

    return {
      // A channel, because a scoped stream keeps much more in memory while it waits.
      events: Stream.fromChannel(Channel.acquireUseRelease(join, ({ subscriber }) => subscriber.toChannel(), leave)),
      forEach: (handler) => Effect.acquireUseRelease(join, ({ subscriber }) => ForEach.run(subscriber, handler), leave)
    }
  })
