import type * as Schema from "effect/Schema"
import { event, optional, Secret } from "./field.js"

/**
 * The listen key has expired or was closed. No more events arrive, although the socket stays open.
 *
 * @since 0.1.0
 * @category control events
 */
export const ListenKeyExpired = /* @__PURE__ */ event("ListenKeyExpired", "listenKeyExpired", {
  /** `listenKey`: the listen key. Some products leave it out. */
  listenKey: /* @__PURE__ */ optional("listenKey", Secret)
})

export interface ListenKeyExpired extends Schema.Schema.Type<typeof ListenKeyExpired> {}

/**
 * The subscription has ended: its listen token expired, it was unsubscribed, or the session was logged out.
 *
 * @since 0.1.0
 * @category control events
 */
export const EventStreamTerminated = /* @__PURE__ */ event("EventStreamTerminated", "eventStreamTerminated", {})

export interface EventStreamTerminated extends Schema.Schema.Type<typeof EventStreamTerminated> {}

/**
 * The server of this connection shuts down soon.
 *
 * @since 0.1.0
 * @category control events
 */
export const ServerShutdown = /* @__PURE__ */ event("ServerShutdown", "serverShutdown", {})

export interface ServerShutdown extends Schema.Schema.Type<typeof ServerShutdown> {}
