import * as Schema from "effect/Schema"
import {
  Decimal,
  event,
  Flag,
  field,
  Int64,
  Integer,
  inWireOrder,
  Millis,
  OpenEnum,
  optional,
  struct,
  Text
} from "./field.js"

// The schemas that COIN-M futures, USD-M futures and Portfolio Margin share. Sets of fields that some of them extend have
// a mapped type, so that the published types keep the documentation of the fields.

/** Buy or sell. */
export const Side = OpenEnum("BUY", "SELL")

/** Always `BOTH` in one-way mode. */
export const PositionSide = OpenEnum("BOTH", "LONG", "SHORT")

export const OrderType = OpenEnum(
  "LIMIT",
  "MARKET",
  "STOP",
  "STOP_MARKET",
  "TAKE_PROFIT",
  "TAKE_PROFIT_MARKET",
  "TRAILING_STOP_MARKET",
  "LIQUIDATION"
)

export const ExecutionType = OpenEnum("NEW", "CANCELED", "CALCULATED", "EXPIRED", "TRADE", "AMENDMENT")

export const OrderStatus = OpenEnum("NEW", "PARTIALLY_FILLED", "FILLED", "CANCELED", "EXPIRED", "EXPIRED_IN_MATCH")

export const TimeInForce = OpenEnum("GTC", "IOC", "FOK", "GTX")

export const UsdTimeInForce = OpenEnum("GTC", "IOC", "FOK", "GTX", "GTD", "RPI", "GTE_GTC")

export const WorkingType = OpenEnum("MARK_PRICE", "CONTRACT_PRICE")

export const SelfTradePreventionMode = OpenEnum("NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH")

export const PriceMatchMode = OpenEnum(
  "NONE",
  "OPPONENT",
  "OPPONENT_5",
  "OPPONENT_10",
  "OPPONENT_20",
  "QUEUE",
  "QUEUE_5",
  "QUEUE_10",
  "QUEUE_20"
)

export const UsdEventReasonType = OpenEnum(
  "DEPOSIT",
  "WITHDRAW",
  "ORDER",
  "FUNDING_FEE",
  "WITHDRAW_REJECT",
  "ADJUSTMENT",
  "INSURANCE_CLEAR",
  "ADMIN_DEPOSIT",
  "ADMIN_WITHDRAW",
  "MARGIN_TRANSFER",
  "MARGIN_TYPE_CHANGE",
  "ASSET_TRANSFER",
  "OPTIONS_PREMIUM_FEE",
  "OPTIONS_SETTLE_PROFIT",
  "AUTO_EXCHANGE",
  "COIN_SWAP_DEPOSIT",
  "COIN_SWAP_WITHDRAW"
)

// -----------------------------------------------------------------------------
// account
// -----------------------------------------------------------------------------

const balance = struct({
  /** `a`: the asset. */
  asset: field("a", Text),
  /** `wb`: the wallet balance, in the asset. */
  walletBalance: optional("wb", Decimal),
  /** `cw`: the part of it that cross margin may use, in the asset. */
  crossWalletBalance: optional("cw", Decimal),
  /** `bc`: the change of the balance without PnL and commission, in the asset. */
  balanceChange: optional("bc", Decimal)
})

/**
 * The balance of an asset in an `AccountUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export interface Balance extends Schema.Schema.Type<typeof balance> {}

/**
 * The schema of the balance of an asset in an `AccountUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export const Balance: Schema.Schema<Balance, Schema.Schema.Encoded<typeof balance>> = balance

const commonPositionFields = {
  /** `s`: the symbol. */
  symbol: field("s", Text),
  /** `pa`: the signed size of the position, in contracts (COIN-M) or in the base asset (USD-M). */
  positionAmount: optional("pa", Decimal),
  /** `ep`: the average entry price. */
  entryPrice: optional("ep", Decimal),
  /** `bep`: the price at which closing breaks even. */
  breakEvenPrice: optional("bep", Decimal),
  /** `cr`: the accumulated realized profit before fees, in the margin asset. */
  accumulatedRealized: optional("cr", Decimal),
  /** `up`: the unrealized PnL, in the margin asset. */
  unrealizedPnl: optional("up", Decimal),
  /** `ps`: `BOTH` in one-way mode, `LONG` or `SHORT` in hedge mode. */
  positionSide: field("ps", PositionSide)
}

