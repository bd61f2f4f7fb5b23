import * as Effect from "effect/Effect"
import type { Range } from "../../../Account.js"
import { type BinanceError, DecodeError } from "../../../BinanceError.js"
import { isRefusal } from "./call.js"

/** A span of time as calls take it. */
export const times = ({ from, to }: Range) => ({ startTime: String(from), endTime: String(to) })

/** A list that has to be asked for in parts. */
export interface Listing<Row> {
  /** How many rows one answer has at most: one that has as many may not be all. */
  readonly limit: number
  /** The longest span of time that may be asked for, in ms. */
  readonly longest: number
  readonly between: (range: Range) => Effect.Effect<ReadonlyArray<Row>, BinanceError>
  /** By id: that row and those after it. Absent where there is no such call. */
  readonly from?: ((id: string) => Effect.Effect<ReadonlyArray<Row>, BinanceError>) | undefined
  /** Whether rows in the order of their ids are also in the order of their times, as `between` filters them. */
  readonly isChronological: boolean
  /** What `from` asks for. */
  readonly id: (row: Row) => string
  /** What tells rows apart. */
  readonly identity: (row: Row) => string
  /** A row with a later id is no earlier. */
  readonly time: (row: Row) => number
}

/** One that is only read by id. */
type ById<Row> = Pick<Listing<Row>, "limit" | "id" | "identity" | "time"> & {
  readonly from: NonNullable<Listing<Row>["from"]>
}

/** Each row once, as it was read last. */
const distinct = <Row>(rows: ReadonlyArray<Row>, { identity }: Pick<Listing<Row>, "identity">): ReadonlyArray<Row> =>
  Array.from(new Map(rows.map((row) => [identity(row), row])).values())

const byId =
  <Row>({ id }: Pick<Listing<Row>, "id">) =>
  (self: Row, that: Row): number => {
    const difference = BigInt(id(self)) - BigInt(id(that))
    return difference < 0n ? -1 : difference > 0n ? 1 : 0
  }

/** Pages by id to the end, or past a time. Two rows may have one id, so each page begins with the last id again. */
const pagesFrom = <Row>(
  listing: Pick<Listing<Row>, "limit" | "id" | "time">,
  from: NonNullable<Listing<Row>["from"]>,
  start: string,
  until = Number.POSITIVE_INFINITY
): Effect.Effect<ReadonlyArray<Row>, BinanceError> =>
  Effect.gen(function* () {
    const rows: Array<Row> = []
    let cursor = start
    for (;;) {
      const page = yield* from(cursor)
      rows.push(...page.filter((row) => listing.time(row) <= until))
      const last = page.at(-1)
      if (page.length < listing.limit || last === undefined || listing.time(last) > until) {
        return rows
      }
      if (BigInt(listing.id(last)) < BigInt(cursor)) {
        const reason = "its rows end before the id that was asked for"
        return yield* new DecodeError({ operation: "a page by id", status: 200, reason })
      }
      cursor = listing.id(last) === cursor ? String(BigInt(cursor) + 1n) : listing.id(last)
    }
  })

/** Whether Binance refused a span of time for its length. */
export const isTooLong = isRefusal(-1127, -4165, -4088)

/** A span that is refused though it is this short is refused for another reason. */
const shortest = 60_000

const halves = ({ from, to }: Range): readonly [Range, Range] => {
  const middle = Math.floor((from + to) / 2)
  return [
    { from, to: middle },
    { from: middle + 1, to }
  ]
}

/** What is in a page that may not be all that there is. */
const whole = <Row>(
  listing: Listing<Row>,
  range: Range,
  page: ReadonlyArray<Row>
): Effect.Effect<ReadonlyArray<Row>, BinanceError> => {
  const { from, id, isChronological, limit } = listing
  if (page.length < limit) {
    return Effect.succeed(page)
  }
  if (isChronological && from !== undefined) {
    return Effect.map(pagesFrom(listing, from, id(page.at(-1)!), range.to), (rows) => [...page, ...rows])
  }
  if (range.to > range.from) {
    return parts(listing, halves(range))
  }
  // Time cannot tell the rows of one millisecond apart.
  return from === undefined
    ? Effect.succeed(page)
    : Effect.map(pagesFrom(listing, from, id([...page].sort(byId(listing))[0]!), range.to), (rows) => [
        ...page,
        ...rows
      ])
}

const parts = <Row>(listing: Listing<Row>, [first, second]: readonly [Range, Range]) =>
  Effect.zipWith(within(listing, first), within(listing, second), (rows, more) => [...rows, ...more])

const within = <Row>(listing: Listing<Row>, range: Range): Effect.Effect<ReadonlyArray<Row>, BinanceError> => {
  const end = range.from + listing.longest
  if (range.to > end) {
    return parts(listing, [
      { from: range.from, to: end },
      { from: end + 1, to: range.to }
    ])
  }
  const maySplit = (error: BinanceError) => isTooLong(error) && range.to - range.from > shortest
  return Effect.matchEffect(listing.between(range), {
    onFailure: (error) => (maySplit(error) ? parts(listing, halves(range)) : Effect.fail(error)),
    onSuccess: (page) => whole(listing, range, page)
  })
}

/** All rows of a span of time, by ascending id. */
export const between = <Row>(listing: Listing<Row>, range: Range): Effect.Effect<ReadonlyArray<Row>, BinanceError> => {
  const [from, to] = [Math.max(0, Math.floor(range.from)), Math.floor(range.to)]
  return from > to
    ? Effect.succeed([])
    : Effect.map(within(listing, { from, to }), (rows) => distinct(rows, listing).toSorted(byId(listing)))
}

/** The row of an id and all after it, by ascending id. */
export const from = <Row>(listing: ById<Row>, id: string): Effect.Effect<ReadonlyArray<Row>, BinanceError> =>
  Effect.map(pagesFrom(listing, listing.from, id), (rows) => distinct(rows, listing).toSorted(byId(listing)))

/**
 * The rows of a list that needs neither time nor id, such as the trades of an order, by ascending id. If there are more
 * than one answer has, the first answer has the newest.
 */
export const all = <Row>(
  listing: ById<Row>,
  first: Effect.Effect<ReadonlyArray<Row>, BinanceError>
): Effect.Effect<ReadonlyArray<Row>, BinanceError> =>
  Effect.flatMap(first, (page) =>
    page.length < listing.limit ? Effect.succeed(page.toSorted(byId(listing))) : from(listing, "0")
  )
