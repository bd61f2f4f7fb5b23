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

/**
 * @since 0.2.0
 */
export type * from "./Book.js"

/**
 * The products whose accounts are kept.
 *
 * @since 0.2.0
 * @category models
 */
export type Product = "Spot" | "Margin" | "UsdFutures" | "CoinFutures" | "EuropeanOptions" | "PortfolioMargin"

/**
 * The products that trade on markets of their own. Margin trades on those of spot.
 *
 * @since 0.2.0
 * @category models
 */
export type MarketProduct = "Spot" | "UsdFutures" | "CoinFutures" | "EuropeanOptions"

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
 * Whose account.
 *
 * @since 0.2.0
 * @category models
 */
export interface Account<P extends Product = Product> {
  readonly product: P
  /** The name of the account. Default: the account of `SimulatedBinance.defaultApiKey`. */
  readonly account?: string | undefined
  /** The symbol of an isolated margin account. Default: cross margin. */
  readonly isolatedSymbol?: string | undefined
  /** Which part of portfolio margin: USD-M, COIN-M or margin. Default: `UM`. */
  readonly unit?: "UM" | "CM" | "MARGIN" | undefined
}

/**
 * The products whose accounts have futures.
 *
 * @since 0.2.0
 * @category models
 */
export type FuturesProduct = "UsdFutures" | "CoinFutures" | "PortfolioMargin"

/**
 * The products whose accounts can owe.
 *
 * @since 0.2.0
 * @category models
 */
export type LoanProduct = "Margin" | "PortfolioMargin"

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
 * An order, under the names of Binance's REST parameters. What a product does not have is ignored.
 *
 * @since 0.2.0
 * @category models
 */
export interface OrderRequest extends Account {
  readonly symbol: string
  readonly side: "BUY" | "SELL"
  readonly type: string
  readonly timeInForce?: string | undefined
  readonly quantity?: string | undefined
  readonly quoteOrderQty?: string | undefined
  readonly price?: string | undefined
  readonly stopPrice?: string | undefined
  /** Of stop orders on spot, in basis points: by how much the price has to come back. */
  readonly trailingDelta?: number | undefined
  readonly newClientOrderId?: string | undefined
  readonly strategyId?: string | undefined
  readonly strategyType?: string | undefined
  /** Of limit orders on spot that take their price from the market as they are placed. */
  readonly pegPriceType?: "PRIMARY_PEG" | "MARKET_PEG" | undefined
  /** In price levels. */
  readonly pegOffsetValue?: number | undefined
  readonly positionSide?: "BOTH" | "LONG" | "SHORT" | undefined
  readonly reduceOnly?: boolean | undefined
  /** What happens where orders of the account would match each other. Futures have no `DECREMENT`. Default: `EXPIRE_MAKER`. */
  readonly selfTradePreventionMode?: "NONE" | "EXPIRE_TAKER" | "EXPIRE_MAKER" | "EXPIRE_BOTH" | "DECREMENT" | undefined
  /** Epoch ms. */
  readonly goodTillDate?: number | undefined
  /** Of margin: whether the order borrows what it lacks, and pays back with what it brings. */
  readonly sideEffectType?: "NO_SIDE_EFFECT" | "MARGIN_BUY" | "AUTO_REPAY" | "AUTO_BORROW_REPAY" | undefined
}

/**
 * A conditional order on futures, under the names of Binance's REST parameters.
 *
 * @since 0.2.0
 * @category models
 */
export interface AlgoOrderRequest extends Account<FuturesProduct> {
  readonly symbol: string
  readonly side: "BUY" | "SELL"
  readonly type: "STOP" | "STOP_MARKET" | "TAKE_PROFIT" | "TAKE_PROFIT_MARKET" | "TRAILING_STOP_MARKET"
  readonly triggerPrice?: string | undefined
  readonly quantity?: string | undefined
  readonly price?: string | undefined
  readonly timeInForce?: string | undefined
  readonly clientAlgoId?: string | undefined
  readonly positionSide?: "BOTH" | "LONG" | "SHORT" | undefined
  readonly reduceOnly?: boolean | undefined
  readonly closePosition?: boolean | undefined
  readonly activatePrice?: string | undefined
  /** Percent. */
  readonly callbackRate?: string | undefined
  readonly workingType?: "MARK_PRICE" | "CONTRACT_PRICE" | undefined
}

/**
 * Two orders on spot or margin of which one cancels the other, under the names of Binance's REST parameters.
 *
 * @since 0.2.0
 * @category models
 */
export interface OcoRequest extends Account<"Spot" | LoanProduct> {
  readonly symbol: string
  readonly side: "BUY" | "SELL"
  readonly quantity: string
  readonly aboveType: string
  readonly abovePrice?: string | undefined
  readonly aboveStopPrice?: string | undefined
  readonly aboveTimeInForce?: string | undefined
  readonly aboveClientOrderId?: string | undefined
  readonly belowType: string
  readonly belowPrice?: string | undefined
  readonly belowStopPrice?: string | undefined
  readonly belowTimeInForce?: string | undefined
  readonly belowClientOrderId?: string | undefined
  readonly listClientOrderId?: string | undefined
}

/**
 * An order on spot or margin that others wait for.
 *
 * @since 0.2.0
 * @category models
 */
export interface WorkingOrder extends Account<"Spot" | LoanProduct> {
  readonly symbol: string
  readonly workingType: "LIMIT" | "LIMIT_MAKER"
  readonly workingSide: "BUY" | "SELL"
  readonly workingQuantity: string
  readonly workingPrice: string
  readonly workingTimeInForce?: string | undefined
  readonly workingClientOrderId?: string | undefined
  readonly listClientOrderId?: string | undefined
  readonly pendingSide: "BUY" | "SELL"
  readonly pendingQuantity: string
}

/**
 * An order on spot or margin, and one that waits until it is filled, under the names of Binance's REST parameters. What
 * waits locks nothing, and expires if it cannot be placed then.
 *
 * @since 0.2.0
 * @category models
 */
export interface OtoRequest extends WorkingOrder {
  readonly pendingType: string
  readonly pendingPrice?: string | undefined
  readonly pendingStopPrice?: string | undefined
  readonly pendingTimeInForce?: string | undefined
  readonly pendingClientOrderId?: string | undefined
}

/**
 * An order on spot or margin, and two that wait until it is filled, of which one then cancels the other, under the names
 * of Binance's REST parameters.
 *
 * @since 0.2.0
 * @category models
 */
export interface OtocoRequest extends WorkingOrder {
  readonly pendingAboveType: string
  readonly pendingAbovePrice?: string | undefined
  readonly pendingAboveStopPrice?: string | undefined
  readonly pendingAboveTimeInForce?: string | undefined
  readonly pendingAboveClientOrderId?: string | undefined
  readonly pendingBelowType: string
  readonly pendingBelowPrice?: string | undefined
  readonly pendingBelowStopPrice?: string | undefined
  readonly pendingBelowTimeInForce?: string | undefined
  readonly pendingBelowClientOrderId?: string | undefined
}

/**
 * A list of orders on spot or margin.
 *
 * @since 0.2.0
 * @category models
 */
export type OrderListRequest = OcoRequest | OtoRequest | OtocoRequest

/**
 * Which order.
 *
 * @since 0.2.0
 * @category models
 */
export interface OrderName extends Account {
  readonly symbol: string
  readonly orderId: string
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
