import type * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Product } from "../../Environment.js"
import type { Open } from "../connection/connection.js"
import type { Frame } from "../decoder/frame.js"

/** What a product provides to its sessions. */
export interface Source<Event> {
  readonly product: Product
  /** Run once for each session, in its scope. */
  readonly open: Effect.Effect<Open, never, Scope.Scope>
  /** `undefined` for a frame that is no event. Never throws. */
  readonly decode: (frame: Frame) => Event | undefined
  /** The documented interval of the server's pings, in ms. */
  readonly pingInterval: number
}

/** All durations in ms. */
export interface Settings {
  readonly reconnect: Schedule.Schedule<unknown>
  readonly stableAfter: number
  readonly rolloverAge: number
  readonly rolloverJitter: number
  readonly overlap: number
  readonly probeAfter: number
  readonly deadline: number
  readonly pingDeadline: number
  readonly buffer: { readonly elements: number; readonly bytes: number }
}
