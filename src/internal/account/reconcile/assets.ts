import * as Arr from "effect/Array"
import * as Decimal from "../book/decimal.js"
import { concerns, fillKey, partsOf } from "../book/keys.js"
import * as Maps from "../book/maps.js"
import type { Balance, Fill } from "../book/model.js"
import type { Context } from "./context.js"
import type { FundsFinding } from "./fundsFinding.js"
import type { OrderFinding } from "./orderFinding.js"
import { areTradesAnswered, isFromBefore, isGuess } from "./symbols.js"

// On spot: which assets changed before the buffered events, and whether fills say why. That a fill touches an asset proves
// nothing: the change has to be what the fills moved.

export interface AssetChange {
  readonly asset: string
  /** `Touched`: fills moved it, and it is not known by how much. */
  readonly explained: "Exactly" | "Touched" | "No"
}

interface Change {
  readonly asset: string
  readonly by: string
  /** The times of the balance before and after it. */
  readonly since: number
  readonly until: number
}

/** The value of a fill may be cut off after so many decimals. */
const precision = "0.00000001"

export const assetChanges = (
  context: Context,
  balances: ReadonlyArray<FundsFinding<Balance>>,
  orders: ReadonlyArray<OrderFinding>
): ReadonlyArray<AssetChange> => {
  const { gap, restState, start, streamState } = context
  if (start.product !== "Spot" || gap === undefined) {
    return []
  }
  const rows = [...restState.trades.values()].flatMap((trades) => [...trades])
  const fills = new Map<string, Fill>([...rows, ...[...streamState.fills.values()].flatMap((fills) => [...fills])])
  const alike = Object.values(Arr.groupBy(fills, ([, fill]) => `${fill.symbol}:${fill.commissionAsset}`))
  const isNew = new Set(orders.flatMap((finding) => finding.fills.map(fillKey)))
  const missing = orders.filter((finding) => finding.missing !== "0").map(({ next }) => next!.symbol)
  return balances.flatMap((finding) => {
    const change = changeOf(context, finding)
    return change === undefined
      ? []
      : [{ asset: change.asset, explained: explain(context, change, { alike, fills, isNew, missing }) }]
  })
}

const changeOf = ({ book, streamState }: Context, { key: asset, next }: FundsFinding<Balance>): Change | undefined => {
  const known = Maps.get(book.balances, asset)
  const row = next === undefined || isFromBefore(book, known, next) ? undefined : next
  const after = streamState.totals.get(asset) ?? row
  const total = known?.total ?? "0"
  return after === undefined || streamState.moved.has(asset) || Decimal.equals(total, after.total)
    ? undefined
    : { asset, by: Decimal.subtract(after.total, total), since: known?.updatedAt ?? 0, until: after.updatedAt }
}

interface Known {
  /** The keys of the fills that no balance has yet. */
  readonly isNew: ReadonlySet<string>
  /** By `fillKey`. */
  readonly fills: ReadonlyMap<string, Fill>
  /** The same, those together that move the same assets. */
  readonly alike: ReadonlyArray<Arr.NonEmptyArray<readonly [key: string, fill: Fill]>>
  /** Symbols with fills that are about to be inferred. */
  readonly missing: ReadonlyArray<string>
}

const explain = (context: Context, change: Change, known: Known): AssetChange["explained"] => {
  const { asset, by, since, until } = change
  const touching = known.alike
    .filter(([[, first]]) => moves(context, first, asset))
    .flatMap((fills) => fills.map(([key, fill]) => ({ key, time: fill.time, amount: amountOf(context, fill, asset) })))
  // Which of them the balances have is not certain where their times are those of the balances.
  const choices = [
    touching.filter(({ time }) => time > since && time <= until),
    touching.filter(({ time }) => time >= since && time <= until),
    touching.filter(({ time }) => time > since),
    touching.filter(({ key }) => known.isNew.has(key))
  ]
  if (choices.some((some) => isSum(some, by))) {
    return "Exactly"
  }
  const isUnknown = choices.some((some) => some.some(({ amount }) => amount === undefined))
  return isUnknown || isTouched(context, change, known) ? "Touched" : "No"
}

const isSum = (moved: ReadonlyArray<{ readonly amount: string | undefined }>, by: string): boolean => {
  if (moved.length === 0 || moved.some(({ amount }) => amount === undefined)) {
    return false
  }
  const rest = moved.reduce((left, { amount }) => Decimal.subtract(left, amount as string), by)
  const most = Decimal.multiply(precision, String(moved.length))
  return Decimal.compare(rest, most) <= 0 && Decimal.compare(Decimal.sum(rest, most), "0") >= 0
}

