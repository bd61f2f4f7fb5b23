import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type * as AST from "effect/SchemaAST"
import * as Json from "../json.js"
import { type MapUnknown, type ScalarKind, type Unsure, unsure } from "./plan.js"
import { Kind, type Struct, type Value } from "./shape.js"
import { bytes, cursor, isSpecial } from "./window.js"

// Scans frames of a shape by walking over flat arrays: for shapes that are new, and where code may not be generated.

export const conversions: Record<ScalarKind | "Literals" | "Unknown", number> = {
  Text: 0,
  Decimal: 0,
  Digits: 1,
  SafeInteger: 2,
  Number: 3,
  Boolean: 3,
  Unknown: 3,
  Redacted: 4,
  Literals: 5
}

/** A value: what kinds it may have, and what becomes of a string or a number. */
export interface ValueProgram {
  readonly kinds: number
  /** Whether the schema does not know it. */
  readonly isUnknown: boolean
  readonly conversion: number
  readonly values: ReadonlySet<string> | undefined
  readonly struct: StructProgram | undefined
  readonly item: ValueProgram | undefined
  /** The scanner of a struct whose order of keys is not known. */
  readonly any: ((text: string, mapUnknown: MapUnknown | undefined) => unknown) | undefined
}

export interface StructProgram {
  readonly shape: Struct
  /** What stands before each value, one after the other, and where each begins. */
  readonly literals: Uint8Array
  readonly starts: ReadonlyArray<number>
  readonly isOptional: ReadonlyArray<boolean>
  readonly values: ReadonlyArray<ValueProgram>
  /** The key of a field that the schema does not know. */
  readonly unknown: ReadonlyArray<string | undefined>
  readonly names: ReadonlyArray<string>
  /** The slots in the order of the decoded value. */
  readonly order: ReadonlyArray<number>
  readonly attached: ReadonlyArray<readonly [string, AST.LiteralValue]>
  /** How many of the slots the schema knows: what is attached stands after them. */
  readonly known: number
  /** Decoded values without their fields' values, by the set of optional fields that they have. */
  readonly templates: Map<number, Record<string, unknown> | undefined>
}

/** Beyond these, objects are built field by field. */
export const mostTemplates = 8

const quote = 0x22
const zero = 0x30

const prefix = (key: string, isFirst: boolean): string => `${isFirst ? "{" : ","}"${key}":`

/** What stands before each value of a struct, the opening quote of fixed texts and the texts themselves included. */
export const literalsOf = (shape: Struct): ReadonlyArray<string> =>
  shape.slots.map(({ key, value }, i) => prefix(key, i === 0) + (value.text === undefined ? "" : `"${value.text}"`))

const valueProgram = (value: Value): ValueProgram => {
  const { item, kinds, plan, struct } = value
  const tag = plan === undefined ? "Unknown" : plan._tag
  return {
    kinds: value.text === undefined ? kinds : 0,
    isUnknown: plan === undefined,
    conversion: conversions[plan?._tag === "Scalar" ? plan.kind : tag === "Literals" ? tag : "Unknown"],
    values: plan?._tag === "Literals" ? plan.values : undefined,
    struct: struct === undefined ? undefined : structProgram(struct),
    item: item === undefined ? undefined : valueProgram(item),
    any: undefined
  }
}

/** Slots in the order in which the schema puts the decoded fields; those that it does not know come last. */
export const decodedOrder = ({ plan, slots }: Struct): ReadonlyArray<number> => {
  const place = new Map(plan.fields.map((field, i) => [field.key, i]))
  const of = (i: number) => place.get(slots[i]!.key) ?? plan.fields.length + i
  return slots.map((_, i) => i).sort((a, b) => of(a) - of(b))
}

export const structProgram = (shape: Struct): StructProgram => {
  const literals = literalsOf(shape)
  const starts = [0]
  for (const literal of literals) {
    starts.push(starts[starts.length - 1]! + literal.length)
  }
  return {
    shape,
    literals: Uint8Array.from(literals.join(""), (character) => character.charCodeAt(0)),
    starts,
    isOptional: shape.slots.map((slot) => slot.isOptional),
    values: shape.slots.map((slot) => valueProgram(slot.value)),
    unknown: shape.slots.map(({ key, value }) => (value.plan === undefined ? key : undefined)),
    names: shape.slots.map((slot) => slot.name),
    order: decodedOrder(shape),
    attached: shape.plan.attached,
    known: shape.slots.filter((slot) => slot.value.plan !== undefined).length,
    templates: new Map()
  }
}

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
    const isInteger = conversion === conversions.Digits || conversion === conversions.SafeInteger
    const value = isInteger ? unsure : scanWide(start, at)
    if (value === unsure || (conversion === conversions.Literals && !values!.has(value))) {
      return unsure
    }
    return conversion === conversions.Redacted ? Redacted.make(value) : value
  }
  cursor[0] = at + 1
  switch (conversion) {
    case 1:
      return digitsEnd(start) === at ? text.substring(start, at) : unsure
    case 2:
      return digitsEnd(start) === at ? integerBetween(start, at) : unsure
    case 4:
      return Redacted.make(text.substring(start, at))
    case 5: {
      const value = text.substring(start, at)
      return values!.has(value) ? value : unsure
    }
    default:
      return text.substring(start, at)
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
    return text.substring(start, end)
  }
  cursor[0] = end
  return conversion === 1 ? text.substring(start, end) : integerBetween(start, end)
}

