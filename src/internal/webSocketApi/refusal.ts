import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type BinanceError, ClockSkew } from "../../BinanceError.js"
import { Millis } from "../epoch.js"
import { toError } from "../http/answer.js"
import type { Answer } from "./envelope.js"

const decodeData = Schema.decodeUnknownOption(
  Schema.Struct({ serverTime: Schema.optional(Millis), retryAfter: Schema.optional(Millis) })
)

export const isSuccess = (answer: Answer): boolean =>
  answer.id !== null && answer.error === undefined && answer.status >= 200 && answer.status < 300

/** Converts a refusal to an error. Its times are on the local clock. */
export const toBinanceError = (
  answer: Answer,
  operation: string,
  { now, scrub }: { readonly now: number; readonly scrub: (text: string) => string }
): BinanceError => {
  const { retryAfter, serverTime } = Option.getOrElse(decodeData(answer.error?.data), () => ({
    retryAfter: undefined,
    serverTime: undefined
  }))
  const error = toError({
    operation,
    status: answer.status,
    code: answer.error?.code,
    msg: scrub(answer.error?.msg ?? ""),
    retryAt: retryAfter === undefined || serverTime === undefined ? retryAfter : now + retryAfter - serverTime,
    now
  })
  if (error._tag !== "ClockSkew" || serverTime === undefined) {
    return error
  }
  const { code, msg, status } = error
  return new ClockSkew({ operation, status, code, msg, serverTime })
}
