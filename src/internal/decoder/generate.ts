import * as Redacted from "effect/Redacted"
import { conversionOf, scanComposite, scanWide } from "./interpret.js"
import { Kind, type MapUnknown, type Unsure, unsure } from "./plan.js"
import type { Struct, Value } from "./shape.js"
import { bytes, cursor, isSpecial, partOf, words } from "./window.js"

// Scans frames of a shape with code made for it. The text between the values is compared four bytes at a time, values
// stay in local variables, and objects are made at once, with all their fields.

export type Scan = (text: string) => Record<string, unknown> | Unsure

const word = (ascii: string, at: number): number =>
  ascii.charCodeAt(at) |
  (ascii.charCodeAt(at + 1) << 8) |
  (ascii.charCodeAt(at + 2) << 16) |
  (ascii.charCodeAt(at + 3) << 24) |
  0

const at = (offset: number): string => (offset === 0 ? "p" : `p + ${offset}`)

/** Whether a text stands at `p`, as an expression. Words may overlap. */
const matches = (ascii: string): string => {
  const tests: Array<string> = []
  if (ascii.length < 4) {
    for (let i = 0; i < ascii.length; i++) {
      tests.push(`bytes[${at(i)}] === ${ascii.charCodeAt(i)}`)
    }
  } else {
    for (let i = 0; i < ascii.length; i += 4) {
      const start = Math.min(i, ascii.length - 4)
      tests.push(`words.getInt32(${at(start)}, true) === ${word(ascii, start)}`)
    }
  }
  return tests.join(" && ")
}

/** The sets of optional fields, as bits, with which each struct of a shape was seen: for these, objects are made at once. */
export type Seen = Map<Struct, Set<number>>

/** Called with a set of optional fields for which there is no code: the object is made field by field. */
export type Rare = (struct: Struct, present: number) => void

/** The strings that a value often is: for these none has to be made. */
export type Common = ReadonlyMap<Value, ReadonlyArray<string>>

/** What stands before each value, the opening quote of a fixed text and the text itself included. */
const literalsOf = ({ slots }: Struct): ReadonlyArray<string> =>
  slots.map(
    ({ key, value }, i) => `${i === 0 ? "{" : ","}"${key}":${value.text === undefined ? "" : `"${value.text}"`}`
  )

/** Slots in the order in which the schema puts the decoded fields; those that it does not know come last. */
const decodedOrder = ({ plan, slots }: Struct): ReadonlyArray<number> => {
  const place = new Map(plan.fields.map((field, i) => [field.key, i]))
  const of = (i: number) => place.get(slots[i]!.key) ?? plan.fields.length + i
  return slots.map((_, i) => i).sort((a, b) => of(a) - of(b))
}

class Scanner {
  private readonly lines: Array<string> = []
  private variables = 0
  /** Text that must come next, and is compared together with what comes after it. */
  private pending = ""
  readonly given: Array<unknown> = []

  constructor(
    readonly mapUnknown: MapUnknown | undefined,
    readonly seen: Seen,
    readonly common: Common,
    readonly rare: Rare
  ) {}

  private emit(...lines: ReadonlyArray<string>): void {
    this.lines.push(...lines)
  }

  private variable(): string {
    return `v${this.variables++}`
  }

  private give(value: unknown): string {
    return `g${this.given.push(value) - 1}`
  }

  private expect(text: string): void {
    this.pending += text
  }

  private flush(): void {
    if (this.pending !== "") {
      this.emit(`if (!(${matches(this.pending)})) return unsure`, `p += ${this.pending.length}`)
      this.pending = ""
    }
  }

