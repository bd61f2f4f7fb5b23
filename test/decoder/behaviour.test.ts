import { afterEach, describe, expect, it, vi } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Decoder from "../../src/Decoder.js"
import * as Field from "../../src/internal/event/field.js"
import { event, field, nullish, optional } from "../../src/internal/event/field.js"
import * as SpotEvent from "../../src/SpotEvent.js"
import * as UserDataEvent from "../../src/UserDataEvent.js"
import { canonical } from "./reference.js"

const Item = Schema.Struct({ left: field("l", Schema.Number), note: optional("n", Schema.String) })

const Thing = Schema.Union(
  event("Thing", "thing", {
    id: field("i", Field.Int64),
    label: field("x", Schema.String),
    items: optional("L", Schema.Array(Item)),
    ...Object.fromEntries(Array.from("abcdfg", (key) => [`name${key}`, optional(key, Schema.String)])),
    nothing: nullish("z", Schema.String)
  }),
  event("Other", "other", {})
) as Schema.Schema<any, any>

const AllOptional = Schema.Struct({ left: optional("l", Schema.Number), note: optional("m", Schema.String) })

const Moving = Schema.Union(
  event(
    "Moving",
    "moving",
    { first: optional("a", Schema.String), second: field("b", Schema.String), third: field("c", Schema.String) },
    "e E a? b a? c a?"
  )
)

const Usual = Schema.Union(
  event(
    "Usual",
    "usual",
    { first: optional("a", Schema.String), second: optional("b", Schema.String), third: optional("c", Schema.String) },
    "e E a b? c?"
  )
)

const frame = (i: number, more = "") => `{"e":"thing","E":${i},"i":${i}${i},"x":"label of it ${i}"${more}}`

const modes = [
  ["with generated code", true],
  ["without", false]
] as const

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const times = (n: number, make: (i: number) => string) => Array.from({ length: n }, (_, i) => make(i + 1))

/** Runs a body, and says how many frames were parsed as JSON meanwhile. */
const parsedIn = (body: () => void): number => {
  const parse = vi.spyOn(JSON, "parse")
  body()
  const { length } = parse.mock.calls.filter(([text]) => text.includes('"e":"'))
  parse.mockRestore()
  return length
}

