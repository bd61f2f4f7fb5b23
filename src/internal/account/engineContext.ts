import type * as Duration from "effect/Duration"
import type { AccountElement } from "../../Account.js"
import type { StreamNotice } from "../../StreamNotice.js"
import type { Consumers } from "./consumers.js"
import type { Fact } from "./fact.js"
import type { Inbox } from "./inbox.js"
import type * as Reconcile from "./reconcile.js"
import type { Recoveries } from "./recovery.js"
import type { AccountTelemetry } from "./telemetry.js"
import type { View } from "./view.js"

/** How an account behaves, with every default in its place. */
export interface Settings {
  readonly symbols: ReadonlyArray<string>
  readonly reconcileEvery: Duration.Duration
  /** In ms. */
  readonly overlap: number
  /** In ms. */
  readonly triggeringDeadline: number
}

/** What an account is kept with. */
export interface EngineContext<Event> extends Recoveries {
  readonly product: Reconcile.Start["product"]
  readonly settings: Settings
  readonly factsOf: (event: Event) => ReadonlyArray<Fact>
  readonly inbox: Inbox<Event>
  readonly consumers: Consumers<Event | StreamNotice | AccountElement>
  readonly telemetry: AccountTelemetry
  readonly view: View
  /** Whether the book is of an earlier run, so that the time since then is a gap. */
  readonly isRestart: boolean
}
