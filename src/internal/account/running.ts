import * as EffectCause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Scope from "effect/Scope"
import type { AccountElement, Phase } from "../../Account.js"
import type { BinanceError } from "../../BinanceError.js"
import type { StreamNotice } from "../../StreamNotice.js"
import type { UserDataStream } from "../../UserDataStream.js"
import { annotated, titleOf } from "../identity.js"
import * as Shared from "../shared.js"
import * as Book from "./book/book.js"
import * as Consumers from "./engine/consumers.js"
import type { EngineContext } from "./engine/context.js"
import * as Engine from "./engine/engine.js"
import * as Inbox from "./engine/inbox.js"
import type { Handled, Handling, Progress } from "./engine/progress.js"
import type { Settings } from "./engine/settings.js"
import * as Telemetry from "./engine/telemetry.js"
import type { Due } from "./engine/trigger.js"
import * as View from "./engine/view.js"

export { type Place, toStream } from "./engine/consumers.js"

/** What an account of a product is made of. */
export interface Definition<Event> extends Pick<EngineContext<Event>, "product" | "reads" | "factsOf"> {
  readonly stream: Pick<UserDataStream<Event>, "forEach" | "status">
}

/** An account while it is being kept. */
interface Running<Element> extends Shared.Resource {
  readonly consumers: Consumers.Consumers<Element>
  readonly offer: (due: Due) => Effect.Effect<unknown>
  /** The first consumer has taken its place. */
  readonly start: Effect.Effect<unknown>
  readonly ended: Deferred.Deferred<never, BinanceError>
}

/** An account that is kept as long as somebody consumes it. */
export interface Account<Element> {
  readonly view: View.View
  /** Takes a place among the consumers: a new one, or where one goes on that says what it has handled. */
  readonly join: (
    handling?: Effect.Effect<Handling, never, Scope.Scope>
  ) => Effect.Effect<readonly [Consumers.Place<Element>, Handling["handled"]], never, Scope.Scope>
  /** Keeps the account without taking its elements. */
  readonly hold: Effect.Effect<Running<Element>, never, Scope.Scope>
}

const idle = (since: number | undefined): Phase => ({ _tag: "Stale", since, why: "nobody consumes the account" })

/** The phase of an account that is not kept any more. */
const phaseAfter = (exit: Exit.Exit<never, BinanceError>, since: number): Phase => {
  if (Exit.isInterrupted(exit)) {
    return idle(since)
  }
  const failure = Exit.isFailure(exit) ? EffectCause.failureOption(exit.cause) : Option.none()
  return { _tag: "Stale", since, why: `it failed: ${Option.isSome(failure) ? failure.value.message : "a defect"}` }
}

/** How long the account waits for a consumer before its phase says so. */
const patience = Duration.seconds(5)

/** Events wait behind a consumer that has no room: the state is from before them. */
const untilItHasRoom = (view: View.View) => (publishing: Effect.Effect<void>) =>
  Effect.gen(function* () {
    const since = yield* Clock.currentTimeMillis
    const before = view.state().phase
    const waiting: Phase = { _tag: "Stale", since, why: "events wait for a consumer that does not take its elements" }
    const say = Effect.suspend(() => view.update(view.book(), waiting))
    yield* before._tag === "Current" ? Effect.forkScoped(Effect.delay(say, patience)) : Effect.void
    yield* publishing
    yield* view.state().phase === waiting ? view.update(view.book(), before) : Effect.void
  }).pipe(Effect.scoped)

/** What a consumer is told that comes back after more elements than are kept for it. */
const forgotten = (from: Handled, to: number): AccountElement => ({
  _tag: "Unrecovered",
  what: "Everything",
  from: from.book?.agreedAt ?? to,
  to,
  reason:
    "A consumer failed, and came back after more elements than are kept for it: read what it missed with `trades` and `orders`."
})

interface Context<Event> extends Pick<EngineContext<Event>, "settings" | "telemetry" | "view" | "isRestart"> {
  readonly numbering: Consumers.Numbering
  /** How far the slowest consumer has come. */
  readonly slowest: Effect.Effect<Handled | undefined>
}

