import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as Types from "effect/Types"
import {
  nullFromUndefined,
  type ScalarKind,
  ScalarKindId,
  SentAsNullId,
  undefinedFromNull,
  WireOrderId
} from "../decoder/plan.js"
import { isLosslessNumber, LosslessNumber } from "../json.js"

/**
 * A number in a frame: parsed without loss, or a string of digits.
 *
 * @since 0.1.0
 * @category schemas
 */
export type Numeric = string | number | LosslessNumber

const Numeric: Schema.Schema<Numeric> = Schema.declare(
  (input): input is Numeric => typeof input === "string" || typeof input === "number" || isLosslessNumber(input),
  { identifier: "Numeric" }
)

const Wire = <A extends string | number>(
  kind: ScalarKind,
  type: Schema.Schema<A>,
  decode: (wire: Numeric) => A | undefined,
  encode: (value: A) => Numeric
): Schema.Schema<A, Numeric> =>
  Schema.transformOrFail(Numeric, type, {
    strict: true,
    decode: (wire, _, ast) => {
      const value = decode(wire)
      return value === undefined ? Either.left(new ParseResult.Type(ast, wire)) : Either.right(value)
    },
    encode: (value) => Either.right(encode(value))
  }).annotations({ [ScalarKindId]: kind })

const integer = /^(?:0|-?[1-9]\d*)$/

const Digits = Schema.String.pipe(
  Schema.pattern(integer, {
    identifier: "Int64",
    description: "a 64-bit integer in decimal digits",
    arbitrary: () => (fc) => fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)
  })
)

/**
 * A 64-bit integer as decimal digits, because it may not fit a JavaScript number. Encoded as a JSON number.
 */
export const Int64 = Wire(
  "Digits",
  Digits,
  (wire) => {
    const digits = String(wire)
    return integer.test(digits) ? digits : undefined
  },
  (digits) => {
    const number = Number(digits)
    return Number.isSafeInteger(number) ? number : new LosslessNumber(digits)
  }
)

const DecimalText = Schema.String.annotations({
  identifier: "Decimal",
  description: "a decimal number as text",
  arbitrary: () => (fc) =>
    fc
      .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.stringMatching(/^[0-9]{0,18}$/))
      .map(([whole, fraction]) => (fraction === "" ? String(whole) : `${whole}.${fraction}`))
})

/**
 * A decimal number, as the exact text of the frame.
 */
export const Decimal = Wire("Decimal", DecimalText, String, (text) => text)

const safeInteger = (wire: Numeric): number | undefined => {
  if (typeof wire === "number") {
    return Number.isSafeInteger(wire) ? wire : undefined
  }
  const digits = String(wire)
  const number = Number(digits)
  return integer.test(digits) && Number.isSafeInteger(number) ? number : undefined
}

const SafeInteger = Schema.Number.pipe(Schema.filter((number) => Number.isSafeInteger(number)))

/**
 * A time in epoch ms; in epoch µs on a socket with `timeUnit=MICROSECOND`.
 */
export const Millis = Wire(
  "SafeInteger",
  SafeInteger.annotations({
    identifier: "Millis",
    description: "epoch ms",
    arbitrary: () => (fc) =>
      fc.oneof(fc.integer({ min: -1, max: 4_102_444_800_000 }), fc.integer({ min: 1e15, max: 4_102_444_800_000_000 }))
  }),
  safeInteger,
  (millis) => millis
)

/**
 * A small integer, such as a code or a leverage.
 */
export const Integer = Wire(
  "SafeInteger",
  SafeInteger.annotations({
    identifier: "Integer",
    description: "an integer",
    arbitrary: () => (fc) => fc.integer()
  }),
  safeInteger,
  (integer) => integer
)

/**
 * A text with these known values. Other values are valid as well: Binance adds new ones.
 */
