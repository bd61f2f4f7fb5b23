import type { RecoveredAlgoOrder, RecoveredFill, RecoveredOrder } from "../../../Account.js"
import * as Fills from "../book/fills.js"
import { isLaterId } from "../book/keys.js"
import type { AlgoOrder, Fill, Order } from "../book/model.js"

// In which order what was recovered is emitted: by time, of each symbol its fills by trade id, an order after its fills.

interface Emitted {
  readonly element: RecoveredOrder | RecoveredFill | RecoveredAlgoOrder
  readonly time: number
  readonly rank: number
  readonly symbol: string
  readonly id: string
}

export const inOrder = (
  fills: ReadonlyArray<Fill>,
  orders: ReadonlyArray<Order>,
  algoOrders: ReadonlyArray<AlgoOrder>
): ReadonlyArray<Emitted["element"]> => {
  const emitted = fillsInOrder(fills)
  const lastOf = new Map(emitted.map(({ fill, time }) => [`${fill.symbol}:${fill.orderId}`, time]))
  const all: ReadonlyArray<Emitted> = [
    ...emitted.map(({ fill, time }) => ({
      element: { _tag: "RecoveredFill", fill } as const,
      time,
      rank: 0,
      symbol: fill.symbol,
      id: fill.tradeId ?? fill.allocationId ?? ""
    })),
    ...orders.map((order) => ({
      element: { _tag: "RecoveredOrder", order } as const,
      time: Math.max(order.updatedAt, lastOf.get(`${order.symbol}:${order.orderId}`) ?? 0),
      rank: 1,
      symbol: order.symbol,
      id: order.orderId
    })),
    ...algoOrders.map((algoOrder) => ({
      element: { _tag: "RecoveredAlgoOrder", algoOrder } as const,
      time: algoOrder.updatedAt,
      rank: 2,
      symbol: algoOrder.symbol,
      id: algoOrder.algoId
    }))
  ]
  return [...all].sort(compare).map(({ element }) => element)
}

const compare = (a: Emitted, b: Emitted): number =>
  a.time - b.time ||
  (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0) ||
  a.rank - b.rank ||
  (a.id === b.id ? 0 : isLaterId(a.id, b.id) ? 1 : -1)

/** Of each symbol by trade id, whatever the times say; an inferred fill has none and goes by its time. */
const fillsInOrder = (fills: ReadonlyArray<Fill>): ReadonlyArray<{ readonly fill: Fill; readonly time: number }> => {
  const sorted = [...fills].sort((a, b) =>
    a.symbol === b.symbol ? Fills.compare(a, b) || a.time - b.time : a.time - b.time
  )
  const last = new Map<string, number>()
  return sorted.map((fill) => {
    const time = Math.max(fill.time, (Fills.isNamed(fill) ? last.get(fill.symbol) : undefined) ?? fill.time)
    if (Fills.isNamed(fill)) {
      last.set(fill.symbol, time)
    }
    return { fill, time }
  })
}
