/**
 * What a test does to the accounts of the simulated Binance, and what it sees of them: members of
 * `SimulatedBinance.Service`.
 *
 * Every change pushes the events that Binance pushes, in its order, on every open stream of the account, and is what
 * REST tells afterwards. Amounts, prices and ids are decimal strings; times are in epoch ms.
 *
 * @since 0.2.0
 */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type { AlgoOrder, Balance, Book, Exercise, Fill, Loan, Order } from "./Book.js"
import type {
  Account,
  AlgoOrderRequest,
  FuturesProduct,
  LoanProduct,
  MarketProduct,
  OrderListRequest,
  OrderName,
  OrderRequest,
  Product
} from "./OrderRequest.js"

/**
 * @since 0.2.0
 */
export type * from "./Book.js"

/**
 * @since 0.2.0
 */
export type * from "./OrderRequest.js"

/**
 * Binance refused: with the status, code and message that a REST call gets.
 *
 * @since 0.2.0
 * @category errors
 */
export class Refused extends Data.TaggedError("Refused")<{
  readonly status: number
  readonly code: number
  readonly msg: string
}> {
  override get message(): string {
    return `${this.status} ${this.code}: ${this.msg}`
  }
}

/**
 * A symbol of a product.
 *
 * @since 0.2.0
 * @category models
 */
export interface Market<P extends MarketProduct = MarketProduct> {
  readonly product: P
  readonly symbol: string
}

/**
 * What the market offers from now on. Resting orders fill at their own price as soon as the market reaches it, and stop
 * orders go off.
 *
 * @since 0.2.0
 * @category models
 */
export interface Quote extends Market {
  readonly price: string
  /** How much can be had at the price. Default: no end. */
  readonly liquidity?: string | undefined
  /** For profits, margins and funding. Default: the price. */
  readonly markPrice?: string | undefined
}

/**
 * What a test does to accounts. What Binance would refuse fails with `Refused`, and changes nothing.
 *
 * @since 0.2.0
 * @category models
 */
