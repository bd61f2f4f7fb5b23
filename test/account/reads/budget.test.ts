import * as Crypto from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { BinanceError, BinanceHttp, Credentials } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import * as CoinFuturesReads from "../../../src/internal/account/reads/coinFutures.js"
import * as SpotReads from "../../../src/internal/account/reads/spot.js"
import * as UsdFuturesReads from "../../../src/internal/account/reads/usdFutures.js"
import * as VirtualClock from "../../support/VirtualClock.js"

const layer = (options: BinanceHttp.Options = {}) =>
  BinanceHttp.layerWith(options).pipe(Layer.provideMerge(SimulatedBinance.layerMemory({ enforceLimits: true })))

/** Signs at once: WebCrypto takes turns of the event loop, for which a virtual clock does not wait. */
const signer: Credentials.Signer = {
  kind: "HMAC",
  sign: (payload) =>
    Effect.sync(() =>
      Redacted.make(Crypto.createHmac("sha256", SimulatedBinance.defaultSecretKey).update(payload).digest("hex"))
    )
}

const credentials = (apiKey: string) => Credentials.layer({ apiKey, signer })

const makeReads = <A, E, R>(make: Effect.Effect<A, E, R>, apiKey = SimulatedBinance.defaultApiKey) =>
  Effect.provide(make, credentials(apiKey))

/** By minute, the weight of the requests that the exchange has seen. */
const weights = (weightOf: (endpoint: string) => number) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const minutes = new Map<number, number>()
    for (const { at, endpoint } of yield* binance.requests) {
      const minute = Math.floor(at / 60_000)
      minutes.set(minute, (minutes.get(minute) ?? 0) + weightOf(endpoint))
    }
    return Array.from(minutes.values())
  })

const weightOf = (endpoint: string): number => (/openOrders|openAlgoOrders/.test(endpoint) ? 40 : 5)

