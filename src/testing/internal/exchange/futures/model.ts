import type { Decimal } from "../decimal.js"
import type { Contract } from "../instruments.js"

export type Side = "BUY" | "SELL"
export type PositionSide = "BOTH" | "LONG" | "SHORT"
export type TimeInForce = "GTC" | "IOC" | "FOK" | "GTX" | "GTD"
export type OrderStatus = "NEW" | "PARTIALLY_FILLED" | "FILLED" | "CANCELED" | "EXPIRED" | "EXPIRED_IN_MATCH"
export type AlgoType = "STOP" | "STOP_MARKET" | "TAKE_PROFIT" | "TAKE_PROFIT_MARKET" | "TRAILING_STOP_MARKET"
export type AlgoStatus = "NEW" | "TRIGGERING" | "TRIGGERED" | "FINISHED" | "CANCELED" | "EXPIRED" | "REJECTED"

/** What an order is asked for, before the exchange has it. */
export interface Draft {
  readonly contract: Contract
  readonly side: Side
  readonly positionSide: PositionSide
  readonly type: "LIMIT" | "MARKET"
  readonly timeInForce: TimeInForce
  readonly quantity: Decimal
  readonly price: Decimal
  /** Also for orders that close one side in hedge mode. */
  readonly isReduceOnly: boolean
  readonly closesPosition: boolean
  readonly goodTillDate: number
  readonly selfTradePreventionMode: string
  readonly priceMatch: string
  readonly clientOrderId: string | undefined
}

export interface Order extends Draft {
  readonly id: bigint
  readonly clientOrderId: string
  readonly createdAt: number
  readonly algo: AlgoOrder | undefined
  /** Why the exchange placed it, if it did. */
  readonly force: "LIQUIDATION" | "ADL" | undefined
  quantity: Decimal
  price: Decimal
  filled: Decimal
  /** Quote assets of linear contracts; coins of inverse ones. */
  filledValue: Decimal
  /** Not cut off, for its average price. */
  exactFilledValue: Decimal
  status: OrderStatus
  updatedAt: number
  expiryReason: string
}

export interface AlgoOrder {
  readonly id: bigint
  readonly clientId: string
  readonly type: AlgoType
  readonly draft: Draft
  readonly workingType: string
  readonly isPriceProtected: boolean
  readonly activatePrice: Decimal
  /** Percent. */
  readonly callbackRate: Decimal
  readonly createdAt: number
  triggerPrice: Decimal
  /** The best price since a trailing order was activated. */
  best: Decimal | undefined
  status: AlgoStatus
  order: Order | undefined
  failReason: string | undefined
  updatedAt: number
  triggeredAt: number
}

export interface Trade {
  readonly order: Order
  readonly id: bigint
  readonly price: Decimal
  readonly quantity: Decimal
  /** In the margin asset. */
  readonly value: Decimal
  readonly realized: Decimal
  /** Positive if it was paid. */
  readonly commission: Decimal
  readonly commissionAsset: string
  readonly time: number
  readonly isMaker: boolean
}

export interface Income {
  readonly symbol: string
  readonly type:
    | "TRANSFER"
    | "REALIZED_PNL"
    | "COMMISSION"
    | "FUNDING_FEE"
    | "AUTO_EXCHANGE"
    | "CONTRACT"
    | "FEE"
    | "EXERCISE"
  readonly asset: string
  readonly amount: Decimal
  readonly info: string
  readonly id: bigint
  readonly tradeId: bigint | undefined
  readonly time: number
}

export interface Amendment {
  readonly id: bigint
  readonly modifyId: bigint
  readonly order: Order
  readonly before: { readonly price: Decimal; readonly quantity: Decimal }
  readonly after: { readonly price: Decimal; readonly quantity: Decimal }
  readonly count: number
  readonly time: number
}

export interface MarginChange {
  readonly contract: Contract
  readonly positionSide: PositionSide
  readonly isAdded: boolean
  readonly amount: Decimal
  readonly time: number
}

export interface Position {
  readonly contract: Contract
  readonly side: PositionSide
  /** Below zero for a short one. */
  amount: Decimal
  /** The value at entry, in the margin asset. */
  cost: Decimal
  /** Not cut off, for its entry price. */
  exactCost: Decimal
  /** Realised since the account began. */
  realized: Decimal
  /** Fees paid since the position opened, in the margin asset. */
  fees: Decimal
  isolatedWallet: Decimal
  updatedAt: number
}

export interface Execution {
  readonly type: "NEW" | "TRADE" | "CALCULATED" | "CANCELED" | "EXPIRED" | "AMENDMENT"
  readonly trade?: Trade | undefined
  readonly modifyId?: bigint | undefined
}

export interface AccountChange {
  readonly reason: string
  readonly asset: string | undefined
  /** Without profits and commissions. */
  readonly change: Decimal
  readonly positions: ReadonlyArray<Position> | undefined
  /** Of a funding fee. */
  readonly symbol?: string | undefined
}
