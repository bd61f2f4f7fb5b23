/**
 * The events of a COIN-M futures account.
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
  field,
  inWireOrder,
  Millis,
  OpenEnum,
  optional,
  struct,
  Text
} from "./internal/event/field.js"
import * as Futures from "./internal/event/futuresEvent.js"

export * from "./FuturesEvent.js"
export { ListenKeyExpired, ServerShutdown } from "./internal/event/controlEvent.js"

const position = struct(extend(Futures.positionFields, Futures.positionMarginFields)).pipe(
  inWireOrder(Futures.positionOrder)
)

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
  eventReasonType: optional(
    "m",
    OpenEnum(
      "DEPOSIT",
      "WITHDRAW",
      "ORDER",
      "FUNDING_FEE",
      "ADJUSTMENT",
      "INSURANCE_CLEAR",
      "ADMIN_DEPOSIT",
      "ADMIN_WITHDRAW",
      "MARGIN_TRANSFER",
      "MARGIN_TYPE_CHANGE",
      "ASSET_TRANSFER",
      "COIN_SWAP_DEPOSIT",
      "COIN_SWAP_WITHDRAW"
    )
  ),
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
 * Balances or positions changed. Not sent for orders that are neither filled nor expired.
 *
 * @since 0.1.0
 * @category events
 */
export const AccountUpdate = event("AccountUpdate", "ACCOUNT_UPDATE", {
  /** `T`: when it happened, in epoch ms. */
  transactionTime: optional("T", Millis),
  /** `i`: the alias of the account. */
  accountAlias: optional("i", Text),
  /** `a`: what changed. */
  updateData: field("a", UpdateData)
})

export interface AccountUpdate extends Schema.Schema.Type<typeof AccountUpdate> {}

const order = struct(
  extend(extend(Futures.orderFields, Futures.stopFields), {
    /** `o`: the type of the order now. */
    orderType: optional("o", Futures.OrderType),
    /** `f`: the time in force. */
    timeInForce: optional("f", Futures.TimeInForce),
    /** `ma`: the margin asset. */
    marginAsset: optional("ma", Text),
    /** `b`: the quantity of the open buy orders, in the base asset. */
    bidQuantity: optional("b", Decimal),
    /** `a`: the quantity of the open sell orders, in the base asset. */
    askQuantity: optional("a", Decimal)
  })
).pipe(
  inWireOrder(
    "s c S o f q p ap sp x X i l z L ma N? n? T t rp b a m R wt ot ps cp? AP? cr? pP V pm er? M? N? n? AP? cr?"
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
  /** `i`: the alias of the account. */
  accountAlias: optional("i", Text),
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
export const MarginCall = event(
  "MarginCall",
  "MARGIN_CALL",
  extend(Futures.marginCallFields, {
    /** `i`: the alias of the account. */
    accountAlias: optional("i", Text)
  }),
  "e E i? cw? p i?"
)

export interface MarginCall extends Schema.Schema.Type<typeof MarginCall> {}

/**
 * The leverage of a symbol changed.
 *
 * @since 0.1.0
 * @category events
 */
export const AccountConfigUpdate = event("AccountConfigUpdate", "ACCOUNT_CONFIG_UPDATE", {
  /** `T`: when it happened, in epoch ms. */
  transactionTime: optional("T", Millis),
  /** `ac`: the symbol and its leverage. */
  symbolConfig: field("ac", Futures.SymbolConfig)
})

export interface AccountConfigUpdate extends Schema.Schema.Type<typeof AccountConfigUpdate> {}

/**
 * The events of a COIN-M futures account. `AlgoUpdate` and `TradeLite` are not documented for COIN-M: they are accepted
 * because COIN-M shares its order service with USD-M.
 *
 * @since 0.1.0
 * @category union
 */
export const CoinFuturesEvent: Schema.Schema<
  CoinFuturesEvent,
  Schema.Schema.Encoded<
    | typeof AccountUpdate
    | typeof OrderTradeUpdate
    | typeof MarginCall
    | typeof AccountConfigUpdate
    | typeof Futures.StrategyUpdate
    | typeof Futures.GridUpdate
    | typeof Futures.AlgoUpdate
    | typeof Futures.TradeLite
    | typeof ListenKeyExpired
    | typeof ServerShutdown
  >
> = Schema.Union(
  AccountUpdate,
  OrderTradeUpdate,
  MarginCall,
  AccountConfigUpdate,
  Futures.StrategyUpdate,
  Futures.GridUpdate,
  Futures.AlgoUpdate,
  Futures.TradeLite,
  ListenKeyExpired,
  ServerShutdown
)

export type CoinFuturesEvent =
  | AccountUpdate
  | OrderTradeUpdate
  | MarginCall
  | AccountConfigUpdate
  | Futures.StrategyUpdate
  | Futures.GridUpdate
  | Futures.AlgoUpdate
  | Futures.TradeLite
  | ListenKeyExpired
  | ServerShutdown
