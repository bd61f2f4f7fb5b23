import * as HashMap from "effect/HashMap"
import { describe, expect, it } from "vitest"
import { overdue } from "../../src/internal/account/book/apply.js"
import { empty } from "../../src/internal/account/book/book.js"
import type { Question } from "../../src/internal/account/reconcile/question.js"
import {
  amounts,
  at,
  au,
  balance,
  bu,
  epoch,
  er,
  fillIds,
  live,
  oap,
  order,
  orderIds,
  otu,
  position,
  recover,
  refuse,
  tl,
  totals,
  trade
} from "../support/accountDriver.js"

// How programs lost the right picture of their account: the recipes of orders, fills, funds and restarts, by number.

const fresh = empty(epoch)
const gap = { from: at(0), to: at(5) }
const spot = { product: "Spot", gap } as const
const inSpot = { symbol: "AAAUSDT" } as const

describe("orders", () => {
  it("5 · reduce-only order accepted with a smaller quantity", () => {
    const placed = live(fresh, au(0, { DOGEUSDT: "40" }), otu({ i: "1", x: "NEW", X: "NEW", T: 0, q: "40" }))
    expect(HashMap.unsafeGet(placed.book.orders, "DOGEUSDT:1").quantity).toBe("40")
    const { book, fills } = live(
      placed.book,
      otu({ i: "1", x: "TRADE", X: "FILLED", T: 3, q: "40", l: "40", z: "40", t: "8" })
    )
    expect([orderIds(book), fillIds(fills)]).toEqual([[], ["8/1 40"]])
  })

  it("6 · cancel report carries another client id", () => {
    const { book } = live(fresh, er({ i: "5", x: "NEW", X: "NEW", T: 0, c: "a" }))
    const canceled = live(book, er({ i: "5", x: "CANCELED", X: "CANCELED", T: 1, c: "web_1", C: "a" })).book
    expect(orderIds(canceled)).toEqual([])
    const row = order("5", "CANCELED", "0", { ...inSpot, clientOrderId: "web_1", updatedAt: at(1) })
    const { elements } = recover({ book, ...spot }, { Order: () => row })
    expect(elements).toMatchObject([{ _tag: "RecoveredOrder", order: { clientOrderId: "a", status: "CANCELED" } }])
  })

  it("7 · partly filled, cancelled exit: its end waits for its fill", () => {
    const { book } = live(fresh, er({ i: "20", x: "NEW", X: "NEW", T: 0, q: "172.1" }))
    const row = (filled: string) => order("20", "CANCELED", filled, { ...inSpot, quantity: "172.1", updatedAt: at(2) })
    const sold = trade("3", "20", "24.4", 1, inSpot)
    const { elements, fills } = recover(
      { book, ...spot },
      {
        Order: (_, round) => row(round < 1 ? "0" : "24.4"),
        TradesOf: (_, round) => (round < 3 ? [] : [sold]),
        TradesBetween: () => [sold]
      }
    )
    expect(fillIds(fills)).toEqual(["3/20 24.4"])
    expect(elements.at(-1)).toMatchObject({ order: { status: "CANCELED", filled: "24.4" } })
  })

  it("8 · EXPIRED without a fill taken for a fill", () => {
    const { book } = live(fresh, otu({ i: "3", x: "NEW", X: "NEW", T: 0 }))
    const settled = recover({ book, gap }, { Order: () => order("3", "EXPIRED", "0", { updatedAt: at(1) }) })
    expect(settled.elements).toMatchObject([{ _tag: "RecoveredOrder", order: { status: "EXPIRED", filled: "0" } }])
    expect([settled.fills, amounts(settled.book)]).toEqual([[], []])
  })

  it("9 · a late open list: the order is recovered by the check that confirms", () => {
    const settled = recover({ book: fresh, gap }, {})
    const { elements } = recover({ book: settled.book, now: at(30) }, { OpenOrders: () => [order("8", "NEW", "0")] })
    expect(elements).toMatchObject([{ _tag: "RecoveredOrder", order: { orderId: "8" } }, { _tag: "Diverged" }])
  })

  it("10 · REJECTED events under a living order", () => {
    const rejected = (i: string, T: number) => er({ i, x: "REJECTED", X: "REJECTED", T, c: "a" })
    const open = live(fresh, er({ i: "1", x: "NEW", X: "NEW", T: 0 }), rejected("-1", 0.15), rejected("-1", 0.34))
    expect(orderIds(open.book)).toEqual(["AAAUSDT/1 NEW 0"])
    const hostile = live(
      open.book,
      rejected("1", 1),
      er({ i: "1", x: "TRADE", X: "FILLED", T: 2, l: "1", z: "1", t: "9" })
    )
    expect(fillIds(hostile.fills)).toEqual(["9/1 1"])
    expect(hostile.doubts).toEqual([{ _tag: "Contradiction", symbol: "AAAUSDT", orderId: "1", was: "REJECTED" }])
    const { elements } = recover({ book: hostile.book, kind: "Doubt", product: "Spot", doubts: hostile.doubts }, {})
    expect(elements).toMatchObject([{ _tag: "Diverged", differences: ["order AAAUSDT:1 was REJECTED, is FILLED"] }])
  })

  it("11 · self-trade prevention and an unknown status", () => {
    const rows = [
      order("1", "EXPIRED_IN_MATCH", "0.2", { ...inSpot, updatedAt: at(2) }),
      order("2", "SOMETHING_NEW", "0", { ...inSpot, updatedAt: at(2) })
    ]
    const { book, elements, verdict } = recover(
      { book: fresh, ...spot, symbols: ["AAAUSDT"] },
      { Orders: () => rows, Order: () => rows[1], TradesBetween: () => [trade("1", "1", "0.2", 2, inSpot)] }
    )
    expect(verdict).toBe("Agreed")
    expect(elements).toMatchObject([
      { _tag: "RecoveredFill" },
      { _tag: "RecoveredOrder", order: { orderId: "1" } },
      { _tag: "RecoveredOrder", order: { orderId: "2", status: "SOMETHING_NEW" } },
      { _tag: "Unrecovered", what: "Orders", orderId: "2" }
    ])
    expect(orderIds(book)).toEqual([])
    const prevented = live(fresh, er({ i: "1", x: "TRADE_PREVENTION", X: "EXPIRED_IN_MATCH", T: 1 }))
    expect([prevented.fills, prevented.doubts]).toEqual([[], []])
  })

  it("14 · one order id on two symbols", () => {
    const { book, fills } = live(
      fresh,
      er({ i: "7", x: "NEW", X: "NEW", T: 0 }),
      er({ i: "7", x: "NEW", X: "NEW", T: 1, s: "BBBUSDT", q: "2" }),
      er({ i: "7", x: "TRADE", X: "PARTIALLY_FILLED", T: 2, s: "BBBUSDT", q: "2", l: "1", z: "1", t: "3" }),
      er({ i: "7", x: "TRADE", X: "FILLED", T: 2, l: "1", z: "1", t: "3" })
    )
    expect([orderIds(book), fillIds(fills)]).toEqual([["BBBUSDT/7 PARTIALLY_FILLED 1"], ["3/7 1", "3/7 1"]])
  })
})

