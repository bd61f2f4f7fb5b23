import * as Schema from "effect/Schema"

// What accounts are made of. `Account` publishes it; `Checkpoint` and the book need it below.

/** With every field named, so that none is forgotten where an object is built field by field. */
export type Whole<A> = { readonly [K in keyof Required<A>]: A[K] }

/**
 * How something is known: an event has it, REST rows have it afterwards, or no single row has it and it follows from
 * sums or from what is missing.
 *
 * @since 0.2.0
 * @category models
 */
export const Origin = Schema.Literal("Stream", "Recovered", "Inferred")

/**
 * How something is known.
 *
 * @since 0.2.0
 * @category models
 */
export type Origin = typeof Origin.Type

/**
 * Buy or sell.
 *
 * @since 0.2.0
 * @category models
 */
export const Side = Schema.Literal("BUY", "SELL")

/**
 * The leg of a position: `BOTH` in one-way mode and on spot, `LONG` or `SHORT` in hedge mode.
 *
 * @since 0.2.0
 * @category models
 */
export const PositionSide = Schema.Literal("BOTH", "LONG", "SHORT")

/**
 * The leg of a position.
 *
 * @since 0.2.0
 * @category models
 */
export type PositionSide = typeof PositionSide.Type

/**
 * An order as it is known now. It is told apart by `symbol` and `orderId`.
 *
 * @since 0.2.0
 * @category models
 */
export const Order = Schema.Struct({
  symbol: Schema.String,
  orderId: Schema.String,
  /** The id that the order was placed with, also after a cancel request with an id of its own. */
  clientOrderId: Schema.String,
  side: Side,
  positionSide: PositionSide,
  type: Schema.String,
  timeInForce: Schema.optional(Schema.String),
  /**
   * Binance's status: `NEW`, `PARTIALLY_FILLED`, `FILLED`, `CANCELED`, `EXPIRED` ...; `UNKNOWN` for an order that ended,
   * nobody says how.
   */
  status: Schema.String,
  /** `"0"` of a market order. */
  price: Schema.String,
  stopPrice: Schema.optional(Schema.String),
  /** The quantity that the exchange has: of a reduce-only order it may be less than was asked for. */
  quantity: Schema.String,
  /** The quantity of all fills. */
  filled: Schema.String,
  averagePrice: Schema.optional(Schema.String),
  reduceOnly: Schema.Boolean,
  closePosition: Schema.Boolean,
  /** Only on spot, and only of an order list. */
  orderListId: Schema.optional(Schema.String),
  /** Only on spot: smart order routing fills it, by allocations. */
  usedSor: Schema.optional(Schema.Boolean),
  createdAt: Schema.optional(Schema.JsonNumber),
  updatedAt: Schema.JsonNumber,
  origin: Origin
})

/**
 * An order as it is known now.
 *
 * @since 0.2.0
 * @category models
 */
export interface Order extends Schema.Schema.Type<typeof Order> {}

/**
 * A conditional order of a futures account, which lives under an `algoId` until it triggers. The order that it becomes
 * has an `orderId`, and is an `Order` of its own.
 *
 * @since 0.2.0
 * @category models
 */
export const AlgoOrder = Schema.Struct({
  symbol: Schema.String,
  algoId: Schema.String,
  clientAlgoId: Schema.String,
  side: Side,
  positionSide: PositionSide,
  type: Schema.String,
  /** `NEW`, `TRIGGERING`, `TRIGGERED`, `FINISHED`, `CANCELED`, `EXPIRED`, `REJECTED`. */
  status: Schema.String,
  quantity: Schema.String,
  price: Schema.optional(Schema.String),
  triggerPrice: Schema.optional(Schema.String),
  reduceOnly: Schema.Boolean,
  closePosition: Schema.Boolean,
  /** The order that it became. */
  orderId: Schema.optional(Schema.String),
  /** When `TRIGGERING` was first seen. */
  triggeredAt: Schema.optional(Schema.JsonNumber),
  createdAt: Schema.optional(Schema.JsonNumber),
  updatedAt: Schema.JsonNumber,
  origin: Origin
})

