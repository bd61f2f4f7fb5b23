import * as Redacted from "effect/Redacted"
import {
  decodedOrder,
  literalsOf,
  type StructProgram,
  scanComposite,
  scanWide,
  type ValueProgram
} from "./interpret.js"
import { type MapUnknown, type Unsure, unsure } from "./plan.js"
import { Kind } from "./shape.js"
import { bytes, cursor, isSpecial, words } from "./window.js"

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

/** Called with a set of optional fields for which there is no code: the object is made field by field. */
export type Rare = (templates: StructProgram["templates"], present: number) => void

class Scanner {
  private readonly lines: Array<string> = []
  private variables = 0
  /** Text that must come next, and is compared together with what comes after it. */
  private pending = ""
  readonly given: Array<unknown> = []

  constructor(
    readonly mapUnknown: MapUnknown | undefined,
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
  private string(program: ValueProgram, target: string): void {
    this.flush()
    this.emit("q = p")
    switch (program.conversion) {
      case 1:
      case 2:
        this.integer(program.conversion, target)
        this.emit("if (bytes[p] !== 34) return unsure")
        break
      default: {
        this.emit(
          "while (isSpecial[bytes[p]] === 0) p++",
          `if (bytes[p] === 34) ${target} = text.substring(q, p)`,
          `else { ${target} = scanWide(q, p); if (${target} === unsure) return unsure; p = cursor[0] - 1 }`
        )
        if (program.conversion === 4) {
          this.emit(`${target} = redacted(${target})`)
        } else if (program.conversion === 5) {
          this.emit(`if (!${this.give(program.values)}.has(${target})) return unsure`)
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
      this.emit(`${target} = text.substring(q, p)`)
    }
  }

  private value(program: ValueProgram, target: string): void {
    const { kinds } = program
    if (kinds === Kind.String) {
      this.expect('"')
      this.string(program, target)
      return
    }
    if (kinds === Kind.Struct && !program.isUnknown) {
      this.struct(program.struct!, target)
      return
    }
    this.flush()
    if (kinds === Kind.Number) {
      this.emit("q = p")
      this.integer(program.conversion, target)
      return
    }
    if (kinds === Kind.Items && !program.isUnknown) {
      this.items(program.item, target)
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
      this.string(program, target)
    })
    alternative(Kind.Boolean, matches("true"), () => this.emit(`${target} = true`, "p += 4"))
    alternative(Kind.Boolean, matches("false"), () => this.emit(`${target} = false`, "p += 5"))
    alternative(Kind.Null, matches("null"), () => this.emit(`${target} = null`, "p += 4"))
    if (program.isUnknown) {
      const composite = `cursor[0] = p; ${target} = scanComposite(text); if (${target} === unsure) return unsure; p = cursor[0]`
      alternative(Kind.Struct, "bytes[p] === 123", () => this.emit(composite))
      alternative(Kind.Items, "bytes[p] === 91", () => this.emit(composite))
    } else if (program.struct !== undefined) {
      alternative(Kind.Struct, "bytes[p] === 123", () => this.struct(program.struct!, target))
    }
    if (!program.isUnknown) {
      alternative(Kind.Items, "bytes[p] === 91", () => this.items(program.item, target))
    }
    alternative(Kind.Number, "bytes[p] < 58", () => {
      this.emit("q = p")
      this.integer(program.conversion, target)
    })
    this.emit("return unsure")
  }

  private items(item: ValueProgram | undefined, target: string): void {
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

  private struct(program: StructProgram, target: string): void {
    const { attached, isOptional, names, shape, unknown, values } = program
    const literals = literalsOf(shape)
    const variables = values.map(() => this.variable())
    const mask = this.variable()
    const hasMask = isOptional.includes(true)
    if (hasMask) {
      // Before any pending text is compared: what is declared here is used after it.
      this.emit(`let ${mask} = 0`)
    }
    let bit = 1
    values.forEach((value, i) => {
      const variable = variables[i]!
      const scan = () => {
        const { text } = shape.slots[i]!.value
        if (text !== undefined) {
          this.emit(`${variable} = ${JSON.stringify(text)}`)
        } else {
          this.value(value, variable)
        }
        const key = unknown[i]
        if (key !== undefined && this.mapUnknown !== undefined) {
          this.flush()
          this.emit(`${variable} = mapUnknown(${JSON.stringify(key)}, ${variable})`)
        }
      }
      this.emit(`let ${variable}`)
      if (isOptional[i]) {
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
    const order = decodedOrder(shape)
    const entries = (has: (slot: number) => boolean): string => {
      const of = (slots: ReadonlyArray<number>) =>
        slots.filter(has).map((slot) => `${JSON.stringify(names[slot])}: ${variables[slot]}`)
      return [
        ...of(order.slice(0, program.known)),
        ...attached.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`),
        ...of(order.slice(program.known))
      ].join(", ")
    }
    if (!hasMask) {
      this.emit(`${target} = { ${entries(() => true)} }`)
      return
    }
    const bits = new Map<number, number>()
    isOptional.forEach((is, slot) => {
      if (is) {
        bits.set(slot, 1 << bits.size)
      }
    })
    this.emit(`switch (${mask}) {`)
    for (const seen of program.templates.keys()) {
      const has = (slot: number) => !isOptional[slot] || (seen & bits.get(slot)!) !== 0
      this.emit(`case ${seen}: ${target} = { ${entries(has)} }; break`)
    }
    this.emit(`default: ${target} = { ${entries((slot) => !isOptional[slot])} }`)
    for (const [slot, bit] of bits) {
      this.emit(`if ((${mask} & ${bit}) !== 0) ${target}[${JSON.stringify(names[slot])}] = ${variables[slot]}`)
    }
    this.emit(`rare(${this.give(program.templates)}, ${mask})`)
    this.emit("}")
  }

  make(program: StructProgram): Scan {
    this.struct(program, "result")
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
export const generate = (program: StructProgram, mapUnknown: MapUnknown | undefined, rare: Rare): Scan =>
  new Scanner(mapUnknown, rare).make(program)
