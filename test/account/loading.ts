import { performance } from "node:perf_hooks"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { BinanceHttp, Credentials, UsdFutures, UsdFuturesAccount } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { Fault, MockLayers, Sample, SimulatedBinance } from "effect-binance-user-data/testing"
import { silent } from "../support/simulated.js"
import { accounts } from "./accounts.js"
import { counting, product, trade } from "./load.js"

/**
 * How long a gap with 500 fills takes over loopback, and what an event costs an account with 10,000 open orders.
 *
 *     npm run chaos -- --accounts --load
 */

const { client, counts } = counting()

const layer = Layer.mergeAll(
  BinanceHttp.layer,
  Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey, secretKey: SimulatedBinance.defaultSecretKey }),
  SimulatedBinance.layer({ enforceLimits: true })
).pipe(
  Layer.provideMerge(Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, client))),
  Layer.provideMerge(NodeLayer.layer),
  Layer.provideMerge(silent)
)

const gap = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  yield* binance.deposit({ product, asset: "USDT", amount: "10000000" })
  const account = yield* accounts[1].make()
  let fills = 0
  let resumedAt = 0
  let recoveredAt = 0
  yield* Effect.forkScoped(
    account.forEach(({ _tag }) => {
      if (_tag === "Resumed") {
        resumedAt = performance.now()
        Object.assign(counts, { calls: 0, most: 0, weight: 0 })
      }
      fills += _tag === "RecoveredFill" ? 1 : 0
      if (_tag === "Snapshot" && resumedAt > 0 && recoveredAt === 0) {
        recoveredAt = performance.now()
      }
    })
  )
  const isCurrent = Effect.map(account.state, ({ phase }) => phase._tag === "Current")
  yield* Effect.repeat(Effect.zipRight(Effect.sleep("50 millis"), isCurrent), { until: (is) => is })
  yield* binance.inject(Fault.refuseConnects("reset", { for: "3 seconds" }))
  yield* binance.inject(Fault.dropSockets())
  yield* trade(binance, Effect.void)
  yield* Effect.repeat(Effect.sleep("50 millis"), { until: () => recoveredAt > 0 })
  const { calls, most, weight } = counts
  console.log(
    `a gap with ${fills} fills: recovered ${((recoveredAt - resumedAt) / 1000).toFixed(2)} s after the stream was live again, ` +
      `by ${calls} calls of weight ${weight}, at most ${most} at a time`
  )
}).pipe(Effect.scoped, Effect.provide(layer))

const orderCount = 10_000

const fillCount = 50_000

const order = (n: number, changes: object) =>
  Sample.usdFutures.orderTradeUpdate({
    order: { orderId: String(n + 1), clientOrderId: `c${n}`, originalQuantity: "1000", ...changes }
  })

const opened = { _tag: "Opened", at: Date.now(), listenKeyExpiresAt: undefined } as const

/** 10,000 open orders, and fills of them. */
const elements: ReadonlyArray<UsdFutures.Element> = [
  opened,
  ...Array.from({ length: orderCount }, (_, n) =>
    order(n, { executionType: "NEW", orderStatus: "NEW", cumulativeFilledQuantity: "0", lastFilledQuantity: "0" })
  ),
  ...Array.from({ length: fillCount }, (_, n) =>
    order(n % orderCount, {
      executionType: "TRADE",
      orderStatus: "PARTIALLY_FILLED",
      lastFilledQuantity: "1",
      cumulativeFilledQuantity: String(1 + Math.floor(n / orderCount)),
      tradeId: String(n + 1)
    })
  )
]

/** Hands the elements on as a stream does: it waits where a handler says so. */
const stream = MockLayers.usdFutures({
  events: Stream.never,
  forEach: (handler) =>
    Effect.gen(function* () {
      for (const element of elements) {
        const result = handler(element)
        if (Effect.isEffect(result)) {
          yield* result
        }
      }
      return yield* Effect.never
    })
})

setFlagsFromString("--expose-gc")
const collectGarbage = runInNewContext("gc") as () => void

const heap = () => {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

/** From the first fill to the last, in us a fill. */
const measure = (consume: (handler: (element: { readonly _tag: string }) => void) => Effect.Effect<unknown, unknown>) =>
  Effect.gen(function* () {
    let seen = 0
    let began = 0
    let ended = 0
    yield* Effect.forkScoped(
      consume(({ _tag }) => {
        if (_tag === "OrderTradeUpdate" && ++seen === orderCount + 1) {
          began = performance.now()
        }
        if (seen === orderCount + fillCount && ended === 0) {
          ended = performance.now()
        }
      })
    )
    yield* Effect.repeat(Effect.sleep("10 millis"), { until: () => ended > 0 })
    return ((ended - began) * 1000) / fillCount
  })

const events = Effect.gen(function* () {
  const { forEach } = yield* UsdFutures.UsdFutures
  const alone = yield* measure(forEach)
  const before = heap()
  const account = yield* UsdFuturesAccount.make()
  const kept = yield* measure(account.forEach)
  const { orders } = yield* account.state
  console.log(
    `${HashMap.size(orders)} open orders, ${fillCount} fills: ${kept.toFixed(1)} us an event, ` +
      `${alone.toFixed(1)} without an account; ${((heap() - before) / 1048576).toFixed(1)} MiB of heap`
  )
}).pipe(Effect.scoped, Effect.provide(stream), Effect.provide(layer))

await Effect.runPromise(events)
await Effect.runPromise(gap)
process.exit(0)
