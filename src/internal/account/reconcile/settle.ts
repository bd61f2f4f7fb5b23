import * as HashSet from "effect/HashSet"
import type { Unrecovered } from "../../../Account.js"
import * as AlgoOrders from "../book/algoOrders.js"
import { putOrder, putUncounted } from "../book/apply.js"
import * as Balances from "../book/balances.js"
import type { Book } from "../book/book.js"
import * as Decimal from "../book/decimal.js"
import * as Fills from "../book/fills.js"
import * as Maps from "../book/maps.js"
import type { AlgoOrder, Fill, Order } from "../book/model.js"
import * as Recent from "../book/recent.js"
import type { AlgoFinding } from "./algoFinding.js"
import { type Assessment, assess } from "./assess.js"
import type { Context } from "./context.js"
import { isAlgoChanged, isChanged } from "./differences.js"
import { inOrder } from "./emission.js"
import { inferredFill } from "./inferredFill.js"
import type { Buffered, Recovered, Recovery, Settled } from "./model.js"
import type { OrderFinding } from "./orderFinding.js"
import { booksAfter } from "./steps.js"
import * as Reports from "./unrecovered.js"

/**
 * Ends a recovery: what is still missing is inferred and marked, or reported. The loop emits `elements`, then applies and
 * emits the buffered events.
 */
export const settle = (recovery: Recovery, buffered: Buffered, now: number): Settled => {
  const assessment = assess(recovery, buffered)
  const mended = mendOrders(assessment)
  const algo = mendAlgoOrders(assessment, mended.book, now)
  const elements: ReadonlyArray<Recovered> = inOrder(mended.fills, mended.orders, algo.changed)
  const found = new Map(
    assessment.orders.flatMap(({ key, next }) => (next === undefined ? [] : [[key, next] as const]))
  )
  const reported = reportAlgoOrders(assessment, algo.book, now)
  const book = mendFunds(assessment, reported.book)
  const all = [...elements, ...unrecovered(assessment), ...reported.reports, ...diverged(assessment, now)]
  const moved = [...assessment.balances, ...assessment.positions]
  return {
    isNews: all.length > 0 || moved.some(({ difference }) => difference !== undefined),
    elements: all,
    books: booksAfter(recovery.start, all, found, now),
    book: { ...book, agreedAt: agreedAt(recovery) },
    untold: assessment.untold,
    unread: Reports.unread(assessment.context)
  }
}

/** By how much all answers of a check may be late: it has not seen what came since then. */
const lateness = 60_000

/** First answers may all be late: until a check confirms it, what a gap hid may still be missing. */
const agreedAt = ({ start: { book, kind, now } }: Recovery): number =>
  kind === "Start" ? now : kind === "Check" ? Math.max(book.agreedAt, now - lateness) : book.agreedAt

// -----------------------------------------------------------------------------
// orders and fills
// -----------------------------------------------------------------------------

interface MendedOrders {
  readonly book: Book
  readonly orders: ReadonlyArray<Order>
  readonly fills: ReadonlyArray<Fill>
}

const mendOrders = ({ context, orders }: Assessment): MendedOrders => {
  const reported: Array<Order> = []
  const fills: Array<Fill> = []
  let book = context.book
  for (const finding of orders) {
    const missing = finding.missing === "0" ? undefined : inferredFill(context.start.product, finding)
    fills.push(...finding.fills, ...(missing === undefined ? [] : [missing]))
    book = mendOrder(book, finding, missing, context.start.kind === "Start")
    if (isReported(context, finding)) {
      reported.push(finding.next as Order)
    }
  }
  return { book, orders: reported, fills }
}

const mendOrder = (before: Book, finding: OrderFinding, missing: Fill | undefined, isStart: boolean): Book => {
  let book = before
  for (const fill of finding.fills) {
    book = Fills.remember(book, fill)
  }
  for (const fill of finding.inferred) {
    const inferred = Recent.get(book.inferred, finding.key)
    book = Fills.remember(book, fill)
    book = inferred === undefined ? book : Fills.replaceInferred(book, fill, inferred)
  }
  const { key, next } = finding
  if (next === undefined || Reports.isStrange(finding)) {
    return book
  }
  book = missing === undefined ? book : Fills.infer(book, missing, next.filled)
  book = isStart && Decimal.isPositive(next.filled) ? Fills.coverFilled(book, next) : book
  return putUncounted(next === finding.known ? book : putOrder(book, next), key, "0")
}

