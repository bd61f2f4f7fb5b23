import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import { LosslessNumber, leastLength } from "../json.js"
import * as Build from "./build.js"
import type * as Plan from "./plan.js"
import { type MapUnknown, unsure } from "./plan.js"
import * as UnknownFields from "./unknownFields.js"

// Decodes parsed JSON by a plan. It succeeds only where the schema would, with the same value; otherwise it is unsure.

/**
 * Counts how many characters the walked values have at least in their text. A text of just as many has no number that
 * JavaScript would write back differently: it need not be searched for one.
 */
export interface Count {
  least: number
}

export type Walk = (wire: any, count: Count) => unknown

export interface Options {
  readonly generateCode: boolean
  readonly mapUnknown: MapUnknown | undefined
}

const isInteger = (digits: string): boolean => /^(?:0|-?[1-9]\d*)$/.test(digits)

const textOfNumber = (wire: unknown): string | undefined =>
  typeof wire === "number" || wire instanceof LosslessNumber ? String(wire) : undefined

const decimal = (wire: unknown): unknown => (typeof wire === "string" ? wire : (textOfNumber(wire) ?? unsure))

const digits = (wire: unknown): unknown => {
  if (typeof wire === "number" && Number.isSafeInteger(wire)) {
    // Many times faster than to write a number as text.
    return BigInt(wire).toString()
  }
  const text = decimal(wire)
  return typeof text === "string" && isInteger(text) ? text : unsure
}

const safeInteger = (wire: unknown): unknown => {
  if (typeof wire === "number") {
    return Number.isSafeInteger(wire) ? wire : unsure
  }
  const text = digits(wire)
  return text !== unsure && Number.isSafeInteger(Number(text)) ? Number(text) : unsure
}

const scalars: Record<Plan.ScalarKind, Walk> = {
  Text: (wire) => (typeof wire === "string" ? wire : unsure),
  Enumerated: (wire) => (typeof wire === "string" ? wire : unsure),
  Redacted: (wire) => (typeof wire === "string" ? Redacted.make(wire) : unsure),
  Decimal: decimal,
  Digits: digits,
  SafeInteger: safeInteger,
  Number: (wire) => (typeof wire === "number" ? wire : unsure),
  Boolean: (wire) => (typeof wire === "boolean" ? wire : unsure)
}

const isStruct = (wire: unknown): boolean =>
  typeof wire === "object" && wire !== null && !Array.isArray(wire) && !(wire instanceof LosslessNumber)

const opaque = (ast: AST.AST, { mapUnknown }: Options): Walk => {
  const decode = Schema.decodeUnknownEither(Schema.make<unknown, unknown, never>(ast))
  const shape = UnknownFields.fromAST(ast)
  return (wire) => {
    const result = decode(wire)
    if (Either.isLeft(result)) {
      return unsure
    }
    if (shape !== undefined) {
      UnknownFields.decode(shape, wire, result.right, mapUnknown)
    }
    return result.right
  }
}

const items =
  (item: Walk): Walk =>
  (wire, count) => {
    if (!Array.isArray(wire)) {
      return unsure
    }
    const decoded: Array<unknown> = []
    for (let i = 0; i < wire.length; i++) {
      const value = item(wire[i], count)
      if (value === unsure) {
        return unsure
      }
      count.least += leastLength(wire[i])
      decoded.push(value)
    }
    count.least += wire.length + 1
    return decoded
  }

/** A key has two quotes, a colon, and a comma or a brace behind its value. */
const leastOfKey = (key: string): number => key.length + 4

/** Counts what a wrapper has beside the value that was taken out of it. Of anything else, nothing is known. */
export const leastAround = (wrapper: any, value: unknown): number => {
  let least = 1
  let isIn = false
  for (const key in wrapper) {
    isIn ||= wrapper[key] === value
    least += leastOfKey(key) + leastLength(wrapper[key])
  }
  return isIn && isStruct(wrapper) ? least : Number.NaN
}

/** Strings stay as they are: most fields are strings, and need no function. */
const isText = (plan: Plan.Plan): boolean =>
  plan._tag === "Scalar" && (plan.kind === "Text" || plan.kind === "Enumerated" || plan.kind === "Decimal")

/** What a struct knows of a key. */
interface KnownField {
  readonly place: number
  readonly bit: number
  readonly isNullish: boolean
  readonly isText: boolean
  readonly walk: Walk
}

const struct = (plan: Plan.Struct, options: Options): Walk => {
  const { mapUnknown } = options
  const { attached, fields } = plan
  const build = Build.make(plan, options.generateCode)
  /** An object, which is faster than a map; and an array, which is still faster, for keys of one character. */
  const byKey: Record<string, KnownField> = Object.create(null)
  const byCode = new Array<KnownField | undefined>(128).fill(undefined)
  fields.forEach((field, place) => {
    const known = {
      place,
      bit: build.bits[place]!,
      isNullish: field.isNullish,
      isText: isText(field.plan),
      walk: make(field.plan, options)
    }
    byKey[field.key] = known
    if (field.key.length === 1) {
      byCode[field.key.charCodeAt(0)] = known
    }
  })
  const known = {
    byKey: new Set(fields.map(({ key }) => key)),
    names: new Set([...fields.map(({ name }) => name), ...attached.map(([name]) => name)])
  }
  const required = fields.filter(({ isOptional }) => !isOptional).length
  return (wire, count) => {
    if (!isStruct(wire)) {
      return unsure
    }
    const values = build.blank()
    let set = 0
    let missing = required
    let hasUnknown = false
    let least = 1
    // Its own keys, not those of the plan: it takes longest to look up a key that is absent.
    for (const key in wire) {
      const field = key.length === 1 ? byCode[key.charCodeAt(0)] : byKey[key]
      const of = wire[key]
      least += leastOfKey(key) + leastLength(of)
      if (field === undefined) {
        hasUnknown = true
        continue
      }
      const value = field.isText && typeof of === "string" ? of : field.walk(of, count)
      if (value === unsure) {
        return unsure
      }
      values[field.place] = value === null && field.isNullish ? undefined : value
      set += field.bit
      if (field.bit === 0) {
        missing--
      }
    }
    if (missing > 0) {
      return unsure
    }
    count.least += least
    const decoded = build.make(values, set)
    if (hasUnknown) {
      UnknownFields.copy(known, wire, Object.keys(wire), decoded, mapUnknown)
    }
    return decoded
  }
}

const nullable = (plan: { readonly isNullable: boolean }, walk: Walk): Walk =>
  plan.isNullable ? (wire, count) => (wire === null ? null : walk(wire, count)) : walk

/**
 * Makes the function that decodes what a plan describes.
 */
export const make = (plan: Plan.Plan, options: Options): Walk => {
  switch (plan._tag) {
    case "Opaque":
      return opaque(plan.ast, options)
    case "Scalar":
      return nullable(plan, scalars[plan.kind])
    case "Literals":
      return nullable(plan, (wire) => (plan.values.has(wire) ? wire : unsure))
    case "Items":
      return nullable(plan, items(make(plan.item, options)))
    case "Struct":
      return nullable(plan, struct(plan, options))
  }
}
