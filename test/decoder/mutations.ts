import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Json from "../../src/internal/json.js"
import { parse } from "../events/products.js"

export type Mutation = (text: string) => string

const stringify = (value: unknown): string => Either.getOrThrow(Json.stringify(value))

const objectsIn = (value: any): ReadonlyArray<any> =>
  Array.isArray(value)
    ? value.flatMap(objectsIn)
    : typeof value === "object" && value !== null && !Json.isLosslessNumber(value)
      ? [value, ...Object.values(value).flatMap(objectsIn)]
      : []

/** Changes one field of a frame, wherever it is. */
const field =
  (place: number, change: (target: any, key: string) => void): Mutation =>
  (text) => {
    const frame = parse(text)
    const places = objectsIn(frame).flatMap((target) => Object.keys(target).map((key) => [target, key] as const))
    if (places.length > 0) {
      const [target, key] = places[place % places.length]!
      change(target, key)
    }
    return stringify(frame)
  }

/** Replaces one token of a text: a string, a number, a word, or punctuation. */
const token =
  (place: number, replace: (token: string) => string): Mutation =>
  (text) => {
    const tokens = text.match(/"(?:[^"\\]|\\.)*"|[-+.\w]+|[{}[\]:,]|[\s\S]/g) ?? []
    const at = place % Math.max(1, tokens.length)
    return tokens.map((token, i) => (i === at ? replace(token) : token)).join("")
  }

export const literals = [
  "0",
  "-0",
  "-1",
  "1",
  "00",
  "01",
  "-01",
  "1.0",
  "1.50",
  "0.1",
  "1e3",
  "1E-2",
  "-",
  "+1",
  ".5",
  "1.",
  "1e",
  "NaN",
  "9007199254740991",
  "9007199254740992",
  "9007199254740993",
  "-9007199254740991",
  "-9007199254740993",
  "999999999999999",
  "9999999999999999",
  "1000000000000000",
  "8999999999999999",
  "12345678901234567",
  "9223372036854775807",
  "1736996475556123",
  "123456789012345678901234567890",
  "true",
  "false",
  "null",
  "tru",
  "nulL",
  "falsE",
  '""',
  '"0"',
  '"-0"',
  '"007"',
  '"1.5"',
  '"-1"',
  '"12x"',
  '" 1"',
  '"9007199254740993"',
  '"1736996475556123"',
  '"9223372036854775807"',
  '"a\\"b"',
  '"\\u0041"',
  '"\\n"',
  '"\t"',
  '"\u0000"',
  '"\u007f"',
  '"é"',
  '"币安"',
  '"💰"',
  '"\ud800"',
  '"ÿ"',
  '"ģ"',
  '"a',
  "{}",
  "[]",
  "[[]]",
  "[{}]",
  '{"a":1}',
  "[1]",
  '["x"]',
  '"x".',
  '"__proto__"',
  '"BUY"',
  '"executionReport"',
  '"ORDER_TRADE_UPDATE"'
] as const

const keys = [
  "",
  "e",
  "E",
  "o",
  "new",
  "__proto__",
  "constructor",
  "toString",
  "symbol",
  "_tag",
  "$symbol",
  "0",
  "12",
  "币",
  'a"b',
  "listenKey",
  "event",
  "data",
  "stream",
  "valueOf",
  "hasOwnProperty",
  "isLosslessNumber",
  "eventType"
] as const

const spaces = FastCheck.constantFrom(" ", "\n", "\t", "\r\n", "  ", "\u00a0", "\ufeff", "")

const rotate = (value: any, by: number): any => {
  if (Array.isArray(value)) {
    return value.map((item) => rotate(item, by))
  }
  if (typeof value !== "object" || value === null || Json.isLosslessNumber(value)) {
    return value
  }
  const entries = Object.entries(value).map(([key, child]) => [key, rotate(child, by)] as const)
  const at = by % Math.max(1, entries.length)
  return Object.fromEntries([...entries.slice(at), ...entries.slice(0, at)])
}

const place = FastCheck.nat({ max: 500 })

/** Keeps the text JSON, mostly of the same event. */
const tame: FastCheck.Arbitrary<Mutation> = FastCheck.oneof(
  place.map((place) => field(place, (target, key) => delete target[key])),
  FastCheck.tuple(place, FastCheck.constantFrom(...keys), FastCheck.constantFrom(...literals)).map(
    ([place, key, literal]) =>
      field(place, (target) => {
        const value = Either.getOrElse(Json.parse(literal), () => 1)
        Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
      })
  ),
  FastCheck.tuple(FastCheck.nat({ max: 40 })).map(
    ([by]): Mutation =>
      (text) =>
        stringify(rotate(parse(text), by))
  ),
  place.map((place) =>
    field(place, (target, key) => {
      const value = target[key]
      target[key] =
        typeof value === "string" && /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(value)
          ? parse(value)
          : typeof value === "object" && !Json.isLosslessNumber(value)
            ? "x"
            : String(value)
    })
  ),
  place.map((place) =>
    field(place, (target, key) => {
      target[key] = null
    })
  ),
  place.map((place) =>
    field(place, (target, key) => {
      const value = target[key]
      target[key] = Array.isArray(value) ? [...value, ...value, ...value] : [value, value]
    })
  ),
  FastCheck.tuple(place, FastCheck.string({ unit: "binary" })).map(([place, value]) =>
    field(place, (target, key) => {
      target[key] = value
    })
  )
)

