import type { Decimal } from "./decimal.js"
import type { Exchange, Kept } from "./exchange.js"
import * as Algo from "./futures/algo.js"
import * as FuturesChange from "./futures/change.js"
import * as FuturesMatch from "./futures/match.js"
import { MarginAccount } from "./margin/account.js"
import { watch } from "./margin/change.js"
import type { Prices } from "./prices.js"
import * as SpotMatch from "./spot/match.js"

const mustHave = (prices: Prices, product: Kept, symbol: string) => {
  if (!prices.has(symbol)) {
    throw new Error(`${symbol} is no symbol of ${product} that is simulated: there are ${prices.symbols.join(", ")}`)
  }
}

/** The market moves: stops go off and resting orders fill, in all accounts. */
export const setPrice = (
  exchange: Exchange,
  product: Kept,
  symbol: string,
  quote: { readonly price: Decimal; readonly liquidity: Decimal | undefined; readonly mark: Decimal | undefined }
): void => {
  const prices = exchange.prices[product]
  mustHave(prices, product, symbol)
  prices.set(symbol, quote)
  if (product === "Spot") {
    for (const account of exchange.spotAccounts()) {
      SpotMatch.onPrice(account, symbol)
      if (account instanceof MarginAccount) {
        watch(account)
      }
    }
  } else {
    for (const account of exchange.futuresAccounts(product)) {
      FuturesMatch.onPrice(account, symbol)
      Algo.onPrice(account, symbol)
    }
  }
  for (const portfolio of exchange.portfolioAccounts()) {
    portfolio.watch()
  }
}

/** Who is long pays a positive rate to who is short, in one account or in all. */
export const fund = (
  exchange: Exchange,
  product: "UsdFutures" | "CoinFutures",
  name: string | undefined,
  symbol: string,
  rate: Decimal
): void => {
  mustHave(exchange.prices[product], product, symbol)
  for (const account of exchange.futuresAccounts(product)) {
    const contract = account.rules.contracts.get(symbol)
    if (contract !== undefined && (name ?? account.venue.account) === account.venue.account) {
      FuturesChange.fund(account, contract, rate)
    }
  }
}
