import { describe, expect, it } from "vitest"
import { empty } from "../../src/internal/account/book/book.js"
import { at, balance, epoch, fillIds, live, order, orderIds, otu, recover, trade } from "../support/accountDriver.js"

// What is read again is either told for the first time, or known to have been told.

const fresh = empty(epoch)
const minutes = (m: number) => m * 60
const filled = (i: string, m: number) => otu({ i, x: "TRADE", X: "FILLED", T: minutes(m), l: "1", z: "1", t: i })

describe("a check", () => {
  it("finds the fill of a lost event however many fills came since", () => {
    const open = live(fresh, otu({ i: "1", x: "NEW", X: "NEW", T: 0 })).book
    // order 1 is filled (trade 1) at minute 2, its event is lost.
    const { book } = live(open, ...[11, 22, 33, 44].map((m) => filled(String(m), m)))
    const rows = [1, 11, 22, 33, 44].map((m) => trade(String(m), String(m), "1", minutes(m === 1 ? 2 : m)))
    const now = at(minutes(60))
    const done = order("1", "FILLED", "1", { updatedAt: at(minutes(2)) })
    const r = recover(
      { book, now },
      { Order: () => done, TradesBetween: () => rows, TradesFrom: () => rows, TradesOf: () => rows.slice(0, 1) }
    )
    expect(fillIds(r.fills)).toEqual(["1/1 1"])
  })

  it("does not tell again the orders that ended long before", () => {
    const { book } = live(fresh, ...[1, 12, 23].map((m) => filled(String(m), m)))
    const rows = [1, 12, 23].map((m) => trade(String(m), String(m), "1", minutes(m)))
    const orders = [1, 12, 23].map((m) => order(String(m), "FILLED", "1", { updatedAt: at(minutes(m)) }))
    const r = recover(
      { book, now: at(minutes(30)) },
      {
        Balances: () => [balance("USDT", "5", minutes(20))],
        Orders: () => orders,
        TradesBetween: () => rows,
        TradesFrom: () => rows
      }
    )
    expect(r.elements).toMatchObject([{ _tag: "Diverged", differences: ["balance USDT was 0, is 5"] }])
  })
})

describe("a long gap", () => {
  it("finds what came late though it spans more than is remembered", () => {
    const hour = { from: at(0), to: at(minutes(60)) }
    const all = [5, 10, 20, 35, 59].map((m) => trade(String(m), String(m), "1", minutes(m)))
    const orders = [5, 10, 20, 35, 59].map((m) => order(String(m), "FILLED", "1", { updatedAt: at(minutes(m)) }))
    const seen = (rows: ReadonlyArray<{ readonly orderId: string }>) => rows.filter(({ orderId }) => orderId !== "10")
    const first = recover(
      { book: fresh, gap: hour, now: at(minutes(60)), symbols: ["DOGEUSDT"] },
      { Orders: () => seen(orders), TradesBetween: () => seen(all) }
    )
    const second = recover(
      { book: first.book, gap: hour, now: at(minutes(60) + 20) },
      {
        Orders: () => orders,
        TradesBetween: () => all,
        TradesFrom: () => all,
        TradesOf: ({ orderId }) => all.filter((t) => t.orderId === orderId)
      }
    )
    expect(fillIds(first.fills)).toHaveLength(4)
    expect(fillIds(second.fills)).toEqual(["10/10 1"])
  })
})

describe("more fills than are remembered", () => {
  const many = Array.from({ length: 12_500 }, (_, index) =>
    otu({
      i: "1",
      x: "TRADE",
      X: "PARTIALLY_FILLED",
      T: 60 + index / 100,
      l: "1",
      z: String(index + 1),
      t: String(index + 1),
      q: "20000"
    })
  )
  const { book } = live(fresh, ...many)
  const open = order("1", "PARTIALLY_FILLED", "12500", { quantity: "20000", updatedAt: at(184.99) })

  it("came since a gap: that one of before them may be missing is said", () => {
    const gap = { from: at(50), to: at(55) }
    const { elements } = recover({ book, gap, now: at(200) }, { OpenOrders: () => [open] })
    expect(elements).toMatchObject([{ _tag: "Unrecovered", what: "Fills", from: at(50), to: book.fills.horizon }])
  })

  it("came before a gap: nothing is said", () => {
    const gap = { from: at(190), to: at(195) }
    expect(recover({ book, gap, now: at(200) }, { OpenOrders: () => [open] }).elements).toEqual([])
  })
})

describe("a start", () => {
  it("has the fills before it in its orders", () => {
    const early = empty(at(-3_600))
    const row = order("1", "PARTIALLY_FILLED", "0.5", { updatedAt: at(-3) })
    const start = recover({ book: early, kind: "Start", now: at(0) }, { OpenOrders: () => [row] })
    expect(orderIds(start.book)).toEqual(["DOGEUSDT/1 PARTIALLY_FILLED 0.5"])
    const after = recover(
      { book: start.book, gap: { from: at(1), to: at(5) } },
      {
        OpenOrders: () => [row],
        Order: () => row,
        TradesBetween: () => [trade("1", "1", "0.5", -3)],
        TradesOf: () => [trade("1", "1", "0.5", -3)]
      }
    )
    expect([orderIds(after.book), fillIds(after.fills)]).toEqual([["DOGEUSDT/1 PARTIALLY_FILLED 0.5"], []])
  })
  it("has fills that happened while it was made in its orders", () => {
    const row = order("1", "PARTIALLY_FILLED", "0.5", { updatedAt: at(20) })
    const start = recover({ book: fresh, kind: "Start", now: at(0) }, { OpenOrders: () => [row] })
    const after = recover(
      { book: start.book, gap: { from: at(15), to: at(25) }, now: at(60) },
      {
        OpenOrders: () => [row],
        Order: () => row,
        TradesBetween: () => [trade("1", "1", "0.5", 20)],
        TradesOf: () => [trade("1", "1", "0.5", 20)]
      }
    )
    expect([orderIds(after.book), fillIds(after.fills)]).toEqual([["DOGEUSDT/1 PARTIALLY_FILLED 0.5"], []])
  })
})
