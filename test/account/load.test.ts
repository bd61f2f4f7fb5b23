import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Credentials } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { virtual } from "../products/harness.js"
import { adjust } from "../support/simulated.js"
import { accounts, identity, pictureOf, pictureOfBook } from "./accounts.js"
import { consume, expectTruth, fillsOf } from "./harness.js"
import { counting, product, trade } from "./load.js"

describe("a gap of five minutes with 200 orders and 500 fills on 20 symbols", () => {
  const { client, counts } = counting()

  virtual(
    "is recovered whole, with at most four calls at a time and half of the weight of a minute",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.deposit({ product, asset: "USDT", amount: "10000000" })
      const account = yield* accounts[1].make()
      const elements = yield* consume(account)
      const fills = yield* fillsOf(account)
      yield* adjust("2 minutes")
      yield* binance.inject(Fault.refuseConnects("reset", { for: "5 minutes" }))
      yield* binance.inject(Fault.dropSockets())
      yield* trade(binance, adjust("20 seconds"))
      yield* binance.inject(Fault.slow({ by: "50 millis", for: "10 minutes" }))
      counts.weight = 0
      yield* adjust("3 minutes")
      const book = yield* binance.book({ product })
      expect([book.fills.length, book.openOrders.length]).toEqual([500, 100])
      expect(elements.flatMap(({ _tag }) => (_tag === "Unrecovered" || _tag === "Diverged" ? [_tag] : []))).toEqual([])
      expect([...fills].sort()).toEqual(book.fills.map((fill) => `${identity(fill)} Recovered`).sort())
      yield* expectTruth(account, product)
      expect(counts.most).toBe(4)
      expect(counts.weight).toBeLessThan(1_200)
      expect((yield* binance.counters).violations).toEqual([])
    }),
    { client, binance: { enforceLimits: true } }
  )
})

describe("100 accounts that lose their streams at once", () => {
  const { client, counts } = counting()

  virtual(
    "all recover, and together stay inside half of the weight of a minute",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { signer } = yield* Credentials.Credentials
      const owners = Array.from({ length: 100 }, (_, index) => `account${index}`)
      const kept = yield* Effect.forEach(owners, (owner) =>
        Effect.gen(function* () {
          yield* binance.account({ apiKey: owner, account: owner, secretKey: SimulatedBinance.defaultSecretKey })
          yield* binance.deposit({ account: owner, product, asset: "USDT", amount: "100000" })
          const credentials = Credentials.layer({ apiKey: owner, signer: Option.getOrUndefined(signer) })
          const account = yield* Effect.provide(accounts[1].make({ reconcileEvery: "2 hours" }), credentials)
          const elements = yield* consume(account)
          return { account, elements, owner }
        })
      )
      yield* adjust("20 minutes")
      yield* binance.inject(Fault.dropSockets())
      for (const account of owners) {
        yield* binance.placeOrder({
          account,
          product,
          symbol: "BTCUSDT",
          side: "BUY",
          type: "MARKET",
          quantity: "0.01"
        })
      }
      Object.assign(counts, { weight: 0, most: 0 })
      yield* adjust("30 minutes")
      for (const { account, elements, owner } of kept) {
        const tags = elements.map(({ _tag }) => _tag)
        expect([owner, tags.indexOf("Snapshot", tags.lastIndexOf("Resumed")) > 0]).toEqual([owner, true])
        expect(tags.filter((tag) => tag === "RecoveredFill")).toHaveLength(1)
        expect(pictureOf(yield* account.state)).toEqual(pictureOfBook(yield* binance.book({ account: owner, product })))
      }
      // Reads, and a call for the listen key of each.
      expect(counts.weight).toBeLessThanOrEqual(1_200 + owners.length)
      expect((yield* binance.counters).violations).toEqual([])
    }),
    { client, binance: { enforceLimits: true } }
  )
})