describe("fills", () => {
  const hole = live(
    fresh,
    otu({ i: "1", x: "TRADE", X: "PARTIALLY_FILLED", T: 1, l: "0.3", z: "0.3", t: "1" }),
    otu({ i: "1", x: "TRADE", X: "FILLED", T: 1.001, l: "0.2", z: "1.0", t: "3" })
  )

  it("12 · hole in a healthy stream: the sum finds it", () => {
    expect(hole.doubts).toEqual([{ _tag: "MissingFills", symbol: "DOGEUSDT", orderId: "1" }])
    const rows = [trade("1", "1", "0.3", 1), trade("2", "1", "0.5", 1), trade("3", "1", "0.2", 1)]
    const { fills, rounds } = recover(
      { book: hole.book, kind: "Doubt", doubts: hole.doubts },
      {
        Order: () => order("1", "FILLED", "1"),
        Positions: () => [position("DOGEUSDT", "1", 1.001)],
        TradesOf: (_, round) => (round < 1 ? [rows[0], rows[2]] : rows)
      }
    )
    expect([fillIds(fills), rounds]).toEqual([["2/1 0.5"], 2])
  })

  it("12 · never shown: one inferred fill, and the true one later is none more", () => {
    const row = order("1", "FILLED", "1", { averagePrice: "10" })
    const { book, fills } = recover({ book: hole.book, kind: "Doubt", doubts: hole.doubts }, { Order: () => row })
    expect(fillIds(fills)).toEqual(["inferred/1 0.5"])
    const late = otu({ i: "1", x: "TRADE", X: "PARTIALLY_FILLED", T: 1, l: "0.5", z: "0.8", t: "2" })
    expect(live(book, late).fills).toEqual([])
    const again = recover({ book, gap }, { TradesBetween: () => [trade("2", "1", "0.5", 1)] })
    expect(again.fills).toEqual([])
  })

  it("12 · a fill that arrives late below the watermark is delivered once, and ends the doubt", () => {
    const late = otu({ i: "1", x: "TRADE", X: "PARTIALLY_FILLED", T: 1, l: "0.5", z: "0.8", t: "2" })
    const { book, fills } = live(hole.book, late, late)
    expect([fillIds(fills), HashMap.size(book.uncounted)]).toEqual([["2/1 0.5"], 0])
  })

  it("12 · what a lost fill moved is read as well: its position is not older than the fill", () => {
    const open = otu({ i: "1", x: "NEW", X: "NEW", T: 0 })
    const word = otu({ i: "1", x: "AMENDMENT", X: "PARTIALLY_FILLED", T: 2, z: "0.5" })
    const { book, doubts } = live(fresh, open, word)
    const doubt = { book, kind: "Doubt", doubts } as const
    const script = {
      Order: () => order("1", "PARTIALLY_FILLED", "0.5", { updatedAt: at(2) }),
      TradesOf: () => [trade("1", "1", "0.5", 1)],
      Positions: (_: unknown, round: number) => (round < 1 ? [] : [position("DOGEUSDT", "0.5", 1)]),
      Balances: () => [balance("USDT", "9", 1)]
    }
    const settled = recover(doubt, script)
    expect([fillIds(settled.fills), amounts(settled.book), totals(settled.book)]).toEqual([
      ["1/1 0.5"],
      ["DOGEUSDT:BOTH 0.5"],
      ["USDT 9"]
    ])
    const told = { ...doubt, book: live(book, au(1, { DOGEUSDT: "0.5" })).book }
    expect(recover(told, script).asked.map(({ _tag }) => _tag)).toEqual(["Order", "TradesOf"])
    const spotOpen = er({ i: "1", x: "NEW", X: "NEW", T: 0 })
    const spotWord = er({ i: "1", x: "REPLACED", X: "PARTIALLY_FILLED", T: 2, z: "0.5" })
    const inSpotBook = live(live(fresh, oap(0, { AAA: "0" })).book, spotOpen, spotWord)
    const inSpotSettled = recover(
      { book: inSpotBook.book, kind: "Doubt", doubts: inSpotBook.doubts, product: "Spot" },
      {
        Order: () => order("1", "PARTIALLY_FILLED", "0.5", { ...inSpot, updatedAt: at(2) }),
        TradesOf: () => [trade("1", "1", "0.5", 1, inSpot)],
        Balances: () => [balance("AAA", "0.5", 1)]
      }
    )
    expect(totals(inSpotSettled.book)).toEqual(["AAA 0.5"])
  })

  it("13 · self-trade: two fills, one trade id", () => {
    const { book } = live(
      fresh,
      er({ i: "1", x: "NEW", X: "NEW", T: 0, S: "SELL", q: "5" }),
      er({ i: "2", x: "TRADE", X: "FILLED", T: 1, q: "5", l: "5", z: "5", t: "500" })
    )
    const both = [trade("500", "1", "5", 1, inSpot), trade("500", "2", "5", 1, inSpot)]
    const { fills } = recover(
      { book, ...spot, gap: { from: at(1), to: at(2) } },
      {
        Order: () => order("1", "FILLED", "5", { ...inSpot, quantity: "5", updatedAt: at(1) }),
        TradesBetween: () => both
      }
    )
    expect(fillIds(fills)).toEqual(["500/1 5"])
  })

  it("15 · missing fill inferred at the price that the sums give, never zero", () => {
    const row = (averagePrice: string | undefined) =>
      order("1", "FILLED", "3", { quantity: "3", price: "0", averagePrice, updatedAt: at(2) })
    const infer = (averagePrice: string | undefined, book = fresh) =>
      recover({ book, gap }, { Orders: () => [row(averagePrice)] }).fills
    expect(infer("10")).toMatchObject([{ quantity: "3", price: "10", origin: "Inferred" }])
    expect(infer(undefined)[0]?.price).toBeUndefined()
    const known = live(
      fresh,
      otu({ i: "1", x: "TRADE", X: "PARTIALLY_FILLED", T: 0, q: "3", l: "1", z: "1", L: "9", t: "1" })
    ).book
    expect(infer("10", known)[0]?.price).toBeUndefined()
    const averaged = { ...HashMap.unsafeGet(known.orders, "DOGEUSDT:1"), averagePrice: "9" }
    const withAverage = { ...known, orders: HashMap.set(known.orders, "DOGEUSDT:1", averaged) }
    expect(infer("10", withAverage)).toMatchObject([{ quantity: "2", price: "10.5" }])
  })

  it("16 · filled immediate-or-cancel order not found: its fill tells", () => {
    const { book } = live(fresh, er({ i: "6", x: "NEW", X: "NEW", T: 0, q: "2" }))
    const settled = recover({ book, ...spot }, { TradesBetween: () => [trade("30", "6", "1", 1, inSpot)] })
    expect(fillIds(settled.fills)).toEqual(["30/6 1"])
    expect(settled.elements.at(-1)).toMatchObject({ order: { status: "UNKNOWN", filled: "1", origin: "Inferred" } })
    const unknown = recover(
      { book: fresh, ...spot, symbols: ["AAAUSDT"] },
      { TradesBetween: () => [trade("30", "6", "1", 1, inSpot)] }
    )
    expect(unknown.elements.map(({ _tag }) => _tag)).toEqual(["RecoveredFill"])
  })

  it("18 · a fill that is announced and never told is asked for", () => {
    const noticed = live(fresh, tl({ T: 0, i: "1", t: "1" })).book
    expect(overdue(noticed, at(4)).doubts).toEqual([])
    expect(overdue(noticed, at(5)).doubts).toEqual([{ _tag: "MissingFills", symbol: "DOGEUSDT", orderId: "1" }])
    const told = live(
      noticed,
      otu({ i: "1", x: "TRADE", X: "FILLED", T: 0, l: "1", z: "1", t: "1" }),
      tl({ T: 0, i: "1", t: "1" })
    )
    expect([fillIds(told.fills), overdue(told.book, at(9)).doubts]).toEqual([["1/1 1"], []])
  })
})

