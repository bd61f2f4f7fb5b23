import { afterEach, describe, expect, it, vi } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Decoder from "../../src/Decoder.js"
import * as Field from "../../src/internal/event/field.js"
import { event, field, optional } from "../../src/internal/event/field.js"
import { mutation } from "./mutations.js"
import { answer, decodersOf, forms, reference } from "./reference.js"

vi.setConfig({ testTimeout: 600_000 })

/** Long tests in a row: between them others may have their turn. */
afterEach(() => new Promise<void>((resolve) => setImmediate(resolve)))

/** More of them find more. */
const numRuns = Number(process.env.DECODER_RUNS ?? 20)

const Inner = Schema.Struct({ left: field("l", Schema.Number), note: optional("n", Schema.NullOr(Schema.String)) })

class Point extends Schema.Class<Point>("Point")({ x: Schema.Number }) {}

interface Tree {
  readonly value: number
  readonly children: ReadonlyArray<Tree>
}

const Tree: Schema.Schema<Tree> = Schema.Struct({
  value: Schema.Number,
  children: Schema.Array(Schema.suspend(() => Tree))
})

/** Schemas that the fast paths know in part, or not at all, each with frames of it. */
const schemas: Record<string, readonly [Schema.Schema<any, any>, ...ReadonlyArray<string>]> = {
  scalars: [
    Schema.Struct({ a: Schema.String, b: Schema.Number, c: Schema.Boolean, d: Schema.Null, e: Schema.Unknown }),
    '{"a":"x","b":12,"c":true,"d":null,"e":{"f":[1,{"g":2}]}}',
    '{"a":"x","b":1.5,"c":false,"d":null,"e":5}'
  ],
  fields: [
    Schema.Struct({
      id: field("i", Field.Int64),
      time: field("t", Field.Millis),
      price: field("p", Field.Decimal),
      secret: optional("k", Field.Secret),
      time2: optional("T", Schema.NullOr(Field.Millis))
    }),
    '{"i":5,"t":1736996475556,"p":"1.10","k":"secret","T":null}',
    '{"i":"5","t":"1736996475556","p":1.10,"T":3}',
    '{"i":9007199254740993,"t":1736996475556123,"p":12}'
  ],
  nested: [
    Schema.Struct({
      one: Inner,
      many: Schema.Array(Inner),
      maybe: Schema.NullOr(Inner),
      some: Schema.NullOr(Schema.Array(Inner)),
      deep: Schema.Array(Schema.Array(Inner))
    }),
    '{"one":{"l":1},"many":[{"l":1},{"l":2,"n":null},{"n":"x","l":3}],"maybe":null,"some":[{"l":1}],"deep":[[{"l":1}],[]]}',
    '{"one":{"l":1,"new":1},"many":[],"maybe":{"l":1,"left":4},"some":null,"deep":[]}'
  ],
  "names that are others' keys": [
    Schema.Struct({ c: field("a", Schema.Number), a: field("b", Schema.Number) }),
    '{"a":1,"b":2}'
  ],
  "keys of every object": [
    Schema.Struct({ constructor: Schema.String, valueOf: Schema.optional(Schema.String) }),
    '{"constructor":"x","valueOf":"y"}',
    '{"constructor":"x"}',
    '{"valueOf":"y"}'
  ],
  "keys that need escapes": [
    Schema.Struct({ 'a"b': Schema.String, "\\": Schema.Number, é: Schema.String, "0": Schema.Number }),
    '{"a\\"b":"x","\\\\":1,"é":"y","0":1}'
  ],
  "an index of any keys": [
    Schema.Struct({ a: Schema.Number }, { key: Schema.String, value: Schema.Unknown }),
    '{"a":1,"b":"x"}',
    '{"b":"x"}'
  ],
  "a record of numbers": [Schema.Record({ key: Schema.String, value: Schema.Number }), '{"a":1,"b":2}', '{"a":"x"}'],
  "renamed and changed": [
    Schema.Struct({
      a: Schema.propertySignature(Schema.Number).pipe(Schema.fromKey("x")),
      b: Schema.optional(Schema.String).pipe(Schema.fromKey("y")),
      c: Schema.optionalWith(Schema.NullOr(Schema.String), { nullable: true }),
      d: Schema.optionalWith(Schema.Literal("d"), { default: () => "d" as const })
    }),
    '{"x":1,"y":"u","c":null,"d":"d"}',
    '{"x":1}'
  ],
  "tagged without a tag on the wire": [
    Schema.Struct({
      _tag: Schema.Literal("A").pipe(
        Schema.optional,
        Schema.withDefaults({ constructor: () => "A" as const, decoding: () => "A" as const })
      ),
      n: Schema.Number
    }),
    '{"n":1}',
    '{"n":1,"_tag":"A"}'
  ],
  "refined and declared": [
    Schema.Struct({
      whole: Schema.Int,
      short: Schema.String.pipe(Schema.maxLength(3)),
      pair: Schema.Tuple(Schema.Number, Schema.String),
      list: Schema.NonEmptyArray(Schema.Number),
      either: Schema.Union(Schema.Struct({ k: Schema.Literal(1) }), Schema.Struct({ k: Schema.Literal("1") })),
      set: Schema.optional(Schema.ReadonlySet(Schema.Number))
    }),
    '{"whole":1,"short":"abc","pair":[1,"x"],"list":[1],"either":{"k":1}}',
    '{"whole":1.5,"short":"abcd","pair":[1],"list":[],"either":{"k":"1"},"set":[1,1]}'
  ],
  "picked and made partial": [
    Schema.partial(Schema.Struct({ a: Schema.Number, b: Schema.String }).pipe(Schema.pick("a"))),
    '{"a":1}',
    "{}",
    '{"a":"x"}'
  ],
  "numeric keys": [Schema.Struct({ b: Schema.Number, 1: Schema.Number }), '{"b":1,"1":2}', '{"1":2,"b":1}'],
  transformed: [
    Schema.Struct({
      date: Schema.Date,
      number: Schema.NumberFromString,
      fallback: Schema.optionalWith(Schema.Number, { default: () => 7 }),
      option: Schema.optionalWith(Schema.Number, { as: "Option" }),
      nullish: Schema.optionalWith(Schema.String, { nullable: true }),
      plain: Schema.optional(Schema.Number)
    }),
    '{"date":"2026-01-01T00:00:00.000Z","number":"5","fallback":1,"option":2,"nullish":"x","plain":3}',
    '{"date":"2026-01-01T00:00:00.000Z","number":"5"}'
  ],
  refined: [
    Schema.Struct({
      positive: Schema.Positive,
      short: Schema.String.pipe(Schema.maxLength(3)),
      struct: Inner.pipe(Schema.filter(({ left }) => left > 0)),
      time: Field.Millis.pipe(Schema.filter((time) => time > 5))
    }),
    '{"positive":1,"short":"abc","struct":{"l":1,"new":2},"time":6}'
  ],
  unions: [
    Schema.Struct({
      either: Schema.Union(Schema.String, Schema.Number),
      structs: Schema.Union(Inner, Schema.Struct({ right: Schema.Number })),
      literal: Schema.Literal("a", "b", null),
      letters: Schema.Literal("a", "b"),
      one: Schema.Literal(1)
    }),
    '{"either":"x","structs":{"l":1,"new":2},"literal":"a","letters":"b","one":1}',
    '{"either":1,"structs":{"right":1},"literal":null,"letters":"a","one":1}'
  ],
  records: [
    Schema.Struct({
      record: Schema.Record({ key: Schema.String, value: Inner }),
      tuple: Schema.Tuple(Schema.Number, Inner),
      empty: Schema.Struct({})
    }),
    '{"record":{"a":{"l":1,"new":2}},"tuple":[1,{"l":1}],"empty":{"a":1}}'
  ],
  "a class and a tree": [
    Schema.Struct({ point: Point, tree: Tree }),
    '{"point":{"x":1,"y":2},"tree":{"value":1,"children":[{"value":2,"children":[],"new":1}]}}'
  ],
  "parse options": [
    Schema.Struct({
      strict: Schema.Struct({ a: Schema.Number }).annotations({ parseOptions: { onExcessProperty: "error" } }),
      lenient: Schema.Number.annotations({ decodingFallback: () => Either.right(0) })
    }),
    '{"strict":{"a":1},"lenient":"x"}',
    '{"strict":{"a":1,"b":2},"lenient":3}'
  ],
  tagged: [
    Schema.Union(
      event("A", "a", { value: field("v", Schema.Number) }),
      event("B", ["b", "bb"], { inner: optional("i", Inner) }),
      event("C", "c", { list: field("l", Schema.Array(Field.Decimal)) })
    ),
    '{"e":"a","E":1,"v":2}',
    '{"e":"b","E":"1","i":{"l":1}}',
    '{"e":"bb","E":1}',
    '{"E":1,"l":["1",2,3.0],"e":"c"}'
  ],
  "no discriminator": [
    Schema.Union(Schema.Struct({ a: Schema.Number }), Schema.Struct({ b: Schema.Number })),
    '{"a":1,"c":3}',
    '{"b":1}'
  ],
  "a number is the discriminator": [
    Schema.Union(
      Schema.Struct({ k: Schema.Literal(1), a: Schema.Number }),
      Schema.Struct({ k: Schema.Literal(2, "2"), b: Schema.Number })
    ),
    '{"k":1,"a":1}',
    '{"k":2,"b":1}',
    '{"k":"2","b":1}'
  ],
  "the discriminator is not the first field": [
    Schema.Union(
      Schema.Struct({ a: Schema.Number, in: Schema.Struct({ k: Schema.String }), k: Schema.Literal("x") }),
      Schema.Struct({ k: Schema.Literal("y"), b: Schema.optional(Schema.Number) })
    ),
    '{"a":1,"in":{"k":"y"},"k":"x"}',
    '{"in":{"k":"x"},"b":1,"k":"y"}'
  ],
  list: [Schema.Array(Inner), '[{"l":1,"new":1}]', "[]"],
  text: [Schema.String, '"x"'],
  effectful: [
    Schema.Struct({
      a: Schema.transformOrFail(Schema.Number, Schema.Number, {
        decode: (value, _, ast) =>
          value > 5 ? ParseResult.fail(new ParseResult.Type(ast, value)) : ParseResult.succeed(value + 1),
        encode: ParseResult.succeed
      }),
      b: Schema.Struct({ c: Schema.Number }).pipe(Schema.attachPropertySignature("kind", "x"))
    }),
    '{"a":1,"b":{"c":2,"kind":3,"$kind":4}}',
    '{"a":6,"b":{"c":2}}'
  ],
  "attached, but never there": [
    Schema.make<any, any>(Schema.Struct({ c: Schema.Number }).pipe(Schema.attachPropertySignature("kind", "x")).ast),
    '{"c":2}'
  ],
  option: [Schema.Struct({ a: Schema.OptionFromNullOr(Schema.Number) }), '{"a":null}', '{"a":1}']
}

