import * as HashSet from "effect/HashSet"
import { describe, expect, it } from "vitest"
import { nextDue, overdue } from "../../src/internal/account/book/apply.js"
import { empty } from "../../src/internal/account/book/book.js"
import type { Fact } from "../../src/internal/account/book/fact.js"
import {
  algo,
  algoRow,
  algos,
  amounts,
  at,
  au,
  epoch,
  fillIds,
  live,
  order,
  orderIds,
  otu,
  position,
  recover,
  trade
} from "../support/accountDriver.js"

// Conditional orders and the orders that they become: recipes 1 to 4 of the drift page.

const start = live(empty(epoch), au(0, { DOGEUSDT: "500" }), algo({ T: 0, X: "NEW", caid: "sl-1" })).book

const child = (x: string, X: string, T: number, more = {}) =>
  otu({ i: "889", x, X, T, c: "sl-1", S: "SELL", q: "500", ...more })

const filled = child("TRADE", "FILLED", 2, { l: "500", z: "500", t: "77" })

describe("1 · algo order stays TRIGGERING, no order is born", () => {
  const triggering = live(start, algo({ T: 1, X: "TRIGGERING", caid: "sl-1" }))
  const scripts = { a: [algoRow("1", "TRIGGERING", { updatedAt: at(1) })], b: [] }

  it("is asked about after two seconds, and every eight until it is reported", () => {
    expect(triggering.doubts).toEqual([])
    expect(nextDue(triggering.book)).toBe(at(2))
    const doubt = { _tag: "Triggering", symbol: "DOGEUSDT", algoId: "1", since: at(1) }
    const first = overdue(triggering.book, at(2))
    expect(first.doubts).toEqual([doubt])
    expect(nextDue(first.book)).toBe(at(10))
    expect(overdue(first.book, at(9)).book).toBe(first.book)
    const reported = { ...first.book, reported: HashSet.make("1") }
    expect(nextDue(overdue(reported, at(10)).book)).toBeUndefined()
  })

  for (const [variant, rows] of Object.entries(scripts)) {
    it(`stays, and is told once, after the deadline (variant ${variant})`, () => {
      const doubts = [{ _tag: "Triggering", symbol: "DOGEUSDT", algoId: "1", since: at(1) }] as const
      const script = { AlgoOrder: () => rows[0], OpenAlgoOrders: () => rows }
      const early = recover({ book: triggering.book, kind: "Doubt", doubts, now: at(3) }, script, [], 1)
      expect(early.elements).toEqual([])
      expect(early.asked.map(({ _tag }) => _tag)).toEqual(["AlgoOrder", "Orders"])
      const late = recover({ book: early.book, kind: "Doubt", doubts, now: at(11) }, script, [], 1)
      expect(late.elements).toMatchObject([{ _tag: "Unrecovered", what: "AlgoOrder", algoId: "1", from: at(1) }])
      expect(algos(late.book)).toEqual(["1 TRIGGERING"])
      expect(amounts(late.book)).toEqual(["DOGEUSDT:BOTH 500"])
      expect(recover({ book: late.book, kind: "Doubt", doubts, now: at(20) }, script, [], 1).elements).toEqual([])
      const born = live(late.book, child("NEW", "NEW", 95), filled, au(95, { DOGEUSDT: "0" }))
      expect([algos(born.book), orderIds(born.book), amounts(born.book), fillIds(born.fills)]).toEqual([
        [],
        [],
        [],
        ["77/889 500"]
      ])
      expect(live(born.book, algo({ T: 96, X: "FINISHED", caid: "sl-1", ai: "889" })).book.algoOrders).toBe(
        born.book.algoOrders
      )
    })
  }

  it("is closed by the order that a doubt finds by its client id", () => {
    const doubts = [{ _tag: "Triggering", symbol: "DOGEUSDT", algoId: "1", since: at(1) }] as const
    const row = order("889", "FILLED", "500", {
      clientOrderId: "sl-1",
      side: "SELL",
      quantity: "500",
      updatedAt: at(2)
    })
    const { book, elements } = recover(
      { book: triggering.book, kind: "Doubt", doubts },
      {
        AlgoOrder: () => undefined,
        Orders: () => [row],
        Order: () => row,
        TradesOf: () => [trade("77", "889", "500", 2, { side: "SELL" })]
      }
    )
    expect(algos(book)).toEqual([])
    expect(elements.map(({ _tag }) => _tag)).toEqual(["RecoveredFill", "RecoveredOrder", "RecoveredAlgoOrder"])
    expect(elements[2]).toMatchObject({ algoOrder: { status: "FINISHED", orderId: "889", origin: "Inferred" } })
  })

  it("is no doubt any more once it has an order", () => {
    const { book } = live(triggering.book, algo({ T: 1.5, X: "TRIGGERED", caid: "sl-1", ai: "889" }))
    expect(nextDue(book)).toBeUndefined()
    const doubts = [{ _tag: "Triggering", symbol: "DOGEUSDT", algoId: "1", since: at(1) }] as const
    const { asked, elements } = recover({ book, kind: "Doubt", doubts }, {})
    expect([new Set(asked.map(({ _tag }) => _tag)), elements]).toEqual([new Set(["Order"]), []])
  })
})

