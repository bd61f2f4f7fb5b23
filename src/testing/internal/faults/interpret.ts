import type * as Fault from "./model.js"
import type { FrameFault } from "./waiting.js"

/**
 * What a read is made to tell.
 */
export interface Reading {
  /** How long ago it tells of, in ms. */
  readonly lag: number
  /** What becomes of the value of the answer. */
  readonly alter: (value: unknown) => unknown
}

export const truth: Reading = { lag: 0, alter: (value) => value }

/**
 * What becomes of a request: whether it takes effect, before or after the wait, and what is sent then.
 */
export interface Plan {
  readonly processed: "before" | "after" | "never"
  /** ms */
  readonly wait: number
  readonly reading: Reading
  readonly reply:
    | "right"
    | "truncated"
    | "empty"
    | "none"
    | "reset"
    | Extract<Fault.Answer, { readonly _tag: "Status" }>
}

const plan = (reply: Plan["reply"], processed: Plan["processed"], wait = 0): Plan => ({
  processed,
  wait,
  reading: truth,
  reply
})

const ofRows = (change: (rows: ReadonlyArray<unknown>) => ReadonlyArray<unknown>) => (value: unknown) =>
  Array.isArray(value) ? change(value) : value

const reads = (reading: Partial<Reading>): Plan => ({ ...unharmed, reading: { ...truth, ...reading } })

const isOf = (orderId: string) => (row: unknown) =>
  typeof row === "object" &&
  row !== null &&
  (("orderId" in row && String(row.orderId) === orderId) || ("algoId" in row && String(row.algoId) === orderId))

const unharmed = plan("right", "before")

export const planOf = (fault: Fault.Answer | undefined): Plan => {
  if (fault === undefined) {
    return unharmed
  }
  switch (fault._tag) {
    case "Status":
      return plan(fault, fault.processed ? "before" : "never")
    case "Slow":
      return plan("right", fault.processed, fault.by)
    case "Never":
      return plan("none", fault.processed ? "before" : "never")
    case "Reset":
      return plan("reset", fault.processed ? "before" : "never")
    case "Truncated":
      return plan("truncated", "before")
    case "Empty":
      return plan("empty", "before")
    case "Lag":
      return reads({ lag: fault.by })
    case "Lack": {
      const isLacking = isOf(fault.orderId)
      return reads({ alter: ofRows((rows) => rows.filter((row) => !isLacking(row))) })
    }
    case "CutPage":
      return reads({ alter: ofRows((rows) => rows.slice(0, fault.rows)) })
  }
}

export const firstHalf = (text: string): string => text.slice(0, Math.floor(text.length / 2))

/**
 * What is sent instead of an event.
 */
export interface Transmission {
  readonly frames: ReadonlyArray<string>
  /** ms */
  readonly delay: number
  /** Whether the event arrives whole. */
  readonly isWhole: boolean
}

export const transmissionOf = (fault: FrameFault | undefined, frame: string): Transmission => {
  if (fault === undefined) {
    return { frames: [frame], delay: 0, isWhole: true }
  }
  if (fault._tag === "DelayFrames") {
    return { frames: [frame], delay: fault.by, isWhole: true }
  }
  switch (fault.change) {
    case "Duplicate":
      return { frames: [frame, frame], delay: 0, isWhole: true }
    case "Garbage":
      return { frames: ["\u0000\u0001 not JSON {", frame], delay: 0, isWhole: true }
    case "Truncate":
      return { frames: [firstHalf(frame)], delay: 0, isWhole: false }
    case "Lose":
      return { frames: [], delay: 0, isWhole: false }
  }
}
