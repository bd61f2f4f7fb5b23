import { inspect } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import * as CoinFuturesEvent from "../../src/CoinFuturesEvent.js"
import * as EuropeanOptionsEvent from "../../src/EuropeanOptionsEvent.js"
import { scrub } from "../../src/internal/secrets.js"
import * as SpotEvent from "../../src/SpotEvent.js"
import * as UserDataEvent from "../../src/UserDataEvent.js"

const listenKey = "q8Zr0PLANTEDq8Zr0PLANTEDq8Zr0PLANTEDq8Zr0PLANTEDq8Zr0PLANTED0000"

const decode = UserDataEvent.decoder(CoinFuturesEvent.CoinFuturesEvent)
const encode = UserDataEvent.encoder(CoinFuturesEvent.CoinFuturesEvent)

const config = '{"e":"ACCOUNT_CONFIG_UPDATE","E":1,"T":2,"ac":{"s":"BTCUSD_PERP","l":5}}'

const rendered = (value: unknown): string =>
  [inspect(value, { depth: null, showHidden: true }), JSON.stringify(value), String(value)].join()

describe("wrappers", () => {
  it("are taken off", () => {
    const event = decode(config)
    expect(event).toMatchObject({ _tag: "AccountConfigUpdate", symbolConfig: { leverage: 5 } })
    for (const frame of [
      `{"subscriptionId":7,"event":${config}}`,
      `{"event":${config}}`,
      `{"stream":"${listenKey}","data":${config}}`,
      `{"data":${config},"stream":"${listenKey}"}`
    ]) {
      expect(decode(frame)).toEqual(event)
    }
  })

  it("are not looked for in an event", () => {
    const frame = `${config.slice(0, -1)},"event":{"e":"x"},"stream":"s","data":{"e":"y"}}`
    expect(decode(frame)).toMatchObject({ _tag: "AccountConfigUpdate", event: { e: "x" }, stream: "s" })
  })

  it("without an event in them make a malformed event", () => {
    for (const frame of ['{"event":null}', '{"event":{}}', `{"stream":"${listenKey}","data":"x"}`, '{"data":[]}']) {
      const event = decode(frame)
      expect(event).toMatchObject({ _tag: "MalformedEvent", reason: "has no event name" })
      expect(rendered(event)).not.toContain("PLANTED")
    }
  })
})

describe("answers to requests", () => {
  it("are no events", () => {
    for (const frame of [
      '{"result":null,"id":1}',
      '{"result":["a"],"id":null}',
      '{"code":2,"msg":"Invalid request: unknown method","id":1}',
      '{"error":{"code":2,"msg":"Invalid request"},"id":1}',
      '{"id":"6f1d","status":200,"result":{"subscriptionId":0},"rateLimits":[]}',
      '{"id":null,"status":401,"error":{"code":-2015,"msg":"Invalid API-key"}}'
    ]) {
      expect(decode(frame)).toBeUndefined()
      expect(UserDataEvent.isAnswer(JSON.parse(frame))).toBe(true)
    }
  })

  it("have no event name", () => {
    for (const frame of ['{"e":"NEW","E":1,"result":null,"id":1}', '{"id":1}', "{}", "[]", "null", '"x"', "1"]) {
      expect(decode(frame)).toBeDefined()
      expect(UserDataEvent.isAnswer(JSON.parse(frame))).toBe(false)
    }
  })
})

describe("UnknownEvent", () => {
  it("carries the event as it came", () => {
    expect(decode('{"stream":"s","data":{"e":"BRAND_NEW","E":"1790000000000","x":[1,"2",null]}}')).toEqual({
      _tag: "UnknownEvent",
      eventType: "BRAND_NEW",
      eventTime: 1790000000000,
      raw: { e: "BRAND_NEW", E: "1790000000000", x: [1, "2", null] }
    })
  })

  it("needs no time", () => {
    for (const time of ["", ',"E":"soon"', ',"E":null', ',"E":""', ',"E":1.5']) {
      expect(decode(`{"e":"BRAND_NEW"${time}}`)).not.toHaveProperty("eventTime")
    }
  })

  it("is what an event of another product is", () => {
    expect(decode('{"e":"executionReport","E":1}')).toMatchObject({ _tag: "UnknownEvent" })
    expect(decode('{"e":"toString","E":1}')).toMatchObject({ _tag: "UnknownEvent", eventType: "toString" })
  })
})

