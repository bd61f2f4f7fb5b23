import type * as Effect from "effect/Effect"
import type { Range, Reads } from "../../../Account.js"
import type { BinanceError } from "../../../BinanceError.js"
import type { Turns } from "../../http/turns.js"

/**
 * The reads of an account, and what a recovery needs besides. Each makes one call at a time, so that a recovery that runs
 * four of them at once has four calls in flight.
 */
export interface AccountReads extends Reads {
  /** The symbols on which something happened in a span of time, as far as the product can tell. */
  readonly symbols: (range: Range) => Effect.Effect<ReadonlyArray<string>, BinanceError>
  /** Epoch ms on Binance's clock, as far as it is known. */
  readonly now: Effect.Effect<number>
  /** How far back Binance remembers trades and orders, in ms. Absent: no end is known. */
  readonly memory: number | undefined
  /** Runs recoveries one at a time, over all accounts whose weight Binance counts together. */
  readonly inTurn: Turns
}
