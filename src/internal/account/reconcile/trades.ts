import * as Decimal from "../book/decimal.js"
import { compare, inferredPart, isRemembered, type NamedFill } from "../book/fills.js"
import type { Fill } from "../book/model.js"
import type { Context } from "./context.js"

// The fills of an order that REST answered, and which of them are new.

export interface NewTrades {
  /** By ascending id. */
  readonly fresh: ReadonlyArray<NamedFill>
  /** Those that were delivered already as a part of an inferred fill. */
  readonly inferred: ReadonlyArray<NamedFill>
  /** The quantity of all trades of the order that are known from anywhere. */
  readonly total: string
}

export const quantityOf = (fills: Iterable<Fill>): string => {
  let total = "0"
  for (const fill of fills) {
    total = Decimal.sum(total, fill.quantity)
  }
  return total
}

/** New is what is not remembered, not buffered, and not from before everything that is remembered. */
export const newTrades = ({ book, restState, streamState }: Context, key: string): NewTrades => {
  const rows = restState.trades.get(key)
  if (rows === undefined) {
    return { fresh: [], inferred: [], total: "0" }
  }
  const streamed: ReadonlyMap<string, Fill> = streamState.fills.get(key) ?? new Map()
  const candidates = [...rows]
    .filter(([id, row]) => !streamed.has(id) && !isRemembered(book, row) && row.time >= book.fills.horizon)
    .map(([, row]) => row)
    .sort(compare)
  const fresh: Array<NamedFill> = []
  const inferred: Array<NamedFill> = []
  let swallowed = "0"
  for (const row of candidates) {
    const part = inferredPart(book, { ...row, quantity: Decimal.sum(swallowed, row.quantity) }, undefined)
    if (part === undefined) {
      fresh.push(row)
    } else {
      swallowed = Decimal.sum(swallowed, row.quantity)
      inferred.push(row)
    }
  }
  const buffered = [...streamed].filter(([id]) => !rows.has(id))
  return {
    fresh,
    inferred,
    total: Decimal.sum(quantityOf(rows.values()), quantityOf(buffered.map(([, fill]) => fill)))
  }
}
