import { describe, expect, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Plan from "../../src/internal/decoder/plan.js"
import { learn, type Sequence } from "../../src/internal/decoder/sequence.js"
import { cursor, load } from "../../src/internal/decoder/window.js"
import * as Field from "../../src/internal/field.js"
import { field, optional } from "../../src/internal/field.js"

const Item = Schema.Struct({ asset: field("a", Schema.String), amount: field("w", Field.Decimal) })

const plan = Plan.make(
  Schema.Struct({
    side: field("S", Schema.String),
    id: field("i", Field.Int64),
    price: field("p", Field.Decimal),
    note: optional("n", Schema.NullOr(Schema.String)),
    items: optional("B", Schema.Array(Item))
  }).ast
) as Plan.Struct

const frame = (i: number) =>
  `{"S":"${i % 2 ? "BUY" : "SELL"}","i":${i},"p":"${i % 3 ? "0.00000000" : `${i}.5`}"` +
  `${i % 4 ? "" : `,"n":${i % 8 ? "null" : '"x"'}`},"B":[{"a":"${i % 5 ? "USDT" : `A${i}`}","w":"${i % 2}"}]}`

const samplesOf = (make: (i: number) => string, from = 0) => Array.from({ length: 16 }, (_, i) => make(from + i))

const scan = (sequence: Sequence, text: string): any => {
  load(text)
  cursor[0] = 0
  return sequence.scan(text)
}

const learnFrom = (samples: ReadonlyArray<string>, known: ReadonlyArray<Sequence> = []) =>
  learn(plan, known, samples, undefined, 1000)

describe("code", () => {
  it("scans frames of its samples' order, whatever their values", () => {
    const [sequence, ...others] = learnFrom(samplesOf(frame))
    expect(others).toEqual([])
    for (let i = 0; i < 1000; i++) {
      expect(scan(sequence!, frame(i))).toEqual({
        side: i % 2 ? "BUY" : "SELL",
        id: String(i),
        price: i % 3 ? "0.00000000" : `${i}.5`,
        ...(i % 4 ? {} : { note: i % 8 ? null : "x" }),
        items: [{ asset: i % 5 ? "USDT" : `A${i}`, amount: String(i % 2) }]
      })
      expect(cursor[0]).toBe(frame(i).length)
    }
  })

  it("tells strings that are often there from those that only begin like them", () => {
    const [sequence] = learnFrom(samplesOf(frame))
    for (const side of ["BUY", "BU", "BUY ", "BUYS", "", "SELL", "SEL", "SELLS", "币"]) {
      const text = frame(1).replace("BUY", side)
      const bytes = Buffer.from(text)
      load(bytes)
      cursor[0] = 0
      expect(sequence!.scan(bytes.toString("latin1"))).toMatchObject({ side })
    }
  })

  it("is made for each order that comes more than once, and kept", () => {
    const reordered = (i: number) => `{"i":${i},"p":"1.${i}","S":"BUY"}`
    const unique = '{"p":"1","i":1,"S":"BUY"}'
    const first = learnFrom([...samplesOf(frame), unique])
    expect(first).toHaveLength(1)
    const second = learnFrom([...samplesOf(reordered), unique], first)
    expect(second).toHaveLength(2)
    expect(second[1]).toBe(first[0])
    expect(scan(second[0]!, reordered(77))).toEqual({ id: "77", price: "1.77", side: "BUY" })
  })

  it("is made again for samples that it could not scan", () => {
    const first = learnFrom(samplesOf((i) => `{"S":"BUY","i":${i},"p":"1"}`))
    const [sequence, ...others] = learnFrom(samplesOf(frame), first)
    expect(others).toEqual([])
    expect(sequence).not.toBe(first[0])
    expect(scan(sequence!, frame(8))).toMatchObject({ id: "8", note: "x" })
    expect(scan(sequence!, '{"S":"BUY","i":5,"p":"1"}')).toEqual({ side: "BUY", id: "5", price: "1" })
  })

  it("is not made of samples that it cannot scan", () => {
    expect(learnFrom(samplesOf((i) => `{ "S":"BUY","i":${i},"p":"1"}`))).toEqual([])
    expect(learnFrom(samplesOf((i) => `{"S":"\\u0042","i":${i},"p":"1"}`))).toEqual([])
    expect(learnFrom(samplesOf(() => "{"))).toEqual([])
  })
})
