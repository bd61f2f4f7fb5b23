import * as UnknownFields from "../unknownFields.js"
import { conversions, scanValue, type ValueProgram } from "./interpret.js"
import type * as Plan from "./plan.js"
import { type MapUnknown, type Unsure, unsure } from "./plan.js"
import { allKinds, Kind } from "./shape.js"
import { bytes, cursor, isSpecial } from "./window.js"

// Scans frames whose keys stand in an order that is not known: slower than with a shape, but it needs none, so that
// frames of ever new shapes cost little more than known ones.

interface AnyStruct {
  readonly plan: Plan.Struct
  readonly values: ReadonlyArray<ValueProgram>
  readonly names: ReadonlyArray<string>
  /** Fields by the byte of a key that has only one, or -1. */
  readonly byByte: Int16Array
  readonly byKey: ReadonlyMap<string, number>
  /** A power of two for each optional field, 0 for the others: their sum says which there are. */
  readonly weights: ReadonlyArray<number>
  /** Likewise for fields that may have several kinds: added if it is `null`, and if it is neither that nor a string. */
  readonly nullWeights: ReadonlyArray<number>
  readonly otherWeights: ReadonlyArray<number>
  readonly isSummable: boolean
  /** How many fields there must be. */
  readonly required: number
  readonly templates: Map<number, Record<string, unknown>>
}

/**
 * What the frame last scanned has for those who look at keys and kinds only: which optional fields there were, and which
 * values were no strings where they could be. It says nothing if it is not complete.
 */
export const signature = { present: 0, kinds: 0, isComplete: true }

const mostTemplates = 32

/** More are looked through by someone else: here each is compared with all before it. */
const mostUnknown = 32

const quote = 0x22

const unknownValue: ValueProgram = {
  kinds: allKinds,
  isUnknown: true,
  conversion: conversions.Unknown,
  values: undefined,
  struct: undefined,
  item: undefined,
  any: undefined
}

const kindsOf = (plan: Plan.Plan): number => {
  switch (plan._tag) {
    case "Opaque":
      return 0
    case "Struct":
      return Kind.Struct
    case "Items":
      return Kind.Items
    case "Literals":
      return Kind.String
    case "Scalar":
      switch (plan.kind) {
        case "Text":
        case "Redacted":
          return Kind.String
        case "Number":
          return Kind.Number
        case "Boolean":
          return Kind.Boolean
        default:
          return Kind.String | Kind.Number
      }
  }
}

const valueProgram = (plan: Plan.Plan): ValueProgram => ({
  isUnknown: false,
  kinds: kindsOf(plan) | (plan._tag !== "Opaque" && plan.isNullable ? Kind.Null : 0),
  conversion: conversions[plan._tag === "Scalar" ? plan.kind : plan._tag === "Literals" ? plan._tag : "Unknown"],
  values: plan._tag === "Literals" ? plan.values : undefined,
  struct: undefined,
  item: plan._tag === "Items" ? valueProgram(plan.item) : undefined,
  any: plan._tag === "Struct" ? scanAnyOrder(plan) : undefined
})

/** A sum of powers of two is exact up to here. */
const mostWeight = 2 ** 52

const makeStruct = (plan: Plan.Struct): AnyStruct => {
  const values = plan.fields.map((field) => valueProgram(field.plan))
  const weigh = (isWeighed: (i: number) => boolean, power = { next: 1 }): ReadonlyArray<number> =>
    values.map((_, i) => {
      const weight = isWeighed(i) ? power.next : 0
      power.next *= isWeighed(i) ? 2 : 1
      return weight
    })
  const weights = weigh((i) => plan.fields[i]!.isOptional)
  const kindPower = { next: 1 }
  const has = (i: number, kind: number) => (values[i]!.kinds & kind) !== 0 && values[i]!.kinds !== kind
  const nullWeights = weigh((i) => has(i, Kind.Null), kindPower)
  const otherWeights = weigh((i) => has(i, Kind.Number), kindPower)
  const byByte = new Int16Array(256).fill(-1)
  plan.fields.forEach(({ key }, i) => {
    if (key.length === 1 && key.charCodeAt(0) < 256) {
      byByte[key.charCodeAt(0)] = i
    }
  })
  return {
    plan,
    values,
    names: plan.fields.map((field) => field.name),
    byByte,
    byKey: new Map(plan.fields.map(({ key }, i) => [key, i])),
    weights,
    nullWeights,
    otherWeights,
    isSummable: Math.max(...weights) <= mostWeight && kindPower.next <= mostWeight,
    required: plan.fields.filter((field) => !field.isOptional).length,
    templates: new Map()
  }
}

