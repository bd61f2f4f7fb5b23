import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import { Account } from "effect-binance-user-data"
import { virtual } from "../products/harness.js"
import { adjust } from "../support/simulated.js"
import { accounts, identity } from "./accounts.js"
import { expectTruth, inGap, start } from "./harness.js"

// What REST cannot tell: what an account says of it, and what it does not make up.

const recovered = (elements: ReadonlyArray<any>) =>
  elements.flatMap(({ _tag, order }) => (_tag === "RecoveredOrder" ? [order] : []))

for (const row of accounts) {
  const { price, product, quantity, symbol } = row
  const limit = { product, symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", price, quantity } as const

  describe(`${product}: what REST cannot tell`, () => {
    virtual(
      "9.1 · an order that is placed and cancelled in a gap comes once, with its end, and when it was placed",
      Effect.gen(function* () {
        const { account, binance, elements, fills } = yield* start(row)
        const { orderId } = yield* inGap(
          Effect.gen(function* () {
            const order = yield* binance.placeOrder(limit)
            yield* adjust("1 second")
            return yield* binance.cancel({ product, ...order })
          })
        )
        const [order, ...others] = recovered(elements)
        expect(others).toEqual([])
        expect(order).toMatchObject({ symbol, orderId, status: "CANCELED", origin: "Recovered" })
        expect(Number(order.filled)).toBe(0)
        expect(order.updatedAt - order.createdAt).toBe(1_000)
        expect(fills).toEqual([])
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "9.2 · why an order ended is not told, and no reason is made up",
      Effect.gen(function* () {
        const { account, binance, elements } = yield* start(row)
        const resting = yield* binance.placeOrder(limit)
        yield* inGap(binance.expire({ product, ...resting }))
        const orders = recovered(elements)
        expect(orders).toMatchObject([{ orderId: resting.orderId, status: "EXPIRED" }])
        expect(Object.keys(orders[0]).filter((key) => /reason|reject|code|who/i.test(key))).toEqual([])
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "9.7 · what is recovered is marked, and carries no id or time of an event that was missed",
      Effect.gen(function* () {
        const { binance, elements, fills } = yield* start(row)
        const resting = yield* binance.placeOrder(limit)
        const missed = yield* inGap(binance.fill({ product, ...resting }))
        const told = elements.filter(({ _tag }) => _tag === "RecoveredFill" || _tag === "RecoveredOrder")
        expect(told.map(({ _tag }) => _tag)).toEqual(["RecoveredFill", "RecoveredOrder"])
        for (const element of told) {
          expect(Account.isAccountElement(element)).toBe(true)
          expect(element.fill ?? element.order).toMatchObject({ origin: "Recovered" })
          const keys = [element, element.fill ?? element.order].flatMap((part) => Object.keys(part))
          expect(keys.filter((key) => /^event|executionId|updateId|^E$|^I$/i.test(key))).toEqual([])
        }
        expect(fills).toEqual([`${identity(missed)} Recovered`])
      })
    )

    virtual(
      "9.8 · the fills of a symbol come in their order, also those of one millisecond",
      Effect.gen(function* () {
        const { binance, elements } = yield* start(row)
        const part = (Number(quantity) / 5).toString()
        const placed = yield* Effect.all([
          binance.placeOrder(limit),
          binance.placeOrder({ ...limit, symbol: row.other, price: "2000" }),
          binance.placeOrder(limit)
        ])
        yield* inGap(
          Effect.gen(function* () {
            // All within one millisecond, then again.
            for (const wait of ["10 millis", "1 second"] as const) {
              for (const order of [...placed, ...placed]) {
                yield* binance.fill({ product, ...order, quantity: part })
              }
              yield* adjust(wait)
            }
          })
        )
        const told = elements.flatMap(({ _tag, fill }) => (_tag === "RecoveredFill" ? [fill] : []))
        const book = yield* binance.book({ product })
        expect(book.fills).toHaveLength(12)
        for (const name of [symbol, row.other]) {
          const of = (fills: ReadonlyArray<any>) => fills.filter((fill) => fill.symbol === name).map(identity)
          expect(of(told)).toEqual(of(book.fills))
        }
        expect(new Set(told.map(({ time }) => time)).size).toBe(2)
      })
    )

    if (product !== "Spot") {
      virtual(
        "9.6 · what became of leverage and margin is in the Snapshot, and no change or margin call is made up",
        Effect.gen(function* () {
          const { binance, elements } = yield* start(row)
          const before = elements.length
          yield* inGap(
            Effect.gen(function* () {
              yield* binance.setLeverage({ product, symbol, leverage: 7 })
              yield* binance.setLeverage({ product, symbol, leverage: 9 })
              yield* binance.setMarginType({ product, symbol, marginType: "ISOLATED" })
            })
          )
          const told = elements.slice(before).map(({ _tag }) => _tag)
          expect(new Set(told)).toEqual(new Set(["Interrupted", "Resumed", "Snapshot"]))
          const { modes } = elements.findLast(({ _tag }) => _tag === "Snapshot").state
          expect(HashMap.unsafeGet(modes.leverage, symbol)).toBe(9)
          expect(HashMap.unsafeGet(modes.marginType, symbol)).toBe("isolated")
        })
      )
    }
  })
}
