/**
 * What the accounts of all products have in common: orders, fills, balances and positions, the elements that mend a gap,
 * and the state that is right or known to be stale.
 *
 * Ids are decimal digits as text, amounts and prices are decimal strings, times are epoch milliseconds on Binance's
 * clock unless said otherwise.
 *
 * @since 0.2.0
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as HashMap from "effect/HashMap"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { BinanceError } from "./BinanceError.js"
import type { BinanceHttp } from "./BinanceHttp.js"
import type * as Checkpoint from "./Checkpoint.js"
import type { Credentials } from "./Credentials.js"
import type { Environment } from "./Environment.js"
import { AlgoOrder, type Balance, Fill, type Modes, Order, type Position } from "./internal/account/book/model.js"
import type { Handler } from "./UserDataStream.js"

export { orderKey, positionKey } from "./internal/account/book/keys.js"
export {
  AlgoOrder,
  Balance,
  Fill,
  Modes,
  Order,
  Origin,
  Position,
  PositionSide,
  Side
} from "./internal/account/book/model.js"

/**
 * Whether the state can be trusted.
 *
 * `Current`: it equals the exchange's, but for what is under way. `Recovering`: a gap is being mended. `Stale`: events may
 * be missing and nothing mends that now, because nobody consumes the account, the stream is down, or Binance refuses to
 * list what the account has. `why` says which.
 *
 * @since 0.2.0
 * @category models
 */
export type Phase =
  | { readonly _tag: "Current"; readonly since: number }
  | { readonly _tag: "Recovering"; readonly since: number; readonly why: string }
  | { readonly _tag: "Stale"; readonly since: number | undefined; readonly why: string }

/**
 * The account now. Readers share its structure: an event copies what it changes, and nothing else.
 *
 * @since 0.2.0
 * @category models
 */
export interface State {
  readonly phase: Phase
  /** The open orders, by `orderKey`. */
  readonly orders: HashMap.HashMap<string, Order>
  /** The conditional orders that wait or trigger, by algo id. Empty on spot. */
  readonly algoOrders: HashMap.HashMap<string, AlgoOrder>
  /** By asset. */
  readonly balances: HashMap.HashMap<string, Balance>
  /** The positions that are not empty, by `positionKey`. Empty on spot. */
  readonly positions: HashMap.HashMap<string, Position>
  readonly modes: Modes
}

// -----------------------------------------------------------------------------
// elements
// -----------------------------------------------------------------------------

/**
 * An order changed while events were missing: this is what it is now. `order.origin` says how it is known.
 *
 * @since 0.2.0
 * @category elements
 */
export const RecoveredOrder = Schema.TaggedStruct("RecoveredOrder", { order: Order })

/**
 * An order changed while events were missing.
 *
 * @since 0.2.0
 * @category elements
 */
export type RecoveredOrder = typeof RecoveredOrder.Type

/**
 * A conditional order changed while events were missing: this is what it is now.
 *
 * @since 0.2.0
 * @category elements
 */
export const RecoveredAlgoOrder = Schema.TaggedStruct("RecoveredAlgoOrder", { algoOrder: AlgoOrder })

/**
 * A conditional order changed while events were missing.
 *
 * @since 0.2.0
 * @category elements
 */
export type RecoveredAlgoOrder = typeof RecoveredAlgoOrder.Type

/**
 * A fill whose event is missing. `fill.origin` says how it is known.
 *
 * @since 0.2.0
 * @category elements
 */
export const RecoveredFill = Schema.TaggedStruct("RecoveredFill", { fill: Fill })

/**
 * A fill whose event is missing.
 *
 * @since 0.2.0
 * @category elements
 */
export type RecoveredFill = typeof RecoveredFill.Type

/**
 * The account after a gap was mended, or for a consumer that has just come: what comes before it is in it, what comes
 * after it is not.
 *
 * @since 0.2.0
 * @category elements
 */
export interface Snapshot {
  readonly _tag: "Snapshot"
  /** Epoch ms on the local clock. */
  readonly at: number
  readonly state: State
}

/**
 * What REST cannot tell. Said once.
 *
 * @since 0.2.0
 * @category elements
 */
