import * as Schema from "effect/Schema"
import {
  Decimal,
  event,
  extend,
  Flag,
  field,
  Int64,
  Integer,
  Millis,
  nullish,
  OpenEnum,
  optional,
  struct,
  Text
} from "./field.js"

// The schemas that spot, margin and Portfolio Margin share.

const assetBalance = struct({
  /** `a`: the asset. */
  asset: field("a", Text),
  /** `f`: the amount that is free, in the asset. */
  free: optional("f", Decimal),
  /** `l`: the amount that is locked, in the asset. */
  locked: optional("l", Decimal)
})

/**
 * The balance of an asset in an `OutboundAccountPosition`.
 *
 * @since 0.1.0
 * @category parts
 */
export interface AssetBalance extends Schema.Schema.Type<typeof assetBalance> {}

/**
 * The schema of the balance of an asset in an `OutboundAccountPosition`.
 *
 * @since 0.1.0
 * @category parts
 */
export const AssetBalance: Schema.Schema<AssetBalance, Schema.Schema.Encoded<typeof assetBalance>> = assetBalance

const commonAccountPositionFields = {
  /** `u`: when the account last changed, in epoch ms. */
  lastAccountUpdateTime: optional("u", Millis),
  /** `B`: the assets that may have changed. */
  balances: field("B", Schema.Array(AssetBalance))
}

/**
 * The fields that the `OutboundAccountPosition` events of all products have.
 *
 * @since 0.1.0
 * @category fields
 */
export type AccountPositionFields = {
  [K in keyof typeof commonAccountPositionFields]: (typeof commonAccountPositionFields)[K]
}

export const accountPositionFields: AccountPositionFields = commonAccountPositionFields

/**
 * Balances may have changed: those of the assets that a trade or an order concerns.
 *
 * @since 0.1.0
 * @category events
 */
export const OutboundAccountPosition = event(
  "OutboundAccountPosition",
  "outboundAccountPosition",
  commonAccountPositionFields
)

export interface OutboundAccountPosition extends Schema.Schema.Type<typeof OutboundAccountPosition> {}

const commonBalanceUpdateFields = {
  /** `a`: the asset. */
  asset: field("a", Text),
  /** `d`: the signed change of the balance, in the asset. */
  balanceDelta: optional("d", Decimal),
  /** `T`: when it was cleared, in epoch ms. */
  clearTime: nullish("T", Millis)
}

/**
 * The fields that the `BalanceUpdate` events of all products have.
 *
 * @since 0.1.0
 * @category fields
 */
export type BalanceUpdateFields = {
  [K in keyof typeof commonBalanceUpdateFields]: (typeof commonBalanceUpdateFields)[K]
}

export const balanceUpdateFields: BalanceUpdateFields = commonBalanceUpdateFields

/**
 * A deposit, a withdrawal, or a transfer between accounts.
 *
 * @since 0.1.0
 * @category events
 */
export const BalanceUpdate = event("BalanceUpdate", "balanceUpdate", commonBalanceUpdateFields)

export interface BalanceUpdate extends Schema.Schema.Type<typeof BalanceUpdate> {}

