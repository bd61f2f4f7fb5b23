import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as CoinFuturesEvent from "../../src/CoinFuturesEvent.js"
import * as Field from "../../src/internal/event/field.js"
import * as Json from "../../src/internal/json.js"
import * as SpotEvent from "../../src/SpotEvent.js"
import * as UserDataEvent from "../../src/UserDataEvent.js"
import { parse } from "./products.js"

const int64 = FastCheck.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)

const spot = UserDataEvent.decoder(SpotEvent.SpotEvent)
const coin = UserDataEvent.decoder(CoinFuturesEvent.CoinFuturesEvent)
const encodeCoin = UserDataEvent.encoder(CoinFuturesEvent.CoinFuturesEvent)

const tradeLite = (before: string, after: string) =>
  `{${before}"e":"TRADE_LITE","E":1,"T":2,"s":"BTCUSDT","q":"1","p":"0","m":false,"c":"x","S":"BUY","L":"1","l":"1"${after}}`

describe("64-bit ids are exact", () => {
  it("as the first and the last field of a frame", () => {
    FastCheck.assert(
      FastCheck.property(int64, int64, (orderId, tradeId) => {
        expect(coin(tradeLite(`"i":${orderId},`, `,"t":${tradeId}`))).toMatchObject({ orderId, tradeId })
        expect(coin(tradeLite(`"t":${tradeId},`, `,"i":${orderId}`))).toMatchObject({ orderId, tradeId })
      })
    )
  })

  it("nested, and in arrays", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(int64, { minLength: 1 }), int64, (orderIds, orderListId) => {
        const orders = orderIds.map((orderId) => `{"s":"A","i":${orderId},"c":"c"}`).join()
        const event = spot(
          `{"subscriptionId":0,"event":{"e":"listStatus","E":1,"s":"A","g":${orderListId},"l":"RESPONSE","L":"EXECUTING","T":2,"O":[${orders}]}}`
        )
        expect(event).toMatchObject({ orderListId, orders: orderIds.map((orderId) => ({ orderId })) })
      })
    )
  })

  it("whatever their size, always as text", () => {
    for (const id of ["0", "-1", "8921007711", "9007199254740991", "9007199254740993", "9223372036854775807"]) {
      const frame = tradeLite("", `,"t":0,"i":${id}`)
      const event = coin(frame) as CoinFuturesEvent.TradeLite
      expect(event.orderId).toBe(id)
      expect(encodeCoin(event)).toContain(`"i":${id}`)
    }
  })

  it("when a product sends them as text", () => {
    expect(coin(tradeLite("", ',"t":"9007199254740993","i":"7"'))).toMatchObject({
      orderId: "7",
      tradeId: "9007199254740993"
    })
  })

  it("or the frame is malformed: no id is guessed", () => {
    for (const id of ["1.5", "1e3", '"007"', '""', '"abc"', "null", "true", "-0"]) {
      expect(coin(tradeLite("", `,"t":1,"i":${id}`))).toMatchObject({ _tag: "MalformedEvent", eventType: "TRADE_LITE" })
    }
  })

  it("in unknown events and unknown fields", () => {
    FastCheck.assert(
      FastCheck.property(int64, (id) => {
        const unknown = coin(`{"e":"BRAND_NEW","E":1,"list":[{"id":${id}}]}`) as UserDataEvent.UnknownEvent
        expect(String((unknown.raw as any).list[0].id)).toBe(id)
        const event = coin(tradeLite("", `,"t":1,"i":2,"new":[${id}]`)) as any
        expect(String(event.new[0])).toBe(id)
        expect(encodeCoin(event)).toContain(`"new":[${id}]`)
      })
    )
  })
})

