/**
 * Orders that a test asks the simulated Binance for, and whose they are: the types of what `Trading` takes.
 *
 * Amounts, prices and ids are decimal strings; times are in epoch ms.
 *
 * @since 0.2.0
 */

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
