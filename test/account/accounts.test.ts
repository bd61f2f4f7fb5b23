import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, virtual } from "../products/harness.js"
import { accounts, identity, loggedOn } from "./accounts.js"
import { consume, expectTruth } from "./harness.js"

const tags = (elements: ReadonlyArray<{ readonly _tag: string }>) => elements.map(({ _tag }) => _tag)

for (const row of [...accounts.map((row) => ({ ...row, name: row.product })), loggedOn]) {
  const { asset, deposit, name, price, product, quantity, symbol } = row
  const limit = { product, symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", price, quantity } as const

  describe(name, () => {
    virtual(
      "begins with a snapshot of what is there, and follows the events",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.deposit({ product, asset, amount: deposit })
        const before = yield* binance.placeOrder(limit)
        const account = yield* row.make()
        expect((yield* account.state).phase._tag).toBe("Stale")
        const elements = yield* consume(account)
        expect(tags(elements)).toEqual(["Opened", "Snapshot"])
        yield* expectTruth(account, product)
        yield* binance.fill({ product, ...before })
        yield* binance.placeOrder(limit)
        yield* adjust("1 seconds")
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "a gap is mended before anything later is told, and each fill comes once",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.deposit({ product, asset, amount: deposit })
        const account = yield* row.make()
        const elements = yield* consume(account)
        const fills: Array<string> = []
        yield* Effect.forkScoped(
          Stream.runForEach(account.fills, (fill) => Effect.sync(() => fills.push(identity(fill))))
        )
        const first = yield* binance.placeOrder(limit)
        const second = yield* binance.placeOrder(limit)
        yield* binance.fill({ product, ...first, quantity: (Number(quantity) / 10).toString() })
        yield* adjust("1 seconds")
        elements.length = 0

        yield* binance.inject(Fault.refuseConnects("reset", { for: "20 seconds" }))
        yield* binance.inject(Fault.dropSockets())
        yield* binance.fill({ product, ...first })
        yield* binance.cancel({ product, ...second })
        const third = yield* binance.placeOrder(limit)
        yield* adjust("10 seconds")
        expect((yield* account.state).phase._tag).toBe("Stale")
        yield* binance.fill({ product, ...third, quantity: (Number(quantity) / 10).toString() })
        yield* adjust("60 seconds")
        yield* binance.fill({ product, ...third })
        yield* adjust("2 seconds")

        const told = tags(elements)
        expect(told.slice(0, 2)).toEqual(["Interrupted", "Resumed"])
        const snapshot = told.indexOf("Snapshot")
        expect(told.slice(2, snapshot).every((tag) => tag.startsWith("Recovered"))).toBe(true)
        expect(told.slice(snapshot).some((tag) => tag.startsWith("Recovered"))).toBe(false)
        yield* expectTruth(account, product)
        const book = yield* binance.book({ product })
        expect(fills.toSorted()).toEqual(book.fills.map(identity).toSorted())
      })
    )
  })
}