describe("JSON", () => {
  const literal = FastCheck.tuple(
    FastCheck.boolean(),
    FastCheck.bigInt({ min: 0n, max: 10n ** 25n }),
    FastCheck.option(FastCheck.stringMatching(/^[0-9]{1,20}$/)),
    FastCheck.option(FastCheck.tuple(FastCheck.constantFrom("e", "E", "e+", "E-"), FastCheck.nat({ max: 400 })))
  ).map(
    ([negative, whole, fraction, exponent]) =>
      `${negative ? "-" : ""}${whole}${fraction === null ? "" : `.${fraction}`}${exponent === null ? "" : exponent.join("")}`
  )

  it("keeps the text of every number", () => {
    FastCheck.assert(
      FastCheck.property(literal, FastCheck.constantFrom("", " ", "\n\t"), (number, space) => {
        for (const text of [
          `${space}${number}`,
          `[${space}${number}]`,
          `[1,${space}${number}]`,
          `{"a":${space}${number}}`
        ]) {
          expect(Either.getOrThrow(Json.stringify(parse(text)))).toBe(text.replace(/\s/g, ""))
        }
      })
    )
  })

  it("agrees with JSON.parse on everything but numbers", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.json({ noUnicodeString: false }), (text) => {
        const plain = JSON.stringify(parse(text), (_, value) => (Json.isLosslessNumber(value) ? Number(value) : value))
        expect(plain).toBe(JSON.stringify(JSON.parse(text)))
      })
    )
  })

  it("takes the last of two equal keys, on either path", () => {
    expect(parse('{"a":1,"a":2}')).toEqual({ a: 2 })
    expect(parse('{"a":1.0,"a":2}')).toEqual({ a: 2 })
  })

  it("takes __proto__ as a key like any other, on either path", () => {
    for (const text of ['{"__proto__":{"x":1}}', '{"__proto__":{"x":1.0}}']) {
      const value = parse(text)
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
      expect(Either.getOrThrow(Json.stringify(value))).toBe(text)
    }
  })

  it("takes no text for a number, whatever it begins with", () => {
    for (const text of ["number 5", "number x", "_number 1.0", "\\u006eumber 5"]) {
      const {
        key,
        list,
        number,
        [JSON.parse(`"${text}"`)]: named
      } = parse(`{"key":"${text}","list":["${text}"],"${text}":1.0,"number":9007199254740993}`)
      expect([key, list]).toEqual([JSON.parse(`"${text}"`), [JSON.parse(`"${text}"`)]])
      expect([String(named), String(number)]).toEqual(["1.0", "9007199254740993"])
    }
  })

  it("quotes nothing of a text that it cannot parse", () => {
    for (const text of ["secret", '{"a":secret}', '{"a":1.0,"b":secret}', '{"a":"secret', '{"secret":1,']) {
      expect(Either.getLeft(Json.parse(text))).toMatchObject({ value: expect.not.stringContaining("secret") })
    }
  })

  it("counts the nesting of values, not of brackets in strings", () => {
    expect(parse(JSON.stringify("[".repeat(5000)))).toHaveLength(5000)
    expect(parse(`["\\"${"{".repeat(5000)}"]`)).toHaveLength(1)
    expect(parse(`[${"[],".repeat(5000)}[]]`)).toHaveLength(5001)
    expect(Either.isLeft(Json.parse(`{"a":${"[".repeat(300)}${" ".repeat(2000)}${"]".repeat(300)}}`))).toBe(true)
  })
})

describe("fields", () => {
  const decode = <A>(schema: Schema.Schema<A, any>, text: string) => Schema.decodeUnknownOption(schema)(parse(text))

  it("decimals keep their text", () => {
    for (const text of ["0.00000000", "-1.10", "1e-7", "3112.50000000000000001", "100", ""]) {
      expect(decode(Field.Decimal, JSON.stringify(text))).toMatchObject({ value: text })
    }
    for (const text of ["3112.125", "3112.50000000000000001", "1.10", "100", "0"]) {
      expect(decode(Field.Decimal, text)).toMatchObject({ value: text })
    }
    expect(decode(Field.Decimal, "null")).toMatchObject({ _tag: "None" })
  })

  it("times and small integers are numbers, also in quotes", () => {
    for (const schema of [Field.Millis, Field.Integer]) {
      expect(decode(schema, '"1736996475556"')).toMatchObject({ value: 1736996475556 })
      expect(decode(schema, "1736996475556123")).toMatchObject({ value: 1736996475556123 })
      expect(decode(schema, "-1")).toMatchObject({ value: -1 })
      for (const text of ["1.5", '"1.5"', '""', '" 1"', "9007199254740993", '"0x10"', "true", "null", "{}"]) {
        expect(decode(schema, text)).toMatchObject({ _tag: "None" })
      }
    }
  })
})
