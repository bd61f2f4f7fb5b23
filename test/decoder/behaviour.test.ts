import { afterEach, beforeAll, describe, expect, it, vi } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Decoder from "../../src/Decoder.js"
import * as Machine from "../../src/internal/decoder/machine.js"
import { unsure } from "../../src/internal/decoder/plan.js"
import { loadLearning } from "../../src/internal/decoder/scanner.js"
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

/** Sooner than usual: of 128 frames, and trusted after 256 more. */
const pace = { samples: 8, every: 16, growth: 4, youth: 8 }

beforeAll(loadLearning)

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each(modes)("%s", (_, generateCode) => {
  const make = (options?: Machine.Options) => Machine.make(Thing.ast, { pace, ...options, generateCode })

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

  it("frames are known from the first one on", () => {
    const machine = make()
    expect(known(machine, times(3000, frame))).toBe(3000)
  })

  it("fields that come and go make no new shape", () => {
    const machine = make()
    const fields = (i: number) =>
      Array.from("abcdfg", (key, bit) => ((i >> bit) & 1 ? `,"${key}":"${i}"` : "")).join("")
    known(machine, times(128, frame))
    expect(
      known(
        machine,
        times(3000, (i) => frame(i, fields(63)))
      )
    ).toBe(3000)
    expect(
      known(
        machine,
        times(20_000, (i) => frame(i, fields(i)))
      )
    ).toBe(20_000)
  })

  it("arrays of any length are one shape", () => {
    const machine = make()
    const list = (i: number) =>
      `,"L":[${Array.from({ length: i % 7 }, (_, j) => `{"l":${j}${j % 2 ? ',"n":"x"' : ""}}`)}]`
    known(
      machine,
      times(128, () => frame(1, list(3)))
    )
    expect(
      known(
        machine,
        times(1000, (i) => frame(i, list(i)))
      )
    ).toBe(1000)
  })

  it("a field that the schema does not know is learned, whatever it holds", () => {
    const machine = make()
    const values = ["1", '"x"', "true", "null", '{"a":[1,"]"]}', "[2]"]
    known(
      machine,
      times(128, () => frame(2, ',"new":1'))
    )
    expect(
      known(
        machine,
        times(1000, (i) => frame(i, `,"new":${values[i % values.length]}`))
      )
    ).toBe(1000)
    expect(decodeWith(machine)(frame(3, ',"new":"x"'))).toMatchObject({ new: "x", _tag: "Thing" })
  })

  it("fields are in the order of the schema", () => {
    const machine = make()
    const names = ["eventType", "eventTime", "id", "label", "items", "namea", "_tag"]
    for (let i = 0; i < 1000; i++) {
      const decoded = decodeWith(machine)('{"a":"x","L":[],"x":"y","i":1,"E":1,"e":"thing"}')
      if (i > 0) {
        expect(Object.keys(decoded)).toEqual(names)
      }
    }
  })

  it("results have nothing in common", () => {
    const decode = decodeWith(make())
    const text = frame(7, ',"L":[{"l":1},{"l":2}],"new":5')
    const results = Array.from({ length: 1000 }, (_, i) => decode(i % 2 ? text : Buffer.from(text)))
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
    for (let i = 1; i < 1000; i++) {
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
    for (let i = 0; i < 1000; i++) {
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
    for (let i = 1; i < 1000; i++) {
      expect(decode(frame(i, ',"new":1,"f":"after"'))).toMatchObject({ eventTime: i, new: 1, namef: "after" })
      expect(inner).toMatchObject({ id: "55", namea: "inner" })
    }
  })

  it("unwrap is not asked about what has the literal that tells the members apart", () => {
    const asked: Array<unknown> = []
    const unwrap = (value: any) => {
      asked.push(value)
      return value.in
    }
    const machine = make({ unwrap })
    for (let i = 1; i < 1000; i++) {
      expect(decodeWith(machine)(frame(i, ',"in":{"e":"other","E":1}'))).toMatchObject({ _tag: "Thing" })
    }
    expect(asked).toEqual([])
  })

  it("what unwrap takes out is seen for each set of keys and kinds of values", () => {
    // With an `id` that is a number the frame is something else.
    const unwrap = (value: any) => (typeof value.id === "number" ? value : value.in)
    const machine = make({ unwrap })
    const wrapped = (i: number, before = "", after = "") => `{${before}"in":${frame(i)}${after}}`
    for (let i = 1; i < 1000; i++) {
      for (const text of [wrapped(i), wrapped(i, '"id":"x",'), wrapped(i, "", ',"id":null'), frame(i)]) {
        expect(decodeWith(machine)(text)).toMatchObject({ _tag: "Thing", eventTime: i })
      }
    }
    for (const text of [wrapped(1, '"id":1,'), wrapped(1, "", ',"id":1'), wrapped(1, '"id":null,"id":1,')]) {
      expect(machine.scan(text)).toBe(unsure)
      expect(machine.decode(text)).toMatchObject({ left: { reason: "UnknownMember" } })
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
    expect(known(machine, orders)).toBeGreaterThan(4990)
    expect(parse.mock.calls.length).toBeLessThan(40)
  })
})

describe("code", () => {
  const count = () => {
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
    return {
      made: () => code.length,
      code,
      restore: () => vi.unstubAllGlobals()
    }
  }

  it("is made for shapes that are common, not for each frame", () => {
    const functions = count()
    const decode = Decoder.make(Thing)
    for (let i = 0; i < 127; i++) {
      decode(frame(i))
    }
    const before = functions.made()
    for (let i = 0; i < 1000; i++) {
      decode(frame(i))
    }
    expect(functions.made() - before).toBe(1)
    functions.restore()
  })

  it("is made once for all that comes often", () => {
    const functions = count()
    const machine = Machine.make(Thing.ast, { pace })
    const sets = ["", ',"a":"x"', ',"a":"x","c":"y"', ',"b":"x","d":"y"']
    const decodeAll = (n: number) => {
      for (let i = 0; i < n; i++) {
        // In an order that the interval between samples has no part in.
        machine.scan(frame(i, sets[(i * 7 + (i >> 4)) % sets.length]))
      }
    }
    decodeAll(2000)
    const before = functions.made()
    // At most one for each set of fields, and twice the code of the member.
    expect(before).toBeLessThanOrEqual(sets.length + 2)
    decodeAll(20_000)
    expect(functions.made()).toBe(before)
    functions.restore()
  })

  it("shows nothing of fields that the schema does not know, nor of secrets", () => {
    const functions = count()
    const schema = Schema.Union(event("A", "a", { key: field("k", Field.Secret), text: field("x", Schema.String) }))
    const machine = Machine.make(schema.ast, { pace, mapUnknown: (_, value) => Redacted.make(value) })
    for (let i = 0; i < 1000; i++) {
      const decoded: any = machine.scan('{"e":"a","E":1,"k":"hidden","x":"common","listenKey":"hidden"}')
      expect(Redacted.value(decoded.key)).toBe("hidden")
      expect(Redacted.value(decoded.listenKey)).toBe("hidden")
    }
    expect(functions.code.some((code) => code.includes("common"))).toBe(true)
    expect(functions.code.some((code) => code.includes("hidden"))).toBe(false)
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
    for (let i = 1; i < 1000; i++) {
      expect(decode(frame(i))).toMatchObject({ right: { id: `${i}${i}` } })
    }
    vi.unstubAllGlobals()
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

  it("hides a listen key in a field that has become known to the scanner", () => {
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
