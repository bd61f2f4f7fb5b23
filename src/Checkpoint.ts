/**
 * What a program has to remember to lose nothing over a restart: an account's book, whose it is, and where it is kept.
 *
 * @since 0.2.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"

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
}> {
  override get message(): string {
    return `The checkpoint cannot be used: ${this.reason}`
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
  at: Schema.Number
})

/**
 * What an account knew at a moment.
 *
 * @since 0.2.0
 * @category models
 */
export interface Checkpoint extends Schema.Schema.Type<typeof Checkpoint> {}

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
 * How a checkpoint is used. Every option has a default.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** What to do with one that is broken, old or of another account. Default: `"fail"`. */
  readonly onInvalid?: "fail" | "startFresh" | undefined
}
