/**
 * What a test sees of the accounts of the simulated Binance: the types of what `Trading` answers.
 *
 * Amounts, prices and ids are decimal strings; times are in epoch ms.
 *
 * @since 0.2.0
 */

/**
 * An order as the exchange has it.
 *
 * @since 0.2.0
 * @category models
 */
export interface Order {
  readonly symbol: string
  readonly orderId: string
  readonly clientOrderId: string
  readonly side: "BUY" | "SELL"
  readonly type: string
  readonly timeInForce: string
  readonly status: string
  readonly price: string
  readonly quantity: string
  readonly filled: string
  /** How much of the quantity self-trade prevention took. `0` on futures. */
  readonly prevented: string
  /** `BOTH` on spot and margin. */
  readonly positionSide: "BOTH" | "LONG" | "SHORT"
  readonly reduceOnly: boolean
  readonly createdAt: number
  readonly updatedAt: number
}

/**
 * A conditional order as the exchange has it.
 *
 * @since 0.2.0
 * @category models
 */
export interface AlgoOrder {
  readonly symbol: string
  readonly algoId: string
  readonly clientAlgoId: string
  readonly side: "BUY" | "SELL"
  readonly type: string
  readonly status: string
  readonly triggerPrice: string
  readonly quantity: string
  /** Of the order that it became. */
  readonly orderId: string | undefined
}

/**
 * A trade of an order.
 *
 * @since 0.2.0
 * @category models
 */
export interface Fill {
  readonly symbol: string
  /** `-1` of an allocation. */
  readonly tradeId: string
  /** Only on spot, of a fill by smart order routing. */
  readonly allocationId?: string
  readonly orderId: string
  readonly side: "BUY" | "SELL"
  readonly positionSide: "BOTH" | "LONG" | "SHORT"
  readonly price: string
  readonly quantity: string
  /** In quote assets; on COIN-M in coins. */
  readonly value: string
  /** Positive if it was paid. */
  readonly commission: string
  readonly commissionAsset: string
  /** `0` on spot and margin. */
  readonly realizedProfit: string
  readonly isMaker: boolean
  readonly time: number
}

/**
 * How much there is of an asset.
 *
 * @since 0.2.0
 * @category models
 */
export interface Balance {
  readonly asset: string
  /** On futures the balance of the wallet. */
  readonly total: string
  /** On futures what new positions and withdrawals can use. */
  readonly free: string
  /** What open orders of spot and margin keep; `0` on futures. */
  readonly locked: string
  /** What is owed of it, without the interest; `0` if not on margin. */
  readonly borrowed: string
  /** What is owed beside; `0` if not on margin. */
  readonly interest: string
}

/**
 * A position that is not empty.
 *
 * @since 0.2.0
 * @category models
 */
export interface Position {
  readonly symbol: string
  readonly positionSide: "BOTH" | "LONG" | "SHORT"
  /** Below zero for a short one; contracts on COIN-M. */
  readonly amount: string
  readonly entryPrice: string
  readonly unrealizedProfit: string
  readonly isolatedWallet: string
}

/**
 * Why a futures wallet or a margin balance changed. Only `INTEREST` of margin changes the debt instead.
 *
 * @since 0.2.0
 * @category models
 */
export interface Income {
  readonly symbol: string
  /**
   * `TRANSFER`, `REALIZED_PNL`, `COMMISSION` or `FUNDING_FEE`; on options `TRANSFER`, `CONTRACT` (premiums), `FEE` or
   * `EXERCISE`; on margin `INTEREST`, or the types of Binance's capital
   * flow: `TRANSFER`, `BORROW`, `REPAY`, `BUY_INCOME` ...
   */
  readonly type: string
  readonly asset: string
  readonly amount: string
  readonly time: number
}

/**
 * What was borrowed or paid back.
 *
 * @since 0.2.0
 * @category models
 */
export interface Loan {
  readonly asset: string
  /** What was paid back of the interest. */
  readonly interest: string
  readonly principal: string
  readonly time: number
}

/**
 * What an option was worth when it expired.
 *
 * @since 0.2.0
 * @category models
 */
export interface Exercise {
  readonly symbol: string
  /** Of what the option is on. */
  readonly price: string
  /** Below zero of a short position. */
  readonly quantity: string
  /** What was received; below zero if it was paid. */
  readonly amount: string
  /** Positive if it was paid. */
  readonly fee: string
  readonly time: number
}

/**
 * The truth about an account.
 *
 * @since 0.2.0
 * @category models
 */
export interface Book {
  readonly openOrders: ReadonlyArray<Order>
  readonly openAlgoOrders: ReadonlyArray<AlgoOrder>
  readonly balances: ReadonlyArray<Balance>
  readonly positions: ReadonlyArray<Position>
  /** All of them, oldest first. */
  readonly orders: ReadonlyArray<Order>
  readonly fills: ReadonlyArray<Fill>
  readonly income: ReadonlyArray<Income>
}
