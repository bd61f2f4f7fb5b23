import * as HashMap from "effect/HashMap"
import type { Book, Doubt } from "./book.js"
import * as Decimal from "./decimal.js"
import { type Assets, concerns, positionKey } from "./keys.js"
import * as Maps from "./maps.js"
import type { Balance, Position, Whole } from "./model.js"

// Balances and positions are absolute: the later one counts. At one time and with two values neither does.

/** After how long an absolute balance that was announced is asked for. */
const noticePatience = 5_000

export interface Merged {
  readonly book: Book
  readonly doubt: Doubt | undefined
}

const certain = (book: Book): Merged => ({ book, doubt: undefined })

export const sameBalance = (a: Balance, b: Balance): boolean =>
  Decimal.equals(a.total, b.total) &&
  sameAmount(a.free, b.free) &&
  sameAmount(a.locked, b.locked) &&
  sameAmount(a.crossWalletBalance, b.crossWalletBalance)

/** What one of the two does not tell does not differ. */
const sameAmount = (a: string | undefined, b: string | undefined): boolean =>
  a === undefined || b === undefined || Decimal.equals(a, b)

const awaitedKey = (asset: string): string => `balance:${asset}`

/** A later balance keeps what it does not tell: the amount that was available when REST was read. */
export const setBalance = (book: Book, next: Balance): Book => {
  const known = Maps.get(book.balances, next.asset)
  const awaited = Maps.get(book.awaited, awaitedKey(next.asset))
  const balance: Whole<Balance> = {
    asset: next.asset,
    total: next.total,
    free: next.free,
    locked: next.locked,
    crossWalletBalance: next.crossWalletBalance ?? known?.crossWalletBalance,
    available: next.available ?? known?.available,
    updatedAt: next.updatedAt
  }
  const balances = Maps.set(book.balances, next.asset, balance)
  const assets: Assets = { has: (asset) => HashMap.has(balances, asset) }
  return {
    ...book,
    balances,
    unsettled: HashMap.isEmpty(book.unsettled)
      ? book.unsettled
      : HashMap.filter(
          book.unsettled,
          (filledAt, symbol) => filledAt > next.updatedAt || !concerns(symbol, next.asset, assets)
        ),
    awaited:
      awaited?._tag === "Balance" && awaited.time <= next.updatedAt
        ? Maps.remove(book.awaited, awaitedKey(next.asset))
        : book.awaited
  }
}

/**
 * Merges the balance of an event. Of one time, the event that came last counts. On futures that is in doubt; on spot it is
 * how they come.
 */
export const applyBalance = (book: Book, next: Balance): Merged => {
  const known = Maps.get(book.balances, next.asset)
  if (known === undefined || next.updatedAt > known.updatedAt) {
    return certain(setBalance(book, next))
  }
  if (next.updatedAt < known.updatedAt || sameBalance(known, next)) {
    return certain(book)
  }
  const doubt: Doubt | undefined = next.free === undefined ? { _tag: "Balance", asset: next.asset } : undefined
  return { book: setBalance(book, next), doubt }
}

/** A balance moved: an absolute one has to come, if it did not. */
export const applyNotice = (book: Book, asset: string, time: number, now: number): Book => {
  const known = Maps.get(book.balances, asset)
  return known !== undefined && known.updatedAt >= time
    ? book
    : {
        ...book,
        awaited: Maps.set(book.awaited, awaitedKey(asset), {
          _tag: "Balance",
          asset,
          time,
          dueAt: now + noticePatience
        })
      }
}

/** An amount of zero leaves the state, but not its time. */
export const setPosition = (book: Book, next: Position): Book => {
  const key = positionKey(next)
  if (Decimal.isZero(next.amount)) {
    return {
      ...book,
      positions: Maps.remove(book.positions, key),
      flat: Maps.set(book.flat, key, next.updatedAt)
    }
  }
  const known = Maps.get(book.positions, key)
  const position: Whole<Position> = {
    symbol: next.symbol,
    positionSide: next.positionSide,
    amount: next.amount,
    entryPrice: next.entryPrice,
    breakEvenPrice: next.breakEvenPrice,
    marginType: next.marginType ?? known?.marginType,
    isolatedWallet: next.isolatedWallet ?? known?.isolatedWallet,
    marginAsset: next.marginAsset ?? known?.marginAsset,
    updatedAt: next.updatedAt
  }
  return {
    ...book,
    positions: Maps.set(book.positions, key, position),
    flat: Maps.remove(book.flat, key)
  }
}

/** What is known of a position: an empty one has an amount and a time, too. */
export const knownPosition = (
  book: Book,
  key: string
): { readonly amount: string; readonly updatedAt: number } | undefined => {
  const position = Maps.get(book.positions, key)
  const flatSince = Maps.get(book.flat, key)
  return position ?? (flatSince === undefined ? undefined : { amount: "0", updatedAt: flatSince })
}

/** Merges the position of an event. Of one time, the event that came last counts, and that is in doubt. */
export const applyPosition = (book: Book, next: Position): Merged => {
  const known = knownPosition(book, positionKey(next))
  if (known === undefined || next.updatedAt > known.updatedAt) {
    return certain(setPosition(book, next))
  }
  if (next.updatedAt < known.updatedAt || Decimal.equals(known.amount, next.amount)) {
    return certain(book)
  }
  return { book: setPosition(book, next), doubt: { _tag: "Position", symbol: next.symbol } }
}
