// What the README shows, on a simulated Binance: over the platform of Node, and over standard `fetch` and `WebSocket`.
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Socket from "@effect/platform/Socket"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { BinanceHttp, CoinFutures, Credentials, Spot } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { SimulatedBinance } from "effect-binance-user-data/testing"

const platforms = {
  node: NodeLayer.layer,
  standard: Layer.merge(FetchHttpClient.layer, Socket.layerWebSocketConstructorGlobal)
}

const platform = process.argv[2] === "standard" ? platforms.standard : platforms.node

const layer = Layer.merge(CoinFutures.layer, Spot.layer).pipe(
  Layer.provide([
    BinanceHttp.layer,
    Credentials.layer({
      apiKey: SimulatedBinance.defaultApiKey,
      secretKey: SimulatedBinance.defaultSecretKey
    })
  ]),
  Layer.provide(platform),
  Layer.provideMerge(SimulatedBinance.layer())
)

const program = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  const futures = yield* CoinFutures.CoinFutures
  const spot = yield* Spot.Spot
  const orderIds: Array<string> = []
  yield* futures.events.pipe(
    Stream.tap((element) => (element._tag === "Opened" ? binance.tradingDay("CoinFutures") : Effect.void)),
    Stream.takeUntil((element) => element._tag === "OrderTradeUpdate" && element.order.orderStatus === "FILLED"),
    Stream.runForEach((element) =>
      Effect.sync(() => {
        if (element._tag === "OrderTradeUpdate") {
          orderIds.push(element.order.orderId)
        }
      })
    )
  )
  yield* spot.events.pipe(
    Stream.tap((element) => (element._tag === "Opened" ? binance.tradingDay("Spot") : Effect.void)),
    Stream.takeUntil((element) => element._tag === "ExecutionReport"),
    Stream.runForEach((element) =>
      Effect.sync(() => {
        if (element._tag === "ExecutionReport") {
          orderIds.push(element.orderId)
        }
      })
    )
  )
  // The standard `WebSocket` may tell that it is closed before the server has seen it.
  const { liveKeys, openSockets } = yield* binance.counters.pipe(
    Effect.delay("50 millis"),
    Effect.repeat({ until: (counters) => counters.openSockets === 0 }),
    Effect.timeout("10 seconds")
  )
  console.log(`${orderIds.length} order events, ${liveKeys} keys and ${openSockets} sockets left`)
})

Effect.runPromise(Effect.provide(program, layer))
