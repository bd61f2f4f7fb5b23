/** Weight per minute: of an IP, and of `sapiUid` of an account. */
const limits = { spot: 6000, futures: 2400, options: 400, portfolioMargin: 6000, sapi: 12_000, sapiUid: 180_000 }

export type Pool = keyof typeof limits

/** Why a request is refused, and for how many seconds. */
export interface Excess {
  readonly status: 429 | 418
  readonly msg: string
  readonly retryAfter: number
}

/** A client that waits as it is told gets fewer refusals in a minute. */
const patience = 10

/** The first ban, in ms; each further one is twice as long, up to three days. */
const shortestBan = 2 * 60_000
const longestBan = 3 * 24 * 60 * 60_000

/** Whose limit it is, in the messages that say so. */
const owners: { readonly [P in Pool]?: string } = {
  futures: "IP(127.0.0.1)",
  portfolioMargin: "IP(127.0.0.1)",
  sapi: "IP",
  sapiUid: "UID"
}

const tooMuch = (pool: Pool): string =>
  pool in owners
    ? `Too many requests; current limit of ${owners[pool]} is ${limits[pool]} requests per minute. Please use the websocket for live updates to avoid polling the API.`
    : `Too much request weight used; current limit is ${limits[pool]} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`

const banned = (until: number): string =>
  `Way too much request weight used; IP banned until ${until}. Please use WebSocket Streams for live updates to avoid bans.`

interface Ban {
  until: number
  next: number
  minute: number
  refusals: number
}

/**
 * The weight that requests have used in the running minute, and who went on beyond it.
 */
export class Weights {
  private readonly pools = new Map<Pool, { readonly minute: number; used: number }>()
  private readonly bans = new Map<Pool, Ban>()

  constructor(private readonly now: () => number) {}

  /** Counts weight, and tells whether it is within the limit, and whether it is the first that is not. */
  use(pool: Pool, weight: number): { readonly isWithin: boolean; readonly isFirstBeyond: boolean } {
    const minute = this.minute()
    let current = this.pools.get(pool)
    if (current === undefined || current.minute !== minute) {
      current = { minute, used: 0 }
      this.pools.set(pool, current)
    }
    const wasWithin = current.used <= limits[pool]
    current.used += weight
    const isWithin = current.used <= limits[pool]
    return { isWithin, isFirstBeyond: wasWithin && !isWithin }
  }

  /** The refusal of a request while its IP is banned. */
  ban(pool: Pool): Excess | undefined {
    const until = this.bans.get(pool)?.until ?? 0
    const left = until - this.now()
    return left <= 0 ? undefined : { status: 418, msg: banned(until), retryAfter: Math.ceil(left / 1000) }
  }

  /** The refusal of a request beyond the limit. Who does not wait is banned. */
  refuse(pool: Pool): Excess {
    const now = this.now()
    const minute = this.minute()
    const ban = this.bans.get(pool) ?? { until: 0, next: shortestBan, minute, refusals: 0 }
    this.bans.set(pool, ban)
    ban.refusals = ban.minute === minute ? ban.refusals + 1 : 1
    ban.minute = minute
    if (ban.refusals > patience) {
      ban.until = now + ban.next
      ban.next = Math.min(2 * ban.next, longestBan)
      ban.refusals = 0
    }
    return (
      this.ban(pool) ?? { status: 429, msg: tooMuch(pool), retryAfter: Math.ceil((60_000 - (now % 60_000)) / 1000) }
    )
  }

  used(pool: Pool): number {
    const current = this.pools.get(pool)
    return current !== undefined && current.minute === this.minute() ? current.used : 0
  }

  limit(pool: Pool): number {
    return limits[pool]
  }

  private minute(): number {
    return Math.floor(this.now() / 60_000)
  }
}
