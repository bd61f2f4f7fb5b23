import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Json from "../json.js"
import * as UnknownFields from "../unknownFields.js"
import type * as Plan from "./plan.js"
import { allKinds, Kind, type MapUnknown, type Unsure, unsure } from "./plan.js"
import { bytes, cursor, isSpecial, partOf } from "./window.js"

// Scans a frame by walking over the plan of its member: nothing is learned before, and the keys may come in any order.

export type Interpret = (text: string, mapUnknown: MapUnknown | undefined) => Record<string, unknown> | Unsure

/** A value: what kinds it may have, and what becomes of a string or a number. */
interface ValueProgram {
  readonly kinds: number
  /** Whether the schema does not know it. */
  readonly isUnknown: boolean
  readonly conversion: number
  readonly values: ReadonlySet<string> | undefined
  readonly item: ValueProgram | undefined
  readonly struct: Interpret | undefined
}

interface StructProgram {
  readonly plan: Plan.Struct
  readonly values: ReadonlyArray<ValueProgram>
  readonly names: ReadonlyArray<string>
  /** Fields by the byte of a key that has only one, or -1. */
  readonly byByte: Int16Array
  readonly byKey: ReadonlyMap<string, number>
  /** A power of two for each optional field, 0 for the others: their sum says which there are. */
  readonly weights: ReadonlyArray<number>
  /** How many fields there must be. */
  readonly required: number
  /** By the sum of the optional fields. */
  readonly templates: Map<number, Template>
  readonly mayGenerate: boolean
}

/** Decoded values with the same fields. */
interface Template {
  readonly names: ReadonlyArray<string>
  /** Where the values of the fields wait. */
  readonly places: ReadonlyArray<number>
  /** A decoded value without its fields' values. */
  readonly blank: Record<string, unknown>
  uses: number
  /** Code that makes such a value, once it has proved common. */
  build: Build | undefined
}

type Build = (waiting: ReadonlyArray<unknown>, base: number) => Record<string, unknown>

/** Beyond these, a template is made for each object. */
const mostTemplates = 32

/** Of what is made as often, code makes it: the engine finds the places of computed names slowly where they vary. */
const common = 128

/** More are looked through by someone else: here each is compared with all before it. */
const mostUnknown = 32

/** A sum of powers of two is exact up to here. */
const mostWeight = 2 ** 52

// -----------------------------------------------------------------------------
// programs
// -----------------------------------------------------------------------------

const scalarConversions: Record<Plan.ScalarKind, number> = {
  Text: 0,
  Decimal: 0,
  Digits: 1,
  SafeInteger: 2,
  Number: 3,
  Boolean: 3,
  Redacted: 4
}

/** What becomes of a string or a number, as a small number. */
export const conversionOf = (plan: Plan.Plan | undefined): number =>
  plan?._tag === "Scalar" ? scalarConversions[plan.kind] : plan?._tag === "Literals" ? 5 : 3

const unknownValue: ValueProgram = {
  kinds: allKinds,
  isUnknown: true,
  conversion: conversionOf(undefined),
  values: undefined,
  item: undefined,
  struct: undefined
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

const valueProgram = (plan: Plan.Plan, mayGenerate: boolean): ValueProgram => ({
  kinds: kindsOf(plan) | (plan._tag !== "Opaque" && plan.isNullable ? Kind.Null : 0),
  isUnknown: false,
  conversion: conversionOf(plan),
  values: plan._tag === "Literals" ? plan.values : undefined,
  item: plan._tag === "Items" ? valueProgram(plan.item, mayGenerate) : undefined,
  struct: plan._tag === "Struct" ? interpretStruct(plan, mayGenerate) : undefined
})

const structProgram = (plan: Plan.Struct, mayGenerate: boolean): StructProgram => {
  const { fields } = plan
  const byByte = new Int16Array(256).fill(-1)
  fields.forEach(({ key }, i) => {
    if (key.length === 1 && key.charCodeAt(0) < 256) {
      byByte[key.charCodeAt(0)] = i
    }
  })
  let next = 1
  const weights = fields.map(({ isOptional }) => {
    const weight = isOptional ? next : 0
    next *= isOptional ? 2 : 1
    return weight
  })
  return {
    plan,
    values: fields.map((field) => valueProgram(field.plan, mayGenerate)),
    names: fields.map((field) => field.name),
    byByte,
    byKey: new Map(fields.map(({ key }, i) => [key, i])),
    weights,
    required: fields.filter((field) => !field.isOptional).length,
    templates: new Map(),
    mayGenerate
  }
}

// -----------------------------------------------------------------------------
// values
// -----------------------------------------------------------------------------

const quote = 0x22
const zero = 0x30

/** The digits at the cursor: where they end, or -1 if this is no integer, or one that has to be looked at closer. */
export const digitsEnd = (start: number): number => {
  let at = bytes[start] === 0x2d ? start + 1 : start
  const first = bytes[at]! - zero
  if (first < 0 || first > 9) {
    return -1
  }
  at++
  if (first === 0) {
    // Neither a leading zero nor minus zero.
    const next = bytes[at]! - zero
    return (next >= 0 && next <= 9) || at - start > 1 ? -1 : at
  }
  while (bytes[at]! >= zero && bytes[at]! <= 0x39) {
    at++
  }
  return at
}

/** An integer between two places, or `undefined` if a number cannot hold it. */
const integerBetween = (start: number, end: number): number | Unsure => {
  // 16 digits and a sign: what is longer is not safe, and what is not is added up exactly or turns out too large.
  if (end - start > 17) {
    return unsure
  }
  const isNegative = bytes[start] === 0x2d
  let value = 0
  for (let at = isNegative ? start + 1 : start; at < end; at++) {
    value = value * 10 + (bytes[at]! - zero)
  }
  return value > Number.MAX_SAFE_INTEGER ? unsure : isNegative ? -value : value
}

/** The end of the fraction that follows an integer, if one does. */
const fractionEnd = (start: number): number => {
  if (bytes[start] !== 0x2e) {
    return start
  }
  let at = start + 1
  while (bytes[at]! >= zero && bytes[at]! <= 0x39) {
    at++
  }
  return at === start + 1 ? -1 : at
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true })