/**
 * A conditional order of a futures account.
 *
 * @since 0.2.0
 * @category models
 */
export interface AlgoOrder extends Schema.Schema.Type<typeof AlgoOrder> {}

/**
 * A fill. It is told apart by `symbol`, `tradeId` (of an allocation `allocationId`) and `orderId`: both sides of a
 * self-trade have one trade id.
 *
 * @since 0.2.0
 * @category models
 */
export const Fill = Schema.Struct({
  symbol: Schema.String,
  orderId: Schema.String,
  /** Absent of an inferred fill, and of an allocation. */
  tradeId: Schema.optional(Schema.String),
  /** Only on spot, of a fill by smart order routing: it is an allocation instead of a trade. */
  allocationId: Schema.optional(Schema.String),
  side: Side,
  positionSide: PositionSide,
  /** Of an inferred fill the price that the sums give; absent if they give none. */
  price: Schema.optional(Schema.String),
  quantity: Schema.String,
  /** Positive if it was paid. */
  commission: Schema.optional(Schema.String),
  commissionAsset: Schema.optional(Schema.String),
  /** Only on futures. */
  realizedProfit: Schema.optional(Schema.String),
  isMaker: Schema.optional(Schema.Boolean),
  time: Schema.JsonNumber,
  origin: Origin
})

/**
 * A fill.
 *
 * @since 0.2.0
 * @category models
 */
export interface Fill extends Schema.Schema.Type<typeof Fill> {}

/**
 * How much there is of an asset.
 *
 * @since 0.2.0
 * @category models
 */
export const Balance = Schema.Struct({
  asset: Schema.String,
  /** On futures the balance of the wallet, on spot what is free and what is locked together. */
  total: Schema.String,
  /** Only on spot. */
  free: Schema.optional(Schema.String),
  /** Only on spot. */
  locked: Schema.optional(Schema.String),
  /** Only on futures: the part that cross margin may use. */
  crossWalletBalance: Schema.optional(Schema.String),
  /** Only on futures: what new orders can use. No event tells it, so it is as old as `readAt`. */
  available: Schema.optional(Schema.Struct({ amount: Schema.String, readAt: Schema.JsonNumber })),
  updatedAt: Schema.JsonNumber
})

/**
 * How much there is of an asset.
 *
 * @since 0.2.0
 * @category models
 */
export interface Balance extends Schema.Schema.Type<typeof Balance> {}

/**
 * A futures position that is not empty. It is told apart by `symbol` and `positionSide`.
 *
 * @since 0.2.0
 * @category models
 */
export const Position = Schema.Struct({
  symbol: Schema.String,
  positionSide: PositionSide,
  /** Below zero for a short one; contracts on COIN-M. */
  amount: Schema.String,
  entryPrice: Schema.optional(Schema.String),
  breakEvenPrice: Schema.optional(Schema.String),
  /** `cross` or `isolated`. */
  marginType: Schema.optional(Schema.String),
  isolatedWallet: Schema.optional(Schema.String),
  marginAsset: Schema.optional(Schema.String),
  updatedAt: Schema.JsonNumber
})

/**
 * A futures position that is not empty.
 *
 * @since 0.2.0
 * @category models
 */
export interface Position extends Schema.Schema.Type<typeof Position> {}

/**
 * How a futures account is set up. What is not known yet is absent.
 *
 * @since 0.2.0
 * @category models
 */
export const Modes = Schema.Struct({
  /** Hedge mode. */
  dualSidePosition: Schema.optional(Schema.Boolean),
  multiAssetsMargin: Schema.optional(Schema.Boolean),
  /** By symbol. */
  leverage: Schema.HashMap({ key: Schema.String, value: Schema.JsonNumber }),
  /** By symbol: `cross` or `isolated`. */
  marginType: Schema.HashMap({ key: Schema.String, value: Schema.String })
})

/**
 * How a futures account is set up.
 *
 * @since 0.2.0
 * @category models
 */
export interface Modes extends Schema.Schema.Type<typeof Modes> {}
