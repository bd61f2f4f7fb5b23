import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { BinanceError } from "../../../BinanceError.js"
import { isFromBinance } from "../../http/answer.js"
import type { Line, LoggedOn } from "../../webSocketApi/loggedOn.js"
import type { Parameters } from "../../webSocketApi/model.js"

/** A read as the WebSocket API takes it. */
export interface Ask<A, I> {
  readonly method: string
  readonly query: { readonly [name: string]: string | undefined } | undefined
  readonly response: Schema.Schema<A, I>
}

/** Parameters that are numbers there, of any size. */
const integers: ReadonlySet<string> = new Set([
  "orderId",
  "fromId",
  "fromAllocationId",
  "startTime",
  "endTime",
  "limit"
])

const parametersOf = (query: Ask<unknown, unknown>["query"] = {}): Parameters =>
  Object.fromEntries(
    Object.entries(query).map(([name, value]) => [
      name,
      value !== undefined && integers.has(name) && /^\d+$/.test(value) ? BigInt(value) : value
    ])
  )

/** Binance has forgotten the logon, or has no such method in this environment. */
const codesOfConnection: ReadonlySet<number | undefined> = new Set([-1193, -1020])

/** Whether an error says nothing about the read itself, which REST may still answer. */
const isOfConnection = (error: BinanceError): boolean =>
  !isFromBinance(error) || ("code" in error && codesOfConnection.has(error.code))

/** The weight that Binance counted in this minute, as the last answer has it. */
const usedWeight = ({ rateLimits }: Line) =>
  Effect.map(
    rateLimits,
    (limits) =>
      limits.find(
        ({ interval, intervalNum, rateLimitType }) =>
          rateLimitType === "REQUEST_WEIGHT" && interval === "MINUTE" && intervalNum === 1
      )?.count
  )

/** Asks a connection that is logged on, where there is one; REST where there is none, or it cannot answer. */
export const orRest = <A, I>(
  { method, query, response }: Ask<A, I>,
  rest: Effect.Effect<A, BinanceError>,
  options: {
    readonly loggedOn: LoggedOn
    /** Called with what Binance has counted. */
    readonly onUsed: (weight: number) => Effect.Effect<void>
  }
): Effect.Effect<A, BinanceError> =>
  Effect.gen(function* () {
    const line = yield* options.loggedOn.current
    if (line === undefined) {
      return yield* rest
    }
    const noteUsed = Effect.flatMap(usedWeight(line), (used) =>
      used === undefined ? Effect.void : options.onUsed(used)
    )
    return yield* line.request({ method, params: parametersOf(query), result: response }).pipe(
      Effect.ensuring(noteUsed),
      Effect.catchIf(isOfConnection, () => rest)
    )
  })
