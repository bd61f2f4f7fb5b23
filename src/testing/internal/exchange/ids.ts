/**
 * Ids that grow.
 */
export class Ids {
  private readonly lasts = new Map<string, bigint>()

  constructor(private readonly first: bigint) {}

  /** The next one of a kind, for example of the orders of a symbol. */
  next(kind: string): bigint {
    const last = this.lasts.get(kind)
    const next = last === undefined ? this.first : last + 1n
    this.lasts.set(kind, next)
    return next
  }
}
