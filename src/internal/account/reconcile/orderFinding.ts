import * as Decimal from "../book/decimal.js"
import type { NamedFill } from "../book/fills.js"
import { isLaterId, orderKey } from "../book/keys.js"
import * as Maps from "../book/maps.js"
import type { Order } from "../book/model.js"
import * as Orders from "../book/orders.js"
import * as Recent from "../book/recent.js"
import type { Context, Wanted } from "./context.js"
import { Question } from "./question.js"
import type { Read, Single } from "./restState.js"
import type { FirstEvent } from "./streamState.js"
import { newTrades, quantityOf } from "./trades.js"

// What became of one order, by all that is known.

/** How often REST has to deny an order that was open, and over what time, before it has ended. */
const denials = { count: 3, span: 10_000 }

export interface OrderFinding extends Wanted {
  readonly key: string
  /** As the book has it. */
  readonly known: Order | undefined
  /** As it is now; absent if that is not known. */
  readonly next: Order | undefined
  /** New fills, by ascending trade id. */
  readonly fills: ReadonlyArray<NamedFill>
  /** Trades that were delivered already as a part of an inferred fill. */
  readonly inferred: ReadonlyArray<NamedFill>
  /** The part of the sum of `next` that no fill explains. */
  readonly missing: string
  /** A buffered event tells what it is: only its fills are recovered. */
  readonly isStreamed: boolean
}

const nothing: Wanted = { once: [], again: [] }

const join = (a: Wanted, b: Wanted): Wanted => ({ once: [...a.once, ...b.once], again: [...a.again, ...b.again] })

interface Subject {
  readonly key: string
  readonly symbol: string
  readonly orderId: string
  readonly known: Order | undefined
  /** The sum of its known fills. */
  readonly counted: string
  readonly singles: ReadonlyArray<Read<Single<Order>>>
}

const subjectOf = (context: Context, key: string): Subject => {
  const { book, restState } = context
  const known = Maps.get(book.orders, key) ?? Recent.get(book.closed, key)
  const separator = key.lastIndexOf(":")
  return {
    key,
    symbol: key.slice(0, separator),
    orderId: key.slice(separator + 1),
    known,
    counted: known === undefined ? "0" : Decimal.subtract(known.filled, Maps.get(book.uncounted, key) ?? "0"),
    singles: restState.singles.get(key) ?? []
  }
}

export const findOrder = (context: Context, key: string): OrderFinding => {
  const subject = subjectOf(context, key)
  const first = context.streamState.orders.get(key)
  if (context.start.kind === "Start") {
    return findAtStart(context, subject, first)
  }
  return first === undefined ? findByRest(context, subject) : findByStream(context, subject, first)
}

const finding = (subject: Subject, rest: Partial<OrderFinding>): OrderFinding => ({
  key: subject.key,
  known: subject.known,
  next: subject.known,
  fills: [],
  inferred: [],
  missing: "0",
  isStreamed: false,
  once: [],
  again: [],
  ...rest
})

/** The account as it is: nothing was missed. An order that was open and has just ended is put back to before that. */
const findAtStart = (context: Context, subject: Subject, first: FirstEvent | undefined): OrderFinding => {
  const row = context.restState.orders.get(subject.key)
  const isOpen = row !== undefined && context.listed?.has(subject.key) === true && !Orders.hasEnded(row)
  if (first === undefined) {
    return finding(subject, { next: isOpen ? row : undefined })
  }
  const wasOpen = isOpen || Decimal.isPositive(first.filledBefore)
  return finding(subject, { next: wasOpen ? before(row ?? first.order, first) : undefined, isStreamed: true })
}

// -----------------------------------------------------------------------------
// orders that buffered events tell
// -----------------------------------------------------------------------------

/** The order as it was before the first buffered event about it. */
const before = (order: Order, { filledBefore, order: streamed }: FirstEvent): Order => ({
  ...order,
  status: Decimal.isZero(filledBefore) ? "NEW" : "PARTIALLY_FILLED",
  filled: filledBefore,
  averagePrice: Decimal.equals(order.filled, filledBefore) ? order.averagePrice : undefined,
  updatedAt: Math.min(order.updatedAt, streamed.updatedAt),
  origin: "Recovered"
})

const findByStream = (context: Context, subject: Subject, first: FirstEvent): OrderFinding => {
  const { fresh, inferred, total } = newTrades(context, subject.key)
  const missed = Decimal.subtract(first.filledBefore, subject.counted)
  if (!Decimal.isPositive(missed)) {
    return finding(subject, { isStreamed: true, inferred })
  }
  const fills: Array<NamedFill> = []
  let rest = missed
  for (const fill of fresh) {
    const left = Decimal.subtract(rest, fill.quantity)
    if (Decimal.compare(left, "0") >= 0) {
      fills.push(fill)
      rest = left
    }
  }
  const missing = Decimal.compare(total, first.order.filled) >= 0 ? "0" : rest
  const row = subject.known ?? context.restState.orders.get(subject.key) ?? first.order
  return finding(subject, {
    isStreamed: true,
    next: before(row, first),
    fills,
    inferred,
    missing,
    ...askTrades(context, subject, missing)
  })
}

// -----------------------------------------------------------------------------
// orders that only REST tells
// -----------------------------------------------------------------------------

const orderQuestion = ({ orderId, symbol }: Subject): Question => Question.Order({ symbol, orderId })

