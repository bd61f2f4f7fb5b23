import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, virtual } from "../products/harness.js"
import { accounts } from "./accounts.js"
import { consume, expectTruth } from "./harness.js"

const history = {
  Spot: "GET /api/v3/myTrades",
  UsdFutures: "GET /fapi/v1/userTrades",
  CoinFutures: "GET /dapi/v1/userTrades"
}

const paths = { Spot: "/api/v3", UsdFutures: "/fapi/v1", CoinFutures: "/dapi/v1" }

const balances = { Spot: "/api/v3/account", UsdFutures: "/fapi/v3/balance", CoinFutures: "/dapi/v1/balance" }

for (const row of accounts) {
  const { asset, deposit, price, product, quantity, symbol } = row

  describe(`${product}: reads that are refused`, () => {
    virtual(
      "a span that is short enough and refused all the same is asked for again, before a fill is inferred",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.deposit({ product, asset, amount: deposit })
        const account = yield* row.make()
        const elements = yield* consume(account)
        const order = { product, symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", price, quantity } as const
        const open = yield* binance.placeOrder(order)
        yield* adjust("1 second")
        yield* binance.inject(Fault.refusedWindow({ endpoint: history[product], times: 3 }))
        yield* binance.inject(Fault.refuseConnects("reset", { for: "10 seconds" }))
        yield* binance.inject(Fault.dropSockets())
        const fill = yield* binance.fill({ product, ...open })
        yield* adjust("2 minutes")
        yield* expectTruth(account, product)
        const fills = elements.filter(({ _tag }) => _tag === "RecoveredFill").map((element) => element.fill)
        expect(fills).toMatchObject([{ tradeId: fill.tradeId, origin: "Recovered" }])
        expect(elements.filter(({ _tag }) => _tag === "Unrecovered")).toEqual([])
      })
    )

    virtual(
      "by a gateway and not by Binance are asked for again: no order is ended by its page",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.deposit({ product, asset, amount: deposit })
        const account = yield* row.make()
        const elements = yield* consume(account)
        const order = { product, symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", price, quantity } as const
        const { orderId } = yield* binance.placeOrder(order)
        yield* adjust("1 second")
        const page = { status: 400, html: true, msg: "400 Bad Request", for: "10 seconds" } as const
        yield* binance.inject(Fault.errorAnswer({ ...page, endpoint: `GET ${paths[product]}/order` }))
        yield* binance.inject(Fault.errorAnswer({ ...page, endpoint: `GET ${balances[product]}` }))
        yield* binance.inject(Fault.lackingOrder({ orderId, times: 1 }))
        yield* binance.inject(Fault.dropSockets())
        yield* adjust("2 minutes")
        yield* expectTruth(account, product)
        const told = elements.filter(({ _tag }) => _tag === "Unrecovered" || _tag === "RecoveredOrder")
        expect(told).toEqual([])
      })
    )

    virtual(
      "a list of the state that Binance refuses leaves the account stale, until it can be read",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.deposit({ product, asset, amount: deposit })
        const account = yield* row.make({ reconcileEvery: "10 minutes" })
        yield* binance.inject(
          Fault.errorAnswer({ status: 400, code: -1100, for: "5 minutes", endpoint: `GET ${balances[product]}` })
        )
        yield* consume(account)
        yield* adjust("2 minutes")
        const { phase } = yield* account.state
        expect(phase).toMatchObject({ _tag: "Stale", why: expect.stringContaining(balances[product]) })
        yield* adjust("15 minutes")
        yield* expectTruth(account, product)
      })
    )

    virtual(
      "comparisons that are due while REST is down are one when it is back",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const account = yield* row.make({ reconcileEvery: "1 minute" })
        yield* consume(account)
        yield* adjust("1 minute")
        yield* binance.inject(Fault.serverError({ for: "20 minutes" }))
        yield* adjust("20 minutes")
        const before = yield* binance.requestCount(`GET ${balances[product]}`)
        yield* adjust("2 minutes")
        yield* expectTruth(account, product)
        expect((yield* binance.requestCount(`GET ${balances[product]}`)) - before).toBeLessThan(6)
      })
    )
  })
}