export const Unrecovered = Schema.TaggedStruct("Unrecovered", {
  what: Schema.Literal("Fills", "Orders", "AlgoOrder", "Balances", "Everything"),
  /** Absent if no symbol is known. */
  symbol: Schema.optional(Schema.String),
  orderId: Schema.optional(Schema.String),
  algoId: Schema.optional(Schema.String),
  /** What changed without an explanation. */
  assets: Schema.optional(Schema.Array(Schema.String)),
  from: Schema.Number,
  to: Schema.Number,
  /** In words, and what to do. */
  reason: Schema.String
})

/**
 * What REST cannot tell.
 *
 * @since 0.2.0
 * @category elements
 */
export type Unrecovered = typeof Unrecovered.Type

/**
 * REST and the stream disagreed although no gap was known. What REST says has been recovered before this element.
 *
 * @since 0.2.0
 * @category elements
 */
export const Diverged = Schema.TaggedStruct("Diverged", {
  /** Epoch ms on the local clock. */
  at: Schema.Number,
  /** Each difference in words: `position BTCUSDT:BOTH was 0, is 100`. */
  differences: Schema.Array(Schema.String)
})

/**
 * REST and the stream disagreed although no gap was known.
 *
 * @since 0.2.0
 * @category elements
 */
export type Diverged = typeof Diverged.Type

/**
 * What an account adds to the elements of its stream.
 *
 * @since 0.2.0
 * @category elements
 */
export type AccountElement = RecoveredOrder | RecoveredAlgoOrder | RecoveredFill | Snapshot | Unrecovered | Diverged

const tags: ReadonlySet<string> = new Set<AccountElement["_tag"]>([
  "RecoveredOrder",
  "RecoveredAlgoOrder",
  "RecoveredFill",
  "Snapshot",
  "Unrecovered",
  "Diverged"
])

/**
 * Tells what an account adds from the elements of its stream.
 *
 * @since 0.2.0
 * @category guards
 */
export const isAccountElement = <A extends { readonly _tag: string }>(
  element: A | AccountElement
): element is Extract<A | AccountElement, AccountElement> => tags.has(element._tag)

// -----------------------------------------------------------------------------
// reads
// -----------------------------------------------------------------------------

/**
 * A span of time, in epoch ms, both ends included.
 *
 * @since 0.2.0
 * @category models
 */
export interface Range {
  readonly from: number
  readonly to: number
}

/**
 * Which trades: of an order, or from a trade id on, or of a span of time.
 *
 * @since 0.2.0
 * @category models
 */
export type TradesQuery = { readonly symbol: string } & (
  | { readonly orderId: string }
  | { readonly fromId: string }
  | Range
)

/**
 * Which orders: of a symbol, from an order id on or of a span of time. Without a symbol only where the product has such a
 * call (USD-M), and only of a span of time.
 *
 * @since 0.2.0
 * @category models
 */
export type OrdersQuery =
  | { readonly symbol: string; readonly fromId: string }
  | ({ readonly symbol?: string | undefined } & Range)

/**
 * Signed reads of one account, typed, exact and complete: ranges that are too long are split into windows, pages are
 * followed to their end. They count against the limits of this IP, and wait where the account reads use more than their
 * share of them.
 *
 * @since 0.2.0
 * @category models
 */
export interface Reads {
  /** The open orders of a symbol, or of all. One answer may lack an order that is open. */
  readonly openOrders: (options?: {
    readonly symbol?: string | undefined
  }) => Effect.Effect<ReadonlyArray<Order>, BinanceError>
  /** The conditional orders that wait. Empty on spot. */
  readonly openAlgoOrders: (options?: {
    readonly symbol?: string | undefined
  }) => Effect.Effect<ReadonlyArray<AlgoOrder>, BinanceError>
  /** One order; `None` if Binance does not know it, which does not mean that it never was. */
  readonly order: (
    query: { readonly symbol: string } & ({ readonly orderId: string } | { readonly clientOrderId: string })
  ) => Effect.Effect<Option.Option<Order>, BinanceError>
  /** One conditional order; `None` if Binance does not know it, which does not mean that it has ended. */
  readonly algoOrder: (query: {
    readonly symbol: string
    readonly algoId: string
  }) => Effect.Effect<Option.Option<AlgoOrder>, BinanceError>
  readonly orders: (query: OrdersQuery) => Effect.Effect<ReadonlyArray<Order>, BinanceError>
  /** By ascending trade id. Allocations are no trades. */
  readonly trades: (query: TradesQuery) => Effect.Effect<ReadonlyArray<Fill>, BinanceError>
  /** The fills of an order by smart order routing, by ascending allocation id. Empty on futures. */
  readonly allocations: (query: {
    readonly symbol: string
    readonly orderId: string
  }) => Effect.Effect<ReadonlyArray<Fill>, BinanceError>
  readonly balances: Effect.Effect<ReadonlyArray<Balance>, BinanceError>
  /** The positions that are not empty. Empty on spot. */
  readonly positions: Effect.Effect<ReadonlyArray<Position>, BinanceError>
  readonly modes: Effect.Effect<Modes, BinanceError>
}

