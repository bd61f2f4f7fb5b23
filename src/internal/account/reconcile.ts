import * as HashMap from "effect/HashMap"
import type { Diverged, RecoveredAlgoOrder, RecoveredFill, RecoveredOrder, Unrecovered } from "../../Account.js"
import type { Book, Doubt } from "./book.js"
import type { Fact } from "./fact.js"
import type { Fill } from "./model.js"
import type { Answered, Question } from "./question.js"

export interface Span {
  readonly from: number
  readonly to: number
}

/** All times in epoch ms on Binance's clock. */
export interface Start {
  /** As it was before the gap, or of a checkpoint, or empty. */
  readonly book: Book
  /** Absent: nothing was missed as far as is known. */
  readonly gap: Span | undefined
  /**
   * `Start`: the account as it is, and nothing from before. `Gap`, `Restart`: what was missed. `Check`: whether REST and
   * the book agree. `Doubt`: only what the doubts ask.
   */
  readonly kind: "Start" | "Gap" | "Restart" | "Check" | "Doubt"
  readonly product: "Spot" | "UsdFutures" | "CoinFutures"
  /** Symbols that the user names. */
  readonly symbols: ReadonlyArray<string>
  readonly overlap: number
  /** After how long a triggered algo order without an order is told. */
  readonly triggeringDeadline: number
  readonly doubts: ReadonlyArray<Doubt>
  readonly now: number
}

export interface Recovery {
  readonly start: Start
  readonly round: number
  readonly answers: HashMap.HashMap<Question, ReadonlyArray<{ readonly round: number; readonly answered: Answered }>>
}

/** The facts of the events that came since the stream is live again, an array per event. */
export type Buffered = ReadonlyArray<ReadonlyArray<Fact>>

export type Recovered = RecoveredOrder | RecoveredAlgoOrder | RecoveredFill | Unrecovered | Diverged

export interface Settled {
  /** In the order of their emission. */
  readonly elements: ReadonlyArray<Recovered>
  /** Before the buffered events are applied. */
  readonly book: Book
  /** Those of `elements`, for `fills`. */
  readonly fills: ReadonlyArray<Fill>
  /** What stays in doubt. */
  readonly doubts: ReadonlyArray<Doubt>
}

export const begin = (start: Start): Recovery => ({ start, round: 0, answers: HashMap.empty() })

/**
 * What is to be asked now. Answers may lead to more questions: ask and answer until there are none, then look at the
 * `verdict`.
 */
export const questions = (_recovery: Recovery, _buffered: Buffered): ReadonlyArray<Question> => []

export const answer = (recovery: Recovery, _answered: Answered): Recovery => recovery

/** Whether all answers fit together. If not: wait, then `again`. */
export const verdict = (_recovery: Recovery, _buffered: Buffered): "Agreed" | "AskAgain" => "Agreed"

/** The next round: what did not fit is asked again. */
export const again = (recovery: Recovery): Recovery => ({ ...recovery, round: recovery.round + 1 })

/**
 * The end of a recovery. The loop emits `elements`, then applies and emits the buffered events.
 *
 * `isLast`: what is still missing is inferred and marked, or said. Otherwise only what fits is recovered; that is how a
 * second gap ends the recovery of the first: emit what fits, apply and emit the buffered events, and begin again with the
 * book that this gives and `widen` of both gaps. Nothing comes twice, by identity.
 */
export const settle = (
  recovery: Recovery,
  _buffered: Buffered,
  _options: { readonly isLast: boolean; readonly now: number }
): Settled => ({ elements: [], book: recovery.start.book, fills: [], doubts: [] })

/** The span from the begin of the first gap to the end of the last. */
export const widen = (a: Span, b: Span): Span => ({ from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) })
