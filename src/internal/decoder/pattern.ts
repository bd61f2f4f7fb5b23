import * as Redacted from "effect/Redacted"
import * as Build from "./build.js"
import type * as Plan from "./plan.js"
import { unsure } from "./plan.js"

// Decodes a frame by one regular expression, made from the schema, that knows the keys in the order in which Binance
// sends them: V8 compiles it to machine code at the second frame. What it does not match may still be the event.

type Match = RegExpExecArray

/** Takes a value out of a match. */
export type Read = (match: Match) => unknown

/** An expression for a value in a match `v`. */
interface Code {
  readonly value: string
  /** What must not be true of the match. */
  readonly tests: ReadonlyArray<string>
  /** Which arrays are in the value. */
  readonly items: ReadonlyArray<number>
}

interface Part {
  readonly source: string
  readonly read: Read
  /** The code that reads a match with the same fields; `undefined` if a field is there twice. */
  readonly code: (match: Match) => Code | undefined
}

interface Context {
  readonly generateCode: boolean
  /** How many groups the regular expression has. */
  groups: number
  /** What reads arrays. */
  readonly items: Array<Read>
}

/** Decodes what begins at a place of a text. */
export interface Pattern {
  readonly regExp: RegExp
  readonly read: Read
}

const integer = "0|-?[1-9]\\d*"

/** Up to 8999999999999999: that a number can hold more, the other paths know. */
const safeInteger = "0|-?(?:[1-8]\\d{0,15}|9\\d{0,14})"

/** A string without escapes: what stands between its quotes is what it says. */
const text = '[^"\\\\\\x00-\\x1f]*'

/** What stands in an array that has no arrays inside. */
const itemsText = `[^"[\\]]*(?:"${text}"[^"[\\]]*)*`

/** What stands before a field that may be the first one. */
const maybeComma = "(?:(?<!\\{),|(?<=\\{))"

export const escape = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")

/** V8 makes a longer part of a string a view, which keeps the whole frame in memory. Programs keep ids: these are copied. */
const longestCopy = 12

const copy = (text: string): string => {
  let copied = ""
  for (let at = 0; at < text.length; at += longestCopy) {
    copied += text.substring(at, at + longestCopy)
  }
  return copied
}

/** A match that has other fields than the code is made for. */
const other: unique symbol = Symbol.for("effect-binance-user-data/other")

/** No code is made for further sets of fields. */
const maximumCodes = 32

/** The code holds names and literals of the schema, and nothing of what is decoded. */
const compile = (code: Code, items: ReadonlyArray<Read>): Read => {
  const body = [
    ...(code.tests.length === 0 ? [] : [`if(${code.tests.join("||")})return other`]),
    ...code.items.map((i) => `const i${i}=items[${i}](v);if(i${i}===unsure)return unsure`),
    `return ${code.value}`
  ]
  const make = new Function("copy", "secret", "items", "other", "unsure", `return v=>{${body.join(";")}}`)
  return make(copy, Redacted.make, items, other, unsure)
}

/** Reads a match by code that is made for those fields that it has. */
const compiled = (part: Part, items: ReadonlyArray<Read>): Read => {
  const codes: Array<Read> = []
  return (match) => {
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i]!
      const value = code(match)
      if (value !== other) {
        if (i > 0) {
          // What comes often is soon among the first.
          codes[i] = codes[i - 1]!
          codes[i - 1] = code
        }
        return value
      }
    }
    const code = codes.length === maximumCodes ? undefined : part.code(match)
    if (code === undefined) {
      return part.read(match)
    }
    const read = compile(code, items)
    codes.push(read)
    return read(match)
  }
}

const reader = (part: Part, { generateCode, items }: Context): Read =>
  generateCode ? compiled(part, items) : part.read

// -----------------------------------------------------------------------------
// values
// -----------------------------------------------------------------------------

const leaf = (source: string, read: Read, value: string, items: ReadonlyArray<number> = []): Part => {
  const code = { value, tests: [], items }
  return { source, read, code: () => code }
}

const scalar = (kind: Plan.ScalarKind, group: number): Part => {
  const own = `v[${group}].length>${longestCopy}?copy(v[${group}]):v[${group}]`
  const readOwn = (match: Match): string => (match[group]!.length > longestCopy ? copy(match[group]!) : match[group]!)
  switch (kind) {
    case "Decimal":
    case "Enumerated":
      return leaf(`"(${text})"`, (match) => match[group], `v[${group}]`)
    case "Text":
      return leaf(`"(${text})"`, readOwn, own)
    case "Redacted":
      return leaf(`"(${text})"`, (match) => Redacted.make(readOwn(match)), `secret(${own})`)
    case "Digits":
      return leaf(`(${integer})`, readOwn, own)
    case "SafeInteger":
    case "Number":
      return leaf(`(${safeInteger})`, (match) => Number(match[group]), `+v[${group}]`)
    case "Boolean":
      return leaf("(t(?=rue)|f(?=alse))(?:rue|alse)", (match) => match[group] === "t", `v[${group}]==="t"`)
  }
}

/** A single literal is not captured: its value is known. */
const literals = (values: ReadonlyArray<string>, group: number): Part => {
  const [first] = values
  return values.length === 1
    ? leaf(`()"${escape(first!)}"`, () => first, JSON.stringify(first))
    : leaf(`"(${values.map(escape).join("|")})"`, (match) => match[group], `v[${group}]`)
}