export const OpenEnum = <Values extends readonly [string, ...ReadonlyArray<string>]>(
  ...values: Values
): Schema.Schema<Values[number] | (string & {}), string> =>
  Schema.String.annotations({
    [ScalarKindId]: "Enumerated" satisfies ScalarKind,
    description: `one of ${values.join(", ")}, or another text`,
    examples: values,
    arbitrary: () => (fc) => fc.oneof(fc.constantFrom(...values), fc.string())
  })

/** Yes or no. */
export const Flag = Schema.Boolean

/** Any text. */
export const Text = Schema.String

/** A secret, such as a listen key. */
export const Secret = Schema.Redacted(Schema.String).annotations({ [ScalarKindId]: "Redacted" satisfies ScalarKind })

/**
 * A part of an event.
 */
export const struct = <Fields extends Schema.Struct.Fields>(fields: Fields): Schema.Struct<Fields> =>
  Schema.Struct(fields)

/**
 * A field that every frame has, under `key` on the wire.
 */
export const field = <Key extends string, A, I>(key: Key, schema: Schema.Schema<A, I>) =>
  Schema.propertySignature(schema).pipe(Schema.fromKey(key))

/**
 * A field that may be missing or `null`, under `key` on the wire. A missing field stays missing; `null` is decoded as
 * `undefined`, and encoded as `null` again.
 */
export const optional = <Key extends string, A, I>(key: Key, schema: Schema.Schema<A, I>) =>
  Schema.optionalToOptional(Schema.NullOr(schema), Schema.UndefinedOr(Schema.typeSchema(schema)), {
    decode: undefinedFromNull,
    encode: nullFromUndefined
  }).pipe(Schema.fromKey(key))

/**
 * The same, for a field that is often `null`: decoded faster.
 */
export const nullish = <Key extends string, A, I>(key: Key, schema: Schema.Schema<A, I>) =>
  optional(key, schema.annotations({ [SentAsNullId]: true }))

/**
 * Merges two sets of fields. Unlike a spread, it keeps the documentation of the fields in the published types.
 */
export const extend = <Shared extends Schema.Struct.Fields, Own extends Schema.Struct.Fields>(
  shared: Shared,
  own: Own
): Shared & Own => ({ ...shared, ...own })

/**
 * Declares the order in which Binance sends the keys of a struct, so that the decoder is fast; other orders are decoded as
 * well. List a key at each position where it has been seen, with a question mark if it is often missing there. Keys that
 * are not in the struct are ignored.
 */
export const inWireOrder =
  (order: string) =>
  <Fields extends Schema.Struct.Fields>(part: Schema.Struct<Fields>): Schema.Struct<Fields> =>
    part.annotations({ [WireOrderId]: order })

const header = <Name extends string>(...names: ReadonlyArray<Name>) => ({
  /** `e`: the name of the event, as Binance writes it. */
  eventType: field("e", Schema.Literal(...names) as Schema.Schema<Name>),
  /** `E`: when Binance sent the event, in epoch ms. */
  eventTime: field("E", Millis)
})

type Header<Name extends string> = ReturnType<typeof header<Name>>

/**
 * The schema of an event: decodes frames with one of the names, and adds the tag.
 *
 * @since 0.1.0
 * @category schemas
 */
export interface Event<Tag extends string, Name extends string, Fields extends Schema.Struct.Fields>
  extends Schema.AnnotableClass<
    Event<Tag, Name, Fields>,
    Types.Simplify<{ readonly _tag: Tag } & Schema.Struct.Type<Header<Name> & Fields>>,
    Schema.Struct.Encoded<Header<Name> & Fields>
  > {}

export const event = <
  Tag extends string,
  const Name extends string | readonly [string, ...ReadonlyArray<string>],
  Fields extends Schema.Struct.Fields
>(
  tag: Tag,
  name: Name,
  fields: Fields,
  wireOrder?: string
): Event<Tag, Name extends string ? Name : Name[number], Fields> => {
  const names = typeof name === "string" ? [name] : name
  const whole = struct({ ...header(...names), ...fields })
  return (wireOrder === undefined ? whole : inWireOrder(wireOrder)(whole))
    .pipe(Schema.attachPropertySignature("_tag", tag))
    .annotations({ title: tag }) as any
}
