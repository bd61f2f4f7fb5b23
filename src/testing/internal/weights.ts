/** Weight per minute and IP. */
const limits = { spot: 6000, futures: 2400, options: 400, portfolioMargin: 6000, sapi: 12000 }

export type Pool = keyof typeof limits

/**
 * The weight that requests have used in the running minute.
 */
export class Weights {
  private readonly pools = new Map<Pool, { readonly minute: number; used: number }>()

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
