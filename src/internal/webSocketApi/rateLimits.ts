import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Answer } from "./envelope.js"
import { RateLimit } from "./model.js"

const decodeRateLimits = Schema.decodeUnknownOption(Schema.Array(RateLimit))

/** The rate limits and their usage, from the latest answers. */
export const make = () => {
  const limits = new Map<string, RateLimit>()
  return {
    onAnswer: (answer: Answer): void => {
      for (const limit of Option.getOrElse(decodeRateLimits(answer.rateLimits), () => [])) {
        limits.set(`${limit.rateLimitType} ${limit.intervalNum} ${limit.interval}`, limit)
      }
    },
    current: (): ReadonlyArray<RateLimit> => Array.from(limits.values())
  }
}
