import * as HashSet from "effect/HashSet"
import { hasEnded, isOrphan, merge } from "../book/algoOrders.js"
import { orderKey } from "../book/keys.js"
import * as Maps from "../book/maps.js"
import type { AlgoOrder } from "../book/model.js"
import * as Orders from "../book/orders.js"
import * as Recent from "../book/recent.js"
import { memory } from "../memory.js"
import type { Context, Wanted } from "./context.js"
import { Question } from "./question.js"

// What became of one conditional order, by all that is known. Not to be known anywhere ends none.

/** How often an algo order that REST denies is asked for. */
const attempts = 3

export interface AlgoFinding extends Wanted {
  readonly algoId: string
  readonly known: AlgoOrder | undefined
  /** What REST says. */
  readonly row: AlgoOrder | undefined
  /** The order that it became, if that is known. */
  readonly orderId: string | undefined
  /** REST neither lists nor knows it, and would not know it any more if it had ended without a fill. */
  readonly isForgotten: boolean
}

export const findAlgoOrder = (context: Context, algoId: string): AlgoFinding => {
  const { book, restState, streamState, listedAlgoOrders, start } = context
  const known = Maps.get(book.algoOrders, algoId) ?? Recent.get(book.closedAlgoOrders, algoId)
  const row = restState.algoOrders.get(algoId)
  const newest = known !== undefined && row !== undefined ? merge(known, row) : (row ?? known)
  const orderId = newest?.orderId ?? childOf(context, newest)
  const stays = { algoId, known, row, orderId, isForgotten: false, once: [], again: [] }
  if (newest === undefined || streamState.algoOrders.has(algoId)) {
    return stays
  }
  const child = askChild(context, newest.symbol, orderId)
  if (hasEnded(newest)) {
    return { ...stays, once: child }
  }
  const question = Question.AlgoOrder({ symbol: newest.symbol, algoId })
  const answers = restState.singleAlgoOrders.get(algoId) ?? []
  const isMissing = listedAlgoOrders !== undefined && !listedAlgoOrders.has(algoId)
  if (!isMissing && !isOrphan(newest)) {
    return { ...stays, once: child }
  }
  const isDenied = answers.every(({ rows }) => rows === undefined || rows === "Refused")
  // Of one that was reported nothing is expected any more: a look now and then is enough.
  const most = HashSet.has(book.reported, algoId) ? 1 : attempts
  const asks = answers.length < most && (isDenied || isOrphan(newest)) && orderId === undefined
  const age = start.now - (newest.createdAt ?? newest.updatedAt)
  return {
    ...stays,
    isForgotten: answers.length > 0 && isDenied && !isOrphan(newest) && age > memory[start.product].orders,
    once: [question, ...child],
    again: asks ? [question] : []
  }
}

/** An order with the client id of an algo order that triggered. */
const childOf = (context: Context, algoOrder: AlgoOrder | undefined): string | undefined => {
  if (algoOrder === undefined || algoOrder.clientAlgoId === "") {
    return undefined
  }
  const since = algoOrder.createdAt ?? algoOrder.triggeredAt ?? 0
  for (const order of context.restState.orders.values()) {
    if (
      order.symbol === algoOrder.symbol &&
      order.clientOrderId === algoOrder.clientAlgoId &&
      order.side === algoOrder.side &&
      (order.createdAt ?? order.updatedAt) >= since
    ) {
      return order.orderId
    }
  }
  return undefined
}

/** The order that it became may have ended where nobody saw it. */
const askChild = (context: Context, symbol: string, orderId: string | undefined): ReadonlyArray<Question> => {
  if (orderId === undefined || context.start.kind === "Start") {
    return []
  }
  const key = orderKey({ symbol, orderId })
  const known = Recent.get(context.book.closed, key) ?? context.restState.orders.get(key)
  const isEndKnown = context.streamState.orders.has(key) || (known !== undefined && Orders.isStatedEnd(known.status))
  return isEndKnown ? [] : [Question.Order({ symbol, orderId })]
}
