import * as HashMap from "effect/HashMap"
import { knownPosition } from "../book/balances.js"
import * as Decimal from "../book/decimal.js"
import { isLaterId, positionKey, tradeIdOf } from "../book/keys.js"
import * as Maps from "../book/maps.js"
import type { Fill, Position } from "../book/model.js"
import type { Context } from "./context.js"
import { type FundsFinding, moved } from "./fundsFinding.js"
import { Question } from "./question.js"

// Which symbols may have had fills in a gap, and from which trade on they are read.

/** After that span a page by id may begin later than asked on futures. */
const idPageReach = 7 * 86_400_000

/** Of how many symbols a check reads the fills: events wait for it. */
const mostChecked = 20

/** The symbols of events since REST and the book agreed, the latest first. */
export const changedSymbols = ({ book }: Context): ReadonlyArray<string> => {
  const times = new Map<string, number>()
  const note = (symbol: string, time: number): void => {
    if (time >= book.agreedAt) {
      times.set(symbol, Math.max(time, times.get(symbol) ?? time))
    }
  }
  const sources: ReadonlyArray<Iterable<{ readonly symbol: string; readonly updatedAt: number }>> = [
    HashMap.values(book.orders),
    HashMap.values(book.closed.young),
    HashMap.values(book.closed.old),
    HashMap.values(book.positions)
  ]
  for (const source of sources) {
    for (const { symbol, updatedAt } of source) {
      note(symbol, updatedAt)
    }
  }
  for (const [key, time] of [...book.flat, ...book.fills.young, ...book.fills.old]) {
    note(key.slice(0, key.indexOf(":")), time)
  }
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, mostChecked)
    .map(([symbol]) => symbol)
}

interface Dated {
  readonly updatedAt: number
}

/** It changed before all that is remembered, and the first answer did not show it yet. */
export const isFromBefore = ({ fills }: Context["book"], known: Dated | undefined, next: Dated): boolean =>
  next.updatedAt < fills.horizon && next.updatedAt > (known?.updatedAt ?? 0)

/** REST answered what fills a symbol had, and did not refuse it. */
export const areTradesAnswered = ({ restState }: Context, symbol: string): boolean =>
  restState.read.has(symbol) &&
  !restState.refused.some(
    ({ question }) =>
      (question._tag === "TradesFrom" || question._tag === "TradesBetween") && question.symbol === symbol
  )

/** Only a guess names it: that Binance has no such symbol says nothing. */
export const isGuess = (context: Context, symbol: string): boolean =>
  Maps.get(context.book.watermarks, symbol) === undefined && !context.named.has(symbol)

/**
 * By id from the last trade that is older than the overlap: exact, whatever the clocks say. By time where no such trade is
 * known, and where the page by id does not begin with it.
 */
export const tradeQuestions = (context: Context, symbol: string): ReadonlyArray<Question> => {
  const { restState, recovery, span, start } = context
  if (span === undefined) {
    return []
  }
  const between = Question.TradesBetween({ symbol, ...span })
  const fromId = lastTradeBefore(context, symbol, span.from)
  if (fromId === undefined) {
    return [between]
  }
  const from = Question.TradesFrom({ symbol, fromId })
  const isCut =
    start.product !== "Spot" &&
    start.now - span.from > idPageReach &&
    HashMap.has(recovery.answers, from) &&
    !restState.tradeIds.has(`${symbol}:${fromId}`)
  return isCut ? [from, between] : [from]
}

const lastTradeBefore = ({ book, remembered }: Context, symbol: string, time: number): string | undefined => {
  let last: string | undefined
  let isRecent = false
  for (const { filledAt, key } of remembered.get(symbol) ?? []) {
    const tradeId = tradeIdOf(key, symbol)
    if (tradeId !== undefined) {
      isRecent = isRecent || filledAt >= time
      last = filledAt < time && (last === undefined || isLaterId(tradeId, last)) ? tradeId : last
    }
  }
  return last ?? (isRecent ? undefined : Maps.get(book.watermarks, symbol)?.tradeId)
}

export interface Unbalanced {
  readonly symbol: string
  /** Two reads say the same, and no fill is known: it changed by other means, or its fills come later. */
  readonly isBelieved: boolean
}

/** Symbols whose position changed by another amount than the fills that are known. */
export const unbalanced = (
  { book, restState, gap, streamState }: Context,
  positions: ReadonlyArray<FundsFinding<Position>>,
  fills: ReadonlyArray<Fill>
): ReadonlyArray<Unbalanced> =>
  gap === undefined
    ? []
    : positions.flatMap(({ key, next }) => {
        const known = knownPosition(book, key)
        if (next === undefined || streamState.positions.has(key) || isFromBefore(book, known, next)) {
          return []
        }
        const { amount, updatedAt } = known ?? { amount: "0", updatedAt: 0 }
        const ofPosition = fills.filter((fill) => positionKey(fill) === key)
        // The event of a position comes before that of its fill: what it had already moves it no more.
        const later = ofPosition.filter(({ time }) => time > updatedAt)
        const isExplained = [ofPosition, later].some((some) => Decimal.equals(moved(amount, some), next.amount))
        const [last, before] = restState.positions
          .map(({ rows }) => rows.find((row) => positionKey(row) === key)?.amount ?? "0")
          .reverse()
        const isBelieved = ofPosition.length === 0 && before !== undefined && Decimal.equals(last!, before)
        return isExplained ? [] : [{ symbol: next.symbol, isBelieved }]
      })
