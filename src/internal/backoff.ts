import type * as Duration from "effect/Duration"
import * as Schedule from "effect/Schedule"

/** Starts at a second, doubles, and never waits longer than `longest`; jittered, without end. */
export const upTo = (longest: Duration.DurationInput) =>
  Schedule.exponential("1 second").pipe(Schedule.union(Schedule.spaced(longest)), Schedule.jittered)