describe("races and snapshots", () => {
  const open = live(fresh, otu({ i: "1", x: "NEW", X: "NEW", T: 0 })).book

  it("19 · snapshot asked before a fill arrives after it", () => {
    const events = [
      otu({ i: "1", x: "TRADE", X: "FILLED", T: 0.05, l: "1", z: "1", t: "1" }),
      au(0.05, { DOGEUSDT: "1" })
    ]
    const { after, elements } = recover({ book: open, gap }, { OpenOrders: () => [order("1", "NEW", "0")] }, events)
    expect([elements, orderIds(after.book), amounts(after.book), fillIds(after.fills)]).toEqual([
      [],
      [],
      ["DOGEUSDT:BOTH 1"],
      ["1/1 1"]
    ])
  })

  it("20 · history lacks a new order, its single query has it", () => {
    const rows: Record<string, unknown> = { "1": order("1", "FILLED", "1"), "51": order("51", "FILLED", "1") }
    const { fills, rounds } = recover(
      { book: open, gap },
      {
        Order: ({ orderId }) => rows[orderId],
        Positions: () => [position("DOGEUSDT", "2", 2)],
        TradesBetween: () => [trade("1", "1", "1", 1), trade("2", "51", "1", 2)]
      }
    )
    expect([fillIds(fills), rounds]).toEqual([["1/1 1", "2/51 1"], 1])
  })

  it("21 · just placed order is not closed by absence", () => {
    const { book, elements } = recover(
      { book: open, now: at(0.1) },
      {
        OpenOrders: (_, round) => (round < 2 ? [] : [order("1", "NEW", "0")]),
        Order: (_, round) => (round < 2 ? undefined : order("1", "NEW", "0"))
      }
    )
    expect([orderIds(book), elements]).toEqual([["DOGEUSDT/1 NEW 0"], []])
  })

  it("22 · history of an unknown order opens no phantom", () => {
    const row = order("77", "CANCELED", "0.4", { updatedAt: at(3) })
    for (const known of [row, undefined]) {
      const { book, fills } = recover(
        { book: fresh, gap, symbols: ["DOGEUSDT"] },
        { Order: () => known, TradesBetween: () => [trade("5", "77", "0.4", 2)] }
      )
      expect([orderIds(book), fillIds(fills)]).toEqual([[], ["5/77 0.4"]])
    }
  })

  it("25 · restart after days: an order that REST forgot has ended, nobody knows how, and is taken back if shown", () => {
    const { book, elements } = recover(
      { book: open, gap: { from: at(0), to: at(5 * 86_400) }, kind: "Restart", now: at(5 * 86_400) },
      {}
    )
    expect(elements).toMatchObject([
      { _tag: "RecoveredOrder", order: { status: "UNKNOWN", origin: "Inferred" } },
      { _tag: "Unrecovered", what: "Orders" }
    ])
    const back = recover({ book, gap: { from: at(0), to: at(5) } }, { OpenOrders: () => [order("1", "NEW", "0")] })
    expect([orderIds(back.book), back.elements[0]?._tag]).toEqual([["DOGEUSDT/1 NEW 0"], "RecoveredOrder"])
  })
})

