import type { Product } from "../../../Environment.js"
import { refuse } from "../refusal.js"
import { type Decimal, decimal, divide, isNegative, isZero, multiply, negate, subtract, truncate } from "./decimal.js"
import type { SpotAccount } from "./spot/account.js"
import * as Spot from "./spot/change.js"
import * as Transfer from "./transfer.js"

/** What came in from outside, or went out. */
interface Passage {
  readonly id: bigint
  readonly asset: string
  readonly amount: Decimal
  readonly time: number
}

export interface Moved extends Passage {
  /** From where to where, such as `MAIN_UMFUTURE`. */
  readonly type: string
}

export interface Dividend extends Passage {
  readonly info: string
}

/** What small rests of an asset became. */
export interface Converted extends Passage {
  /** In BNB, without the charge. */
  readonly received: Decimal
  readonly charge: Decimal
}

/** Small rests that were converted together. */
export interface Conversion {
  readonly id: bigint
  readonly time: number
  readonly parts: ReadonlyArray<Converted>
}

/** What a product's account is called where something is moved between products. */
const names: { readonly [P in Product]?: string } = {
  Spot: "MAIN",
  Margin: "MARGIN",
  UsdFutures: "UMFUTURE",
  CoinFutures: "CMFUTURE",
  EuropeanOptions: "OPTION",
  PortfolioMargin: "PORTFOLIO_MARGIN"
}

/** The part of a conversion that Binance keeps. */
const chargeRate = decimal("0.02")

/** What is taken for an asset, in USDT. */
const priceOf = ({ venue: { prices } }: SpotAccount, asset: string): Decimal => {
  const symbol = `${asset}USDT`
  return asset === "USDT"
    ? decimal("1")
    : prices.has(symbol)
      ? prices.price(symbol)
      : refuse(400, -1130, "Data sent for parameter 'asset' is not valid.")
}

/**
 * What reaches an account from outside its products, and between them.
 */
export class Wallet {
  readonly deposits: Array<Passage> = []
  readonly withdrawals: Array<Passage> = []
  readonly transfers: Array<Moved> = []
  readonly dividends: Array<Dividend> = []
  readonly conversions: Array<Conversion> = []

  constructor(private readonly spot: SpotAccount) {}

  /** A deposit, or a withdrawal if the amount is negative. */
  pass(asset: string, change: Decimal) {
    Spot.changeBalance(this.spot, asset, change)
    const isOut = isNegative(change)
    const rows = isOut ? this.withdrawals : this.deposits
    rows.push(this.passage("passage", asset, isOut ? negate(change) : change))
  }

  /** Between two products. Throws a `Refusal`, and then nothing has changed. */
  move(type: string, source: Transfer.Account, target: Transfer.Account, asset: string, size: Decimal): bigint {
    Transfer.transfer(source, target, asset, size)
    const moved = { ...this.passage("transfer", asset, size), type }
    this.transfers.push(moved)
    return moved.id
  }

  payDividend(asset: string, amount: Decimal, info: string) {
    Spot.changeBalance(this.spot, asset, amount)
    this.dividends.push({ ...this.passage("dividend", asset, amount), info })
  }

  /** All that is free of some assets becomes BNB. Throws a `Refusal`, and then nothing has changed. */
  convert(assets: ReadonlyArray<string>): Conversion {
    const bnb = priceOf(this.spot, "BNB")
    const parts = assets.map((asset) => {
      const { free } = this.spot.balance(asset)
      const value = divide(multiply(free, priceOf(this.spot, asset)), bnb, 8)
      const charge = truncate(multiply(value, chargeRate), 8)
      return asset === "BNB" || isZero(free)
        ? refuse(400, -1130, "Data sent for parameter 'asset' is not valid.")
        : { ...this.passage("converted", asset, free), received: subtract(value, charge), charge }
    })
    for (const { amount, asset, received } of parts) {
      Spot.changeBalance(this.spot, asset, negate(amount))
      Spot.changeBalance(this.spot, "BNB", received)
    }
    const { ids, now } = this.spot.venue
    const conversion = { id: ids.next("conversion"), time: now(), parts }
    this.conversions.push(conversion)
    return conversion
  }

  private passage(kind: string, asset: string, amount: Decimal): Passage {
    const { ids, now } = this.spot.venue
    return { id: ids.next(kind), asset, amount, time: now() }
  }
}

/** The type of a transfer between the accounts of two products. */
export const transferType = (
  from: { readonly product: Product; readonly isIsolated: boolean },
  to: { readonly product: Product; readonly isIsolated: boolean }
): string => [from, to].map(({ isIsolated, product }) => `${isIsolated ? "ISOLATED_" : ""}${names[product]}`).join("_")
