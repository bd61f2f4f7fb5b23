import { DerivativesTradingCoinFutures } from "@binance/derivatives-trading-coin-futures"
import { DerivativesTradingUsdsFutures } from "@binance/derivatives-trading-usds-futures"
import { Spot } from "@binance/spot"
import { CoinMClient, MainClient, USDMClient } from "binance"
import ccxt from "ccxt"
import * as Effect from "effect/Effect"
import type { SimulatedBinance, Trading } from "effect-binance-user-data/testing"
import { assert, describe } from "vitest"
import { ccxtOptions, pointed } from "./ccxt.js"
import { client, keys } from "./simulated.js"

type Binance = SimulatedBinance.SimulatedBinance.Service

/** What is compared, whatever a client calls it. */
interface Told {
  readonly id: string
  readonly status: string
  readonly filled: number
}

interface Trader {
  readonly buy: (quantity: string, price: string) => Promise<string>
  /** The id of the order afterwards. */
  readonly amend: (id: string, quantity: string, price: string) => Promise<string>
  readonly cancel: (id: string) => Promise<unknown>
  readonly order: (id: string) => Promise<Told>
  readonly open: () => Promise<ReadonlyArray<string>>
  /** The quantities of its fills. */
  readonly trades: () => Promise<ReadonlyArray<number>>
  /** All of an asset. */
  readonly balance: (asset: string) => Promise<number>
  readonly position?: () => Promise<number>
}

interface Case {
  readonly name: string
  readonly product: Trading.Product
  readonly symbol: string
  readonly asset: string
  readonly quantity: string
  /** Whether balances of the client have the profit of open positions in them. */
  readonly addsProfit?: boolean
  readonly make: (binance: Binance) => Trader
}

const credentials = { api_key: keys.hmac.apiKey, api_secret: keys.hmac.apiSecret }

const told = (row: any): Told => ({
  id: String(row.orderId),
  status: row.status,
  filled: Number(row.executedQty)
})

const ids = (rows: ReadonlyArray<any>) => rows.map(({ orderId }) => String(orderId))

const quantities = (rows: ReadonlyArray<any>) => rows.map(({ qty }) => Number(qty))

const limit = (symbol: string, quantity: any, price: any) =>
  ({ symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity, price }) as const

const positionAmount = (rows: ReadonlyArray<any>, symbol: string) =>
  Number(rows.find((row) => row.symbol === symbol)?.positionAmt ?? 0)

const communitySpot = (binance: Binance): Trader => {
  const rest = new MainClient({ ...credentials, baseUrl: binance.httpUrl })
  const symbol = "BTCUSDT"
  return {
    buy: async (quantity, price) => String((await rest.submitNewOrder(limit(symbol, quantity, price) as any)).orderId),
    // Its `amendOrderKeepPriority` asks futures.
    amend: async (id, quantity, price) => {
      const order = {
        ...limit(symbol, quantity, price),
        cancelReplaceMode: "STOP_ON_FAILURE",
        cancelOrderId: Number(id)
      }
      const { newOrderResponse }: any = await rest.replaceOrder(order as any)
      return String(newOrderResponse.orderId)
    },
    cancel: (id) => rest.cancelOrder({ symbol, orderId: Number(id) }),
    order: async (id) => told(await rest.getOrder({ symbol, orderId: Number(id) })),
    open: async () => ids(await rest.getOpenOrders({ symbol })),
    trades: async () => quantities(await rest.getAccountTradeList({ symbol })),
    balance: async (asset) => {
      const { balances } = await rest.getAccountInformation()
      const balance = balances.find((row) => row.asset === asset)
      return Number(balance?.free) + Number(balance?.locked)
    }
  }
}

const communityFutures = (rest: any, symbol: string): Trader => ({
  buy: async (quantity, price) => String((await rest.submitNewOrder(limit(symbol, quantity, price))).orderId),
  amend: async (id, quantity, price) =>
    String((await rest.modifyOrder({ symbol, orderId: Number(id), side: "BUY", quantity, price })).orderId),
  cancel: (id) => rest.cancelOrder({ symbol, orderId: Number(id) }),
  order: async (id) => told(await rest.getOrder({ symbol, orderId: Number(id) })),
  open: async () => ids(await rest.getAllOpenOrders({ symbol })),
  trades: async () => quantities(await rest.getAccountTrades({ symbol })),
  balance: async (asset) => {
    const rows: ReadonlyArray<any> = await (rest.getBalanceV3?.() ?? rest.getBalance())
    return Number(rows.find((row) => row.asset === asset)?.balance)
  },
  position: async () => positionAmount(await (rest.getPositionsV3?.({ symbol }) ?? rest.getPositions()), symbol)
})

