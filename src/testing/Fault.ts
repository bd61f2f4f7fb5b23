/**
 * What can go wrong at the simulated Binance, on demand: `SimulatedBinance.inject(Fault.dropSockets())`.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import type { Fault, Owner, Refusal, Scope, Sockets } from "./internal/faults/model.js"

export type { Answer, Fault, Owner, Refusal, Scope, Sockets } from "./internal/faults/model.js"
export {
  backendTimeout,
  banned,
  cutPage,
  emptyBody,
  errorAnswer,
  forbidden,
  gone,
  inactiveAccount,
  invalidListenKey,
  lackingOrder,
  laggingRead,
  never,
  overloaded,
  rateLimited,
  refusedWindow,
  reset,
  serverError,
  slow,
  truncatedBody,
  unauthorized
} from "./internal/faults/requests.js"

/**
 * The next WebSocket connects are refused: with a status (403, 418, 429, 503 ...), by a reset, or by never answering.
 * `path` is how the path of the connect begins.
 *
 * @since 0.1.0
 * @category sockets
 */
export const refuseConnects = (
  refusal: Refusal,
  options: Pick<Scope, "times" | "for"> & {
    readonly path?: string | undefined
    readonly retryAfter?: number | undefined
  } = {}
): Fault => ({
  _tag: "Connect",
  refusal,
  retryAfter: options.retryAfter,
  scope: { times: options.times, for: options.for },
  path: options.path
})

/**
 * Sockets end: without a close frame (1006, the default), or with a close frame of another code.
 *
 * @since 0.1.0
 * @category sockets
 */
export const dropSockets = (
  options: Sockets & { readonly code?: number | undefined; readonly reason?: string | undefined } = {}
): Fault => ({ _tag: "Close", sockets: options, code: options.code ?? 1006, reason: options.reason ?? "" })

/**
 * Sockets stay open, but nothing goes in or out any more, not even pings, pongs or close frames.
 *
 * @since 0.1.0
 * @category sockets
 */
export const halfOpen = (sockets: Sockets = {}): Fault => ({ _tag: "HalfOpen", sockets })

/**
 * The client reads late: for a time nothing that the server sends arrives, neither events nor answers, pings, pongs,
 * close frames or the end of the connection; then all of it arrives at once, in order. Meanwhile the server goes on,
 * and hears the client.
 *
 * @since 0.2.0
 * @category sockets
 */
export const stall = (options: Sockets & { readonly for: Duration.DurationInput }): Fault => {
  const { for: span, ...sockets } = options
  return { _tag: "Stall", sockets, for: Duration.toMillis(span) }
}

/**
 * Sockets no longer read what the client sends, as behind a proxy that has lost its server: requests, pings and pongs
 * stay without answer. What the server sends still arrives.
 *
 * @since 0.2.0
 * @category sockets
 */
export const ignoreClient = (sockets: Sockets = {}): Fault => ({ _tag: "Ignore", sockets })

/**
 * Sockets stay alive, with pings and answers, but their events are never delivered, until `resumeEvents`.
 *
 * @since 0.1.0
 * @category sockets
 */
export const stopEvents = (sockets: Sockets = {}): Fault => ({ _tag: "Stop", sockets })

/**
 * Ends `stopEvents`. What was not delivered stays lost.
 *
 * @since 0.1.0
 * @category sockets
 */
export const resumeEvents = (sockets: Sockets = {}): Fault => ({ _tag: "Resume", sockets })

/**
 * What Binance does to a socket after 24 hours, now, with the close code of the option `lifetimeCloseCode`.
 *
 * @since 0.1.0
 * @category sockets
 */
export const cut24h = (sockets: Sockets = {}): Fault => ({ _tag: "Cut", sockets })

const frame =
  (change: "Duplicate" | "Truncate" | "Garbage" | "Lose") =>
  (options: Sockets & { readonly times?: number | undefined; readonly skip?: number | undefined } = {}): Fault => ({
    _tag: "Frame",
    sockets: options,
    change,
    skip: options.skip ?? 0,
    times: options.times ?? 1
  })

/**
 * The next event frame of a matching socket is sent twice.
 *
 * @since 0.1.0
 * @category frames
 */
export const duplicateFrame = frame("Duplicate")

/**
 * The next event frame of a matching socket is cut off in the middle.
 *
 * @since 0.1.0
 * @category frames
 */
