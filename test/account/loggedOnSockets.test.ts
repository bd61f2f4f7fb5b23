import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { identity, loggedOn } from "./accounts.js"
import { expectTruth } from "./harness.js"
import * as Places from "./places.js"

const product = "Spot"
const market = { product, symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: "0.001" } as const
const limit = { ...market, type: "LIMIT", timeInForce: "GTC", price: "80000" } as const

/** A logged-on account on real sockets, with money. */
const begin = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  yield* binance.deposit({ product, asset: "USDT", amount: "10000000" })
  const account = yield* loggedOn.make()
  const isCurrent = Stream.runHead(Stream.filter(account.changes, ({ phase }) => phase._tag === "Current"))
  const rest = Effect.map(binance.requests, (requests) =>
    requests.map(({ endpoint }) => endpoint).filter((endpoint) => endpoint.includes("/api/v3/"))
  )
  const elements: Array<string> = []
  yield* Effect.forkScoped(account.forEach(({ _tag }) => void elements.push(_tag)))
  yield* isCurrent
  return { account, binance, elements, isCurrent, rest }
})

describe("an account on real sockets whose stream is logged on", () => {
  it.live(
    "mends a gap over the connection of its stream, without REST",
    () =>
      Places.sockets(1).run(() =>
        Effect.gen(function* () {
          const { account, binance, elements, isCurrent, rest } = yield* begin
          const order = yield* binance.placeOrder(limit)
          yield* binance.inject(Fault.dropSockets())
          yield* Stream.runHead(Stream.filter(account.changes, ({ phase }) => phase._tag === "Stale"))
          yield* binance.fill({ product, ...order })
          yield* binance.placeOrder(limit)
          yield* isCurrent
          yield* expectTruth(account, product)
          expect(elements).toContain("RecoveredFill")
          expect(yield* rest).toEqual([])
        })
      ),
    60_000
  )

  it.live(
    "loses the connection in the middle of mending, and has the state of the exchange all the same",
    () =>
      Places.sockets().run((pass) =>
        Effect.gen(function* () {
          const { account, binance, elements, isCurrent, rest } = yield* begin
          const order = yield* binance.placeOrder(limit)
          yield* binance.inject(Fault.slow({ endpoint: "openOrders.status", by: "30 seconds" }))
          const asked = yield* binance.requestCount("openOrders.status")
          yield* binance.inject(Fault.dropSockets())
          yield* binance.fill({ product, ...order })
          yield* Effect.repeat(Effect.zipRight(pass(1), binance.requestCount("openOrders.status")), {
            until: (count) => count > asked
          })
          yield* binance.inject(Fault.dropSockets())
          yield* binance.placeOrder(limit)
          yield* Effect.repeat(Effect.zipRight(pass(1), rest), { until: (endpoints) => endpoints.length > 0 })
          yield* isCurrent
          yield* account.refresh
          yield* expectTruth(account, product)
          expect(elements.filter((tag) => tag === "RecoveredFill")).toHaveLength(1)
          expect(yield* rest).toContain("GET /api/v3/openOrders")
        })
      ),
    60_000
  )

  it.live(
    "has each event once and in order while an answer of a thousand trades comes between them",
    () =>
      Places.sockets(1).run(() =>
        Effect.gen(function* () {
          const { account, binance, rest } = yield* begin
          const told: Array<string> = []
          const isTold = yield* Deferred.make<void>()
          yield* Effect.forkScoped(
            account.forEach((element) => {
              if (element._tag === "ExecutionReport" && element.executionType === "TRADE") {
                told.push(identity({ ...element, tradeId: String(element.tradeId) }))
                return told.length < 1180 ? undefined : Deferred.succeed(isTold, undefined)
              }
            })
          )
          yield* Effect.repeatN(binance.placeOrder(market), 1099)
          for (let i = 0; i < 8; i++) {
            const trades = yield* Effect.fork(account.trades({ symbol: market.symbol, fromId: "0" }))
            yield* Effect.repeatN(binance.placeOrder(market), 9)
            expect((yield* Fiber.join(trades)).length).toBeGreaterThanOrEqual(1100 + 10 * i)
          }
          yield* Deferred.await(isTold)
          const { fills } = yield* binance.book({ product })
          expect(told).toEqual(fills.map(identity))
          expect(yield* rest).toEqual([])
        })
      ),
    60_000
  )
})
