import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Json from "../../src/internal/json.js"
import * as UserDataEvent from "../../src/UserDataEvent.js"
import { ownFixtures, parse, payload, productNames, products } from "./products.js"

/** The fields that an event cannot do without, by event and by place. CONTRIBUTING tells the same. */
const identity: Record<string, ReadonlyArray<string>> = {
  executionReport: ["s", "c", "i", "t"],
  ORDER_TRADE_UPDATE: ["fs", "o", "o.s", "o.c", "o.i", "o.t"],
  TRADE_LITE: ["s", "c", "i", "t"],
  ALGO_UPDATE: ["fs", "o", "ao", "o.caid", "o.aid", "o.s", "ao.caid", "ao.aid", "ao.s"],
  CONDITIONAL_ORDER_TRADE_UPDATE: ["fs", "so", "so.s", "so.c", "so.si"],
  CONDITIONAL_ORDER_TRIGGER_REJECT: ["or", "or.s", "or.i"],
  STRATEGY_UPDATE: ["su", "su.si", "su.s"],
  GRID_UPDATE: ["gu", "gu.si", "gu.s"],
  listStatus: ["s", "g", "O", "O.s", "O.i", "O.c"],
  ACCOUNT_UPDATE: ["fs", "a", "a.B.a", "a.P.s", "a.P.ps"],
  ACCOUNT_CONFIG_UPDATE: ["fs", "ac", "ac.s"],
  BALANCE_POSITION_UPDATE: ["B.a", "P.s"],
  GREEK_UPDATE: ["G", "G.u"],
  MARGIN_CALL: ["p", "p.s", "p.ps"],
  outboundAccountPosition: ["B", "B.a"],
  balanceUpdate: ["a"],
  externalLockUpdate: ["a"],
  USER_LIABILITY_CHANGE: ["a"],
  userLiabilityChange: ["a"],
  liabilityChange: ["a", "T", "L", "L.a"],
  openOrderLoss: ["O", "O.a"]
}

/** Frames that come back in another form: numbers for texts, or texts for numbers. */
const isNormalized = /EventTime|numericBreakEvenPrice|options.listenKeyExpired.json/

interface Place {
  readonly holder: any
  readonly key: string
  readonly path: string
}

const placesIn = (value: any, path: string): ReadonlyArray<Place> =>
  Array.isArray(value)
    ? value.flatMap((item) => placesIn(item, path))
    : typeof value === "object" && value !== null && !Json.isLosslessNumber(value)
      ? Object.keys(value).flatMap((key) => {
          const place = path === "" ? key : `${path}.${key}`
          return [{ holder: value, key, path: place }, ...placesIn(value[key], place)]
        })
      : []

const write = (value: unknown): string => Either.getOrThrow(Json.stringify(value))

/** The event with a change at each of its places, one after the other. */
const variants = (text: string, change: (place: Place) => void) =>
  placesIn(payload(text), "").map(({ path }, i) => {
    const event = payload(text)
    change(placesIn(event, "")[i]!)
    return { path, frame: write(event) }
  })

const isIdentity = (eventType: string, path: string): boolean =>
  path === "e" || path === "E" || (identity[eventType]?.includes(path) ?? false)

const changes: Record<string, (place: Place) => void> = {
  missing: ({ holder, key }) => {
    delete holder[key]
  },
  null: ({ holder, key }) => {
    holder[key] = null
  }
}

describe.each(productNames)("%s", (name) => {
  const decode = UserDataEvent.decoder(products[name].schema)
  const encode = UserDataEvent.encoder(products[name].schema)
  const own = ownFixtures.filter(({ product, text }) => product === name && payload(text).e !== undefined)

  it.each(own)(
    "$name: a field that is missing or null spoils nothing but itself",
    ({ eventType, name: file, text }) => {
      const whole: any = decode(write(payload(text)))
      for (const [title, change] of Object.entries(changes)) {
        for (const { frame, path } of variants(text, change)) {
          const event: any = decode(frame)
          if (!isIdentity(eventType, path)) {
            expect(event._tag, `${path} is ${title}`).toBe(whole._tag)
            expect(isNormalized.test(file) || parse(encode(event)), path).toEqual(
              isNormalized.test(file) || parse(frame)
            )
          }
        }
      }
    }
  )

  it.each(own)("$name: without one that identifies it is malformed", ({ eventType, text }) => {
    const tag = decode(write(payload(text)))?._tag
    for (const change of Object.values(changes)) {
      for (const { frame, path } of variants(text, change)) {
        if (isIdentity(eventType, path) && !(eventType === "ACCOUNT_CONFIG_UPDATE" && name === "usd-m")) {
          const event = decode(frame)
          expect(path === "e" || event?._tag === "MalformedEvent", `${path} of ${tag}: ${frame}`).toBe(true)
        }
      }
    }
  })
})

describe("null", () => {
  const decode = UserDataEvent.decoder(products.spot.schema)
  const text = ownFixtures.find(({ name }) => name === "own spot/executionReport.json")!.text

  it("is undefined where a field is optional, whatever the order of the keys", () => {
    const report = payload(text)
    for (const key of ["N", "p", "X", "W"]) {
      const usual: any = decode(write({ ...report, [key]: null }))
      const { [key]: _, ...others } = report
      const unusual: any = decode(write({ e: report.e, [key]: null, ...others }))
      expect(usual).toEqual(unusual)
      expect(Object.values(usual).filter((value) => value === undefined).length).toBeGreaterThan(0)
      expect(Object.values(usual)).not.toContain(null)
    }
  })

  it("says that a field is there, and comes back", () => {
    const event: any = decode(write({ ...payload(text), N: null }))
    expect("commissionAsset" in event).toBe(true)
    expect(event.commissionAsset).toBeUndefined()
    expect(parse(UserDataEvent.encoder(products.spot.schema)(event))).toMatchObject({ N: null })
  })
})
