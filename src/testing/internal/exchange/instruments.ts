import { type Decimal, decimal, digitsOf } from "./decimal.js"

interface Filters {
  readonly symbol: string
  readonly baseAsset: string
  readonly quoteAsset: string
  readonly tickSize: Decimal
  readonly priceDigits: number
  readonly stepSize: Decimal
  readonly quantityDigits: number
  readonly minNotional: Decimal
  /** Before a test sets another. */
  readonly price: Decimal
}

export interface SpotInstrument extends Filters {}

export interface Contract extends Filters {
  readonly pair: string
  readonly marginAsset: string
  readonly contractType: "PERPETUAL" | "CURRENT_QUARTER"
  /** Quote assets for one contract where the margin is the base asset. */
  readonly contractSize: Decimal | undefined
  /** What an option gives; its pair is what it is on. */
  readonly option?: OptionTerms | undefined
}

export interface OptionTerms {
  readonly side: "CALL" | "PUT"
  readonly strike: Decimal
  /** Epoch ms. */
  readonly expiresAt: number
}

const filters = (
  symbol: string,
  assets: readonly [base: string, quote: string],
  sizes: { readonly tick: string; readonly step: string; readonly minNotional: string; readonly price: string }
): Filters => ({
  symbol,
  baseAsset: assets[0],
  quoteAsset: assets[1],
  tickSize: decimal(sizes.tick),
  priceDigits: digitsOf(sizes.tick),
  stepSize: decimal(sizes.step),
  quantityDigits: digitsOf(sizes.step),
  minNotional: decimal(sizes.minNotional),
  price: decimal(sizes.price)
})

const linear = (
  base: string,
  sizes: { readonly tick: string; readonly step: string; readonly price: string }
): Contract => ({
  ...filters(`${base}USDT`, [base, "USDT"], { ...sizes, minNotional: "5" }),
  pair: `${base}USDT`,
  marginAsset: "USDT",
  contractType: "PERPETUAL",
  contractSize: undefined
})

const inverse = (
  base: string,
  suffix: string,
  sizes: { readonly tick: string; readonly price: string; readonly contractSize: string }
): Contract => ({
  ...filters(`${base}USD_${suffix}`, [base, "USD"], { ...sizes, step: "1", minNotional: "0" }),
  pair: `${base}USD`,
  marginAsset: base,
  contractType: suffix === "PERP" ? "PERPETUAL" : "CURRENT_QUARTER",
  contractSize: decimal(sizes.contractSize)
})

const option = (base: string, strike: string, side: OptionTerms["side"], price: string): Contract => ({
  ...filters(`${base}-261225-${strike}-${side === "CALL" ? "C" : "P"}`, [base, "USDT"], {
    tick: "0.001",
    step: "0.01",
    minNotional: "0",
    price
  }),
  pair: `${base}USDT`,
  marginAsset: "USDT",
  contractType: "CURRENT_QUARTER",
  contractSize: undefined,
  option: { side, strike: decimal(strike), expiresAt: Date.UTC(2026, 11, 25, 8) }
})

const bySymbol = <A extends Filters>(instruments: ReadonlyArray<A>): ReadonlyMap<string, A> =>
  new Map(instruments.map((instrument) => [instrument.symbol, instrument]))

export const spotInstruments: ReadonlyMap<string, SpotInstrument> = bySymbol([
  filters("BTCUSDT", ["BTC", "USDT"], { tick: "0.01", step: "0.00001", minNotional: "5", price: "90000" }),
  filters("ETHUSDT", ["ETH", "USDT"], { tick: "0.01", step: "0.0001", minNotional: "5", price: "3000" }),
  filters("BNBUSDT", ["BNB", "USDT"], { tick: "0.01", step: "0.001", minNotional: "5", price: "900" }),
  filters("SOLUSDT", ["SOL", "USDT"], { tick: "0.01", step: "0.001", minNotional: "5", price: "200" }),
  filters("ETHBTC", ["ETH", "BTC"], { tick: "0.00001", step: "0.001", minNotional: "0.0001", price: "0.03" })
])

export const usdContracts: ReadonlyMap<string, Contract> = bySymbol([
  linear("BTC", { tick: "0.1", step: "0.001", price: "90000" }),
  linear("ETH", { tick: "0.01", step: "0.001", price: "3000" }),
  linear("BNB", { tick: "0.01", step: "0.01", price: "900" }),
  linear("SOL", { tick: "0.01", step: "1", price: "200" }),
  linear("XRP", { tick: "0.0001", step: "0.1", price: "2" }),
  linear("ADA", { tick: "0.0001", step: "1", price: "0.6" }),
  linear("APT", { tick: "0.001", step: "0.1", price: "5" }),
  linear("ARB", { tick: "0.0001", step: "0.1", price: "0.4" }),
  linear("ATOM", { tick: "0.001", step: "0.01", price: "5" }),
  linear("AVAX", { tick: "0.001", step: "1", price: "20" }),
  linear("DOGE", { tick: "0.00001", step: "1", price: "0.2" }),
  linear("DOT", { tick: "0.001", step: "0.1", price: "4" }),
  linear("FIL", { tick: "0.001", step: "0.1", price: "2" }),
  linear("LINK", { tick: "0.001", step: "0.01", price: "15" }),
  linear("LTC", { tick: "0.01", step: "0.001", price: "100" }),
  linear("NEAR", { tick: "0.001", step: "1", price: "3" }),
  linear("OP", { tick: "0.0001", step: "0.1", price: "0.6" }),
  linear("SUI", { tick: "0.0001", step: "0.1", price: "2" }),
  linear("TRX", { tick: "0.00001", step: "1", price: "0.3" }),
  linear("UNI", { tick: "0.001", step: "1", price: "8" })
])

export const coinContracts: ReadonlyMap<string, Contract> = bySymbol([
  inverse("BTC", "PERP", { tick: "0.1", price: "90000", contractSize: "100" }),
  inverse("BTC", "270326", { tick: "0.1", price: "91000", contractSize: "100" }),
  inverse("ETH", "PERP", { tick: "0.01", price: "3000", contractSize: "10" })
])

export const optionContracts: ReadonlyMap<string, Contract> = bySymbol([
  option("BTC", "70000", "CALL", "20500"),
  option("BTC", "100000", "CALL", "1500"),
  option("BTC", "80000", "PUT", "900"),
  option("ETH", "3000", "CALL", "150")
])
