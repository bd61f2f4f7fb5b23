import { millis } from "../exchange/parameters.js"
import { refuse } from "../refusal.js"
import type { Context } from "./call.js"

const day = 24 * 60 * 60 * 1000

/**
 * The rows of a record that comes in pages, newest first, and how many there are.
 */
export const paged = <A extends { readonly time: number }>(
  rows: ReadonlyArray<A>,
  { parameters, readTime }: Context,
  row: (of: A) => unknown,
  /** The largest span of time. */
  days = 30
) => {
  const end = millis(parameters, "endTime") ?? readTime
  const start = millis(parameters, "startTime") ?? end - Math.min(days, 7) * day
  if (start > end || end - start > days * day) {
    refuse(400, -3011, "Your input date is invalid.")
  }
  const size = Math.min(millis(parameters, "size") ?? 10, 100)
  const first = ((millis(parameters, "current") ?? 1) - 1) * size
  const within = rows.filter(({ time }) => time >= start && time <= Math.min(end, readTime)).reverse()
  return { rows: within.slice(first, first + size).map(row), total: within.length }
}