/** Keeps an account in a fiber of the scope, from `start` on. */
const keep = <Event>(
  { stream, ...definition }: Definition<Event>,
  { numbering, slowest, ...context }: Context<Event>
) =>
  Effect.gen(function* () {
    const { settings, view } = context
    const consumers = yield* Consumers.make<Event | StreamNotice | AccountElement>({
      capacity: settings.buffer,
      numbering,
      whileWaiting: untilItHasRoom(view),
      slowest
    })
    const ended = yield* Deferred.make<never, BinanceError>()
    const started = yield* Deferred.make<void>()
    const inbox = yield* Inbox.make(stream, settings.buffer, Deferred.await(started))
    yield* Engine.run({ ...definition, ...context, inbox, consumers }).pipe(
      Effect.interruptible,
      Effect.onExit((exit) =>
        Effect.gen(function* () {
          yield* view.update(view.book(), phaseAfter(exit, yield* Clock.currentTimeMillis))
          yield* Deferred.done(ended, exit)
          yield* consumers.end(exit)
        })
      ),
      Effect.forkScoped
    )
    return { consumers, offer: inbox.offer, start: Deferred.succeed(started, undefined), ended }
  })

/** The same, until it is stopped. */
const begin = <Event>(
  definition: Definition<Event>,
  context: Context<Event>
): Effect.Effect<Running<Event | StreamNotice | AccountElement>> =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const kept = yield* Scope.extend(keep(definition, context), scope)
    const stop = yield* Effect.cached(Effect.uninterruptible(Scope.close(scope, Exit.void)))
    return { ...kept, stop, hasEnded: Deferred.isDone(kept.ended) }
  })

const untracked: Handling = { from: undefined, handled: () => {} }

/** What the consumers of an account have handled. */
interface Consumed {
  /** From where the account goes on when all have left; `undefined` if nothing was left unhandled. */
  readonly handled: Effect.Effect<Book.Book | undefined>
  readonly progress: Progress
}

/** Makes an account that begins with what its consumers have handled, each time that they come back. */
export const make = <Event>(
  definition: Definition<Event>,
  settings: Settings,
  { handled, progress }: Consumed
): Effect.Effect<Account<Event | StreamNotice | AccountElement>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const restored = yield* handled
    const view = yield* View.make(restored ?? Book.empty(yield* definition.reads.now), idle(undefined))
    const identity = { product: definition.product, account: (yield* definition.stream.status).account }
    const context = { settings, telemetry: yield* Telemetry.make(identity), view }
    const labels = yield* Effect.metricLabels
    const numbering: Consumers.Numbering = { last: 0 }
    const isKnown = yield* Ref.make(restored !== undefined)
    const goOn = Effect.flatMap(handled, (book) =>
      book === undefined
        ? Effect.void
        : Effect.zipRight(
            view.update(book),
            Effect.suspend(() => progress.expect({ seq: numbering.last, book }))
          )
    )
    const services = yield* Effect.context<never>()
    const { join, leave } = yield* Shared.make({
      begin: Effect.gen(function* () {
        const isRestart = yield* Ref.getAndSet(isKnown, true)
        yield* goOn
        return yield* begin(definition, { ...context, isRestart, numbering, slowest: progress.slowest })
      }).pipe(
        annotated(identity),
        Effect.locally(FiberRef.currentMetricLabels, labels),
        // Not those of its first consumer, such as a span that ends.
        Effect.locally(FiberRef.currentContext, services)
      ),
      title: `The account of ${titleOf(identity)}`
    })
    const running = Effect.map(Effect.acquireRelease(join, leave), ({ resource }) => resource)
    const hold = Effect.tap(running, ({ start }) => start)
    return {
      view,
      hold,
      join: (handling = Effect.succeed(untracked)) =>
        Effect.gen(function* () {
          const { consumers, start } = yield* running
          const { from, handled } = yield* handling
          const at = yield* Clock.currentTimeMillis
          const place = yield* consumers.join((missed) => {
            const state = view.state()
            const snapshot: AccountElement = { _tag: "Snapshot", at, state }
            return [
              ...(missed === undefined ? [] : [forgotten(missed, at)]),
              ...(state.phase._tag === "Current" ? [snapshot] : [])
            ].map((element) => ({ element, fills: [], book: view.book() }))
          }, from)
          handled({ seq: place.joinedAfter, book: from?.book })
          yield* start
          return [place, handled] as const
        })
    }
  })
