import { afterEach, describe, expect, it, vi } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import type * as Decoder from "../../src/Decoder.js"
import * as Json from "../../src/internal/json.js"
import * as UserDataEvent from "../../src/UserDataEvent.js"
import { ownFixtures, parse, productNames, products } from "../events/products.js"
import { flips, literals, mutation } from "./mutations.js"
import { answer, decodersOf, forms, reference, unwrap } from "./reference.js"

vi.setConfig({ testTimeout: 60_000 })

/** Long tests in a row: between them others may have their turn. */
afterEach(() => new Promise<void>((resolve) => setImmediate(resolve)))

/** More of them find more. */
const numRuns = Number(process.env.DECODER_RUNS ?? 20)

const compact = (text: string): string => Either.getOrThrow(Json.stringify(parse(text)))

/** As knowing as they get from these frames. */
const warm = (schema: Schema.Schema<any, any>, frames: ReadonlyArray<string>) =>
  decodersOf(
    schema,
    frames.map((frame) => Buffer.from(frame)),
    unwrap
  )

describe.each(productNames)("%s", (name) => {
  const { members, schema } = products[name]
  const specification = reference(schema, unwrap)
  const frames = ownFixtures.filter((fixture) => fixture.product === name).map(({ text }) => compact(text))
  const some = FastCheck.shuffledSubarray(frames, { minLength: 1, maxLength: 3 })

  const isSame = (decoders: ReadonlyArray<Decoder.Decoder<any>>, frame: Decoder.Frame) => {
    const expected = answer(specification(frame))
    for (const decode of decoders) {
      expect(answer(decode(frame))).toBe(expected)
    }
  }

  it("every fixture, in every form, again and again", () => {
    const decoders = warm(schema, frames)
    for (let i = 0; i < 3; i++) {
      for (const fixture of ownFixtures.filter((fixture) => fixture.product === name)) {
        for (const frame of [...forms(compact(fixture.text)), ...forms(fixture.text)]) {
          isSame(decoders, frame)
        }
      }
    }
  })

  it("every value of an event replaced by everything else", () => {
    const events = new Map(frames.map((frame) => [/"e":"(\w+)"/.exec(frame)?.[1], frame]))
    for (const frame of events.values()) {
      const decoders = warm(schema, [frame])
      const places = [...frame.matchAll(/":(?:"[^"]*"|[-+.\w]+)/g)]
      places.forEach((place, i) => {
        const before = frame.slice(0, place.index + 2)
        const after = frame.slice(place.index + place[0].length)
        literals.forEach((literal, j) => {
          // By turns, or it takes too long.
          if ((i + j) % 3 === 0 || numRuns > 50) {
            isSame(decoders, before + literal + after)
          }
          if ((i + j) % 3 === 1 || numRuns > 50) {
            isSame(decoders, Buffer.from(before + literal + after))
          }
        })
        // The same key once more, before and after.
        const key = /"[^"]*$/.exec(before.slice(0, -2))?.[0]
        isSame(decoders, `${before}1,${key}":${frame.slice(place.index + 2)}`)
        isSame(
          decoders,
          frame.replace(/\}+$/, (end) => `,${key}":null${end}`)
        )
        isSame(
          decoders,
          frame.replace(/\}+$/, (end) => `,${key}":"x"${end}`)
        )
      })
      const fresh = warm(schema, [frame])
      for (const more of [
        '"new":1,"new":2',
        '"a new":"x","b new":1,"a new":2',
        '"__proto__":1',
        '"__proto__":{"a":1}'
      ]) {
        isSame(
          fresh,
          frame.replace(/\}+$/, (end) => `,${more}${end}`)
        )
      }
      for (let depth = 58; depth < 260; depth += depth < 70 || depth >= 245 ? 1 : 25) {
        const deep = `${"[".repeat(depth)}"x"${"]".repeat(depth)}`
        for (let i = 0; i < 3; i++) {
          isSame(
            fresh,
            frame.replace(/\}+$/, (end) => `,"new":${deep},"pad":"${"x".repeat(600)}"${end}`)
          )
        }
      }
    }
  })

  it("mutated frames, between frames that are known", () => {
    FastCheck.assert(
      FastCheck.property(some, FastCheck.array(mutation, { minLength: 1, maxLength: 12 }), (frames, mutations) => {
        const decoders = warm(schema, frames)
        mutations.forEach((mutate, i) => {
          const known = frames[i % frames.length]!
          for (const frame of forms(mutate(known))) {
            isSame(decoders, frame)
            isSame(decoders, frame)
            isSame(decoders, known)
            isSame(decoders, frame)
          }
        })
      }),
      { numRuns }
    )
  })

  it("flipped bytes", () => {
    FastCheck.assert(
      FastCheck.property(some, FastCheck.array(flips, { maxLength: 30 }), (frames, flips) => {
        const decoders = warm(schema, frames)
        for (const flip of flips) {
          const bytes = Buffer.from(frames[0]!)
          for (const [at, bits] of flip) {
            bytes[(at * 5) % bytes.length]! ^= bits
          }
          isSame(decoders, bytes)
          isSame(decoders, bytes.toString())
          isSame(decoders, bytes.toString("latin1"))
        }
      }),
      { numRuns }
    )
  })

  it("arbitrary events, and what the schema says of them", () => {
    const encode = UserDataEvent.encoder(schema)
    const parser = Schema.decodeUnknownEither(Schema.parseJson(schema))
    for (const member of members) {
      const decoders = warm(schema, [])
      FastCheck.assert(
        FastCheck.property(Arbitrary.make(member), (event) => {
          const frame = encode(event)
          for (const form of forms(frame)) {
            isSame(decoders, form)
          }
          // Where all numbers are plain, JSON.parse loses nothing.
          if (!/[:[,]-?\d*(?:\.|e|E|\d{16})/.test(frame) && !frame.includes("-0")) {
            const truth = parser(frame)
            const decoded = decoders[0]!(frame)
            expect(Either.isRight(decoded)).toBe(Either.isRight(truth))
            if (Either.isRight(decoded) && Either.isRight(truth)) {
              expect(answer(decoded)).toBe(answer(Either.right(truth.right)))
            }
          }
        }),
        { numRuns: Math.ceil(numRuns / 3) }
      )
    }
  })
})
