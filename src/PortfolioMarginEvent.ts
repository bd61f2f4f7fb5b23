/**
 * The events of a Portfolio Margin account: of its USD-M (`UM`) and COIN-M (`CM`) futures, its margin, and its risk.
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
  inWireOrder,
  Millis,
  OpenEnum,
  optional,
  struct,
  Text
} from "./internal/event/field.js"
import * as Futures from "./internal/event/futuresEvent.js"
import { RiskLevelChange } from "./internal/event/portfolioMarginEvent.js"
import * as Spot from "./internal/event/spotEvent.js"

export { ListenKeyExpired, ServerShutdown } from "./internal/event/controlEvent.js"
export { AlgoOrder, Balance, SymbolConfig } from "./internal/event/futuresEvent.js"
export { RiskLevelChange } from "./internal/event/portfolioMarginEvent.js"
export { AssetBalance } from "./internal/event/spotEvent.js"

/** Which futures the event is about. */
const BusinessUnit = OpenEnum("UM", "CM")

// -----------------------------------------------------------------------------
// futures
// -----------------------------------------------------------------------------

const position = struct(Futures.positionFields).pipe(inWireOrder(Futures.positionOrder))

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
  /** `P`: the positions that changed. */
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
 * Balances or positions of the futures changed.
 *
 * @since 0.1.0
 * @category events
 */
export const AccountUpdate = event(
  "AccountUpdate",
  "ACCOUNT_UPDATE",
  {
    /** `fs`: whether it is about USD-M or COIN-M futures. */
    businessUnit: field("fs", BusinessUnit),
    /** `T`: when it happened, in epoch ms. */
    transactionTime: optional("T", Millis),
    /** `i`: the alias of the account. Means nothing for `UM`. */
    accountAlias: optional("i", Text),
    /** `a`: what changed. */
    updateData: field("a", UpdateData)
  },
  "e fs E T i? a? o"
)

export interface AccountUpdate extends Schema.Schema.Type<typeof AccountUpdate> {}

const order = struct(
  extend(Futures.orderFields, {
    /** `o`: the type of the order. */
    orderType: optional("o", OpenEnum("MARKET", "LIMIT", "LIQUIDATION")),
    /** `f`: the time in force. */
    timeInForce: optional("f", Futures.UsdTimeInForce),
    /** `sp`: documented as to be ignored. */
    ignoredStopPrice: optional("sp", Decimal),
    /** `b`: the notional of the open buy orders. */
    bidsNotional: optional("b", Decimal),
    /** `a`: the notional of the open sell orders. */
    asksNotional: optional("a", Decimal),
    /** `st`: the kind of the conditional order that placed this one, such as `C_TAKE_PROFIT`. */
    strategyType: optional("st", Text),
    /** `si`: the id of the conditional order that placed this one. */
    strategyId: optional("si", Int64),
    /** `gtd`: until when the order is good, in epoch ms; `0` for no end. */
    goodTillDate: optional("gtd", Millis)
  })
).pipe(inWireOrder("s c S o f q p ap sp x X i l z L N? n? T t rp? b a m R ps rp? V gtd? M? N? n? pm? st? si?"))

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
 * A futures order was placed, amended, filled, canceled, or has expired.
 *
 * @since 0.1.0
 * @category events
 */
export const OrderTradeUpdate = event(
  "OrderTradeUpdate",
  "ORDER_TRADE_UPDATE",
  {
    /** `fs`: whether it is about USD-M or COIN-M futures. */
    businessUnit: field("fs", BusinessUnit),
    /** `T`: when it happened, in epoch ms. */
    transactionTime: optional("T", Millis),
    /** `i`: the alias of the account. Means nothing for `UM`. */
    accountAlias: optional("i", Text),
    /** `o`: the order. */
    order: field("o", Order)
  },
  "e fs E T i? a? o"
)

export interface OrderTradeUpdate extends Schema.Schema.Type<typeof OrderTradeUpdate> {}

/**
 * The leverage of a symbol changed.
 *
 * @since 0.1.0
 * @category events
 */
export const AccountConfigUpdate = event(
  "AccountConfigUpdate",
  "ACCOUNT_CONFIG_UPDATE",
  {
    /** `fs`: whether it is about USD-M or COIN-M futures. */
    businessUnit: field("fs", BusinessUnit),
    /** `T`: when it happened, in epoch ms. */
    transactionTime: optional("T", Millis),
    /** `ac`: the symbol and its leverage. */
    symbolConfig: field("ac", Futures.SymbolConfig)
  },
  "e fs E T ac"
)

export interface AccountConfigUpdate extends Schema.Schema.Type<typeof AccountConfigUpdate> {}

