import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as AlgoOrders from "../book/algoOrders.js"
import type { Doubt } from "../book/book.js"
import { orderKey } from "../book/keys.js"
import * as Maps from "../book/maps.js"
import type { Balance, Position } from "../book/model.js"
import { type AlgoFinding, findAlgoOrder } from "./algoFinding.js"
import { assetChanges, guesses, suspects, unexplained, untold } from "./assets.js"
import { type Context, contextOf, type Wanted } from "./context.js"
import * as Differences from "./differences.js"
import { type FundsFinding, findBalances, findPositions, isBehind } from "./fundsFinding.js"
import type { Buffered, Recovery } from "./model.js"
import { fillQuestions, findOrder, type OrderFinding } from "./orderFinding.js"
import { Question } from "./question.js"
import { areTradesAnswered, changedSymbols, tradeQuestions, unbalanced } from "./symbols.js"
import { newTrades } from "./trades.js"

/** All that follows from what is known at a moment, and what is still to be asked. */
export interface Assessment {
  readonly context: Context
  readonly orders: ReadonlyArray<OrderFinding>
  readonly algoOrders: ReadonlyArray<AlgoFinding>
  readonly positions: ReadonlyArray<FundsFinding<Position>>
  readonly balances: ReadonlyArray<FundsFinding<Balance>>
  /** Of a check: how REST and the book differ, in words. */
  readonly differences: ReadonlyArray<string>
  /** Spot assets that changed without an explanation. */
  readonly unexplained: ReadonlyArray<string>
  /** Symbols that seem to have been traded although REST shows no fill. */
  readonly untold: ReadonlyArray<string>
  /** Symbols whose position changed by another amount than their fills. */
  readonly unbalanced: ReadonlyArray<string>
  readonly wanted: Wanted
}

export const assess = (recovery: Recovery, buffered: Buffered): Assessment => {
  const { start } = recovery
  const first = assessIn(contextOf(recovery, buffered, start.gap))
  if (start.kind !== "Check" || !first.isDifferent) {
    return first
  }
  // REST and the book differ: somewhere since they agreed last, something was missed.
  return assessIn(contextOf(recovery, buffered, { from: start.book.agreedAt, to: start.now }))
}

const assessIn = (context: Context): Assessment & { readonly isDifferent: boolean } => {
  const orders = [...orderKeys(context)].map((key) => findOrder(context, key))
  const fills = orders.flatMap((finding) => finding.fills)
  const algoOrders = [...algoIds(context)].map((algoId) => findAlgoOrder(context, algoId))
  const positions = findPositions(context, fills)
  const balances = findBalances(context, fills)
  const differences = Differences.find(context, orders, algoOrders, positions, balances)
  const changes = assetChanges(context, balances, orders)
  const silent = untold(context, changes)
  const moved = unbalanced(context, positions, fills)
  return {
    context,
    orders,
    algoOrders,
    positions,
    balances,
    differences: differences.words,
    isDifferent: differences.isCertain,
    unexplained: unexplained(changes),
    untold: silent,
    unbalanced: moved.map(({ symbol }) => symbol),
    wanted: wantedOf(context, {
      findings: [...orders, ...algoOrders],
      isFundsBehind: fills.some((fill) => isBehind(context, fill)),
      isFundsOpen: { Positions: positions.some(isOpen), Balances: balances.some(isOpen) },
      checks: [
        ...differences.again,
        ...moved
          .filter(({ isBelieved }) => !isBelieved)
          .flatMap(({ symbol }) => [...tradeQuestions(context, symbol), Question.Positions()]),
        ...silent.flatMap((symbol) => untoldQuestions(context, symbol))
      ],
      suspects: [...suspects(context, changes), ...guesses(changes)]
    })
  }
}

const isOpen = ({ isOpen }: { readonly isOpen: boolean }): boolean => isOpen

/** The orders that anything names. Of a doubt: those that it is about. */
const orderKeys = (context: Context): ReadonlySet<string> => {
  const { book, restState, streamState, listed, start } = context
  const keys = new Set<string>([...restState.orders.keys(), ...restState.singles.keys()])
  if (listed !== undefined && start.kind !== "Doubt") {
    for (const key of [...Maps.keys(book.orders), ...Maps.keys(book.uncounted)]) {
      keys.add(key)
    }
  }
  if (start.kind !== "Doubt") {
    for (const key of streamState.orders.keys()) {
      keys.add(key)
    }
  }
  for (const doubt of start.doubts) {
    if ("orderId" in doubt) {
      keys.add(orderKey(doubt))
    }
  }
  for (const key of restState.trades.keys()) {
    const { fresh, inferred } = newTrades(context, key)
    if (fresh.length + inferred.length > 0) {
      keys.add(key)
    }
  }
  return keys
}

const algoIds = ({ book, restState, listedAlgoOrders, start }: Context): ReadonlySet<string> =>
  new Set([
    ...restState.algoOrders.keys(),
    ...(listedAlgoOrders === undefined ? [] : Maps.keys(book.algoOrders)),
    ...start.doubts.flatMap((doubt) => ("algoId" in doubt ? [doubt.algoId] : []))
  ])