describe("MalformedEvent", () => {
  it("carries the name, the value and the text", () => {
    const text = '{"e":"ACCOUNT_CONFIG_UPDATE","E":1,"T":2,"ac":{"l":5}}'
    expect(decode(text)).toEqual({
      _tag: "MalformedEvent",
      reason: "ac.s: is missing",
      eventType: "ACCOUNT_CONFIG_UPDATE",
      text,
      value: JSON.parse(text)
    })
  })

  it("carries what there is of a text that is no JSON", () => {
    expect(decode('{"e":"ACCOUNT')).toEqual({
      _tag: "MalformedEvent",
      reason: expect.stringContaining("not valid JSON"),
      text: '{"e":"ACCOUNT'
    })
    expect(decode("")).toMatchObject({ _tag: "MalformedEvent", text: "" })
    expect(decode('{"e":5}')).toMatchObject({ _tag: "MalformedEvent", reason: "has no event name" })
  })

  it("is bounded", () => {
    const event = decode(`"${"x".repeat(1_000_000)}`) as UserDataEvent.MalformedEvent
    expect(event.text.length).toBe(65536)
    const reason = decode(`{"e":"ACCOUNT_CONFIG_UPDATE","E":1,"T":2,"ac":"${"y".repeat(100_000)}"}`)
    expect((reason as UserDataEvent.MalformedEvent).reason.length).toBeLessThanOrEqual(300)
  })

  it.each([
    ["escapes", "\\\\"],
    ["quotes", '\\"'],
    ["encoded characters", "%2B"],
    ["encoded and other characters", "a%3D"]
  ])("is an event also where it has megabytes of %s in the place of a secret", (_, part) => {
    const long = part.repeat(4_000_000)
    const decode = UserDataEvent.decoder(CoinFuturesEvent.CoinFuturesEvent, { redact: (text) => scrub(text, []) })
    for (const frame of [
      `{"e":"MARGIN_CALL","listenKey":"${long}"}`,
      `{"e":"MARGIN_CALL","x":"${long}","listenKey":"${long}`,
      `{"stream":"${long}","data":{"e":"MARGIN_CALL"}}`
    ]) {
      expect(decode(frame)).toMatchObject({ _tag: "MalformedEvent" })
    }
  })
})

describe("a listen key is not shown", () => {
  const frames = {
    event: `{"e":"listenKeyExpired","E":1,"listenKey":"${listenKey}"}`,
    "event in a wrapper": `{"stream":"${listenKey}","data":{"e":"listenKeyExpired","E":1,"listenKey":"${listenKey}"}}`,
    "unknown event": `{"stream":"${listenKey}","data":{"e":"NEW","E":1,"nested":[{"listenKey":"${listenKey}"}]}}`,
    "unknown event that repeats it": `{"stream":"${listenKey}","data":{"e":"NEW ${listenKey}","${listenKey}":"of ${listenKey}"}}`,
    "unknown field": `${config.slice(0, -1)},"listenKey":"${listenKey}","x":[{"listenKey":{"a":"${listenKey}"}}]}`,
    "unknown field with an escaped name": `${config.slice(0, -1)},"listen\\u004bey":"${listenKey}"}`,
    "malformed event": `{"stream":"${listenKey}","data":{"e":"ACCOUNT_UPDATE","E":1,"a":"${listenKey}"}}`,
    "malformed listen key": `{"e":"listenKeyExpired","E":1,"listenKey":["${listenKey}"]}`,
    "escaped name": `{"e":"listenKeyExpired","E":null,"listen\\u004bey":"${listenKey}"}`,
    "text that is cut off": `{"e":"listenKeyExpired","E":1,"listenKey":"${listenKey}`,
    "wrapper that is cut off": `{"stream" : "${listenKey}","data":{"e":`,
    "wrapper around nothing": `{"stream":"${listenKey}"}`,
    "token that is cut off": `{"id":1,"result":{"listenToken":"${listenKey}`
  }

  it.each(Object.entries(frames))("%s", (_, frame) => {
    const event = decode(frame)
    expect(event).toBeDefined()
    expect(rendered(event)).not.toContain("PLANTED")
  })

  it("nor a piece of it where a text is cut", () => {
    for (let length = 200; length < 300; length++) {
      const event = decode(`{"e":"MARGIN_CALL","E":1,"p":{"x":"${"x".repeat(length)}","listenKey":"${listenKey}"}}`)
      expect(event).toMatchObject({ _tag: "MalformedEvent" })
      expect(rendered(event)).not.toContain("PLANTED")
    }
  })

  it("and nothing else is blanked", () => {
    expect(decode('{"e":"NEW","x":"undefined","y":"null","stream":"undefined"}')).toMatchObject({
      raw: { x: "undefined", y: "null", stream: "undefined" }
    })
    expect(decode('{"x":"undefined"}')).toMatchObject({ value: { x: "undefined" } })
  })

  it("but can be read by who asks for it", () => {
    const event = decode(frames.event) as CoinFuturesEvent.ListenKeyExpired
    expect(Redacted.value(event.listenKey!)).toBe(listenKey)
    expect(encode(event)).toBe(frames.event)
    expect(encode(decode(frames["unknown field"]) as CoinFuturesEvent.CoinFuturesEvent)).toBe(frames["unknown field"])
  })

  it("nor is what the caller knows to be one", () => {
    const decode = UserDataEvent.decoder(CoinFuturesEvent.CoinFuturesEvent, {
      redact: (text) => text.replaceAll(listenKey, "***")
    })
    for (const frame of [
      `{"e":"NEW","x":"${listenKey}"}`,
      `{"k":"${listenKey}"`,
      `{"e":"MARGIN_CALL","p":"${listenKey}"}`
    ]) {
      expect(rendered(decode(frame))).not.toContain("PLANTED")
    }
  })
})

