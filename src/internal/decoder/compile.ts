import * as Redacted from "effect/Redacted"
import { LosslessNumber } from "../json.js"
import * as UnknownFields from "../unknownFields.js"
import * as Plan from "./plan.js"
import { type MapUnknown, unsure } from "./plan.js"

// A plan as a function over parsed JSON. It succeeds only where the schema would, with the same value; else it is unsure.

export type Decode = (wire: any) => unknown

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

/** What becomes of a scalar on the wire. */
const scalars: Record<Plan.ScalarKind, Decode> = {
  Text: (wire) => (typeof wire === "string" ? wire : unsure),
  Redacted: (wire) => (typeof wire === "string" ? Redacted.make(wire) : unsure),
  Decimal: decimal,
  Digits: digits,
  SafeInteger: safeInteger,
  Number: (wire) => (typeof wire === "number" ? wire : unsure),
  Boolean: (wire) => (typeof wire === "boolean" ? wire : unsure)
}

const isStruct = (wire: unknown): boolean =>
  typeof wire === "object" && wire !== null && !Array.isArray(wire) && !(wire instanceof LosslessNumber)

/** Copies the fields that the schema does not know. */
const copyUnknown = (shape: UnknownFields.StructShape, mapUnknown: MapUnknown | undefined) => {
  return (wire: Record<string, unknown>, keys: ReadonlyArray<string>, decoded: Record<string, unknown>): void => {
    for (const key of keys) {
      if (!shape.byKey.has(key)) {
        const value = mapUnknown === undefined ? wire[key] : mapUnknown(key, wire[key])
        UnknownFields.set(decoded, UnknownFields.nameOf(shape, key), value)
      }
    }
  }
}

const items =
  (item: Decode): Decode =>
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

/**
 * Compiles a plan. What becomes of a field that the schema does not know, `mapUnknown` says.
 */
export const compile = (plan: Plan.Plan, mapUnknown: MapUnknown | undefined): Decode => {
  switch (plan._tag) {
    case "Opaque":
      return Plan.parser(plan.ast, mapUnknown)
    case "Scalar":
      return nullable(plan, scalars[plan.kind])
    case "Literals":
      return nullable(plan, (wire) => (plan.values.has(wire) ? wire : unsure))
    case "Items":
      return nullable(plan, items(compile(plan.item, mapUnknown)))
    case "Struct":
      return nullable(plan, struct(plan, mapUnknown))
  }
}

const nullable = (plan: { readonly isNullable: boolean }, decode: Decode): Decode =>
  plan.isNullable ? (wire) => (wire === null ? null : decode(wire)) : decode

const struct = (plan: Plan.Struct, mapUnknown: MapUnknown | undefined): Decode => {
  const copy = copyUnknown(plan.shape, mapUnknown)
  const keys = plan.fields.map((field) => field.key)
  const names = plan.fields.map((field) => field.name)
  const optional = plan.fields.map((field) => field.isOptional)
  const decoders = plan.fields.map((field) => compile(field.plan, mapUnknown))
  return (wire) => {
    if (!isStruct(wire)) {
      return unsure
    }
    const decoded: Record<string, unknown> = {}
    let known = 0
    for (let i = 0; i < keys.length; i++) {
      const field = wire[keys[i]!]
      if (field !== undefined) {
        const value = decoders[i]!(field)
        if (value === unsure) {
          return unsure
        }
        decoded[names[i]!] = value
        known++
      } else if (!optional[i]) {
        return unsure
      }
    }
    for (const [name, value] of plan.attached) {
      decoded[name] = value
    }
    const present = Object.keys(wire)
    if (present.length !== known) {
      copy(wire, present, decoded)
    }
    return decoded
  }
}
