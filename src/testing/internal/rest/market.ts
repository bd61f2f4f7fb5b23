import { type Decimal, decimal, fixed, plain } from "../exchange/decimal.js"
import type { Kept } from "../exchange/exchange.js"
import { algoTypes } from "../exchange/futures/place.js"
import {
  type Contract,
  coinContracts,
  optionContracts,
  type SpotInstrument,
  spotInstruments,
  usdContracts
} from "../exchange/instruments.js"
import { spotPreventionModes } from "../exchange/parameters.js"
import { orderTypes } from "../exchange/spot/place.js"
import { refuse } from "../refusal.js"
import type { Pool } from "../weights.js"
import type { Call, Calls, Context } from "./call.js"

const filtersOf = ({ quantityDigits, stepSize, tickSize }: SpotInstrument, notional: object) => {
  const step = plain(stepSize)
  const tick = plain(tickSize)
  const lot = {
    minQty: step,
    maxQty: fixed(decimal("9000000"), quantityDigits),
    stepSize: step
  }
  return [
    { filterType: "PRICE_FILTER", minPrice: tick, maxPrice: "1000000", tickSize: tick },
    { filterType: "LOT_SIZE", ...lot },
    { filterType: "MARKET_LOT_SIZE", ...lot },
    { filterType: "MAX_NUM_ORDERS", maxNumOrders: 200, limit: 200 },
    notional
  ]
}

const spotSymbol = (instrument: SpotInstrument) => ({
  symbol: instrument.symbol,
  status: "TRADING",
  baseAsset: instrument.baseAsset,
  baseAssetPrecision: 8,
  quoteAsset: instrument.quoteAsset,
  quotePrecision: 8,
  quoteAssetPrecision: 8,
  orderTypes,
  icebergAllowed: true,
  ocoAllowed: true,
  otoAllowed: true,
  quoteOrderQtyMarketAllowed: true,
  allowTrailingStop: true,
  cancelReplaceAllowed: true,
  amendAllowed: true,
  isSpotTradingAllowed: true,
  isMarginTradingAllowed: true,
  filters: filtersOf(instrument, {
    filterType: "NOTIONAL",
    minNotional: plain(instrument.minNotional),
    applyMinToMarket: true,
    maxNotional: "9000000",
    applyMaxToMarket: false,
    avgPriceMins: 5
  }),
  permissions: [],
  permissionSets: [["SPOT", "MARGIN"]],
  defaultSelfTradePreventionMode: "EXPIRE_MAKER",
  allowedSelfTradePreventionModes: spotPreventionModes
})

const contractSymbol = (contract: Contract) => ({
  symbol: contract.symbol,
  pair: contract.pair,
  contractType: contract.contractType,
  // The one of perpetuals is how clients know them.
  deliveryDate: contract.contractType === "PERPETUAL" ? 4_133_404_800_000 : Date.UTC(2027, 2, 26, 8),
  onboardDate: 1_569_398_400_000,
  [contract.contractSize === undefined ? "status" : "contractStatus"]: "TRADING",
  ...(contract.contractSize === undefined ? {} : { contractSize: Number(plain(contract.contractSize)) }),
  baseAsset: contract.baseAsset,
  quoteAsset: contract.quoteAsset,
  marginAsset: contract.marginAsset,
  pricePrecision: contract.priceDigits,
  quantityPrecision: contract.quantityDigits,
  baseAssetPrecision: 8,
  quotePrecision: 8,
  underlyingType: "COIN",
  triggerProtect: "0.0500",
  liquidationFee: "0.012500",
  marketTakeBound: "0.05",
  filters: filtersOf(contract, { filterType: "MIN_NOTIONAL", notional: plain(contract.minNotional) }),
  orderTypes: ["LIMIT", "MARKET", ...algoTypes],
  timeInForce: ["GTC", "IOC", "FOK", "GTX", "GTD"]
})

const exchangeInfo = (pool: Pool, weight: number, symbols: () => ReadonlyArray<object>): Call => ({
  pool,
  weight,
  security: "none",
  answer: ({ world }) => ({
    timezone: "UTC",
    serverTime: world.serverTime(),
    rateLimits: [
      { rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1, limit: world.weights.limit(pool) },
      { rateLimitType: "ORDERS", interval: "SECOND", intervalNum: 10, limit: pool === "spot" ? 100 : 300 }
    ],
    exchangeFilters: [],
    assets: [],
    symbols: symbols()
  })
})

