import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import { Book, empty } from "../../src/internal/account/book/book.js"
import { algo, amounts, au, epoch, live, orderIds, otu, tl } from "../support/accountDriver.js"

/** The entries of a map come in no order. */
const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map((item) => JSON.stringify(sorted(item))).sort()
    : typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sorted(item)]))
      : value

it("a book goes through JSON and back", () => {
  const json = Schema.parseJson(Book)
  const { book } = live(
    empty(epoch),
    au(0, { "D:LONG": "1", "E:LONG": "0" }, { USDT: "9" }),
    algo({ T: 0, X: "TRIGGERING" }),
    otu({ i: "1", x: "TRADE", X: "PARTIALLY_FILLED", T: 1, l: "0.3", z: "0.5", t: "1" }),
    otu({ i: "2", x: "CANCELED", X: "CANCELED", T: 1 }),
    tl({ T: 1, i: "3", t: "7" })
  )
  const text = Schema.encodeSync(json)(book)
  const back = Schema.decodeSync(json)(text)
  expect(sorted(JSON.parse(Schema.encodeSync(json)(back)))).toEqual(sorted(JSON.parse(text)))
  expect([orderIds(back), amounts(back)]).toEqual([orderIds(book), amounts(book)])
})

it("any book goes through JSON and back: no number that JSON has not", () => {
  const json = Schema.parseJson(Book)
  FastCheck.assert(
    FastCheck.property(Arbitrary.make(Book), (book) => {
      const text = Schema.encodeSync(json)(book)
      const again = Schema.encodeSync(json)(Schema.decodeSync(json)(text))
      expect(sorted(JSON.parse(again))).toEqual(sorted(JSON.parse(text)))
    }),
    { numRuns: 50 }
  )
})

it("a book with a number that JSON has not is refused, not written as null", () => {
  const book = empty(Number.NaN)
  expect(() => Schema.encodeSync(Schema.parseJson(Book))(book)).toThrow("agreedAt")
})