describe("the budget of reads", () => {
  it.scoped(
    "100 accounts at once stay inside half of what Binance allows, and all of them get their turn",
    () =>
      VirtualClock.run(
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          const done: Array<number> = []
          const recover = (index: number) =>
            Effect.gen(function* () {
              const apiKey = `account-${index}`
              yield* binance.account({ apiKey, secretKey: SimulatedBinance.defaultSecretKey, account: apiKey })
              const reads = yield* makeReads(UsdFuturesReads.make, apiKey)
              const { balances, modes, openAlgoOrders, openOrders, positions } = reads
              yield* reads.inTurn(
                Effect.all([openOrders(), openAlgoOrders(), balances, positions, modes], { concurrency: 4 })
              )
              done.push(index)
            })
          const indices = Array.from({ length: 100 }, (_, index) => index)
          const all = yield* Effect.fork(Effect.forEach(indices, recover, { concurrency: "unbounded" }))
          yield* VirtualClock.adjust("30 seconds")
          assert.isAtLeast(done.length, 11)
          assert.isBelow(done.length, 13)
          yield* VirtualClock.adjust("10 minutes")
          yield* Fiber.join(all)
          // In the order in which they came.
          assert.deepStrictEqual(done, indices)
          const used = yield* weights(weightOf)
          assert.isAtMost(Math.max(...used), 1200)
          assert.strictEqual(
            used.reduce((sum, weight) => sum + weight, 0),
            100 * (40 + 40 + 5 + 5 + 5 + 5)
          )
          assert.deepStrictEqual((yield* binance.counters).violations, [])
        }).pipe(Effect.provide(layer()))
      ),
    60_000
  )

  it.scoped("is one for USD-M and COIN-M, and another for spot", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const usd = yield* makeReads(UsdFuturesReads.make)
      const coin = yield* makeReads(CoinFuturesReads.make)
      const spot = yield* makeReads(SpotReads.make())
      yield* usd.openOrders()
      yield* coin.openOrders()
      const third = yield* Effect.fork(usd.openOrders())
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual((yield* binance.counters).requests["GET /fapi/v1/openOrders"]?.["200"], 1)
      yield* spot.openOrders()
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.join(third)
    }).pipe(Effect.provide(layer({ readWeight: { futures: 100 } })))
  )

  it.scoped("lets a call that weighs more than all of it run alone", () =>
    Effect.gen(function* () {
      const usd = yield* makeReads(UsdFuturesReads.make)
      yield* usd.openOrders()
      const second = yield* Effect.fork(usd.openOrders())
      yield* TestClock.adjust("1 minute")
      assert.isTrue(Option.isNone(yield* Fiber.poll(second)))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(second)
    }).pipe(Effect.provide(layer({ readWeight: { futures: 10 } })))
  )

  it.scoped("leaves room where others use the IP", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const usd = yield* makeReads(UsdFuturesReads.make)
      const http = yield* BinanceHttp.BinanceHttp
      const { apiKey } = yield* makeReads(Credentials.Credentials)
      const other = http.request({
        method: "GET",
        baseUrl: "https://fapi.binance.com",
        path: "/fapi/v1/openOrders",
        apiKey,
        signature: { signer: signer, timePath: "/fapi/v1/time" },
        response: Schema.Unknown
      })
      yield* Effect.repeatN(other, 58)
      // 59 times 40 are used: 40 are left.
      yield* usd.openOrders()
      const second = yield* Effect.fork(usd.balances)
      yield* TestClock.adjust("59 seconds")
      assert.isUndefined((yield* binance.counters).requests["GET /fapi/v3/balance"])
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(second)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("begins no call while Binance asks this IP to wait, and gives back what was not used", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const usd = yield* makeReads(UsdFuturesReads.make)
      yield* binance.inject(Fault.rateLimited({ retryAfter: 30, endpoint: "GET /fapi/v3/balance" }))
      const error = yield* Effect.flip(usd.balances)
      assert.instanceOf(error, BinanceError.RateLimited)
      const waiting = yield* Effect.forkAll(Array.from({ length: 10 }, () => usd.balances))
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(yield* binance.requestCount("GET /fapi/v3/balance"), 1)
      yield* Fiber.interrupt(waiting)
      const next = yield* Effect.fork(usd.balances)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(next)
      assert.strictEqual(yield* binance.requestCount("GET /fapi/v3/balance"), 2)
    }).pipe(Effect.provide(layer({ readWeight: { futures: 10 } })))
  )

  it.scoped("counts a call for a minute after its end, and while it is under way", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const usd = yield* makeReads(UsdFuturesReads.make)
      yield* binance.inject(Fault.slow({ endpoint: "GET /fapi/v3/balance", by: "5 seconds", times: 2 }))
      const calls = yield* Effect.forkAll(Array.from({ length: 3 }, () => usd.balances))
      yield* TestClock.adjust("65 seconds")
      assert.strictEqual(yield* binance.requestCount("GET /fapi/v3/balance"), 2)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(calls)
      assert.strictEqual(yield* binance.requestCount("GET /fapi/v3/balance"), 3)
    }).pipe(Effect.provide(layer({ readWeight: { futures: 10 } })))
  )

  it.scoped("runs one recovery at a time", () =>
    Effect.gen(function* () {
      const usd = yield* makeReads(UsdFuturesReads.make)
      const coin = yield* makeReads(CoinFuturesReads.make)
      const gate = yield* Deferred.make<void>()
      const order: Array<string> = []
      const first = yield* Effect.fork(
        usd.inTurn(
          Effect.zipRight(
            Deferred.await(gate),
            Effect.sync(() => order.push("first"))
          )
        )
      )
      yield* TestClock.adjust("1 second")
      const second = yield* Effect.fork(coin.inTurn(Effect.sync(() => order.push("second"))))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(order, [])
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(first)
      yield* Fiber.join(second)
      assert.deepStrictEqual(order, ["first", "second"])
    }).pipe(Effect.provide(layer()))
  )
})
