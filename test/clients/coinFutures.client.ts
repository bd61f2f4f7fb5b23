import { DerivativesTradingCoinFutures } from "@binance/derivatives-trading-coin-futures"
import * as Effect from "effect/Effect"
import { Fault, type SimulatedBinance } from "effect-binance-user-data/testing"
import { assert, describe } from "vitest"
import { client, connection, eventually, keys, takeN, userData } from "./simulated.js"

const connector = (binance: SimulatedBinance.SimulatedBinance.Service, apiKey: string = keys.hmac.apiKey) =>
  new DerivativesTradingCoinFutures({
    configurationRestAPI: { ...keys.hmac, apiKey, basePath: binance.httpUrl },
    configurationWebsocketAPI: { ...keys.hmac, apiKey, wsURL: `${binance.webSocketUrl}/ws-dapi/v1` },
    configurationWebsocketStreams: { wsURL: binance.webSocketUrl, reconnectDelay: 10 }
  })

const listenKey = (coinFutures: DerivativesTradingCoinFutures) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const { listenKey } = await (await coinFutures.restAPI.startUserDataStream()).data()
      return listenKey ?? assert.fail("no listen key")
    }),
    () => Effect.promise(() => coinFutures.restAPI.closeUserDataStream())
  )

const rejection = (call: () => Promise<unknown>) =>
  Effect.flip(Effect.tryPromise({ try: call, catch: (error) => error }))

describe("@binance/derivatives-trading-coin-futures", () => {
  client("starts, keeps alive and closes a listen key by REST", (binance) =>
    Effect.gen(function* () {
      const { restAPI } = connector(binance)
      const started = yield* Effect.promise(async () => (await restAPI.startUserDataStream()).data())
      const again = yield* Effect.promise(async () => (await restAPI.startUserDataStream()).data())
      assert.deepStrictEqual(again, started)
      const kept: unknown = yield* Effect.promise(async () => (await restAPI.keepaliveUserDataStream()).data())
      assert.deepStrictEqual(kept, started)
      const closed: unknown = yield* Effect.promise(async () => (await restAPI.closeUserDataStream()).data())
      assert.deepStrictEqual(closed, {})
      const { requests } = yield* binance.counters
      assert.deepStrictEqual(requests, {
        "POST /dapi/v1/listenKey": { 200: 2 },
        "PUT /dapi/v1/listenKey": { 200: 1 },
        "DELETE /dapi/v1/listenKey": { 200: 1 }
      })
    })
  )

  client("understands the errors of listen keys", (binance) =>
    Effect.gen(function* () {
      const lost = yield* rejection(() => connector(binance).restAPI.keepaliveUserDataStream())
      assert.propertyVal(lost, "name", "BadRequestError")
      assert.propertyVal(lost, "message", "This listenKey does not exist.")
      const unknown = yield* rejection(() => connector(binance, "unknown").restAPI.startUserDataStream())
      assert.propertyVal(unknown, "name", "UnauthorizedError")
      yield* binance.inject(Fault.rateLimited({ retryAfter: 1 }))
      const limited = yield* rejection(() => connector(binance).restAPI.startUserDataStream())
      assert.propertyVal(limited, "name", "TooManyRequestsError")
    })
  )

  client("starts, keeps alive and closes the same listen key by the WebSocket API", (binance) =>
    Effect.gen(function* () {
      const coinFutures = connector(binance)
      const api = yield* connection(() => coinFutures.websocketAPI.connect())
      const started = yield* Effect.promise(() => api.startUserDataStream())
      const byRest = yield* Effect.promise(async () => (await coinFutures.restAPI.startUserDataStream()).data())
      assert.strictEqual(started.data.listenKey, byRest.listenKey)
      const kept = yield* Effect.promise(() => api.keepaliveUserDataStream())
      assert.strictEqual(kept.data.listenKey, byRest.listenKey)
      yield* Effect.promise(() => api.closeUserDataStream())
      const lost = yield* rejection(() => api.keepaliveUserDataStream())
      assert.propertyVal(lost, "code", -1125)
    })
  )

  client("receives the events of a trading day, typed and in order", (binance) =>
    Effect.gen(function* () {
      const coinFutures = connector(binance)
      const key = yield* listenKey(coinFutures)
      const streams = yield* connection(() => coinFutures.websocketStreams.connect())
      const next = yield* userData(streams, (streams) => streams.userData(key))
      const pushed = yield* binance.tradingDay("CoinFutures")
      const events = yield* takeN(next, pushed)
      const orders = events.flatMap((event) => (event.e === "ORDER_TRADE_UPDATE" ? [event.o?.X] : []))
      assert.deepStrictEqual(orders, ["NEW", "PARTIALLY_FILLED", "NEW", "FILLED", "CANCELED", "NEW", "FILLED"])
      const reasons = events.flatMap((event) => (event.e === "ACCOUNT_UPDATE" ? [event.a?.m] : []))
      assert.deepStrictEqual(reasons, ["DEPOSIT", "ORDER", "ORDER", "ORDER", "FUNDING_FEE"])
    })
  )

  client("is told that its listen key expired", (binance) =>
    Effect.gen(function* () {
      const coinFutures = connector(binance)
      const streams = yield* connection(() => coinFutures.websocketStreams.connect())
      const { listenKey = "" } = yield* Effect.promise(async () =>
        (await coinFutures.restAPI.startUserDataStream()).data()
      )
      const next = yield* userData(streams, (streams) => streams.userData(listenKey))
      yield* binance.inject(Fault.expireListenKey({ product: "CoinFutures" }))
      const event = yield* next
      assert.strictEqual(event.e, "listenKeyExpired")
      assert.isTrue(streams.isConnected())
    })
  )

  client("goes on after its socket was dropped", (binance) =>
    Effect.gen(function* () {
      const coinFutures = connector(binance)
      const key = yield* listenKey(coinFutures)
      const streams = yield* connection(() => coinFutures.websocketStreams.connect())
      const next = yield* userData(streams, (streams) => streams.userData(key))
      yield* binance.inject(Fault.dropSockets())
      yield* eventually(binance.sockets, ([socket]) => socket?.streams === 1)
      yield* binance.pushRaw({ product: "CoinFutures" }, { e: "ACCOUNT_UPDATE", E: 1, T: 1, a: { m: "DEPOSIT" } })
      const event = yield* next
      assert.deepInclude(event, { e: "ACCOUNT_UPDATE", a: { m: "DEPOSIT" } })
    })
  )
})
