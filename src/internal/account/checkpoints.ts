import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { InvalidCredentials } from "../../BinanceError.js"
import { type Checkpoint, CheckpointError, type CheckpointStore } from "../../Checkpoint.js"
import { webCrypto } from "../key/webCrypto.js"
import * as Warnings from "../session/warnings.js"
import type { Book } from "./book/book.js"
import type { Settings } from "./engine/settings.js"

/** How far a consumer has come. */
export interface Progress {
  readonly handled: (entry: { readonly book: Book; readonly seq: number }) => void
}

/** The checkpoints of an account. */
export interface Checkpoints {
  readonly of: (book: Book, at: number) => Checkpoint
  readonly save: (book: Book) => Effect.Effect<void, CheckpointError>
  /** What was saved last, if anything was since the account was made. */
  readonly saved: Effect.Effect<Book | undefined>
  /** Saves what a consumer has handled, every now and then and when it leaves. */
  readonly track: Effect.Effect<Progress, never, Scope.Scope>
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
  readonly product: string
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

/** The checkpoints of an account that saves none. */
export const without = (owner: Owner): Checkpoints => ({
  of: toCheckpoint(owner),
  save: () => Effect.void,
  saved: Effect.succeed(undefined),
  track: Effect.succeed({ handled: () => {} })
})

interface Consumer {
  book: Book | undefined
  seq: number
  leftAt: number | undefined
}

/** Several consumers: the slowest one decides. */
const slowest = (all: Iterable<Consumer>) => {
  let result: Consumer | undefined
  for (const one of all) {
    result = result === undefined || one.seq < result.seq ? one : result
  }
  return result?.book
}

/** A large book takes long to save: one part in so many of the time at most. */
const savingShare = 50

/** The checkpoints of an account. `every` is the time between two saves, in ms. */
export const make = (store: CheckpointStore["Type"], owner: Owner, every: number): Effect.Effect<Checkpoints> =>
  Effect.map(Warnings.make, ({ log }) => {
    const of = toCheckpoint(owner)
    let saved: Book | undefined
    const consumers = new Set<Consumer>()
    const save = (book: Book) =>
      Effect.gen(function* () {
        const checkpoint = of(book, yield* Clock.currentTimeMillis)
        yield* Effect.mapError(store.save(keyOf(owner), checkpoint), about(owner))
        saved = book
      })
    const saveProgress = Effect.suspend(() => {
      const book = slowest(consumers)
      return book === undefined || book === saved
        ? Effect.void
        : Effect.catchAll(save(book), ({ message }) =>
            log(`${message}. A restart goes on from what was saved before, and tells again what came since`)
          )
    })
    const forget = Effect.map(Clock.currentTimeMillis, (now) => {
      for (const consumer of consumers) {
        if (consumer.leftAt !== undefined && consumer.leftAt + every <= now) {
          consumers.delete(consumer)
        }
      }
    })
    /** One that has left still counts for a while: when a program ends, its consumers leave one after the other. */
    const leave = (consumer: Consumer) =>
      Effect.gen(function* () {
        consumer.leftAt = yield* Clock.currentTimeMillis
        yield* saveProgress
      })
    const saveRegularly = Effect.gen(function* () {
      for (let pause = Duration.millis(every); ; ) {
        yield* Effect.sleep(pause)
        yield* forget
        const [took] = yield* Effect.timed(saveProgress)
        pause = Duration.max(every, Duration.times(took, savingShare))
      }
    })
    return {
      of,
      save,
      saved: Effect.sync(() => saved),
      track: Effect.gen(function* () {
        const consumer: Consumer = { book: undefined, seq: -1, leftAt: undefined }
        yield* Effect.acquireRelease(
          Effect.sync(() => consumers.add(consumer)),
          () => leave(consumer)
        )
        yield* Effect.forkScoped(saveRegularly)
        return {
          handled: ({ book, seq }) => {
            consumer.book = book
            consumer.seq = seq
          }
        }
      })
    }
  })
