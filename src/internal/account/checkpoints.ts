import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { InvalidCredentials } from "../../BinanceError.js"
import { type Checkpoint, CheckpointError, type CheckpointStore } from "../../Checkpoint.js"
import { type Identity, titleOf } from "../identity.js"
import { webCrypto } from "../key/webCrypto.js"
import * as Warnings from "../session/warnings.js"
import type { Book } from "./book/book.js"
import * as Progress from "./engine/progress.js"
import type { Settings } from "./engine/settings.js"

/** The checkpoints of an account. */
export interface Checkpoints {
  readonly of: (book: Book, at: number) => Checkpoint
  /** Saves that a consumer has handled an element. Of several consumers the slowest decides. */
  readonly commit: (last: Progress.Handled) => Effect.Effect<void, CheckpointError>
  /** From where the account goes on when all consumers have left; `undefined` if nothing was left unhandled. */
  readonly handled: Effect.Effect<Book | undefined>
  readonly progress: Progress.Progress
  /** A consumer that commits. */
  readonly enter: Effect.Effect<Progress.Handling, never, Scope.Scope>
  /** One that does not: what it has handled is saved every now and then and when it leaves. */
  readonly track: Effect.Effect<Progress.Handling, never, Scope.Scope>
}

/** A name for the account that does not tell its API key. */
export const accountOf = (apiKey: Redacted.Redacted<string>): Effect.Effect<string, InvalidCredentials> =>
  Effect.gen(function* () {
    const subtle = yield* webCrypto
    const bytes = new TextEncoder().encode(Redacted.value(apiKey))
    const hash = yield* Effect.promise(() => subtle.digest("SHA-256", bytes))
    return Encoding.encodeHex(new Uint8Array(hash).subarray(0, 16))
  })

/** Whose checkpoint it is. */
export interface Owner {
  readonly product: Identity["product"]
  readonly account: string
  /** The name that the program gave to the account. */
  readonly name?: string | undefined
}

const keyOf = ({ account, product }: Owner) => `${product}-${account}`

/** An error that says which checkpoint it is about. */
const about =
  (owner: Owner) =>
  ({ kind, reason }: CheckpointError): CheckpointError =>
    new CheckpointError({ kind, reason, key: keyOf(owner), account: owner.name })

/** The book of the checkpoint, if there is one that can be used. */
export const load = (
  store: CheckpointStore["Type"],
  owner: Owner,
  { onInvalid }: Pick<Settings, "onInvalid">
): Effect.Effect<Book | undefined, CheckpointError> =>
  Effect.gen(function* () {
    const found = Option.getOrUndefined(yield* store.load(keyOf(owner)))
    if (found !== undefined && (found.product !== owner.product || found.account !== owner.account)) {
      return yield* new CheckpointError({
        kind: "Foreign",
        reason: `it belongs to another account of ${found.product}: keep one for each account`
      })
    }
    return found?.book
  }).pipe(
    Effect.mapError(about(owner)),
    Effect.catchIf(
      (error) => onInvalid === "startFresh" && error.kind !== "Store",
      ({ key, reason }) =>
        Effect.as(Effect.logWarning(`The account starts without its checkpoint ${key}: ${reason}`), undefined)
    )
  )

const toCheckpoint =
  ({ account, product }: Owner) =>
  (book: Book, at: number): Checkpoint => ({ version: 1, product, account, at, book })

const progressOf = ({ name, product }: Owner) => Progress.make(titleOf({ product, account: name }))

/** The checkpoints of an account that saves none. */
export const without = (owner: Owner): Effect.Effect<Checkpoints> =>
  Effect.map(progressOf(owner), (progress) => ({
    of: toCheckpoint(owner),
    commit: () => Effect.void,
    handled: Effect.map(progress.slowest, (handled) => handled?.book),
    progress,
    enter: progress.enter(0),
    track: progress.enter(0)
  }))

/** A large book takes long to save: one part in so many of the time at most. */
const savingShare = 50

/** How long a store may take to answer, while a consumer goes on and when it leaves. */
const patience = { regular: "1 minute", leaving: "5 seconds" } as const

export interface Options {
  /** The time between two saves, in ms. */
  readonly every: number
  /** What was loaded. */
  readonly restored: Book | undefined
}

/** The checkpoints of an account. */
export const make = (
  store: CheckpointStore["Type"],
  owner: Owner,
  { every, restored }: Options
): Effect.Effect<Checkpoints> =>
  Effect.gen(function* () {
    const { log } = yield* Warnings.make
    /** Open while there may be something to save. */
    const progressed = yield* Effect.makeLatch()
    const of = toCheckpoint(owner)
    const progress = yield* progressOf(owner)
    let saved = restored
    const save = (book: Book) =>
      Effect.gen(function* () {
        const checkpoint = of(book, yield* Clock.currentTimeMillis)
        yield* Effect.mapError(store.save(keyOf(owner), checkpoint), about(owner))
        saved = book
      })
    const saveUpTo = (handled: Progress.Handled | undefined) =>
      handled?.book === undefined || handled.book === saved ? Effect.void : save(handled.book)
    const saveProgress = (within: Duration.DurationInput) =>
      Effect.flatMap(progress.slowest, saveUpTo).pipe(
        Effect.interruptible,
        Effect.timeoutFail({
          duration: within,
          onTimeout: () => about(owner)(new CheckpointError({ kind: "Store", reason: "it does not answer" }))
        }),
        Effect.catchAll(({ message }) =>
          Effect.zipRight(
            progressed.open,
            log(`${message}. A restart goes on from what was saved before, and tells again what came since`)
          )
        )
      )
    const saveRegularly = Effect.gen(function* () {
      for (let pause = Duration.millis(every); ; ) {
        yield* progressed.await
        yield* progressed.close
        yield* Effect.sleep(pause)
        const [took] = yield* Effect.timed(saveProgress(patience.regular))
        pause = Duration.max(every, Duration.times(took, savingShare))
      }
    })
    // When a program ends, its consumers leave one after the other: each counts for a while after it has left.
    const enter = progress.enter(every)
    return {
      of,
      commit: (last) =>
        Effect.flatMap(progress.slowest, (slowest) =>
          saveUpTo(slowest !== undefined && slowest.seq < last.seq ? slowest : last)
        ),
      handled: Effect.sync(() => saved),
      progress,
      enter,
      track: Effect.gen(function* () {
        const { from, handled } = yield* enter
        yield* Effect.addFinalizer(() => Effect.zipRight(saveProgress(patience.leaving), progressed.open))
        yield* Effect.forkScoped(saveRegularly)
        return {
          from,
          handled: (last) => {
            handled(last)
            progressed.unsafeOpen()
          }
        }
      })
    }
  })