// -----------------------------------------------------------------------------
// service
// -----------------------------------------------------------------------------

/**
 * The services that an account is made with, beside the stream of its product.
 *
 * @since 0.2.0
 * @category models
 */
export type Requirements = BinanceHttp | Credentials | Environment

/**
 * How an account is kept. Every option has a default.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options {
  /** Symbols to ask for besides those that orders, positions, balances and the stream name. */
  readonly symbols?: ReadonlyArray<string> | undefined
  /** How often REST is compared with the state though no gap is known. Default: 15 minutes, jittered. */
  readonly reconcileEvery?: Duration.DurationInput | undefined
  /**
   * The pauses of a recovery: before REST is asked, and before each time that it is asked again because its answers do not
   * fit together. It is asked again once at least. Default: 0, 1, 3, 10 and 30 seconds.
   */
  readonly confirmAfter?: ReadonlyArray<Duration.DurationInput> | undefined
  /** By how much the time of a gap is widened on both sides. Default: 5 seconds. */
  readonly overlap?: Duration.DurationInput | undefined
  /** After how long a triggered conditional order without an order is told. Default: 10 seconds. */
  readonly triggeringDeadline?: Duration.DurationInput | undefined
  /** How many elements each consumer may leave unread before the account waits for it. Default: 8192. */
  readonly buffer?: number | undefined
  /**
   * How the checkpoint is used. Only for `layerWithCheckpoint` and `makeWithCheckpoint`: without a store it is refused with
   * `InvalidOptions`.
   */
  readonly checkpoint?: Checkpoint.Options | undefined
}

/**
 * An element, and the checkpoint after it.
 *
 * @since 0.2.0
 * @category models
 */
export interface Committable<Element> {
  readonly element: Element
  /** The fills that the element tells for the first time. */
  readonly fills: ReadonlyArray<Fill>
  /** The checkpoint itself, for a transaction of your own. */
  readonly checkpoint: () => Checkpoint.Checkpoint
  /** Saves the checkpoint in the `CheckpointStore`. Does nothing in an account that is made without one. */
  readonly commit: Effect.Effect<void, Checkpoint.CheckpointError>
}

/**
 * One account of one product: its stream, mended, and what it adds up to.
 *
 * All consumers share one stream and one state. They start with the first of `elements`, `committable`, `forEach`,
 * `fills`, `changes` and `run`, and end with the last; meanwhile `state` is kept.
 *
 * @since 0.2.0
 * @category models
 */
export interface Account<Element> extends Reads {
  /**
   * All events and notices of the stream, in order. After `Opened` and `Resumed`, and before any later event, comes what
   * the gap hid, then a `Snapshot`.
   */
  readonly elements: Stream.Stream<Element | AccountElement, BinanceError>
  /** The same, each with its fills and the checkpoint after it. Saves nothing before `commit` is run. */
  readonly committable: Stream.Stream<Committable<Element | AccountElement>, BinanceError>
  /**
   * Hands each element of `elements` to a function, in order, until the stream fails. With a checkpoint, it moves past an
   * element when the effect that the function returned is done.
   */
  readonly forEach: <E = never, R = never>(
    handler: Handler<Element | AccountElement, E, R>
  ) => Effect.Effect<void, BinanceError | E, R>
  /** Each fill once, in order per symbol, recovered ones included. Saves no checkpoint: use `committable` over restarts. */
  readonly fills: Stream.Stream<Fill, BinanceError>
  /** The account now. `Stale` while nobody consumes it. */
  readonly state: Effect.Effect<State>
  /** The state now and after each change; a slow reader gets the newest. */
  readonly changes: Stream.Stream<State, BinanceError>
  /** Keeps the state until the stream fails, for programs that read nothing else. */
  readonly run: Effect.Effect<void, BinanceError>
  /** Reads everything again at once, and is done when the state is current. */
  readonly refresh: Effect.Effect<void, BinanceError>
}
