import type { Unrecovered } from "../../../Account.js"
import * as Orders from "../book/orders.js"
import { memory } from "../memory.js"
import type { Context } from "./context.js"
import type { OrderFinding } from "./orderFinding.js"
import { isGuess } from "./symbols.js"

// What REST cannot tell, each once.

/** What is older than REST's memory. */
export const forgotten = ({ gap, start }: Context): ReadonlyArray<Unrecovered> => {
  if (gap === undefined) {
    return []
  }
  const { from } = gap
  const ofProduct = memory[start.product]
  const ages: ReadonlyArray<readonly [Unrecovered["what"], number, string]> = [
    [
      "Orders",
      ofProduct.orders,
      "Binance forgets orders that ended without a fill. Orders known to be open are checked one by one."
    ],
    ["Fills", ofProduct.trades, "Binance forgets trades after three months. Download the trade history of the account."]
  ]
  return ages
    .filter(([, age]) => start.now - from > age)
    .map(([what, age, reason]) => ({ _tag: "Unrecovered", what, from, to: start.now - age, reason }))
}

/** Fills of a gap that came before all that is remembered: nobody can say which of them were told. */
export const unremembered = ({ book, gap }: Context): ReadonlyArray<Unrecovered> => {
  const { agreedAt, fills } = book
  // At a start both are the same, and nothing is missing before it.
  return gap === undefined || fills.horizon <= agreedAt || fills.horizon <= gap.from
    ? []
    : [
        {
          _tag: "Unrecovered",
          what: "Fills",
          from: gap.from,
          to: fills.horizon,
          reason:
            "More fills came since REST and the account agreed than are remembered: one of them that was missed is not told. Compare more often with the option `reconcileEvery`."
        }
      ]
}

/** What REST refused to answer: of each symbol its fills and its orders. */
export const refused = (context: Context): ReadonlyArray<Unrecovered> => {
  const { restState, span, start } = context
  const found = new Map<string, Unrecovered>()
  const { from, to } = span ?? { from: start.now, to: start.now }
  for (const { question, reason } of restState.refused) {
    const what = refusals[question._tag]
    const symbol = "symbol" in question ? question.symbol : undefined
    const isReported = symbol === undefined ? what !== "Orders" : !isGuess(context, symbol)
    if (what !== undefined && isReported) {
      found.set(`${what}:${symbol}`, { _tag: "Unrecovered", what, symbol, from, to, reason })
    }
  }
  return [...found.values()]
}

const lists: ReadonlyArray<string> = ["OpenOrders", "OpenAlgoOrders", "Balances", "Positions"]

/** Why REST refused a list of which the state consists. */
export const unread = ({ restState }: Context): string | undefined =>
  restState.refused.find(({ question }) => lists.includes(question._tag))?.reason

/** A refused query of one order marks that order; without `Symbols` and `Modes` nothing is missed. */
const refusals: Record<string, Unrecovered["what"]> = {
  OpenOrders: "Orders",
  Orders: "Orders",
  OpenAlgoOrders: "AlgoOrder",
  Balances: "Balances",
  Positions: "Balances",
  TradesFrom: "Fills",
  TradesBetween: "Fills",
  TradesOf: "Fills",
  AllocationsOf: "Fills"
}

/** Futures positions that changed without an explanation. */
export const unbalancedPositions = ({ gap }: Context, symbols: ReadonlyArray<string>): ReadonlyArray<Unrecovered> =>
  gap === undefined
    ? []
    : [...new Set(symbols)].map((symbol) => ({
        _tag: "Unrecovered",
        what: "Fills",
        symbol,
        ...gap,
        reason:
          "The position changed by another amount than the fills that are known: Binance moved or delivered it, or it tells the fills later."
      }))

/** Spot assets that changed without an explanation. */
export const unexplainedAssets = ({ gap }: Context, assets: ReadonlyArray<string>): ReadonlyArray<Unrecovered> =>
  assets.length === 0 || gap === undefined
    ? []
    : [
        {
          _tag: "Unrecovered",
          what: "Balances",
          assets,
          ...gap,
          reason:
            "These assets changed by transfers, or by fills on symbols that nothing names. If they were traded, name the symbols in the option `symbols`."
        }
      ]

/** An order with a status that this version does not know. */
export const isStrange = ({ known, next }: OrderFinding): boolean =>
  known === undefined && next !== undefined && !Orders.isKnownStatus(next.status)

export const strange = ({ start }: Context, findings: ReadonlyArray<OrderFinding>): ReadonlyArray<Unrecovered> =>
  findings.filter(isStrange).map(({ next }) => ({
    _tag: "Unrecovered",
    what: "Orders",
    symbol: next!.symbol,
    orderId: next!.orderId,
    from: next!.updatedAt,
    to: start.now,
    reason: `The status ${next!.status} is not known: look whether the order is still open.`
  }))