describe.each(modes)("%s", (_, generateCode) => {
  const make = (options?: Decoder.Options) => {
    const decode = Decoder.make(Thing, { ...options, generateCode })
    return (frame: Decoder.Frame) => Either.getOrThrow(decode(frame))
  }

  /** How many of the frames had to be parsed, once there was one of them. */
  const parsed = (decode: (frame: Decoder.Frame) => unknown, frames: ReadonlyArray<string>): number => {
    frames.forEach(decode)
    return parsedIn(() => frames.forEach((frame) => decode(Buffer.from(frame))))
  }

  it("frames in the order of the schema are not parsed, but for the first one", () => {
    const decode = make()
    expect(parsedIn(() => times(100, frame).forEach(decode))).toBe(1)
    expect(parsed(decode, times(100, frame))).toBe(0)
  })

  it("whatever fields they lack", () => {
    const fields = (i: number) =>
      Array.from("abcdfg", (key, bit) => ((i >> bit) & 1 ? `,"${key}":"${i}"` : "")).join("")
    const frames = times(100, (i) => frame(i, fields(i)))
    expect(parsed(make(), frames)).toBe(0)
    const decode = make()
    for (let i = 1; i < 200; i++) {
      const decoded = decode(frame(i, fields(i)))
      expect(Array.from("abcdfg", (key) => decoded[`name${key}`] ?? "")).toEqual(
        Array.from("abcdfg", (_, bit) => ((i >> bit) & 1 ? `${i}` : ""))
      )
    }
  })

  it("and however long their arrays are", () => {
    const list = (i: number) =>
      `,"L":[${Array.from({ length: i % 7 }, (_, j) => `{"l":${j}${j % 2 ? ',"n":"x"' : ""}}`)}]`
    const decode = make()
    expect(
      parsed(
        decode,
        times(100, (i) => frame(i, list(i)))
      )
    ).toBe(0)
    expect(decode(frame(1, list(3)))).toMatchObject({ items: [{ left: 0 }, { left: 1, note: "x" }, { left: 2 }] })
  })

  it("a null where one is foreseen is not parsed either", () => {
    const decode = make()
    expect(
      parsed(
        decode,
        times(10, (i) => frame(i, ',"z":null'))
      )
    ).toBe(0)
    expect(decode(frame(1, ',"z":null'))).toHaveProperty("nothing", undefined)
    expect(decode(frame(1, ',"z":"x"'))).toHaveProperty("nothing", "x")
    expect(decode(frame(1))).not.toHaveProperty("nothing")
  })

  it("fields are in the order of the schema", () => {
    const names = ["eventType", "eventTime", "id", "label", "items", "namea", "_tag"]
    const decode = make()
    for (const text of [
      '{"a":"x","L":[],"x":"y","i":1,"E":1,"e":"thing"}',
      '{"e":"thing","E":1,"i":1,"x":"y","L":[],"a":"x"}'
    ]) {
      expect(Object.keys(decode(text))).toEqual(names)
    }
  })

  it("a field that may be in several places is found in each, and not in two", () => {
    const decode = Decoder.make(Moving, { generateCode })
    const expected = { _tag: "Moving", first: "x", second: "y", third: "z" }
    for (const text of ['"a":"x","b":"y","c":"z"', '"b":"y","c":"z","a":"x"', '"b":"y","a":"x","c":"z"']) {
      expect(decode(`{"e":"moving","E":1,${text}}`)).toMatchObject({ right: expected })
    }
    expect(decode('{"e":"moving","E":1,"a":"w","b":"y","a":"x","c":"z"}')).toMatchObject({ right: expected })
    expect(decode('{"e":"moving","E":1,"a":1,"b":"y","a":"x","c":"z"}')).toMatchObject({ right: expected })
    expect(parsedIn(() => decode('{"e":"moving","E":1,"b":"y","c":"z","a":"x"}'))).toBe(0)
  })

  it("a frame without a key that usually is there is parsed", () => {
    const decode = Decoder.make(Usual, { generateCode })
    const usual = ['"a":"x"', '"a":"x","b":"y"', '"a":"x","b":"y","c":"z"', '"a":"x","c":"z"']
    usual.forEach((text) => decode(`{"e":"usual","E":1,${text}}`))
    const fields = { eventType: "usual", eventTime: 1, _tag: "Usual" }
    const results = parsedIn(() => {
      const right = usual.map((text) => Either.getOrThrow(decode(`{"e":"usual","E":1,${text}}`)))
      expect(right).toEqual([
        { ...fields, first: "x" },
        { ...fields, first: "x", second: "y" },
        { ...fields, first: "x", second: "y", third: "z" },
        { ...fields, first: "x", third: "z" }
      ])
    })
    expect(results).toBe(0)
    expect(decode('{"e":"usual","E":1}')).toEqual(Either.right(fields))
    expect(decode('{"e":"usual","E":1,"b":"y","c":"z"}')).toEqual(Either.right({ ...fields, second: "y", third: "z" }))
    expect(parsedIn(() => decode('{"e":"usual","E":1}'))).toBe(1)
  })

  it("a first field that is absent leaves no comma behind", () => {
    const decode = Decoder.make(Schema.Union(event("A", "a", { inner: field("i", Item) })), { generateCode })
    expect(decode('{"e":"a","E":1,"i":{"l":1}}')).toMatchObject({ right: { inner: { left: 1 } } })
    const all = Decoder.make(Schema.Union(event("A", "a", { inner: field("i", AllOptional) })), { generateCode })
    expect(all('{"e":"a","E":1,"i":{"m":"x"}}')).toMatchObject({ right: { inner: { note: "x" } } })
    expect(all('{"e":"a","E":1,"i":{}}')).toMatchObject({ right: { inner: {} } })
    for (const inner of ['{,"m":"x"}', '{"l":1"m":"x"}', '{"l":1,}', "{,}"]) {
      expect(all(`{"e":"a","E":1,"i":${inner}}`)).toMatchObject({ left: { reason: "InvalidJson" } })
    }
  })

  it("results have nothing in common", () => {
    const decode = make()
    const text = frame(7, ',"L":[{"l":1},{"l":2}]')
    const results = Array.from({ length: 100 }, (_, i) => decode(i % 2 ? text : Buffer.from(text)))
    const expected = canonical(results[0])
    for (const result of results) {
      expect(canonical(result)).toBe(expected)
      result.id = "changed"
      result.items[0].left = "changed"
      result.items.push("changed")
      result.more = "changed"
      delete result.label
    }
  })

  it("the buffer of a frame may be used again", () => {
    const decode = make()
    const buffer = Buffer.alloc(200)
    for (let i = 1; i < 100; i++) {
      const length = buffer.write(frame(i, ',"new":"a value that is longer than thirteen characters"'))
      const decoded = decode(buffer.subarray(0, length))
      buffer.fill("z")
      decode(frame(i + 1))
      expect(decoded).toMatchObject({
        eventTime: i,
        id: `${i}${i}`,
        label: `label of it ${i}`,
        new: "a value that is longer than thirteen characters"
      })
    }
  })

  it("fields that the schema does not know are mapped, at any depth, each time", () => {
    const decode = make({ mapUnknown: (key, value) => (key === "k" ? Redacted.make(value) : value) })
    for (let i = 0; i < 100; i++) {
      const deep = i % 3 === 0 ? ',"k":{"a":1}' : ',"k":"hidden"'
      const decoded = decode(frame(i + 1, `,"L":[{"l":1,"k":"hidden","m":2}]${deep}`))
      expect(Redacted.isRedacted(decoded.k)).toBe(true)
      expect(Redacted.value(decoded.items[0].k)).toBe("hidden")
      expect(decoded.items[0].m).toBe(2)
    }
  })

  it("another frame may be decoded while one is", () => {
    let inner: any
    const decode: (frame: string) => any = make({
      mapUnknown: (_, value) => {
        if (value === 1) {
          inner = decode(frame(5, ',"L":[{"l":1},{"l":2}],"a":"inner"'))
        }
        return value
      }
    })
    for (let i = 1; i < 100; i++) {
      const decoded = decode(frame(i, ',"L":[{"l":1,"new":1},{"l":2}],"new":1,"f":"after"'))
      expect(decoded).toMatchObject({ eventTime: i, new: 1, namef: "after", items: [{ left: 1 }, { left: 2 }] })
      expect(inner).toMatchObject({ id: "55", namea: "inner", items: [{ left: 1 }, { left: 2 }] })
    }
  })

  it("unwrap is not asked about what has the literal that tells the members apart", () => {
    const asked: Array<unknown> = []
    const unwrap = (value: any) => {
      asked.push(value)
      return value.in
    }
    const decode = make({ unwrap })
    for (let i = 1; i < 10; i++) {
      expect(decode(frame(i, ',"in":{"e":"other","E":1}'))).toMatchObject({ _tag: "Thing" })
      expect(decode(`{"in":${frame(i)},"e":"other","E":1}`)).toMatchObject({ _tag: "Other" })
    }
    expect(asked).toEqual([])
  })

  it("what unwrap takes out is seen for each set of keys and kinds of values", () => {
    // With an `id` that is a number the frame is something else.
    const unwrap = (value: any) => (typeof value.id === "number" ? value : value.in)
    const decode = Decoder.make(Thing, { unwrap, generateCode })
    decode(frame(1))
    const wrapped = (i: number, before = "", after = "") => `{${before}"in":${frame(i)}${after}}`
    for (let i = 1; i < 10; i++) {
      for (const text of [wrapped(i), wrapped(i, '"id":"x",'), wrapped(i, "", ',"id":null'), frame(i)]) {
        expect(decode(text)).toMatchObject({ right: { _tag: "Thing", eventTime: i } })
        expect(parsedIn(() => decode(text))).toBe(0)
      }
    }
    for (const text of [wrapped(1, '"id":1,'), wrapped(1, "", ',"id":1'), wrapped(1, '"id":null,"id":1,')]) {
      expect(decode(text)).toMatchObject({ left: { reason: "UnknownMember" } })
    }
    for (const text of [wrapped(1, '"id":01,'), wrapped(1, '"id":"x\n",'), wrapped(1, '"id":tru,'), `${wrapped(1)}}`]) {
      expect(decode(text.replace("\\n", "\n"))).toMatchObject({ left: { reason: "InvalidJson" } })
    }
  })

  it("only a few ways to wrap an event are remembered", () => {
    const decode = make({ unwrap: (value: any) => value.in })
    decode(frame(1))
    for (let i = 1; i < 100; i++) {
      const text = `{"key${i}":1,"in":${frame(i)}}`
      expect(decode(text)).toMatchObject({ eventTime: i })
      expect(parsedIn(() => decode(text))).toBe(i <= 4 ? 0 : 1)
    }
  })

  it("frames in any other order are parsed once, and give the same", () => {
    const decode = make()
    const fields = ['"e":"thing"', '"E":1', '"i":12', '"x":"y"', '"a":"1"', '"b":"2"', '"c":"3"', '"d":"4"']
    const expected = canonical(decode(`{${fields.join()}}`))
    const orders = times(200, (i) => {
      const order = [...fields]
      for (let j = order.length - 1; j > 0; j--) {
        const k = (i * 7919 + j * 104729) % (j + 1)
        ;[order[j], order[k]] = [order[k]!, order[j]!]
      }
      return `{${order.join()}}`
    })
    for (const text of orders) {
      expect(canonical(decode(text))).toBe(expected)
      expect(parsedIn(() => decode(text))).toBeLessThanOrEqual(1)
    }
  })

  it("more fields may be absent than a number has bits", () => {
    const keys = times(60, (i) => `k${i}`)
    const fields = Object.fromEntries(keys.map((key) => [key, optional(key, Schema.String)]))
    const decode = Decoder.make(Schema.Union(event("Wide", "wide", fields)), { generateCode })
    const sets = [keys, ["k1", "k60"], ["k60"], ["k2", "k60"], ["k1"], [], keys.filter((_, i) => i % 3 === 0)]
    for (const set of [...sets, ...sets]) {
      const present = Object.fromEntries(set.map((key) => [key, `of ${key}`]))
      expect(decode(JSON.stringify({ ...present, E: 1, e: "wide" }))).toEqual(
        Either.right({ _tag: "Wide", eventType: "wide", eventTime: 1, ...present })
      )
    }
  })
})

