import { describe, expect, it } from "vitest"
import { empty } from "../../src/internal/account/book/book.js"
import {
  amounts,
  at,
  au,
  balance,
  epoch,
  live,
  order,
  position,
  recover,
  totals,
  trade
} from "../support/accountDriver.js"

// Answers that are older than what is known: they never win.

const fresh = empty(epoch)

describe("two reads", () => {
  const gap = { from: at(0), to: at(5) }
  it("an older second answer of a balance or position does not win over the first", () => {
    const book = live(fresh, au(0, { DOGEUSDT: "1", AAAUSDT: "1" }, { USDT: "10" })).book
    const r = recover(
      { book, gap },
      {
        // AAA keeps the recovery asking.
        Positions: (_, round) => [
          position("DOGEUSDT", round === 0 ? "5" : "3", round === 0 ? 4 : 2),
          position("AAAUSDT", "2", 3)
        ],
        TradesBetween: ({ symbol }, round) =>
          symbol === "DOGEUSDT"
            ? [trade("1", "1", "2", 2), trade("2", "2", "2", 4)]
            : round < 1
              ? []
              : [trade("1", "7", "1", 3, { symbol: "AAAUSDT" })],
        Order: ({ symbol, orderId }) =>
          order(orderId, "FILLED", orderId === "7" ? "1" : "2", { symbol, quantity: "2", updatedAt: at(4) }),
        Balances: (_, round) => [balance("USDT", round === 0 ? "12" : "11", round === 0 ? 4 : 2)]
      }
    )
    expect([amounts(r.book), totals(r.book)]).toEqual([["AAAUSDT:BOTH 2", "DOGEUSDT:BOTH 5"], ["USDT 12"]])
  })

  it("a position that was told a moment ago is not gone because two late answers lack it", () => {
    const book = live(fresh, au(9.9, { DOGEUSDT: "1" })).book
    const r = recover(
      { book, gap, now: at(10) },
      { Positions: (_, round) => (round < 2 ? [] : [position("DOGEUSDT", "1", 9.9)]) }
    )
    expect(amounts(r.book)).toEqual(["DOGEUSDT:BOTH 1"])
  })
})

describe("a check whose answers are late as well", () => {
  const symbols = ["DOGEUSDT"]
  const filledAt = 3
  const shows = ({ from }: { readonly from: number }) => from <= at(filledAt)
  const script = {
    Balances: () => [balance("USDT", "9", filledAt)],
    Positions: () => [position("DOGEUSDT", "1", filledAt)],
    Orders: (question: { readonly from: number }) =>
      shows(question) ? [order("1", "FILLED", "1", { updatedAt: at(filledAt) })] : [],
    TradesBetween: (question: { readonly from: number }) => (shows(question) ? [trade("1", "1", "1", filledAt)] : [])
  }
  const late = { Balances: () => [balance("USDT", "10", 0)] }

  it("does not hide from a restart what a gap before it hid", () => {
    const book = live(fresh, au(0, {}, { USDT: "10" })).book
    const gap = { from: at(1), to: at(5) }
    const mended = recover({ book, gap, symbols }, late)
    const checked = recover({ book: mended.book, kind: "Check", now: at(15), symbols }, late)
    const since = { from: checked.book.agreedAt, to: at(40) }
    const r = recover({ book: checked.book, kind: "Restart", gap: since, now: at(40), symbols }, script)
    expect(r.elements.map(({ _tag }) => _tag)).toEqual(["RecoveredFill", "RecoveredOrder"])
  })

  it("does not hide from the next check what the stream lost before it", () => {
    const book = live(fresh, au(0, {}, { USDT: "10" })).book
    const checked = recover({ book, kind: "Check", now: at(30), symbols }, late)
    const r = recover({ book: checked.book, kind: "Check", now: at(930), symbols }, script)
    expect(r.elements.map(({ _tag }) => _tag)).toEqual(["RecoveredFill", "RecoveredOrder", "Diverged"])
  })
})
