import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as RcRef from "effect/RcRef"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import type { AccountElement, Phase } from "../../Account.js"
import type { BinanceError } from "../../BinanceError.js"
import type { StreamNotice } from "../../StreamNotice.js"
import type { UserDataStream } from "../../UserDataStream.js"
import { annotated } from "../identity.js"
import * as Book from "./book/book.js"
import * as Consumers from "./engine/consumers.js"
import type { EngineContext } from "./engine/context.js"
import * as Engine from "./engine/engine.js"
import * as Inbox from "./engine/inbox.js"
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
interface Running<Element> {
  readonly consumers: Consumers.Consumers<Element>
  readonly offer: (due: Due) => Effect.Effect<unknown>
  /** The first consumer has taken its place. */
  readonly start: Effect.Effect<unknown>
  readonly ended: Deferred.Deferred<never, BinanceError>
}

/** An account that is kept as long as somebody consumes it. */
export interface Account<Element> {
  readonly view: View.View
  /** Takes a place among the consumers. */
  readonly join: Effect.Effect<Consumers.Place<Element>, never, Scope.Scope>
  /** Keeps the account without taking its elements. */
  readonly hold: Effect.Effect<Running<Element>, never, Scope.Scope>
}

const idle = (since: number | undefined): Phase => ({ _tag: "Stale", since, why: "nobody consumes the account" })

/** Keeps an account in a fiber of the scope, from `start` on. */
const begin = <Event>(
  { stream, ...definition }: Definition<Event>,
  context: Pick<EngineContext<Event>, "settings" | "telemetry" | "view" | "isRestart">
) =>
  Effect.gen(function* () {
    const { settings, view } = context
    const consumers = yield* Consumers.make<Event | StreamNotice | AccountElement>(settings.buffer)
    const ended = yield* Deferred.make<never, BinanceError>()
    const started = yield* Deferred.make<void>()
    yield* Effect.addFinalizer(() =>
      Effect.flatMap(Clock.currentTimeMillis, (since) => view.update(view.book(), idle(since)))
    )
    const inbox = yield* Inbox.make(stream, settings.buffer, Deferred.await(started))
    yield* Engine.run({ ...definition, ...context, inbox, consumers }).pipe(
      Effect.onExit((exit) => Effect.zipRight(Deferred.done(ended, exit), consumers.end(exit))),
      Effect.forkScoped
    )
    return { consumers, offer: inbox.offer, start: Deferred.succeed(started, undefined), ended }
  })

/** What an account goes on from. */
interface Progress {
  /** What an earlier program saved. */
  readonly restored: Book.Book | undefined
  /** What this one saved last. */
  readonly saved: Effect.Effect<Book.Book | undefined>
}

/** Makes an account that begins with what is restored, and each time its consumers come back with what was saved. */
export const make = <Event>(
  definition: Definition<Event>,
  settings: Settings,
  { restored, saved }: Progress
): Effect.Effect<Account<Event | StreamNotice | AccountElement>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const view = yield* View.make(restored ?? Book.empty(yield* definition.reads.now), idle(undefined))
    const identity = { product: definition.product, account: (yield* definition.stream.status).account }
    const context = { settings, telemetry: yield* Telemetry.make(identity), view }
    const labels = yield* Effect.metricLabels
    const isKnown = yield* Ref.make(restored !== undefined)
    const running: RcRef.RcRef<Running<Event | StreamNotice | AccountElement>> = yield* RcRef.make({
      acquire: Effect.gen(function* () {
        const isRestart = yield* Ref.getAndSet(isKnown, true)
        // What they did not handle is not known.
        const handled = yield* saved
        yield* handled === undefined ? Effect.void : view.update(handled)
        const begun = yield* begin(definition, { ...context, isRestart })
        // One that has failed is replaced while its last consumers still read what it left.
        yield* Effect.forkScoped(Effect.catchAllCause(Deferred.await(begun.ended), () => RcRef.invalidate(running)))
        return begun
      }).pipe(annotated(identity), Effect.locally(FiberRef.currentMetricLabels, labels))
    })
    const hold = Effect.tap(RcRef.get(running), ({ start }) => start)
    return {
      view,
      hold,
      join: Effect.gen(function* () {
        const { consumers, start } = yield* RcRef.get(running)
        const at = yield* Clock.currentTimeMillis
        const place = yield* consumers.join(() => {
          const state = view.state()
          return state.phase._tag === "Current"
            ? [{ element: { _tag: "Snapshot", at, state } as const, fills: [], book: view.book() }]
            : []
        })
        yield* start
        return place
      })
    }
  })