/** One symbol, or all of them. */
const quotes = (
  pool: Pool,
  product: Kept,
  symbols: ReadonlyMap<string, unknown>,
  row: (symbol: string, price: Decimal, mark: Decimal, context: Context) => object
): Call => ({
  pool,
  weight: 2,
  security: "none",
  answer: (context) => {
    const prices = context.world.exchange.prices[product]
    const rowOf = (symbol: string) => row(symbol, prices.price(symbol), prices.mark(symbol), context)
    const symbol = context.parameters.get("symbol")
    if (symbol === undefined) {
      return Array.from(symbols.keys(), rowOf)
    }
    return symbols.has(symbol) ? rowOf(symbol) : refuse(400, -1121, "Invalid symbol.")
  }
})

const ticker = (symbol: string, price: Decimal, _: Decimal, { world }: Context) => ({
  symbol,
  price: plain(price),
  time: world.serverTime()
})

const premiumIndex = (symbol: string, price: Decimal, mark: Decimal, { world }: Context) => ({
  symbol,
  markPrice: fixed(mark, 8),
  indexPrice: fixed(price, 8),
  estimatedSettlePrice: fixed(price, 8),
  lastFundingRate: "0.00010000",
  interestRate: "0.00010000",
  nextFundingTime: Math.ceil(world.serverTime() / 28_800_000) * 28_800_000,
  time: world.serverTime()
})

/** The price is the best one of both sides. */
const bookTicker = (symbol: string, price: Decimal, _: Decimal, { world }: Context) => ({
  symbol,
  bidPrice: plain(price),
  bidQty: "1000",
  askPrice: plain(price),
  askQty: "1000",
  time: world.serverTime()
})

const optionMark = (symbol: string, _: Decimal, mark: Decimal) => ({ symbol, markPrice: fixed(mark, 8) })

const optionSymbol = (contract: Contract) => ({
  symbol: contract.symbol,
  underlying: contract.pair,
  side: contract.option!.side,
  strikePrice: plain(contract.option!.strike),
  expiryDate: contract.option!.expiresAt,
  quoteAsset: contract.quoteAsset,
  unit: 1,
  priceScale: contract.priceDigits,
  quantityScale: contract.quantityDigits,
  minQty: plain(contract.stepSize),
  maxQty: "1000",
  filters: filtersOf(contract, { filterType: "MIN_NOTIONAL", notional: plain(contract.minNotional) }).slice(0, 2)
})

const optionsInfo: Call = {
  pool: "options",
  weight: 1,
  security: "none",
  answer: ({ world }) => ({
    timezone: "UTC",
    serverTime: world.serverTime(),
    rateLimits: [
      { rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1, limit: world.weights.limit("options") }
    ],
    optionSymbols: Array.from(optionContracts.values(), optionSymbol)
  })
}

/**
 * What markets there are, and what they offer.
 */
export const marketCalls: Calls = {
  "GET /api/v3/exchangeInfo": exchangeInfo("spot", 20, () => Array.from(spotInstruments.values(), spotSymbol)),
  "GET /fapi/v1/exchangeInfo": exchangeInfo("futures", 1, () => Array.from(usdContracts.values(), contractSymbol)),
  "GET /dapi/v1/exchangeInfo": exchangeInfo("futures", 1, () => Array.from(coinContracts.values(), contractSymbol)),
  "GET /api/v3/ticker/price": quotes("spot", "Spot", spotInstruments, ticker),
  "GET /fapi/v1/ticker/price": quotes("futures", "UsdFutures", usdContracts, ticker),
  "GET /dapi/v1/ticker/price": quotes("futures", "CoinFutures", coinContracts, ticker),
  "GET /api/v3/ticker/bookTicker": quotes("spot", "Spot", spotInstruments, bookTicker),
  "GET /fapi/v1/ticker/bookTicker": quotes("futures", "UsdFutures", usdContracts, bookTicker),
  "GET /dapi/v1/ticker/bookTicker": quotes("futures", "CoinFutures", coinContracts, bookTicker),
  "GET /eapi/v1/exchangeInfo": optionsInfo,
  "GET /eapi/v1/mark": quotes("options", "EuropeanOptions", optionContracts, optionMark),
  "GET /fapi/v1/premiumIndex": quotes("futures", "UsdFutures", usdContracts, premiumIndex),
  "GET /dapi/v1/premiumIndex": quotes("futures", "CoinFutures", coinContracts, premiumIndex)
}
