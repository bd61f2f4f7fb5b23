/**
 * What a program has to remember to lose nothing over a restart: an account's book, whose it is, and where it is kept.
 *
 * @since 0.2.0
 */
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import { Book } from "./internal/account/book/book.js"
import { about } from "./internal/taggedError.js"

const toStartFresh = `To start without it, set checkpoint: { onInvalid: "startFresh" }`

/**
 * A checkpoint cannot be read, written, or used here.
 *
 * @since 0.2.0
 * @category errors
 */
export class CheckpointError extends Data.TaggedError("CheckpointError")<{
  /** `Store`: reading or writing failed. `Invalid`: it cannot be decoded. `Foreign`: it belongs to another account. */
  readonly kind: "Store" | "Invalid" | "Foreign"
  readonly reason: string
  /** The key of the checkpoint in its store, where it is known. */
  readonly key?: string | undefined
  /** The name of the account, where it has one. */
  readonly account?: string | undefined
}> {
  override get message(): string {
    const checkpoint = `checkpoint${this.key === undefined ? "" : ` ${this.key}`}`
    return about(
      this,
      this.kind === "Store"
        ? `The store of the ${checkpoint} failed: ${this.reason}`
        : `The ${checkpoint} cannot be ${this.kind === "Invalid" ? "read" : "used"}: ${this.reason}. ${toStartFresh}`
    )
  }
}

/**
 * What an account knew at a moment. It is JSON, and holds no secret.
 *
 * @since 0.2.0
 * @category models
 */
export const Checkpoint = Schema.Struct({
  /** The version of this format. */
  version: Schema.Literal(1),
  product: Schema.String,
  /** A hash of the API key: it tells accounts apart, and does not tell the key. */
  account: Schema.String,
  /** When it was made, in epoch ms on the local clock. */
  at: Schema.JsonNumber,
  /** What is known of the account. */
  book: Book
})

/**
 * What an account knew at a moment.
 *
 * @since 0.2.0
 * @category models
 */
export interface Checkpoint extends Schema.Schema.Type<typeof Checkpoint> {}

/** The version of the format that this library writes, and the largest that it reads. */
const version = 1

const Versioned = Schema.parseJson(Schema.Struct({ version: Schema.Number }))

/** The version of the format that a checkpoint has, as far as it tells one. */
const writtenBy = (json: string): number =>
  Option.getOrUndefined(Schema.decodeOption(Versioned)(json))?.version ?? version

const reasonOf = (json: string): string => {
  const written = writtenBy(json)
  if (written === version) {
    return "it is empty, cut off or something else"
  }
  const formats = `(format ${written}, this one reads ${version})`
  return written > version
    ? `a newer version of this library wrote it ${formats}. Update the library`
    : `it is no checkpoint of this version ${formats}`
}

/**
 * Reads a checkpoint from JSON, for stores of one's own. The error says what is wrong, and what to do.
 *
 * @since 0.2.0
 * @category decoding
 */
export const fromJson = (json: string): Effect.Effect<Checkpoint, CheckpointError> =>
  Effect.mapError(
    Schema.decode(Schema.parseJson(Checkpoint))(json),
    () => new CheckpointError({ kind: "Invalid", reason: reasonOf(json) })
  )

/**
 * Writes a checkpoint as JSON.
 *
 * @since 0.2.0
 * @category encoding
 */
export const toJson = (checkpoint: Checkpoint): string => Schema.encodeSync(Schema.parseJson(Checkpoint))(checkpoint)

/**
 * Where checkpoints are kept, by a key that names product and account.
 *
 * @since 0.2.0
 * @category tags
 */
export class CheckpointStore extends Context.Tag("effect-binance-user-data/CheckpointStore")<
  CheckpointStore,
  {
    readonly load: (key: string) => Effect.Effect<Option.Option<Checkpoint>, CheckpointError>
    readonly save: (key: string, checkpoint: Checkpoint) => Effect.Effect<void, CheckpointError>
  }
>() {}

/**
 * How checkpoints are used. Every option has a default.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /**
   * What to do with a checkpoint that is broken, too new for this version, or of another account. Default: `"fail"`, so
   * that nothing is lost by a mistake.
   */
  readonly onInvalid?: "fail" | "startFresh" | undefined
  /**
   * How often what `forEach` has handled is saved, besides when it ends: less often where that would take more than 2 % of
   * the time. Default: 1 second.
   */
  readonly every?: Duration.DurationInput | undefined
}

