import * as HashMap from "effect/HashMap"
import * as HashSet from "effect/HashSet"
import * as AlgoOrders from "./algoOrders.js"
import * as Balances from "./balances.js"
import type { Applied, Book, Doubt } from "./book.js"
import * as Decimal from "./decimal.js"
import type { Fact } from "./fact.js"
import * as Fills from "./fills.js"
import { fillKey, orderKey } from "./keys.js"
import * as Maps from "./maps.js"
import type { Fill, Order } from "./model.js"
import * as Modes from "./modes.js"
import * as Orders from "./orders.js"
import * as Recent from "./recent.js"

// Folds events into a book, at a constant cost each: what an event does not name is shared with the book before it.

const closedLimits: Recent.Limits = { window: 300_000, capacity: 500 }

/** After how long a fill that was announced is asked for: its event comes some ms later. */
const noticePatience = 5_000

/** How often a trigger without an order is asked about until it is reported. */
const triggerPatience = 8_000

interface Findings {
  readonly fills: Array<Fill>
  readonly doubts: Array<Doubt>
}

/** Merges what one event says. `now`: epoch ms on Binance's clock. */
export const apply = (book: Book, facts: ReadonlyArray<Fact>, now: number): Applied => {
  const findings: Findings = { fills: [], doubts: [] }
  let result = book
  for (const fact of facts) {
    result = applyFact(result, fact, now, findings)
  }
  return { book: result, ...findings }
}

const applyFact = (book: Book, fact: Fact, now: number, findings: Findings): Book => {
  switch (fact._tag) {
    case "Order":
      return AlgoOrders.applyOrder(applyExecution(book, fact.order, fact.fill, findings), fact.order, fact.algoId, now)
    case "AlgoOrder":
      return AlgoOrders.apply(book, fact.algoOrder, now)
    case "FillNotice":
      return applyFillNotice(book, fact, now)
    case "Balance":
      return noted(Balances.applyBalance(book, fact.balance), findings)
    case "BalanceNotice":
      return Balances.applyNotice(book, fact.asset, fact.time, now)
    case "Position":
      return noted(Balances.applyPosition(book, fact.position), findings)
    case "Modes":
      return withModes(book, Modes.apply(book.modes, fact.modes))
  }
}

const withModes = (book: Book, modes: Book["modes"]): Book => (modes === book.modes ? book : { ...book, modes })

const noted = (merged: Balances.Merged, findings: Findings): Book => {
  if (merged.doubt !== undefined) {
    findings.doubts.push(merged.doubt)
  }
  return merged.book
}

const applyFillNotice = (book: Book, fact: Extract<Fact, { _tag: "FillNotice" }>, now: number): Book =>
  Fills.isKnown(book, fact.fill, fact.time)
    ? book
    : {
        ...book,
        awaited: Maps.set(book.awaited, fillKey(fact.fill), {
          _tag: "Fill",
          symbol: fact.fill.symbol,
          orderId: fact.fill.orderId,
          dueAt: now + noticePatience
        })
      }

const applyExecution = (book: Book, order: Order, fill: Fill | undefined, findings: Findings): Book => {
  const key = orderKey(order)
  const known = Maps.get(book.orders, key) ?? Recent.get(book.closed, key)
  const { book: counted, quantity } = applyFill(book, fill, order.filled, findings)
  if (known === undefined && order.updatedAt < book.closed.horizon) {
    return counted
  }
  if (known !== undefined && Orders.contradict(known, order)) {
    findings.doubts.push({ _tag: "Contradiction", symbol: order.symbol, orderId: order.orderId, was: known.status })
  }
  const merged = known === undefined ? order : Orders.merge(known, order)
  const before = Maps.get(book.uncounted, key) ?? "0"
  const missing = missingAfter(before, known?.filled ?? "0", merged.filled, quantity)
  if (missing !== before && Decimal.compare(missing, before) > 0) {
    findings.doubts.push({ _tag: "MissingFills", symbol: order.symbol, orderId: order.orderId })
  }
  return putUncounted(putOrder(counted, merged), key, missing)
}

