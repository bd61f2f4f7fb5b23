import {
  CoinMClient,
  DefaultLogger,
  MainClient,
  PortfolioClient,
  USDMClient,
  WebsocketAPIClient,
  WebsocketClient
} from "binance"
import * as Effect from "effect/Effect"
import { Fault, type SimulatedBinance } from "effect-binance-user-data/testing"
import { assert, describe } from "vitest"
import { client, eventually, keys, received, takeN } from "./simulated.js"

type Binance = SimulatedBinance.SimulatedBinance.Service

interface Key {
  readonly apiKey: string
  readonly apiSecret?: string
  readonly privateKey?: string
}

const credentials = (key: Key) => ({ api_key: key.apiKey, api_secret: key.apiSecret ?? key.privateKey ?? "" })

const silent: DefaultLogger = {
  ...DefaultLogger,
  trace: () => undefined,
  info: () => undefined,
  error: () => undefined
}

const options = (binance: Binance, key: Key) => ({
  ...credentials(key),
  wsUrl: binance.webSocketUrl,
  restOptions: { baseUrl: binance.httpUrl },
  reconnectTimeout: 10
})

const webSocketClient = (binance: Binance) =>
  Effect.acquireRelease(
    Effect.sync(() => new WebsocketClient(options(binance, keys.hmac), silent)),
    (client) => Effect.sync(() => client.closeAll(true))
  )

const webSocketApi = (binance: Binance, key: Key) =>
  Effect.acquireRelease(
    Effect.sync(() => new WebsocketAPIClient({ ...options(binance, key), attachEventListeners: false }, silent)),
    (api) => Effect.promise(() => api.disconnectAll())
  )

interface Event {
  readonly e: string
}

const events = (client: WebsocketClient) =>
  received<Event>((callback) =>
    client.on("message", (event) => {
      if ("e" in event) {
        callback(event as Event)
      }
    })
  )

const names = (events: ReadonlyArray<Event>) => Array.from(new Set(events.map(({ e }) => e)))

const rest = (binance: Binance) => ({ ...credentials(keys.hmac), baseUrl: binance.httpUrl })

const listenKeyProducts = [
  {
    product: "CoinFutures",
    event: "ORDER_TRADE_UPDATE",
    subscribe: (client: WebsocketClient) => client.subscribeCoinFuturesUserDataStream(),
    keepAlive: (binance: Binance) => new CoinMClient(rest(binance)).keepAliveFuturesUserDataListenKey(),
    close: (binance: Binance) => new CoinMClient(rest(binance)).closeFuturesUserDataListenKey()
  },
  {
    product: "UsdFutures",
    event: "ORDER_TRADE_UPDATE",
    subscribe: (client: WebsocketClient) => client.subscribeUsdFuturesUserDataStream(),
    keepAlive: (binance: Binance) => new USDMClient(rest(binance)).keepAliveFuturesUserDataListenKey(),
    close: (binance: Binance) => new USDMClient(rest(binance)).closeFuturesUserDataListenKey()
  },
  {
    product: "PortfolioMargin",
    event: "ORDER_TRADE_UPDATE",
    subscribe: (client: WebsocketClient) => client.subscribePortfolioMarginUserDataStream(),
    keepAlive: (binance: Binance) => new PortfolioClient(rest(binance)).keepAlivePMUserDataListenKey(),
    close: (binance: Binance) => new PortfolioClient(rest(binance)).closePMUserDataListenKey()
  },
  {
    product: "MarginRisk",
    event: "MARGIN_LEVEL_STATUS_CHANGE",
    subscribe: (client: WebsocketClient) => client.subscribeMarginRiskUserDataStream(),
    keepAlive: async (binance: Binance) => {
      const client = new MainClient(rest(binance))
      const { listenKey } = await client.getMarginRiskUserDataListenKey()
      return client.keepAliveMarginRiskUserDataListenKey(listenKey)
    },
    close: (binance: Binance) => new MainClient(rest(binance)).closeMarginRiskUserDataListenKey()
  }
] as const

describe("binance", () => {
  for (const { close, event, keepAlive, product, subscribe } of listenKeyProducts) {
    const subscribed = (binance: Binance) =>
      Effect.gen(function* () {
        yield* Effect.addFinalizer(() => Effect.promise(() => close(binance)))
        const client = yield* webSocketClient(binance)
        const next = yield* events(client)
        yield* Effect.promise(() => subscribe(client))
        return next
      })

    client(`${product}: receives the events of a trading day`, (binance) =>
      Effect.gen(function* () {
        const next = yield* subscribed(binance)
        const pushed = yield* binance.tradingDay(product)
        assert.include(names(yield* takeN(next, pushed)), event)
        yield* Effect.promise(() => keepAlive(binance))
      })
    )

    client(`${product}: takes another listen key when its own expired`, (binance) =>
      Effect.gen(function* () {
        const next = yield* subscribed(binance)
        yield* binance.inject(Fault.expireListenKey({ product }))
        assert.strictEqual((yield* next).e, "listenKeyExpired")
        yield* eventually(binance.counters, ({ liveKeys }) => liveKeys === 1)
        yield* eventually(binance.sockets, (sockets) => sockets.length === 1 && sockets[0]?.streams === 1)
        const pushed = yield* binance.tradingDay(product)
        assert.include(names(yield* takeN(next, pushed)), event)
      })
    )
  }

  for (const kind of ["hmac", "rsa", "ed25519"] as const) {
    client(`Spot: subscribes (${kind}) and receives the events of a trading day`, (binance) =>
      Effect.gen(function* () {
        const api = yield* webSocketApi(binance, keys[kind])
        const next = yield* events(api.getWSClient())
        yield* Effect.promise(() => api.subscribeUserDataStream("mainWSAPI"))
        const pushed = yield* binance.tradingDay("Spot")
        const received = yield* takeN(next, pushed)
        assert.includeMembers(names(received), ["executionReport", "outboundAccountPosition"])
        const { requests } = yield* binance.counters
        assert.hasAllKeys(
          requests,
          kind === "ed25519" ? ["session.logon", "userDataStream.subscribe"] : ["userDataStream.subscribe.signature"]
        )
      })
    )
  }

  client("Margin: subscribes with a listen token and receives the events of a trading day", (binance) =>
    Effect.gen(function* () {
      const api = yield* webSocketApi(binance, keys.hmac)
      const next = yield* events(api.getWSClient())
      yield* Effect.promise(() => api.subscribeUserDataStream("marginUserData"))
      const pushed = yield* binance.tradingDay("Margin")
      const received = yield* takeN(next, pushed)
      assert.includeMembers(names(received), ["executionReport", "outboundAccountPosition"])
    })
  )
})
