import * as HashMap from "effect/HashMap"
import { orderKey } from "../book/keys.js"
import * as Maps from "../book/maps.js"
import type { Buffered, Recovery, Span, Start } from "./model.js"
import type { Question } from "./question.js"
import { type RestState, restStateOf } from "./restState.js"
import { type StreamState, streamStateOf } from "./streamState.js"

export interface Remembered {
  /** Its `fillKey`. */
  readonly key: string
  readonly filledAt: number
}

/** All that a recovery knows at a moment. */
export interface Context {
  readonly recovery: Recovery
  readonly start: Start
  readonly book: Start["book"]
  readonly restState: RestState
  readonly streamState: StreamState
  /** The keys of the last open list; absent if there is none. */
  readonly listed: ReadonlySet<string> | undefined
  readonly listedAlgoOrders: ReadonlySet<string> | undefined
  /** Those that anything names. */
  readonly assets: ReadonlySet<string>
  /** The symbols that anything names. */
  readonly named: ReadonlySet<string>
  /** The fills that the book remembers, by symbol. */
  readonly remembered: ReadonlyMap<string, ReadonlyArray<Remembered>>
  /** In which something was missed; absent if nothing was as far as is known. */
  readonly gap: Span | undefined
  /** The gap, wider by the overlap on both sides. */
  readonly span: Span | undefined
}

export const contextOf = (recovery: Recovery, buffered: Buffered, gap: Span | undefined): Context => {
  const restState = restStateOf(recovery)
  const streamState = streamStateOf(buffered)
  const openOrders = restState.openOrders.at(-1)
  const openAlgoOrders = restState.openAlgoOrders.at(-1)
  const { overlap } = recovery.start
  const span = gap && { from: gap.from - overlap, to: gap.to + overlap }
  return {
    recovery,
    start: recovery.start,
    book: recovery.start.book,
    restState,
    streamState,
    assets: new Set([
      ...Maps.keys(recovery.start.book.balances),
      ...restState.balances.flatMap(({ rows }) => rows.map(({ asset }) => asset)),
      ...streamState.totals.keys()
    ]),
    listed: openOrders && new Set(openOrders.rows.map(orderKey)),
    listedAlgoOrders: openAlgoOrders && new Set(openAlgoOrders.rows.map(({ algoId }) => algoId)),
    named: namedSymbols(recovery.start, restState, streamState, span),
    remembered: rememberedFills(recovery.start.book),
    gap,
    span
  }
}

/** All symbols that anything names: the user, the book and what closed lately, the answers, the buffered events. */
const namedSymbols = (
  { book, symbols: given }: Start,
  restState: RestState,
  streamState: StreamState,
  span: Span | undefined
): ReadonlySet<string> => {
  const symbols = new Set([...given, ...restState.symbols, ...streamState.symbols])
  const sources: ReadonlyArray<Iterable<{ readonly symbol: string }>> = [
    HashMap.values(book.orders),
    HashMap.values(book.algoOrders),
    HashMap.values(book.positions),
    HashMap.values(book.closed.young),
    HashMap.values(book.closed.old),
    restState.orders.values(),
    restState.algoOrders.values(),
    restState.positions.at(-1)?.rows ?? []
  ]
  for (const source of sources) {
    for (const { symbol } of source) {
      symbols.add(symbol)
    }
  }
  // A position that became empty in the gap: its fills may still be missing.
  for (const [key, flatSince] of book.flat) {
    if (span !== undefined && flatSince >= span.from) {
      symbols.add(key.slice(0, key.lastIndexOf(":")))
    }
  }
  return symbols
}

const rememberedFills = ({ fills }: Start["book"]): Context["remembered"] => {
  const bySymbol = new Map<string, Array<Remembered>>()
  for (const generation of [fills.young, fills.old]) {
    for (const [key, filledAt] of generation) {
      const symbol = key.slice(0, key.indexOf(":"))
      const ofSymbol = bySymbol.get(symbol)
      if (ofSymbol === undefined) {
        bySymbol.set(symbol, [{ key, filledAt }])
      } else {
        ofSymbol.push({ key, filledAt })
      }
    }
  }
  return bySymbol
}

/** What has to be asked: once in a recovery, or in each round until it fits. */
export interface Wanted {
  readonly once: ReadonlyArray<Question>
  readonly again: ReadonlyArray<Question>
}
