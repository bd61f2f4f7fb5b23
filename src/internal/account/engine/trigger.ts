import type * as Deferred from "effect/Deferred"
import type { Doubt } from "../book/book.js"
import type * as Reconcile from "../reconcile/reconcile.js"

/** Why REST is asked. */
export interface Trigger {
  /** `Confirm` is a check soon after a recovery: REST may have been behind, so what it finds is no surprise. */
  readonly kind: Reconcile.Start["kind"] | "Confirm"
  /** On the local clock. */
  readonly gap?: { readonly from: number; readonly to: number } | undefined
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
