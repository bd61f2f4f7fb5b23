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
import * as Shared from "../shared.js"
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
interface Running<Event> extends Shared.Resource {
  readonly broadcast: Broadcast<Event>
  readonly delivery: Delivery<Event>
  /** How many consumers it has. */
  readonly consumers: number
}

/** A consumer and the session that it reads. */
interface Place<Event> {
  readonly use: Shared.Use<Running<Event>>
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
      get consumers() {
        return broadcast.size
      },
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
    const { join, leave } = yield* Shared.make({
      begin: begin(options),
      title: `The stream of ${titleOf(options.source)}`
    })
    const subscribe = Effect.map(join, (use) => ({ use, subscriber: use.resource.broadcast.subscribe() }))
    const unsubscribe = ({ subscriber, use }: Place<Event>) =>
      Effect.suspend(() => {
        use.resource.broadcast.unsubscribe(subscriber)
        return leave(use)
      })
    return {
      // A channel, because a scoped stream keeps much more in memory while it waits.
      events: Stream.fromChannel(
        Channel.acquireUseRelease(subscribe, ({ subscriber }) => subscriber.toChannel(), unsubscribe)
      ),
      forEach: (handler) =>
        Effect.acquireUseRelease(subscribe, ({ subscriber }) => ForEach.run(subscriber, handler), unsubscribe)
    }
  })
