import * as HashMap from "effect/HashMap"
import * as HashSet from "effect/HashSet"
import * as Schema from "effect/Schema"
import { AlgoOrder, Balance, type Fill, Modes, Order, Position } from "./model.js"
import * as Recent from "./recent.js"

const Texts = <A, I>(value: Schema.Schema<A, I>) => Schema.HashMap({ key: Schema.String, value })

/** The largest ids that were seen of a symbol: both grow per symbol. */
export const Watermark = Schema.Struct({
  tradeId: Schema.optional(Schema.String),
  orderId: Schema.optional(Schema.String)
})

export interface Watermark extends Schema.Schema.Type<typeof Watermark> {}

/** What another event has to complete until `dueAt`, in epoch ms on Binance's clock. Otherwise REST is asked. */
export const Awaited = Schema.Union(
  Schema.TaggedStruct("Fill", { symbol: Schema.String, orderId: Schema.String, dueAt: Schema.JsonNumber }),
  Schema.TaggedStruct("Balance", { asset: Schema.String, time: Schema.JsonNumber, dueAt: Schema.JsonNumber }),
  Schema.TaggedStruct("Trigger", { symbol: Schema.String, algoId: Schema.String, dueAt: Schema.JsonNumber })
)

export type Awaited = typeof Awaited.Type

/** Fills that follow from sums and from no row, as at a start: rows of them that come later are no new fills. */
export const Inferred = Schema.Struct({
  /** What of them no row has shown yet. */
  quantity: Schema.String,
  /** The sum of the order's fills up to which they reach. */
  upTo: Schema.String,
  /** The time up to which they reach, if it is known. */
  until: Schema.optional(Schema.JsonNumber)
})

export interface Inferred extends Schema.Schema.Type<typeof Inferred> {}

/** An account as far as it is known: JSON for a checkpoint by its schema. Every change copies only what it touches. */
export const Book = Schema.Struct({
  version: Schema.Literal(1),
  /** When REST and the book agreed last, in epoch ms on Binance's clock. */
  agreedAt: Schema.JsonNumber,
  /** The open orders, by `orderKey`. */
  orders: Texts(Order),
  /** Orders closed lately: late events and rows do not open them again. */
  closed: Recent.Recent(Order),
  /** Of orders whose sum is larger than that of their known fills: by how much. */
  uncounted: Texts(Schema.String),
  /** Fills that were inferred or are from before the start, by `orderKey`. */
  inferred: Recent.Recent(Inferred),
  /** By algo id. */
  algoOrders: Texts(AlgoOrder),
  closedAlgoOrders: Recent.Recent(AlgoOrder),
  /** From an order, by its id or its client id, to the algo order that it may have come from. */
  algoLinks: Texts(Schema.String),
  /** Algo orders that triggered without an order and were reported. */
  reported: Schema.HashSet(Schema.String),
  balances: Texts(Balance),
  /** By `positionKey`. */
  positions: Texts(Position),
  /** When a position became empty. */
  flat: Texts(Schema.JsonNumber),
  modes: Modes,
  /** By symbol. */
  watermarks: Texts(Watermark),
  /** Identities of the fills of the last minutes and since `agreedAt`, and their times. */
  fills: Recent.Recent(Schema.JsonNumber),
  /** When a symbol was filled last, while no balance has come that the fill moved. */
  unsettled: Texts(Schema.JsonNumber),
  awaited: Texts(Awaited)
})

/** An account as far as it is known. */
export interface Book extends Schema.Schema.Type<typeof Book> {}

/** What the book cannot explain by itself: REST has to be asked. */
export type Doubt =
  /** The sum of an order's fills is larger than that of those that are known. */
  | { readonly _tag: "MissingFills"; readonly symbol: string; readonly orderId: string }
  /** An algo order triggered, and no order is known that it became. */
  | { readonly _tag: "Triggering"; readonly symbol: string; readonly algoId: string; readonly since: number }
  /** An order ended in two ways. */
  | { readonly _tag: "Contradiction"; readonly symbol: string; readonly orderId: string; readonly was: string }
  /** A balance moved, or has two values at one time. */
  | { readonly _tag: "Balance"; readonly asset: string }
  /** A position has two values at one time. */
  | { readonly _tag: "Position"; readonly symbol: string }

export interface Applied {
  readonly book: Book
  /** Those that were not known before. */
  readonly fills: ReadonlyArray<Fill>
  readonly doubts: ReadonlyArray<Doubt>
}

/** A book that knows nothing. Fills from before `at`, in epoch ms on Binance's clock, are not missing in it. */
export const empty = (at: number): Book => ({
  version: 1,
  agreedAt: at,
  orders: HashMap.empty(),
  closed: Recent.empty(0),
  uncounted: HashMap.empty(),
  inferred: Recent.empty(0),
  algoOrders: HashMap.empty(),
  closedAlgoOrders: Recent.empty(0),
  algoLinks: HashMap.empty(),
  reported: HashSet.empty(),
  balances: HashMap.empty(),
  positions: HashMap.empty(),
  flat: HashMap.empty(),
  modes: { leverage: HashMap.empty(), marginType: HashMap.empty() },
  watermarks: HashMap.empty(),
  fills: Recent.empty(at),
  unsettled: HashMap.empty(),
  awaited: HashMap.empty()
})
