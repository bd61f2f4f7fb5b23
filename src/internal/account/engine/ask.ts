import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type { BinanceError } from "../../../BinanceError.js"
import * as Backoff from "../../backoff.js"
import { isTooLong } from "../reads/listing.js"
import type { AccountReads } from "../reads/reads.js"
import type { Answered, Question } from "../reconcile/question.js"

/** As much of a span as Binance remembers: what is before it is reported as forgotten. */
const remembered = <S extends { readonly from: number }>({ memory }: AccountReads, span: S, now: number): S =>
  memory === undefined ? span : { ...span, from: Math.max(span.from, now - memory) }

/** Puts a question to REST. */
const rowsOf = (reads: AccountReads, question: Question, now: number): Effect.Effect<unknown, BinanceError> => {
  switch (question._tag) {
    case "OpenOrders":
      return reads.openOrders()
    case "OpenAlgoOrders":
      return reads.openAlgoOrders()
    case "Balances":
      return reads.balances
    case "Positions":
      return reads.positions
    case "Modes":
      return reads.modes
    case "Order":
      return Effect.map(reads.order(question), Option.getOrUndefined)
    case "AlgoOrder":
      return Effect.map(reads.algoOrder(question), Option.getOrUndefined)
    case "Orders":
      return reads.orders(remembered(reads, question, now))
    case "TradesBetween":
      return reads.trades(remembered(reads, question, now))
    case "TradesFrom":
    case "TradesOf":
      return reads.trades(question)
    case "AllocationsOf":
      return reads.allocations(question)
    case "Symbols":
      return reads.symbols(remembered(reads, question, now))
  }
}

/** What Binance will never answer, however often it is asked: a removed symbol, a range that it has forgotten. */
const isRefusal = (error: BinanceError): boolean => error._tag === "BadRequest" && !error.isRetryable

/** A span that is short and refused for its length may be answered soon; taken for a refusal, it would hide fills. */
const persistence = Schedule.intersect(Backoff.upTo("8 seconds"), Schedule.recurs(4))

/** Asks until there is an answer: rows, or a refusal. Fails with what no waiting can mend. */
export const ask = (reads: AccountReads, question: Question): Effect.Effect<Answered, BinanceError> =>
  Effect.gen(function* () {
    const askedAt = yield* reads.now
    const answer = yield* rowsOf(reads, question, askedAt).pipe(
      Effect.retry({ schedule: persistence, while: isTooLong }),
      Effect.map((rows) => ({ _tag: "Rows", rows }) as const),
      Effect.catchIf(isRefusal, (error) => Effect.succeed({ _tag: "Refused", reason: error.message } as const))
    )
    return { question, answer, askedAt, answeredAt: yield* reads.now } as Answered
  })
