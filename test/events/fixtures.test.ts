import { describe, expect, it } from "@effect/vitest"
import * as UserDataEvent from "../../src/UserDataEvent.js"
import { fixtures, ownFixtures, parse, payload, productNames, products } from "./products.js"

/** `ORDER_TRADE_UPDATE` and `executionReport` to `OrderTradeUpdate` and `ExecutionReport`. */
const tagOf = (eventType: string): string => {
  const words = eventType.includes("_") ? eventType.toLowerCase().split("_") : [eventType]
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("")
}

/** What may change on the way: a time in quotes loses them, a decimal without gets them. */
const normalized = (value: unknown, key = ""): unknown => {
  if (Array.isArray(value)) {
    return value.map((item) => normalized(item))
  }
  if (key === "E") {
    return Number(value)
  }
  if (typeof value === "number") {
    return Number.isInteger(value) ? value : String(value)
  }
  if (typeof value === "object" && value !== null) {
    return "isLosslessNumber" in value
      ? /^-?\d+$/.test(String(value))
        ? value
        : String(value)
      : Object.fromEntries(Object.entries(value).map(([key, child]) => [key, normalized(child, key)]))
  }
  return value
}

const codecs = Object.fromEntries(
  productNames.map((name) => [
    name,
    {
      decode: UserDataEvent.decoder(products[name].schema),
      prepared: UserDataEvent.prepared(UserDataEvent.sharedDecoder(products[name].schema), {}),
      encode: UserDataEvent.encoder(products[name].schema)
    }
  ])
)

describe("frames", () => {
  it.each(fixtures)("$name", ({ eventType, product, text }) => {
    const { decode, encode, prepared } = codecs[product]!
    const event = decode(text) as any
    expect(prepared(text)).toEqual(event)
    expect({ _tag: event._tag, reason: event.reason }).toEqual({ _tag: tagOf(eventType), reason: undefined })
    expect(event.eventType).toBe(eventType)
    expect(event.eventTime).toBe(Number(payload(text).E))
    expect(normalized(parse(encode(event)))).toEqual(normalized(payload(text)))
  })

  it.each(productNames)("%s has a frame of every event", (product) => {
    const seen = new Set(ownFixtures.filter((fixture) => fixture.product === product).map(({ eventType }) => eventType))
    const known = products[product].members.flatMap(({ ast }) => eventTypes(ast))
    expect(known.filter((eventType) => !seen.has(eventType))).toEqual([])
    expect([...seen].filter((eventType) => !known.includes(eventType))).toEqual([])
  })
})

const eventTypes = (ast: any): ReadonlyArray<string> => {
  let from = ast
  while (from._tag === "Transformation") {
    from = from.from
  }
  const type = from.propertySignatures.find((signature: any) => signature.name === "e").type
  return (type._tag === "Union" ? type.types : [type]).map((literal: any) => literal.literal)
}

describe("the same name in different products", () => {
  it("is decoded by each product's own schema", () => {
    const liability =
      '{"e":"liabilityChange","E":1,"a":"BTC","t":"BORROW","T":1352286576452864727,"p":"1","i":"0","l":"1"}'
    expect(codecs["portfolio-margin"]!.decode(liability)).toMatchObject({ transactionId: "1352286576452864727" })
    expect(codecs.margin!.decode(liability)).toMatchObject({ _tag: "MalformedEvent", eventType: "liabilityChange" })

    const account = fixtures.find(({ name }) => name === "own options/ACCOUNT_UPDATE.json")!.text
    expect(codecs.options!.decode(account)).toMatchObject({ _tag: "AccountUpdate", accountEquity: "5100.5" })
    expect(codecs["coin-m"]!.decode(account)).toMatchObject({ _tag: "MalformedEvent", eventType: "ACCOUNT_UPDATE" })
  })

  it("nests the algo order under another key", () => {
    const usd = fixtures.find(({ name }) => name === "own usd-m/ALGO_UPDATE.json")!.text
    const portfolio = fixtures.find(({ name }) => name === "own portfolio-margin/ALGO_UPDATE.json")!.text
    expect(codecs["usd-m"]!.decode(usd)).toMatchObject({ algoOrder: { algoId: "2000000777" } })
    expect(codecs["portfolio-margin"]!.decode(portfolio)).toMatchObject({ algoOrder: { algoId: "2000000777" } })
    expect(codecs["portfolio-margin"]!.decode(usd)).toMatchObject({ _tag: "MalformedEvent" })
    expect(codecs["usd-m"]!.decode(portfolio)).toMatchObject({ _tag: "MalformedEvent" })
  })
})
