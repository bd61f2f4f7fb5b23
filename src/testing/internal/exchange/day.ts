import * as Effect from "effect/Effect"
import type * as Trading from "../../Trading.js"

interface Market {
  readonly symbol: string
  readonly asset: string
  /** So that a day can always pay for its orders. */
  readonly deposit: string
  readonly quantity: string
  /** What of it is filled first. */
  readonly part: string
  /** What of it is sold again. */
  readonly sold: string
}

const markets: { readonly [P in Trading.Product]: Market } = {
  Spot: { symbol: "BTCUSDT", asset: "USDT", deposit: "5000", quantity: "0.025", part: "0.01", sold: "0.01" },
  UsdFutures: { symbol: "BTCUSDT", asset: "USDT", deposit: "2500", quantity: "0.25", part: "0.1", sold: "0.1" },
  CoinFutures: { symbol: "BTCUSD_PERP", asset: "BTC", deposit: "0.1", quantity: "20", part: "8", sold: "8" }
}

/**
 * A day of an account: money comes in, a buy is placed and filled in two parts, another is cancelled, some is sold
 * again, and funding is paid. The next day goes on from there.
 */
export const day = (
  trading: Trading.Trading,
  target: Trading.Account,
  /** A whole number, of the quote asset. */
  price: number,
  /** Between two steps. */
  pause: Effect.Effect<void>
): Effect.Effect<void, Trading.Refused> =>
  Effect.gen(function* () {
    const { product } = target
    const { asset, deposit, part, quantity, sold, symbol } = markets[product]
    const market = { ...target, symbol } as const
    const buy = { ...market, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity } as const
    yield* trading.deposit({ ...target, asset, amount: deposit })
    yield* pause
    yield* trading.setPrice({ product, symbol, price: String(price) })
    const { orderId } = yield* trading.placeOrder({ ...buy, price: String(price - 10) })
    yield* pause
    yield* trading.fill({ ...market, orderId, quantity: part })
    yield* pause
    const dropped = yield* trading.placeOrder({ ...buy, price: String(price - 500) })
    yield* pause
    yield* trading.fill({ ...market, orderId })
    yield* pause
    yield* trading.cancel({ ...market, orderId: dropped.orderId })
    yield* pause
    yield* trading.placeOrder({ ...market, side: "SELL", type: "MARKET", quantity: sold })
    if (product !== "Spot") {
      yield* pause
      yield* trading.fund({ ...target, product, symbol, rate: "0.0001" })
    }
  })