const isSame = (decoders: ReadonlyArray<Decoder.Decoder<any>>, specification: Decoder.Decoder<any>, text: string) => {
  for (const frame of forms(text)) {
    const expected = answer(specification(frame))
    for (const decode of decoders) {
      expect(answer(decode(frame))).toBe(expected)
      expect(answer(decode(frame))).toBe(expected)
    }
  }
}

describe.each(Object.entries(schemas))("%s", (_, [schema, ...frames]) => {
  const specification = reference(schema)
  const make = () => decodersOf(schema, frames)

  it("is decoded as the schema says", () => {
    const decoders = make()
    for (const frame of [...frames, ...frames]) {
      isSame(decoders, specification, frame)
    }
    expect(frames.some((frame) => Either.isRight(specification(frame)))).toBe(true)
  })

  it("and so is what is made of its frames", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(mutation, { minLength: 1, maxLength: 12 }), (mutations) => {
        const decoders = make()
        mutations.forEach((mutate, i) => {
          const frame = frames[i % frames.length]!
          isSame(decoders, specification, mutate(frame))
          isSame(decoders, specification, frame)
        })
      }),
      { numRuns: Math.ceil(numRuns / 3) }
    )
  })

  it("and so is any JSON", () => {
    const decoders = make()
    FastCheck.assert(
      FastCheck.property(FastCheck.json(), (text) => isSame(decoders, specification, text)),
      { numRuns: Math.ceil(numRuns / 3) }
    )
  })
})

it("an option is one", () => {
  const decode = Decoder.make(schemas.option![0])
  expect(decode('{"a":1}')).toEqual(Either.right({ a: Option.some(1) }))
})
