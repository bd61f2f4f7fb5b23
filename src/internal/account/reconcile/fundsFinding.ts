import { knownPosition, sameBalance } from "../book/balances.js"
import * as Decimal from "../book/decimal.js"
import { partsOf, positionKey } from "../book/keys.js"
import * as Maps from "../book/maps.js"
import type { Balance, Fill, Position } from "../book/model.js"
import type { Context } from "./context.js"
import type { Read } from "./restState.js"

// What became of balances and positions, by all that is known.

/** For so long after a change its event may be under way. */
const underWay = 5_000

export interface FundsFinding<A> {
  readonly key: string
  /** To be put into the book; absent if the book stays as it is. */
  readonly next: A | undefined
  /** Whether another read has to tell. */
  readonly isOpen: boolean
  /** How it differs from the book, in words, if no buffered event explains it. */
  readonly difference: string | undefined
}

/** What was changed by fills that were missed, and when: a row from before that is too old. */
type Changes = ReadonlyMap<string, number>

interface Funds<A> {
  readonly name: string
  readonly reads: ReadonlyArray<Read<ReadonlyArray<A>>>
  readonly known: ReadonlyArray<string>
  readonly changes: Changes
  readonly streamed: ReadonlyMap<string, number>
  readonly keyOf: (row: A) => string
  readonly amountOf: (row: A) => string
  readonly find: (key: string) => Known | undefined
  readonly isSame: (key: string, row: A) => boolean
  readonly isSameRow: (a: A, b: A) => boolean
  /** The same with nothing left. */
  readonly emptied: (key: string) => A | undefined
}

interface Known {
  readonly amount: string
  readonly updatedAt: number
}

/** Whether no event has shown yet what a fill moved: the position, on spot each of its balances. */
export const isBehind = ({ assets, book, start, streamState }: Context, fill: Fill): boolean => {
  if (start.product === "Spot") {
    const parts = partsOf(fill.symbol, assets)
    return (
      parts === undefined ||
      [parts.base, parts.quote, ...feeOf(fill)].some(
        (asset) =>
          (streamState.balances.get(asset) ?? 0) < fill.time &&
          (Maps.get(book.balances, asset)?.updatedAt ?? 0) < fill.time
      )
    )
  }
  const key = positionKey(fill)
  return (streamState.positions.get(key) ?? 0) < fill.time && (knownPosition(book, key)?.updatedAt ?? 0) < fill.time
}

/** The asset in which a fee was paid, if one was. */
const feeOf = ({ commission, commissionAsset }: Fill): ReadonlyArray<string> =>
  commission === undefined || commissionAsset === undefined || Decimal.isZero(commission) ? [] : [commissionAsset]

/** An amount after fills. */
export const moved = (amount: string, fills: ReadonlyArray<Fill>): string =>
  fills.reduce(
    (sum, { quantity, side }) => (side === "BUY" ? Decimal.sum(sum, quantity) : Decimal.subtract(sum, quantity)),
    amount
  )

/** The positions that there are by the fills: an answer may not have one yet. */
const openedBy = ({ book, start }: Context, fills: ReadonlyArray<Fill>): ReadonlyArray<string> =>
  start.product === "Spot"
    ? []
    : [...new Set(fills.map(positionKey))].filter((key) => {
        const { amount, updatedAt } = knownPosition(book, key) ?? { amount: "0", updatedAt: 0 }
        const later = fills.filter((fill) => positionKey(fill) === key && fill.time > updatedAt)
        return !Decimal.isZero(moved(amount, later))
      })

export const findPositions = (context: Context, fills: ReadonlyArray<Fill>): ReadonlyArray<FundsFinding<Position>> => {
  const { book, restState, streamState } = context
  return findAll<Position>(context, {
    name: "position",
    reads: restState.positions,
    known: [...Maps.keys(book.positions), ...openedBy(context, fills)],
    changes: latest(fills.map((fill) => [positionKey(fill), fill.time])),
    streamed: streamState.positions,
    keyOf: positionKey,
    amountOf: ({ amount }) => amount,
    find: (key) => knownPosition(book, key),
    isSame: (key, { amount }) => Decimal.equals(knownPosition(book, key)?.amount ?? "0", amount),
    isSameRow: (a, b) => Decimal.equals(a.amount, b.amount),
    emptied: (key) => {
      const position = Maps.get(book.positions, key)
      return position && { ...position, amount: "0" }
    }
  })
}

export const findBalances = (context: Context, fills: ReadonlyArray<Fill>): ReadonlyArray<FundsFinding<Balance>> => {
  const { book, restState, streamState } = context
  return findAll<Balance>(context, {
    name: "balance",
    reads: restState.balances,
    known: Maps.keys(book.balances),
    changes: balanceChanges(context, fills),
    streamed: streamState.balances,
    keyOf: ({ asset }) => asset,
    amountOf: ({ total }) => total,
    find: (asset) => {
      const balance = Maps.get(book.balances, asset)
      return balance && { amount: balance.total, updatedAt: balance.updatedAt }
    },
    isSame: (asset, row) => {
      const balance = Maps.get(book.balances, asset)
      return balance === undefined ? Decimal.isZero(row.total) : sameBalance(balance, row)
    },
    isSameRow: sameBalance,
    emptied: (asset) => {
      const balance = Maps.get(book.balances, asset)
      return balance && { ...balance, total: "0", free: balance.free && "0", locked: balance.locked && "0" }
    }
  })
}

