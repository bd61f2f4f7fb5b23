/**
 * What can go wrong at the simulated Binance, on demand: `SimulatedBinance.inject(Fault.dropSockets())`.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import type { Product } from "../Environment.js"

/**
 * Which sockets a fault is about. What is left out matches everything.
 *
 * @since 0.1.0
 * @category models
 */
export interface Sockets {
  readonly product?: Product | undefined
  /** The name of an account. */
  readonly account?: string | undefined
  /** An isolated margin symbol. */
  readonly symbol?: string | undefined
  /** The id of one socket: see `SimulatedBinance.Service.sockets`. */
  readonly id?: number | undefined
}

/**
 * Whose listen key a fault is about.
 *
 * @since 0.1.0
 * @category models
 */
export interface Owner {
  readonly product: Product
  /** Default: the default account. */
  readonly account?: string | undefined
  /** An isolated margin symbol. */
  readonly symbol?: string | undefined
}

/**
 * For which requests, and for how long, a faulty answer holds.
 *
 * @since 0.1.0
 * @category models
 */
export interface Scope {
  /**
   * `"PUT /dapi/v1/listenKey"`, `"/dapi/v1/listenKey"` for every method, or the method of a WebSocket API such as
   * `"session.logon"`. Default: every request.
   */
  readonly endpoint?: string | undefined
  /** How many requests pass before. Default: 0. */
  readonly skip?: number | undefined
  /** For how many requests. Default: 1, or without end where `for` is given. */
  readonly times?: number | undefined
  /** For how long. Default: until `times` requests were met. */
  readonly for?: Duration.DurationInput | undefined
}

/**
 * A faulty answer to a request over HTTP or over a WebSocket API.
 *
 * @since 0.1.0
 * @category models
 */
export type Answer =
  | {
      readonly _tag: "Status"
      readonly status: number
      readonly code: number | undefined
      readonly msg: string
      /** A page instead of `{code,msg}`; over a WebSocket API there are none. */
      readonly html: boolean
      /** Seconds. */
      readonly retryAfter: number | undefined
      /** Whether Binance does what was asked before it answers like this. */
      readonly processed: boolean
    }
  | { readonly _tag: "Slow"; readonly by: number; readonly processed: "before" | "after" }
  | { readonly _tag: "Never"; readonly processed: boolean }
  | { readonly _tag: "Reset"; readonly processed: boolean }
  | { readonly _tag: "Truncated" }
  | { readonly _tag: "Empty" }
  | { readonly _tag: "Lag"; readonly by: number }
  | { readonly _tag: "Lack"; readonly orderId: string }
  | { readonly _tag: "CutPage"; readonly rows: number }

/**
 * How a connect is refused: with an HTTP status, by a reset, or by never answering.
 *
 * @since 0.1.0
 * @category models
 */
export type Refusal = number | "reset" | "never"

/**
 * Something that goes wrong on the simulated Binance once it is injected. Make one with a function of this module.
 *
 * @since 0.1.0
 * @category models
 */
