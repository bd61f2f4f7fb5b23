import * as Data from "effect/Data"
import type { AlgoOrder, Balance, Fill, Modes, Order, Position } from "../book/model.js"

/** What a recovery asks of REST. Each is one call, or one that is paged to its end. */
export type Question = Data.TaggedEnum<{
  OpenOrders: {}
  OpenAlgoOrders: {}
  Balances: {}
  Positions: {}
  Modes: {}
  /** One order, known to have been open. */
  Order: { readonly symbol: string; readonly orderId: string }
  AlgoOrder: { readonly symbol: string; readonly algoId: string }
  /** All orders of a span of time: of one symbol, or of all where the product has such a call. */
  Orders: { readonly symbol: string | undefined; readonly from: number; readonly to: number }
  /** The trades of a symbol from an id on; of a span of time where no id is known. */
  TradesFrom: { readonly symbol: string; readonly fromId: string }
  TradesBetween: { readonly symbol: string; readonly from: number; readonly to: number }
  /** All trades of one order. */
  TradesOf: { readonly symbol: string; readonly orderId: string }
  /** All fills of one order by smart order routing, on spot. */
  AllocationsOf: { readonly symbol: string; readonly orderId: string }
  /** The symbols on which money moved in a span of time (`income`). None where the product has no such call. */
  Symbols: { readonly from: number; readonly to: number }
}>

export const Question = Data.taggedEnum<Question>()

/** What REST answered, for each kind of question. */
export interface Answers {
  readonly OpenOrders: ReadonlyArray<Order>
  readonly OpenAlgoOrders: ReadonlyArray<AlgoOrder>
  readonly Balances: ReadonlyArray<Balance>
  readonly Positions: ReadonlyArray<Position>
  readonly Modes: Modes
  /** `undefined`: not known there. */
  readonly Order: Order | undefined
  readonly AlgoOrder: AlgoOrder | undefined
  readonly Orders: ReadonlyArray<Order>
  readonly TradesFrom: ReadonlyArray<Fill>
  readonly TradesBetween: ReadonlyArray<Fill>
  readonly TradesOf: ReadonlyArray<Fill>
  readonly AllocationsOf: ReadonlyArray<Fill>
  readonly Symbols: ReadonlyArray<string>
}

/** A question and its answer. `Refused`: REST will never answer this (a removed symbol, a range before its memory). */
export type Answered = {
  readonly [Q in Question["_tag"]]: {
    readonly question: Extract<Question, { readonly _tag: Q }>
    readonly answer:
      | { readonly _tag: "Rows"; readonly rows: Answers[Q] }
      | { readonly _tag: "Refused"; readonly reason: string }
    /** When the question was sent and answered, in epoch ms on Binance's clock. */
    readonly askedAt: number
    readonly answeredAt: number
  }
}[Question["_tag"]]