const dataOf = async (answer: Promise<any>): Promise<any> => (await answer).data()

const officialSpot = (binance: Binance): Trader => {
  const { restAPI } = new Spot({ configurationRestAPI: { ...keys.hmac, basePath: binance.httpUrl } })
  const rest: any = restAPI
  const symbol = "BTCUSDT"
  return {
    buy: async (quantity, price) =>
      String((await dataOf(rest.newOrder(limit(symbol, Number(quantity), Number(price))))).orderId),
    amend: async (id, quantity) => {
      await dataOf(rest.orderAmendKeepPriority({ symbol, orderId: Number(id), newQty: Number(quantity) }))
      return id
    },
    cancel: (id) => dataOf(rest.deleteOrder({ symbol, orderId: Number(id) })),
    order: async (id) => told(await dataOf(rest.getOrder({ symbol, orderId: Number(id) }))),
    open: async () => ids(await dataOf(rest.getOpenOrders({ symbol }))),
    trades: async () => quantities(await dataOf(rest.myTrades({ symbol }))),
    balance: async (asset) => {
      const { balances } = await dataOf(rest.getAccount())
      const balance = balances.find((row: any) => row.asset === asset)
      return Number(balance?.free) + Number(balance?.locked)
    }
  }
}

const officialFutures = (rest: any, symbol: string): Trader => ({
  buy: async (quantity, price) =>
    String((await dataOf(rest.newOrder(limit(symbol, Number(quantity), Number(price))))).orderId),
  amend: async (id, quantity, price) =>
    String(
      (
        await dataOf(
          rest.modifyOrder({
            symbol,
            orderId: Number(id),
            side: "BUY",
            quantity: Number(quantity),
            price: Number(price)
          })
        )
      ).orderId
    ),
  cancel: (id) => dataOf(rest.cancelOrder({ symbol, orderId: Number(id) })),
  order: async (id) => told(await dataOf(rest.queryOrder({ symbol, orderId: Number(id) }))),
  open: async () => ids(await dataOf(rest.currentAllOpenOrders({ symbol }))),
  trades: async () => quantities(await dataOf(rest.accountTradeList({ symbol }))),
  balance: async (asset) => {
    const rows = await dataOf(rest.futuresAccountBalanceV3?.() ?? rest.futuresAccountBalance())
    return Number(rows.find((row: any) => row.asset === asset)?.balance)
  },
  position: async () =>
    positionAmount(
      await dataOf(rest.positionInformationV3?.({ symbol }) ?? rest.positionInformation({ marginAsset: "BTC" })),
      symbol
    )
})

const ccxtStatus: { readonly [status: string]: string } = { open: "NEW", closed: "FILLED", canceled: "CANCELED" }

const ccxtTrader = (binance: Binance, type: "spot" | "swap", symbol: string): Trader => {
  const exchange: any = pointed(new ccxt.binance(ccxtOptions(type)), binance)
  const subType = symbol.endsWith(":BTC") ? { subType: "inverse" } : type === "swap" ? { subType: "linear" } : {}
  return {
    buy: async (quantity, price) => (await exchange.createOrder(symbol, "limit", "buy", quantity, price)).id,
    amend: async (id, quantity, price) =>
      (await exchange.editOrder(id, symbol, "limit", "buy", Number(quantity), Number(price))).id,
    cancel: (id) => exchange.cancelOrder(id, symbol),
    order: async (id) => {
      const order = await exchange.fetchOrder(id, symbol)
      return { id: order.id, status: ccxtStatus[order.status] ?? order.status, filled: order.filled }
    },
    open: async () => (await exchange.fetchOpenOrders(symbol)).map(({ id }: any) => id),
    trades: async () => (await exchange.fetchMyTrades(symbol)).map(({ amount }: any) => amount),
    balance: async (asset) => (await exchange.fetchBalance({ type, ...subType }))[asset].total,
    ...(type === "spot"
      ? {}
      : {
          position: async () => {
            const [position] = await exchange.fetchPositions([symbol], subType)
            return position === undefined ? 0 : position.contracts * (position.side === "short" ? -1 : 1)
          }
        })
  }
}