export type Fault =
  | { readonly _tag: "Request"; readonly answer: Answer; readonly scope: Scope }
  | {
      readonly _tag: "Connect"
      readonly refusal: Refusal
      /** Seconds. */
      readonly retryAfter: number | undefined
      readonly scope: Pick<Scope, "times" | "for">
      /** How the path of the connect begins, for example `/private`. */
      readonly path: string | undefined
    }
  | { readonly _tag: "Close"; readonly sockets: Sockets; readonly code: number; readonly reason: string }
  | { readonly _tag: "Cut"; readonly sockets: Sockets }
  | { readonly _tag: "HalfOpen"; readonly sockets: Sockets }
  | { readonly _tag: "Stall"; readonly sockets: Sockets; readonly for: number }
  | { readonly _tag: "Ignore"; readonly sockets: Sockets }
  | { readonly _tag: "Stop"; readonly sockets: Sockets }
  | { readonly _tag: "Resume"; readonly sockets: Sockets }
  | {
      readonly _tag: "Frame"
      readonly sockets: Sockets
      readonly change: "Duplicate" | "Truncate" | "Garbage" | "Lose"
      readonly times: number
    }
  | { readonly _tag: "DelayFrames"; readonly sockets: Sockets; readonly by: number; readonly times: number }
  | { readonly _tag: "UnknownEvent"; readonly sockets: Sockets }
  | { readonly _tag: "ServerShutdown"; readonly sockets: Sockets }
  | { readonly _tag: "EventStreamTerminated"; readonly sockets: Sockets }
  | { readonly _tag: "ExpireListenKey"; readonly owner: Owner }
  | { readonly _tag: "DeleteListenKey"; readonly owner: Owner }
  | { readonly _tag: "RotateListenKey"; readonly owner: Owner }
  | { readonly _tag: "ExpireListenTokens"; readonly owner: Omit<Owner, "product"> }
  | { readonly _tag: "RevokeApiKey"; readonly apiKey: string }
  | { readonly _tag: "ClockSkew"; readonly by: number }
  | { readonly _tag: "Clear" }

const status = (
  status: number,
  options: {
    readonly code?: number | undefined
    readonly msg?: string | undefined
    readonly html?: boolean | undefined
    readonly retryAfter?: number | undefined
    readonly processed?: boolean | undefined
  } = {}
): Answer => ({
  _tag: "Status",
  status,
  code: options.code,
  msg: options.msg ?? "",
  html: options.html ?? false,
  retryAfter: options.retryAfter,
  processed: options.processed ?? false
})

const request = (answer: Answer, scope: Scope = {}): Fault => ({ _tag: "Request", answer, scope })

/**
 * The API key is refused: 401 with -2015.
 *
 * @since 0.1.0
 * @category requests
 */
export const unauthorized = (scope?: Scope): Fault =>
  request(status(401, { code: -2015, msg: "Invalid API-key, IP, or permissions for action." }), scope)

/**
 * The web application firewall refuses: 403 with a page.
 *
 * @since 0.1.0
 * @category requests
 */
export const forbidden = (scope?: Scope): Fault => request(status(403, { html: true, msg: "403 Forbidden" }), scope)

/**
 * The endpoint is retired: 410 with a page.
 *
 * @since 0.1.0
 * @category requests
 */
export const gone = (scope?: Scope): Fault => request(status(410, { html: true, msg: "410 Gone" }), scope)

/**
 * Too many requests: 429 with -1003, and with `Retry-After` where `retryAfter` (seconds) is given.
 *
 * @since 0.1.0
 * @category requests
 */
export const rateLimited = (options: Scope & { readonly retryAfter?: number | undefined } = {}): Fault =>
  request(
    status(429, { code: -1003, msg: "Too many requests; please use the websocket.", retryAfter: options.retryAfter }),
    options
  )

/**
 * The IP is banned: 418 with -1003, and with `Retry-After` where `retryAfter` (seconds) is given. With `until` (epoch
 * ms) the text names the end of the ban.
 *
 * @since 0.1.0
 * @category requests
 */
export const banned = (
  options: Scope & { readonly retryAfter?: number | undefined; readonly until?: number | undefined } = {}
): Fault =>
  request(
    status(418, {
      code: -1003,
      msg:
        options.until === undefined
          ? "Way too many requests; IP banned."
          : `Way too much request weight used; IP banned until ${options.until}. Please use WebSocket Streams for live updates to avoid bans.`,
      retryAfter: options.retryAfter
    }),
    options
  )

/**
 * A server error, by default 503 with -1000. `processed` says whether the request took effect all the same.
 *
 * @since 0.1.0
 * @category requests
 */
export const serverError = (
  options: Scope & {
    readonly status?: number | undefined
    readonly code?: number | undefined
    readonly msg?: string | undefined
    readonly html?: boolean | undefined
    readonly processed?: boolean | undefined
  } = {}
): Fault =>
  request(
    status(options.status ?? 503, {
      code: options.code ?? -1000,
      msg: options.msg ?? "Unknown error, please check your request or try again later.",
      html: options.html,
      processed: options.processed
    }),
    options
  )

