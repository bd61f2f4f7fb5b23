import * as HashMap from "effect/HashMap"
import * as AlgoOrders from "../book/algoOrders.js"
import { isNamed, type NamedFill } from "../book/fills.js"
import { fillKey, orderKey } from "../book/keys.js"
import type { AlgoOrder, Balance, Fill, Modes, Order, Position } from "../book/model.js"
import * as Orders from "../book/orders.js"
import type { Recovery } from "./model.js"
import type { Answered, Answers, Question } from "./question.js"

// What REST answered, put together: of each thing the newest word.

/** One answer. */
export interface Read<Rows> {
  readonly askedAt: number
  readonly rows: Rows
}

/** Of a single query: `undefined` is not known there, and a refusal is for good. */
export type Single<A> = A | undefined | "Refused"

export interface RestState {
  /** In the order of the answers. */
  readonly openOrders: ReadonlyArray<Read<ReadonlyArray<Order>>>
  readonly openAlgoOrders: ReadonlyArray<Read<ReadonlyArray<AlgoOrder>>>
  readonly balances: ReadonlyArray<Read<ReadonlyArray<Balance>>>
  readonly positions: ReadonlyArray<Read<ReadonlyArray<Position>>>
  readonly modes: ReadonlyArray<Read<Modes>>
  /** By `orderKey`. */
  readonly orders: ReadonlyMap<string, Order>
  readonly singles: ReadonlyMap<string, ReadonlyArray<Read<Single<Order>>>>
  /** By algo id. */
  readonly algoOrders: ReadonlyMap<string, AlgoOrder>
  readonly singleAlgoOrders: ReadonlyMap<string, ReadonlyArray<Read<Single<AlgoOrder>>>>
  /** By `orderKey`, then by `fillKey`. */
  readonly trades: ReadonlyMap<string, ReadonlyMap<string, NamedFill>>
  /** As `symbol:tradeId`. */
  readonly tradeIds: ReadonlySet<string>
  /** Symbols whose trades were asked for, whatever came of it. */
  readonly read: ReadonlySet<string>
  /** On which money moved. */
  readonly symbols: ReadonlySet<string>
  readonly refused: ReadonlyArray<{ readonly question: Question; readonly reason: string }>
}

interface Draft {
  readonly openOrders: Array<Read<ReadonlyArray<Order>>>
  readonly openAlgoOrders: Array<Read<ReadonlyArray<AlgoOrder>>>
  readonly balances: Array<Read<ReadonlyArray<Balance>>>
  readonly positions: Array<Read<ReadonlyArray<Position>>>
  readonly modes: Array<Read<Modes>>
  readonly orders: Map<string, Order>
  readonly singles: Map<string, Array<Read<Single<Order>>>>
  readonly algoOrders: Map<string, AlgoOrder>
  readonly singleAlgoOrders: Map<string, Array<Read<Single<AlgoOrder>>>>
  readonly trades: Map<string, Map<string, NamedFill>>
  readonly tradeIds: Set<string>
  readonly read: Set<string>
  readonly symbols: Set<string>
  readonly refused: Array<{ readonly question: Question; readonly reason: string }>
}

export const restStateOf = (recovery: Recovery): RestState => {
  const draft: Draft = {
    openOrders: [],
    openAlgoOrders: [],
    balances: [],
    positions: [],
    modes: [],
    orders: new Map(),
    singles: new Map(),
    algoOrders: new Map(),
    singleAlgoOrders: new Map(),
    trades: new Map(),
    tradeIds: new Set(),
    read: new Set(),
    symbols: new Set(),
    refused: []
  }
  for (const answers of HashMap.values(recovery.answers)) {
    for (const { answered } of answers) {
      take(draft, answered)
    }
  }
  return draft
}

const take = (draft: Draft, { answer, askedAt, question }: Answered): void => {
  if (question._tag === "TradesFrom" || question._tag === "TradesBetween") {
    draft.read.add(question.symbol)
  }
  if (answer._tag === "Rows") {
    const taker = takers[question._tag] as (draft: Draft, read: Read<unknown>, question: Question) => void
    taker(draft, { askedAt, rows: answer.rows }, question)
    return
  }
  draft.refused.push({ question, reason: answer.reason })
  if (question._tag === "Order") {
    push(draft.singles, orderKey(question), { askedAt, rows: "Refused" })
  } else if (question._tag === "AlgoOrder") {
    push(draft.singleAlgoOrders, question.algoId, { askedAt, rows: "Refused" })
  }
}

type Takers = {
  readonly [Q in Question["_tag"]]: (
    draft: Draft,
    read: Read<Answers[Q]>,
    question: Extract<Question, { readonly _tag: Q }>
  ) => void
}

const takers: Takers = {
  OpenOrders: (draft, read) => {
    draft.openOrders.push(read)
    takeOrders(draft, read.rows)
  },
  Orders: (draft, { rows }) => takeOrders(draft, rows),
  Order: (draft, read, question) => {
    push(draft.singles, orderKey(question), read)
    takeOrders(draft, read.rows === undefined ? [] : [read.rows])
  },
  OpenAlgoOrders: (draft, read) => {
    draft.openAlgoOrders.push(read)
    takeAlgoOrders(draft, read.rows)
  },
  AlgoOrder: (draft, read, question) => {
    push(draft.singleAlgoOrders, question.algoId, read)
    takeAlgoOrders(draft, read.rows === undefined ? [] : [read.rows])
  },
  Balances: (draft, read) => void draft.balances.push(read),
  Positions: (draft, read) => void draft.positions.push(read),
  Modes: (draft, read) => void draft.modes.push(read),
  Symbols: (draft, { rows }) => rows.forEach((symbol) => draft.symbols.add(symbol)),
  TradesFrom: (draft, { rows }) => takeTrades(draft, rows),
  TradesBetween: (draft, { rows }) => takeTrades(draft, rows),
  TradesOf: (draft, { rows }) => takeTrades(draft, rows),
  AllocationsOf: (draft, { rows }) => takeTrades(draft, rows)
}

const push = <A>(map: Map<string, Array<A>>, key: string, value: A): void => {
  const values = map.get(key)
  if (values === undefined) {
    map.set(key, [value])
  } else {
    values.push(value)
  }
}

const takeOrders = (draft: Draft, rows: ReadonlyArray<Order>): void => {
  for (const row of rows) {
    const key = orderKey(row)
    const known = draft.orders.get(key)
    const next: Order = { ...row, origin: "Recovered" }
    draft.orders.set(key, known === undefined ? next : Orders.merge(known, next))
  }
}

const takeAlgoOrders = (draft: Draft, rows: ReadonlyArray<AlgoOrder>): void => {
  for (const row of rows) {
    const known = draft.algoOrders.get(row.algoId)
    const next: AlgoOrder = { ...row, origin: "Recovered" }
    draft.algoOrders.set(row.algoId, known === undefined ? next : AlgoOrders.merge(known, next))
  }
}

const takeTrades = (draft: Draft, rows: ReadonlyArray<Fill>): void => {
  for (const row of rows) {
    if (isNamed(row)) {
      const key = orderKey(row)
      const trades = draft.trades.get(key) ?? new Map<string, NamedFill>()
      trades.set(fillKey(row), { ...row, origin: "Recovered" })
      draft.trades.set(key, trades)
      if (row.tradeId !== undefined) {
        draft.tradeIds.add(`${row.symbol}:${row.tradeId}`)
      }
    }
  }
}
