import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Account, AccountElement, Committable, Options } from "../../Account.js"
import { type BinanceError, type InvalidCredentials, InvalidOptions } from "../../BinanceError.js"
import { type CheckpointError, CheckpointStore } from "../../Checkpoint.js"
import { Credentials } from "../../Credentials.js"
import type { StreamNotice } from "../../StreamNotice.js"
import type { Handler } from "../../UserDataStream.js"
import { withAccount } from "../identity.js"
import { requireSigner } from "../webSocketApi/authorize.js"
import * as Checkpoints from "./checkpoints.js"
import type { Handled, Handling } from "./engine/progress.js"
import * as Settings from "./engine/settings.js"
import { Due } from "./engine/trigger.js"
import * as Running from "./running.js"

export type { Definition } from "./running.js"

/** Whose account it is, where its credentials can sign. */
const ownerOf = (product: Checkpoints.Owner["product"]) =>
  Effect.gen(function* () {
    const credentials = yield* Credentials
    yield* requireSigner(credentials, "Reading an account")
    const { apiKey, name } = credentials
    return { product, account: yield* Checkpoints.accountOf(apiKey), name }
  })

/** What the options say, checked. */
const settingsOf = (options: Options) =>
  Effect.flatMap(Credentials, ({ name }) => Effect.mapError(Settings.of(options), withAccount(name)))

/** Hands each element to the handler, and tells the checkpoint that it was handled. */
const handleAll = <Element, E, R>(
  place: Running.Place<Element>,
  handled: Handling["handled"],
  handler: Handler<Element, E, R>
): Effect.Effect<void, BinanceError | E, R> =>
  Effect.gen(function* () {
    for (;;) {
      const [entries, isOver] = yield* place.entries.takeAll
      for (const entry of entries) {
        const result = handler(entry.element)
        if (Effect.isEffect(result)) {
          yield* result
        }
        handled(entry)
      }
      if (isOver) {
        return
      }
    }
  })

/** The elements of a consumer that commits what it has handled. One that never does has handled all but the last. */
const committable = <Element>({ join }: Running.Account<Element>, checkpoints: Checkpoints.Checkpoints) =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const [place, handled] = yield* join(checkpoints.enter)
      let hasCommitted = false
      let last: Handled | undefined
      return Stream.mapEffect(Running.toStream(place), (entry) => {
        if (last !== undefined && !hasCommitted) {
          handled(last)
        }
        last = entry
        const { book, element, fills } = entry
        const commit = Effect.suspend(() => {
          hasCommitted = true
          handled(entry)
          return checkpoints.commit(entry)
        })
        return Effect.map(
          Clock.currentTimeMillis,
          (at): Committable<Element> => ({ element, fills, checkpoint: () => checkpoints.of(book, at), commit })
        )
      })
    })
  )

/** What consumers do with an account, besides the reads. */
const membersOf = <Element>(running: Running.Account<Element>, checkpoints: Checkpoints.Checkpoints) => {
  const { hold, join, view } = running
  const entries = Stream.unwrapScoped(Effect.map(join(), ([place]) => Running.toStream(place)))
  return {
    elements: Stream.map(entries, ({ element }) => element),
    committable: committable(running, checkpoints),
    forEach: <E, R>(handler: Handler<Element, E, R>) =>
      Effect.scoped(
        Effect.gen(function* () {
          const [place, handled] = yield* join(checkpoints.track)
          return yield* handleAll(place, handled, handler)
        })
      ),
    fills: Stream.mapConcat(entries, ({ fills }) => fills),
    state: Effect.sync(view.state),
    changes: Stream.unwrapScoped(Effect.map(hold, ({ ended }) => Stream.interruptWhenDeferred(view.changes, ended))),
    run: Effect.scoped(Effect.flatMap(hold, ({ ended }) => Deferred.await(ended))),
    refresh: Effect.scoped(
      Effect.gen(function* () {
        const { ended, offer } = yield* hold
        const done = yield* Deferred.make<void>()
        yield* offer(new Due({ kind: "Check", why: "a program asked for it" }, done))
        yield* Effect.raceFirst(Deferred.await(done), Deferred.await(ended))
      })
    )
  }
}

const makeWith = <Event>(
  definition: Running.Definition<Event>,
  settings: Settings.Settings,
  checkpoints: Checkpoints.Checkpoints
): Effect.Effect<Account<Event | StreamNotice>, never, Scope.Scope> =>
  Effect.map(Running.make(definition, settings, checkpoints), (running) => ({
    ...definition.reads,
    ...membersOf<Event | StreamNotice | AccountElement>(running, checkpoints)
  }))

/** Makes an account over the stream of its product. */
export const make = <Event>(
  definition: Running.Definition<Event>,
  options: Options
): Effect.Effect<Account<Event | StreamNotice>, InvalidCredentials | InvalidOptions, Credentials | Scope.Scope> =>
  Effect.gen(function* () {
    const owner = yield* ownerOf(definition.product)
    if (options.checkpoint !== undefined) {
      return yield* new InvalidOptions({
        option: "checkpoint",
        reason: "needs a store: use makeWithCheckpoint or layerWithCheckpoint, or leave it out",
        account: owner.name
      })
    }
    const settings = yield* settingsOf(options)
    return yield* makeWith(definition, settings, yield* Checkpoints.without(owner))
  })

/** The same, which goes on from its last checkpoint. */
export const makeWithCheckpoint = <Event>(
  definition: Running.Definition<Event>,
  options: Options
): Effect.Effect<
  Account<Event | StreamNotice>,
  InvalidCredentials | InvalidOptions | CheckpointError,
  Credentials | CheckpointStore | Scope.Scope
> =>
  Effect.gen(function* () {
    const store = yield* CheckpointStore
    const owner = yield* ownerOf(definition.product)
    const settings = yield* settingsOf(options)
    const restored = yield* Checkpoints.load(store, owner, settings)
    const checkpoints = yield* Checkpoints.make(store, owner, { every: settings.saveEvery, restored })
    return yield* makeWith(definition, settings, checkpoints)
  })
