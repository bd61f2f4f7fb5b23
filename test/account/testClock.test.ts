import { createHmac } from "node:crypto"
import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { BinanceHttp, Credentials, UsdFutures, UsdFuturesAccount } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"

const signer: Credentials.Signer = {
  kind: "HMAC",
  sign: (payload) =>
    Effect.sync(() =>
      Redacted.make(createHmac("sha256", SimulatedBinance.defaultSecretKey).update(payload).digest("hex"))
    )
}

const layer = UsdFuturesAccount.layer.pipe(
  Layer.provide(UsdFutures.layer),
  Layer.provide([BinanceHttp.layer, Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey, signer })]),
  Layer.provideMerge(SimulatedBinance.layerMemory())
)

// Jittered delays lead there, and Effect's test clock cannot tell such a time in nanoseconds.
it.effect("an account works on Effect's test clock at fractions of a millisecond", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(1856.4151040000002)
    const account = yield* UsdFuturesAccount.UsdFuturesAccount
    expect(yield* account.openOrders()).toEqual([])
    const [state] = yield* account.changes.pipe(
      Stream.filter(({ phase }) => phase._tag === "Current"),
      Stream.take(1),
      Stream.runCollect
    )
    expect(state?.phase._tag).toBe("Current")
  }).pipe(Effect.provide(layer))
)

it.scoped("at fractions of a millisecond, the times of the simulated Binance are whole: events and REST are read", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(1856.4151040000002)
    const binance = yield* SimulatedBinance.SimulatedBinance
    const account = yield* UsdFuturesAccount.UsdFuturesAccount
    yield* binance.deposit({ product: "UsdFutures", asset: "USDT", amount: "1000" })
    const seen: Array<string> = []
    yield* account.forEach((element) => void seen.push(element._tag)).pipe(Effect.fork)
    yield* TestClock.adjust("1 second")
    yield* binance.placeOrder({
      product: "UsdFutures",
      symbol: "BTCUSDT",
      side: "BUY",
      type: "MARKET",
      quantity: "0.010"
    })
    yield* TestClock.adjust("1 second")
    expect(seen.filter((tag) => tag === "OrderTradeUpdate" || tag === "MalformedEvent")).toEqual([
      "OrderTradeUpdate",
      "OrderTradeUpdate"
    ])
    expect((yield* account.trades({ symbol: "BTCUSDT", from: 0, to: yield* binance.serverTime })).length).toBe(1)
    expect((yield* account.balances).map(({ asset }) => asset)).toContain("USDT")
  }).pipe(Effect.provide(layer))
)
