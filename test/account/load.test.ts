import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { virtual } from "../products/harness.js"
import { adjust } from "../support/simulated.js"
import { accounts, identity } from "./accounts.js"
import { consume, expectTruth, fillsOf } from "./harness.js"

const product = "UsdFutures"

const markets = [
  { symbol: "BTCUSDT", price: "80000", part: "0.001" },
  { symbol: "ETHUSDT", price: "2500", part: "0.002" },
  { symbol: "BNBUSDT", price: "800", part: "0.01" },
  { symbol: "SOLUSDT", price: "150", part: "1" },
  { symbol: "XRPUSDT", price: "1.8", part: "10" }
]

/** How many requests are under way, and what weight Binance says was used. */
const counting = () => {
  const counts = { underWay: 0, most: 0, weight: 0 }
  const count = Effect.sync(() => {
    counts.most = Math.max(counts.most, ++counts.underWay)
  })
  const client = HttpClient.transform<HttpClientError, never, HttpClientError, never>((send) =>
    Effect.acquireUseRelease(
      count,
      () => send,
      () => Effect.sync(() => counts.underWay--)
    ).pipe(
      Effect.tap(({ headers }) => {
        counts.weight = Math.max(counts.weight, Number(headers["x-mbx-used-weight-1m"] ?? 0))
      })
    )
  )
  return { counts, client }
}

describe("a gap of five minutes with 200 orders and 500 fills", () => {
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
      for (let index = 0; index < 200; index++) {
        const { part, price, symbol } = markets[index % markets.length]!
        const order = yield* binance.placeOrder({
          product,
          symbol,
          side: "BUY",
          type: "LIMIT",
          timeInForce: "GTC",
          price,
          quantity: (Number(part) * 3).toFixed(3)
        })
        // Half of them are filled, in three parts, and the others partly, in two.
        for (let filled = 0; filled < (index % 2 === 0 ? 3 : 2); filled++) {
          yield* binance.fill({ product, ...order, quantity: part })
        }
        if (index % 20 === 0) {
          yield* adjust("20 seconds")
        }
      }
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
