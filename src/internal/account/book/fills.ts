import type { Book, Inferred } from "./book.js"
import * as Decimal from "./decimal.js"
import { type FillIdentity, fillKey, isLaterId, orderKey } from "./keys.js"
import * as Maps from "./maps.js"
import type { Fill, Order } from "./model.js"
import * as Recent from "./recent.js"

// Each fill once: by identity, for as long as identities are remembered, and by the largest trade id before that.

/** What came since REST and the book agreed is read again, so its identities are kept as well. */
const remembered: Recent.Limits = { window: 600_000, capacity: 2_000, most: 10_000 }

const inferredLimits: Recent.Limits = { window: Number.POSITIVE_INFINITY, capacity: 500 }

/** A fill of a row or an event. */
export type NamedFill = Fill & ({ readonly tradeId: string } | { readonly allocationId: string })

export const isNamed = (fill: Fill): fill is NamedFill => fill.tradeId !== undefined || fill.allocationId !== undefined

/** By id, which grows per symbol. A trade and an allocation have ids of two sequences: by time. */
export const compare = (a: Fill, b: Fill): number =>
  compareIds(a.tradeId, b.tradeId) ?? compareIds(a.allocationId, b.allocationId) ?? a.time - b.time

const compareIds = (a: string | undefined, b: string | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a === b ? 0 : isLaterId(a, b) ? 1 : -1

/**
 * Whether a live fill was delivered before. A fill below the largest trade id may just be late, unless it is older than
 * what the identities remember. No largest id is kept of allocations.
 */
export const isKnown = (book: Book, fill: FillIdentity, time: number): boolean =>
  Recent.has(book.fills, fillKey(fill)) || (time < book.fills.horizon && isBelowWatermark(book, fill))

const isBelowWatermark = (book: Book, { symbol, tradeId }: FillIdentity): boolean => {
  const largest = Maps.get(book.watermarks, symbol)?.tradeId
  return tradeId === undefined || (largest !== undefined && !isLaterId(tradeId, largest))
}

export const isRemembered = (book: Book, fill: FillIdentity): boolean => Recent.has(book.fills, fillKey(fill))

/** Remembers that a fill was delivered. */
export const remember = (book: Book, fill: NamedFill): Book => {
  const key = fillKey(fill)
  return {
    ...book,
    watermarks: raise(book, fill.symbol, { tradeId: fill.tradeId }),
    fills: Recent.add(book.fills, key, fill.time, fill.time, remembered, book.agreedAt),
    awaited: Maps.remove(book.awaited, key)
  }
}

/** The largest ids that were seen, raised by those of a symbol: the same map if they are no larger. */
export const raise = (
  book: Book,
  symbol: string,
  ids: { readonly tradeId?: string | undefined; readonly orderId?: string }
): Book["watermarks"] => {
  const known = Maps.get(book.watermarks, symbol)
  const tradeId = largest(known?.tradeId, ids.tradeId)
  const orderId = largest(known?.orderId, ids.orderId)
  return known !== undefined && known.tradeId === tradeId && known.orderId === orderId
    ? book.watermarks
    : Maps.set(book.watermarks, symbol, { tradeId, orderId })
}

const largest = (known: string | undefined, next: string | undefined): string | undefined =>
  known === undefined || (next !== undefined && isLaterId(next, known)) ? (next ?? known) : known

/** How much of a fill was delivered already as a part of an inferred one. `upTo`: the order's sum after the fill. */
export const inferredPart = (book: Book, fill: Fill, upTo: string | undefined): Inferred | undefined => {
  const inferred = Recent.get(book.inferred, orderKey(fill))
  return inferred !== undefined &&
    (inferred.until === undefined || fill.time <= inferred.until) &&
    Decimal.compare(fill.quantity, inferred.quantity) <= 0 &&
    (upTo === undefined || Decimal.compare(upTo, inferred.upTo) <= 0)
    ? inferred
    : undefined
}

/** A row shows a part of what was inferred. */
export const replaceInferred = (book: Book, fill: Fill, inferred: Inferred): Book => ({
  ...book,
  inferred: Recent.add(
    book.inferred,
    orderKey(fill),
    { ...inferred, quantity: Decimal.subtract(inferred.quantity, fill.quantity) },
    fill.time,
    inferredLimits
  )
})

/** Remembers what was inferred. */
export const infer = (book: Book, fill: Fill, upTo: string): Book => {
  const key = orderKey(fill)
  const before = Recent.get(book.inferred, key)?.quantity ?? "0"
  return {
    ...book,
    inferred: Recent.add(
      book.inferred,
      key,
      { quantity: Decimal.sum(before, fill.quantity), upTo },
      fill.time,
      inferredLimits
    )
  }
}

/** Remembers that the fills of an order are from before the start. */
export const coverFilled = (book: Book, order: Order): Book => {
  const { filled, updatedAt } = order
  const before = { quantity: filled, upTo: filled, until: updatedAt }
  return { ...book, inferred: Recent.add(book.inferred, orderKey(order), before, updatedAt, inferredLimits) }
}
