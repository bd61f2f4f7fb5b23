import type * as HashMap from "effect/HashMap"
import type { Diverged, RecoveredAlgoOrder, RecoveredFill, RecoveredOrder, Unrecovered } from "../../../Account.js"
import type { Book, Doubt } from "../book/book.js"
import type { Fact } from "../book/fact.js"
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
  /** After how long a triggered algo order without an order is reported. */
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
  /** Whether there is more to say than that the book stands. */
  readonly isNews: boolean
  /** In the order of their emission. */
  readonly elements: ReadonlyArray<Recovered>
  /** Of each element: what is known when it was handled, and nothing after it. For checkpoints. */
  readonly books: ReadonlyArray<Book>
  /** Before the buffered events are applied. */
  readonly book: Book
  /** Symbols to look at once more: REST may have been behind. */
  readonly untold: ReadonlyArray<string>
  /** Why a list of which the state consists could not be read: it is not known to be right then. */
  readonly unread: string | undefined
}
