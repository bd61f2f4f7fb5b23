import ccxt from "ccxt"
import * as Effect from "effect/Effect"
import type { SimulatedBinance } from "effect-binance-user-data/testing"
import { describe } from "vitest"
import { ccxtOptions, pointed } from "./ccxt.js"
import { client, eventually } from "./simulated.js"

type Binance = SimulatedBinance.SimulatedBinance.Service

const cases = [
  { product: "Spot", type: "spot", symbol: "BTC/USDT", asset: "USDT", quantity: "0.02" },
  { product: "UsdFutures", type: "swap", symbol: "BTC/USDT:USDT", asset: "USDT", quantity: "0.02" },
  { product: "CoinFutures", type: "swap", symbol: "BTC/USD:BTC", asset: "BTC", quantity: "20" }
] as const

type Product = (typeof cases)[number]["product"]

const endpoints: { readonly [P in Product]: string } = {
  Spot: "",
  UsdFutures: "/fapi/v1/listenKey",
  CoinFutures: "/dapi/v1/listenKey"
}

/** It leaves its listen keys to expire: the test closes them as another client of the account would. */
const pro = (binance: Binance, type: "spot" | "swap", product: Product) =>
  Effect.acquireRelease(
    Effect.sync(() => pointed(new (ccxt as any).pro.binance(ccxtOptions(type)), binance)),
    (exchange: any) =>
      Effect.gen(function* () {
        yield* Effect.promise(() => exchange.close())
        const { apiKey } = ccxtOptions(type)
        if (endpoints[product] !== "") {
          yield* Effect.promise(() =>
            fetch(`${binance.httpUrl}${endpoints[product]}`, {
              method: "DELETE",
              headers: { "X-MBX-APIKEY": apiKey }
            })
          )
        }
      })
  )

/** Watches again and again: what comes while nobody waits, it does not tell. Gives what was told last. */
const watch = (next: () => Promise<any>): (() => any) => {
  let latest: any
  const loop = async (): Promise<void> => {
    latest = await next()
    return loop()
  }
  loop().catch(() => undefined)
  return () => latest
}

describe("ccxt pro", () => {
  for (const { asset, product, quantity, symbol, type } of cases) {
    client(`${product}: watches orders, trades, balances and positions`, (binance) =>
      Effect.gen(function* () {
        const exchange = yield* pro(binance, type, product)
        const subType =
          product === "CoinFutures" ? { subType: "inverse" } : product === "UsdFutures" ? { subType: "linear" } : {}
        const parameters = { type, ...subType }
        yield* binance.deposit({ product, asset, amount: "100000" })
        // What it needs for addresses without TLS.
        yield* Effect.promise(() => exchange.loadHttpProxyAgent())
        yield* Effect.promise(() => exchange.loadMarkets())
        const latest = {
          orders: watch(() => exchange.watchOrders(symbol)),
          trades: watch(() => exchange.watchMyTrades(symbol)),
          balance: watch(() => exchange.watchBalance(parameters)),
          positions:
            product === "Spot"
              ? () => undefined
              : watch(() => exchange.watchPositions([symbol], undefined, undefined, parameters))
        }
        yield* eventually(binance.counters, ({ liveKeys, subscriptions }) =>
          product === "Spot" ? subscriptions > 0 : liveKeys === 1
        )
        yield* eventually(binance.sockets, (sockets) => sockets.some(({ streams }) => streams > 0))
        if (product !== "Spot") {
          // It reads the positions first, and what comes meanwhile it does not tell.
          yield* eventually(Effect.sync(latest.positions), (positions) => positions !== undefined)
        }
        yield* Effect.promise(() => exchange.createOrder(symbol, "market", "buy", Number(quantity)))
        const book = yield* binance.book({ product })
        const [fill] = book.fills
        const total = Number(book.balances.find((row) => row.asset === asset)?.total)
        yield* eventually(Effect.sync(latest.orders), (orders) =>
          orders?.some(({ id, status }: any) => id === fill?.orderId && status === "closed")
        )
        yield* eventually(Effect.sync(latest.trades), (trades) =>
          trades?.some(
            ({ amount, fee, id }: any) =>
              id === fill?.tradeId && amount === Number(quantity) && fee.currency === fill?.commissionAsset
          )
        )
        yield* eventually(Effect.sync(latest.balance), (balance) => Math.abs(balance?.[asset]?.total - total) < 1e-9)
        if (product !== "Spot") {
          yield* eventually(Effect.sync(latest.positions), (positions) =>
            positions?.some(
              (row: any) => row.symbol === symbol && row.contracts === Number(quantity) && row.side === "long"
            )
          )
        }
      })
    )
  }
})
