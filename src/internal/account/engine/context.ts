import type { AccountElement } from "../../../Account.js"
import type { StreamNotice } from "../../../StreamNotice.js"
import type { Fact } from "../book/fact.js"
import type { AccountReads } from "../reads/reads.js"
import type * as Reconcile from "../reconcile/reconcile.js"
import type { Consumers } from "./consumers.js"
import type { Inbox } from "./inbox.js"
import type { Settings } from "./settings.js"
import type { AccountTelemetry } from "./telemetry.js"
import type { View } from "./view.js"

/** What an account is kept with. */
export interface EngineContext<Event> {
  readonly product: Reconcile.Start["product"]
  readonly settings: Settings
  readonly reads: AccountReads
  readonly factsOf: (event: Event) => ReadonlyArray<Fact>
  readonly inbox: Inbox<Event>
  readonly consumers: Consumers<Event | StreamNotice | AccountElement>
  readonly telemetry: AccountTelemetry
  readonly view: View
  /** Whether the book is of an earlier run, so that the time since then is a gap. */
  readonly isRestart: boolean
}
