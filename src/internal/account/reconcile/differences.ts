import * as HashMap from "effect/HashMap"
import { merge } from "../book/algoOrders.js"
import * as Decimal from "../book/decimal.js"
import * as Maps from "../book/maps.js"
import type { AlgoOrder, Order } from "../book/model.js"
import type { AlgoFinding } from "./algoFinding.js"
import type { Context } from "./context.js"
import type { FundsFinding } from "./fundsFinding.js"
import type { OrderFinding } from "./orderFinding.js"
import { Question } from "./question.js"

// How REST and the book differ, although nothing is known to have been missed.

/** For so long after a change its event may be under way. */
const underWay = 5_000

export interface Differences {
  readonly words: ReadonlyArray<string>
  /** Whether a second read showed one, and no event that is under way can explain it. */
  readonly isCertain: boolean
  /** What another read has to confirm. */
  readonly again: ReadonlyArray<Question>
}

interface Difference {
  readonly words: string
  readonly question: Question
  readonly isCertain: boolean
}

export const isChanged = (known: Order | undefined, next: Order): boolean =>
  known === undefined ||
  known.status !== next.status ||
  !Decimal.equals(known.filled, next.filled) ||
  !Decimal.equals(known.quantity, next.quantity) ||
  !Decimal.equals(known.price, next.price)

export const isAlgoChanged = (known: AlgoOrder | undefined, next: AlgoOrder): boolean =>
  known === undefined ||
  known.status !== next.status ||
  known.orderId !== next.orderId ||
  !Decimal.equals(known.quantity, next.quantity) ||
  !Decimal.equals(known.triggerPrice ?? "0", next.triggerPrice ?? "0")

export const find = (
  context: Context,
  orders: ReadonlyArray<OrderFinding>,
  algoOrders: ReadonlyArray<AlgoFinding>,
  ...funds: ReadonlyArray<ReadonlyArray<FundsFinding<unknown>>>
): Differences => {
  if (context.start.kind === "Doubt") {
    return { words: contradictions(context, orders), isCertain: false, again: [] }
  }
  if (context.start.kind !== "Check") {
    return { words: [], isCertain: false, again: [] }
  }
  const differences = [
    ...orders.flatMap((finding) => orderDifference(context, finding)),
    ...algoOrders.flatMap((finding) => algoDifference(context, finding)),
    ...modeDifferences(context)
  ]
  const open = differences.filter(({ isCertain }) => !isCertain)
  const moved = funds.flat().filter(({ difference }) => difference !== undefined)
  return {
    words: [...differences.map(({ words }) => words), ...moved.map(({ difference }) => difference as string)],
    isCertain: differences.length > open.length || moved.some(({ isOpen }) => !isOpen),
    again: open.map(({ question }) => question)
  }
}

/** An order that ended in two ways: what a doubt says about it. */
const contradictions = (context: Context, orders: ReadonlyArray<OrderFinding>): ReadonlyArray<string> =>
  context.start.doubts.flatMap((doubt) => {
    const finding = orders.find(
      ({ key }) => doubt._tag === "Contradiction" && key === `${doubt.symbol}:${doubt.orderId}`
    )
    return doubt._tag === "Contradiction" && finding?.next !== undefined
      ? [`order ${finding.key} was ${doubt.was}, is ${finding.next.status}`]
      : []
  })

const orderDifference = (
  context: Context,
  { isStreamed, key, known, next }: OrderFinding
): ReadonlyArray<Difference> => {
  if (isStreamed || next === undefined || next === known || !isChanged(known, next)) {
    return []
  }
  const reads = context.restState.openOrders
  const age = (reads.at(-1)?.askedAt ?? 0) - next.updatedAt
  const of = (order: Order) => `${order.status} ${order.filled} of ${order.quantity}`
  return [
    {
      words: `order ${key} was ${known === undefined ? "not known" : of(known)}, is ${of(next)}`,
      question: Question.OpenOrders(),
      isCertain: reads.length > 1 && age > underWay
    }
  ]
}

const algoDifference = (context: Context, { algoId, known, row }: AlgoFinding): ReadonlyArray<Difference> => {
  const next = known !== undefined && row !== undefined ? merge(known, row) : row
  if (
    next === undefined ||
    next === known ||
    context.streamState.algoOrders.has(algoId) ||
    !isAlgoChanged(known, next)
  ) {
    return []
  }
  const reads = context.restState.openAlgoOrders
  const age = (reads.at(-1)?.askedAt ?? 0) - next.updatedAt
  return [
    {
      words: `algo order ${algoId} was ${known?.status ?? "not known"}, is ${next.status}`,
      question: Question.OpenAlgoOrders(),
      isCertain: reads.length > 1 && age > underWay
    }
  ]
}

const modeDifferences = ({ book, restState, streamState }: Context): ReadonlyArray<Difference> => {
  const read = restState.modes.at(-1)
  if (read === undefined) {
    return []
  }
  const { modes } = book
  const changes: ReadonlyArray<readonly [string, unknown, unknown]> = [
    ["hedge mode", modes.dualSidePosition, read.rows.dualSidePosition],
    ["multi-assets mode", modes.multiAssetsMargin, read.rows.multiAssetsMargin],
    ...Array.from(
      HashMap.entries(modes.leverage),
      ([symbol, value]) => [`leverage of ${symbol}`, value, Maps.get(read.rows.leverage, symbol)] as const
    ),
    ...Array.from(
      HashMap.entries(modes.marginType),
      ([symbol, value]) => [`margin type of ${symbol}`, value, Maps.get(read.rows.marginType, symbol)] as const
    )
  ]
  return changes
    .filter(([what, was, is]) => was !== undefined && is !== undefined && was !== is && !streamState.modes.has(what))
    .map(([what, was, is]) => ({
      words: `${what} was ${was}, is ${is}`,
      question: Question.Modes(),
      isCertain: restState.modes.length > 1
    }))
}