/**
 * Keeps checkpoints in memory, for tests.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerMemory: Layer.Layer<CheckpointStore> = Layer.effect(
  CheckpointStore,
  Effect.map(Ref.make<ReadonlyMap<string, Checkpoint>>(new Map()), (kept) => ({
    load: (key) => Effect.map(Ref.get(kept), (all) => Option.fromNullable(all.get(key))),
    save: (key, checkpoint) => Ref.update(kept, (all) => new Map(all).set(key, checkpoint))
  }))
)

const slots = [0, 1] as const

/** A checkpoint as it is stored: the slot with the higher revision is the newer one. */
const Slot = Schema.parseJson(Schema.Struct({ ...Checkpoint.fields, revision: Schema.JsonNumber }))

type Slot = typeof Slot.Type

/** A write that the end of the process cuts off leaves half a value: so each key has two slots, written in turn. */
const makeSlots = ({ get, set }: KeyValueStore.KeyValueStore) => {
  const toError = ({ message }: { readonly message: string }) => new CheckpointError({ kind: "Store", reason: message })
  const nameOf = (key: string, slot: number) => `${key}.${slot}`
  const read = (key: string) =>
    Effect.mapError(
      Effect.forEach(slots, (slot) => get(nameOf(key, slot))),
      toError
    )
  const write = (key: string, checkpoint: Checkpoint, revision: number) =>
    Effect.suspend(() =>
      Effect.mapError(
        set(nameOf(key, revision % slots.length), Schema.encodeSync(Slot)({ ...checkpoint, revision })),
        toError
      )
    )
  return { read, write }
}

/** A slot that a newer version wrote, where the other one is of this version. */
const tooNew = (values: ReadonlyArray<Option.Option<string>>): string | undefined =>
  values.flatMap(Option.toArray).find((json) => writtenBy(json) > version)

const newest = (values: ReadonlyArray<Option.Option<string>>): Slot | undefined =>
  values
    .flatMap((value) => Option.toArray(Option.flatMap(value, Schema.decodeOption(Slot))))
    .sort((one, other) => other.revision - one.revision)[0]

/**
 * Keeps checkpoints in a `KeyValueStore` of `@effect/platform`: files on Node, the local storage in a browser. Each is
 * kept twice, as `<key>.0` and `<key>.1`: a save that the end of the process cuts off leaves the one before it.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerKeyValueStore: Layer.Layer<CheckpointStore, never, KeyValueStore.KeyValueStore> = Layer.effect(
  CheckpointStore,
  Effect.gen(function* () {
    const { read, write } = makeSlots(yield* KeyValueStore.KeyValueStore)
    const oneAtATime = (yield* Effect.makeSemaphore(1)).withPermits(1)
    const revisions = yield* Ref.make<ReadonlyMap<string, number>>(new Map())
    const nextRevision = (key: string) =>
      Effect.gen(function* () {
        const last = (yield* revisions).get(key)
        return last === undefined ? (newest(yield* read(key))?.revision ?? -1) + 1 : last + 1
      })
    const saveAs = (key: string, checkpoint: Checkpoint, revision: number) =>
      Effect.zipRight(
        write(key, checkpoint, revision),
        Ref.update(revisions, (all) => new Map(all).set(key, revision))
      )
    return {
      load: (key) =>
        Effect.gen(function* () {
          const values = yield* read(key)
          const newer = tooNew(values)
          if (newer !== undefined) {
            return Option.some(yield* fromJson(newer))
          }
          const found = newest(values)
          if (found !== undefined) {
            const { revision, ...checkpoint } = found
            return Option.some(checkpoint)
          }
          // The first save writes both: where one is missing it was cut off, and nothing was saved before it.
          const [first] = Option.getOrElse(Option.all(values), () => [])
          return first === undefined ? Option.none() : Option.some(yield* fromJson(first))
        }),
      save: (key, checkpoint) =>
        Effect.gen(function* () {
          const revision = yield* nextRevision(key)
          yield* saveAs(key, checkpoint, revision)
          if (revision === 0) {
            yield* saveAs(key, checkpoint, 1)
          }
        }).pipe(oneAtATime)
    }
  })
)