const strategyOrder = struct({
  /** `s`: the symbol. */
  symbol: field("s", Text),
  /** `c`: the client's id of the conditional order. */
  strategyClientOrderId: field("c", Text),
  /** `si`: the id of the conditional order. */
  strategyId: field("si", Int64),
  /** `S`: the side. */
  side: optional("S", Futures.Side),
  /** `st`: the type of the conditional order. */
  strategyType: optional(
    "st",
    OpenEnum("STOP", "TAKE_PROFIT", "STOP_MARKET", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET")
  ),
  /** `f`: the time in force. */
  timeInForce: optional("f", Futures.UsdTimeInForce),
  /** `q`: the quantity. */
  quantity: optional("q", Decimal),
  /** `p`: the price. */
  price: optional("p", Decimal),
  /** `sp`: the stop price. Means nothing for a trailing stop. */
  stopPrice: optional("sp", Decimal),
  /** `os`: the status of the conditional order. */
  strategyOrderStatus: optional("os", OpenEnum("NEW", "CANCELED", "EXPIRED", "TRIGGERED", "FINISHED")),
  /** `T`: when the order was booked, in epoch ms. */
  orderBookTime: optional("T", Millis),
  /** `ut`: when the order changed, in epoch ms. */
  orderUpdateTime: optional("ut", Millis),
  /** `R`: whether the order may only reduce a position. */
  isReduceOnly: optional("R", Flag),
  /** `wt`: the price that triggers the order. */
  workingType: optional("wt", Futures.WorkingType),
  /** `ps`: the position side. */
  positionSide: optional("ps", Futures.PositionSide),
  /** `cp`: whether the order closes the whole position. */
  isCloseAll: optional("cp", Flag),
  /** `AP`: the activation price. Only of trailing stops. */
  activationPrice: optional("AP", Decimal),
  /** `cr`: the callback rate, in percent. Only of trailing stops. */
  callbackRate: optional("cr", Decimal),
  /** `i`: the id of the order that was placed. */
  orderId: optional("i", Int64),
  /** `V`: the self-trade prevention mode. */
  selfTradePreventionMode: optional("V", Futures.SelfTradePreventionMode),
  /** `gtd`: until when the order is good, in epoch ms; `0` for no end. */
  goodTillDate: optional("gtd", Millis)
}).pipe(inWireOrder("s c si S st f q p sp os T ut R wt ps cp? AP? cr? i? V? gtd cp? AP? cr? i?"))

/**
 * The order of a `ConditionalOrderTradeUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export interface StrategyOrder extends Schema.Schema.Type<typeof strategyOrder> {}

/**
 * The schema of the order of a `ConditionalOrderTradeUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export const StrategyOrder: Schema.Schema<StrategyOrder, Schema.Schema.Encoded<typeof strategyOrder>> = strategyOrder

/**
 * A conditional order was placed, canceled, triggered, or has ended. Binance has deprecated the calls behind it.
 *
 * @since 0.1.0
 * @category events
 */
export const ConditionalOrderTradeUpdate = event(
  "ConditionalOrderTradeUpdate",
  "CONDITIONAL_ORDER_TRADE_UPDATE",
  {
    /** `T`: when it happened, in epoch ms. */
    transactionTime: optional("T", Millis),
    /** `fs`: whether it is about USD-M or COIN-M futures. */
    businessUnit: field("fs", BusinessUnit),
    /** `so`: the order. */
    strategyOrder: field("so", StrategyOrder)
  },
  "e T? E T? fs so"
)

export interface ConditionalOrderTradeUpdate extends Schema.Schema.Type<typeof ConditionalOrderTradeUpdate> {}

/**
 * A conditional order was placed, canceled, triggered, or has ended.
 *
 * @since 0.1.0
 * @category events
 */
export const AlgoUpdate = event(
  "AlgoUpdate",
  "ALGO_UPDATE",
  {
    /** `T`: when it happened, in epoch ms. */
    transactionTime: optional("T", Millis),
    /** `fs`: whether it is about USD-M or COIN-M futures. */
    businessUnit: field("fs", BusinessUnit),
    /** `ao`: the algo order. */
    algoOrder: field("ao", Futures.AlgoOrder)
  },
  "e T? E T? fs ao"
)

export interface AlgoUpdate extends Schema.Schema.Type<typeof AlgoUpdate> {}

// -----------------------------------------------------------------------------
// margin
// -----------------------------------------------------------------------------

/**
 * Balances of the margin account may have changed: those of the assets that a trade or an order concerns.
 *
 * @since 0.1.0
 * @category events
 */
export const OutboundAccountPosition = event(
  "OutboundAccountPosition",
  "outboundAccountPosition",
  extend(Spot.accountPositionFields, {
    /** `U`: the id of the update. */
    updateId: optional("U", Int64)
  }),
  "e E u U? B U?"
)

export interface OutboundAccountPosition extends Schema.Schema.Type<typeof OutboundAccountPosition> {}

/**
 * A deposit, a withdrawal, or a transfer between accounts.
 *
 * @since 0.1.0
 * @category events
 */
export const BalanceUpdate = event(
  "BalanceUpdate",
  "balanceUpdate",
  extend(Spot.balanceUpdateFields, {
    /** `U`: the id of the update. */
    updateId: optional("U", Int64)
  }),
  "e E a d U? T U?"
)

export interface BalanceUpdate extends Schema.Schema.Type<typeof BalanceUpdate> {}

/**
 * A margin order was placed, filled, canceled, rejected, or has expired.
 *
 * @since 0.1.0
 * @category events
 */
export const ExecutionReport = event(
  "ExecutionReport",
  "executionReport",
  extend(Spot.reportFields, {
    /** `I`: the id of the update. */
    updateId: optional("I", Int64)
  }),
  Spot.reportOrder
)

export interface ExecutionReport extends Schema.Schema.Type<typeof ExecutionReport> {}

/**
 * A liability changed.
 *
 * @since 0.1.0
 * @category events
 */
export const LiabilityChange = event("LiabilityChange", "liabilityChange", {
  /** `a`: the asset. */
  asset: field("a", Text),
  /** `t`: what changed it. */
  liabilityType: optional("t", OpenEnum("BORROW")),
  /** `T`: the id of the transaction; not a time. */
  transactionId: field("T", Int64),
  /** `p`: the principal, in the asset. */
  principal: optional("p", Decimal),
  /** `i`: the interest, in the asset. */
  interest: optional("i", Decimal),
  /** `l`: the total liability, in the asset. */
  totalLiability: optional("l", Decimal)
})

export interface LiabilityChange extends Schema.Schema.Type<typeof LiabilityChange> {}

const orderLoss = struct({
  /** `a`: the asset. */
  asset: field("a", Text),
  /** `o`: the loss, in the asset: negative. */
  amount: optional("o", Decimal)
})

/**
 * The loss in an asset in an `OpenOrderLoss`.
 *
 * @since 0.1.0
 * @category parts
 */
export interface OrderLoss extends Schema.Schema.Type<typeof orderLoss> {}

/**
 * The schema of the loss in an asset in an `OpenOrderLoss`.
 *
 * @since 0.1.0
 * @category parts
 */
export const OrderLoss: Schema.Schema<OrderLoss, Schema.Schema.Encoded<typeof orderLoss>> = orderLoss

/**
 * The loss of the open cross margin orders changed.
 *
 * @since 0.1.0
 * @category events
 */
export const OpenOrderLoss = event("OpenOrderLoss", "openOrderLoss", {
  /** `O`: the losses by asset. */
  updateData: field("O", Schema.Array(OrderLoss))
})

export interface OpenOrderLoss extends Schema.Schema.Type<typeof OpenOrderLoss> {}

/**
 * The events of a Portfolio Margin account.
 *
 * @since 0.1.0
 * @category union
 */
export const PortfolioMarginEvent: Schema.Schema<
  PortfolioMarginEvent,
  Schema.Schema.Encoded<
    | typeof AccountUpdate
    | typeof OrderTradeUpdate
    | typeof AccountConfigUpdate
    | typeof ConditionalOrderTradeUpdate
    | typeof AlgoUpdate
    | typeof OutboundAccountPosition
    | typeof BalanceUpdate
    | typeof ExecutionReport
    | typeof LiabilityChange
    | typeof OpenOrderLoss
    | typeof RiskLevelChange
    | typeof ListenKeyExpired
    | typeof ServerShutdown
  >
> = Schema.Union(
  AccountUpdate,
  OrderTradeUpdate,
  AccountConfigUpdate,
  ConditionalOrderTradeUpdate,
  AlgoUpdate,
  OutboundAccountPosition,
  BalanceUpdate,
  ExecutionReport,
  LiabilityChange,
  OpenOrderLoss,
  RiskLevelChange,
  ListenKeyExpired,
  ServerShutdown
)

export type PortfolioMarginEvent =
  | AccountUpdate
  | OrderTradeUpdate
  | AccountConfigUpdate
  | ConditionalOrderTradeUpdate
  | AlgoUpdate
  | OutboundAccountPosition
  | BalanceUpdate
  | ExecutionReport
  | LiabilityChange
  | OpenOrderLoss
  | RiskLevelChange
  | ListenKeyExpired
  | ServerShutdown