describe("funds", () => {
  it("24 · position older than the history window is the row's", () => {
    const { book, fills } = recover(
      {
        book: live(fresh, au(0, { DOGEUSDT: "-140" })).book,
        gap: { from: at(0), to: at(20 * 86_400) },
        kind: "Restart",
        now: at(20 * 86_400)
      },
      { Positions: () => [position("DOGEUSDT", "-65", 100)] }
    )
    expect([amounts(book), fills]).toEqual([["DOGEUSDT:BOTH -65"], []])
  })

  it("24 · a position that a fill opened is asked for until an answer has it", () => {
    const { book, rounds } = recover(
      { book: fresh, gap, symbols: ["DOGEUSDT"] },
      {
        Order: () => order("1", "FILLED", "1", { updatedAt: at(3) }),
        TradesBetween: () => [trade("1", "1", "1", 3)],
        Positions: (_, round) => (round < 2 ? [] : [position("DOGEUSDT", "1", 3)])
      }
    )
    expect([amounts(book), rounds]).toEqual([["DOGEUSDT:BOTH 1"], 3])
  })

  it("24b · a position that no fill moved is believed when two reads agree, and said", () => {
    const { asked, book, elements, rounds } = recover(
      { book: live(fresh, au(0, { DOGEUSDT: "-140" })).book, gap },
      { Positions: () => [position("DOGEUSDT", "-65", 3)] }
    )
    expect([amounts(book), rounds, asked.filter(({ _tag }) => _tag === "Positions").length]).toEqual([
      ["DOGEUSDT:BOTH -65"],
      2,
      2
    ])
    expect(elements).toMatchObject([{ _tag: "Unrecovered", what: "Fills", symbol: "DOGEUSDT", ...gap }])
    const again = recover({ book, gap }, { Positions: () => [position("DOGEUSDT", "-65", 3)] })
    expect([again.rounds, again.elements]).toEqual([1, []])
  })

  it("24b · a position whose fills are late, and one whose event came before that of its fill", () => {
    const script = {
      Order: () => order("1", "FILLED", "1", { updatedAt: at(3) }),
      Positions: () => [position("DOGEUSDT", "1", 3)]
    }
    const late = recover(
      { book: fresh, gap },
      { ...script, TradesBetween: (_, round) => (round < 1 ? [] : [trade("1", "1", "1", 3)]) }
    )
    expect([fillIds(late.fills), late.rounds, late.elements.map(({ _tag }) => _tag)]).toEqual([
      ["1/1 1"],
      2,
      ["RecoveredFill", "RecoveredOrder"]
    ])
    const moved = live(fresh, au(3, { DOGEUSDT: "1" })).book
    const told = recover(
      { book: moved, gap: { from: at(3), to: at(5) } },
      { ...script, TradesBetween: () => [trade("1", "1", "1", 3)] }
    )
    expect([fillIds(told.fills), told.rounds, amounts(told.book)]).toEqual([["1/1 1"], 1, ["DOGEUSDT:BOTH 1"]])
  })

  it("26 · hedge legs are apart", () => {
    const rows = [
      position("D", "0.002", 1, { positionSide: "LONG" }),
      position("D", "-0.002", 1, { positionSide: "SHORT" })
    ]
    const { after } = recover({ book: fresh, gap }, { Positions: () => rows }, [
      au(6, { "D:LONG": "0.003" }),
      au(7, { "D:BOTH": "0", "D:LONG": "0.003", "D:SHORT": "-0.002" })
    ])
    expect(amounts(after.book)).toEqual(["D:LONG 0.003", "D:SHORT -0.002"])
  })

  it("28 · a hand on another symbol: the assets are named", () => {
    const { book } = live(fresh, oap(0, { AAA: "1", CCC: "5" }))
    const { elements } = recover(
      { book, ...spot },
      {
        Balances: () => [
          balance("AAA", "1", 4, { free: "1", locked: "0" }),
          balance("CCC", "3", 4, { free: "3", locked: "0" })
        ]
      }
    )
    expect(elements).toMatchObject([{ _tag: "Unrecovered", what: "Balances", assets: ["CCC"] }])
  })

  const traded = () => [
    balance("AAA", "1", 0, { free: "1", locked: "0" }),
    balance("CCC", "3", 4, { free: "3", locked: "0" }),
    balance("USDT", "70", 4, { free: "70", locked: "0" })
  ]
  const held = live(fresh, oap(0, { AAA: "1", USDT: "100" })).book

  it("28 · a hand on a symbol that nothing names: guessed by the assets that changed", () => {
    const inCcc = { symbol: "CCCUSDT" } as const
    const { asked, elements, fills } = recover(
      { book: held, ...spot },
      {
        Balances: traded,
        Order: () => order("9", "FILLED", "3", { ...inCcc, quantity: "3", updatedAt: at(4) }),
        Orders: ({ symbol }) => (symbol === "CCCUSDT" ? [] : refuse("-1121")),
        TradesBetween: ({ symbol }) => (symbol === "CCCUSDT" ? [trade("7", "9", "3", 4, inCcc)] : refuse("-1121"))
      }
    )
    expect(asked.flatMap((question) => (question._tag === "TradesBetween" ? [question.symbol] : []))).toEqual([
      "CCCUSDT",
      "USDTCCC"
    ])
    expect([fillIds(fills), elements.map(({ _tag }) => _tag)]).toEqual([["7/9 3"], ["RecoveredFill", "RecoveredOrder"]])
  })

  it("28 · guesses that Binance refuses say nothing, the assets are named once", () => {
    const { book, elements } = recover(
      { book: held, ...spot },
      { Balances: traded, TradesBetween: () => refuse("-1121") }
    )
    expect(elements).toMatchObject([{ _tag: "Unrecovered", what: "Balances", assets: ["CCC", "USDT"] }])
    expect(recover({ book, ...spot }, { Balances: traded }).elements).toEqual([])
  })

  it("28 · of many assets that changed, four are taken in pairs", () => {
    const { asked } = recover(
      { book: fresh, ...spot },
      {
        Balances: () =>
          ["A", "B", "C", "D", "E", "F"].map((asset) => balance(asset, "1", 4, { free: "1", locked: "0" }))
      }
    )
    const symbols = asked.flatMap((question) => (question._tag === "TradesBetween" ? [question.symbol] : []))
    expect(new Set(symbols).size).toBe(12)
  })

  describe("28 · a hand on a symbol that nothing names, and a deaf stream", () => {
    const check = { product: "Spot", kind: "Check", now: at(30) } as const
    const only = (asset: string, total: string) => [
      balance("AAA", "1", 0, { free: "1", locked: "0" }),
      balance("USDT", "100", 0, { free: "100", locked: "0" }),
      balance(asset, total, 4, { free: total, locked: "0" })
    ]
    const tags = (elements: ReadonlyArray<{ readonly _tag: string }>) => elements.map(({ _tag }) => _tag)

    it("the check finds the fill by the assets that changed", () => {
      const inCcc = { symbol: "CCCUSDT" } as const
      const { asked, book, elements, fills } = recover(
        { book: held, ...check },
        {
          Balances: traded,
          Order: () => order("9", "FILLED", "3", { ...inCcc, quantity: "3", updatedAt: at(4) }),
          TradesBetween: ({ symbol }) => (symbol === "CCCUSDT" ? [trade("7", "9", "3", 4, inCcc)] : refuse("-1121"))
        }
      )
      expect(asked).toContainEqual(expect.objectContaining({ _tag: "TradesBetween", symbol: "CCCUSDT", from: at(-5) }))
      expect([fillIds(fills), tags(elements)]).toEqual([["7/9 3"], ["RecoveredFill", "RecoveredOrder", "Diverged"]])
      expect(totals(book)).toEqual(["AAA 1", "CCC 3", "USDT 70"])
      expect(recover({ book, ...check, now: at(60) }, { Balances: traded }).elements).toEqual([])
    })

    it("a deposit and no trade: the asset is named, once", () => {
      const script = { Balances: () => only("CCC", "3"), TradesBetween: () => refuse("-1121") }
      const { book, elements } = recover({ book: held, ...check }, script)
      expect(elements).toMatchObject([
        { _tag: "Unrecovered", what: "Balances", assets: ["CCC"], from: at(0), to: at(30) },
        { _tag: "Diverged" }
      ])
      expect(recover({ book, ...check, now: at(60) }, script).elements).toEqual([])
    })

    it("the symbol was traded before: its trades are read", () => {
      const inCcc = { symbol: "CCCUSDT" } as const
      const known = { ...held, watermarks: HashMap.make(["CCCUSDT", { tradeId: "3" }] as const) }
      const rows = [trade("3", "1", "1", -9e3, inCcc), trade("7", "9", "3", 4, inCcc)]
      const { elements, fills } = recover(
        { book: known, ...check },
        {
          Balances: traded,
          Order: () => order("9", "FILLED", "3", { ...inCcc, quantity: "3", updatedAt: at(4) }),
          TradesFrom: ({ fromId, symbol }) => (symbol === "CCCUSDT" && fromId === "3" ? rows : []),
          TradesBetween: () => refuse("-1121")
        }
      )
      expect([fillIds(fills), tags(elements)]).toEqual([["7/9 3"], ["RecoveredFill", "RecoveredOrder", "Diverged"]])
    })

    it("only the asset of the fee changed, and no fill says so: it is named", () => {
      const { elements } = recover(
        { book: live(held, oap(0, { BNB: "2" })).book, ...check },
        { Balances: () => only("BNB", "1.9"), TradesBetween: () => [] }
      )
      expect(elements).toMatchObject([{ _tag: "Unrecovered", assets: ["BNB"] }, { _tag: "Diverged" }])
    })

    it("the fee of a fill that was told explains its asset, though the balances never came", () => {
      const fee = { n: "0.1", N: "BNB" } as const
      const placed = er({ i: "1", x: "NEW", X: "NEW", T: 1 })
      const filled = er({ i: "1", x: "TRADE", X: "FILLED", T: 4, l: "1", z: "1", t: "3", ...fee })
      const { book } = live(held, oap(0, { BNB: "2" }), placed, filled)
      const row = trade("3", "1", "1", 4, { ...inSpot, commission: "0.1", commissionAsset: "BNB" })
      const { elements } = recover(
        { book, ...check },
        { Balances: () => only("BNB", "1.9"), TradesFrom: () => [row], TradesBetween: () => [row] }
      )
      expect(tags(elements)).toEqual(["Diverged"])
    })

    it("what changed before the account was kept is not missing", () => {
      const book = live(empty(at(10)), oap(0, { AAA: "1", USDT: "100" })).book
      const { asked, elements } = recover({ book, ...check }, { Balances: traded })
      expect(tags(elements)).toEqual(["Diverged"])
      expect(asked.filter(({ _tag }) => _tag === "TradesBetween")).toEqual([])
    })

    for (const product of ["UsdFutures", "CoinFutures"] as const) {
      it(`${product}: a position that moved without a fill is said, once`, () => {
        const script = { Positions: () => [position("DOGEUSDT", "100", 4)] }
        const futures = { ...check, product }
        const { book, elements } = recover({ book: fresh, ...futures }, script)
        expect(elements).toMatchObject([
          { _tag: "Unrecovered", what: "Fills", symbol: "DOGEUSDT", from: at(0), to: at(30) },
          { _tag: "Diverged" }
        ])
        expect(recover({ book, ...futures, now: at(60) }, script).elements).toEqual([])
      })

      it(`${product}: a position that was opened and closed is found by what it earned`, () => {
        const closed = { side: "SELL", quantity: "5" } as const
        const { elements, fills } = recover(
          { book: live(fresh, au(0, {}, { USDT: "100" })).book, ...check, product },
          {
            Balances: () => [balance("USDT", "101", 4)],
            Symbols: () => ["DOGEUSDT"],
            Order: ({ orderId }) =>
              order(orderId, "FILLED", "5", { quantity: "5", updatedAt: at(4), ...(orderId === "2" ? closed : {}) }),
            TradesBetween: () => [trade("7", "1", "5", 3), trade("8", "2", "5", 4, closed)]
          }
        )
        expect(fillIds(fills)).toEqual(["7/1 5", "8/2 5"])
        expect(tags(elements)).toEqual([
          "RecoveredFill",
          "RecoveredFill",
          "RecoveredOrder",
          "RecoveredOrder",
          "Diverged"
        ])
      })
    }
  })

  it("31 · history of a removed pair is refused: said once, not asked again", () => {
    const { asked, elements, verdict } = recover(
      { book: fresh, ...spot, symbols: ["OLDUSDT"] },
      { TradesBetween: () => refuse("-1121"), Orders: () => refuse("-1121") }
    )
    expect(elements).toMatchObject([
      { _tag: "Unrecovered", symbol: "OLDUSDT" },
      { _tag: "Unrecovered", symbol: "OLDUSDT" }
    ])
    expect([verdict, asked.filter(({ _tag }) => _tag === "TradesBetween").length]).toEqual(["Agreed", 1])
  })

  it("32 · P [] deletes nothing", () => {
    const { book } = live(fresh, au(0, { SYM: "10" }), au(1, {}, { BNFCR: "99.9" }))
    expect([amounts(book), totals(book)]).toEqual([["SYM:BOTH 10"], ["BNFCR 99.9"]])
  })

  it("33 · a delta is never added, and is asked about if no absolute balance comes", () => {
    const start = live(fresh, oap(0, { USDT: "100" })).book
    for (const events of [
      [bu(5, "USDT", "10"), oap(5, { USDT: "110" })],
      [oap(5, { USDT: "110" }), bu(5, "USDT", "10")]
    ]) {
      const { book } = live(start, ...events)
      expect([totals(book), overdue(book, at(99)).doubts]).toEqual([["USDT 110"], []])
    }
    const alone = live(start, bu(5, "USDT", "10")).book
    expect([totals(alone), overdue(alone, at(99)).doubts]).toEqual([["USDT 100"], [{ _tag: "Balance", asset: "USDT" }]])
  })

  it("35 · what is available keeps the time of its reading", () => {
    const row = balance("USDT", "100", 0, { available: { amount: "60", readAt: at(0) } })
    const read = recover({ book: fresh, kind: "Start" }, { Balances: () => [row] })
    const { book } = live(read.book, au(20, {}, { USDT: "99" }))
    expect(HashMap.unsafeGet(book.balances, "USDT")).toMatchObject({
      total: "99",
      available: { amount: "60", readAt: at(0) }
    })
  })

  it("37 · healthy socket, event never came: said, and mended", () => {
    const script = {
      Positions: () => [position("DOGEUSDT", "100", 5)],
      Order: () => order("1", "FILLED", "100", { quantity: "100", updatedAt: at(5) }),
      TradesBetween: () => [trade("1", "1", "100", 5)]
    }
    const { book, elements, fills } = recover({ book: fresh, now: at(30) }, script)
    expect([fillIds(fills), amounts(book)]).toEqual([["1/1 100"], ["DOGEUSDT:BOTH 100"]])
    expect(elements.map(({ _tag }) => _tag)).toEqual(["RecoveredFill", "RecoveredOrder", "Diverged"])
    const late = recover({ book, now: at(60) }, { Positions: (_, round) => (round < 1 ? [] : script.Positions()) })
    expect([late.elements, amounts(late.book)]).toEqual([[], ["DOGEUSDT:BOTH 100"]])
  })
})