export const truncateFrame = frame("Truncate")

/**
 * Before the next event frame of a matching socket comes one that is no JSON.
 *
 * @since 0.1.0
 * @category frames
 */
export const garbageFrame = frame("Garbage")

/**
 * The next event frame of a matching socket is not sent.
 *
 * @since 0.1.0
 * @category frames
 */
export const loseFrame = frame("Lose")

/**
 * The next event frames of a matching socket come late; those behind them wait, so that order is kept.
 *
 * @since 0.1.0
 * @category frames
 */
export const delayFrames = (
  options: Sockets & { readonly by: Duration.DurationInput; readonly times?: number | undefined }
): Fault => ({ _tag: "DelayFrames", sockets: options, by: Duration.toMillis(options.by), times: options.times ?? 1 })

/**
 * An event that nobody has heard of, now.
 *
 * @since 0.1.0
 * @category frames
 */
export const unknownEvent = (sockets: Sockets = {}): Fault => ({ _tag: "UnknownEvent", sockets })

/**
 * Binance announces that the server is going away. The sockets stay open until something else closes them.
 *
 * @since 0.1.0
 * @category frames
 */
export const serverShutdown = (sockets: Sockets = {}): Fault => ({ _tag: "ServerShutdown", sockets })

/**
 * Subscriptions on the WebSocket API end; the sockets stay open.
 *
 * @since 0.1.0
 * @category frames
 */
export const eventStreamTerminated = (sockets: Sockets = {}): Fault => ({ _tag: "EventStreamTerminated", sockets })

/**
 * The active listen key expires now: `listenKeyExpired` is pushed, then there is silence.
 *
 * @since 0.1.0
 * @category credentials
 */
export const expireListenKey = (owner: Owner): Fault => ({ _tag: "ExpireListenKey", owner })

/**
 * Another client of the account deletes the listen key: silence without a word.
 *
 * @since 0.1.0
 * @category credentials
 */
export const deleteListenKey = (owner: Owner): Fault => ({ _tag: "DeleteListenKey", owner })

/**
 * Another client of the account deletes the listen key and creates a new one.
 *
 * @since 0.1.0
 * @category credentials
 */
export const rotateListenKey = (owner: Owner): Fault => ({ _tag: "RotateListenKey", owner })

/**
 * The listen tokens of an account expire now, for cross margin or for an isolated symbol.
 *
 * @since 0.1.0
 * @category credentials
 */
export const expireListenTokens = (owner: Omit<Owner, "product"> = {}): Fault => ({
  _tag: "ExpireListenTokens",
  owner
})

/**
 * An API key stops being valid: requests with it are refused with -2015.
 *
 * @since 0.1.0
 * @category credentials
 */
export const revokeApiKey = (apiKey: string): Fault => ({ _tag: "RevokeApiKey", apiKey })

/**
 * The server's clock runs ahead by so many ms (behind, if negative). What was set before is replaced.
 *
 * @since 0.1.0
 * @category clock
 */
export const clockSkew = (millis: number): Fault => ({ _tag: "ClockSkew", by: millis })

/**
 * Conditional orders that trigger stay `TRIGGERING`, become no order and cannot be cancelled, until `releaseTriggers`.
 *
 * @since 0.2.0
 * @category orders
 */
export const holdTriggers: Fault = { _tag: "HoldTriggers" }

/**
 * Ends `holdTriggers`: those that have triggered become orders now.
 *
 * @since 0.2.0
 * @category orders
 */
export const releaseTriggers: Fault = { _tag: "ReleaseTriggers" }

/**
 * From now on the updates of conditional orders come so much later than they should: after the events of the orders that
 * these become. What was set before is replaced.
 *
 * @since 0.2.0
 * @category orders
 */
export const lateAlgoUpdates = (options: { readonly by: Duration.DurationInput }): Fault => ({
  _tag: "LateAlgoUpdates",
  by: Duration.toMillis(options.by)
})

/**
 * Takes back every fault that waits for a request, a connect or a frame, held triggers, late updates, and the clock skew.
 * A value: `inject(Fault.clear)`. On a test clock a fault that is still in force may keep a scope from closing: clear before.
 *
 * @since 0.1.0
 * @category clock
 */
export const clear: Fault = { _tag: "Clear" }
