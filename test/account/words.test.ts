import * as HashMap from "effect/HashMap"
import { describe, expect, it } from "vitest"
import type { CoinFuturesEvent } from "../../src/CoinFuturesEvent.js"
import { empty } from "../../src/internal/account/book/book.js"
import { futuresFacts } from "../../src/internal/account/facts/futures.js"
import { spotFacts } from "../../src/internal/account/facts/spot.js"
import { inOrder } from "../../src/internal/account/reconcile/emission.js"
import type { SpotEvent } from "../../src/SpotEvent.js"
import type { UsdFuturesEvent } from "../../src/UsdFuturesEvent.js"
import {
  algoRow,
  at,
  au,
  balance,
  epoch,
  er,
  fillIds,
  live,
  noModes,
  oap,
  order,
  otu,
  position,
  recover,
  refuse,
  totals,
  trade
} from "../support/accountDriver.js"

// What the exchange says beyond orders and fills, and in which words an account says what it found.

const fresh = empty(epoch)
const gap = { from: at(0), to: at(5) }

const config = (rest: object) =>
  futuresFacts({
    _tag: "AccountConfigUpdate",
    eventType: "ACCOUNT_CONFIG_UPDATE",
    eventTime: at(1),
    transactionTime: at(1),
    ...rest
  } as UsdFuturesEvent | CoinFuturesEvent)

describe("modes", () => {
  const leverage = config({ symbolConfig: { symbol: "D", leverage: 20 } })
  const multi = config({ accountConfig: { isMultiAssetsMode: true } })

  it("follow the events, and what an event does not tell stays", () => {
    const { book } = live(fresh, leverage, multi, config({}))
    expect([HashMap.get(book.modes.leverage, "D"), book.modes.multiAssetsMargin]).toMatchObject([{ value: 20 }, true])
    expect(live(book, leverage, multi).book.modes).toBe(book.modes)
  })

  it("that a check finds changed are told, unless an event under way tells them", () => {
    const known = { ...noModes, leverage: HashMap.make(["D", 20]), marginType: HashMap.make(["D", "cross"]) }
    const book = { ...fresh, modes: { ...known, dualSidePosition: false, multiAssetsMargin: false } }
    const row = {
      leverage: HashMap.make(["D", 10]),
      marginType: HashMap.make(["D", "isolated"]),
      dualSidePosition: true,
      multiAssetsMargin: true
    }
    const script = { Modes: () => row }
    const { elements } = recover({ book }, script)
    expect(elements).toMatchObject([
      {
        _tag: "Diverged",
        differences: [
          "hedge mode was false, is true",
          "multi-assets mode was false, is true",
          "leverage of D was 20, is 10",
          "margin type of D was cross, is isolated"
        ]
      }
    ])
    const underWay = [
      leverage,
      multi,
      [{ _tag: "Modes", modes: { dualSidePosition: true, marginType: { symbol: "D", value: "isolated" } } } as const]
    ]
    expect(recover({ book }, script, underWay).elements).toEqual([])
  })
})

describe("events that say nothing about an account", () => {
  const order = { symbol: "D", orderId: "1", clientOrderId: "a" }
  const of = (event: object) => futuresFacts({ eventTime: at(1), ...event } as UsdFuturesEvent)

  for (const [name, facts] of [
    ["a margin call", of({ _tag: "MarginCall" })],
    ["an order without a status", of({ _tag: "OrderTradeUpdate", order })],
    ["an order without an id", of({ _tag: "OrderTradeUpdate", order: { ...order, orderId: "0", orderStatus: "NEW" } })],
    ["an algo order without a status", of({ _tag: "AlgoUpdate", algoOrder: { symbol: "D", algoId: "1" } })],
    [
      "amounts that are not there",
      of({ _tag: "AccountUpdate", updateData: { balances: [{ asset: "A" }], positions: [{ symbol: "D" }] } })
    ],
    ["an account without news", of({ _tag: "AccountUpdate", updateData: {} })],
    ["a refused spot order", er({ i: "-1", x: "REJECTED", X: "REJECTED", T: 1 })],
    ["a list of orders", spotFacts({ _tag: "ListStatus" } as SpotEvent)]
  ] as const) {
    it(name, () => expect(facts).toEqual([]))
  }

  it("what an order does not tell has the value of none", () => {
    const [fact] = of({ _tag: "OrderTradeUpdate", order: { ...order, orderStatus: "NEW" } })
    expect(fact).toMatchObject({
      order: { type: "", price: "0", quantity: "0", filled: "0", reduceOnly: false, updatedAt: at(1) },
      fill: undefined
    })
    const report = { _tag: "ExecutionReport", symbol: "D", orderId: "1", clientOrderId: "a", orderStatus: "NEW" }
    const [bare] = spotFacts({ ...report, eventTime: at(1), orderListId: "7", orderCreationTime: -1 } as SpotEvent)
    expect(bare).toMatchObject({
      order: { type: "", price: "0", quantity: "0", filled: "0", orderListId: "7", createdAt: undefined }
    })
    expect(
      live(fresh, oap(1, {}), er({ i: "1", x: "TRADE", X: "NEW", T: 1, l: "1", z: "2", Z: "30", t: "1" })).fills
    ).toHaveLength(1)
  })
})

