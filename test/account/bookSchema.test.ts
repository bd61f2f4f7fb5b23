import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import { Book } from "../../src/internal/account/book.js"

/** The entries of a map come in no order. */
const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map((item) => JSON.stringify(sorted(item))).sort()
    : typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sorted(item)]))
      : value

it("a book goes through JSON and back", { timeout: 60_000 }, () => {
  const json = Schema.parseJson(Book)
  FastCheck.assert(
    FastCheck.property(Arbitrary.make(Book), (book) => {
      const text = Schema.encodeSync(json)(book)
      const back = Schema.encodeSync(json)(Schema.decodeSync(json)(text))
      expect(sorted(JSON.parse(back))).toEqual(sorted(JSON.parse(text)))
    }),
    { numRuns: 5 }
  )
})
