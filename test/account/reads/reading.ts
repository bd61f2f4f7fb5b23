import * as Fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { BinanceError } from "../../../src/BinanceError.js"
import * as CoinFuturesReads from "../../../src/internal/account/reads/coinFutures.js"
import type { AccountReads } from "../../../src/internal/account/reads/reads.js"
import * as SpotReads from "../../../src/internal/account/reads/spot.js"
import * as UsdFuturesReads from "../../../src/internal/account/reads/usdFutures.js"
import { layerAnswering } from "./answers.js"

export const products = { spot: SpotReads.make(), "usd-m": UsdFuturesReads.make, "coin-m": CoinFuturesReads.make }

export type Product = keyof typeof products

export const sample = (product: Product, name: string): string =>
  Fs.readFileSync(new URL(`../../fixtures/rest/${product}/${name}.json`, import.meta.url), "utf8")

export type Read = (reads: AccountReads) => Effect.Effect<ReadonlyArray<unknown>, BinanceError>

/** What a read gives if Binance answers with a text. */
export const readOf = (product: Product, read: Read, text: string) =>
  Effect.flatMap(products[product], read).pipe(
    Effect.map((rows) => rows as ReadonlyArray<{ readonly [name: string]: unknown }>),
    Effect.provide(layerAnswering(() => ({ text })))
  )

export const openOrders: Read = (reads) => reads.openOrders()
export const orders: Read = (reads) => reads.orders({ symbol: "BTCUSDT", fromId: "1" })
export const order: Read = (reads) => Effect.map(reads.order({ symbol: "BTCUSDT", orderId: "1" }), Option.toArray)
export const openAlgoOrders: Read = (reads) => reads.openAlgoOrders()
export const algoOrder: Read = (reads) =>
  Effect.map(reads.algoOrder({ symbol: "BTCUSDT", algoId: "1" }), Option.toArray)
export const trades: Read = (reads) => reads.trades({ symbol: "BTCUSDT", fromId: "1" })
export const balances: Read = (reads) => reads.balances
export const positions: Read = (reads) => reads.positions
export const symbols: Read = (reads) => reads.symbols({ from: 0, to: 1000 })
