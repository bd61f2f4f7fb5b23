import { DerivativesTradingCoinFutures } from "@binance/derivatives-trading-coin-futures"
import { DerivativesTradingUsdsFutures } from "@binance/derivatives-trading-usds-futures"
import { Spot } from "@binance/spot"
import { DefaultLogger, WebsocketAPIClient } from "binance"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { SimulatedBinance, Trading } from "effect-binance-user-data/testing"
import { assert, describe } from "vitest"
import { client, connection, keys } from "./simulated.js"

type Binance = SimulatedBinance.SimulatedBinance.Service

/** The calls that a client has over a WebSocket API, and what is taken of their results. */
interface Trader {
  readonly place: (order: object) => Promise<any>
  /** Of a quantity to less on spot. */
  readonly amend?: (order: {
    readonly orderId: number
    readonly quantity: string
    readonly price: string
  }) => Promise<any>
  readonly cancel: (orderId: number) => Promise<any>
  readonly order: (orderId: number) => Promise<any>
  readonly open?: () => Promise<ReadonlyArray<any>>
  readonly trades?: () => Promise<ReadonlyArray<any>>
  readonly balances: () => Promise<ReadonlyArray<any>>
  readonly positions?: () => Promise<ReadonlyArray<any>>
}

interface Market {
  readonly product: Trading.Product
  readonly symbol: string
  readonly asset: string
  readonly quantity: number
}

interface Case extends Market {
  readonly name: string
  readonly make: (binance: Binance) => Effect.Effect<Trader, never, Scope.Scope>
}

const spot: Market = { product: "Spot", symbol: "BTCUSDT", asset: "USDT", quantity: 0.02 }
const usd: Market = { product: "UsdFutures", symbol: "BTCUSDT", asset: "USDT", quantity: 0.02 }
const coin: Market = { product: "CoinFutures", symbol: "BTCUSD_PERP", asset: "BTC", quantity: 20 }

const dataOf = async (answer: Promise<any>): Promise<any> => (await answer).data

const resultOf = async (answer: Promise<any>): Promise<any> => (await answer).result

const officialSpot = (binance: Binance): Effect.Effect<Trader, never, Scope.Scope> =>
  Effect.map(
    connection(() =>
      new Spot({
        configurationWebsocketAPI: { ...keys.hmac, wsURL: `${binance.webSocketUrl}/ws-api/v3` }
      }).websocketAPI.connect()
    ),
    (api: any) => {
      const { symbol } = spot
      return {
        place: (order) => dataOf(api.orderPlace(order)),
        amend: ({ orderId, quantity }) =>
          dataOf(api.orderAmendKeepPriority({ symbol, orderId, newQty: Number(quantity) })),
        cancel: (orderId) => dataOf(api.orderCancel({ symbol, orderId })),
        order: (orderId) => dataOf(api.orderStatus({ symbol, orderId })),
        open: () => dataOf(api.openOrdersStatus({ symbol })),
        trades: () => dataOf(api.myTrades({ symbol })),
        balances: async () => (await dataOf(api.accountStatus())).balances
      }
    }
  )

const officialFutures =
  (connect: (binance: Binance) => Promise<any>, symbol: string, v2: boolean): Case["make"] =>
  (binance) =>
    Effect.map(
      connection(() => connect(binance)),
      (api: any) => ({
        place: (order) => dataOf(api.newOrder(order)),
        amend: ({ orderId, price, quantity }) =>
          dataOf(api.modifyOrder({ symbol, orderId, side: "BUY", quantity: Number(quantity), price: Number(price) })),
        cancel: (orderId) => dataOf(api.cancelOrder({ symbol, orderId })),
        order: (orderId) => dataOf(api.queryOrder({ symbol, orderId })),
        balances: () => dataOf(v2 ? api.futuresAccountBalanceV2() : api.futuresAccountBalance()),
        positions: () => dataOf(v2 ? api.positionInformationV2({ symbol }) : api.positionInformation({ symbol }))
      })
    )

const silent: DefaultLogger = {
  ...DefaultLogger,
  trace: () => undefined,
  info: () => undefined,
  error: () => undefined
}

const communityClient = (binance: Binance) =>
  Effect.acquireRelease(
    Effect.sync(
      () =>
        new WebsocketAPIClient(
          {
            api_key: keys.hmac.apiKey,
            api_secret: keys.hmac.apiSecret,
            wsUrl: binance.webSocketUrl,
            attachEventListeners: false
          },
          silent
        )
    ),
    (api) => Effect.promise(() => api.disconnectAll())
  )

/** It leaves the time of a request to its user. */
const timed = (parameters: object) => ({ ...parameters, timestamp: Date.now() })

