import type { Clocks } from "../clock.js"
import type * as Telemetry from "../telemetry.js"
import type { Broadcast } from "./broadcast.js"
import type { Connecting } from "./connecting.js"
import type { Delivery } from "./delivery.js"
import type { Settings, Source } from "./settings.js"
import type { Tracker } from "./status.js"
import type { Warnings } from "./warnings.js"

/** The parts of a session. */
export interface Session<Event> {
  readonly source: Source<Event>
  readonly settings: Settings
  readonly clocks: Clocks
  readonly broadcast: Broadcast<Event>
  readonly delivery: Delivery<Event>
  readonly telemetry: Telemetry.Telemetry
  readonly tracker: Tracker
  readonly warnings: Warnings
}

/** The same, once it can make connections. */
export interface Started<Event> extends Session<Event> {
  readonly connecting: Connecting
}
