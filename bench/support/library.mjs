// The library as it was built, and what its layers need to find the server.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Stream from "effect/Stream"

/** The built library at the URL of a folder; 0.1.0 had other names for two things. */
export const load = async (library) => {
  const [index, node] = await Promise.all([import(`${library}index.js`), import(`${library}node/index.js`)])
  const { BinanceHttp, EuropeanOptions = index.Options } = index
  return { ...index, ...node, EuropeanOptions, layerOfHttp: BinanceHttp.layerWith ?? BinanceHttp.layer }
}

const tableOf = ({ httpUrl, webSocketUrl }) => {
  const listenKey = (route) => ({ rest: httpUrl, stream: `${webSocketUrl}${route}` })
  const api = { rest: httpUrl, webSocketApi: `${webSocketUrl}/ws-api/v3` }
  return {
    CoinFutures: listenKey(""),
    UsdFutures: listenKey("/private"),
    EuropeanOptions: listenKey("/private"),
    Options: listenKey("/private"),
    PortfolioMargin: listenKey("/pm"),
    PortfolioMarginPro: listenKey("/pm-classic"),
    MarginRisk: listenKey(""),
    Margin: api,
    Spot: api
  }
}

/** Everything but credentials, with room for thousands of connections. */
export const shared = ({ Environment, NodeLayer, layerOfHttp }, options) =>
  layerOfHttp({ connectionBudget: { limit: 1_000_000, window: "5 minutes" } }).pipe(
    Layer.provideMerge(Environment.layerCustom({ name: "benchmark", table: tableOf(options) })),
    Layer.provideMerge(NodeLayer.layer),
    Layer.merge(Logger.remove(Logger.defaultLogger))
  )

const consumers = {
  forEach: (stream, handle) => stream.forEach(handle),
  stream: (stream, handle) => Stream.runForEach(stream.events, (element) => Effect.sync(() => handle(element)))
}

/** Hands the elements of a stream to a function, in the background; done when the stream is open. */
export const consume = (stream, consumer, handle) =>
  Effect.gen(function* () {
    const opened = yield* Deferred.make()
    const consuming = consumers[consumer](stream, (element) => {
      if (element._tag === "Opened") {
        Deferred.unsafeDone(opened, Effect.void)
      } else {
        handle(element)
      }
    })
    yield* Effect.forkDaemon(Effect.onError(consuming, (cause) => Deferred.failCause(opened, cause)))
    yield* Deferred.await(opened)
  })