describe("balances", () => {
  it("that two answers lack are gone, on the first they stay", () => {
    const book = live(fresh, oap(0, { AAA: "1" })).book
    const { book: after, rounds } = recover({ book, product: "Spot", gap }, {})
    expect([rounds, totals(after)]).toEqual([2, ["AAA 0"]])
  })

  it("of one time with two values: the second read decides", () => {
    const book = live(fresh, au(1, {}, { USDT: "10" })).book
    const { book: after, rounds } = recover({ book, gap }, { Balances: () => [balance("USDT", "11", 1)] })
    expect([rounds, totals(after)]).toEqual([2, ["USDT 11"]])
  })

  it("that are older than the book stay", () => {
    const book = live(fresh, au(9, { D: "1" }, { USDT: "10" })).book
    const rows = { Balances: () => [balance("USDT", "11", 1)], Positions: () => [position("D", "5", 1)] }
    expect(totals(recover({ book, gap }, rows).book)).toEqual(["USDT 10"])
  })
})

describe("an inferred fill", () => {
  const coin = { product: "CoinFutures", gap } as const
  const partly = otu({ i: "1", x: "TRADE", X: "PARTIALLY_FILLED", T: 0, q: "3", l: "1", z: "1", L: "10", t: "1" })
  const known = live(fresh, partly).book

  for (const [name, first, average, price] of [
    ["has the price that the averages of inverse contracts leave", "10", "16", "40"],
    ["has no price where an average is missing", "10", undefined, undefined],
    ["has no price where the averages contradict", "10", "30", undefined],
    ["has no price where the first average is missing", undefined, "15", undefined]
  ] as const) {
    it(name, () => {
      const orders = HashMap.map(known.orders, (o) => ({ ...o, averagePrice: first }))
      const row = order("1", "FILLED", "2", { quantity: "2", averagePrice: average, updatedAt: at(3) })
      const { fills } = recover({ book: { ...known, orders }, ...coin }, { Order: () => row })
      expect(fills).toMatchObject([{ origin: "Inferred", quantity: "1", price }])
    })
  }
})

describe("what Binance has forgotten", () => {
  const day = 86_400

  for (const [product, days, what] of [
    ["Spot", 80, []],
    ["Spot", 100, ["Orders"]],
    ["UsdFutures", 2, []],
    ["UsdFutures", 8, ["Orders"]],
    ["CoinFutures", 4, ["Orders"]],
    ["CoinFutures", 120, ["Orders", "Fills"]]
  ] as const) {
    it(`${product} after ${days} days: ${what.join(" and ") || "nothing"}`, () => {
      const now = at(days * day)
      const { elements } = recover({ book: fresh, product, kind: "Restart", gap: { from: at(0), to: now }, now }, {})
      expect(elements.map((element) => element._tag === "Unrecovered" && element.what)).toEqual(what)
    })
  }
})

describe("the order of what was recovered", () => {
  it("is by time, of a symbol by trade id, an order after its fills, an inferred fill by its time", () => {
    const inferred = { ...trade("0", "1", "1", 2), tradeId: undefined }
    const fills = [
      trade("12", "1", "1", 3),
      trade("9", "1", "1", 4),
      trade("3", "5", "1", 1, { symbol: "A" }),
      inferred
    ]
    const orders = [
      order("1", "FILLED", "3", { updatedAt: at(1) }),
      order("5", "FILLED", "1", { symbol: "A", updatedAt: at(1) })
    ]
    const told = inOrder(fills, orders, [
      algoRow("2", "FINISHED", { updatedAt: at(4) }),
      algoRow("1", "FINISHED", { updatedAt: at(4) })
    ])
    expect(
      told.map((element) =>
        element._tag === "RecoveredFill"
          ? (element.fill.tradeId ?? "inferred")
          : element._tag === "RecoveredOrder"
            ? `order ${element.order.orderId}`
            : `algo ${element.algoOrder.algoId}`
      )
    ).toEqual(["3", "order 5", "inferred", "9", "12", "order 1", "algo 1", "algo 2"])
  })
})

describe("late repeats", () => {
  it("of fills and ends from before what is remembered are no news", () => {
    let book = fresh
    for (let i = 1; i <= 1_500; i++) {
      const id = String(i)
      book = live(book, otu({ i: id, x: "TRADE", X: "FILLED", T: i, l: "1", z: "1", t: id })).book
    }
    const again = live(book, otu({ i: "3", x: "TRADE", X: "FILLED", T: 3, l: "1", z: "1", t: "3" }))
    expect([fillIds(again.fills), again.doubts]).toEqual([[], []])
  })
})

describe("an order that REST refuses to show", () => {
  it("has ended, nobody knows how", () => {
    const book = live(fresh, otu({ i: "1", x: "NEW", X: "NEW", T: 0 })).book
    const { elements } = recover({ book, gap }, { Order: () => refuse("gone") })
    expect(elements).toMatchObject([{ _tag: "RecoveredOrder", order: { status: "UNKNOWN" } }])
  })

  it("is open while its single query shows it, whatever the list lacks", () => {
    const book = live(fresh, otu({ i: "1", x: "NEW", X: "NEW", T: 0 })).book
    const { elements, rounds } = recover({ book, gap }, { Order: () => order("1", "NEW", "0") })
    expect([elements, rounds]).toEqual([[], 3])
  })
})
