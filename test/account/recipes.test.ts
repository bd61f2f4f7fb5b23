import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Account, Credentials } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, virtual } from "../products/harness.js"
import { signer } from "../support/simulated.js"
import { accounts, identity, pictureOf, pictureOfBook } from "./accounts.js"
import { consume, expectTruth, fillsOf } from "./harness.js"

// Recipes of lost pictures that need an exchange.

const history = {
  Spot: "GET /api/v3/myTrades",
  UsdFutures: "GET /fapi/v1/userTrades",
  CoinFutures: "GET /dapi/v1/userTrades"
}

type Kept = ReturnType<(typeof accounts)[number]["make"]>

type Made = Effect.Effect<
  Account.Account<{ readonly _tag: string }>,
  Effect.Effect.Error<Kept>,
  Effect.Effect.Context<Kept>
>

/** What an account says of a deaf stream. */
const said = (elements: ReadonlyArray<{ readonly _tag: string; readonly assets?: ReadonlyArray<string> }>) =>
  elements.flatMap(({ _tag, assets }) =>
    _tag === "Unrecovered" ? [`Unrecovered ${assets}`] : _tag === "Diverged" ? [_tag] : []
  )

for (const row of accounts) {
  const { asset, deposit, price, product, quantity, symbol } = row
  const limit = { product, symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", price, quantity } as const
  const market = { product, symbol, side: "BUY", type: "MARKET", quantity } as const

  describe(product, () => {
    virtual(
      "two accounts of one process that trade one symbol are apart",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const apiKey = "ApiKeyOfTheSecondAccount"
        yield* binance.account({ apiKey, secretKey: SimulatedBinance.defaultSecretKey, account: "second" })
        yield* binance.deposit({ product, asset, amount: deposit })
        yield* binance.deposit({ product, account: "second", asset, amount: deposit })
        const first = yield* row.make()
        const made: Made = row.make()
        const second = yield* Effect.provide(made, Credentials.layer({ apiKey, signer }))
        yield* consume(first)
        yield* consume(second)
        const [firstFills, secondFills] = [yield* fillsOf(first), yield* fillsOf(second)]
        yield* adjust("1 minute")
        yield* binance.placeOrder(market)
        yield* binance.placeOrder({ ...market, account: "second" })
        yield* binance.placeOrder({ ...market, account: "second" })
        yield* adjust("1 second")
        expect([firstFills.length, secondFills.length]).toEqual([1, 2])

        yield* binance.inject(Fault.refuseConnects("reset", { for: "10 seconds" }))
        yield* binance.inject(Fault.dropSockets({ product, account: "second" }))
        yield* adjust("1 second")
        expect((yield* first.state).phase._tag).toBe("Current")
        expect((yield* second.state).phase._tag).toBe("Stale")
        yield* adjust("2 minutes")
        yield* expectTruth(first, product)
        expect(pictureOf(yield* second.state)).toEqual(
          pictureOfBook(yield* binance.book({ product, account: "second" }))
        )
      })
    )

    virtual(
      "the history of a removed symbol is refused: said, and everything else is mended",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.deposit({ product, asset, amount: deposit })
        const account = yield* row.make({ symbols: [row.other] })
        const elements = yield* consume(account)
        yield* binance.inject(
          Fault.errorAnswer({ endpoint: history[product], status: 400, code: -1121, msg: "Invalid symbol.", times: 1 })
        )
        yield* binance.inject(Fault.dropSockets())
        yield* adjust("2 minutes")
        yield* expectTruth(account, product)
        expect(elements.filter(({ _tag }) => _tag === "Unrecovered")).toMatchObject([
          { what: "Fills", symbol: row.other }
        ])
      })
    )

    virtual(
      "a deaf stream is said each time, and each fill comes once",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.deposit({ product, asset, amount: deposit })
        const account = yield* row.make({ reconcileEvery: "1 minute", symbols: [symbol] })
        const elements = yield* consume(account)
        const fills = yield* fillsOf(account)
        yield* adjust("1 minute")
        yield* binance.inject(Fault.stopEvents())
        for (let time = 1; time <= 3; time++) {
          yield* binance.placeOrder(market)
          yield* adjust("150 seconds")
          expect(elements.filter(({ _tag }) => _tag === "Diverged")).toHaveLength(time)
          expect(fills).toHaveLength(time)
          yield* expectTruth(account, product)
        }
      })
    )

    virtual(
      "a stream that was deaf for a while: the fills of that time are found, though later events tell the amounts",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.deposit({ product, asset, amount: deposit })
        const account = yield* row.make({ reconcileEvery: "5 minutes" })
        const elements = yield* consume(account)
        const fills = yield* fillsOf(account)
        yield* adjust("1 minute")
        yield* binance.inject(Fault.stopEvents())
        yield* binance.placeOrder(market)
        yield* adjust("1 second")
        yield* binance.inject(Fault.resumeEvents())
        yield* binance.placeOrder(market)
        yield* adjust("6 minutes")
        const book = yield* binance.book({ product })
        const ids = book.fills.map(identity)
        expect(fills).toEqual([`${ids[1]} Stream`, `${ids[0]} Recovered`])
        expect(said(elements)).toEqual(["Diverged"])
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "a deaf stream hides a symbol that nothing names: its fill is found, and a deposit is said once",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.deposit({ product, asset, amount: deposit })
        const account = yield* row.make({ reconcileEvery: "1 minute" })
        const elements = yield* consume(account)
        const fills = yield* fillsOf(account)
        yield* adjust("1 minute")
        yield* binance.inject(Fault.stopEvents())
        const { orderId } = yield* binance.placeOrder(market)
        yield* adjust("150 seconds")
        const book = yield* binance.book({ product })
        expect(fills).toEqual(book.fills.map((fill) => `${identity(fill)} Recovered`))
        expect(book.fills.map((fill) => fill.orderId)).toEqual([orderId])
        expect(said(elements)).toEqual(["Diverged"])
        yield* expectTruth(account, product)

        yield* binance.deposit({ product, asset, amount: "1" })
        yield* adjust("10 minutes")
        expect(fills).toHaveLength(1)
        expect(said(elements).slice(1)).toEqual(
          product === "Spot" ? [`Unrecovered ${asset}`, "Diverged"] : ["Diverged"]
        )
        yield* expectTruth(account, product)
      })
    )

    if (product !== "Spot") {
      virtual(
        "a fill while the listen key changes comes once, though REST is late",
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          yield* binance.deposit({ product, asset, amount: deposit })
          const account = yield* row.make()
          yield* consume(account)
          const fills = yield* fillsOf(account)
          const order = yield* binance.placeOrder(limit)
          yield* adjust("1 minute")
          yield* binance.inject(Fault.laggingRead({ endpoint: history[product], by: "10 seconds", for: "20 seconds" }))
          yield* binance.inject(Fault.expireListenKey({ product }))
          const fill = yield* binance.fill({ product, ...order })
          yield* adjust("2 minutes")
          yield* expectTruth(account, product)
          expect(fills).toEqual([`${identity(fill)} Recovered`])
        })
      )
    }
  })
}
