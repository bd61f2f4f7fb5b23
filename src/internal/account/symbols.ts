import * as HashMap from "effect/HashMap"
import { sameBalance } from "./balances.js"
import type { Context } from "./context.js"
import * as Decimal from "./decimal.js"
import type { FundsFinding } from "./fundsFinding.js"
import { isLaterId, positionKey } from "./keys.js"
import * as Maps from "./maps.js"
import type { Balance, Fill, Position } from "./model.js"
import { Question } from "./question.js"

// Which symbols may have had fills in a gap, and from which trade on they are read.

/** After that span a page by id may begin later than asked on futures. */
const idPageReach = 7 * 86_400_000

/** All symbols that anything names: the user, the book and what closed lately, the answers, the buffered events. */
export const namedSymbols = (context: Context): ReadonlySet<string> => {
  const { book, evidence, heard, start } = context
  const symbols = new Set([...start.symbols, ...evidence.symbols, ...heard.symbols])
  const sources: ReadonlyArray<Iterable<{ readonly symbol: string }>> = [
    HashMap.values(book.orders),
    HashMap.values(book.algoOrders),
    HashMap.values(book.positions),
    HashMap.values(book.closed.young),
    HashMap.values(book.closed.old),
    evidence.orders.values(),
    evidence.algoOrders.values(),
    evidence.positions.at(-1)?.rows ?? []
  ]
  for (const source of sources) {
    for (const { symbol } of source) {
      symbols.add(symbol)
    }
  }
  return symbols
}

/** Of a spot symbol, or of the fee. */
export const concerns = (symbol: string, asset: string): boolean => symbol.startsWith(asset) || symbol.endsWith(asset)

/** On spot: the assets that changed, and no fill that is known says why. */
export const unexplained = (
  { book, heard, start }: Context,
  balances: ReadonlyArray<FundsFinding<Balance>>,
  fills: ReadonlyArray<Fill>
): ReadonlyArray<string> =>
  start.product !== "Spot" || start.gap === undefined
    ? []
    : balances
        .filter(({ key, next }) => {
          const known = Maps.get(book.balances, key)
          return (
            next !== undefined &&
            known !== undefined &&
            !heard.balances.has(key) &&
            !sameTotal(known, next) &&
            ![...fills, ...heard.fills.values()].some(
              (fill) => concerns(fill.symbol, key) || fill.commissionAsset === key
            )
          )
        })
        .map(({ key }) => key)

/** What orders lock does not leave the account. */
const sameTotal = (a: Balance, b: Balance): boolean =>
  sameBalance({ ...a, free: undefined, locked: undefined }, { ...b, free: undefined, locked: undefined })

/** Symbols that were seen once and may explain why an asset changed. */
export const suspects = ({ book }: Context, assets: ReadonlyArray<string>): ReadonlyArray<string> =>
  assets.length === 0
    ? []
    : Maps.keys(book.watermarks).filter((symbol) => assets.some((asset) => concerns(symbol, asset)))

/**
 * By id from the last trade that is older than the overlap: exact, whatever the clocks say. By time where no such trade is
 * known, and where the page by id does not begin with it.
 */
export const tradeQuestions = (context: Context, symbol: string): ReadonlyArray<Question> => {
  const { evidence, recovery, span, start } = context
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
    !evidence.tradeIds.has(`${symbol}:${fromId}`)
  return isCut ? [from, between] : [from]
}

const lastTradeBefore = ({ book }: Context, symbol: string, time: number): string | undefined => {
  const prefix = `${symbol}:`
  let last: string | undefined
  let isRecent = false
  for (const generation of [book.fills.young, book.fills.old]) {
    for (const [key, filledAt] of generation) {
      if (key.startsWith(prefix)) {
        const tradeId = key.slice(prefix.length, key.indexOf(":", prefix.length))
        isRecent = isRecent || filledAt >= time
        last = filledAt < time && (last === undefined || isLaterId(tradeId, last)) ? tradeId : last
      }
    }
  }
  return last ?? (isRecent ? undefined : Maps.get(book.watermarks, symbol)?.tradeId)
}

/** Symbols whose position changed by another amount than the fills that are known: some are missing. */
export const unbalanced = (
  { book, heard, start }: Context,
  positions: ReadonlyArray<FundsFinding<Position>>,
  fills: ReadonlyArray<Fill>
): ReadonlyArray<string> =>
  start.gap === undefined
    ? []
    : positions.flatMap(({ key, next }) => {
        if (next === undefined || heard.positions.has(key)) {
          return []
        }
        const moved = fills
          .filter((fill) => positionKey(fill) === key)
          .reduce(
            (sum, { quantity, side }) =>
              side === "BUY" ? Decimal.sum(sum, quantity) : Decimal.subtract(sum, quantity),
            Maps.get(book.positions, key)?.amount ?? "0"
          )
        return Decimal.equals(moved, next.amount) ? [] : [next.symbol]
      })
