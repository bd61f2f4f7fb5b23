import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { toMillis } from "../../epoch.js"
import { Decimal, Int64, Millis } from "../../event/field.js"
import { PositionSide } from "../model.js"

// The fields of REST rows. Rows differ from account to account and from year to year: they have to say which thing they
// are about, its state and its time, and any other field may be absent, null, empty, a number or a text.

/** An id, as its digits. */
export const Id = Int64

/** A quantity or a price, as the text in which it came. */
export const Amount = Decimal.pipe(Schema.filter((text) => /^-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/.test(text)))

/** Epoch ms. */
export const Time = Schema.transform(Millis, Schema.Number, { strict: true, decode: toMillis, encode: (time) => time })

/** A text, which some rows write as a number. */
export const Text = Decimal

/** Some rows write it as a text. */
export const Flag = Schema.transform(
  Schema.Union(Schema.Boolean, Schema.Literal("true", "false", "TRUE", "FALSE")),
  Schema.Boolean,
  { strict: true, decode: (flag) => String(flag).toLowerCase() === "true", encode: (flag) => flag }
)

/** A field that rows may lack, or have as `null` or as an empty text. */
export const optional = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalToOptional(Schema.Union(Schema.Null, Schema.Literal(""), schema), Schema.typeSchema(schema), {
    decode: Option.filter((value): value is A => value !== null && value !== ""),
    encode: (value) => value
  })

/** Rows of before hedge mode lack it. */
export const Leg = optional(PositionSide)

/** Whether an amount is zero, however it is padded. */
export const isZero = (amount: string): boolean => !/[1-9]/.test(amount.replace(/[eE].*$/, ""))

/** An amount for which zero means that there is none. */
export const unlessZero = (amount: string | undefined): string | undefined =>
  amount === undefined || isZero(amount) ? undefined : amount

/** A time, or an id, for which zero means that there is none. */
export const unlessNone = <A extends string | number>(value: A | undefined): A | undefined =>
  value === undefined || Number(value) <= 0 ? undefined : value

/** Leaves out the fields that are not known. */
export const known = <A extends object>(fields: A): A =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as A