// -----------------------------------------------------------------------------
// questions
// -----------------------------------------------------------------------------

interface Needs {
  readonly findings: ReadonlyArray<Wanted>
  /** The event with what a fill moved was missed as well. */
  readonly isFundsBehind: boolean
  readonly isFundsOpen: { readonly Positions: boolean; readonly Balances: boolean }
  readonly checks: ReadonlyArray<Question>
  /** Symbols that may explain why assets changed. */
  readonly suspects: ReadonlyArray<string>
}

const wantedOf = (context: Context, needs: Needs): Wanted => {
  const { findings, isFundsBehind, isFundsOpen } = needs
  const refused = new Set(context.restState.refused.map(({ question }) => JSON.stringify(question)))
  const again = [
    ...findings.flatMap((finding) => finding.again),
    ...(isFundsOpen.Positions ? [Question.Positions()] : []),
    ...(isFundsOpen.Balances ? [Question.Balances()] : []),
    ...needs.checks
  ]
  return {
    once: distinct([
      ...(context.start.kind === "Doubt" ? doubtQuestions(context) : snapshotQuestions(context)),
      ...(isFundsBehind ? [Question.Balances(), Question.Positions()] : []),
      ...findings.flatMap((finding) => finding.once),
      ...spanQuestions(context, needs.suspects)
    ]),
    again: distinct(again.filter((question) => !refused.has(JSON.stringify(question))))
  }
}

export const distinct = (questions: ReadonlyArray<Question>): ReadonlyArray<Question> => [
  ...new Map(questions.map((question) => [JSON.stringify(question), question])).values()
]

const snapshotQuestions = ({ start }: Context): ReadonlyArray<Question> =>
  start.product === "Spot"
    ? [Question.OpenOrders(), Question.Balances()]
    : [Question.OpenOrders(), Question.OpenAlgoOrders(), Question.Balances(), Question.Positions(), Question.Modes()]

const doubtQuestions = (context: Context): ReadonlyArray<Question> =>
  context.start.doubts.flatMap((doubt) => questionsOf(context, doubt))

const questionsOf = (context: Context, doubt: Doubt): ReadonlyArray<Question> => {
  const { book, start } = context
  switch (doubt._tag) {
    case "MissingFills":
    case "Contradiction": {
      const { orderId, symbol } = doubt
      return [Question.Order({ symbol, orderId }), ...fillQuestions(context, doubt)]
    }
    case "Triggering": {
      const { algoId, since, symbol } = doubt
      const algoOrder = Maps.get(book.algoOrders, algoId)
      const from = since - start.overlap
      return algoOrder === undefined || !AlgoOrders.isOrphan(algoOrder)
        ? []
        : [Question.AlgoOrder({ symbol, algoId }), Question.Orders({ symbol, from, to: start.now })]
    }
    case "Balance":
      return [Question.Balances()]
    case "Position":
      return [Question.Positions()]
  }
}

/** A fill that was missed with all that it moved is in no other answer: later events tell what there is after it. */
const lookBack = (context: Context): ReadonlyArray<Question> => {
  const { book, start } = context
  const span = { from: book.agreedAt - start.overlap, to: start.now + start.overlap }
  return changedSymbols(context).flatMap((symbol) => tradeQuestions({ ...context, span }, symbol))
}

/** Of each a second look. Smart order routing fills by allocations, which are read by the order that used it. */
const untoldQuestions = (context: Context, symbol: string): ReadonlyArray<Question> =>
  context.span === undefined
    ? []
    : [...tradeQuestions(context, symbol), Question.Orders({ symbol, ...context.span })].filter(
        (question) => timesAnswered(context.recovery, question) < 2
      )

const timesAnswered = ({ answers }: Recovery, question: Question): number =>
  Option.match(HashMap.get(answers, question), { onNone: () => 0, onSome: ({ length }) => length })

/** What a span hides: orders that were placed in it, and fills. */
const spanQuestions = (context: Context, others: ReadonlyArray<string>): ReadonlyArray<Question> => {
  const { named, restState, span, start } = context
  if (span === undefined) {
    return start.kind === "Check" ? lookBack(context) : []
  }
  const all = Question.Orders({ symbol: undefined, ...span })
  const isRefused = restState.refused.some(
    ({ question }) => question._tag === "Orders" && question.symbol === undefined
  )
  // No trade explains it: an order may have been filled by allocations.
  const untraded = others.filter((symbol) => areTradesAnswered(context, symbol))
  return [
    ...(start.product === "Spot" ? [] : [Question.Symbols(span)]),
    ...(start.product === "UsdFutures" ? [all] : []),
    ...(start.product === "UsdFutures" && !isRefused
      ? []
      : [...named, ...untraded].map((symbol) => Question.Orders({ symbol, ...span }))),
    ...new Set([...named, ...others].flatMap((symbol) => tradeQuestions(context, symbol)))
  ]
}
