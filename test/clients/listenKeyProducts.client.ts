import { DerivativesTradingPortfolioMargin } from "@binance/derivatives-trading-portfolio-margin"
import { DerivativesTradingPortfolioMarginPro } from "@binance/derivatives-trading-portfolio-margin-pro"
import { DerivativesTradingUsdsFutures } from "@binance/derivatives-trading-usds-futures"
import * as Effect from "effect/Effect"
import type { SimulatedBinance } from "effect-binance-user-data/testing"
import { assert, describe } from "vitest"
import { client, connection, keys, takeN, userData } from "./simulated.js"

type Binance = SimulatedBinance.SimulatedBinance.Service

const rest = (binance: Binance) => ({ configurationRestAPI: { ...keys.hmac, basePath: binance.httpUrl } })

const streams = (binance: Binance, route = "") => ({
  configurationWebsocketStreams: { wsURL: `${binance.webSocketUrl}${route}` }
})

interface Calls {
  readonly startUserDataStream: () => Promise<{
    readonly data: () => Promise<{ readonly listenKey?: string | undefined }>
  }>
  readonly keepaliveUserDataStream: () => Promise<{ readonly status: number }>
  readonly closeUserDataStream: () => Promise<{ readonly status: number }>
}

const usdFutures = (binance: Binance) =>
  new DerivativesTradingUsdsFutures({
    ...rest(binance),
    ...streams(binance),
    configurationWebsocketAPI: { ...keys.hmac, wsURL: `${binance.webSocketUrl}/ws-fapi/v1` }
  })

const portfolioMargin = (binance: Binance) =>
  new DerivativesTradingPortfolioMargin({ ...rest(binance), ...streams(binance, "/pm") })

// Its listen key is that of USD-M futures.
const portfolioMarginPro = (binance: Binance) =>
  new DerivativesTradingPortfolioMarginPro(streams(binance, "/pm-classic"))

const listenKey = (calls: Calls) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const { listenKey } = await (await calls.startUserDataStream()).data()
      return listenKey ?? assert.fail("no listen key")
    }),
    () =>
      Effect.promise(async () => {
        assert.strictEqual((await calls.keepaliveUserDataStream()).status, 200)
        assert.strictEqual((await calls.closeUserDataStream()).status, 200)
      })
  )

const names = (events: ReadonlyArray<{ readonly e?: string | undefined }>) =>
  Array.from(new Set(events.map(({ e }) => e)))

describe("@binance/derivatives-trading-usds-futures", () => {
  client("receives the events of a trading day on the private route", (binance) =>
    Effect.gen(function* () {
      const key = yield* listenKey(usdFutures(binance).restAPI)
      const connected = yield* connection(() => usdFutures(binance).websocketStreams.connect())
      const next = yield* userData(connected, (connected) => connected.userData(key))
      const pushed = yield* binance.tradingDay("UsdFutures")
      const events = yield* takeN(next, pushed)
      assert.includeMembers(names(events), ["ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE"])
    })
  )

  client("keeps alive and closes by the WebSocket API what it started by REST", (binance) =>
    Effect.gen(function* () {
      const { restAPI } = usdFutures(binance)
      const started = yield* Effect.promise(async () => (await restAPI.startUserDataStream()).data())
      const api = yield* connection(() => usdFutures(binance).websocketAPI.connect())
      const again = yield* Effect.promise(() => api.startUserDataStream())
      assert.strictEqual(again.data.listenKey, started.listenKey)
      const kept = yield* Effect.promise(() => api.keepaliveUserDataStream())
      assert.strictEqual(kept.data.listenKey, started.listenKey)
      yield* Effect.promise(() => api.closeUserDataStream())
    })
  )
})

describe("@binance/derivatives-trading-portfolio-margin", () => {
  client("receives the events of a trading day", (binance) =>
    Effect.gen(function* () {
      const key = yield* listenKey(portfolioMargin(binance).restAPI)
      const connected = yield* connection(() => portfolioMargin(binance).websocketStreams.connect())
      const next = yield* userData(connected, (connected) => connected.userData(key))
      const pushed = yield* binance.tradingDay("PortfolioMargin")
      const events = yield* takeN(next, pushed)
      assert.includeMembers(names(events), ["ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE"])
    })
  )
})

describe("@binance/derivatives-trading-portfolio-margin-pro", () => {
  client("receives the events of a trading day", (binance) =>
    Effect.gen(function* () {
      const key = yield* listenKey(usdFutures(binance).restAPI)
      const connected = yield* connection(() => portfolioMarginPro(binance).websocketStreams.connect())
      const next = yield* userData(connected, (connected) => connected.userData(key))
      const pushed = yield* binance.tradingDay("PortfolioMarginPro")
      const events = yield* takeN(next, pushed)
      assert.include(names(events), "riskLevelChange")
    })
  )
})