export interface Trading {
  /** The market moves. Dies with a symbol that is not simulated. */
  readonly setPrice: (quote: Quote) => Effect.Effect<void>
  readonly placeOrder: (order: OrderRequest) => Effect.Effect<Order, Refused>
  readonly placeAlgoOrder: (order: AlgoOrderRequest) => Effect.Effect<AlgoOrder, Refused>
  readonly placeOrderList: (list: OrderListRequest) => Effect.Effect<ReadonlyArray<Order>, Refused>
  /**
   * Fills an open order, whatever the market offers. Default: all that is left, at the order's price, as maker.
   */
  readonly fill: (
    order: OrderName & {
      readonly quantity?: string | undefined
      readonly price?: string | undefined
      readonly isTaker?: boolean | undefined
    }
  ) => Effect.Effect<Fill, Refused>
  /** On spot only the quantity, and only to less. */
  readonly amend: (
    order: OrderName & { readonly quantity: string; readonly price?: string | undefined }
  ) => Effect.Effect<Order, Refused>
  readonly cancel: (order: OrderName) => Effect.Effect<Order, Refused>
  readonly cancelAlgoOrder: (
    order: Account<FuturesProduct> & { readonly algoId: string }
  ) => Effect.Effect<AlgoOrder, Refused>
  /** The exchange ends an order. */
  readonly expire: (order: OrderName) => Effect.Effect<Order, Refused>
  readonly deposit: (
    change: Account & { readonly asset: string; readonly amount: string }
  ) => Effect.Effect<Balance, Refused>
  readonly withdraw: (
    change: Account & { readonly asset: string; readonly amount: string }
  ) => Effect.Effect<Balance, Refused>
  /** Between products of one account. */
  readonly transfer: (change: {
    readonly account?: string | undefined
    readonly from: Product
    readonly to: Product
    readonly asset: string
    readonly amount: string
    /** The symbol of the isolated margin account, where one of the two is one. */
    readonly isolatedSymbol?: string | undefined
    /** The part of portfolio margin, where one of the two is that. */
    readonly unit?: "UM" | "CM" | "MARGIN" | undefined
  }) => Effect.Effect<void, Refused>
  /** Something that Binance hands out, on spot. */
  readonly payDividend: (dividend: {
    readonly account?: string | undefined
    readonly asset: string
    readonly amount: string
    /** What it is for. Default: `Dividend`. */
    readonly info?: string | undefined
  }) => Effect.Effect<void, Refused>
  /** All that is free of some assets on spot becomes BNB, for a charge. Tells how much BNB there is then. */
  readonly convertDust: (dust: {
    readonly account?: string | undefined
    readonly assets: ReadonlyArray<string>
  }) => Effect.Effect<Balance, Refused>
  /** Borrows on margin, with the first hour's interest. */
  readonly borrow: (
    loan: Account<LoanProduct> & { readonly asset: string; readonly amount: string }
  ) => Effect.Effect<Loan, Refused>
  /** Pays back what was borrowed, the interest first. */
  readonly repay: (
    loan: Account<LoanProduct> & { readonly asset: string; readonly amount: string }
  ) => Effect.Effect<Loan, Refused>
  /** Charges an hour's interest on all that is owed, and on what futures wallets of portfolio margin are below zero. */
  readonly accrueInterest: (account: {
    readonly product: LoanProduct | "PortfolioMarginPro"
    readonly account?: string | undefined
    readonly isolatedSymbol?: string | undefined
    readonly unit?: "MARGIN" | undefined
  }) => Effect.Effect<void, Refused>
  /** Pays off what futures wallets of portfolio margin are below zero, with USDT of the margin part. */
  readonly exchangeNegativeBalances: (account: {
    readonly product: "PortfolioMargin" | "PortfolioMarginPro"
    readonly account?: string | undefined
  }) => Effect.Effect<void, Refused>
  /** The exchange pays for an account of Portfolio Margin Pro that could not: from then on it owes so much USDC. */
  readonly lendBankruptcyLoan: (loan: {
    readonly account?: string | undefined
    readonly amount: string
  }) => Effect.Effect<void>
  /**
   * Moves the margin level of an account that owes something, or the ratio of portfolio margin (uniMMR), as if what it
   * has counted for more or less: it stays so much better or worse until it is set again.
   */
  readonly setMarginLevel: (level: {
    readonly product: "Margin" | "PortfolioMargin" | "PortfolioMarginPro"
    readonly account?: string | undefined
    readonly isolatedSymbol?: string | undefined
    readonly level: string
  }) => Effect.Effect<void, Refused>
  /** Pushes what Portfolio Margin Pro is told every 5 seconds, which the option `pushesByClock` does as well. */
  readonly pushAccountUpdate: (account: { readonly account?: string | undefined }) => Effect.Effect<void>
  /** Who is long pays a positive rate to who is short. Default: in all accounts. */
  readonly fund: (
    funding: Market<"UsdFutures" | "CoinFutures"> & { readonly account?: string | undefined; readonly rate: string }
  ) => Effect.Effect<void>
  /**
   * The exchange closes a position, with the price of the market. On margin it sells the symbol's base asset, or buys it
   * back if it is owed, and takes the debt.
   */
  readonly liquidate: (
    position: Account<"Margin" | FuturesProduct> & {
      readonly symbol: string
      readonly positionSide?: "BOTH" | "LONG" | "SHORT" | undefined
      /** Default: `LIQUIDATION`. */
      readonly by?: "LIQUIDATION" | "ADL" | undefined
    }
  ) => Effect.Effect<Order, Refused>
  /** Trades an option with somebody outside the order book, at the price that was agreed. */
  readonly tradeBlock: (block: {
    readonly account?: string | undefined
    readonly symbol: string
    readonly side: "BUY" | "SELL"
    readonly quantity: string
    readonly price: string
  }) => Effect.Effect<Fill, Refused>
  /** A position in an option expires, at the price of what the option is on. Default: its mark price on USD-M. */
  readonly exercise: (option: {
    readonly account?: string | undefined
    readonly symbol: string
    readonly price?: string | undefined
  }) => Effect.Effect<Exercise, Refused>
  readonly setLeverage: (
    config: Account<FuturesProduct> & { readonly symbol: string; readonly leverage: number }
  ) => Effect.Effect<void, Refused>
  readonly setMarginType: (
    config: Account<FuturesProduct> & {
      readonly symbol: string
      readonly marginType: "CROSSED" | "ISOLATED"
    }
  ) => Effect.Effect<void, Refused>
  readonly setPositionMode: (
    config: Account<FuturesProduct> & { readonly dualSidePosition: boolean }
  ) => Effect.Effect<void, Refused>
  /** The truth to compare with. */
  readonly book: (account: Account) => Effect.Effect<Book>
}