export type PositionFields = { [K in keyof typeof commonPositionFields]: (typeof commonPositionFields)[K] }

export const positionFields: PositionFields = commonPositionFields

export const positionOrder = "s pa ep bep? cr up mt? iw? ps bep? ma?"

export const updateDataOrder = "m S? B? S? P? S?"

const isolatedMarginFields = {
  /** `mt`: the margin type, in lower case here. */
  marginType: optional("mt", OpenEnum("cross", "isolated")),
  /** `iw`: the isolated wallet, in the margin asset; `0` of a cross position. */
  isolatedWallet: optional("iw", Decimal)
}

export type PositionMarginFields = { [K in keyof typeof isolatedMarginFields]: (typeof isolatedMarginFields)[K] }

export const positionMarginFields: PositionMarginFields = isolatedMarginFields

const positionAtRisk = struct({
  /** `s`: the symbol. */
  symbol: field("s", Text),
  /** `ps`: the position side. */
  positionSide: field("ps", PositionSide),
  /** `pa`: the signed size of the position, in contracts (COIN-M) or in the base asset (USD-M). */
  positionAmount: optional("pa", Decimal),
  /** `mt`: the margin type, in upper case here. */
  marginType: optional("mt", OpenEnum("CROSSED", "ISOLATED")),
  /** `iw`: the isolated wallet, in the margin asset; `0` of a cross position. */
  isolatedWallet: optional("iw", Decimal),
  /** `mp`: the mark price. */
  markPrice: optional("mp", Decimal),
  /** `up`: the unrealized PnL, in the margin asset. */
  unrealizedPnl: optional("up", Decimal),
  /** `mm`: the maintenance margin that is required, in the margin asset. */
  maintenanceMarginRequired: optional("mm", Decimal)
})

/**
 * A position in a `MarginCall`.
 *
 * @since 0.1.0
 * @category parts
 */
export interface PositionAtRisk extends Schema.Schema.Type<typeof positionAtRisk> {}

/**
 * The schema of a position in a `MarginCall`.
 *
 * @since 0.1.0
 * @category parts
 */
export const PositionAtRisk: Schema.Schema<
  PositionAtRisk,
  Schema.Schema.Encoded<typeof positionAtRisk>
> = positionAtRisk

const commonMarginCallFields = {
  /** `cw`: the cross wallet balance, in the margin asset. Only with cross positions. */
  crossWalletBalance: optional("cw", Decimal),
  /** `p`: the positions that are at risk. */
  positions: field("p", Schema.Array(PositionAtRisk))
}

/**
 * The fields that the `MarginCall` events of all products have.
 *
 * @since 0.1.0
 * @category fields
 */
export type MarginCallFields = { [K in keyof typeof commonMarginCallFields]: (typeof commonMarginCallFields)[K] }

export const marginCallFields: MarginCallFields = commonMarginCallFields

const symbolConfig = struct({
  /** `s`: the symbol. */
  symbol: field("s", Text),
  /** `l`: the leverage. */
  leverage: optional("l", Integer)
})