/**
 * The rest of a string that may hold more than ASCII, from where it does. Its bytes are decoded by themselves, which is
 * the same: no quote is part of a longer character, not even of a broken one.
 */
export const scanWide = (start: number, from: number): string | Unsure => {
  let at = from
  while (isSpecial[bytes[at]!] === 0 || bytes[at]! >= 0x80) {
    at++
  }
  if (bytes[at] !== quote) {
    return unsure
  }
  cursor[0] = at + 1
  return utf8.decode(bytes.subarray(start, at))
}

/** So deep may a value be that is skipped: less than JSON may, which counts what is around it too. */
const deepest = 64

/** A struct or an array of which the schema knows nothing: what it is, the parser of JSON says. */
export const scanComposite = (text: string): unknown => {
  const start = cursor[0]!
  let depth = 0
  let at = start
  do {
    const byte = bytes[at++]!
    if (byte === quote) {
      while (isSpecial[bytes[at]!] === 0) {
        at++
      }
      if (bytes[at++] !== quote) {
        return unsure
      }
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > deepest) {
        return unsure
      }
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--
    } else if (isSpecial[byte] !== 0) {
      return unsure
    }
  } while (depth > 0)
  const parsed = Json.parse(text.substring(start, at))
  if (Either.isLeft(parsed)) {
    return unsure
  }
  cursor[0] = at
  return parsed.right
}

const scanString = (conversion: number, values: ReadonlySet<string> | undefined, text: string): unknown => {
  const start = cursor[0]! + 1
  let at = start
  while (isSpecial[bytes[at]!] === 0) {
    at++
  }
  if (bytes[at] !== quote) {
    const isInteger = conversion === 1 || conversion === 2
    const value = isInteger ? unsure : scanWide(start, at)
    if (value === unsure || (conversion === 5 && !values!.has(value))) {
      return unsure
    }
    return conversion === 4 ? Redacted.make(value) : value
  }
  cursor[0] = at + 1
  switch (conversion) {
    case 1:
      return digitsEnd(start) === at ? partOf(text, start, at) : unsure
    case 2:
      return digitsEnd(start) === at ? integerBetween(start, at) : unsure
    case 4:
      return Redacted.make(partOf(text, start, at))
    case 5: {
      const value = partOf(text, start, at)
      return values!.has(value) ? value : unsure
    }
    default:
      return partOf(text, start, at)
  }
}

const scanNumber = (conversion: number, text: string): unknown => {
  const start = cursor[0]!
  let end = digitsEnd(start)
  if (end === -1) {
    return unsure
  }
  if (conversion === 0) {
    end = fractionEnd(end)
    if (end === -1) {
      return unsure
    }
    cursor[0] = end
    return partOf(text, start, end)
  }
  cursor[0] = end
  return conversion === 1 ? partOf(text, start, end) : integerBetween(start, end)
}

const isAt = (at: number, a: number, b: number, c: number, d: number): boolean =>
  bytes[at] === a && bytes[at + 1] === b && bytes[at + 2] === c && bytes[at + 3] === d

const scanItems = (item: ValueProgram, text: string, mapUnknown: MapUnknown | undefined): unknown => {
  const decoded: Array<unknown> = []
  cursor[0]!++
  if (bytes[cursor[0]!] === 0x5d) {
    cursor[0]!++
    return decoded
  }
  while (true) {
    const value = scanValue(item, text, mapUnknown)
    if (value === unsure) {
      return unsure
    }
    decoded.push(value)
    const next = bytes[cursor[0]!]
    cursor[0]!++
    if (next === 0x5d) {
      return decoded
    }
    if (next !== 0x2c) {
      return unsure
    }
  }
}

