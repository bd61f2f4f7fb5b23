import * as FastCheck from "effect/FastCheck"
import * as HashMap from "effect/HashMap"
import type { Fact } from "../../src/internal/account/book/fact.js"
import { orderKey } from "../../src/internal/account/book/keys.js"
import type { Balance, Fill, Order, Position } from "../../src/internal/account/book/model.js"
import type { Answered, Question } from "../../src/internal/account/reconcile/question.js"

// A futures account as a pure function of what happened: the events it pushes, and what REST answers at each moment.

export const epoch = 1_790_000_000_000

/** From one operation to the next. */
export const tick = 100

export type Operation =
  | { readonly _tag: "Place"; readonly symbol: number; readonly isBuy: boolean; readonly quantity: number }
  | { readonly _tag: "Fill"; readonly order: number; readonly quantity: number }
  | { readonly _tag: "Cancel"; readonly order: number }
  | { readonly _tag: "Amend"; readonly order: number; readonly price: number }
  | { readonly _tag: "Transfer"; readonly amount: number }

export const operation: FastCheck.Arbitrary<Operation> = FastCheck.oneof(
  {
    weight: 4,
    arbitrary: FastCheck.record({
      _tag: FastCheck.constant("Place" as const),
      symbol: FastCheck.nat(1),
      isBuy: FastCheck.boolean(),
      quantity: FastCheck.integer({ min: 1, max: 6 })
    })
  },
  {
    weight: 6,
    arbitrary: FastCheck.record({
      _tag: FastCheck.constant("Fill" as const),
      order: FastCheck.nat(9),
      quantity: FastCheck.integer({ min: 1, max: 4 })
    })
  },
  { weight: 2, arbitrary: FastCheck.record({ _tag: FastCheck.constant("Cancel" as const), order: FastCheck.nat(9) }) },
  {
    weight: 1,
    arbitrary: FastCheck.record({
      _tag: FastCheck.constant("Amend" as const),
      order: FastCheck.nat(9),
      price: FastCheck.integer({ min: 11, max: 20 })
    })
  },
  {
    weight: 1,
    arbitrary: FastCheck.record({
      _tag: FastCheck.constant("Transfer" as const),
      amount: FastCheck.integer({ min: 1, max: 50 })
    })
  }
)

export interface World {
  readonly orders: ReadonlyMap<string, Order>
  readonly trades: ReadonlyArray<Fill & { readonly tradeId: string }>
  readonly positions: ReadonlyMap<string, Position>
  readonly balance: Balance
  /** What the last operation pushed, an array of facts per event. */
  readonly events: ReadonlyArray<ReadonlyArray<Fact>>
  readonly time: number
}

const symbols = ["AAAUSDT", "BBBUSDT"]

export const genesis: World = {
  orders: new Map(),
  trades: [],
  positions: new Map(),
  balance: { asset: "USDT", total: "1000000", crossWalletBalance: "1000000", updatedAt: epoch },
  events: [],
  time: epoch
}

export const isOpen = (order: Order): boolean => order.status === "NEW" || order.status === "PARTIALLY_FILLED"

const said = (order: Order, fill?: Fill): Fact => ({ _tag: "Order", order, fill, algoId: undefined })

const place = (world: World, time: number, operation: Extract<Operation, { _tag: "Place" }>): World => {
  const symbol = symbols[operation.symbol % symbols.length]!
  const order: Order = {
    symbol,
    orderId: String(100 + world.orders.size),
    clientOrderId: `c${world.orders.size}`,
    side: operation.isBuy ? "BUY" : "SELL",
    positionSide: "BOTH",
    type: "LIMIT",
    timeInForce: "GTC",
    status: "NEW",
    price: "10",
    quantity: String(operation.quantity),
    filled: "0",
    reduceOnly: false,
    closePosition: false,
    createdAt: time,
    updatedAt: time,
    origin: "Stream"
  }
  return { ...world, orders: new Map(world.orders).set(orderKey(order), order), events: [[said(order)]] }
}