/** Delivers a fill that is not known yet. `quantity`: what of it counts towards the order's sum. */
const applyFill = (
  book: Book,
  fill: Fill | undefined,
  upTo: string,
  findings: Findings
): { readonly book: Book; readonly quantity: string } => {
  if (fill === undefined || !Fills.isNamed(fill) || Fills.isKnown(book, fill, fill.time)) {
    return { book, quantity: "0" }
  }
  const inferred = Fills.inferredPart(book, fill, upTo)
  if (inferred !== undefined) {
    return { book: Fills.replaceInferred(Fills.remember(book, fill), fill, inferred), quantity: "0" }
  }
  findings.fills.push(fill)
  const unsettled = Maps.set(book.unsettled, fill.symbol, fill.time)
  return { book: { ...Fills.remember(book, fill), unsettled }, quantity: fill.quantity }
}

/** By how much the sum of an order is larger than that of its known fills, after a word and a fill. */
const missingAfter = (before: string, filledBefore: string, filled: string, counted: string): string => {
  if (before === "0" && (filledBefore === filled ? counted === "0" : filledBefore === "0" && filled === counted)) {
    return "0"
  }
  const missing = Decimal.subtract(Decimal.sum(before, Decimal.subtract(filled, filledBefore)), counted)
  return Decimal.isPositive(missing) ? missing : "0"
}

export const putUncounted = (book: Book, key: string, quantity: string): Book => {
  const uncounted = quantity === "0" ? Maps.remove(book.uncounted, key) : Maps.set(book.uncounted, key, quantity)
  return uncounted === book.uncounted ? book : { ...book, uncounted }
}

/** Puts an order where it belongs: to the open ones or to those that ended lately. */
export const putOrder = (book: Book, order: Order): Book => {
  const key = orderKey(order)
  const watermarks = Fills.raise(book, order.symbol, { orderId: order.orderId })
  if (!Orders.hasEnded(order)) {
    return { ...book, watermarks, orders: Maps.set(book.orders, key, order), closed: Recent.remove(book.closed, key) }
  }
  return {
    ...book,
    watermarks,
    orders: Maps.remove(book.orders, key),
    closed:
      Recent.get(book.closed, key) === order
        ? book.closed
        : Recent.add(book.closed, key, order, order.updatedAt, closedLimits)
  }
}

/** When `overdue` has something to say next, if nothing else happens. */
export const nextDue = (book: Book): number | undefined =>
  HashMap.reduce(book.awaited, undefined as number | undefined, (least, { dueAt }) =>
    least === undefined ? dueAt : Math.min(least, dueAt)
  )

/**
 * What is in doubt because of the time alone: fills and balances that were announced and did not come, each once, and algo
 * orders that trigger without an order, every now and then until it is reported. `now`: epoch ms on Binance's clock.
 */
export const overdue = (book: Book, now: number): Applied => {
  const doubts: Array<Doubt> = []
  let awaited = book.awaited
  for (const [key, due] of book.awaited) {
    if (due.dueAt > now) {
      continue
    }
    if (due._tag === "Trigger") {
      const algoOrder = Maps.get(book.algoOrders, due.algoId)
      doubts.push({
        _tag: "Triggering",
        symbol: due.symbol,
        algoId: due.algoId,
        since: algoOrder?.triggeredAt ?? due.dueAt
      })
      awaited = HashSet.has(book.reported, due.algoId)
        ? HashMap.remove(awaited, key)
        : HashMap.set(awaited, key, { ...due, dueAt: now + triggerPatience })
      continue
    }
    doubts.push(
      due._tag === "Fill"
        ? { _tag: "MissingFills", symbol: due.symbol, orderId: due.orderId }
        : { _tag: "Balance", asset: due.asset }
    )
    awaited = HashMap.remove(awaited, key)
  }
  return { book: awaited === book.awaited ? book : { ...book, awaited }, fills: [], doubts }
}
