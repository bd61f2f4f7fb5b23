/**
 * The events of a USD-M futures account.
 *
 * Only what identifies an event is required: Binance leaves fields out, and adds values to its enumerations. Ids are
 * decimal digits as text, amounts and prices are the exact decimal text, times are epoch milliseconds.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { ListenKeyExpired, ServerShutdown } from "./internal/event/controlEvent.js"
import {
  Decimal,
  event,
  extend,
  Flag,
  field,
  Int64,
  Integer,
  inWireOrder,
  Millis,
  optional,
  struct,
  Text
} from "./internal/event/field.js"
import * as Futures from "./internal/event/futuresEvent.js"

export * from "./FuturesEvent.js"
export { ListenKeyExpired, ServerShutdown } from "./internal/event/controlEvent.js"

const position = struct(
  extend(extend(Futures.positionFields, Futures.positionMarginFields), {
    /** `ma`: the margin asset. Not documented, but seen. */
    marginAsset: optional("ma", Text)
  })
).pipe(inWireOrder(Futures.positionOrder))

/**
 * A position in an `AccountUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export interface Position extends Schema.Schema.Type<typeof position> {}

/**
 * The schema of a position in an `AccountUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export const Position: Schema.Schema<Position, Schema.Schema.Encoded<typeof position>> = position

const updateData = struct({
  /** `m`: why the account changed. */
  eventReasonType: optional("m", Futures.UsdEventReasonType),
  /** `S`: the symbol of the funding fee. Only with `FUNDING_FEE`. */
  fundingFeeSymbol: optional("S", Text),
  /** `B`: the balances that changed. */
  balances: optional("B", Schema.Array(Futures.Balance)),
  /** `P`: the positions that changed. Absent or empty for the funding fee of a cross position. */
  positions: optional("P", Schema.Array(Position))
}).pipe(inWireOrder(Futures.updateDataOrder))

/**
 * What changed in an `AccountUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export interface UpdateData extends Schema.Schema.Type<typeof updateData> {}

/**
 * The schema of what changed in an `AccountUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export const UpdateData: Schema.Schema<UpdateData, Schema.Schema.Encoded<typeof updateData>> = updateData

/**
 * Balances or positions changed. Not sent for orders that are neither filled nor expired.
 *
 * @since 0.1.0
 * @category events
 */
export const AccountUpdate = event("AccountUpdate", "ACCOUNT_UPDATE", {
  /** `T`: when it happened, in epoch ms. */
  transactionTime: optional("T", Millis),
  /** `a`: what changed. */
  updateData: field("a", UpdateData)
})

export interface AccountUpdate extends Schema.Schema.Type<typeof AccountUpdate> {}

const order = struct(
  extend(extend(Futures.orderFields, Futures.stopFields), {
    /** `o`: the type of the order now. */
    orderType: optional("o", Futures.OrderType),
    /** `f`: the time in force. */
    timeInForce: optional("f", Futures.UsdTimeInForce),
    /** `b`: the notional of the open buy orders, in the quote asset. */
    bidsNotional: optional("b", Decimal),
    /** `a`: the notional of the open sell orders, in the quote asset. */
    asksNotional: optional("a", Decimal),
    /** `st`: `ALGO_CONDITION` of an order that an algo order placed. Not documented, but seen. */
    strategyType: optional("st", Text),
    /** `si`: documented as to be ignored; the algo id of an order that an algo order placed. */
    ignoredSi: optional("si", Int64),
    /** `ss`: documented as to be ignored. */
    ignoredSs: optional("ss", Integer),
    /** `gtd`: until when the order is good, in epoch ms; `0` for no end. */
    goodTillDate: optional("gtd", Millis)
  })
).pipe(
  inWireOrder(
    "s c S o f q p ap sp x X i l z L N? n? T t rp? b a m R wt ot ps cp? AP? cr? pP si? ss? rp? V pm gtd? er? si? ss?" +
      " gtd? st? M? N? n? AP? cr?"
  )
)

/**
 * The order of an `OrderTradeUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export interface Order extends Schema.Schema.Type<typeof order> {}

/**
 * The schema of the order of an `OrderTradeUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export const Order: Schema.Schema<Order, Schema.Schema.Encoded<typeof order>> = order

/**
 * An order was placed, amended, filled, canceled, or has expired.
 *
 * @since 0.1.0
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
 * Positions come close to liquidation. For guidance only: a liquidation may already be under way.
 *
 * @since 0.1.0
 * @category events
 */
