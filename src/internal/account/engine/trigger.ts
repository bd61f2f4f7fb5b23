import type * as Deferred from "effect/Deferred"
import type { Doubt } from "../book/book.js"
import type * as Reconcile from "../reconcile/reconcile.js"

/** A span of time on Binance's clock, by what is known of that clock: it may be told only while REST is asked. */
export type Missed = (known: {
  readonly agreedAt: number
  /** When the recovery began. */
  readonly now: number
  /** By how many ms Binance's clock is ahead. */
  readonly offset: number
}) => Reconcile.Span

/** All since REST and the book agreed last. */
export const sinceAgreed: Missed = ({ agreedAt, now }) => ({ from: agreedAt, to: now })

/** A gap of the local clock. */
export const between =
  ({ from, to }: Reconcile.Span): Missed =>
  ({ offset }) => ({ from: from + offset, to: to + offset })

/** Why REST is asked. */
export interface Trigger {
  /** `Confirm` is a check soon after a recovery: REST may have been behind, so what it finds is no surprise. */
  readonly kind: Reconcile.Start["kind"] | "Confirm"
  /** In which something was missed. Absent: nothing was, as far as is known. */
  readonly gap?: Missed | undefined
  /** Symbols that may have been traded in it, besides those that are named. */
  readonly symbols?: ReadonlyArray<string> | undefined
  readonly doubts?: ReadonlyArray<Doubt> | undefined
  /** While REST cannot be read it is put off: events wait for the end of a recovery. */
  readonly canWait?: true | undefined
  /** In words, for the phase and the log. */
  readonly why: string
}

/** Time to ask REST although the stream says nothing. */
export class Due {
  constructor(
    readonly trigger: Trigger,
    readonly done?: Deferred.Deferred<void>
  ) {}
}