/** All orders that keep the order within each list. */
const interleavings = <A>(a: ReadonlyArray<A>, b: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  a.length === 0 || b.length === 0
    ? [[...a, ...b]]
    : [
        ...interleavings(a.slice(1), b).map((rest) => [a[0]!, ...rest]),
        ...interleavings(a, b.slice(1)).map((rest) => [b[0]!, ...rest])
      ]

describe("2 · the child's fill arrives before TRIGGERED and FINISHED", () => {
  const triggering = live(start, algo({ T: 1, X: "TRIGGERING", caid: "sl-1" })).book
  const orders: ReadonlyArray<ReadonlyArray<Fact>> = [child("NEW", "NEW", 2), filled]
  const updates = [
    algo({ T: 2.1, X: "TRIGGERED", caid: "sl-1", ai: "889" }),
    algo({ T: 2.2, X: "FINISHED", caid: "sl-1", ai: "889" })
  ]
  const account = [au(2, { DOGEUSDT: "0" })]
  const all = interleavings(orders, updates).flatMap((events) => interleavings(events, account))
  all.forEach((events, index) => {
    it(`one fill and one end, in the order of arrival ${index + 1} of ${all.length}`, () => {
      const { book, fills } = live(triggering, ...events)
      expect([algos(book), orderIds(book), amounts(book), fillIds(fills)]).toEqual([[], [], [], ["77/889 500"]])
    })
  })

  it("an end follows from the child, by its id, its algo id or its client id", () => {
    const linked = live(triggering, algo({ T: 1, X: "TRIGGERED", caid: "sl-1", ai: "889" })).book
    expect(
      algos(live(linked, otu({ i: "889", x: "TRADE", X: "FILLED", T: 2, c: "x", l: "1", z: "1", t: "1" })).book)
    ).toEqual([])
    const named = otu({ i: "890", x: "EXPIRED", X: "EXPIRED", T: 2, c: "x", st: "ALGO_CONDITION", si: "1" })
    expect(algos(live(start, named).book)).toEqual([])
    expect(algos(live(start, otu({ i: "890", x: "EXPIRED", X: "EXPIRED", T: 2, c: "sl-1" })).book)).toEqual(["1 NEW"])
    expect(algos(live(start, otu({ i: "890", x: "NEW", X: "NEW", T: 2, c: "other" })).book)).toEqual(["1 NEW"])
  })

  it("the gap hides the child: the same end, the fill recovered", () => {
    const { book, elements, fills } = recover(
      { book: triggering, gap: { from: at(1.5), to: at(2.5) } },
      {
        AlgoOrder: () => algoRow("1", "FINISHED", { orderId: "889", updatedAt: at(2.2), clientAlgoId: "sl-1" }),
        Order: () =>
          order("889", "FILLED", "500", { clientOrderId: "sl-1", quantity: "500", side: "SELL", updatedAt: at(2) }),
        TradesBetween: () => [trade("77", "889", "500", 2, { side: "SELL" })]
      }
    )
    expect([algos(book), orderIds(book), amounts(book), fillIds(fills)]).toEqual([[], [], [], ["77/889 500"]])
    expect(elements.map(({ _tag }) => _tag)).toEqual(["RecoveredFill", "RecoveredOrder", "RecoveredAlgoOrder"])
  })
})

describe("3 · algo order asked at the wrong call", () => {
  const gap = { from: at(0), to: at(300) }

  it("case a: not listed, but known singly: open", () => {
    const { asked, book, elements } = recover(
      { book: start, gap, now: at(300) },
      { AlgoOrder: () => algoRow("1", "NEW"), Positions: () => [position("DOGEUSDT", "500", 0)] }
    )
    expect(algos(book)).toEqual(["1 NEW"])
    expect(elements).toEqual([])
    expect(asked.some(({ _tag }) => _tag === "Order")).toBe(false)
  })

  it("not known anywhere: open, also after a later check", () => {
    const { book, elements } = recover(
      { book: start, gap, now: at(300) },
      { Positions: () => [position("DOGEUSDT", "500", 0)] }
    )
    expect(algos(book)).toEqual(["1 NEW"])
    expect(elements).toEqual([])
    const polled = recover(
      { book, kind: "Check", now: at(1_200) },
      { AlgoOrder: () => refuse, Positions: () => [position("DOGEUSDT", "500", 0)] }
    )
    expect([algos(polled.book), polled.elements]).toEqual([["1 NEW"], []])
  })

  it("not known anywhere, and so old that REST would have forgotten its end: open, and reported once", () => {
    const days = (count: number) => at(count * 86_400)
    const answers = { AlgoOrder: () => refuse, Positions: () => [position("DOGEUSDT", "500", 0)] }
    const young = recover({ book: start, kind: "Check", now: days(2.9) }, answers)
    expect([algos(young.book), young.elements]).toEqual([["1 NEW"], []])
    const old = recover({ book: young.book, kind: "Check", now: days(3.1) }, answers)
    expect(algos(old.book)).toEqual(["1 NEW"])
    expect(old.elements).toMatchObject([{ _tag: "Unrecovered", what: "AlgoOrder", algoId: "1", symbol: "DOGEUSDT" }])
    const again = recover({ book: old.book, kind: "Check", now: days(3.2) }, answers)
    expect([algos(again.book), again.elements]).toEqual([["1 NEW"], []])
    const listed = recover(
      { book: again.book, kind: "Check", now: days(3.3) },
      { OpenAlgoOrders: () => [algoRow("1", "NEW")], Positions: answers.Positions }
    )
    expect([algos(listed.book), listed.elements]).toEqual([["1 NEW"], []])
  })

  it("case b: finished, with its child: ended, and the fill recovered", () => {
    const { book, fills } = recover(
      { book: start, gap, now: at(300) },
      {
        AlgoOrder: () => algoRow("1", "FINISHED", { orderId: "55", updatedAt: at(100) }),
        Order: () => order("55", "FILLED", "3", { quantity: "3", updatedAt: at(100) }),
        TradesBetween: () => [trade("9", "55", "3", 100)]
      }
    )
    expect([algos(book), fillIds(fills), amounts(book)]).toEqual([[], ["9/55 3"], []])
  })
})

const refuse = { _tag: "Refused", reason: "gone" }

describe("4 · sibling stop stays after the other one fired", () => {
  const two = live(start, algo({ T: 0, X: "NEW", aid: "2", caid: "tp" })).book
  const fired = live(two, filled, au(2, { DOGEUSDT: "0" }), algo({ T: 2, X: "FINISHED", caid: "sl-1", ai: "889" })).book

  it("stays, also after a gap", () => {
    expect(algos(fired)).toEqual(["2 NEW"])
    const { book, elements } = recover(
      { book: fired, gap: { from: at(3), to: at(4) } },
      { OpenAlgoOrders: () => [algoRow("2", "NEW", { clientAlgoId: "tp" })] }
    )
    expect([algos(book), elements]).toEqual([["2 NEW"], []])
  })

  it("goes by the exchange's own word", () => {
    const { book } = live(fired, algo({ T: 3, X: "EXPIRED", aid: "2", caid: "tp" }))
    expect(algos(book)).toEqual([])
    expect(algos(live(book, algo({ T: 2, X: "NEW", aid: "2", caid: "tp" })).book)).toEqual([])
  })

  it("what was placed in a gap is recovered", () => {
    const { book, elements } = recover(
      { book: fired, gap: { from: at(3), to: at(4) } },
      { OpenAlgoOrders: () => [algoRow("2", "NEW"), algoRow("3", "NEW")] }
    )
    expect(algos(book)).toEqual(["2 NEW", "3 NEW"])
    expect(elements).toMatchObject([{ _tag: "RecoveredAlgoOrder", algoOrder: { algoId: "3" } }])
  })
})
