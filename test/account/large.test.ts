import { describe, expect, it } from "vitest"
import { apply } from "../../src/internal/account/book/apply.js"
import { empty } from "../../src/internal/account/book/book.js"
import type { Fact } from "../../src/internal/account/book/fact.js"
import type { Balance, Fill, Order } from "../../src/internal/account/book/model.js"
import type { Answered, Question } from "../../src/internal/account/reconcile/question.js"
import * as Reconcile from "../../src/internal/account/reconcile/reconcile.js"

// Large accounts and long gaps. Nothing else of the process runs while a recovery is thought through: what grows with the
// square of something runs into the timeout here.

const began = 1_700_000_000_000
const ended = began + 1_000_000

const many = <A>(count: number, make: (index: number) => A): Array<A> =>
  Array.from({ length: count }, (_, i) => make(i))

const orderOf = (symbol: string, id: number, other: Partial<Order> = {}): Order => ({
  symbol,
  orderId: String(id),
  clientOrderId: `of ${id}`,
  side: "BUY",
  positionSide: "BOTH",
  type: "LIMIT",
  status: "NEW",
  price: "1",
  quantity: "1",
  filled: "0",
  reduceOnly: false,
  closePosition: false,
  updatedAt: began - 500,
  origin: "Stream",
  ...other
})

const fillOf = (symbol: string, id: number, time: number): Fill => ({
  symbol,
  orderId: String(id),
  tradeId: String(id),
  side: "BUY",
  positionSide: "BOTH",
  price: "1",
  quantity: "1",
  time,
  origin: "Stream"
})

const filled = (symbol: string, id: number, time: number): Fact => ({
  _tag: "Order",
  order: orderOf(symbol, id, { status: "FILLED", filled: "1", updatedAt: time }),
  fill: fillOf(symbol, id, time),
  algoId: undefined
})

const opened = (order: Order): Fact => ({ _tag: "Order", order, fill: undefined, algoId: undefined })

const balanceOf = (asset: string, total: string, updatedAt: number): Balance => ({
  asset,
  total,
  free: total,
  locked: "0",
  updatedAt
})

type Rows = { readonly [Q in Question["_tag"]]?: unknown }

/** Asks and answers until no question is left. */
const recoverSpot = (facts: ReadonlyArray<Fact>, buffered: Reconcile.Buffered, rows: Rows): Reconcile.Settled => {
  let recovery = Reconcile.begin({
    product: "Spot",
    kind: "Gap",
    book: apply(empty(began - 1000), facts, began).book,
    gap: { from: began, to: ended },
    symbols: [],
    overlap: 5_000,
    triggeringDeadline: 10_000,
    doubts: [],
    now: ended
  })
  for (;;) {
    const questions = Reconcile.questions(recovery, buffered)
    if (questions.length === 0) {
      return Reconcile.settle(recovery, buffered, ended)
    }
    for (const question of questions) {
      const answer = { _tag: "Rows", rows: rows[question._tag] ?? (question._tag === "Order" ? undefined : []) }
      recovery = Reconcile.answer(recovery, { question, answer, askedAt: ended, answeredAt: ended } as Answered)
    }
  }
}

const fillsOf = ({ elements }: Reconcile.Settled) => elements.filter(({ _tag }) => _tag === "RecoveredFill")

describe("a recovery of a large account", () => {
  it("takes fills that events brought meanwhile", () => {
    const count = 6_000
    const settled = recoverSpot(
      [],
      many(count, (i) => [filled("BTCUSDT", count + i, ended)]),
      {
        TradesBetween: many(count, (i) => fillOf("BTCUSDT", 1 + i, began + 1 + i)),
        Orders: many(count, (i) =>
          orderOf("BTCUSDT", 1 + i, { status: "FILLED", filled: "1", updatedAt: began + 1 + i })
        )
      }
    )
    expect(fillsOf(settled)).toHaveLength(count - 1)
  })

  it("takes a thousand symbols and all fills that are remembered", () => {
    const symbols = many(1_000, (i) => `X${i}USDT`)
    const open = symbols.map((symbol, i) => orderOf(symbol, 1_000_000 + i, { updatedAt: began - 50 }))
    const before = many(20_000, (i) => filled(symbols[i % symbols.length]!, 1 + i, began - 100))
    const settled = recoverSpot([...before, ...open.map(opened)], [], { OpenOrders: open })
    expect(settled.elements).toEqual([])
  })

  it("takes hundreds of assets that changed without an explanation", () => {
    const assets = many(1_000, (i) => `X${1_000 + i}`)
    const open = many(300, (i) => orderOf(`Y${i}USDT`, 1 + i))
    const settled = recoverSpot(
      [
        ...assets.map((asset): Fact => ({ _tag: "Balance", balance: balanceOf(asset, "1", began - 500) })),
        ...open.map(opened)
      ],
      [],
      { OpenOrders: open, Balances: assets.map((asset) => balanceOf(asset, "2", began + 1_500)) }
    )
    expect(settled.elements).toMatchObject([{ _tag: "Unrecovered", what: "Balances", assets }])
  })

  it("takes many fills of an account with many assets", () => {
    const count = 6_000
    const assets = many(1_000, (i) => `X${1_000 + i}`)
    const settled = recoverSpot(
      [
        ...assets.map((asset): Fact => ({ _tag: "Balance", balance: balanceOf(asset, "1", began - 500) })),
        opened(orderOf("BTCUSDT", 1))
      ],
      [],
      {
        OpenOrders: [orderOf("BTCUSDT", 1)],
        Balances: assets.map((asset) => balanceOf(asset, "2", ended)),
        TradesBetween: many(count, (i) => fillOf("BTCUSDT", 2 + i, began + 1 + i)),
        Orders: many(count, (i) =>
          orderOf("BTCUSDT", 2 + i, { status: "FILLED", filled: "1", updatedAt: began + 1 + i })
        )
      }
    )
    expect(fillsOf(settled)).toHaveLength(count)
  })
})
