import * as Redacted from "effect/Redacted"
import * as Build from "./build.js"
import type * as Plan from "./plan.js"
import { type Unsure, unsure } from "./plan.js"

// Decodes a frame by one regular expression, made from the schema, that knows the keys in the order in which Binance
// sends them: V8 compiles it to machine code at the second frame. What it does not match may still be the event.

type Match = RegExpExecArray

/** Takes a value out of a match. */
type Read = (match: Match) => unknown

interface Part {
  readonly source: string
  readonly read: Read
}

/** Counts the groups of a regular expression. */
interface Groups {
  count: number
}

/** Decodes what begins at a place of a text. */
export interface Pattern {
  readonly regExp: RegExp
  readonly read: (match: Match) => Record<string, unknown> | Unsure
}

const integer = "(?:0|-?[1-9]\\d*)"

/** A string without escapes: what stands between its quotes is what it says. */
const text = '[^"\\\\\\x00-\\x1f]*'

/** What an array may hold besides other arrays. */
const itemsText = `[^"[\\]]*(?:"${text}"[^"[\\]]*)*`

/** Ends a field: a comma, or nothing before a brace. That none stands before the brace, the struct says. */
const fieldEnd = "(?:,|(?=\\}))"

const escape = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")

/** Longer parts of a string are views in V8, which keep the whole frame. */
const longestCopy = 12

const copy = (text: string): string => {
  let copied = ""
  for (let at = 0; at < text.length; at += longestCopy) {
    copied += text.substring(at, at + longestCopy)
  }
  return copied
}

const own = (text: string): string => (text.length > longestCopy ? copy(text) : text)

const safeInteger = (digits: string): number | Unsure => {
  const number = Number(digits)
  return Number.isSafeInteger(number) ? number : unsure
}

const scalar = (kind: Plan.ScalarKind, group: number): Part => {
  switch (kind) {
    case "Text":
    case "Decimal":
      return { source: `"(${text})"`, read: (match) => own(match[group]!) }
    case "Redacted":
      return { source: `"(${text})"`, read: (match) => Redacted.make(own(match[group]!)) }
    case "Digits":
      return { source: `(${integer})`, read: (match) => own(match[group]!) }
    case "SafeInteger":
    case "Number":
      return { source: `(${integer})`, read: (match) => safeInteger(match[group]!) }
    case "Boolean":
      return { source: "(true|false)", read: (match) => match[group] === "true" }
  }
}

const items = (plan: Plan.Plan, generateCode: boolean, group: number): Part | undefined => {
  const groups = { count: 0 }
  const item = value(plan, generateCode, groups)
  if (item === undefined) {
    return undefined
  }
  const regExp = new RegExp(`${item.source}(?:,(?!$)|$)`, "y")
  const read: Read = (match) => {
    const text = match[group]!
    const decoded: Array<unknown> = []
    for (let at = 0; at < text.length; at = regExp.lastIndex) {
      regExp.lastIndex = at
      const match = regExp.exec(text)
      const one = match === null ? unsure : item.read(match)
      if (one === unsure) {
        return unsure
      }
      decoded.push(one)
    }
    return decoded
  }
  return { source: `\\[(${itemsText})\\]`, read }
}

/** The pattern of a value. Its first group has matched if the value is there, and is not `null`. */
const value = (plan: Plan.Plan, generateCode: boolean, groups: Groups): Part | undefined => {
  const group = ++groups.count
  switch (plan._tag) {
    case "Opaque":
      return undefined
    case "Scalar":
      return scalar(plan.kind, group)
    case "Literals": {
      return {
        source: `"(${Array.from(plan.values, escape).join("|")})"`,
        read: (match) => match[group]!
      }
    }
    case "Items":
      return items(plan.item, generateCode, group)
    case "Struct": {
      const part = struct(plan, generateCode, groups)
      return part && { source: `(\\{)${part.source.slice(2)}`, read: part.read }
    }
  }
}

interface FieldReader {
  readonly place: number
  readonly group: number
  readonly nullGroup: number
  readonly nullValue: null | undefined
  readonly read: Read
}

const struct = (plan: Plan.Struct, generateCode: boolean, groups: Groups): Part | undefined => {
  const build = Build.make(plan, generateCode)
  const readers: Array<FieldReader> = []
  let source = ""
  for (const key of plan.wireOrder) {
    const place = plan.fields.findIndex((field) => field.key === key)
    const field = plan.fields[place]
    const group = groups.count + 1
    const part = field && value(field.plan, generateCode, groups)
    if (field === undefined || part === undefined) {
      return undefined
    }
    const nullGroup = field.isSentAsNull ? ++groups.count : 0
    const literal = `"${escape(JSON.stringify(key).slice(1, -1))}":`
    const one = `${literal}${field.isSentAsNull ? `(?:${part.source}|(null))` : part.source}${fieldEnd}`
    // The second branch keeps a match that fails further on from trying the rest without this field.
    source += field.isOptional ? `(?:${one}|(?!${literal}))` : one
    readers.push({ place, group, nullGroup, nullValue: field.isNullish ? undefined : null, read: part.read })
  }
  const read = (match: Match): Record<string, unknown> | Unsure => {
    const values = new Array<unknown>(readers.length)
    for (let i = 0; i < readers.length; i++) {
      const reader = readers[i]!
      let value: unknown = Build.absent
      if (match[reader.group] !== undefined) {
        value = reader.read(match)
        if (value === unsure) {
          return unsure
        }
      } else if (reader.nullGroup !== 0 && match[reader.nullGroup] !== undefined) {
        value = reader.nullValue
      }
      values[reader.place] = value
    }
    return build(values)
  }
  return { source: `\\{${source}(?<!,)\\}`, read }
}

/**
 * Makes the pattern of a struct; `undefined` if a part of it is opaque.
 */
export const make = (plan: Plan.Struct, generateCode: boolean): Pattern | undefined => {
  const part = struct(plan, generateCode, { count: 0 })
  return part && { regExp: new RegExp(part.source, "y"), read: part.read as Pattern["read"] }
}
