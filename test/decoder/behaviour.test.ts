import { afterEach, describe, expect, it, vi } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Decoder from "../../src/Decoder.js"
import * as Machine from "../../src/internal/decoder/machine.js"
import { unsure } from "../../src/internal/decoder/plan.js"
import * as Field from "../../src/internal/field.js"
import { event, field, optional } from "../../src/internal/field.js"
import * as SpotEvent from "../../src/SpotEvent.js"
import * as UserDataEvent from "../../src/UserDataEvent.js"
import { canonical } from "./reference.js"

const Item = Schema.Struct({ left: field("l", Schema.Number), note: optional("n", Schema.String) })

const Thing = Schema.Union(
  event("Thing", "thing", {
    id: field("i", Field.Int64),
    label: field("x", Schema.String),
    items: optional("L", Schema.Array(Item)),
    ...Object.fromEntries(Array.from("abcdfg", (key) => [`name${key}`, optional(key, Schema.String)]))
  }),
  event("Other", "other", {})
) as Schema.Schema<any, any>

const frame = (i: number, more = "") => `{"e":"thing","E":${i},"i":${i}${i},"x":"label of it ${i}"${more}}`

const modes = [
  ["with generated code", true],
  ["without", false]
] as const

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each(modes)("%s", (_, generateCode) => {
  const make = (options?: Machine.Options) => Machine.make(Thing.ast, { ...options, generateCode })

  const decodeWith = (machine: Machine.Machine) => (frame: Decoder.Frame) => {
    const scanned = machine.scan(frame)
    return scanned === unsure ? (Either.getOrThrow(machine.decode(frame)) as any) : (scanned as any)
  }

  /** How many of the frames the scanner knew. */
  const known = (machine: Machine.Machine, frames: ReadonlyArray<string>): number =>
    frames.filter((frame) => {
      if (machine.scan(Buffer.from(frame)) !== unsure) {
        return true
      }
      machine.decode(Buffer.from(frame))
      return false
    }).length

  const times = (n: number, make: (i: number) => string) => Array.from({ length: n }, (_, i) => make(i + 1))

  it("a shape is learned from its first frame", () => {
    expect(known(make(), times(100, frame))).toBe(99)
  })

  it("fields that come and go make no new shape", () => {
    const machine = make()
    const fields = (i: number) =>
      Array.from("abcdfg", (key, bit) => ((i >> bit) & 1 ? `,"${key}":"${i}"` : "")).join("")
    known(machine, [frame(1), frame(1, fields(63))])
    expect(
      known(
        machine,
        times(64, (i) => frame(i, fields(i)))
      )
    ).toBe(64)
    expect(
      known(
        machine,
        times(640, (i) => frame(i, fields(i)))
      )
    ).toBe(640)
  })

  it("arrays of any length are one shape", () => {
    const machine = make()
    const list = (i: number) =>
      `,"L":[${Array.from({ length: i % 7 }, (_, j) => `{"l":${j}${j % 2 ? ',"n":"x"' : ""}}`)}]`
    known(machine, [frame(1, list(3))])
    expect(
      known(
        machine,
        times(100, (i) => frame(i, list(i)))
      )
    ).toBe(100)
  })

  it("a scalar field that the schema does not know is learned", () => {
    const machine = make()
    const values = ["1", '"x"', "true", "null"]
    known(machine, [frame(1), frame(2, ',"new":1')])
    expect(
      known(
        machine,
        times(100, (i) => frame(i, `,"new":${values[i % 4]}`))
      )
    ).toBe(100)
    expect(decodeWith(machine)(frame(3, ',"new":"x"'))).toMatchObject({ new: "x", _tag: "Thing" })
  })

  it("fields are in the order of the schema", () => {
    const machine = make()
    const names = ["eventType", "eventTime", "id", "label", "items", "namea", "_tag"]
    for (let i = 0; i < 100; i++) {
      const decoded = decodeWith(machine)('{"a":"x","L":[],"x":"y","i":1,"E":1,"e":"thing"}')
      if (i > 0) {
        expect(Object.keys(decoded)).toEqual(names)
      }
    }
  })

  it("results have nothing in common", () => {
    const decode = decodeWith(make())
    const text = frame(7, ',"L":[{"l":1},{"l":2}],"new":5')
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
    const decode = decodeWith(make())
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
    const decode = decodeWith(make({ mapUnknown: (key, value) => (key === "k" ? Redacted.make(value) : value) }))
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
    const machine: Machine.Machine = make({
      mapUnknown: (_, value) => {
        if (value === 1) {
          inner = decode(frame(5, ',"a":"inner"'))
        }
        return value
      }
    })
    const decode = decodeWith(machine)
    for (let i = 1; i < 100; i++) {
      expect(decode(frame(i, ',"new":1,"f":"after"'))).toMatchObject({ eventTime: i, new: 1, namef: "after" })
      expect(inner).toMatchObject({ id: "55", namea: "inner" })
    }
  })

  it("what unwrap makes of a frame is seen for each set of keys", () => {
    // Without `p` and `q` together the frame is the event itself.
    const unwrap = (value: any) => (value.p !== undefined && value.q !== undefined ? value.in : value)
    const machine = make({ unwrap })
    const plain = [frame(1), frame(1, ',"p":1'), frame(1, ',"q":1'), '{"q":1,"i":1,"E":1,"x":"","e":"thing"}']
    for (let i = 0; i < 3000; i++) {
      for (const text of plain) {
        expect(decodeWith(machine)(text)).toMatchObject({ _tag: "Thing" })
      }
    }
    for (const text of [frame(1, ',"p":1,"q":1'), frame(1, ',"p":1,"n":1,"q":1'), frame(1, ',"q":1,"p":1')]) {
      expect(machine.scan(text)).toBe(unsure)
      expect(machine.decode(text)).toMatchObject({ left: { reason: "UnknownMember" } })
    }
  })

  it("also when it has given up learning", () => {
    const unwrap = (value: any) => (value.p !== undefined && value.q !== undefined ? value.in : value)
    // Here `b` and `c` together, which the schema knows.
    const other = (value: any) => (value.b !== undefined && value.c !== undefined ? value.in : value)
    for (const [unwrapped, one, two] of [
      [unwrap, "p", "q"],
      [other, "b", "c"]
    ] as const) {
      const machine = make({ unwrap: unwrapped })
      known(machine, [frame(1), ...times(200, (i) => frame(i).replace(",", ", "))])
      for (let i = 0; i < 20; i++) {
        for (const more of ["", `,"${one}":"1"`, `,"${two}":"1"`, ',"d":"1"']) {
          expect(decodeWith(machine)(`{"x":"y","i":1,"E":1,"e":"thing"${more}}`)).toMatchObject({ _tag: "Thing" })
        }
      }
      const both = `{"x":"y","i":1,"E":1,"e":"thing","${one}":"1","${two}":"1"}`
      expect(machine.scan(both)).toBe(unsure)
      expect(machine.decode(both)).toMatchObject({ left: { reason: "UnknownMember" } })
    }
  })

  it("frames in ever new orders are decoded without JSON.parse, and are not learned for ever", () => {
    const machine = make()
    const fields = ['"e":"thing"', '"E":1', '"i":12', '"x":"y"', '"a":"1"', '"b":"2"', '"c":"3"', '"d":"4"']
    const orders = times(5000, (i) => {
      const order = [...fields]
      for (let j = order.length - 1; j > 0; j--) {
        const k = (i * 7919 + j * 104729) % (j + 1)
        ;[order[j], order[k]] = [order[k]!, order[j]!]
      }
      return `{${order.join()}}`
    })
    known(machine, orders)
    const parse = vi.spyOn(JSON, "parse")
    expect(known(machine, orders)).toBeGreaterThan(4980)
    expect(parse.mock.calls.length).toBeLessThan(20)
  })
})

