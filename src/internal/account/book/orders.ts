import * as Decimal from "./decimal.js"
import type { Order, Whole } from "./model.js"

// Which of two words about one order is newer.

/** The status of an order that ended, nobody says how. It is taken back when the exchange shows the order again. */
export const unknownEnd = "UNKNOWN"

const terminal = new Set(["FILLED", "CANCELED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH"])

const known = new Set(["PENDING_NEW", "NEW", "PARTIALLY_FILLED", "PENDING_CANCEL", unknownEnd, ...terminal])

/** A status that is not known ends nothing. */
export const isKnownStatus = (status: string): boolean => known.has(status)

export const isStatedEnd = (status: string): boolean => terminal.has(status)

export const hasEnded = (order: Order): boolean => terminal.has(order.status) || order.status === unknownEnd

export const isInferredEnd = (order: Order): boolean => order.status === unknownEnd

export const rank = (status: string): number =>
  terminal.has(status)
    ? 3
    : status === unknownEnd
      ? 2.5
      : status === "PARTIALLY_FILLED"
        ? 2
        : status === "PENDING_NEW"
          ? 0
          : 1

/** Whether `next` is newer than `known`: by rank and by what is filled, then by time, never by time alone. */
const isNewer = (known: Order, next: Order): boolean => {
  const filled = Decimal.compare(next.filled, known.filled)
  if (isInferredEnd(known) !== isInferredEnd(next)) {
    return isInferredEnd(known) || (isInferredEnd(next) && !isStatedEnd(known.status))
  }
  if (isStatedEnd(known.status) !== isStatedEnd(next.status)) {
    return isStatedEnd(next.status)
  }
  if (filled !== 0) {
    return filled > 0
  }
  if (isStatedEnd(known.status)) {
    return false
  }
  return next.updatedAt === known.updatedAt ? rank(next.status) > rank(known.status) : next.updatedAt > known.updatedAt
}

/** Which price and quantity are newer. Events of one time come in order; rows of that time may be older. */
const isLaterWord = (known: Order, next: Order): boolean =>
  !isInferredEnd(next) &&
  (next.updatedAt > known.updatedAt || (next.updatedAt === known.updatedAt && next.origin === "Stream"))

/** Two words about one order: what it is now. It keeps the client id that it was known by. */
export const merge = (known: Order, next: Order): Order => {
  const winner = isNewer(known, next) ? next : known
  const amended = isLaterWord(known, next) ? next : known
  const filled = Decimal.larger(known.filled, next.filled)
  if (
    winner === known &&
    amended === known &&
    filled === known.filled &&
    known.createdAt === (known.createdAt ?? next.createdAt)
  ) {
    return known
  }
  // Field by field: on the hot path, a spread that adds fields costs more than all else.
  const merged: Whole<Order> = {
    symbol: winner.symbol,
    orderId: winner.orderId,
    clientOrderId: known.clientOrderId,
    side: winner.side,
    positionSide: winner.positionSide,
    type: winner.type,
    timeInForce: winner.timeInForce,
    status: winner.status,
    price: amended.price,
    stopPrice: amended.stopPrice ?? winner.stopPrice,
    quantity: amended.quantity,
    filled,
    averagePrice: averageOf(known, next, filled),
    reduceOnly: winner.reduceOnly,
    closePosition: winner.closePosition,
    orderListId: known.orderListId ?? next.orderListId,
    usedSor: known.usedSor ?? next.usedSor,
    createdAt: known.createdAt ?? next.createdAt,
    updatedAt: Math.max(known.updatedAt, next.updatedAt),
    origin: winner.origin
  }
  return merged
}

/** An average of fewer fills is no average of all. */
const averageOf = (known: Order, next: Order, filled: string): string | undefined => {
  const average = filled === next.filled ? next.averagePrice : undefined
  return average ?? (Decimal.equals(filled, known.filled) ? known.averagePrice : undefined)
}

/** Whether two stated ends exclude each other. */
export const contradict = (known: Order, next: Order): boolean =>
  isStatedEnd(known.status) && isStatedEnd(next.status) && known.status !== next.status
