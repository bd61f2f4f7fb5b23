import * as Effect from "effect/Effect"
import type { Product } from "../../../Environment.js"
import type * as Trading from "../../Trading.js"
import { type Decimal, decimal, floorTo, multiply, plain } from "./decimal.js"
import { coinContracts, optionContracts, spotInstruments, usdContracts } from "./instruments.js"

/** What trades on the market of a product, and how much of it. */
interface Market {
  readonly product: Trading.MarketProduct
  readonly symbol: string
  readonly tickSize: Decimal
  /** What it costs at the beginning of time. */
  readonly usual: Decimal
  readonly asset: string
  /** So that a day can always pay for its orders. */
  readonly deposit: string
  readonly quantity: string
  /** What of it is filled first. */
  readonly part: string
  /** What of it is sold again. */
  readonly sold: string
}

const bitcoin = decimal("60000")

const spot = (symbol: string): Market => {
  const { price, quoteAsset, tickSize } = spotInstruments.get(symbol)!
  const sizes = { deposit: "5000", quantity: "0.025", part: "0.01", sold: "0.01" }
  return {
    product: "Spot",
    symbol,
    tickSize,
    usual: symbol === "BTCUSDT" ? bitcoin : price,
    asset: quoteAsset,
    ...sizes
  }
}

const usd: Market = {
  product: "UsdFutures",
  symbol: "BTCUSDT",
  tickSize: usdContracts.get("BTCUSDT")!.tickSize,
  usual: bitcoin,
  asset: "USDT",
  deposit: "2500",
  quantity: "0.25",
  part: "0.1",
  sold: "0.1"
}

const coin: Market = {
  product: "CoinFutures",
  symbol: "BTCUSD_PERP",
  tickSize: coinContracts.get("BTCUSD_PERP")!.tickSize,
  usual: bitcoin,
  asset: "BTC",
  deposit: "0.1",
  quantity: "20",
  part: "8",
  sold: "8"
}

const option: Market = {
  product: "EuropeanOptions",
  symbol: "BTC-261225-70000-C",
  tickSize: optionContracts.get("BTC-261225-70000-C")!.tickSize,
  usual: decimal("1200"),
  asset: "USDT",
  deposit: "1000",
  quantity: "0.25",
  part: "0.1",
  sold: "0.1"
}

/** What a day needs. */
interface Day {
  readonly trading: Trading.Trading
  readonly account: string
  /** A number between 0 and 1 that makes the day's price. */
  readonly chance: number
  /** Between two steps. */
  readonly pause: Effect.Effect<void>
}

/** A buy is placed and filled in two parts, another is cancelled, and some is sold again. */
const trade = ({ chance, pause, trading }: Day, target: Trading.Account, market: Market) =>
  Effect.gen(function* () {
    const { part, product, quantity, sold, symbol } = market
    const at = (share: number) =>
      plain(floorTo(multiply(market.usual, decimal((share * (1 + chance / 60)).toFixed(6))), market.tickSize))
    const order = { ...target, symbol } as const
    // Below the prices of all days, so that a day of another account on the same market does not fill it.
    const buy = { ...order, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity } as const
    yield* trading.setPrice({ product, symbol, price: at(1) })
    const { orderId } = yield* trading.placeOrder({ ...buy, price: at(0.98) })
    yield* pause
    yield* trading.fill({ ...order, orderId, quantity: part })
    yield* pause
    const dropped = yield* trading.placeOrder({ ...buy, price: at(0.97) })
    yield* pause
    yield* trading.fill({ ...order, orderId })
    yield* pause
    yield* trading.cancel({ ...order, orderId: dropped.orderId })
    yield* pause
    // Options know no orders at the price of the market.
    const sale = product === "EuropeanOptions" ? { ...buy, price: at(0.97) } : { ...order, type: "MARKET" }
    yield* trading.placeOrder({ ...sale, side: "SELL", quantity: sold })
  })

/** Money comes in, and is traded with. */
const plainDay = (day: Day, market: Market) =>
  Effect.gen(function* () {
    const target = { product: market.product, account: day.account } as const
    yield* day.trading.deposit({ ...target, asset: market.asset, amount: market.deposit })
    yield* day.pause
    yield* trade(day, target, market)
  })