describe("a check", () => {
  const readOf = (asked: ReadonlyArray<Question>) =>
    asked.flatMap((question) => (question._tag.startsWith("Trades") && "symbol" in question ? [question.symbol] : []))

  it("reads the fills of the symbols that events told of since the last one, of the latest 20", () => {
    const told = Array.from({ length: 30 }, (_, i) => otu({ i: "1", s: `S${i}USDT`, x: "NEW", X: "NEW", T: i }))
    const { book } = live({ ...fresh, agreedAt: at(5) }, ...told)
    const open = Array.from({ length: 30 }, (_, i) => order("1", "NEW", "0", { symbol: `S${i}USDT`, updatedAt: at(i) }))
    const { asked, elements } = recover({ book, now: at(60) }, { OpenOrders: () => open })
    expect(elements).toEqual([])
    expect(readOf(asked)).toEqual(Array.from({ length: 20 }, (_, i) => `S${29 - i}USDT`))
    expect(
      readOf(recover({ book: { ...book, agreedAt: at(28) }, now: at(60) }, { OpenOrders: () => open }).asked)
    ).toEqual(["S29USDT", "S28USDT"])
  })
})

describe("a symbol that nothing names", () => {
  it("is found though later events tell the assets that it changed", () => {
    const book = live(fresh, oap(0, { AAA: "10", BBB: "1", USDT: "1000" })).book
    const buffered = [oap(6, { AAA: "11", BBB: "1" }), oap(6.1, { USDT: "990" })]
    const rows = [trade("1", "1", "1", 2, { symbol: "AAAUSDT" })]
    const { elements, fills } = recover(
      { book, ...spot },
      {
        Balances: () =>
          ["AAA 11", "BBB 1", "USDT 990"].map((text) => balance(text.split(" ")[0]!, text.split(" ")[1]!, 6.1)),
        TradesBetween: ({ symbol }) => (symbol === "AAAUSDT" ? rows : []),
        Order: () => order("1", "FILLED", "1", { symbol: "AAAUSDT", updatedAt: at(2) })
      },
      buffered
    )
    expect(fillIds(fills)).toEqual(["1/1 1"])
    expect(elements.filter(({ _tag }) => _tag === "Unrecovered")).toEqual([])
  })

  it("is not sought for what later events explain", () => {
    const book = live(fresh, oap(0, { AAA: "10", USDT: "1000" })).book
    const { elements } = recover(
      { book, ...spot },
      { Balances: () => [balance("AAA", "12", 6), balance("USDT", "1000", 6)] },
      [bu(6, "AAA", "2"), oap(6, { AAA: "12" })]
    )
    expect(elements).toEqual([])
  })
})
