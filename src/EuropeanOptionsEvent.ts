/**
 * The events of a European options account.
 *
 * Only what identifies an event is required: Binance leaves fields out, and adds values to its enumerations. Ids are
 * decimal digits as text, amounts and prices are the exact decimal text (in USDT unless said otherwise), times are epoch
 * milliseconds. A symbol is written `BTC-261225-70000-C`.
 *
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import { ListenKeyExpired, ServerShutdown } from "./internal/event/controlEvent.js"
import {
  Decimal,
  event,
  Flag,
  field,
  Int64,
  inWireOrder,
  Millis,
  OpenEnum,
  optional,
  struct,
  Text
} from "./internal/event/field.js"

export { ListenKeyExpired, ServerShutdown } from "./internal/event/controlEvent.js"

/**
 * The equity and margin of the account. Sent when they change by a transfer or a position, and every 10 s while there
 * is a position.
 *
 * @since 0.2.0
 * @category events
 */
export const AccountUpdate = event("AccountUpdate", "ACCOUNT_UPDATE", {
  /** `T`: when it happened, in epoch ms. */
  transactionTime: optional("T", Millis),
  /** `eq`: the equity of the account. */
  accountEquity: optional("eq", Decimal),
  /** `aeq`: the adjusted equity. */
  adjustedEquity: optional("aeq", Decimal),
  /** `b`: the wallet balance. */
  walletBalance: optional("b", Decimal),
  /** `m`: the value of the positions. */
  positionValue: optional("m", Decimal),
  /** `u`: the unrealized PnL. */
  unrealizedPnl: optional("u", Decimal),
  /** `i`: the initial margin. */
  initialMargin: optional("i", Decimal),
  /** `M`: the maintenance margin. */
  maintenanceMargin: optional("M", Decimal)
})

export interface AccountUpdate extends Schema.Schema.Type<typeof AccountUpdate> {}

const balance = struct({
  /** `a`: the asset. */
  asset: field("a", Text),
  /** `b`: the balance, in the asset. */
  accountBalance: optional("b", Decimal),
  /** `bc`: the change of the balance, in the asset. */
  balanceChange: optional("bc", Decimal)
})

/**
 * The balance of an asset in a `BalancePositionUpdate`.
 *
 * @since 0.2.0
 * @category parts
 */
export interface Balance extends Schema.Schema.Type<typeof balance> {}

/**
 * The schema of the balance of an asset in a `BalancePositionUpdate`.
 *
 * @since 0.2.0
 * @category parts
 */
export const Balance: Schema.Schema<Balance, Schema.Schema.Encoded<typeof balance>> = balance

const position = struct({
  /** `s`: the symbol. */
  symbol: field("s", Text),
  /** `c`: the signed quantity, in contracts. */
  positionQuantity: optional("c", Decimal),
  /** `p`: the value. */
  positionValue: optional("p", Decimal),
  /** `a`: the average entry price. */
  averageEntryPrice: optional("a", Decimal)
})

/**
 * A position in a `BalancePositionUpdate`.
 *
 * @since 0.2.0
 * @category parts
 */
export interface Position extends Schema.Schema.Type<typeof position> {}

/**
 * The schema of a position in a `BalancePositionUpdate`.
 *
 * @since 0.2.0
 * @category parts
 */
export const Position: Schema.Schema<Position, Schema.Schema.Encoded<typeof position>> = position

/**
 * Balances or positions changed.
 *
 * @since 0.2.0
 * @category events
 */
export const BalancePositionUpdate = event("BalancePositionUpdate", "BALANCE_POSITION_UPDATE", {
  /** `T`: when it happened, in epoch ms. */
  transactionTime: optional("T", Millis),
  /** `m`: why. */
  eventReasonType: optional("m", OpenEnum("DEPOSIT", "WITHDRAW", "ORDER")),
  /** `B`: the balances that changed. */
  balances: optional("B", Schema.Array(Balance)),
  /** `P`: the positions that changed. */
  positions: optional("P", Schema.Array(Position))
})

export interface BalancePositionUpdate extends Schema.Schema.Type<typeof BalancePositionUpdate> {}

const greek = struct({
  /** `u`: the underlying, such as `BTCUSDT`. */
  underlying: field("u", Text),
  /** `d`: the delta. */
  delta: optional("d", Decimal),
  /** `g`: the gamma. */
  gamma: optional("g", Decimal),
  /** `t`: the theta. */
  theta: optional("t", Decimal),
  /** `v`: the vega. */
  vega: optional("v", Decimal)
})

/**
 * The greeks of an underlying in a `GreekUpdate`.
 *
 * @since 0.2.0
 * @category parts
 */
export interface Greek extends Schema.Schema.Type<typeof greek> {}

/**
 * The schema of the greeks of an underlying in a `GreekUpdate`.
 *
 * @since 0.2.0
 * @category parts
 */
export const Greek: Schema.Schema<Greek, Schema.Schema.Encoded<typeof greek>> = greek

/**
 * The greeks of the account. Sent when a position changes, and every 10 s while there is one.
 *
 * @since 0.2.0
 * @category events
 */
export const GreekUpdate = event("GreekUpdate", "GREEK_UPDATE", {
  /** `T`: when it happened, in epoch ms. */
  transactionTime: optional("T", Millis),
  /** `G`: the greeks by underlying. */
  greeks: field("G", Schema.Array(Greek))
})