/**
 * The configuration of a symbol in an `AccountConfigUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export interface SymbolConfig extends Schema.Schema.Type<typeof symbolConfig> {}

/**
 * The schema of the configuration of a symbol in an `AccountConfigUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export const SymbolConfig: Schema.Schema<SymbolConfig, Schema.Schema.Encoded<typeof symbolConfig>> = symbolConfig

// -----------------------------------------------------------------------------
// orders
// -----------------------------------------------------------------------------

const commonOrderFields = {
  /** `s`: the symbol. */
  symbol: field("s", Text),
  /**
   * `c`: the client order id. Starts with `autoclose-` for a liquidation and with `settlement_autoclose-` for a
   * delivery or delisting; equals `adl_autoclose` for auto-deleveraging.
   */
  clientOrderId: field("c", Text),
  /** `S`: the side. */
  side: optional("S", Side),
  /** `q`: the quantity of the order, in contracts (COIN-M) or in the base asset (USD-M). */
  originalQuantity: optional("q", Decimal),
  /** `p`: the price of the order. */
  originalPrice: optional("p", Decimal),
  /** `ap`: the average price of the fills. */
  averagePrice: optional("ap", Decimal),
  /** `x`: what happened to the order. `CALCULATED` is a liquidation or auto-deleveraging. */
  executionType: optional("x", ExecutionType),
  /** `X`: the status of the order after it. */
  orderStatus: optional("X", OrderStatus),
  /** `i`: the order id. */
  orderId: field("i", Int64),
  /** `M`: the id of the modification. Only with `AMENDMENT`. */
  modifyId: optional("M", Text),
  /** `l`: the quantity of this fill. */
  lastFilledQuantity: optional("l", Decimal),
  /** `z`: the quantity of all fills. */
  filledAccumulatedQuantity: optional("z", Decimal),
  /** `L`: the price of this fill. */
  lastFilledPrice: optional("L", Decimal),
  /** `N`: the asset of the commission. Absent without a commission. */
  commissionAsset: optional("N", Text),
  /** `n`: the commission, in its asset. Absent without a commission. */
  commission: optional("n", Decimal),
  /** `T`: when it happened, in epoch ms. */
  orderTradeTime: optional("T", Millis),
  /** `t`: the trade id; `"0"` for none. */
  tradeId: field("t", Int64),
  /** `rp`: the profit that this fill realized, in the margin asset. */
  realizedProfit: optional("rp", Decimal),
  /** `m`: whether this fill was on the maker side. */
  isMaker: optional("m", Flag),
  /** `R`: whether the order may only reduce a position. */
  isReduceOnly: optional("R", Flag),
  /** `ps`: the position side. */
  positionSide: optional("ps", PositionSide),
  /** `V`: the self-trade prevention mode. */
  selfTradePreventionMode: optional("V", SelfTradePreventionMode),
  /** `pm`: the price match mode. */
  priceMatchMode: optional("pm", PriceMatchMode)
}

export type OrderFields = { [K in keyof typeof commonOrderFields]: (typeof commonOrderFields)[K] }

export const orderFields: OrderFields = commonOrderFields

const conditionalOrderFields = {
  /** `sp`: the stop price. Means nothing for a trailing stop. */
  stopPrice: optional("sp", Decimal),
  /** `wt`: the price that triggers the order. */
  workingType: optional("wt", WorkingType),
  /** `ot`: the type with which the order was placed. */
  originalOrderType: optional("ot", OrderType),
  /** `cp`: whether the order closes the whole position. Only of conditional orders. */
  isCloseAll: optional("cp", Flag),
  /** `AP`: the activation price. Only of trailing stops. */
  activationPrice: optional("AP", Decimal),
  /** `cr`: the callback rate, in percent. Only of trailing stops. */
  callbackRate: optional("cr", Decimal),
  /** `pP`: whether the price is protected when the order triggers. */
  isPriceProtected: optional("pP", Flag),
  /**
   * `er`: why the order expired. `0` none; `1` self-trade prevention; `2` IOC remainder; `3` IOC remainder by self-trade
   * prevention; `4` pushed out by a reduce-only order of higher priority, or would have reversed the position; `5` account
   * liquidated; `6` GTE condition not met; `7` symbol delisted; `8` the stop of the original order fired; `9` market
   * remainder; `10` FOK not fillable; `11` post-only check failed.
   */
  expiryReason: optional("er", OpenEnum("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"))
}

export type StopFields = { [K in keyof typeof conditionalOrderFields]: (typeof conditionalOrderFields)[K] }

export const stopFields: StopFields = conditionalOrderFields

/**
 * A fill, with less data and lower latency than the `OrderTradeUpdate` that also comes. `eventTime` may be before
 * `transactionTime`.
 *
 * @since 0.1.0
 * @category events
 */