const futuresDay = (day: Day, product: "UsdFutures" | "CoinFutures") =>
  Effect.gen(function* () {
    const market = product === "UsdFutures" ? usd : coin
    yield* plainDay(day, market)
    yield* day.pause
    yield* day.trading.fund({ product, account: day.account, symbol: market.symbol, rate: "0.0001" })
  })

/** Money comes into two of its parts: one trades futures, the other spot with money that is partly borrowed. */
const portfolioDay = (day: Day) =>
  Effect.gen(function* () {
    const { pause, trading } = day
    const target = { product: "PortfolioMargin", account: day.account } as const
    const margin = { ...target, unit: "MARGIN", asset: "USDT" } as const
    yield* trading.deposit({ ...target, asset: usd.asset, amount: usd.deposit })
    yield* pause
    yield* trade(day, target, usd)
    yield* pause
    yield* trading.fund({ product: "UsdFutures", account: day.account, symbol: usd.symbol, rate: "0.0001" })
    yield* trading.deposit({ ...margin, amount: "5000" })
    yield* pause
    yield* trading.borrow({ ...margin, amount: "100" })
    yield* pause
    yield* trade(day, { ...target, unit: "MARGIN" }, spot("BTCUSDT"))
    yield* pause
    yield* trading.repay({ ...margin, amount: "50" })
  })

/** A position is opened, and the ratio falls and rises again. */
const portfolioProDay = ({ account, pause, trading }: Day) =>
  Effect.gen(function* () {
    const target = { product: "PortfolioMarginPro", account } as const
    const futures = { product: "UsdFutures", account } as const
    yield* trading.deposit({ ...futures, asset: usd.asset, amount: usd.deposit })
    yield* trading.placeOrder({ ...futures, symbol: usd.symbol, side: "BUY", type: "MARKET", quantity: "0.1" })
    yield* trading.pushAccountUpdate(target)
    yield* pause
    yield* trading.setMarginLevel({ ...target, level: "1.19" })
    yield* pause
    yield* trading.setMarginLevel({ ...target, level: "50" })
    yield* pause
    yield* trading.pushAccountUpdate(target)
  })

/** Trading with money that is partly borrowed, of which a part is paid back. */
const marginDay = (day: Day, isolatedSymbol: string | undefined) =>
  Effect.gen(function* () {
    const target = { product: "Margin", account: day.account, isolatedSymbol } as const
    const market = spot(isolatedSymbol ?? "BTCUSDT")
    const { asset } = market
    yield* day.trading.deposit({ ...target, asset, amount: market.deposit })
    yield* day.pause
    yield* day.trading.borrow({ ...target, asset, amount: "100" })
    yield* day.pause
    yield* trade(day, target, market)
    yield* day.pause
    yield* day.trading.repay({ ...target, asset, amount: "50" })
  })

/** Coins are borrowed and cost interest, their price rises until the account is called, and some are paid back. */
const marginRiskDay = ({ account, pause, trading }: Day) =>
  Effect.gen(function* () {
    const target = { product: "Margin", account } as const
    yield* trading.deposit({ ...target, asset: "USDT", amount: "5000" })
    yield* trading.borrow({ ...target, asset: "BTC", amount: "0.05" })
    yield* pause
    // At once, because an account that is called cannot borrow, and another day may be about to.
    yield* trading.setMarginLevel({ ...target, level: "1.28" })
    yield* trading.accrueInterest(target)
    yield* trading.setMarginLevel({ ...target, level: "2.5" })
    yield* pause
    yield* trading.repay({ ...target, asset: "BTC", amount: "0.02" })
  })

/**
 * A day of an account. The next day goes on from there.
 */
export const day = (
  product: Product,
  given: Day,
  /** Of an isolated margin account. */
  symbol: string | undefined
): Effect.Effect<void, Trading.Refused> => {
  switch (product) {
    case "Spot":
      return plainDay(given, spot("BTCUSDT"))
    case "EuropeanOptions":
      return plainDay(given, option)
    case "Margin":
      return marginDay(given, symbol)
    case "MarginRisk":
      return marginRiskDay(given)
    case "PortfolioMargin":
      return portfolioDay(given)
    case "PortfolioMarginPro":
      return portfolioProDay(given)
    default:
      return futuresDay(given, product)
  }
}