const fill = (world: World, time: number, order: Order, wanted: number): World => {
  const rest = Number(order.quantity) - Number(order.filled)
  const quantity = Math.min(rest, wanted)
  const filled = Number(order.filled) + quantity
  const next: Order = {
    ...order,
    status: filled === Number(order.quantity) ? "FILLED" : "PARTIALLY_FILLED",
    filled: String(filled),
    averagePrice: "10",
    updatedAt: time
  }
  const trade: Fill & { readonly tradeId: string } = {
    symbol: order.symbol,
    orderId: order.orderId,
    tradeId: String(500 + world.trades.length),
    side: order.side,
    positionSide: "BOTH",
    price: "10",
    quantity: String(quantity),
    commission: "1",
    commissionAsset: "USDT",
    time,
    origin: "Stream"
  }
  const key = `${order.symbol}:BOTH`
  const amount = Number(world.positions.get(key)?.amount ?? "0") + (order.side === "BUY" ? quantity : -quantity)
  const position: Position = { symbol: order.symbol, positionSide: "BOTH", amount: String(amount), updatedAt: time }
  const balance = moved(world.balance, -1, time)
  return {
    ...world,
    orders: new Map(world.orders).set(orderKey(order), next),
    trades: [...world.trades, trade],
    positions: new Map(world.positions).set(key, position),
    balance,
    events: [
      [
        { _tag: "Balance", balance },
        { _tag: "Position", position }
      ],
      [said(next, trade)]
    ]
  }
}

const moved = (balance: Balance, amount: number, updatedAt: number): Balance => {
  const total = String(Number(balance.total) + amount)
  return { ...balance, total, crossWalletBalance: total, updatedAt }
}

/** What happens next. An operation without an order that it could change does nothing. */
export const step = (before: World, operation: Operation): World => {
  const time = before.time + tick
  const world: World = { ...before, time, events: [] }
  const open = [...world.orders.values()].filter(isOpen)
  const chosen = "order" in operation ? open[operation.order % Math.max(1, open.length)] : undefined
  const put = (next: Order): World => ({
    ...world,
    orders: new Map(world.orders).set(orderKey(next), next),
    events: [[said(next)]]
  })
  switch (operation._tag) {
    case "Place":
      return place(world, time, operation)
    case "Transfer": {
      const balance = moved(world.balance, operation.amount, time)
      return { ...world, balance, events: [[{ _tag: "Balance", balance }]] }
    }
    case "Fill":
      return chosen === undefined ? world : fill(world, time, chosen, operation.quantity)
    case "Cancel":
      return chosen === undefined ? world : put({ ...chosen, status: "CANCELED", updatedAt: time })
    case "Amend":
      return chosen === undefined ? world : put({ ...chosen, price: String(operation.price), updatedAt: time })
  }
}

/** What REST answers. `isLacking`: whether an answer lacks a row. */
export const answerOf = (world: World, question: Question, isLacking: (row: number) => boolean): Answered["answer"] => {
  const some = <A>(rows: ReadonlyArray<A>): { readonly _tag: "Rows"; readonly rows: ReadonlyArray<A> } => ({
    _tag: "Rows",
    rows: rows.filter((_, index) => !isLacking(index))
  })
  const orders = [...world.orders.values()]
  switch (question._tag) {
    case "OpenOrders":
      return some(orders.filter(isOpen))
    case "Orders":
      return some(
        orders.filter(
          ({ symbol, updatedAt }) =>
            (question.symbol === undefined || symbol === question.symbol) &&
            updatedAt >= question.from &&
            updatedAt <= question.to
        )
      )
    case "Order":
      return { _tag: "Rows", rows: isLacking(0) ? undefined : world.orders.get(orderKey(question)) }
    case "TradesOf":
      return some(world.trades.filter((t) => t.symbol === question.symbol && t.orderId === question.orderId))
    case "TradesFrom":
      return some(
        world.trades.filter((t) => t.symbol === question.symbol && Number(t.tradeId) >= Number(question.fromId))
      )
    case "TradesBetween":
      return some(
        world.trades.filter((t) => t.symbol === question.symbol && t.time >= question.from && t.time <= question.to)
      )
    case "AllocationsOf":
      return some([])
    case "Symbols":
      return some([...new Set(world.trades.filter((t) => t.time >= question.from).map(({ symbol }) => symbol))])
    case "Positions":
      return some([...world.positions.values()].filter(({ amount }) => amount !== "0"))
    case "Balances":
      return { _tag: "Rows", rows: [world.balance] }
    case "OpenAlgoOrders":
      return { _tag: "Rows", rows: [] }
    case "AlgoOrder":
      return { _tag: "Rows", rows: undefined }
    case "Modes":
      return { _tag: "Rows", rows: { leverage: HashMap.empty(), marginType: HashMap.empty() } }
  }
}