/** Decodes the value at the cursor. */
const scanValue = (program: ValueProgram, text: string, mapUnknown: MapUnknown | undefined): unknown => {
  const { kinds } = program
  const at = cursor[0]!
  switch (bytes[at]) {
    case quote:
      return (kinds & Kind.String) === 0 ? unsure : scanString(program.conversion, program.values, text)
    case 0x74:
      if ((kinds & Kind.Boolean) === 0 || !isAt(at, 0x74, 0x72, 0x75, 0x65)) {
        return unsure
      }
      cursor[0] = at + 4
      return true
    case 0x66:
      if ((kinds & Kind.Boolean) === 0 || !isAt(at + 1, 0x61, 0x6c, 0x73, 0x65)) {
        return unsure
      }
      cursor[0] = at + 5
      return false
    case 0x6e:
      if ((kinds & Kind.Null) === 0 || !isAt(at, 0x6e, 0x75, 0x6c, 0x6c)) {
        return unsure
      }
      cursor[0] = at + 4
      return null
    case 0x7b:
      if (program.isUnknown) {
        return scanComposite(text)
      }
      return program.struct === undefined ? unsure : program.struct(text, mapUnknown)
    case 0x5b:
      if (program.isUnknown) {
        return scanComposite(text)
      }
      return program.item === undefined ? unsure : scanItems(program.item, text, mapUnknown)
    default:
      return (kinds & Kind.Number) === 0 ? unsure : scanNumber(program.conversion, text)
  }
}

// -----------------------------------------------------------------------------
// structs
// -----------------------------------------------------------------------------

/** Values wait here until the struct is complete: which object they belong in is known only then. */
const waiting: Array<unknown> = []
let depth = 0

/** Where the values of a frame begin anew. */
export const reset = (): void => {
  depth = 0
}

/**
 * Makes the function that decodes the struct at the cursor. What it knows of the plan is made when it is first needed.
 */
export const interpretStruct = (plan: Plan.Struct, mayGenerate: boolean): Interpret => {
  let program: StructProgram | undefined
  return (text, mapUnknown) => {
    program ??= structProgram(plan, mayGenerate)
    const base = depth
    depth += program.values.length
    const decoded = scanFields(program, text, base, mapUnknown)
    depth = base
    return decoded
  }
}

const scanFields = (
  program: StructProgram,
  text: string,
  base: number,
  mapUnknown: MapUnknown | undefined
): Record<string, unknown> | Unsure => {
  const { byByte, byKey, plan, values, weights } = program
  for (let i = 0; i < values.length; i++) {
    waiting[base + i] = unsure
  }
  let unknown: Array<string> | undefined
  let unknownValues: Array<unknown> | undefined
  let present = 0
  let required = 0
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
  if (next !== 0x7d || required !== program.required) {
    return unsure
  }
  cursor[0] = at + 1
  const decoded = build(program, base, present)
  if (unknown !== undefined) {
    for (let i = 0; i < unknown.length; i++) {
      decoded[UnknownFields.nameOf(plan.shape, unknown[i]!)] = unknownValues![i]
    }
  }
  return decoded
}

/**
 * To set the fields of a clone is cheap if the object was made by the parser of JSON: one to which many fields are added
 * by computed names becomes a hash table.
 */
const templateOf = ({ names, plan, templates, weights }: StructProgram, base: number, present: number): Template => {
  const places = names.flatMap((_, i) => (waiting[base + i] === unsure ? [] : i))
  const has = places.map((i) => names[i]!)
  const blank = JSON.parse(
    JSON.stringify(Object.fromEntries([...has, ...plan.attached.map(([name]) => name)].map((name) => [name, null])))
  )
  for (const [name, value] of plan.attached) {
    blank[name] = value
  }
  const template: Template = { names: has, places, blank, uses: 0, build: undefined }
  if (templates.size < mostTemplates && Math.max(...weights) <= mostWeight) {
    templates.set(present, template)
  }
  return template
}

const generateBuild = ({ plan }: StructProgram, { names, places }: Template): Build | undefined => {
  const entries = [
    ...names.map((name, i) => `${JSON.stringify(name)}: waiting[base + ${places[i]}]`),
    ...plan.attached.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
  ]
  try {
    return new Function("waiting", "base", `return { ${entries.join(", ")} }`) as Build
  } catch {
    return undefined
  }
}

const build = (program: StructProgram, base: number, present: number): Record<string, unknown> => {
  const template = program.templates.get(present) ?? templateOf(program, base, present)
  if (template.build !== undefined) {
    return template.build(waiting, base)
  }
  if (program.mayGenerate && ++template.uses === common) {
    template.build = generateBuild(program, template)
  }
  const { blank, names, places } = template
  const decoded: Record<string, unknown> = { ...blank }
  for (let i = 0; i < names.length; i++) {
    decoded[names[i]!] = waiting[base + places[i]!]
  }
  return decoded
}
