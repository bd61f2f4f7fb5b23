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
export const scalars: Record<Plan.ScalarKind, Decode> = {
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

// -----------------------------------------------------------------------------
// where code may not be generated
// -----------------------------------------------------------------------------

const closure = (plan: Plan.Plan, mapUnknown: MapUnknown | undefined): Decode => {
  switch (plan._tag) {
    case "Opaque":
      return Plan.parser(plan.ast, mapUnknown)
    case "Scalar":
      return nullable(plan, scalars[plan.kind])
    case "Literals":
      return nullable(plan, (wire) => (plan.values.has(wire) ? wire : unsure))
    case "Items":
      return nullable(plan, items(closure(plan.item, mapUnknown)))
    case "Struct":
      return nullable(plan, structClosure(plan, mapUnknown))
  }
}

const nullable = (plan: { readonly isNullable: boolean }, decode: Decode): Decode =>
  plan.isNullable ? (wire) => (wire === null ? null : decode(wire)) : decode

const structClosure = (plan: Plan.Struct, mapUnknown: MapUnknown | undefined): Decode => {
  const copy = copyUnknown(plan.shape, mapUnknown)
  const keys = plan.fields.map((field) => field.key)
  const names = plan.fields.map((field) => field.name)
  const optional = plan.fields.map((field) => field.isOptional)
  const decoders = plan.fields.map((field) => closure(field.plan, mapUnknown))
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

// -----------------------------------------------------------------------------
// where it may
// -----------------------------------------------------------------------------

const literal = (value: unknown): string => JSON.stringify(value)

/** Straight-line code: one function for each struct. What it needs besides is handed over in an array. */
class Module {
  readonly functions: Array<string> = []
  readonly given: Array<unknown> = [unsure, scalars, isStruct]

  constructor(readonly mapUnknown: MapUnknown | undefined) {}

  give(value: unknown): string {
    return `given[${this.given.push(value) - 1}]`
  }

  define(parameters: string, body: string): string {
    const name = `f${this.functions.length}`
    this.functions.push(`const ${name} = (${parameters}) => {\n${body}\n}`)
    return name
  }

  /** Statements that put the decoded value in the place of the one on the wire, or return. */
  check(plan: Plan.Plan, variable: string): string {
    const check = this.checkOf(plan, variable)
    return plan._tag !== "Opaque" && plan.isNullable ? `if (${variable} !== null) { ${check} }` : check
  }

  private checkOf(plan: Plan.Plan, variable: string): string {
    const call = (f: string) => `${variable} = ${f}(${variable}); if (${variable} === unsure) return unsure`
    switch (plan._tag) {
      case "Scalar":
        switch (plan.kind) {
          case "Text":
            return `if (typeof ${variable} !== "string") return unsure`
          case "Decimal":
            return `if (typeof ${variable} !== "string") { ${call("scalars.Decimal")} }`
          case "SafeInteger":
            return `if (!Number.isSafeInteger(${variable})) { ${call("scalars.SafeInteger")} }`
          default:
            return call(`scalars.${plan.kind}`)
        }
      case "Literals":
        return plan.values.size === 1
          ? `if (${variable} !== ${literal([...plan.values][0])}) return unsure`
          : `if (!${this.give(plan.values)}.has(${variable})) return unsure`
      case "Items": {
        const item = this.define("wire", `let value = wire\n${this.check(plan.item, "value")}\nreturn value`)
        const loop = [
          "if (!Array.isArray(wire)) return unsure",
          "const decoded = []",
          "for (let i = 0; i < wire.length; i++) {",
          `  const value = ${item}(wire[i])`,
          "  if (value === unsure) return unsure",
          "  decoded.push(value)",
          "}",
          "return decoded"
        ]
        return call(this.define("wire", loop.join("\n")))
      }
      case "Struct":
        return call(this.struct(plan))
      case "Opaque":
        return call(this.give(Plan.parser(plan.ast, this.mapUnknown)))
    }
  }

  struct(plan: Plan.Struct): string {
    const body = ["if (!isStruct(wire)) return unsure", "let known = 0"]
    const always: Array<string> = []
    const sometimes: Array<string> = []
    plan.fields.forEach(({ isOptional, key, name, plan }, i) => {
      const variable = `v${i}`
      body.push(`let ${variable} = wire[${literal(key)}]`)
      if (isOptional) {
        body.push(`if (${variable} !== undefined) { known++; ${this.check(plan, variable)} }`)
        sometimes.push(`if (${variable} !== undefined) decoded[${literal(name)}] = ${variable}`)
      } else {
        body.push(`if (${variable} === undefined) return unsure`, this.check(plan, variable))
        always.push(`${literal(name)}: ${variable}`)
      }
    })
    const attached = plan.attached.map(([name, value]) => `${literal(name)}: ${literal(value)}`)
    const copy = this.give(copyUnknown(plan.shape, this.mapUnknown))
    body.push(
      `const decoded = { ${[...always, ...attached].join(", ")} }`,
      ...sometimes,
      `const keys = Object.keys(wire)`,
      `if (keys.length !== known + ${always.length}) ${copy}(wire, keys, decoded)`,
      "return decoded"
    )
    return this.define("wire", body.join("\n"))
  }
}

const generated = (plan: Plan.Plan, mapUnknown: MapUnknown | undefined): Decode => {
  const module = new Module(mapUnknown)
  const main = module.define("wire", `let value = wire\n${module.check(plan, "value")}\nreturn value`)
  const code = `"use strict"\nconst [unsure, scalars, isStruct] = given\n${module.functions.join("\n")}\nreturn ${main}`
  return new Function("given", code)(module.given)
}

/**
 * Compiles a plan. What becomes of a field that the schema does not know, `mapUnknown` says.
 */
export const compile = (plan: Plan.Plan, generate: boolean, mapUnknown: MapUnknown | undefined): Decode => {
  if (generate) {
    try {
      return generated(plan, mapUnknown)
    } catch {
      // It was allowed when the program started.
    }
  }
  return closure(plan, mapUnknown)
}
