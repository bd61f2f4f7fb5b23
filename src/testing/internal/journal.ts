import type { RequestRecord as Observed, Violation } from "./simulated/observed.js"

/** A request whose outcome may still come. */
export interface RequestRecord extends Omit<Observed, "outcome"> {
  outcome: string
}

/**
 * What clients did: names and numbers, never values.
 */
export class Journal {
  readonly requests: Array<RequestRecord> = []
  readonly violations: Array<Violation> = []
  readonly connects: Array<number> = []
  refusedConnects = 0
  pingsSent = 0
  pongsReceived = 0
  pingsReceived = 0
  framesReceived = 0
  eventsSent = 0

  constructor(readonly now: () => number) {}

  request(record: Omit<RequestRecord, "at" | "outcome">): RequestRecord {
    const entry = { ...record, at: this.now(), outcome: "pending" }
    this.requests.push(entry)
    return entry
  }

  violation(kind: string, detail: string) {
    this.violations.push({ at: this.now(), kind, detail })
  }
}
