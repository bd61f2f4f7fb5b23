import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { BinanceError } from "../../BinanceError.js"
import { type Product, tables } from "../../Environment.js"
import { type Cause, Gap } from "../../StreamNotice.js"

/** Absent in JSON where there is none. */
const orUndefined = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(Schema.UndefinedOr(schema), { default: () => undefined })

/** An error with its message, which follows from the rest of it. */
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

export const Status = Schema.Struct({
  product: Schema.Literal(...products),
  account: orUndefined(Schema.String),
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
