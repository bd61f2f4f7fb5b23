import * as Decimal from "../book/decimal.js"
import type { Fact, ModesChange } from "../book/fact.js"
import { isNamed } from "../book/fills.js"
import { fillKey, orderKey, positionKey } from "../book/keys.js"
import type { Balance, Fill, Order } from "../book/model.js"
import type { Buffered } from "./model.js"

// What follows from the buffered events: the stream is live, so from the first event about a thing on nothing of it is
// missing.

/** The order after its first event, and the sum of its fills before that event. */
export interface FirstEvent {
  readonly order: Order
  readonly filledBefore: string
}

export interface StreamState {
  /** By `orderKey`. */
  readonly orders: ReadonlyMap<string, FirstEvent>
  /** By `orderKey`, then by `fillKey`. */
  readonly fills: ReadonlyMap<string, ReadonlyMap<string, Fill>>
  /** By algo id. */
  readonly algoOrders: ReadonlySet<string>
  /** The latest time, by asset. */
  readonly balances: ReadonlyMap<string, number>
  /** The first one, by asset. */
  readonly totals: ReadonlyMap<string, Balance>
  /** Assets that moved, and not by a trade. */
  readonly moved: ReadonlySet<string>
  /** The latest time, by `positionKey`. */
  readonly positions: ReadonlyMap<string, number>
  readonly symbols: ReadonlySet<string>
  /** As a difference names them. */
  readonly modes: ReadonlySet<string>
}

export const streamStateOf = (buffered: Buffered): StreamState => {
  const orders = new Map<string, FirstEvent>()
  const fills = new Map<string, Map<string, Fill>>()
  const algoOrders = new Set<string>()
  const balances = new Map<string, number>()
  const totals = new Map<string, Balance>()
  const moved = new Set<string>()
  const positions = new Map<string, number>()
  const symbols = new Set<string>()
  const modes = new Set<string>()
  const take = (fact: Fact): void => {
    switch (fact._tag) {
      case "Order": {
        const key = orderKey(fact.order)
        symbols.add(fact.order.symbol)
        if (!orders.has(key)) {
          orders.set(key, firstEvent(fact.order, fact.fill))
        }
        if (fact.fill !== undefined && isNamed(fact.fill)) {
          const ofOrder = fills.get(key) ?? new Map<string, Fill>()
          fills.set(key, ofOrder.set(fillKey(fact.fill), fact.fill))
        }
        return
      }
      case "AlgoOrder":
        symbols.add(fact.algoOrder.symbol)
        algoOrders.add(fact.algoOrder.algoId)
        return
      case "Balance":
        later(balances, fact.balance.asset, fact.balance.updatedAt)
        totals.set(fact.balance.asset, totals.get(fact.balance.asset) ?? fact.balance)
        return
      case "BalanceNotice":
        moved.add(fact.asset)
        return
      case "Position":
        symbols.add(fact.position.symbol)
        later(positions, positionKey(fact.position), fact.position.updatedAt)
        return
      case "FillNotice":
        symbols.add(fact.fill.symbol)
        return
      case "Modes":
        modeNames(fact.modes).forEach((name) => modes.add(name))
        return
    }
  }
  for (const facts of buffered) {
    facts.forEach(take)
  }
  return { orders, fills, algoOrders, balances, totals, moved, positions, symbols, modes }
}

const firstEvent = (order: Order, fill: Fill | undefined): FirstEvent => ({
  order,
  filledBefore: fill === undefined ? order.filled : Decimal.subtract(order.filled, fill.quantity)
})

const later = (times: Map<string, number>, key: string, time: number): void => {
  times.set(key, Math.max(time, times.get(key) ?? time))
}

/** How a difference names a change of modes. */
const modeNames = ({
  dualSidePosition,
  leverage,
  marginType,
  multiAssetsMargin
}: ModesChange): ReadonlyArray<string> => [
  ...(dualSidePosition === undefined ? [] : ["hedge mode"]),
  ...(multiAssetsMargin === undefined ? [] : ["multi-assets mode"]),
  ...(leverage === undefined ? [] : [`leverage of ${leverage.symbol}`]),
  ...(marginType === undefined ? [] : [`margin type of ${marginType.symbol}`])
]