/** May break anything. */
const wild: FastCheck.Arbitrary<Mutation> = FastCheck.oneof(
  FastCheck.tuple(place, FastCheck.constantFrom(...literals)).map(([place, literal]) => token(place, () => literal)),
  FastCheck.tuple(place, FastCheck.constantFrom(...literals)).map(
    (
      [place, literal] // As a value: after a colon.
    ) =>
      (text: string) => {
        const colons = [...text.matchAll(/":(?:"(?:[^"\\]|\\.)*"|[-+.\w]+)/g)]
        const match = colons[place % Math.max(1, colons.length)]
        return match === undefined
          ? text
          : `${text.slice(0, match.index + 2)}${literal}${text.slice(match.index + match[0].length)}`
      }
  ),
  FastCheck.tuple(place, spaces).map(([place, space]) => token(place, (token) => space + token)),
  FastCheck.tuple(place, spaces).map(([place, space]) => token(place, (token) => token + space)),
  FastCheck.tuple(place, FastCheck.integer({ min: 0, max: 0x17f })).map(([place, code]) => (text: string) => {
    const at = (place * 7) % Math.max(1, text.length)
    return text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1)
  }),
  FastCheck.tuple(place, place).map(([from, length]) => (text: string) => {
    const at = (from * 3) % Math.max(1, text.length)
    return text.slice(0, at) + text.slice(at + (length % 9))
  }),
  place.map((place) => (text: string) => text.slice(0, (place * 3) % Math.max(1, text.length))),
  FastCheck.constantFrom<Mutation>(
    (text) => `${text} `,
    (text) => ` ${text}`,
    (text) => `\ufeff${text}`,
    (text) => `${text}}`,
    (text) => `${text}\0`,
    (text) => text + text,
    (text) => `[${text}]`,
    (text) => `{"event":${text}}`,
    (text) => `{"subscriptionId":3,"event":${text}}`,
    (text) => `{"subscriptionId":9007199254740993,"event":${text}}`,
    (text) => `{"stream":"abc","data":${text}}`,
    (text) => `{"data":${text},"stream":"abc"}`,
    (text) => `{"data":${text},"stream":5}`,
    (text) => `{"stream":"a","stream":5,"data":${text}}`,
    (text) => `{"e":1,"event":${text}}`,
    (text) => text.replace(/\}$/, `,"deep":${"[".repeat(50_000)}${"]".repeat(50_000)}}`),
    (text) => text.replace(/\}$/, `,"deep":${'{"a":'.repeat(300)}1${"}".repeat(300)}}`),
    (text) => text.replace(/\}$/, `,"long":"${"x".repeat(100_000)}"}`),
    (text) => text.replace(/"([a-zA-Z]+)":("[^"]*"|\d+)/, '"$1":$2,"$1":$2'),
    (text) => text.replace(/"([a-zA-Z]+)":("[^"]*"|\d+)\}/, '"$1":$2,"$1":null}'),
    (text) => text.replaceAll('"', '\\"')
  ),
  // One key once more, with another value.
  FastCheck.tuple(place, FastCheck.constantFrom(...literals)).map(([place, literal]) => (text: string) => {
    const found = [...text.matchAll(/"[^"\\]*":(?=["\d-])/g)]
    const match = found[place % Math.max(1, found.length)]
    return match === undefined ? text : `${text.slice(0, match.index)}${match[0]}${literal},${text.slice(match.index)}`
  })
)

export const mutation: FastCheck.Arbitrary<Mutation> = FastCheck.oneof(
  { arbitrary: tame, weight: 4 },
  { arbitrary: wild, weight: 4 },
  {
    arbitrary: FastCheck.tuple(tame, tame).map(
      ([a, b]) =>
        (text: string) =>
          b(a(text))
    ),
    weight: 2
  },
  {
    arbitrary: FastCheck.tuple(tame, wild).map(
      ([a, b]) =>
        (text: string) =>
          b(a(text))
    ),
    weight: 2
  }
)

/** Flips bits of bytes: also makes UTF-8 that is none. */
export const flips = FastCheck.array(FastCheck.tuple(place, FastCheck.integer({ min: 1, max: 255 })), {
  minLength: 1,
  maxLength: 3
})