export const MarginCall = event("MarginCall", "MARGIN_CALL", Futures.marginCallFields)

export interface MarginCall extends Schema.Schema.Type<typeof MarginCall> {}

const accountConfig = struct({
  /** `j`: whether the multi-assets mode is on. */
  isMultiAssetsMode: optional("j", Flag)
})

/**
 * The configuration of the account in an `AccountConfigUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export interface AccountConfig extends Schema.Schema.Type<typeof accountConfig> {}

/**
 * The schema of the configuration of the account in an `AccountConfigUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export const AccountConfig: Schema.Schema<AccountConfig, Schema.Schema.Encoded<typeof accountConfig>> = accountConfig

/**
 * The leverage of a symbol or the mode of the account changed: either `symbolConfig` or `accountConfig` is there.
 *
 * @since 0.1.0
 * @category events
 */
export const AccountConfigUpdate = event("AccountConfigUpdate", "ACCOUNT_CONFIG_UPDATE", {
  /** `T`: when it happened, in epoch ms. */
  transactionTime: optional("T", Millis),
  /** `ac`: the symbol and its leverage. */
  symbolConfig: optional("ac", Futures.SymbolConfig),
  /** `ai`: the mode of the account. */
  accountConfig: optional("ai", AccountConfig)
})

export interface AccountConfigUpdate extends Schema.Schema.Type<typeof AccountConfigUpdate> {}

const rejection = struct({
  /** `s`: the symbol. */
  symbol: field("s", Text),
  /** `i`: the order id. */
  orderId: field("i", Int64),
  /** `r`: why the triggered order was rejected. */
  rejectReason: optional("r", Text)
})

/**
 * The order of a `ConditionalOrderTriggerReject`.
 *
 * @since 0.1.0
 * @category parts
 */
export interface Rejection extends Schema.Schema.Type<typeof rejection> {}

/**
 * The schema of the order of a `ConditionalOrderTriggerReject`.
 *
 * @since 0.1.0
 * @category parts
 */
export const Rejection: Schema.Schema<Rejection, Schema.Schema.Encoded<typeof rejection>> = rejection

/**
 * A conditional order triggered and was rejected. Binance has deprecated this event, but still sends it.
 *
 * @since 0.1.0
 * @category events
 */
export const ConditionalOrderTriggerReject = event(
  "ConditionalOrderTriggerReject",
  "CONDITIONAL_ORDER_TRIGGER_REJECT",
  {
    /** `T`: when the message was sent, in epoch ms. */
    messageSendTime: optional("T", Millis),
    /** `or`: the order and the reason. */
    rejection: field("or", Rejection)
  }
)

export interface ConditionalOrderTriggerReject extends Schema.Schema.Type<typeof ConditionalOrderTriggerReject> {}

/**
 * The events of a USD-M futures account.
 *
 * @since 0.1.0
 * @category union
 */
export const UsdFuturesEvent: Schema.Schema<
  UsdFuturesEvent,
  Schema.Schema.Encoded<
    | typeof AccountUpdate
    | typeof OrderTradeUpdate
    | typeof Futures.TradeLite
    | typeof Futures.AlgoUpdate
    | typeof MarginCall
    | typeof AccountConfigUpdate
    | typeof ConditionalOrderTriggerReject
    | typeof Futures.StrategyUpdate
    | typeof Futures.GridUpdate
    | typeof ListenKeyExpired
    | typeof ServerShutdown
  >
> = Schema.Union(
  AccountUpdate,
  OrderTradeUpdate,
  Futures.TradeLite,
  Futures.AlgoUpdate,
  MarginCall,
  AccountConfigUpdate,
  ConditionalOrderTriggerReject,
  Futures.StrategyUpdate,
  Futures.GridUpdate,
  ListenKeyExpired,
  ServerShutdown
)

export type UsdFuturesEvent =
  | AccountUpdate
  | OrderTradeUpdate
  | Futures.TradeLite
  | Futures.AlgoUpdate
  | MarginCall
  | AccountConfigUpdate
  | ConditionalOrderTriggerReject
  | Futures.StrategyUpdate
  | Futures.GridUpdate
  | ListenKeyExpired
  | ServerShutdown
