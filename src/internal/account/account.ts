import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as RcRef from "effect/RcRef"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Account, AccountElement, Committable, Options } from "../../Account.js"
import type { BinanceError, InvalidCredentials } from "../../BinanceError.js"
import type { CheckpointError, CheckpointStore } from "../../Checkpoint.js"
import { Credentials } from "../../Credentials.js"
import type { StreamNotice } from "../../StreamNotice.js"
import type { Handler, UserDataStream } from "../../UserDataStream.js"
import { annotated } from "../identity.js"
import { requireSigner } from "../webSocketApi/authorize.js"
import * as Book from "./book.js"
import * as Checkpoints from "./checkpoints.js"
import * as Consumers from "./consumers.js"
import { Due } from "./due.js"
import * as Engine from "./engine.js"
import type { Fact } from "./fact.js"
import * as Inbox from "./inbox.js"
import type { AccountReads } from "./reads/reads.js"
import type * as Reconcile from "./reconcile.js"
import * as Settings from "./settings.js"
import * as Telemetry from "./telemetry.js"
import * as View from "./view.js"

/** What makes an account one of a product. */
export interface Definition<Event> {
  readonly product: Reconcile.Start["product"]
  readonly stream: Pick<UserDataStream<Event>, "forEach" | "status">
  readonly reads: AccountReads
  readonly factsOf: (event: Event) => ReadonlyArray<Fact>
}

/** An account that is being kept. */
interface Running<Element> {
  readonly consumers: Consumers.Consumers<Element>
  readonly inbox: Pick<Inbox.Inbox<never>, "offer">
  /** The first consumer has taken its place. */
  readonly start: Effect.Effect<unknown>
  readonly ended: Deferred.Deferred<never, BinanceError>
}

const notRunning = "nobody consumes the account"

/** Makes an account over the stream of its product. `store` is where its checkpoints are kept. */
export const make = <Event>(
  definition: Definition<Event>,
  options: Options,
  store: CheckpointStore["Type"] | undefined
): Effect.Effect<Account<Event | StreamNotice>, InvalidCredentials | CheckpointError, Credentials | Scope.Scope> =>
  Effect.gen(function* () {
    type Element = Event | StreamNotice | AccountElement
    const { factsOf, product, reads, stream } = definition
    const credentials = yield* Credentials
    yield* requireSigner(credentials, "Reading an account")
    const account = yield* Checkpoints.accountOf(credentials.apiKey)
    const every = Duration.toMillis(options.checkpoint?.every ?? "1 second")
    const checkpoints = Checkpoints.make(store, { product, account, every })
    const restored =
      store === undefined ? undefined : yield* Checkpoints.load(store, { product, account, ...options.checkpoint })
    const madeAt = yield* reads.now
    const view = yield* View.make(restored ?? Book.empty(madeAt), { _tag: "Stale", since: undefined, why: notRunning })
    const identity = { product, account: (yield* stream.status).account }
    const telemetry = Telemetry.make(identity)
    const labels = yield* Effect.metricLabels
    const settings = Settings.of(options)
    let isKnown = restored !== undefined

    const begin: Effect.Effect<Running<Element>, never, Scope.Scope> = Effect.gen(function* () {
      const consumers = yield* Consumers.make<Element>(settings.buffer)
      const ended = yield* Deferred.make<never, BinanceError>()
      const started = yield* Deferred.make<void>()
      yield* Effect.addFinalizer(() =>
        Effect.flatMap(Clock.currentTimeMillis, (since) =>
          view.update(view.book(), { _tag: "Stale", since, why: notRunning })
        )
      )
      const inbox = yield* Inbox.make(stream, settings.buffer, Deferred.await(started))
      const run = Engine.run({
        product,
        settings,
        reads,
        factsOf,
        inbox,
        consumers,
        telemetry,
        view,
        isRestart: isKnown
      })
      isKnown = true
      yield* run.pipe(
        Effect.onExit((exit) =>
          Effect.gen(function* () {
            yield* Deferred.done(ended, exit)
            yield* consumers.end(exit)
            yield* RcRef.invalidate(running)
          })
        ),
        annotated(identity),
        Effect.locally(FiberRef.currentMetricLabels, labels),
        Effect.forkScoped
      )
      return { consumers, inbox, start: Deferred.succeed(started, undefined), ended }
    })

    const running: RcRef.RcRef<Running<Element>> = yield* RcRef.make({ acquire: begin })

    const snapshot = Effect.map(Clock.currentTimeMillis, (at) => () => {
      const state = view.state()
      return state.phase._tag === "Current"
        ? [{ element: { _tag: "Snapshot", at, state } as const, fills: [], book: view.book() }]
        : []
    })

    const join = Effect.gen(function* () {
      const { consumers, start } = yield* RcRef.get(running)
      const place = yield* consumers.join(yield* snapshot)
      yield* start
      return place
    })

    /** Keeps the account without taking its elements. */
    const hold = Effect.tap(RcRef.get(running), ({ start }) => start)

    const forEach = <E, R>(handler: Handler<Element, E, R>): Effect.Effect<void, BinanceError | E, R> =>
      Effect.scoped(
        Effect.gen(function* () {
          const place = yield* join
          const progress = yield* checkpoints.track
          for (;;) {
            const [entries, isOver] = yield* place.takeAll
            for (const entry of entries) {
              const result = handler(entry.element)
              if (Effect.isEffect(result)) {
                yield* result
              }
              progress.handled(entry)
            }
            if (isOver) {
              return
            }
          }
        })
      )

    const entries = Stream.unwrapScoped(Effect.map(join, Consumers.toStream))
    const committable = Stream.mapEffect(entries, ({ book, element, fills }) =>
      Effect.map(
        Clock.currentTimeMillis,
        (at): Committable<Element> => ({
          element,
          fills,
          checkpoint: () => checkpoints.of(book, at),
          commit: checkpoints.save(book)
        })
      )
    )

    return {
      ...reads,
      elements: Stream.map(entries, ({ element }) => element),
      committable,
      forEach,
      fills: Stream.mapConcat(entries, ({ fills }) => fills),
      state: Effect.sync(view.state),
      changes: Stream.unwrapScoped(Effect.map(hold, ({ ended }) => Stream.interruptWhenDeferred(view.changes, ended))),
      run: Effect.scoped(Effect.flatMap(hold, ({ ended }) => Deferred.await(ended))),
      refresh: Effect.scoped(
        Effect.gen(function* () {
          const { ended, inbox } = yield* hold
          const done = yield* Deferred.make<void>()
          yield* inbox.offer(new Due({ kind: "Check", why: "a program asked for it" }, done))
          yield* Effect.raceFirst(Deferred.await(done), Deferred.await(ended))
        })
      )
    }
  })
