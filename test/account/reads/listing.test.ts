import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import { BinanceError } from "effect-binance-user-data"
import * as Listing from "../../../src/internal/account/reads/listing.js"

interface Row {
  readonly id: number
  readonly orderId: number
  readonly time: number
}

const refused = (code: number) =>
  Effect.fail(new BinanceError.BadRequest({ operation: "GET /rows", status: 400, code, msg: "" }))

/** A list that answers as Binance does, and counts how often it was asked. */
const listOf = (
  rows: ReadonlyArray<Row>,
  options: {
    readonly limit: number
    readonly longest: number
    readonly isChronological: boolean
    readonly refuses?: ((span: number) => number | undefined) | undefined
  }
) => {
  let calls = 0
  const answer = (matching: ReadonlyArray<Row>) =>
    Effect.sync(() => {
      calls++
      return matching.slice(0, options.limit)
    })
  const listing = {
    limit: options.limit,
    longest: options.longest,
    isChronological: options.isChronological,
    between: ({ from, to }: { readonly from: number; readonly to: number }) => {
      const code = to - from > options.longest ? -1 : options.refuses?.(to - from)
      return code === undefined
        ? answer(rows.filter(({ time }) => time >= from && time <= to))
        : Effect.zipRight(
            Effect.sync(() => calls++),
            refused(code)
          )
    },
    from: (first: string) => answer(rows.filter(({ id }) => id >= Number(first))),
    id: ({ id }: Row) => String(id),
    identity: ({ id, orderId }: Row) => `${id} ${orderId}`,
    time: ({ time }: Row) => time
  }
  return { listing, calls: () => calls }
}

const byId = (rows: ReadonlyArray<Row>) => [...rows].sort((a, b) => a.id - b.id || a.orderId - b.orderId)

/** Rows in the order of their ids and times, many of them in one millisecond, some with one id for two orders. */
const chronological = fc
  .array(fc.record({ isWithOneself: fc.boolean(), wait: fc.constantFrom(0, 0, 0, 1, 50) }), { maxLength: 40 })
  .map((trades) => {
    let time = 0
    return trades.flatMap(({ isWithOneself, wait }, index) => {
      time += wait
      const trade = { id: 3 * index, orderId: 2 * index, time }
      return isWithOneself ? [trade, { ...trade, orderId: trade.orderId + 1 }] : [trade]
    })
  })

describe("lists in parts", () => {
  const range = fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: -1, max: 400 })).map(([from, span]) => ({
    from,
    to: from + span
  }))

  it.effect.prop(
    "have every row of a span of time once, however they are cut",
    { rows: chronological, range, limit: fc.integer({ min: 2, max: 9 }), longest: fc.integer({ min: 20, max: 500 }) },
    ({ limit, longest, range, rows }) =>
      Effect.gen(function* () {
        const { listing } = listOf(rows, { limit, longest, isChronological: true })
        const expected = rows.filter(({ time }) => time >= range.from && time <= range.to)
        assert.deepStrictEqual(byId(yield* Listing.between(listing, range)), byId(expected))
      }),
    { timeout: 30_000, fastCheck: { numRuns: 100 } }
  )

  it.effect.prop(
    "whose ids say nothing about the time are asked for in smaller spans",
    {
      rows: fc
        .uniqueArray(fc.integer({ min: 0, max: 400 }), { maxLength: 60 })
        .map((times) => times.map((time, id) => ({ id, orderId: id, time }))),
      range,
      limit: fc.integer({ min: 2, max: 9 }),
      longest: fc.integer({ min: 20, max: 500 })
    },
    ({ limit, longest, range, rows }) =>
      Effect.gen(function* () {
        const { listing } = listOf(rows, { limit, longest, isChronological: false })
        const expected = rows.filter(({ time }) => time >= range.from && time <= range.to)
        const { from: _, ...withoutIds } = listing
        assert.deepStrictEqual<unknown>(yield* Listing.between(withoutIds, range), byId(expected))
      }),
    { timeout: 30_000, fastCheck: { numRuns: 100 } }
  )

  it.effect.prop(
    "by id have every row from there on once",
    { rows: chronological, first: fc.integer({ min: 0, max: 120 }), limit: fc.integer({ min: 2, max: 9 }) },
    ({ first, limit, rows }) =>
      Effect.gen(function* () {
        const { listing } = listOf(rows, { limit, longest: 1000, isChronological: true })
        const expected = rows.filter(({ id }) => id >= first)
        assert.deepStrictEqual(byId(yield* Listing.from(listing, String(first))), byId(expected))
        const newest = Effect.succeed(rows.slice(-limit))
        assert.deepStrictEqual(byId(yield* Listing.all(listing, newest)), byId(rows))
      }),
    { timeout: 30_000, fastCheck: { numRuns: 100 } }
  )

  it.effect("more orders in one millisecond than a page has are asked for by id", () =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 25 }, (_, id) => ({ id, orderId: id, time: 100 }))
      const { listing } = listOf(rows, { limit: 10, longest: 1000, isChronological: false })
      assert.deepStrictEqual(yield* Listing.between(listing, { from: 0, to: 1000 }), rows)
      const { from: _, ...withoutIds } = listing
      // Nothing can tell the rest apart.
      assert.lengthOf(yield* Listing.between(withoutIds, { from: 0, to: 1000 }), 10)
    })
  )

  it.effect.each([-1127, -4165, -4088])("a span that is refused with %d is cut in two", (code) =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 9 }, (_, id) => ({ id, orderId: id, time: id * 3_600_000 }))
      const refuses = (span: number) => (span > 4 * 3_600_000 ? code : undefined)
      const { calls, listing } = listOf(rows, { limit: 10, longest: 86_400_000, isChronological: true, refuses })
      assert.deepStrictEqual(yield* Listing.between(listing, { from: 0, to: 8 * 3_600_000 }), rows)
      assert.strictEqual(calls(), 3)
    })
  )

  it.effect("a span that is always refused is given up at a minute", () =>
    Effect.gen(function* () {
      const always = listOf([], { limit: 10, longest: 86_400_000, isChronological: true, refuses: () => -1127 })
      const error = yield* Effect.flip(Listing.between(always.listing, { from: 0, to: 86_400_000 }))
      assert.deepInclude(error, { _tag: "BadRequest", code: -1127 })
      assert.strictEqual(always.calls(), 12)
      const other = listOf([], { limit: 10, longest: 86_400_000, isChronological: true, refuses: () => -1121 })
      assert.deepInclude(yield* Effect.flip(Listing.between(other.listing, { from: 0, to: 86_400_000 })), {
        code: -1121
      })
      assert.strictEqual(other.calls(), 1)
    })
  )
})

describe("pages by id", () => {
  it.effect("of something that answers each with the same rows end with an error", () =>
    Effect.gen(function* () {
      const rows = [1, 2].map((id) => ({ id, orderId: id, time: id }))
      const { listing } = listOf(rows, { limit: 2, longest: 100, isChronological: true })
      const error = yield* Effect.flip(
        Listing.from({ ...listing, from: () => Effect.yieldNow().pipe(Effect.as(rows)) }, "1")
      )
      assert.strictEqual(error._tag, "DecodeError")
      assert.include(error.message, "end before the id that was asked for")
    })
  )
})