describe("code", () => {
  const count = () => {
    const original = globalThis.Function
    let made = 0
    vi.stubGlobal(
      "Function",
      new Proxy(original, {
        construct: (target, parameters) => {
          made++
          return Reflect.construct(target, parameters)
        }
      })
    )
    return {
      made: () => made,
      restore: () => vi.unstubAllGlobals()
    }
  }

  it("is made for shapes that are common, not for each frame", () => {
    const functions = count()
    const decode = Decoder.make(Thing)
    for (let i = 0; i < 31; i++) {
      decode(frame(i))
    }
    const before = functions.made()
    for (let i = 0; i < 1000; i++) {
      decode(frame(i))
    }
    expect(functions.made() - before).toBe(1)
    functions.restore()
  })

  it("is bounded, whatever is sent", () => {
    const functions = count()
    const decode = Decoder.make(Thing)
    for (let i = 0; i < 20_000; i++) {
      // Ever new fields, each shape often enough to be common.
      decode(frame(i, `,"new${Math.floor(i / 40)}":1`))
    }
    expect(functions.made()).toBeGreaterThan(1)
    expect(functions.made()).toBeLessThan(200)
    functions.restore()
  })

  it("is not made where it may not be", () => {
    vi.stubGlobal("Function", () => {
      throw new EvalError("no code from strings")
    })
    const decode = Decoder.make(Thing, { generateCode: false })
    for (let i = 1; i < 100; i++) {
      expect(decode(frame(i))).toMatchObject({ right: { id: `${i}${i}` } })
    }
    vi.unstubAllGlobals()
  })
})

describe("UserDataEvent.decoder", () => {
  it("is not fooled by fields that look like a number without loss", () => {
    const decode = UserDataEvent.decoder(SpotEvent.SpotEvent)
    const fake = '{"isLosslessNumber":true,"toString":1}'
    for (let i = 1; i < 100; i++) {
      const text = `{"event":{"e":"balanceUpdate","E":${i},"a":"BTC","d":"1","isLosslessNumber":true,"toString":1}}`
      expect(decode(text)).toMatchObject({ _tag: "BalanceUpdate", isLosslessNumber: true, toString: 1 })
      expect(decode(`{"e":"balanceUpdate","E":${fake},"a":"BTC","d":"1"}`)).toMatchObject({ _tag: "MalformedEvent" })
    }
  })

  it("takes bytes", () => {
    const decode = UserDataEvent.decoder(SpotEvent.SpotEvent)
    for (let i = 1; i < 100; i++) {
      const text = `{"subscriptionId":${i},"event":{"e":"balanceUpdate","E":${i},"a":"币","d":"1.${i}","T":2}}`
      expect(decode(Buffer.from(text))).toMatchObject({ asset: "币", balanceDelta: `1.${i}`, eventTime: i })
      expect(decode(text)).toEqual(decode(Buffer.from(text)))
    }
    expect(decode(Buffer.from("{"))).toMatchObject({ _tag: "MalformedEvent", text: "{" })
    expect(decode(Buffer.from('{"result":null,"id":1}'))).toBeUndefined()
  })

  it("hides a listen key in a field that has become known to the scanner", () => {
    const decode = UserDataEvent.decoder(SpotEvent.SpotEvent)
    const text = '{"event":{"e":"balanceUpdate","E":1,"a":"BTC","d":"1","T":2,"listenKey":"abc","listenToken":"d"}}'
    for (let i = 1; i < 100; i++) {
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