const commonReportFields = {
  /** `s`: the symbol. */
  symbol: field("s", Text),
  /** `c`: the client order id. */
  clientOrderId: field("c", Text),
  /** `S`: the side. */
  side: optional("S", OpenEnum("BUY", "SELL")),
  /** `o`: the type of the order. */
  orderType: optional(
    "o",
    OpenEnum("LIMIT", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT", "LIMIT_MAKER")
  ),
  /** `f`: the time in force. */
  timeInForce: optional("f", OpenEnum("GTC", "IOC", "FOK")),
  /** `q`: the quantity of the order, in the base asset. */
  orderQuantity: optional("q", Decimal),
  /** `p`: the price of the order, in the quote asset. */
  orderPrice: optional("p", Decimal),
  /** `P`: the stop price, in the quote asset. */
  stopPrice: optional("P", Decimal),
  /** `F`: the iceberg quantity, in the base asset. */
  icebergQuantity: optional("F", Decimal),
  /** `g`: the id of the order list; `"-1"` for none. */
  orderListId: optional("g", Int64),
  /** `C`: the client order id of the order that is canceled; otherwise `""`. */
  originalClientOrderId: nullish("C", Text),
  /** `x`: what happened to the order. `REPLACED` is an amendment. */
  executionType: optional(
    "x",
    OpenEnum("NEW", "CANCELED", "REPLACED", "REJECTED", "TRADE", "EXPIRED", "TRADE_PREVENTION")
  ),
  /** `X`: the status of the order after it. */
  orderStatus: optional(
    "X",
    OpenEnum(
      "NEW",
      "PENDING_NEW",
      "PARTIALLY_FILLED",
      "FILLED",
      "CANCELED",
      "PENDING_CANCEL",
      "REJECTED",
      "EXPIRED",
      "EXPIRED_IN_MATCH"
    )
  ),
  /** `r`: why the order was rejected. */
  orderRejectReason: optional(
    "r",
    OpenEnum(
      "NONE",
      "INSUFFICIENT_BALANCES",
      "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY",
      "WOULD_MATCH_IMMEDIATELY",
      "OCO_BAD_PRICES"
    )
  ),
  /** `i`: the order id. */
  orderId: field("i", Int64),
  /** `l`: the quantity of this fill, in the base asset. */
  lastExecutedQuantity: optional("l", Decimal),
  /** `z`: the quantity of all fills, in the base asset. */
  cumulativeFilledQuantity: optional("z", Decimal),
  /** `L`: the price of this fill, in the quote asset. */
  lastExecutedPrice: optional("L", Decimal),
  /** `n`: the commission, in its asset. */
  commissionAmount: optional("n", Decimal),
  /** `N`: the asset of the commission; `null` without a commission. */
  commissionAsset: nullish("N", Text),
  /** `T`: when it happened, in epoch ms. */
  transactionTime: optional("T", Millis),
  /** `t`: the trade id; `"-1"` for none. */
  tradeId: field("t", Int64),
  /** `w`: whether the order is on the book. */
  isOnBook: optional("w", Flag),
  /** `m`: whether this fill was on the maker side. */
  isMaker: optional("m", Flag),
  /** `O`: when the order was created, in epoch ms; may be `-1`. */
  orderCreationTime: optional("O", Millis),
  /** `Z`: the amount of all fills, in the quote asset. Divided by `z`: the average price. */
  cumulativeQuoteQuantity: optional("Z", Decimal),
  /** `Y`: the amount of this fill, in the quote asset. */
  lastQuoteQuantity: optional("Y", Decimal),
  /** `Q`: the quantity of the order in the quote asset. */
  quoteOrderQuantity: optional("Q", Decimal),
  /** `V`: the self-trade prevention mode. */
  selfTradePreventionMode: optional(
    "V",
    OpenEnum("NONE", "EXPIRE_MAKER", "EXPIRE_TAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER")
  ),
  /** `W`: when the order went on the book, in epoch ms. Only if it did. */
  workingTime: optional("W", Millis),
  /** `d`: the trailing delta, in basis points. Only of trailing stops. */
  trailingDelta: optional("d", Integer),
  /** `D`: when the trailing began, in epoch ms. Only of trailing stops. */
  trailingTime: optional("D", Millis),
  /** `j`: the strategy id that the order was given. */
  strategyId: optional("j", Int64),
  /** `J`: the kind of strategy that the order was given. */
  strategyType: optional("J", Integer),
  /** `v`: the id of the prevented match. Only with self-trade prevention. */
  preventedMatchId: optional("v", Int64),
  /** `A`: the quantity prevented so far, in the base asset. Only with self-trade prevention. */
  preventedQuantity: optional("A", Decimal),
  /** `B`: the quantity prevented now, in the base asset. Only with self-trade prevention. */
  lastPreventedQuantity: optional("B", Decimal),
  /** `u`: the id of the trade group. Only with self-trade prevention. */
  tradeGroupId: optional("u", Int64),
  /** `U`: the id of the order on the other side. Only with self-trade prevention. */
  counterOrderId: optional("U", Int64),
  /** `Cs`: the symbol of the order on the other side. Only with self-trade prevention. */
  counterSymbol: optional("Cs", Text),
  /** `pl`: the quantity of the prevented execution, in the base asset. Only with self-trade prevention. */
  preventedExecutionQuantity: optional("pl", Decimal),
  /** `pL`: the price of the prevented execution, in the quote asset. Only with self-trade prevention. */
  preventedExecutionPrice: optional("pL", Decimal),
  /** `pY`: the amount of the prevented execution, in the quote asset. Only with self-trade prevention. */
  preventedExecutionQuoteQuantity: optional("pY", Decimal),
  /** `eR`: why the order expired. */
  expiryReason: optional(
    "eR",
    OpenEnum(
      "NONE",
      "REJECTED",
      "EXCHANGE_CANCELED",
      "OCO_TRIGGER",
      "OTO_PHASE_ONE_EXPIRED",
      "UNFILLED_IOC_QUANTITY_EXPIRED",
      "UNFILLED_FOK_ORDER_EXPIRED",
      "INSUFFICIENT_LIQUIDITY",
      "EXECUTION_RULE_PRICE_RANGE_EXCEEDED"
    )
  )
}

/**
 * The fields that the `ExecutionReport` events of all products have.
 *
 * @since 0.1.0
 * @category fields
 */
export type ReportFields = { [K in keyof typeof commonReportFields]: (typeof commonReportFields)[K] }

export const reportFields: ReportFields = commonReportFields

export const reportOrder =
  "e E s c S o f q p P F g C x X r i l z L n N T t v? I w m M O Z Y Q W? V d? D? j? J? v? A? B? u? U? A? B? Cs? pl?" +
  " pL? pY? b? a? k? uS? gP? gOT? gOV? gp? eR? y?"

/**
 * An order was placed, amended, filled, canceled, rejected, or has expired.
 *
 * @since 0.1.0
 * @category events
 */
export const ExecutionReport = event(
  "ExecutionReport",
  "executionReport",
  extend(reportFields, {
    /** `I`: the execution id. */
    executionId: optional("I", Int64),
    /** `M`: documented as to be ignored. */
    ignored: optional("M", Flag),
    /** `b`: the type of the match. Only with allocations. */
    matchType: optional("b", OpenEnum("AUTO_MATCH", "ONE_PARTY_TRADE_REPORT")),
    /** `a`: the allocation id. Only with allocations. */
    allocationId: optional("a", Int64),
    /** `k`: where the order was worked. */
    workingFloor: optional("k", OpenEnum("EXCHANGE", "SOR", "BROKER")),
    /** `uS`: whether smart order routing was used. */
    usedSor: optional("uS", Flag),
    /** `gP`: what the price is pegged to. Only of pegged orders. */
    pegPriceType: optional("gP", OpenEnum("PRIMARY_PEG", "MARKET_PEG")),
    /** `gOT`: the kind of offset from it. Only of pegged orders. */
    pegOffsetType: optional("gOT", OpenEnum("PRICE_LEVEL")),
    /** `gOV`: the offset from it. Only of pegged orders. */
    pegOffsetValue: optional("gOV", Integer),
    /** `gp`: the price now, in the quote asset. Only of pegged orders. */
    peggedPrice: optional("gp", Decimal),
    /** `y`: the capacity in which the order was placed. */
    orderCapacity: optional("y", OpenEnum("PRINCIPAL", "AGENCY"))
  }),
  reportOrder
)

export interface ExecutionReport extends Schema.Schema.Type<typeof ExecutionReport> {}

const listedOrder = struct({
  /** `s`: the symbol. */
  symbol: field("s", Text),
  /** `i`: the order id. */
  orderId: field("i", Int64),
  /** `c`: the client order id. */
  clientOrderId: field("c", Text)
})

/**
 * An order in a `ListStatus`.
 *
 * @since 0.1.0
 * @category parts
 */
export interface ListedOrder extends Schema.Schema.Type<typeof listedOrder> {}

/**
 * The schema of an order in a `ListStatus`.
 *
 * @since 0.1.0
 * @category parts
 */
export const ListedOrder: Schema.Schema<ListedOrder, Schema.Schema.Encoded<typeof listedOrder>> = listedOrder

/**
 * An order list was placed, updated, or is done. Comes beside the `ExecutionReport`s of its orders.
 *
 * @since 0.1.0
 * @category events
 */
export const ListStatus = event("ListStatus", "listStatus", {
  /** `s`: the symbol. */
  symbol: field("s", Text),
  /** `g`: the id of the order list. */
  orderListId: field("g", Int64),
  /** `c`: the type of contingency. */
  contingencyType: optional("c", OpenEnum("OCO", "OTO")),
  /** `l`: the type of this status. */
  listStatusType: optional("l", OpenEnum("RESPONSE", "EXEC_STARTED", "UPDATED", "ALL_DONE")),
  /** `L`: the status of the list. */
  listOrderStatus: optional("L", OpenEnum("EXECUTING", "ALL_DONE", "REJECT", "CANCELING")),
  /** `r`: why the list was rejected. */
  listRejectReason: optional("r", OpenEnum("NONE")),
  /** `C`: the client's id of the list. */
  listClientOrderId: optional("C", Text),
  /** `T`: when it happened, in epoch ms. */
  transactionTime: optional("T", Millis),
  /** `O`: the orders of the list. */
  orders: field("O", Schema.Array(ListedOrder))
})

export interface ListStatus extends Schema.Schema.Type<typeof ListStatus> {}