/**
 * The listen key is not known: 400 with -1125, while the key itself lives on.
 *
 * @since 0.1.0
 * @category requests
 */
export const invalidListenKey = (scope?: Scope): Fault =>
  request(status(400, { code: -1125, msg: "This listenKey does not exist." }), scope)

/**
 * Any other error answer.
 *
 * @since 0.1.0
 * @category requests
 */
export const errorAnswer = (
  options: Scope & {
    readonly status: number
    readonly code?: number | undefined
    readonly msg?: string | undefined
    readonly html?: boolean | undefined
    readonly retryAfter?: number | undefined
    readonly processed?: boolean | undefined
  }
): Fault => request(status(options.status, options), options)

/**
 * The answer comes late. The request takes effect at once (`"before"`, the default) or only when it is answered.
 *
 * @since 0.1.0
 * @category requests
 */
export const slow = (
  options: Scope & { readonly by: Duration.DurationInput; readonly processed?: "before" | "after" | undefined }
): Fault =>
  request({ _tag: "Slow", by: Duration.toMillis(options.by), processed: options.processed ?? "before" }, options)

/**
 * The answer never comes. The request takes effect unless `processed` is `false`.
 *
 * @since 0.1.0
 * @category requests
 */
export const never = (options: Scope & { readonly processed?: boolean | undefined } = {}): Fault =>
  request({ _tag: "Never", processed: options.processed ?? true }, options)

/**
 * The connection is reset instead of an answer; a WebSocket API drops the socket. The request takes no effect unless
 * `processed` is `true`.
 *
 * @since 0.1.0
 * @category requests
 */
export const reset = (options: Scope & { readonly processed?: boolean | undefined } = {}): Fault =>
  request({ _tag: "Reset", processed: options.processed ?? false }, options)

/**
 * The right answer, cut off in the middle.
 *
 * @since 0.1.0
 * @category requests
 */
export const truncatedBody = (scope?: Scope): Fault => request({ _tag: "Truncated" }, scope)

/**
 * The right status with nothing in the body.
 *
 * @since 0.1.0
 * @category requests
 */
export const emptyBody = (scope?: Scope): Fault => request({ _tag: "Empty" }, scope)

/**
 * A read tells orders, trades and income as they were a while ago: an order that is filled is still open, and a new one
 * is not there yet. Balances and positions are told as they are.
 *
 * @since 0.2.0
 * @category reads
 */
export const laggingRead = (options: Scope & { readonly by: Duration.DurationInput }): Fault =>
  request({ _tag: "Lag", by: Duration.toMillis(options.by) }, options)

/**
 * A list lacks one order, and its trades, that it should have.
 *
 * @since 0.2.0
 * @category reads
 */
export const lackingOrder = (options: Scope & { readonly orderId: string }): Fault =>
  request({ _tag: "Lack", orderId: options.orderId }, options)

/**
 * A list ends after so many rows, though there are more.
 *
 * @since 0.2.0
 * @category reads
 */
export const cutPage = (options: Scope & { readonly rows: number }): Fault =>
  request({ _tag: "CutPage", rows: options.rows }, options)

/**
 * The span of time that a read asks for is refused: 400 with -1127.
 *
 * @since 0.2.0
 * @category reads
 */
export const refusedWindow = (scope?: Scope): Fault =>
  request(status(400, { code: -1127, msg: "Lookup interval is too big." }), scope)

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
  (options: Sockets & { readonly times?: number | undefined } = {}): Fault => ({
    _tag: "Frame",
    sockets: options,
    change,
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
 * Takes back every fault that waits for a request, a connect or a frame, and the clock skew.
 *
 * @since 0.1.0
 * @category clock
 */
export const clear: Fault = { _tag: "Clear" }
