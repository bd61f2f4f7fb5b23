import * as assert from "node:assert/strict"
import { describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Json from "../../src/internal/json.js"

/** A text, and the value that it stands for. */
interface Written {
  readonly text: string
  readonly value: unknown
}

/** Numbers that are kept as they are written, and numbers that JavaScript writes as they are. */
const kept = [
  ["-0", "-0.0", "1.0", "1e5", "1E+5", "-1e400", "1e21", "1e+21", "3112.50000000000000001"],
  ["9007199254740992", "9007199254740993", "-9007199254740993", "18014398509481984", "9999999999999999"],
  ["9223372036854775807", "123456789012345678901234567890"]
].flat()
const plain = [
  "0",
  "5e-324",
  "-1",
  "0.1",
  "-12.5",
  "9007199254740991",
  "-9007199254740991",
  "1234567890123456",
  "1790000000111"
]

const number: FastCheck.Arbitrary<Written> = FastCheck.oneof(
  FastCheck.constantFrom(...kept).map((text) => ({ text, value: new Json.LosslessNumber(text) })),
  FastCheck.constantFrom(...plain).map((text) => ({ text, value: Number(text) }))
)

/** Strings that look like the numbers, or like the ends of strings with numbers behind. */
const string = FastCheck.array(
  FastCheck.constantFrom('"', "\\", ",", ":", " ", "[1.50]", ":9007199254740993", ",1e5,", "-0", "\0", "é", "a"),
  { maxLength: 5 }
).map((parts) => parts.join(""))

const quoted = string.map((value): Written => ({ text: JSON.stringify(value), value }))

const space = FastCheck.constantFrom("", "", " ", "\n\t")

const key = FastCheck.oneof(string, FastCheck.constantFrom("a", "b", "1", "__proto__", "constructor"))

const { written } = FastCheck.letrec<{ written: Written; list: Written; record: Written }>((tie) => ({
  written: FastCheck.oneof({ maxDepth: 4 }, number, quoted, tie("list"), tie("record")),
  list: FastCheck.tuple(FastCheck.array(tie("written"), { maxLength: 4 }), space).map(([items, space]) => ({
    text: `[${space}${items.map(({ text }) => text).join(`${space},${space}`)}${space}]`,
    value: items.map(({ value }) => value)
  })),
  record: FastCheck.tuple(
    FastCheck.uniqueArray(FastCheck.tuple(key, tie("written")), { maxLength: 4, selector: ([key]) => key }),
    space
  ).map(([fields, space]) => ({
    text: `{${fields.map(([key, { text }]) => `${space}${JSON.stringify(key)}${space}:${space}${text}`).join(",")}}`,
    value: Object.fromEntries(fields.map(([key, { value }]) => [key, value]))
  }))
}))

describe("JSON", () => {
  it("keeps each digit, whatever is in strings and keys, and wherever numbers are", () =>
    FastCheck.assert(
      FastCheck.property(written, space, ({ text, value }, space) => {
        // Not `expect`: for that, an object with a field `constructor` is of another class.
        assert.deepStrictEqual(Json.parse(space + text + space), Either.right(value))
      }),
      { numRuns: 2000 }
    ))

  it.each(["\\\\", '\\"', ",1.50"])("keeps each digit behind 8 MB of %s in a string", (part) => {
    const text = part.repeat(8_000_000 / part.length)
    const parsed = Either.getOrThrow(Json.parse(`{"a":"${text}","b":1.50}`))
    assert.deepStrictEqual(parsed, { a: JSON.parse(`"${text}"`), b: new Json.LosslessNumber("1.50") })
  })
})