const waiting: Array<unknown> = []
let depth = 0

/** Where the fields of a frame begin anew. */
export const reset = (): void => {
  depth = 0
}

/**
 * Makes the scanner of a struct at the cursor. The struct itself is made when it is first needed.
 */
export const scanAnyOrder = (plan: Plan.Struct) => {
  let struct: AnyStruct | undefined
  return (text: string, mapUnknown: MapUnknown | undefined): Record<string, unknown> | Unsure => {
    struct ??= makeStruct(plan)
    const base = depth
    depth += struct.values.length
    const decoded = scanFields(struct, text, base, mapUnknown)
    depth = base
    return decoded
  }
}

const scanFields = (
  struct: AnyStruct,
  text: string,
  base: number,
  mapUnknown: MapUnknown | undefined
): Record<string, unknown> | Unsure => {
  const { byByte, byKey, plan, values, weights } = struct
  for (let i = 0; i < values.length; i++) {
    waiting[base + i] = unsure
  }
  let unknown: Array<string> | undefined
  let unknownValues: Array<unknown> | undefined
  let present = 0
  let required = 0
  let kinds = 0
  let at = cursor[0]!
  if (bytes[at] !== 0x7b) {
    return unsure
  }
  let next = 0x2c
  while (next === 0x2c) {
    const start = at + 2
    if (bytes[at + 1] !== quote) {
      return unsure
    }
    at = start
    while (isSpecial[bytes[at]!] === 0) {
      at++
    }
    if (bytes[at] !== quote || bytes[at + 1] !== 0x3a) {
      return unsure
    }
    const index = at - start === 1 ? byByte[bytes[start]!]! : (byKey.get(text.substring(start, at)) ?? -1)
    cursor[0] = at + 2
    if (index !== -1) {
      const first = bytes[at + 2]
      const value = waiting[base + index] === unsure ? scanValue(values[index]!, text, mapUnknown) : unsure
      if (value === unsure) {
        return unsure
      }
      waiting[base + index] = value
      const weight = weights[index]!
      if (weight === 0) {
        required++
      } else {
        present += weight
      }
      if (first !== quote) {
        kinds += first === 0x6e ? struct.nullWeights[index]! : struct.otherWeights[index]!
      }
    } else {
      const key = text.substring(start, at)
      const value = key === "__proto__" || unknown?.includes(key) ? unsure : scanValue(unknownValue, text, mapUnknown)
      if (value === unsure) {
        return unsure
      }
      unknown ??= []
      unknownValues ??= []
      if (unknown.length === mostUnknown) {
        return unsure
      }
      unknown.push(key)
      unknownValues.push(mapUnknown === undefined ? value : mapUnknown(key, value))
    }
    at = cursor[0]!
    next = bytes[at]!
  }
  if (next !== 0x7d || required !== struct.required) {
    return unsure
  }
  cursor[0] = at + 1
  const decoded = build(struct, base, present)
  if (unknown !== undefined) {
    for (let i = 0; i < unknown.length; i++) {
      decoded[UnknownFields.nameOf(plan.shape, unknown[i]!)] = unknownValues![i]
    }
  }
  signature.present = present
  signature.kinds = kinds
  signature.isComplete = unknown === undefined && struct.isSummable
  return decoded
}

const build = (struct: AnyStruct, base: number, present: number): Record<string, unknown> => {
  const { names, plan, templates } = struct
  const template = templates.get(present)
  const decoded: Record<string, unknown> = template === undefined ? {} : { ...template }
  for (let i = 0; i < names.length; i++) {
    const value = waiting[base + i]
    if (value !== unsure) {
      decoded[names[i]!] = value
    }
  }
  if (template !== undefined) {
    return decoded
  }
  for (const [name, value] of plan.attached) {
    decoded[name] = value
  }
  if (templates.size < mostTemplates && struct.isSummable) {
    const blank: Record<string, unknown> = {}
    for (const name of Object.keys(decoded)) {
      blank[name] = undefined
    }
    for (const [name, value] of plan.attached) {
      blank[name] = value
    }
    templates.set(present, blank)
  }
  return decoded
}