describe("code", () => {
  const collect = (): Array<string> => {
    const original = globalThis.Function
    const code: Array<string> = []
    vi.stubGlobal(
      "Function",
      new Proxy(original, {
        construct: (target, parameters) => {
          code.push(String(parameters.at(-1)))
          return Reflect.construct(target, parameters)
        }
      })
    )
    return code
  }

  it("is made once for each set of fields", () => {
    const code = collect()
    const decode = Decoder.make(Thing)
    const sets = ["", ',"a":"x"', ',"a":"x","c":"y"', ',"b":"x","d":"y"']
    const before = code.length
    for (let i = 0; i < 1000; i++) {
      decode(frame(i, sets[i % sets.length]))
    }
    expect(code.length - before).toBe(sets.length)
  })

  it("shows nothing of what is decoded", () => {
    const code = collect()
    const schema = Schema.Union(event("A", "a", { key: field("k", Field.Secret), text: field("x", Schema.String) }))
    const decode = Decoder.make(schema, { mapUnknown: (_, value) => Redacted.make(value) })
    const seen = [
      '"k":"hidden","x":"common"',
      '"x":"common","k":"hidden"',
      '"k":"hidden","x":"common","listenKey":"hidden"'
    ]
    for (let i = 0; i < 300; i++) {
      const decoded: any = Either.getOrThrow(decode(`{"e":"a","E":1,${seen[i % 3]}}`))
      expect(Redacted.value(decoded.key)).toBe("hidden")
    }
    expect(code.length).toBeGreaterThan(1)
    expect(code.filter((text) => /hidden|common|listenKey/.test(text))).toEqual([])
  })

  it("is bounded, whatever is sent", () => {
    const code = collect()
    const decode = Decoder.make(Thing)
    for (let i = 0; i < 4000; i++) {
      const fields = Array.from("abcdfg", (key, bit) => ((i >> bit) & 1 ? `,"${key}":"${i}"` : "")).join("")
      decode(frame(i, fields))
      decode(frame(i, `${fields},"new${i}":1`))
      decode(frame(i, `${fields},"L":[{"l":${i}}]`).replace('"e":"thing",', "").replace("}", ',"e":"thing"}'))
    }
    expect(code.length).toBeGreaterThan(1)
    expect(code.length).toBeLessThan(200)
  })

  it("is not made where it may not be", () => {
    vi.stubGlobal("Function", () => {
      throw new EvalError("no code from strings")
    })
    for (const decode of [Decoder.make(Thing), Decoder.make(Thing, { generateCode: false })]) {
      for (let i = 1; i < 10; i++) {
        expect(decode(frame(i))).toMatchObject({ right: { id: `${i}${i}` } })
        expect(decode(frame(i, ',"new":1'))).toMatchObject({ right: { id: `${i}${i}`, new: 1 } })
      }
    }
  })
})