const isAt = (at: number, a: number, b: number, c: number, d: number): boolean =>
  bytes[at] === a && bytes[at + 1] === b && bytes[at + 2] === c && bytes[at + 3] === d

const scanItems = (item: ValueProgram | undefined, text: string, mapUnknown: MapUnknown | undefined): unknown => {
  const decoded: Array<unknown> = []
  cursor[0]!++
  if (bytes[cursor[0]!] === 0x5d) {
    cursor[0]!++
    return decoded
  }
  if (item === undefined) {
    return unsure
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
export const scanValue = (program: ValueProgram, text: string, mapUnknown: MapUnknown | undefined): unknown => {
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
      if (program.any !== undefined) {
        return program.any(text, mapUnknown)
      }
      if (program.isUnknown) {
        return (kinds & Kind.Struct) === 0 ? unsure : scanComposite(text)
      }
      return program.struct === undefined ? unsure : scanStruct(program.struct, text, mapUnknown)
    case 0x5b:
      if (program.isUnknown) {
        return (kinds & Kind.Items) === 0 ? unsure : scanComposite(text)
      }
      return (kinds & Kind.Items) === 0 ? unsure : scanItems(program.item, text, mapUnknown)
    default:
      return (kinds & Kind.Number) === 0 ? unsure : scanNumber(program.conversion, text)
  }
}

/** Values wait here until the struct is complete: which object they belong in is known only then. */
const waiting: Array<unknown> = []
let depth = 0

/** Decodes the struct at the cursor. */
export const interpret = (
  program: StructProgram,
  text: string,
  mapUnknown: MapUnknown | undefined
): Record<string, unknown> | Unsure => {
  depth = 0
  return scanStruct(program, text, mapUnknown)
}

const scanStruct = (
  program: StructProgram,
  text: string,
  mapUnknown: MapUnknown | undefined
): Record<string, unknown> | Unsure => {
  const base = depth
  depth += program.values.length
  const decoded = scanFields(program, text, base, mapUnknown)
  depth = base
  return decoded
}

const scanFields = (
  program: StructProgram,
  text: string,
  base: number,
  mapUnknown: MapUnknown | undefined
): Record<string, unknown> | Unsure => {
  const { isOptional, literals, shape, starts, unknown, values } = program
  let present = 0
  let bit = 1
  for (let i = 0; i < values.length; i++) {
    const end = starts[i + 1]!
    let at = cursor[0]!
    let l = starts[i]!
    while (l < end && bytes[at] === literals[l]) {
      at++
      l++
    }
    if (isOptional[i]) {
      if (l < end) {
        waiting[base + i] = unsure
        bit <<= 1
        continue
      }
      present |= bit
      bit <<= 1
    } else if (l < end) {
      return unsure
    }
    cursor[0] = at
    const fixed = shape.slots[i]!.value.text
    const value = fixed === undefined ? scanValue(values[i]!, text, mapUnknown) : fixed
    if (value === unsure) {
      return unsure
    }
    const key = unknown[i]
    waiting[base + i] = key === undefined || mapUnknown === undefined ? value : mapUnknown(key, value)
  }
  if (bytes[cursor[0]!] !== 0x7d) {
    return unsure
  }
  cursor[0]!++
  return build(program, base, present)
}

const build = (program: StructProgram, base: number, present: number): Record<string, unknown> => {
  const { attached, known, names, order, templates } = program
  const template = templates.get(present)
  // To set the fields of a clone is much cheaper than to add fields to an empty object.
  const decoded: Record<string, unknown> = template === undefined ? {} : { ...template }
  for (let i = 0; i < order.length; i++) {
    if (i === known && template === undefined) {
      attach(decoded, attached)
    }
    const slot = order[i]!
    const value = waiting[base + slot]
    if (value !== unsure) {
      decoded[names[slot]!] = value
    }
  }
  if (template === undefined) {
    if (known === order.length) {
      attach(decoded, attached)
    }
    if (templates.size < mostTemplates || templates.has(present)) {
      templates.set(present, blank(decoded, attached))
    }
  }
  return decoded
}

const attach = (decoded: Record<string, unknown>, attached: StructProgram["attached"]): void => {
  for (const [name, value] of attached) {
    decoded[name] = value
  }
}

/** Keeps nothing of a frame. */
const blank = (decoded: Record<string, unknown>, attached: StructProgram["attached"]): Record<string, unknown> => {
  const template: Record<string, unknown> = {}
  for (const name of Object.keys(decoded)) {
    template[name] = undefined
  }
  attach(template, attached)
  return template
}