  /** The rest of a string, whose opening quote is behind `p`. */
  private string(value: Value, target: string): void {
    this.flush()
    const common = this.common.get(value) ?? []
    for (const text of common) {
      this.emit(`if (${matches(`${text}"`)}) { ${target} = ${JSON.stringify(text)}; p += ${text.length + 1} } else`)
    }
    this.emit("{")
    this.anyString(value, target)
    this.emit("}")
  }

  private anyString({ plan }: Value, target: string): void {
    this.emit("q = p")
    const conversion = conversionOf(plan)
    switch (conversion) {
      case 1:
      case 2:
        this.integer(conversion, target)
        this.emit("if (bytes[p] !== 34) return unsure")
        break
      default: {
        this.emit(
          "while (isSpecial[bytes[p]] === 0) p++",
          `if (bytes[p] === 34) ${target} = partOf(text, q, p)`,
          `else { ${target} = scanWide(q, p); if (${target} === unsure) return unsure; p = cursor[0] - 1 }`
        )
        if (conversion === 4) {
          this.emit(`${target} = redacted(${target})`)
        } else if (plan?._tag === "Literals") {
          this.emit(`if (!${this.give(plan.values)}.has(${target})) return unsure`)
        }
      }
    }
    this.emit("p++")
  }

  /** An integer from `q`, which is `p`, as its digits or as a number. */
  private integer(conversion: number, target: string): void {
    const asNumber = conversion !== 1 && conversion !== 0
    this.emit("if (bytes[p] === 45) p++", "c = bytes[p] - 48", "if (c < 0 || c > 9) return unsure", "p++")
    if (asNumber) {
      this.emit("n = c")
    }
    this.emit(
      "if (c === 0) {",
      "  if (p - q > 1) return unsure",
      "  c = bytes[p] - 48",
      "  if (c >= 0 && c <= 9) return unsure",
      "} else {",
      `  while ((c = bytes[p] - 48) >= 0 && c <= 9) { ${asNumber ? "n = n * 10 + c; " : ""}p++ }`,
      "}"
    )
    if (asNumber) {
      this.emit(`if (p - q > 17 || n > ${Number.MAX_SAFE_INTEGER}) return unsure`)
      this.emit(`${target} = bytes[q] === 45 ? -n : n`)
    }
    if (conversion === 0) {
      this.emit(
        "if (bytes[p] === 46) {",
        "  c = ++p",
        "  while (bytes[p] >= 48 && bytes[p] <= 57) p++",
        "  if (p === c) return unsure",
        "}"
      )
    }
    if (!asNumber) {
      this.emit(`${target} = partOf(text, q, p)`)
    }
  }

  private value(value: Value, target: string): void {
    const { item, kinds, plan, struct } = value
    const isUnknown = plan === undefined
    if (kinds === Kind.String) {
      this.expect('"')
      this.string(value, target)
      return
    }
    if (kinds === Kind.Struct && struct !== undefined) {
      this.struct(struct, target)
      return
    }
    this.flush()
    if (kinds === Kind.Number) {
      this.emit("q = p")
      this.integer(conversionOf(plan), target)
      return
    }
    if (kinds === Kind.Items && !isUnknown) {
      this.items(item, target)
      return
    }
    const alternative = (kind: number, test: string, body: () => void) => {
      if ((kinds & kind) !== 0) {
        this.emit(`if (${test}) {`)
        body()
        this.flush()
        this.emit("} else ")
      }
    }
    alternative(Kind.String, "bytes[p] === 34", () => {
      this.emit("p++")
      this.string(value, target)
    })
    alternative(Kind.Boolean, matches("true"), () => this.emit(`${target} = true`, "p += 4"))
    alternative(Kind.Boolean, matches("false"), () => this.emit(`${target} = false`, "p += 5"))
    alternative(Kind.Null, matches("null"), () => this.emit(`${target} = null`, "p += 4"))
    if (isUnknown) {
      const composite = `cursor[0] = p; ${target} = scanComposite(text); if (${target} === unsure) return unsure; p = cursor[0]`
      alternative(Kind.Struct, "bytes[p] === 123", () => this.emit(composite))
      alternative(Kind.Items, "bytes[p] === 91", () => this.emit(composite))
    } else {
      if (struct !== undefined) {
        alternative(Kind.Struct, "bytes[p] === 123", () => this.struct(struct, target))
      }
      alternative(Kind.Items, "bytes[p] === 91", () => this.items(item, target))
    }
    alternative(Kind.Number, "bytes[p] < 58", () => {
      this.emit("q = p")
      this.integer(conversionOf(plan), target)
    })
    this.emit("return unsure")
  }

  private items(item: Value | undefined, target: string): void {
    this.emit("if (bytes[p] !== 91) return unsure", "p++")
    if (item === undefined) {
      this.emit("if (bytes[p] !== 93) return unsure", `${target} = []`, "p++")
      return
    }
    const value = this.variable()
    const list = this.variable()
    this.emit(`const ${list} = []`, "if (bytes[p] === 93) p++", "else {", "  while (true) {", `let ${value}`)
    this.value(item, value)
    this.flush()
    this.emit(
      `    ${list}.push(${value})`,
      "    c = bytes[p++]",
      "    if (c === 93) break",
      "    if (c !== 44) return unsure",
      "  }",
      "}",
      `${target} = ${list}`
    )
  }

  private struct(struct: Struct, target: string): void {
    const { plan, slots } = struct
    const literals = literalsOf(struct)
    const variables = slots.map(() => this.variable())
    const mask = this.variable()
    const hasMask = slots.some(({ isOptional }) => isOptional)
    if (hasMask) {
      // Before any pending text is compared: what is declared here is used after it.
      this.emit(`let ${mask} = 0`)
    }
    let bit = 1
    slots.forEach(({ isOptional, key, value }, i) => {
      const variable = variables[i]!
      const scan = () => {
        if (value.text !== undefined) {
          this.emit(`${variable} = ${JSON.stringify(value.text)}`)
        } else {
          this.value(value, variable)
        }
        if (value.plan === undefined && this.mapUnknown !== undefined) {
          this.flush()
          this.emit(`${variable} = mapUnknown(${JSON.stringify(key)}, ${variable})`)
        }
      }
      this.emit(`let ${variable}`)
      if (isOptional) {
        this.flush()
        // A string's quote is not part of this test: of another kind the field would seem to be absent.
        this.emit(`if (${matches(literals[i]!)}) {`, `p += ${literals[i]!.length}`, `${mask} |= ${bit}`)
        scan()
        this.flush()
        this.emit("}")
        bit <<= 1
      } else {
        this.expect(literals[i]!)
        scan()
      }
    })
    this.expect("}")
    this.flush()
    const order = decodedOrder(struct)
    const known = slots.filter(({ value }) => value.plan !== undefined).length
    const entries = (has: (slot: number) => boolean): string => {
      const of = (order: ReadonlyArray<number>) =>
        order.filter(has).map((slot) => `${JSON.stringify(slots[slot]!.name)}: ${variables[slot]}`)
      return [
        ...of(order.slice(0, known)),
        ...plan.attached.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`),
        ...of(order.slice(known))
      ].join(", ")
    }
    if (!hasMask) {
      this.emit(`${target} = { ${entries(() => true)} }`)
      return
    }
    const bits = new Map<number, number>()
    slots.forEach(({ isOptional }, slot) => {
      if (isOptional) {
        bits.set(slot, 1 << bits.size)
      }
    })
    this.emit(`switch (${mask}) {`)
    for (const seen of this.seen.get(struct) ?? []) {
      const has = (slot: number) => !bits.has(slot) || (seen & bits.get(slot)!) !== 0
      this.emit(`case ${seen}: ${target} = { ${entries(has)} }; break`)
    }
    this.emit(`default: ${target} = { ${entries((slot) => !bits.has(slot))} }`)
    for (const [slot, bit] of bits) {
      this.emit(`if ((${mask} & ${bit}) !== 0) ${target}[${JSON.stringify(slots[slot]!.name)}] = ${variables[slot]}`)
    }
    this.emit(`rare(${this.give(struct)}, ${mask})`)
    this.emit("}")
  }

  make(shape: Struct): Scan {
    this.struct(shape, "result")
    const names = this.given.map((_, i) => `g${i}`)
    const code = [
      '"use strict"',
      "return (text) => {",
      "let p = cursor[0], q = 0, c = 0, n = 0, result",
      ...this.lines,
      "cursor[0] = p",
      "return result",
      "}"
    ].join("\n")
    const parameters = [
      "unsure",
      "bytes",
      "words",
      "cursor",
      "isSpecial",
      "partOf",
      "redacted",
      "mapUnknown",
      "rare",
      "scanWide",
      "scanComposite",
      ...names
    ]
    const { given, mapUnknown, rare } = this
    const values = [
      unsure,
      bytes,
      words,
      cursor,
      isSpecial,
      partOf,
      Redacted.make,
      mapUnknown,
      rare,
      scanWide,
      scanComposite,
      ...given
    ]
    return new Function(...parameters, code)(...values)
  }
}

/**
 * Makes the code that scans frames of a shape.
 */
export const generate = (
  shape: Struct,
  mapUnknown: MapUnknown | undefined,
  seen: Seen,
  common: Common,
  rare: Rare
): Scan => new Scanner(mapUnknown, seen, common, rare).make(shape)