const communitySpot: Case["make"] = (binance) =>
  Effect.map(communityClient(binance), (api: any) => {
    const { symbol } = spot
    return {
      place: (order) => resultOf(api.submitNewSpotOrder(timed(order))),
      amend: ({ orderId, quantity }) =>
        resultOf(api.amendSpotOrderKeepPriority(timed({ symbol, orderId, newQty: quantity }))),
      cancel: (orderId) => resultOf(api.cancelSpotOrder(timed({ symbol, orderId }))),
      order: (orderId) => resultOf(api.getSpotOrderStatus(timed({ symbol, orderId }))),
      open: () => resultOf(api.getSpotOpenOrders(timed({ symbol }))),
      trades: () => resultOf(api.getSpotMyTrades(timed({ symbol }))),
      balances: async () => (await resultOf(api.getSpotAccountInformation(timed({})))).balances
    }
  })

const communityFutures =
  (market: "usdm" | "coinm", symbol: string): Case["make"] =>
  (binance) =>
    Effect.map(communityClient(binance), (api: any) => ({
      place: (order) => resultOf(api.submitNewFuturesOrder(market, timed(order))),
      amend: (order) => resultOf(api.modifyFuturesOrder(market, timed({ symbol, side: "BUY", ...order }))),
      cancel: (orderId) => resultOf(api.cancelFuturesOrder(market, timed({ symbol, orderId }))),
      order: (orderId) => resultOf(api.getFuturesOrderStatus(market, timed({ symbol, orderId }))),
      balances: () => resultOf(api.getFuturesAccountBalance(market, timed({}))),
      positions: () => resultOf(api.getFuturesPosition(market, timed({})))
    }))

const cases: ReadonlyArray<Case> = [
  { name: "@binance/spot", ...spot, make: officialSpot },
  {
    name: "@binance/derivatives-trading-usds-futures",
    ...usd,
    make: officialFutures(
      (binance) =>
        new DerivativesTradingUsdsFutures({
          configurationWebsocketAPI: { ...keys.hmac, wsURL: `${binance.webSocketUrl}/ws-fapi/v1` }
        }).websocketAPI.connect(),
      usd.symbol,
      true
    )
  },
  {
    name: "@binance/derivatives-trading-coin-futures",
    ...coin,
    make: officialFutures(
      (binance) =>
        new DerivativesTradingCoinFutures({
          configurationWebsocketAPI: { ...keys.hmac, wsURL: `${binance.webSocketUrl}/ws-dapi/v1` }
        }).websocketAPI.connect(),
      coin.symbol,
      false
    )
  },
  { name: "binance", ...spot, make: communitySpot },
  { name: "binance", ...usd, make: communityFutures("usdm", usd.symbol) },
  { name: "binance", ...coin, make: communityFutures("coinm", coin.symbol) }
]

describe("trading over the WebSocket APIs by other clients", () => {
  for (const { asset, make, name, product, quantity, symbol } of cases) {
    client(`${name}, ${product}: places, amends and cancels orders, and reads the account back`, (binance) =>
      Effect.gen(function* () {
        yield* binance.deposit({ product, asset, amount: "100000" })
        const trader = yield* make(binance)
        const call = <A>(ask: (() => Promise<A>) | undefined) =>
          ask === undefined ? Effect.succeed(undefined) : Effect.promise(ask)
        const limit = { symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity }
        const bought = yield* call(() => trader.place({ ...limit, price: 90000 }))
        const orderId = Number(bought.orderId)
        assert.deepInclude(yield* call(() => trader.order(orderId)), { orderId, status: "FILLED" })
        const resting = yield* call(() => trader.place({ ...limit, price: 80000 }))
        const half = String(quantity / 2)
        yield* call(
          () => trader.amend?.({ orderId: resting.orderId, quantity: half, price: "81000" }) ?? Promise.resolve()
        )
        const open = (yield* binance.book({ product })).openOrders
        assert.deepStrictEqual(
          open.map((row) => Number(row.quantity)),
          [Number(half)]
        )
        const told = yield* call(trader.open)
        assert.deepStrictEqual(
          (told ?? [resting]).map((row) => String(row.orderId)),
          [open[0]?.orderId]
        )
        yield* call(() => trader.cancel(Number(resting.orderId)))
        assert.deepInclude(yield* call(() => trader.order(Number(resting.orderId))), { status: "CANCELED" })
        const book = yield* binance.book({ product })
        const trades = yield* call(trader.trades)
        assert.deepStrictEqual(
          (trades ?? book.fills.map(({ quantity: qty }) => ({ qty }))).map(({ qty }) => Number(qty)),
          [quantity]
        )
        const row = (yield* call(trader.balances))?.find((row) => row.asset === asset)
        const total = Number(book.balances.find((balance) => balance.asset === asset)?.total)
        assert.closeTo(product === "Spot" ? Number(row.free) + Number(row.locked) : Number(row.balance), total, 1e-9)
        const positions = yield* call(trader.positions)
        if (positions !== undefined) {
          assert.strictEqual(Number(positions.find((row) => row.symbol === symbol)?.positionAmt), quantity)
        }
      })
    )
  }
})
