import { describe, expect, it } from "vitest"
import type { Order } from "../../src/internal/account/book/model.js"
import { contradict, hasEnded, isStatedEnd, merge, unknownEnd } from "../../src/internal/account/book/orders.js"
import { at, order } from "../support/accountDriver.js"

// Which of two words about one order counts (rest-recovery 4.2), whatever comes first.

const statuses = [
  "PENDING_NEW",
  "NEW",
  "PARTIALLY_FILLED",
  "FILLED",
  "CANCELED",
  "REJECTED",
  "EXPIRED",
  "EXPIRED_IN_MATCH"
]

const statusOf = (a: Order, b: Order) => merge(a, b).status

describe("merging two words about an order", () => {
  for (const first of statuses) {
    for (const second of statuses) {
      const [open, ended] = isStatedEnd(first) ? [second, first] : [first, second]
      if (isStatedEnd(first) !== isStatedEnd(second)) {
        it(`${first} then ${second}: a stated end stays, even if it is older and smaller`, () => {
          const known = order("1", first, "0.3", { updatedAt: at(9) })
          const next = order("1", second, "0.3", { updatedAt: at(1) })
          expect(statusOf(known, next)).toBe(ended)
          expect(merge(order("1", open, "0.5"), order("1", ended, "0.3")).filled).toBe("0.5")
        })
      } else {
        it(`${first} and ${second}: what is filled more counts`, () => {
          const less = order("1", first, "0.3", { updatedAt: at(9) })
          const more = order("1", second, "0.5", { updatedAt: at(1) })
          expect(merge(less, more)).toMatchObject({ status: second, filled: "0.5" })
          expect(merge(more, less)).toMatchObject({ status: second, filled: "0.5" })
        })
      }
    }
  }

  it("of open words with one sum the later counts, and of one time the higher rank", () => {
    const early = order("1", "PENDING_NEW", "0", { updatedAt: at(1) })
    const late = order("1", "NEW", "0", { updatedAt: at(2) })
    expect([statusOf(early, late), statusOf(late, early)]).toEqual(["NEW", "NEW"])
    const same = { ...late, updatedAt: at(1) }
    expect([statusOf(early, same), statusOf(same, early)]).toEqual(["NEW", "NEW"])
  })

  it("of two ends with one sum the first stays", () => {
    expect(statusOf(order("1", "CANCELED", "0"), order("1", "EXPIRED", "0"))).toBe("CANCELED")
    expect(contradict(order("1", "CANCELED", "0"), order("1", "EXPIRED", "0"))).toBe(true)
    expect(contradict(order("1", "CANCELED", "0"), order("1", "CANCELED", "0"))).toBe(false)
  })

  it("an end that nobody stated is taken back by any word, and ends no stated end", () => {
    const unknown = order("1", unknownEnd, "0.5", { origin: "Inferred", updatedAt: at(9) })
    const shown = order("1", "PARTIALLY_FILLED", "0.3", { updatedAt: at(1) })
    expect(hasEnded(unknown)).toBe(true)
    expect(merge(unknown, shown)).toMatchObject({ status: "PARTIALLY_FILLED", filled: "0.5", origin: "Recovered" })
    expect(statusOf(shown, unknown)).toBe(unknownEnd)
    expect(statusOf(order("1", "CANCELED", "0.5"), unknown)).toBe("CANCELED")
    expect(statusOf(unknown, order("1", "CANCELED", "0.5"))).toBe("CANCELED")
    expect(merge(unknown, unknown)).toBe(unknown)
  })

  it("an amendment changes price and quantity by its time, whatever is filled", () => {
    const known = order("1", "PARTIALLY_FILLED", "0.5", { updatedAt: at(5), averagePrice: "10" })
    const amended = order("1", "NEW", "0.3", { updatedAt: at(6), price: "11", quantity: "0.9" })
    expect(merge(known, amended)).toMatchObject({ price: "11", quantity: "0.9", filled: "0.5", averagePrice: "10" })
    expect(merge(amended, known)).toMatchObject({ price: "11", quantity: "0.9", filled: "0.5", averagePrice: "10" })
    expect(merge(known, { ...amended, updatedAt: at(5) }).price).toBe("10")
    expect(merge(known, { ...amended, updatedAt: at(5), origin: "Stream" }).price).toBe("11")
  })

  it("keeps the client id, and learns when it was created", () => {
    const next = order("1", "NEW", "0", { clientOrderId: "web_1", createdAt: at(0) })
    expect(merge(order("1", "NEW", "0"), next)).toMatchObject({ clientOrderId: "a", createdAt: at(0) })
  })

  it("a status that is not known ends nothing, and is known again by time", () => {
    const strange = order("1", "SOMETHING_NEW", "0", { updatedAt: at(2) })
    expect(hasEnded(strange)).toBe(false)
    expect(statusOf(order("1", "NEW", "0", { updatedAt: at(1) }), strange)).toBe("SOMETHING_NEW")
    expect(statusOf(strange, order("1", "EXPIRED", "0"))).toBe("EXPIRED")
  })
})