const moves = ({ assets }: Context, { commissionAsset, symbol }: Fill, asset: string): boolean =>
  concerns(symbol, asset, assets) || commissionAsset === asset

/** By how much a fill moved an asset; absent if that is not known. */
const amountOf = ({ assets }: Context, fill: Fill, asset: string): string | undefined => {
  const { commission = "0", commissionAsset, price, quantity, side, symbol } = fill
  const fee = commissionAsset === asset ? commission : "0"
  if (!concerns(symbol, asset, assets)) {
    return Decimal.subtract("0", fee)
  }
  const parts = partsOf(symbol, assets)
  if (parts === undefined || price === undefined) {
    return undefined
  }
  const isBase = parts.base === asset
  const amount = isBase ? quantity : Decimal.multiply(quantity, price)
  return Decimal.subtract((side === "BUY") === isBase ? amount : Decimal.subtract("0", amount), fee)
}

/** By fills of which no row is known: those that are inferred, and those that a checkpoint knows by their id alone. */
const isTouched = (
  { assets, book, remembered }: Context,
  { asset, since }: Change,
  { fills, missing }: Known
): boolean => {
  if (missing.some((symbol) => concerns(symbol, asset, assets))) {
    return true
  }
  for (const [symbol, filledAt] of book.unsettled) {
    if (filledAt <= since && concerns(symbol, asset, assets)) {
      return true
    }
  }
  for (const [symbol, ofSymbol] of remembered) {
    if (concerns(symbol, asset, assets) && ofSymbol.some(({ filledAt, key }) => filledAt > since && !fills.has(key))) {
      return true
    }
  }
  return false
}

// -----------------------------------------------------------------------------
// symbols that may say why
// -----------------------------------------------------------------------------

export const unexplained = (changes: ReadonlyArray<AssetChange>): ReadonlyArray<string> =>
  changes.filter(({ explained }) => explained === "No").map(({ asset }) => asset)

/** Those that a fill which is not known may have moved, what is not explained first. */
const open = (changes: ReadonlyArray<AssetChange>): ReadonlyArray<string> => [
  ...unexplained(changes),
  ...changes.filter(({ explained }) => explained === "Touched").map(({ asset }) => asset)
]

/** Pairs of assets that changed, one of them at least unexplained: a fill moves both assets of its symbol. */
const pairs = (changed: ReadonlyArray<string>, assets: ReadonlyArray<string>): ReadonlyArray<string> =>
  changed.flatMap((base) =>
    changed
      .filter((quote) => quote !== base && (assets.includes(base) || assets.includes(quote)))
      .map((quote) => base + quote)
  )

/** How many assets are taken in pairs. */
const mostGuessed = 4

/** Symbols that nothing names and that may be traded. */
export const guesses = (changes: ReadonlyArray<AssetChange>): ReadonlyArray<string> =>
  pairs(open(changes).slice(0, mostGuessed), unexplained(changes))

/** Symbols that seem to have been traded although REST shows no fill: it may be behind. */
export const untold = (context: Context, changes: ReadonlyArray<AssetChange>): ReadonlyArray<string> => {
  const changed = new Set(open(changes))
  const alone = new Set(unexplained(changes))
  const { book, named, restState } = context
  // From the symbols to the assets: a thousand assets have a million pairs.
  return alone.size === 0
    ? []
    : [...new Set([...named, ...Maps.keys(book.watermarks), ...restState.read])].filter(
        (symbol) => isPair(symbol, changed, alone) && (!isGuess(context, symbol) || areTradesAnswered(context, symbol))
      )
}

/** Whether a symbol may be of two assets that changed, one of them at least unexplained. */
const isPair = (symbol: string, changed: ReadonlySet<string>, alone: ReadonlySet<string>): boolean => {
  for (let end = 1; end < symbol.length; end++) {
    const base = symbol.slice(0, end)
    const quote = symbol.slice(end)
    if (changed.has(base) && changed.has(quote) && base !== quote && (alone.has(base) || alone.has(quote))) {
      return true
    }
  }
  return false
}

/** Symbols that were seen once and may explain why an asset changed. */
export const suspects = ({ assets, book }: Context, changes: ReadonlyArray<AssetChange>): ReadonlyArray<string> => {
  const changed = unexplained(changes)
  return changed.length === 0
    ? []
    : Maps.keys(book.watermarks).filter((symbol) => changed.some((asset) => concerns(symbol, asset, assets)))
}