describe("UserDataEvent.decoder", () => {
  it("is not fooled by fields that look like a number without loss", () => {
    const decode = UserDataEvent.decoder(SpotEvent.SpotEvent)
    const fake = '{"isLosslessNumber":true,"toString":1}'
    for (let i = 1; i < 1000; i++) {
      const text = `{"event":{"e":"balanceUpdate","E":${i},"a":"BTC","d":"1","isLosslessNumber":true,"toString":1}}`
      expect(decode(text)).toMatchObject({ _tag: "BalanceUpdate", isLosslessNumber: true, toString: 1 })
      expect(decode(`{"e":"balanceUpdate","E":${fake},"a":"BTC","d":"1"}`)).toMatchObject({ _tag: "MalformedEvent" })
    }
  })

  it("takes bytes", () => {
    const decode = UserDataEvent.decoder(SpotEvent.SpotEvent)
    for (let i = 1; i < 1000; i++) {
      const text = `{"subscriptionId":${i},"event":{"e":"balanceUpdate","E":${i},"a":"币","d":"1.${i}","T":2}}`
      expect(decode(Buffer.from(text))).toMatchObject({ asset: "币", balanceDelta: `1.${i}`, eventTime: i })
      expect(decode(text)).toEqual(decode(Buffer.from(text)))
    }
    expect(decode(Buffer.from("{"))).toMatchObject({ _tag: "MalformedEvent", text: "{" })
    expect(decode(Buffer.from('{"result":null,"id":1}'))).toBeUndefined()
  })

  it("hides a listen key in a field that the schema does not know", () => {
    const decode = UserDataEvent.decoder(SpotEvent.SpotEvent)
    const text = '{"event":{"e":"balanceUpdate","E":1,"a":"BTC","d":"1","T":2,"listenKey":"abc","listenToken":"d"}}'
    for (let i = 1; i < 1000; i++) {
      const decoded = decode(i % 2 ? text : Buffer.from(text)) as any
      expect(Redacted.value(decoded.listenKey)).toBe("abc")
      expect(Redacted.value(decoded.listenToken)).toBe("d")
    }
  })

  it("shows its own secrets' redactor to each stream", () => {
    const one = UserDataEvent.decoder(SpotEvent.SpotEvent, { redact: (text) => text.replaceAll("secret1", "*") })
    const two = UserDataEvent.decoder(SpotEvent.SpotEvent, { redact: (text) => text.replaceAll("secret2", "*") })
    expect(one('{"e":"new","x":"secret1 secret2"}')).toMatchObject({ raw: { x: "* secret2" } })
    expect(two('{"e":"new","x":"secret1 secret2"}')).toMatchObject({ raw: { x: "secret1 *" } })
  })
})