describe("encoder", () => {
  it("writes the bare frame, ids as digits of any size", () => {
    const frame =
      '{"e":"STRATEGY_UPDATE","E":1,"T":2,"su":{"si":9007199254740993,"st":"GRID","ss":"NEW","s":"A","zz":1.10}}'
    expect(encode(decode(frame) as CoinFuturesEvent.CoinFuturesEvent)).toBe(frame)
  })

  it("writes an event that a program has made", () => {
    const encode = UserDataEvent.encoder(EuropeanOptionsEvent.EuropeanOptionsEvent)
    expect(encode({ _tag: "RiskLevelChange", eventType: "RISK_LEVEL_CHANGE", eventTime: 1, riskLevel: "NORMAL" })).toBe(
      '{"e":"RISK_LEVEL_CHANGE","E":1,"s":"NORMAL"}'
    )
    expect(
      encode({ _tag: "ListenKeyExpired", eventType: "listenKeyExpired", eventTime: 1, listenKey: Redacted.make("k") })
    ).toBe('{"e":"listenKeyExpired","E":1,"listenKey":"k"}')
  })

  it("throws on what is no event", () => {
    expect(() => encode({ _tag: "Nothing" } as any)).toThrow()
    expect(() => encode({ _tag: "StrategyUpdate" } as any)).toThrow()
    const cyclic: any = { ...(decode(config) as any) }
    cyclic.self = cyclic
    expect(() => encode(cyclic)).toThrow(TypeError)
  })
})

describe("toDateTime", () => {
  it("takes ms and µs", () => {
    expect(DateTime.toEpochMillis(UserDataEvent.toDateTime(1736996475556))).toBe(1736996475556)
    expect(DateTime.toEpochMillis(UserDataEvent.toDateTime(1736996475556789))).toBe(1736996475556)
    expect(DateTime.formatIso(UserDataEvent.toDateTime(0))).toBe("1970-01-01T00:00:00.000Z")
  })

  it("understands a socket of µs", () => {
    const event = UserDataEvent.decoder(SpotEvent.SpotEvent)(
      '{"event":{"e":"balanceUpdate","E":1736996475556789,"a":"BTC","d":"1","T":1736996475556123}}'
    ) as SpotEvent.BalanceUpdate
    expect(event.clearTime).toBe(1736996475556123)
    expect(DateTime.toEpochMillis(UserDataEvent.toDateTime(event.eventTime))).toBe(1736996475556)
  })
})
