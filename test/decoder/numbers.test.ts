import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as Field from "../../src/internal/event/field.js"
import { event, field, optional } from "../../src/internal/event/field.js"
import { answer, decodersOf, reference, unwrap } from "./reference.js"

const numRuns = Number(process.env.DECODER_RUNS ?? 20) * 50

const Item = Schema.Struct({ size: field("s", Field.Int64), price: optional("p", Field.Decimal) })

const Numbers = Schema.Union(
  event("Numbers", "numbers", {
    count: optional("c", Field.Integer),
    id: optional("i", Field.Int64),
    tradeId: optional("ti", Field.Int64),
    amount: optional("a", Field.Decimal),
    note: optional("n", Schema.String),
    items: optional("L", Schema.Array(Item))
  }),
  event("Other", "other", {})
)

/** Also takes an event out of an array, and from two levels deep. */
const unwrapAny = (frame: any): unknown =>
  Array.isArray(frame) ? frame[0] : frame?.outer?.inner === undefined ? unwrap(frame) : frame.outer.inner

const expected = reference(Numbers, unwrapAny)
const decoders = decodersOf(Numbers, ['{"e":"numbers","E":1,"c":1}'], unwrapAny)

const isSame = (frame: string) => {
  for (const decode of decoders) {
    expect(answer(decode(frame))).toBe(answer(expected(frame)))
  }
}

describe("numbers that JavaScript would write back differently", () => {
  it.each([
    ["as many characters as the digits have", '{"E":1,"e":"numbers","a":1e2}'],
    ["as many, with a fraction", '{"E":1,"e":"numbers","a":1.5e4}'],
    ["fewer, and elsewhere more", '{"E":1,"e":"numbers","a":1e5,"i":1.00}'],
    ["fewer, and white space", '{"E":1,"e":"numbers" ,"a":1e3}'],
    ["fewer, and an escape", '{"E":1,"e":"numbers","n":"\\n","a":1e3}'],
    ["fewer, and another value of the same key", '{"E":1,"e":"numbers","a":1,"a":1e10}'],
    ["a minus before a zero", '{"E":1,"e":"numbers","a":-0}'],
    ["a minus before a multiple of 100", '{"E":1,"e":"numbers","a":-1e2}'],
    ["in an array", '{"E":1,"e":"numbers","L":[{"s":1,"p":1e2}]}'],
    ["in a field that is not known", '{"E":1,"e":"numbers","u":1e2}'],
    ["in an object that is not known", '{"E":1,"e":"numbers","u":{"v":1e2}}'],
    ["in a wrapper", '{"subscriptionId":1e5,"event":{"E":1,"e":"numbers","a":1.00}}'],
    ["in an array around the event", '[{"E":1,"e":"numbers","i":-1,"n":"","a":1.00}]'],
    ["two levels deep", '{"outer":{"inner":{"E":1,"e":"numbers","a":1e2}}}']
  ])("%s", (_, frame) => {
    isSame(frame)
  })

  it("in an object that unwrap makes", () => {
    const merge = (frame: any) => ({ ...frame.event, n: frame.x })
    const frame = '{"x":"","event":{"E":1,"e":"numbers","a":1.000000}}'
    for (const decode of decodersOf(Numbers, [], merge)) {
      expect(answer(decode(frame))).toBe(answer(reference(Numbers, merge)(frame)))
    }
  })

  const token = FastCheck.oneof(
    FastCheck.constantFrom(
      ...["0", "-0", "1", "-1", "10", "99", "100", "-100", "1e2", "1E2", "15e2", "1.5e4", "1.0", "10e0", "1e3", "1e5"],
      ...["0e5", "0.1e1", "1e-1", "100000", "9007199254740991", "9007199254740993", "12345678901234567890"],
      ...['"1"', '""', '"\\n"', "null", "true", "false", "[]", "{}", "[1e2]", '{"v":1.0}']
    ),
    FastCheck.maxSafeInteger().map(String)
  )
  const items = FastCheck.array(FastCheck.tuple(token, token), { maxLength: 3 }).map(
    (items) => `[${items.map(([size, price]) => `{"p":${price},"s":${size}}`)}]`
  )
  const fields = FastCheck.tuple(
    FastCheck.uniqueArray(
      FastCheck.tuple(FastCheck.constantFrom("c", "i", "ti", "a", "n", "u", "é", "unknown", "__proto__"), token),
      { selector: ([key]) => key, maxLength: 5 }
    ),
    FastCheck.option(items)
  ).map(([fields, items]) => [...fields, ...(items === null ? [] : [["L", items] as const])])
  const frame = FastCheck.tuple(fields, FastCheck.constantFrom("", "", "", " "), token)
    .chain(([fields, space, wrapped]) => {
      const all = [["e", '"numbers"'], ["E", "1"], ...fields].map(([key, value]) => `"${key}":${value}${space}`)
      return FastCheck.tuple(FastCheck.shuffledSubarray(all, { minLength: all.length }), FastCheck.constant(wrapped))
    })
    .chain(([fields, wrapped]) => {
      const event = `{${fields}}`
      return FastCheck.constantFrom(event, event, `{"subscriptionId":${wrapped},"event":${event}}`, `[${event}]`)
    })

  it("however they are written, and wherever they are", () => {
    FastCheck.assert(FastCheck.property(frame, isSame), { numRuns })
  })
})
