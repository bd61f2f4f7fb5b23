import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { BinanceError } from "../../BinanceError.js"
import { type Product, tables } from "../../Environment.js"
import { type Cause, Gap } from "../../StreamNotice.js"

/**
 * The health of a session.
 *
 * @since 0.1.0
 * @category models
 */
export interface Status {
  readonly product: Product
  /** The name of the account, where it has one. */
  readonly account: string | undefined
  /** The symbol of an isolated margin account. */
  readonly isolatedSymbol: string | undefined
  /**
   * `Idle`: no consumers. `Connecting`: not live yet. `Live`. `RollingOver`: live, while a new connection is opened.
   * `Interrupted`: was live, and reconnects. `Failed`: ended with an error.
   */
  readonly phase: "Idle" | "Connecting" | "Live" | "RollingOver" | "Interrupted" | "Failed"
  /** How many consumers share the session. */
  readonly consumers: number
  /** Since when events have been arriving without a gap, in epoch ms. */
  readonly liveSince: number | undefined
  /** When the current connection was opened, in epoch ms. */
  readonly connectedAt: number | undefined
  /** When the current credential (listen key or listen token) expires unless it is renewed, in epoch ms. */
  readonly credentialExpiresAt: number | undefined
  /** When the last frame of any kind arrived, in epoch ms. */
  readonly lastFrameAt: number | undefined
  /** When the last event arrived, in epoch ms. */
  readonly lastEventAt: number | undefined
  readonly lastGap: Gap | undefined
  /** When the current connection will be replaced, in epoch ms. */
  readonly nextRolloverAt: number | undefined
  readonly rollovers: number
  /** How often the stream had to be re-established, by the tag of the cause. */
  readonly reconnects: { readonly [C in Cause["_tag"]]?: number }
  /** What ended the stream, or what the last attempt to connect failed with. */
  readonly lastError: BinanceError | undefined
}

/** Left out of the JSON when `undefined`. */
const orUndefined = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(Schema.UndefinedOr(schema), { default: () => undefined })

/** An error and its message; the message is derived from the other fields. */
const ErrorWithMessage = Schema.transformOrFail(
  Schema.Struct({ _tag: Schema.String, message: Schema.String }, { key: Schema.String, value: Schema.Unknown }),
  Schema.typeSchema(BinanceError),
  {
    strict: true,
    decode: ({ message: _, ...fields }) => ParseResult.decodeUnknown(BinanceError)(fields),
    encode: (error) =>
      Effect.map(ParseResult.encode(BinanceError)(error), (fields) => ({ ...fields, message: error.message }))
  }
)

const products = Object.keys(tables.production) as Array<Product>

const causes = [
  "SocketClosed",
  "HalfOpen",
  "KeyExpired",
  "KeyRejected",
  "StreamTerminated",
  "ServerShutdown",
  "MaximumAge",
  "Overflow"
] as const satisfies ReadonlyArray<Cause["_tag"]>

const schema = Schema.Struct({
  product: Schema.Literal(...products),
  account: orUndefined(Schema.String),
  isolatedSymbol: orUndefined(Schema.String),
  phase: Schema.Literal("Idle", "Connecting", "Live", "RollingOver", "Interrupted", "Failed"),
  consumers: Schema.Number,
  liveSince: orUndefined(Schema.Number),
  connectedAt: orUndefined(Schema.Number),
  credentialExpiresAt: orUndefined(Schema.Number),
  lastFrameAt: orUndefined(Schema.Number),
  lastEventAt: orUndefined(Schema.Number),
  lastGap: orUndefined(Gap),
  nextRolloverAt: orUndefined(Schema.Number),
  rollovers: Schema.Number,
  reconnects: Schema.partialWith(Schema.Record({ key: Schema.Literal(...causes), value: Schema.Number }), {
    exact: true
  }),
  lastError: orUndefined(ErrorWithMessage)
})

/**
 * The health of a session as JSON, for an endpoint or a file: fields that are `undefined` are left out, and the error
 * includes its `message`.
 *
 * @since 0.2.0
 * @category schemas
 */
export const Status: Schema.Schema<Status, typeof schema.Encoded> = schema
