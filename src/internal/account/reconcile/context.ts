import { orderKey } from "../book/keys.js"
import * as Maps from "../book/maps.js"
import type { Buffered, Recovery, Span, Start } from "./model.js"
import type { Question } from "./question.js"
import { type RestState, restStateOf } from "./restState.js"
import { type StreamState, streamStateOf } from "./streamState.js"

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
    gap,
    span: gap && { from: gap.from - recovery.start.overlap, to: gap.to + recovery.start.overlap }
  }
}

/** What has to be asked: once in a recovery, or in each round until it fits. */
export interface Wanted {
  readonly once: ReadonlyArray<Question>
  readonly again: ReadonlyArray<Question>
}