export const TradeLite = event("TradeLite", "TRADE_LITE", {
  /** `T`: when it happened, in epoch ms. */
  transactionTime: optional("T", Millis),
  /** `s`: the symbol. */
  symbol: field("s", Text),
  /** `q`: the quantity of the order. */
  originalQuantity: optional("q", Decimal),
  /** `p`: the price of the order. */
  originalPrice: optional("p", Decimal),
  /** `m`: whether the fill was on the maker side. */
  isMaker: optional("m", Flag),
  /** `c`: the client order id. */
  clientOrderId: field("c", Text),
  /** `S`: the side. */
  side: optional("S", Side),
  /** `L`: the price of the fill. */
  lastFilledPrice: optional("L", Decimal),
  /** `l`: the quantity of the fill. */
  lastFilledQuantity: optional("l", Decimal),
  /** `t`: the trade id. */
  tradeId: field("t", Int64),
  /** `i`: the order id. */
  orderId: field("i", Int64)
})

export interface TradeLite extends Schema.Schema.Type<typeof TradeLite> {}

const algoOrder = struct({
  /** `caid`: the client's id of the algo order. */
  clientAlgoId: field("caid", Text),
  /** `aid`: the id of the algo order. */
  algoId: field("aid", Int64),
  /** `at`: the kind of algo order. */
  algoType: optional("at", OpenEnum("CONDITIONAL")),
  /** `o`: the type of the order. */
  orderType: optional(
    "o",
    OpenEnum("STOP", "TAKE_PROFIT", "STOP_MARKET", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET")
  ),
  /** `s`: the symbol. */
  symbol: field("s", Text),
  /** `S`: the side. */
  side: optional("S", Side),
  /** `ps`: the position side. */
  positionSide: optional("ps", PositionSide),
  /** `f`: the time in force. */
  timeInForce: optional("f", UsdTimeInForce),
  /** `q`: the quantity. */
  quantity: optional("q", Decimal),
  /**
   * `X`: the status. `NEW` waits; `TRIGGERING` has met its condition; `TRIGGERED` was placed; `FINISHED`: the order placed
   * was filled or canceled; `REJECTED` by the matching engine; `EXPIRED`: canceled by the system.
   */
  algoStatus: optional("X", OpenEnum("NEW", "CANCELED", "TRIGGERING", "TRIGGERED", "FINISHED", "REJECTED", "EXPIRED")),
  /** `ai`: the id of the order that was placed; `""` before the trigger. */
  actualOrderId: optional("ai", Text),
  /** `ap`: the average price of its fills. */
  averageFillPrice: optional("ap", Decimal),
  /** `aq`: the quantity of its fills. */
  executedQuantity: optional("aq", Decimal),
  /** `act`: its type. */
  actualOrderType: optional("act", Text),
  /** `tp`: the trigger price. */
  triggerPrice: optional("tp", Decimal),
  /** `p`: the price of the order. */
  orderPrice: optional("p", Decimal),
  /** `V`: the self-trade prevention mode. */
  selfTradePreventionMode: optional("V", SelfTradePreventionMode),
  /** `wt`: the price that triggers the order. */
  workingType: optional("wt", WorkingType),
  /** `pm`: the price match mode. */
  priceMatchMode: optional("pm", PriceMatchMode),
  /** `cp`: whether the order closes the whole position. */
  isCloseAll: optional("cp", Flag),
  /** `pP`: whether the price is protected when the order triggers. */
  isPriceProtected: optional("pP", Flag),
  /** `R`: whether the order may only reduce a position. */
  isReduceOnly: optional("R", Flag),
  /** `tt`: when it triggered, in epoch ms; `0` for not yet. */
  triggerTime: optional("tt", Millis),
  /** `gtd`: until when it is good, in epoch ms; `0` for no end. */
  goodTillDate: optional("gtd", Millis),
  /** `rm`: why it failed. */
  failReason: optional("rm", Text),
  /** `ia`: whether a trailing order is activated. */
  isActivated: optional("ia", Flag)
}).pipe(
  inWireOrder(
    "caid aid at o s S ps f q X ai ap? aq? act? tp p V? wt? pm? cp? pP? R tt gtd rm? ap? aq? act? rm? ia? ap? aq? act?"
  )
)

/**
 * The order of an `AlgoUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export interface AlgoOrder extends Schema.Schema.Type<typeof algoOrder> {}

/**
 * The schema of the order of an `AlgoUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export const AlgoOrder: Schema.Schema<AlgoOrder, Schema.Schema.Encoded<typeof algoOrder>> = algoOrder

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
    /** `o`: the algo order. */
    algoOrder: field("o", AlgoOrder)
  },
  "e T? E T? o"
)