export interface GreekUpdate extends Schema.Schema.Type<typeof GreekUpdate> {}

const order = struct({
  /** `s`: the symbol. */
  symbol: field("s", Text),
  /** `c`: the client order id. */
  clientOrderId: field("c", Text),
  /** `S`: the side. */
  side: optional("S", OpenEnum("BUY", "SELL")),
  /** `o`: the type of the order. */
  orderType: optional("o", OpenEnum("LIMIT")),
  /** `f`: the time in force. */
  timeInForce: optional("f", OpenEnum("GTC", "IOC", "FOK", "GTX")),
  /** `q`: the quantity of the order, in contracts. */
  originalQuantity: optional("q", Decimal),
  /** `p`: the price of the order. */
  originalPrice: optional("p", Decimal),
  /** `ap`: the average price of the fills. */
  averagePrice: optional("ap", Decimal),
  /** `x`: what happened to the order. */
  executionType: optional("x", OpenEnum("NEW", "CANCELED", "EXPIRED", "TRADE")),
  /** `X`: the status of the order after it. */
  orderStatus: optional("X", OpenEnum("NEW", "PARTIALLY_FILLED", "FILLED", "CANCELED", "EXPIRED", "EXPIRED_IN_MATCH")),
  /** `i`: the order id. */
  orderId: field("i", Int64),
  /** `l`: the quantity of this fill, in contracts. */
  lastFilledQuantity: optional("l", Decimal),
  /** `z`: the quantity of all fills, in contracts. */
  filledAccumulatedQuantity: optional("z", Decimal),
  /** `L`: the price of this fill. */
  lastFilledPrice: optional("L", Decimal),
  /** `N`: the asset of the commission. */
  commissionAsset: optional("N", Text),
  /** `n`: the commission, in its asset. A fee that was charged is negative. */
  commission: optional("n", Decimal),
  /** `T`: when it happened, in epoch ms. */
  orderTradeTime: optional("T", Millis),
  /** `t`: the trade id. */
  tradeId: field("t", Int64),
  /** `b`: the quantity of the open buy orders, in contracts. */
  bidsQuantity: optional("b", Decimal),
  /** `a`: the quantity of the open sell orders, in contracts. */
  asksQuantity: optional("a", Decimal),
  /** `m`: whether this fill was on the maker side. */
  isMaker: optional("m", Flag),
  /** `R`: whether the order may only reduce a position. */
  isReduceOnly: optional("R", Flag),
  /** `ot`: the type with which the order was placed. */
  originalOrderType: optional("ot", OpenEnum("LIMIT")),
  /** `rp`: the profit that this fill realized. */
  realizedProfit: optional("rp", Decimal),
  /** `V`: the self-trade prevention mode. */
  selfTradePreventionMode: optional("V", OpenEnum("NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"))
}).pipe(inWireOrder("s c S o f q p ap x X i l z L N? n? T t b a m R ot rp V? N? n?"))

/**
 * The order of an `OrderTradeUpdate`.
 *
 * @since 0.2.0
 * @category parts
 */
export interface Order extends Schema.Schema.Type<typeof order> {}

/**
 * The schema of the order of an `OrderTradeUpdate`.
 *
 * @since 0.2.0
 * @category parts
 */
export const Order: Schema.Schema<Order, Schema.Schema.Encoded<typeof order>> = order

/**
 * An order was placed, filled, canceled, or has expired.
 *
 * @since 0.2.0
 * @category events
 */
export const OrderTradeUpdate = event("OrderTradeUpdate", "ORDER_TRADE_UPDATE", {
  /** `T`: when it happened, in epoch ms. */
  transactionTime: optional("T", Millis),
  /** `o`: the order. */
  order: field("o", Order)
})

export interface OrderTradeUpdate extends Schema.Schema.Type<typeof OrderTradeUpdate> {}

/**
 * The risk level of the account changed. Only for VIP and market maker accounts.
 *
 * @since 0.2.0
 * @category events
 */
export const RiskLevelChange = event("RiskLevelChange", "RISK_LEVEL_CHANGE", {
  /** `s`: the risk level. */
  riskLevel: optional("s", OpenEnum("NORMAL", "REDUCE_ONLY")),
  /** `mb`: the margin balance. */
  marginBalance: optional("mb", Decimal),
  /** `mm`: the maintenance margin. */
  maintenanceMargin: optional("mm", Decimal)
})

export interface RiskLevelChange extends Schema.Schema.Type<typeof RiskLevelChange> {}

/**
 * The events of a European options account.
 *
 * @since 0.2.0
 * @category union
 */
export const EuropeanOptionsEvent: Schema.Schema<
  EuropeanOptionsEvent,
  Schema.Schema.Encoded<
    | typeof AccountUpdate
    | typeof BalancePositionUpdate
    | typeof GreekUpdate
    | typeof OrderTradeUpdate
    | typeof RiskLevelChange
    | typeof ListenKeyExpired
    | typeof ServerShutdown
  >
> = Schema.Union(
  AccountUpdate,
  BalancePositionUpdate,
  GreekUpdate,
  OrderTradeUpdate,
  RiskLevelChange,
  ListenKeyExpired,
  ServerShutdown
)

export type EuropeanOptionsEvent =
  | AccountUpdate
  | BalancePositionUpdate
  | GreekUpdate
  | OrderTradeUpdate
  | RiskLevelChange
  | ListenKeyExpired
  | ServerShutdown
