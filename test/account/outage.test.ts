import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { BinanceError } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, virtual } from "../products/harness.js"
import { accounts } from "./accounts.js"
import { consume, expectTruth } from "./harness.js"

const balances = { Spot: "/api/v3/account", UsdFutures: "/fapi/v3/balance", CoinFutures: "/dapi/v1/balance" }

const logging = (lines: Array<string>) =>
  Logger.replace(
    Logger.defaultLogger,
    Logger.make(({ logLevel, message }) => {
      if (LogLevel.greaterThanEqual(logLevel, LogLevel.Warning)) {
        lines.push(String(message))
      }
    })
  )

for (const row of accounts) {
  const { asset, deposit, price, product, quantity, symbol } = row
  const read = `GET ${balances[product]}`
  const order = { product, symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", price, quantity } as const

  describe(`${product}: REST that gives no answer`, () => {
    const warnings: Array<string> = []
    virtual(
      "is named by the phase and, once a minute at most, by a warning while a gap waits for it",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const account = yield* row.make()
        yield* consume(account)
        yield* adjust("2 minutes")
        yield* binance.inject(Fault.serverError({ endpoint: read, for: "1 hour" }))
        yield* binance.inject(Fault.dropSockets())
        yield* adjust("30 minutes")
        const { phase } = yield* account.state
        expect(phase).toMatchObject({ _tag: "Recovering", why: expect.stringContaining(read) })
        const told = warnings.filter((line) => line.includes(read))
        expect(told.length).toBeGreaterThan(10)
        expect(told.length).toBeLessThanOrEqual(31)
        yield* adjust("1 hour")
        yield* expectTruth(account, product)
      }).pipe(Effect.provide(logging(warnings)))
    )

    virtual(
      "leaves an account current whose stream is live: comparisons are put off, and events go on",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.deposit({ product, asset, amount: deposit })
        const account = yield* row.make()
        yield* consume(account)
        yield* adjust("2 minutes")
        yield* binance.inject(Fault.serverError({ endpoint: read, for: "3 hours" }))
        for (let hour = 0; hour < 3; hour++) {
          yield* adjust("1 hour")
          yield* binance.placeOrder(order)
          yield* adjust("2 minutes")
          // A comparison may have just begun.
          const { phase } = yield* account.state
          yield* phase._tag === "Current" ? Effect.void : adjust("5 seconds")
          yield* expectTruth(account, product)
        }
        yield* adjust("1 hour")
        yield* expectTruth(account, product)
      })
    )
  })

  describe(`${product}: a key that is refused`, () => {
    const refusal = Fault.errorAnswer({ endpoint: read, status: 400, code: -1022, for: "1 minute" })

    virtual(
      "ends an account at once where it has never been accepted",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const account = yield* row.make()
        yield* binance.inject(refusal)
        const fiber = yield* Effect.forkScoped(account.run)
        yield* adjust("5 seconds")
        expect(yield* Effect.flip(Fiber.join(fiber))).toBeInstanceOf(BinanceError.Unauthorized)
      })
    )

    virtual(
      "is tried again where it was accepted before",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const account = yield* row.make()
        yield* consume(account)
        yield* adjust("1 minute")
        yield* binance.inject(refusal)
        yield* binance.inject(Fault.dropSockets())
        yield* adjust("3 minutes")
        yield* expectTruth(account, product)
      })
    )
  })
}
