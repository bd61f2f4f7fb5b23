import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as Effect from "effect/Effect"
import type { SimulatedBinance } from "effect-binance-user-data/testing"

export const product = "UsdFutures"

/** The price of each market's orders, and how much of them is filled at a time. */
const markets = [
  { symbol: "BTCUSDT", price: "80000", part: 0.001 },
  { symbol: "ETHUSDT", price: "2500", part: 0.01 },
  { symbol: "BNBUSDT", price: "800", part: 0.1 },
  ...["AVAX", "LINK", "LTC", "SOL"].map((base) => ({ symbol: `${base}USDT`, price: "10", part: 1 })),
  ...["ADA", "APT", "ARB", "ATOM", "DOGE", "DOT", "FIL", "NEAR", "OP", "SUI", "TRX", "UNI", "XRP"].map((base) => ({
    symbol: `${base}USDT`,
    price: "0.1",
    part: 100
  }))
]

/** 200 orders and 500 fills on 20 symbols: half of the orders are filled, the others partly. */
export const trade = <R>(binance: SimulatedBinance.SimulatedBinance["Type"], pause: Effect.Effect<void, never, R>) =>
  Effect.gen(function* () {
    for (let index = 0; index < 200; index++) {
      const { part, price, symbol } = markets[index % markets.length]!
      const order = yield* binance.placeOrder({
        product,
        symbol,
        side: "BUY",
        type: "LIMIT",
        timeInForce: "GTC",
        price,
        quantity: (part * 3).toFixed(3)
      })
      for (let filled = 0; filled < (index % 2 === 0 ? 3 : 2); filled++) {
        yield* binance.fill({ product, ...order, quantity: String(part) })
      }
      if (index % 20 === 0) {
        yield* pause
      }
    }
  })

/** How many requests are under way, and what weight Binance says was used. */
export const counting = () => {
  const counts = { underWay: 0, most: 0, calls: 0, weight: 0 }
  const count = Effect.sync(() => {
    counts.calls++
    counts.most = Math.max(counts.most, ++counts.underWay)
  })
  const client = HttpClient.transform<HttpClientError, never, HttpClientError, never>((send) =>
    Effect.acquireUseRelease(
      count,
      () => send,
      () => Effect.sync(() => counts.underWay--)
    ).pipe(
      Effect.tap(({ headers }) => {
        counts.weight = Math.max(counts.weight, Number(headers["x-mbx-used-weight-1m"] ?? 0))
      })
    )
  )
  return { counts, client }
}
