import { refuse } from "../refusal.js"
import { integer, millis } from "./parameters.js"
import type { Parameters } from "./venue.js"

/**
 * Which rows of a history a call may ask for.
 */
export interface Rules {
  readonly defaultLimit: number
  readonly maxLimit: number
  /** The largest span of time, in ms. */
  readonly window?: number | undefined
  /** The code and message where the span is larger. */
  readonly tooWide?: { readonly code: number; readonly msg: string } | undefined
  /** How far back rows go if no time is asked for, in ms. */
  readonly defaultSpan?: number | undefined
  /** The parameter that asks for ids from a number on. */
  readonly idName?: string | undefined
}

const limitOf = (parameters: Parameters, { defaultLimit, maxLimit }: Rules): number => {
  const limit = millis(parameters, "limit")
  if (limit === 0) {
    return refuse(400, -1130, "Data sent for parameter 'limit' is not valid.")
  }
  return Math.min(limit ?? defaultLimit, maxLimit)
}

const checkTimes = (start: number | undefined, end: number | undefined, rules: Rules) => {
  if (start === undefined || end === undefined) {
    return
  }
  if (start > end) {
    refuse(400, -1023, "Start time is greater than end time.")
  }
  if (rules.window !== undefined && end - start > rules.window) {
    const { code, msg } = rules.tooWide ?? { code: -1127, msg: "Lookup interval is too big." }
    refuse(400, code, msg)
  }
}

/**
 * The rows of a history that a request asks for, oldest first.
 */
export const select = <A>(
  rows: ReadonlyArray<A>,
  parameters: Parameters,
  rules: Rules,
  of: { readonly id: (row: A) => bigint; readonly time: (row: A) => number; readonly now: number }
): ReadonlyArray<A> => {
  const limit = limitOf(parameters, rules)
  const from = rules.idName === undefined ? undefined : integer(parameters, rules.idName)
  const start = millis(parameters, "startTime")
  const end = millis(parameters, "endTime")
  checkTimes(start, end, rules)
  if (from !== undefined) {
    return rows.filter((row) => of.id(row) >= from).slice(0, limit)
  }
  const span = rules.defaultSpan
  const earliest = start ?? (span === undefined ? Number.NEGATIVE_INFINITY : (end ?? of.now) - span)
  const within = rows.filter((row) => of.time(row) >= earliest && of.time(row) <= (end ?? Number.POSITIVE_INFINITY))
  return start === undefined ? within.slice(-limit) : within.slice(0, limit)
}
