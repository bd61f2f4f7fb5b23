import * as Duration from "effect/Duration"
import type { Answer, Fault, Scope } from "./model.js"

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
 * The server is overloaded, and has not begun: 503 with -1008.
 *
 * @since 0.2.0
 * @category requests
 */
export const overloaded = (scope?: Scope): Fault =>
  request(
    status(503, {
      code: -1008,
      msg: "Server is currently overloaded with other requests. Please try again in a few minutes."
    }),
    scope
  )

/**
 * What is behind the server does not answer in time: 503 with -1007. Nobody is told whether the request took effect:
 * it did if `processed` is `true`.
 *
 * @since 0.2.0
 * @category requests
 */
export const backendTimeout = (options: Scope & { readonly processed?: boolean | undefined } = {}): Fault =>
  request(
    status(503, {
      code: -1007,
      msg: "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
      processed: options.processed
    }),
    options
  )

/**
 * The account has not opened the product: 400 with -4109.
 *
 * @since 0.2.0
 * @category requests
 */
export const inactiveAccount = (scope?: Scope): Fault =>
  request(status(400, { code: -4109, msg: "Inactive account" }), scope)

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
 * A list lacks one order, and its trades, that it should have. A conditional order is named by its algo id.
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
