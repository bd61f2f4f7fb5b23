import { inspect } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as Json from "../../src/internal/json.js"
import * as UserDataEvent from "../../src/UserDataEvent.js"
import { ownFixtures, parse, payload, productNames, products } from "./products.js"

const bare = (value: unknown): unknown => {
  if (Redacted.isRedacted(value)) {
    return { redacted: Redacted.value(value) }
  }
  if (Array.isArray(value)) {
    return value.map(bare)
  }
  return typeof value === "object" && value !== null && !Json.isLosslessNumber(value)
    ? Object.fromEntries(Object.entries(value).map(([key, child]) => [key, bare(child)]))
    : value
}

describe.each(productNames)("%s", (name) => {
  const { members, schema } = products[name]
  const decode = UserDataEvent.decoder(schema)
  const encode = UserDataEvent.encoder(schema)

  it.each(members.map((member) => [String(member.ast.annotations[titleId]), member] as const))(
    "arbitrary %s survives encoding and decoding",
    (_, member) => {
      FastCheck.assert(
        FastCheck.property(Arbitrary.make(member), (event) => {
          expect(bare(decode(encode(event)))).toEqual(bare(event))
        }),
        { numRuns: 50 }
      )
    }
  )

  it("an arbitrary unknown field survives wherever it stands", () => {
    const frames = ownFixtures.filter((fixture) => fixture.product === name)
    const key = FastCheck.oneof(
      FastCheck.string({ minLength: 1, maxLength: 12 }),
      FastCheck.constantFrom(
        "__proto__",
        "_tag",
        "symbol",
        "order",
        "$symbol",
        "$",
        "eventType",
        "toString",
        "constructor"
      )
    )
    FastCheck.assert(
      FastCheck.property(
        FastCheck.constantFrom(...frames),
        FastCheck.nat(),
        key,
        wireValue,
        (frame, place, key, value) => {
          const event = payload(frame.text)
          const objects = objectsIn(event)
          const target = objects[place % objects.length]!
          FastCheck.pre(!Object.hasOwn(target, key) && !isKnown(key))
          Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
          const decoded = decode(Either.getOrThrow(Json.stringify(event))) as any
          expect(decoded._tag).not.toBe("MalformedEvent")
          expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
          expect(sorted(parse(encode(decoded)))).toEqual(
            sorted(parse(encode(decode(frame.text) as any)), place, key, value)
          )
        }
      ),
      { numRuns: 200 }
    )
  })

  const tags = ["UnknownEvent", "MalformedEvent", ...members.map(tagOf)]
  const frames = ownFixtures.filter((fixture) => fixture.product === name)

  it("no mutation of a frame makes the decoder throw, or shows a listen key", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.constantFrom(...frames), mutation, (frame, mutate) => {
        const result = decode(mutate(frame.text))
        if (result !== undefined) {
          expect(tags).toContain(result._tag)
          expect(rendered(result)).not.toContain(listenKey)
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("garbage in a frame does not make the decoder throw, nor show a secret that the caller knows", () => {
    const decode = UserDataEvent.decoder(schema, { redact: (text) => text.replaceAll(listenKey, "") })
    FastCheck.assert(
      FastCheck.property(FastCheck.constantFrom(...frames), splice, (frame, mutate) => {
        const result = decode(mutate(frame.text))
        if (result !== undefined) {
          expect(tags).toContain(result._tag)
        }
        if (result?._tag === "MalformedEvent" || result?._tag === "UnknownEvent") {
          expect(rendered(result)).not.toContain(listenKey)
        }
      }),
      { numRuns: 500 }
    )
  })
})

const rendered = (value: unknown): string => inspect(value, { depth: null }) + JSON.stringify(value)

const titleId = Symbol.for("effect/annotation/Title")

const tagOf = (member: { readonly ast: any }): string => member.ast.annotations[titleId]

const listenKey = "ThisIsNotARealListenKeyItOnlyHasTheLengthOfOne0123456789abcdefgh"

/** Keys that may have a meaning in some event. */
const isKnown = (key: string): boolean => key.length <= 3 && /^[A-Za-z]*$/.test(key)

const objectsIn = (value: any): ReadonlyArray<any> =>
  Array.isArray(value)
    ? value.flatMap(objectsIn)
    : typeof value === "object" && value !== null && !Json.isLosslessNumber(value)
      ? [value, ...Object.values(value).flatMap(objectsIn)]
      : []

/** Entries instead of objects, so that the key `__proto__` is compared too; optionally with one more field. */
const sorted = (value: any, place?: number, key?: string, extra?: unknown): unknown => {
  const objects = objectsIn(value)
  const target = place === undefined ? undefined : objects[place % objects.length]
  const go = (value: any): unknown => {
    if (Array.isArray(value)) {
      return value.map(go)
    }
    if (typeof value !== "object" || value === null || Json.isLosslessNumber(value)) {
      return value
    }
    const entries = Object.entries(value).map(([key, child]) => [key, go(child)] as const)
    return { entries: sortBy(value === target ? [...entries, [key!, go(extra)] as const] : entries) }
  }
  return go(value)
}

const sortBy = <A>(entries: ReadonlyArray<readonly [string, A]>) =>
  [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))

const digits = FastCheck.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map((value) => parse(String(value)))

const wireValue = FastCheck.letrec((tie) => ({
  value: FastCheck.oneof(
    { maxDepth: 3 },
    FastCheck.string(),
    FastCheck.boolean(),
    FastCheck.constant(null),
    digits,
    FastCheck.constant(parse("1.10")),
    FastCheck.array(tie("value"), { maxLength: 3 }),
    FastCheck.dictionary(FastCheck.string(), tie("value"), { maxKeys: 3 })
  )
})).value

// -----------------------------------------------------------------------------
// mutations
// -----------------------------------------------------------------------------

type Mutation = (text: string) => string

const change =
  (place: number, f: (target: any, key: string) => void): Mutation =>
  (text) => {
    const frame = parse(text)
    const places = objectsIn(frame).flatMap((target) => Object.keys(target).map((key) => [target, key] as const))
    const [target, key] = places[place % places.length]!
    f(target, key)
    return Either.getOrThrow(Json.stringify(frame))
  }

const junk = FastCheck.oneof(
  wireValue,
  FastCheck.constantFrom<unknown>([], {}, "", -1, 0, parse("1e400"), parse("-0"), parse("0.1e-7"), [[]], "NaN")
)

const oneChange = FastCheck.nat().chain((place) =>
  FastCheck.oneof(
    FastCheck.constant(change(place, (target, key) => delete target[key])),
    junk.map((value) =>
      change(place, (target, key) => {
        target[key] = value
      })
    ),
    FastCheck.tuple(FastCheck.string(), junk).map(([name, value]) =>
      change(place, (target) => {
        target[`new${name}`] = value
      })
    ),
    FastCheck.string().map((name) =>
      change(place, (target, key) => {
        if (key !== "listenKey" && key !== "stream" && key !== "data") {
          target[`${name}x`] = target[key]
          delete target[key]
        }
      })
    ),
    FastCheck.constant(
      change(place, (target, key) => {
        target[key] = parse(`${'{"a":'.repeat(200)}1${"}".repeat(200)}`)
      })
    )
  )
)

const cut = FastCheck.nat().map(
  (at): Mutation =>
    (text) =>
      text.slice(0, at % text.length)
)

const splice = FastCheck.tuple(FastCheck.nat(), FastCheck.string()).map(
  ([at, garbage]): Mutation =>
    (text) => {
      const place = at % text.length
      return text.slice(0, place) + garbage + text.slice(place)
    }
)

const nesting = FastCheck.constantFrom<Mutation>(
  () => "[".repeat(100_000),
  () => '{"e":'.repeat(20_000),
  () => "[".repeat(50_000) + "]".repeat(50_000),
  () => "[".repeat(500) + "]".repeat(500),
  (text) => text.trimEnd().replace(/\}$/, `,"deep":${"[".repeat(50_000)}${"]".repeat(50_000)}}`),
  (text) => text.trimEnd().replace(/\}$/, `,"deep":${"[".repeat(400)}1.5${"]".repeat(400)}}`)
)

const mutation: FastCheck.Arbitrary<Mutation> = FastCheck.oneof(
  { arbitrary: oneChange, weight: 8 },
  { arbitrary: cut, weight: 3 },
  {
    arbitrary: FastCheck.tuple(oneChange, cut).map(
      ([first, second]): Mutation =>
        (text) =>
          second(first(text))
    ),
    weight: 2
  },
  { arbitrary: nesting, weight: 1 }
)
