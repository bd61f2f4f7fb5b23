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
    return String(wire)
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

const struct = (plan: Plan.Struct, options: Options): Walk => {
  const { mapUnknown } = options
  const { attached, fields } = plan
  const known = {
    byKey: new Set(fields.map(({ key }) => key)),
    names: new Set([...fields.map(({ name }) => name), ...attached.map(([name]) => name)])
  }
  const build = Build.make(plan, options.generateCode)
  const walks = fields.map((field) => make(field.plan, options))
  return (wire) => {
    if (!isStruct(wire)) {
      return unsure
    }
    const values = new Array<unknown>(fields.length)
    let count = 0
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i]!
      const of = wire[field.key]
      if (of === undefined) {
        if (!field.isOptional) {
          return unsure
        }
        values[i] = Build.absent
        continue
      }
      const value = walks[i]!(of)
      if (value === unsure) {
        return unsure
      }
      values[i] = value === null && field.isNullish ? undefined : value
      count++
    }
    const decoded = build(values)
    const keys = Object.keys(wire)
    if (keys.length !== count) {
      UnknownFields.copy(known, wire, keys, decoded, mapUnknown)
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
