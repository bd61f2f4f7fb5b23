import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import { LosslessNumber } from "../json.js"
import * as Build from "./build.js"
import type * as Plan from "./plan.js"
import { type MapUnknown, unsure } from "./plan.js"
import * as UnknownFields from "./unknownFields.js"

// Decodes parsed JSON by a plan. It succeeds only where the schema would, with the same value; otherwise it is unsure.

export type Walk = (wire: any) => unknown

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
  (wire) => {
    if (!Array.isArray(wire)) {
      return unsure
    }
    const decoded: Array<unknown> = []
    for (let i = 0; i < wire.length; i++) {
      const value = item(wire[i])
      if (value === unsure) {
        return unsure
      }
      decoded.push(value)
    }
    return decoded
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
  /** An object, which is faster than a map. */
  const byKey: Record<string, KnownField> = Object.create(null)
  fields.forEach((field, place) => {
    byKey[field.key] = {
      place,
      bit: build.bits[place]!,
      isNullish: field.isNullish,
      isText: isText(field.plan),
      walk: make(field.plan, options)
    }
  })
  const known = {
    byKey: new Set(fields.map(({ key }) => key)),
    names: new Set([...fields.map(({ name }) => name), ...attached.map(([name]) => name)])
  }
  const required = fields.filter(({ isOptional }) => !isOptional).length
  return (wire) => {
    if (!isStruct(wire)) {
      return unsure
    }
    const values = build.blank()
    let set = 0
    let missing = required
    let hasUnknown = false
    // Its own keys, not those of the plan: it takes longest to look up a key that is absent.
    for (const key in wire) {
      const field = byKey[key]
      if (field === undefined) {
        hasUnknown = true
        continue
      }
      const of = wire[key]
      const value = field.isText && typeof of === "string" ? of : field.walk(of)
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
    const decoded = build.make(values, set)
    if (hasUnknown) {
      UnknownFields.copy(known, wire, Object.keys(wire), decoded, mapUnknown)
    }
    return decoded
  }
}

const nullable = (plan: { readonly isNullable: boolean }, walk: Walk): Walk =>
  plan.isNullable ? (wire) => (wire === null ? null : walk(wire)) : walk

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