const items = (plan: Plan.Plan, group: number, context: Context): Part | undefined => {
  const own: Context = { generateCode: context.generateCode, groups: 0, items: [] }
  const item = valueOf(plan, own)
  if (item === undefined) {
    return undefined
  }
  const regExp = new RegExp(`${item.source}(?:,(?!$)|$)`, "y")
  const readItem = reader(item, own)
  const read: Read = (match) => {
    const text = match[group]!
    const decoded: Array<unknown> = []
    for (let at = 0; at < text.length; ) {
      regExp.lastIndex = at
      const match = regExp.exec(text)
      at = regExp.lastIndex
      const one = match === null ? unsure : readItem(match)
      if (one === unsure) {
        return unsure
      }
      decoded.push(one)
    }
    return decoded
  }
  const index = context.items.push(read) - 1
  return leaf(`\\[(${itemsText})\\]`, read, `i${index}`, [index])
}

/** The pattern of a value. Its first group takes part in the match if the value is there, and is not `null`. */
const valueOf = (plan: Plan.Plan, context: Context): Part | undefined => {
  const group = ++context.groups
  switch (plan._tag) {
    case "Opaque":
      return undefined
    case "Scalar":
      return scalar(plan.kind, group)
    case "Literals":
      return literals(Array.from(plan.values), group)
    case "Items":
      return items(plan.item, group, context)
    case "Struct": {
      const part = struct(plan, context)
      return part && { ...part, source: `()${part.source}` }
    }
  }
}

// -----------------------------------------------------------------------------
// structs
// -----------------------------------------------------------------------------

/** A place where a field may be. */
interface Place {
  /** Which field of the plan. */
  readonly field: number
  readonly group: number
  /** Takes part in the match if the field is `null`; 0 if the pattern does not allow that. */
  readonly nullGroup: number
  readonly mayBeAbsent: boolean
  readonly part: Part
}

const isValue = ({ group }: Place, match: Match): boolean => match[group] !== undefined

const isNull = ({ nullGroup }: Place, match: Match): boolean => nullGroup !== 0 && match[nullGroup] !== undefined

const readStruct = (plan: Plan.Struct, places: ReadonlyArray<Place>): Read => {
  const build = Build.make(plan, false)
  return (match) => {
    const values = build.blank()
    let set = 0
    for (let i = 0; i < places.length; i++) {
      const place = places[i]!
      const isThere = isValue(place, match)
      if (isThere || isNull(place, match)) {
        const value = isThere ? place.part.read(match) : plan.fields[place.field]!.isNullish ? undefined : null
        // A key that is there twice is left to the parser.
        if (value === unsure || place.field in values) {
          return unsure
        }
        values[place.field] = value
        set += build.bits[place.field]!
      }
    }
    return build.make(values, set)
  }
}

/** The places after the last key that is always there, and the group that matches if none of them is taken. */
interface Rest {
  readonly from: number
  readonly group: number
}

const codeOf =
  (plan: Plan.Struct, places: ReadonlyArray<Place>, rest: Rest): Part["code"] =>
  (match) => {
    const isShort = match[rest.group] !== undefined
    const tests = isShort ? [`v[${rest.group}]===undefined`] : []
    const items: Array<number> = []
    const values = new Map<number, string>()
    for (const place of isShort ? places.slice(0, rest.from) : places) {
      const { field, group, mayBeAbsent, nullGroup, part } = place
      const isThere = isValue(place, match)
      if (isThere || isNull(place, match)) {
        const code = isThere ? part.code(match) : undefined
        if (values.has(field) || (isThere && code === undefined)) {
          return undefined
        }
        values.set(field, code?.value ?? (plan.fields[field]!.isNullish ? "undefined" : "null"))
        tests.push(...(code?.tests ?? []))
        items.push(...(code?.items ?? []))
      }
      if (mayBeAbsent || nullGroup !== 0) {
        tests.push(`v[${group}]${isThere ? "=" : "!"}==undefined`)
      }
      if (nullGroup !== 0 && !isThere) {
        tests.push(`v[${nullGroup}]${isNull(place, match) ? "=" : "!"}==undefined`)
      }
    }
    return { value: Build.literalOf(plan, (place) => values.get(place)), tests, items }
  }

const struct = (plan: Plan.Struct, context: Context): Part | undefined => {
  const places: Array<Place> = []
  const indices = new Map(plan.fields.map(({ key }, i) => [key, i]))
  const restFrom = plan.wireOrder.findLastIndex(({ mayBeAbsent }) => !mayBeAbsent) + 1
  let restGroup = -1
  let source = ""
  let separator = ""
  for (const [i, { key, mayBeAbsent }] of plan.wireOrder.entries()) {
    if (i === restFrom) {
      restGroup = ++context.groups
      source += "(?:()(?=\\})|"
    }
    const index = indices.get(key)!
    const field = plan.fields[index]!
    const group = context.groups + 1
    const part = valueOf(field.plan, context)
    if (part === undefined || (!mayBeAbsent && places.some(({ field }) => field === index))) {
      return undefined
    }
    const nullGroup = field.isSentAsNull ? ++context.groups : 0
    places.push({ field: index, group, nullGroup, mayBeAbsent, part })
    const value = field.isSentAsNull ? `(?:${part.source}|()null)` : part.source
    const one = `${separator}${escape(JSON.stringify(key))}:${value}`
    source += mayBeAbsent ? `(?:${one})?` : one
    separator = mayBeAbsent && separator !== "," ? maybeComma : ","
  }
  const code = codeOf(plan, places, { from: restFrom, group: restGroup })
  return { source: `\\{${source}${restGroup === -1 ? "" : ")"}\\}`, read: readStruct(plan, places), code }
}

/**
 * Makes the pattern of a struct; `undefined` if a part of it is opaque.
 */
export const make = (plan: Plan.Struct, generateCode: boolean): Pattern | undefined => {
  const context: Context = { generateCode, groups: 0, items: [] }
  const part = struct(plan, context)
  return part && { regExp: new RegExp(part.source, "y"), read: reader(part, context) }
}