const spot = { product: "Spot", symbol: "BTCUSDT", asset: "USDT", quantity: "0.02" } as const
const usd = { product: "UsdFutures", symbol: "BTCUSDT", asset: "USDT", quantity: "0.02" } as const
const coin = { product: "CoinFutures", symbol: "BTCUSD_PERP", asset: "BTC", quantity: "20" } as const

const cases: ReadonlyArray<Case> = [
  { name: "ccxt", ...spot, make: (binance) => ccxtTrader(binance, "spot", "BTC/USDT") },
  { name: "ccxt", ...usd, addsProfit: true, make: (binance) => ccxtTrader(binance, "swap", "BTC/USDT:USDT") },
  { name: "ccxt", ...coin, addsProfit: true, make: (binance) => ccxtTrader(binance, "swap", "BTC/USD:BTC") },
  { name: "binance", ...spot, make: communitySpot },
  {
    name: "binance",
    ...usd,
    make: (binance) => communityFutures(new USDMClient({ ...credentials, baseUrl: binance.httpUrl }), usd.symbol)
  },
  {
    name: "binance",
    ...coin,
    make: (binance) => communityFutures(new CoinMClient({ ...credentials, baseUrl: binance.httpUrl }), coin.symbol)
  },
  { name: "@binance/spot", ...spot, make: officialSpot },
  {
    name: "@binance/derivatives-trading-usds-futures",
    ...usd,
    make: (binance) =>
      officialFutures(
        new DerivativesTradingUsdsFutures({
          configurationRestAPI: { ...keys.hmac, basePath: binance.httpUrl }
        }).restAPI,
        usd.symbol
      )
  },
  {
    name: "@binance/derivatives-trading-coin-futures",
    ...coin,
    make: (binance) =>
      officialFutures(
        new DerivativesTradingCoinFutures({
          configurationRestAPI: { ...keys.hmac, basePath: binance.httpUrl }
        }).restAPI,
        coin.symbol
      )
  }
]

describe("trading by other clients", () => {
  for (const { addsProfit, asset, make, name, product, quantity, symbol } of cases) {
    client(`${name}, ${product}: places, amends and cancels orders, and reads the account back`, (binance) =>
      Effect.gen(function* () {
        const trader = make(binance)
        const part = String(Number(quantity) / 2)
        yield* binance.deposit({ product, asset, amount: "100000" })
        const bought = yield* Effect.promise(() => trader.buy(quantity, "90000"))
        assert.deepStrictEqual(yield* Effect.promise(() => trader.order(bought)), {
          id: bought,
          status: "FILLED",
          filled: Number(quantity)
        })
        const resting = yield* Effect.promise(() => trader.buy(quantity, "80000"))
        const amended = yield* Effect.promise(() => trader.amend(resting, part, "81000"))
        assert.deepStrictEqual(yield* Effect.promise(trader.open), [amended])
        yield* binance.fill({ product, symbol, orderId: amended, quantity: String(Number(part) / 2) })
        const other = yield* Effect.promise(() => trader.buy(quantity, "70000"))
        yield* Effect.promise(() => trader.cancel(other))
        const canceled = yield* Effect.promise(() => trader.order(other))
        assert.deepStrictEqual(canceled, { id: other, status: "CANCELED", filled: 0 })
        const book = yield* binance.book({ product })
        assert.deepStrictEqual(
          yield* Effect.promise(trader.trades),
          book.fills.map((fill) => Number(fill.quantity))
        )
        const total = Number(book.balances.find((row) => row.asset === asset)?.total)
        const profit = addsProfit === true ? Number(book.positions[0]?.unrealizedProfit) : 0
        assert.closeTo(yield* Effect.promise(() => trader.balance(asset)), total + profit, 1e-9)
        if (trader.position !== undefined) {
          assert.strictEqual(yield* Effect.promise(trader.position), Number(book.positions[0]?.amount))
        }
        assert.lengthOf(book.fills, 2)
      })
    )
  }
})