/** The fee of a fill is certain; on spot one time counts for all assets. */
const balanceChanges = ({ book, start }: Context, fills: ReadonlyArray<Fill>): Changes => {
  if (start.product !== "Spot") {
    return latest(fills.flatMap((fill) => feeOf(fill).map((asset) => [asset, fill.time] as const)))
  }
  const last = fills.reduce((time, fill) => Math.max(time, fill.time), Number.NEGATIVE_INFINITY)
  return new Map(fills.length === 0 ? [] : Maps.keys(book.balances).map((asset) => [asset, last]))
}

const latest = (changes: ReadonlyArray<readonly [string, number]>): Changes => {
  const times = new Map<string, number>()
  for (const [key, time] of changes) {
    times.set(key, Math.max(time, times.get(key) ?? time))
  }
  return times
}

const findAll = <A extends { readonly updatedAt: number }>(
  context: Context,
  funds: Funds<A>
): ReadonlyArray<FundsFinding<A>> => {
  if (funds.reads.length === 0) {
    return []
  }
  const rows = funds.reads.map((read) => new Map(read.rows.map((row) => [funds.keyOf(row), row])))
  const keys = new Set([...rows.flatMap((byKey) => [...byKey.keys()]), ...funds.known])
  return [...keys].map((key) =>
    find(
      context,
      funds,
      key,
      rows.map((byKey) => byKey.get(key))
    )
  )
}

const find = <A extends { readonly updatedAt: number }>(
  context: Context,
  funds: Funds<A>,
  key: string,
  rows: ReadonlyArray<A | undefined>
): FundsFinding<A> => {
  const known = funds.find(key)
  const row = newestOf(rows)
  const askedAt = funds.reads.at(-1)!.askedAt
  const streamedAt = funds.streamed.get(key)
  const verdict = judge(funds, key, rows, askedAt)
  if (verdict === "Keep" || (streamedAt !== undefined && verdict !== "Take")) {
    const isOpen = isStale(funds.changes.get(key), known?.updatedAt, streamedAt)
    return { key, next: undefined, isOpen, difference: undefined }
  }
  const isSame = row === undefined ? false : funds.isSame(key, row)
  const now = row === undefined ? "0" : funds.amountOf(row)
  const difference =
    isSame || streamedAt !== undefined ? undefined : `${funds.name} ${key} was ${known?.amount ?? "0"}, is ${now}`
  if (verdict === "ReadAgain") {
    return { key, next: undefined, isOpen: true, difference: undefined }
  }
  const changedAt = row?.updatedAt ?? known?.updatedAt ?? 0
  const isDoubtful = difference !== undefined && !isBelieved(context, rows.length, askedAt - changedAt)
  return {
    key,
    next: row ?? funds.emptied(key),
    isOpen: isDoubtful || (row !== undefined && isStale(funds.changes.get(key), row.updatedAt, streamedAt)),
    difference
  }
}

/** A regular check believes a difference when a second read shows it and no event can be under way. */
const isBelieved = ({ start }: Context, reads: number, age: number): boolean =>
  start.kind !== "Check" || (reads > 1 && age > underWay)

const isStale = (changedAt: number | undefined, ...times: ReadonlyArray<number | undefined>): boolean =>
  changedAt !== undefined && times.every((time) => time === undefined || time < changedAt)

/** The last row, unless an earlier answer is newer: the next may come from a server that is behind. */
const newestOf = <A extends { readonly updatedAt: number }>(rows: ReadonlyArray<A | undefined>): A | undefined => {
  const last = rows.at(-1)
  return (
    last &&
    rows.reduce((newest: A, row) => (row !== undefined && row.updatedAt > newest.updatedAt ? row : newest), last)
  )
}

/** `Take` the newest row, `Keep` the book, or read again. `Drop`: it is gone. */
type Verdict = "Take" | "Keep" | "Drop" | "ReadAgain"

/** Two answers lack it, and they are no answers from before it was reported. */
const isGone = <A>(
  { changes }: Funds<A>,
  key: string,
  rows: ReadonlyArray<A | undefined>,
  askedAt: number,
  known: Known
): boolean => {
  const filledAt = changes.get(key) ?? 0
  const since = filledAt > known.updatedAt ? filledAt : known.updatedAt + underWay
  return rows.length > 1 && rows.at(-2) === undefined && askedAt > since
}

/**
 * The later one counts. At one time and with two values neither does until a second read says the same, and neither does
 * the first answer that lacks a thing.
 */
const judge = <A extends { readonly updatedAt: number }>(
  funds: Funds<A>,
  key: string,
  rows: ReadonlyArray<A | undefined>,
  askedAt: number
): Verdict => {
  const known = funds.find(key)
  const row = newestOf(rows)
  if (row === undefined) {
    return known === undefined || Decimal.isZero(known.amount)
      ? "Keep"
      : isGone(funds, key, rows, askedAt, known)
        ? "Drop"
        : "ReadAgain"
  }
  if (known === undefined || isLater(row.updatedAt, known.updatedAt)) {
    return "Take"
  }
  if (isLater(known.updatedAt, row.updatedAt)) {
    return "Keep"
  }
  const same = rows.filter((read) => read?.updatedAt === row.updatedAt && funds.isSameRow(read, row))
  return funds.isSame(key, row) || same.length > 1 ? "Take" : "ReadAgain"
}

/** Rows of whole seconds say nothing about the order within their second. */
const isLater = (a: number, b: number): boolean => a > b && !(b % 1_000 === 0 && a - b < 1_000)
