export interface RequestRecord {
  readonly at: number
  readonly endpoint: string
  readonly method: string
  readonly path: string
  readonly parameters: ReadonlyArray<string>
  readonly headers: ReadonlyArray<string>
  outcome: string
}

export interface Violation {
  readonly at: number
  readonly kind: string
  readonly detail: string
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