/** At a start nothing was missed; what a buffered event tells needs no element. */
const isReported = ({ start }: Context, { isStreamed, known, next }: OrderFinding): boolean =>
  start.kind !== "Start" && !isStreamed && next !== undefined && next !== known && isChanged(known, next)

// -----------------------------------------------------------------------------
// algo orders
// -----------------------------------------------------------------------------

const mendAlgoOrders = (
  { algoOrders, context, orders }: Assessment,
  before: Book,
  now: number
): { readonly book: Book; readonly changed: ReadonlyArray<AlgoOrder> } => {
  let book = before
  for (const { known, orderId, row } of algoOrders) {
    const next = row ?? known
    if (next !== undefined) {
      book = AlgoOrders.apply(book, { ...next, orderId: next.orderId ?? orderId }, now)
    }
  }
  for (const { next } of orders) {
    book = next === undefined ? book : AlgoOrders.applyOrder(book, next, undefined, now)
  }
  const changed = algoOrders.flatMap(({ algoId, known }) => {
    const next = Maps.get(book.algoOrders, algoId) ?? Recent.get(book.closedAlgoOrders, algoId)
    const isReported = context.start.kind !== "Start" && !context.streamState.algoOrders.has(algoId)
    return isReported && next !== undefined && next !== known && isAlgoChanged(known, next) ? [next] : []
  })
  return { book, changed }
}

/** Algo orders of which nobody knows what became, each once: the position may be without its stop. */
const reportAlgoOrders = (
  { algoOrders, context }: Assessment,
  before: Book,
  now: number
): { readonly book: Book; readonly reports: ReadonlyArray<Unrecovered> } => {
  const reports: Array<Unrecovered> = []
  let reported = before.reported
  for (const finding of algoOrders) {
    const { algoId } = finding
    const algoOrder = Maps.get(before.algoOrders, algoId)
    if (algoOrder === undefined || context.streamState.algoOrders.has(algoId) || HashSet.has(reported, algoId)) {
      continue
    }
    const unknown = whatIsUnknown(context, finding, algoOrder, now)
    if (unknown !== undefined) {
      reported = HashSet.add(reported, algoId)
      reports.push({ _tag: "Unrecovered", what: "AlgoOrder", symbol: algoOrder.symbol, algoId, to: now, ...unknown })
    }
  }
  return { book: reported === before.reported ? before : { ...before, reported }, reports }
}

const whatIsUnknown = (
  { start }: Context,
  { isForgotten }: AlgoFinding,
  algoOrder: AlgoOrder,
  now: number
): Pick<Unrecovered, "from" | "reason"> | undefined => {
  const { triggeredAt = now, updatedAt } = algoOrder
  if (AlgoOrders.isOrphan(algoOrder) && now - triggeredAt >= start.triggeringDeadline) {
    const reason =
      "It has triggered, and no order is known that it became: look at the position, it may be unprotected."
    return { from: triggeredAt, reason }
  }
  const reason =
    "Binance neither lists nor knows it: it may have been canceled, or have expired. Binance forgets such orders 3 days after they were placed. It stays open here until an event or an answer tells its end."
  return isForgotten ? { from: updatedAt, reason } : undefined
}

// -----------------------------------------------------------------------------
// balances, positions, modes
// -----------------------------------------------------------------------------

const mendFunds = ({ balances, context, positions }: Assessment, before: Book): Book => {
  let book = before
  for (const { next } of balances) {
    book = next === undefined ? book : Balances.setBalance(book, next)
  }
  for (const { next } of positions) {
    book = next === undefined ? book : Balances.setPosition(book, next)
  }
  const modes = context.restState.modes.at(-1)?.rows
  return modes === undefined ? book : { ...book, modes }
}

// -----------------------------------------------------------------------------
// what is reported
// -----------------------------------------------------------------------------

const unrecovered = ({ context, orders, unbalanced, unexplained }: Assessment): ReadonlyArray<Unrecovered> => [
  ...Reports.forgotten(context),
  ...Reports.unremembered(context),
  ...Reports.refused(context),
  ...Reports.strange(context, orders),
  ...Reports.unbalancedPositions(context, unbalanced),
  ...Reports.unexplainedAssets(context, unexplained)
]

const diverged = ({ differences }: Assessment, now: number): ReadonlyArray<Recovered> =>
  differences.length === 0 ? [] : [{ _tag: "Diverged", at: now, differences }]