export interface AlgoUpdate extends Schema.Schema.Type<typeof AlgoUpdate> {}

// -----------------------------------------------------------------------------
// strategies
// -----------------------------------------------------------------------------

const strategy = struct({
  /** `si`: the strategy id. */
  strategyId: field("si", Int64),
  /** `st`: the kind of strategy. */
  strategyType: optional("st", OpenEnum("GRID")),
  /** `ss`: the status. */
  strategyStatus: optional("ss", OpenEnum("NEW", "WORKING", "CANCELLED", "EXPIRED")),
  /** `s`: the symbol. */
  symbol: field("s", Text),
  /** `ut`: when the strategy changed, in epoch ms. */
  updateTime: optional("ut", Millis),
  /**
   * `c`: why. 8001 parameters changed; 8002 canceled by the user; 8003 the user placed or canceled an order by hand; 8004
   * stop limit reached; 8005 position liquidated; 8006 limit of open orders reached; 8007 new grid order; 8008 margin too
   * low; 8009 price out of bounds; 8010 market closed or paused; 8011 closing failed, could not be filled; 8012 notional
   * limit at this leverage; 8013 KYC incomplete or restricted jurisdiction; 8014 only reduce-only orders (COIN-M), or rules
   * of quantitative trading broken (USD-M); 8015 position empty or liquidated.
   */
  opCode: optional("c", Integer)
})

/**
 * The strategy of a `StrategyUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export interface Strategy extends Schema.Schema.Type<typeof strategy> {}

/**
 * The schema of the strategy of a `StrategyUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export const Strategy: Schema.Schema<Strategy, Schema.Schema.Encoded<typeof strategy>> = strategy

/**
 * A strategy was created, canceled, or has expired.
 *
 * @since 0.1.0
 * @category events
 */
export const StrategyUpdate = event(
  "StrategyUpdate",
  "STRATEGY_UPDATE",
  {
    /** `T`: when it happened, in epoch ms. */
    transactionTime: optional("T", Millis),
    /** `su`: the strategy. */
    strategyUpdate: field("su", Strategy)
  },
  "e T? E T? su"
)

export interface StrategyUpdate extends Schema.Schema.Type<typeof StrategyUpdate> {}

const grid = struct({
  /** `si`: the strategy id. */
  strategyId: field("si", Int64),
  /** `st`: the kind of strategy. */
  strategyType: optional("st", OpenEnum("GRID")),
  /** `ss`: the status. */
  strategyStatus: optional("ss", OpenEnum("NEW", "WORKING", "CANCELLED", "EXPIRED")),
  /** `s`: the symbol. */
  symbol: field("s", Text),
  /** `r`: the realized PnL, in the margin asset. */
  realizedPnl: optional("r", Decimal),
  /** `up`: the average price of what is not matched. */
  unmatchedAveragePrice: optional("up", Decimal),
  /** `uq`: the quantity that is not matched. */
  unmatchedQuantity: optional("uq", Decimal),
  /** `uf`: the fee of what is not matched. */
  unmatchedFee: optional("uf", Decimal),
  /** `mp`: the PnL of what is matched, in the margin asset. */
  matchedPnl: optional("mp", Decimal),
  /** `ut`: when the grid changed, in epoch ms. */
  updateTime: optional("ut", Millis)
})

/**
 * The grid of a `GridUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export interface Grid extends Schema.Schema.Type<typeof grid> {}

/**
 * The schema of the grid of a `GridUpdate`.
 *
 * @since 0.1.0
 * @category parts
 */
export const Grid: Schema.Schema<Grid, Schema.Schema.Encoded<typeof grid>> = grid

/**
 * A grid strategy changed. Binance has deprecated this event.
 *
 * @since 0.1.0
 * @category events
 */
export const GridUpdate = event(
  "GridUpdate",
  "GRID_UPDATE",
  {
    /** `T`: when it happened, in epoch ms. */
    transactionTime: optional("T", Millis),
    /** `gu`: the grid. */
    gridUpdate: field("gu", Grid)
  },
  "e T? E T? gu"
)

export interface GridUpdate extends Schema.Schema.Type<typeof GridUpdate> {}