/** What asks for all fills of an order. */
export const fillQuestions = (
  { book, restState }: Context,
  { orderId, symbol }: { readonly orderId: string; readonly symbol: string }
): ReadonlyArray<Question> => {
  const key = orderKey({ symbol, orderId })
  const order = Maps.get(book.orders, key) ?? Recent.get(book.closed, key) ?? restState.orders.get(key)
  const trades = Question.TradesOf({ symbol, orderId })
  return order?.usedSor === true ? [trades, Question.AllocationsOf({ symbol, orderId })] : [trades]
}

/** In a span the trades of the whole symbol are read first: they may have those of all its orders. */
const askTrades = (context: Context, subject: Subject, missing: string): Wanted => {
  const { restState, span } = context
  if (missing === "0" || (span !== undefined && !restState.read.has(subject.symbol))) {
    return nothing
  }
  const questions = fillQuestions(context, subject)
  return { once: questions, again: [...questions, orderQuestion(subject)] }
}

interface Word extends Wanted {
  readonly next: Order | undefined
  /** It was open, and REST neither lists nor knows it. */
  readonly isVanished: boolean
}

const findByRest = (context: Context, subject: Subject): OrderFinding => {
  const { fresh, inferred, total } = newTrades(context, subject.key)
  const word = subject.known === undefined ? introduce(context, subject, fresh) : follow(context, subject)
  const filled = Decimal.sum(subject.counted, quantityOf(fresh))
  const { next } = word
  if (next === undefined) {
    return finding(subject, { ...word, fills: fresh, inferred })
  }
  const short = Decimal.subtract(next.filled, filled)
  const missing = Decimal.isPositive(short) && Decimal.compare(total, next.filled) < 0 ? short : "0"
  const isRowShort = Decimal.compare(filled, next.filled) > 0 && fresh.length > 0
  const sums =
    isRowShort && !word.isVanished
      ? { once: [], again: [orderQuestion(subject)] }
      : askTrades(context, subject, missing)
  return finding(subject, {
    ...word,
    ...join(word, sums),
    next: isRowShort ? { ...next, filled } : next,
    fills: fresh,
    inferred,
    missing
  })
}

/** An order that the book does not have. */
const introduce = (context: Context, subject: Subject, fresh: ReadonlyArray<NamedFill>): Word => {
  const row = context.restState.orders.get(subject.key)
  if (row === undefined) {
    const isDenied = subject.singles.length >= denials.count || subject.singles.some(({ rows }) => rows === "Refused")
    const question = orderQuestion(subject)
    return { next: undefined, isVanished: false, once: [question], again: isDenied ? [] : [question] }
  }
  if (Orders.hasEnded(row)) {
    return { ...nothing, isVanished: false, next: isNews(context, row, fresh) ? row : undefined }
  }
  return isShownOpen(context, subject, row)
    ? { ...nothing, isVanished: false, next: row }
    : { ...nothing, isVanished: false, next: undefined, once: [orderQuestion(subject)] }
}

/** An end from before the gap, from before REST and the book agreed, or that may have been forgotten, is no news. */
const isNews = ({ book, span, start }: Context, row: Order, fresh: ReadonlyArray<NamedFill>): boolean =>
  fresh.length > 0 ||
  (span !== undefined && row.updatedAt >= Math.max(span.from, book.closed.horizon)) ||
  (start.kind === "Doubt" && row.updatedAt >= book.agreedAt)

/** An open list may show an order that ended long ago: if it is not newer than all that were seen, it is asked for. */
const isShownOpen = ({ book, listed }: Context, { key, singles, symbol }: Subject, row: Order): boolean => {
  const largest = Maps.get(book.watermarks, symbol)?.orderId
  const isNew = largest === undefined || isLaterId(row.orderId, largest)
  const isConfirmed = singles.some(({ rows }) => rows !== undefined && rows !== "Refused")
  return isConfirmed || (isNew && listed?.has(key) === true)
}

/** An order that the book has: open, or ended lately. */
const follow = (context: Context, subject: Subject): Word => {
  const known = subject.known as Order
  const row = context.restState.orders.get(subject.key)
  const next = row === undefined ? known : Orders.merge(known, row)
  if (Orders.hasEnded(next) || context.listed === undefined || context.listed.has(subject.key)) {
    return { ...nothing, next, isVanished: false }
  }
  return vanish(context, subject, next)
}

/** It is open, and the open list lacks it. That proves nothing: it is asked for by its id. */
const vanish = (context: Context, subject: Subject, next: Order): Word => {
  const question = orderQuestion(subject)
  const ask: Wanted = { once: [question], again: [question, Question.OpenOrders()] }
  const last = subject.singles.at(-1)
  const filled = Decimal.larger(
    next.filled,
    Decimal.sum(subject.counted, quantityOf(newTrades(context, subject.key).fresh))
  )
  const ended: Word = {
    ...nothing,
    isVanished: false,
    next: { ...next, filled, status: Orders.unknownEnd, origin: "Inferred" }
  }
  if (last?.rows === "Refused") {
    return ended
  }
  const shown = subject.singles.filter(({ rows }) => rows !== undefined)
  if (shown.length > 0) {
    return shown.length >= denials.count || context.restState.openOrders.length >= denials.count
      ? { ...nothing, next, isVanished: false }
      : { ...ask, next, isVanished: false }
  }
  const span = last === undefined ? 0 : last.askedAt - (subject.singles[0]?.askedAt ?? last.askedAt)
  return subject.singles.length >= denials.count && span >= denials.span
    ? ended
    : { ...ask, next, isVanished: last !== undefined }
}
