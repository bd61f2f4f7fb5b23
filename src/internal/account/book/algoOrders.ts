import * as HashMap from "effect/HashMap"
import * as HashSet from "effect/HashSet"
import type { Book } from "./book.js"
import { orderKey } from "./keys.js"
import * as Maps from "./maps.js"
import type { AlgoOrder, Order } from "./model.js"
import { isStatedEnd } from "./orders.js"
import * as Recent from "./recent.js"

// A conditional order and the order that it becomes: one story, in any order of arrival.

const limits: Recent.Limits = { window: 300_000, capacity: 200 }

/** After how long a trigger without an order is asked about. */
const triggerPatience = 2_000

const ranks: Record<string, number> = {
  NEW: 0,
  TRIGGERING: 1,
  TRIGGERED: 2,
  FINISHED: 3,
  CANCELED: 3,
  EXPIRED: 3,
  REJECTED: 3
}

export const hasEnded = (algoOrder: AlgoOrder): boolean => ranks[algoOrder.status] === 3

/** An end that follows from the end of its order stands, until one is stated. */
const rank = (algoOrder: AlgoOrder): number =>
  hasEnded(algoOrder) && algoOrder.origin === "Inferred" ? 2.5 : (ranks[algoOrder.status] ?? 0)

/** Two words about one algo order: what it is now. */
export const merge = (known: AlgoOrder, next: AlgoOrder): AlgoOrder => {
  const winner =
    rank(next) > rank(known) || (rank(next) === rank(known) && next.updatedAt > known.updatedAt) ? next : known
  const orderId = winner.orderId ?? known.orderId ?? next.orderId
  const triggeredAt = known.triggeredAt ?? triggerTime(next)
  return winner === known && known.orderId === orderId && known.triggeredAt === triggeredAt
    ? known
    : { ...winner, orderId, triggeredAt, createdAt: known.createdAt ?? next.createdAt }
}

const triggerTime = (algoOrder: AlgoOrder): number | undefined =>
  algoOrder.triggeredAt ?? (algoOrder.status === "TRIGGERING" ? algoOrder.updatedAt : undefined)

const linkById = (symbol: string, orderId: string): string => `${symbol}:id:${orderId}`

const linkByClientId = (symbol: string, clientId: string): string => `${symbol}:client:${clientId}`

export const isOrphan = (algoOrder: AlgoOrder): boolean =>
  algoOrder.status === "TRIGGERING" && algoOrder.orderId === undefined

/** Merges what an event or a row says about an algo order. */
export const apply = (book: Book, next: AlgoOrder, now: number): Book => {
  const known = Maps.get(book.algoOrders, next.algoId) ?? Recent.get(book.closedAlgoOrders, next.algoId)
  const merged = known === undefined ? { ...next, triggeredAt: triggerTime(next) } : merge(known, next)
  if (hasEnded(merged)) {
    return close(book, merged)
  }
  const child = merged.orderId === undefined ? undefined : closedOrder(book, merged.symbol, merged.orderId)
  return child === undefined ? open(book, merged, now) : close(book, finished(merged, child))
}

const closedOrder = (book: Book, symbol: string, orderId: string): Order | undefined => {
  const order = Recent.get(book.closed, orderKey({ symbol, orderId }))
  return order !== undefined && isStatedEnd(order.status) ? order : undefined
}

const finished = (algoOrder: AlgoOrder, child: Order): AlgoOrder => ({
  ...algoOrder,
  status: "FINISHED",
  orderId: child.orderId,
  updatedAt: Math.max(algoOrder.updatedAt, child.updatedAt),
  origin: "Inferred"
})

const awaitedKey = (algoOrder: AlgoOrder): string => `trigger:${algoOrder.algoId}`

const open = (book: Book, algoOrder: AlgoOrder, now: number): Book => {
  const { algoId, clientAlgoId, orderId, symbol } = algoOrder
  const links = Maps.set(book.algoLinks, linkByClientId(symbol, clientAlgoId), algoId)
  const waits = isOrphan(algoOrder)
  const key = awaitedKey(algoOrder)
  return {
    ...book,
    algoOrders: Maps.set(book.algoOrders, algoId, algoOrder),
    algoLinks: orderId === undefined ? links : Maps.set(links, linkById(symbol, orderId), algoId),
    awaited: !waits
      ? Maps.remove(book.awaited, key)
      : Maps.get(book.algoOrders, algoId)?.status === "TRIGGERING"
        ? book.awaited
        : Maps.set(book.awaited, key, { _tag: "Trigger", symbol, algoId, dueAt: now + triggerPatience })
  }
}

const close = (book: Book, algoOrder: AlgoOrder): Book => {
  const { algoId, clientAlgoId, orderId, symbol, updatedAt } = algoOrder
  const links = Maps.remove(book.algoLinks, linkByClientId(symbol, clientAlgoId))
  return {
    ...book,
    algoOrders: Maps.remove(book.algoOrders, algoId),
    closedAlgoOrders: Recent.add(book.closedAlgoOrders, algoId, algoOrder, updatedAt, limits),
    algoLinks: orderId === undefined ? links : Maps.remove(links, linkById(symbol, orderId)),
    awaited: Maps.remove(book.awaited, awaitedKey(algoOrder)),
    reported: HashSet.remove(book.reported, algoId)
  }
}

/**
 * An order may be what an algo order became: by the id that either of them names, and by the client id that both have if
 * the algo order has triggered.
 */
export const applyOrder = (book: Book, order: Order, algoId: string | undefined, now: number): Book => {
  if (HashMap.isEmpty(book.algoOrders)) {
    return book
  }
  const named = algoId ?? Maps.get(book.algoLinks, linkById(order.symbol, order.orderId))
  const id = named ?? Maps.get(book.algoLinks, linkByClientId(order.symbol, order.clientOrderId))
  const algoOrder = id === undefined ? undefined : Maps.get(book.algoOrders, id)
  if (algoOrder === undefined || (named === undefined && algoOrder.status === "NEW")) {
    return book
  }
  return isStatedEnd(order.status)
    ? close(book, finished(algoOrder, order))
    : open(book, { ...algoOrder, orderId: algoOrder.orderId ?? order.orderId }, now)
}
