import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { BinanceHttp, CoinFutures, Credentials, type Environment } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"

class Main extends Context.Tag("Main")<Main, CoinFutures.CoinFutures.Service>() {}
class Hedge extends Context.Tag("Hedge")<Hedge, CoinFutures.CoinFutures.Service>() {}

const simulated = SimulatedBinance.layer({
  accounts: [
    { apiKey: "mainKey", account: "main" },
    { apiKey: "hedgeKey", account: "hedge" }
  ]
})

const environment = Layer.setConfigProvider(
  ConfigProvider.fromMap(
    new Map([
      ["MAIN_BINANCE_API_KEY", "mainKey"],
      ["HEDGE_BINANCE_API_KEY", "hedgeKey"]
    ]),
    { pathDelim: "_" }
  )
)

const credentials = (account: string) => Credentials.layerConfig(Config.nested(Credentials.config, account))

type Provided = BinanceHttp.BinanceHttp | Environment.Environment | Layer.Layer.Success<typeof NodeLayer.layer>

const provided = <A, E>(accounts: Layer.Layer<A, E, Provided>) =>
  accounts.pipe(
    Layer.provide(BinanceHttp.layer),
    Layer.provide(NodeLayer.layer),
    Layer.provideMerge(simulated),
    Layer.provide(environment)
  )

/** How many keys there are when both accounts have one. */
const keysOf = (main: CoinFutures.CoinFutures.Service, hedge: CoinFutures.CoinFutures.Service) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    yield* main.createListenKey
    yield* hedge.createListenKey
    return (yield* binance.counters).liveKeys
  })

describe("what the README says", () => {
  it.scopedLive("accounts with a layer each have a stream each", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const first = (service: CoinFutures.CoinFutures.Service, account: string) =>
        service.events.pipe(
          Stream.tap((element) =>
            element._tag === "Opened" ? binance.tradingDay("CoinFutures", { account }) : Effect.void
          ),
          Stream.filterMap((element) =>
            element._tag === "OrderTradeUpdate" ? Option.some(element.order.orderId) : Option.none()
          ),
          Stream.runHead,
          Effect.flatten
        )
      const ids = yield* Effect.all([first(yield* Main, "main"), first(yield* Hedge, "hedge")], { concurrency: 2 })
      expect(ids[0]).not.toBe(ids[1])
      expect(yield* keysOf(yield* Main, yield* Hedge)).toBe(2)
    }).pipe(
      Effect.provide(
        provided(
          Layer.mergeAll(
            Layer.scoped(Main, CoinFutures.make()).pipe(Layer.provide(credentials("MAIN"))),
            Layer.scoped(Hedge, CoinFutures.make()).pipe(Layer.provide(credentials("HEDGE")))
          )
        )
      )
    )
  )

  const main = Layer.project(CoinFutures.layer, CoinFutures.CoinFutures, Main, (service) => service).pipe(
    Layer.provide(credentials("MAIN"))
  )

  const hedgeOf = (product: typeof CoinFutures.layer) =>
    Layer.project(product, CoinFutures.CoinFutures, Hedge, (service) => service).pipe(
      Layer.provide(credentials("HEDGE"))
    )

  const both = (hedge: typeof CoinFutures.layer) =>
    Effect.flatMap(Effect.all([Main, Hedge]), ([main, hedge]) => keysOf(main, hedge)).pipe(
      Effect.provide(provided(Layer.mergeAll(main, hedgeOf(hedge))))
    )

  it.scopedLive("one layer for two accounts is one account, a fresh one is another", () =>
    Effect.gen(function* () {
      expect(yield* both(CoinFutures.layer)).toBe(1)
      expect(yield* both(Layer.fresh(CoinFutures.layer))).toBe(2)
    })
  )

  it.effect("nothing is left when the only consumer has left", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { events } = yield* CoinFutures.CoinFutures
      const resumed = yield* Effect.fork(Stream.runHead(Stream.filter(events, (element) => element._tag === "Resumed")))
      yield* TestClock.adjust("2 hours")
      expect(yield* binance.requestCount("PUT /dapi/v1/listenKey")).toBe(4)
      yield* binance.inject(Fault.expireListenKey({ product: "CoinFutures" }))
      expect(Option.isSome(yield* Fiber.join(resumed))).toBe(true)
      const { liveKeys, openSockets } = yield* binance.counters
      expect({ liveKeys, openSockets }).toEqual({ liveKeys: 0, openSockets: 0 })
    }).pipe(
      Effect.provide(
        CoinFutures.layer.pipe(
          Layer.provide([BinanceHttp.layer, Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey })]),
          Layer.provideMerge(SimulatedBinance.layerMemory())
        )
      )
    )
  )

  it.effect("elements that are pulled one at a time come from one stream, and none between two pulls is missed", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { events } = yield* CoinFutures.CoinFutures
      const tags = yield* Effect.gen(function* () {
        const next = Effect.map(yield* Stream.toPull(Stream.rechunk(events, 1)), Chunk.unsafeHead)
        const first = yield* next
        yield* binance.tradingDay("CoinFutures")
        const others = yield* Effect.replicateEffect(Effect.delay(next, "1 minute"), 5).pipe(Effect.fork)
        yield* TestClock.adjust("5 minutes")
        return [first, ...(yield* Fiber.join(others))].map(({ _tag }) => _tag)
      }).pipe(Effect.scoped)
      expect(tags).toEqual([
        "Opened",
        "AccountUpdate",
        "OrderTradeUpdate",
        "AccountUpdate",
        "OrderTradeUpdate",
        "OrderTradeUpdate"
      ])
      const { connects, liveKeys, openSockets } = yield* binance.counters
      expect({ connects: connects.length, liveKeys, openSockets }).toEqual({ connects: 1, liveKeys: 0, openSockets: 0 })
    }).pipe(
      Effect.provide(
        CoinFutures.layer.pipe(
          Layer.provide([BinanceHttp.layer, Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey })]),
          Layer.provideMerge(SimulatedBinance.layerMemory())
        )
      )
    )
  )
})
