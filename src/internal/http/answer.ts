import * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"
import type { BinanceError, ClientError } from "../../BinanceError.js"
import {
  BadRequest,
  ClockSkew,
  EndpointRetired,
  Forbidden,
  InvalidListenKey,
  InvalidListenToken,
  IpBanned,
  RateLimited,
  Redirected,
  ServerError,
  Unauthorized
} from "../../BinanceError.js"
import * as Json from "../json.js"
import { scrub } from "../secrets.js"
import { classOf } from "./errorCode.js"
import { beginningOf, summaryOf } from "./page.js"

/** How long to wait, in ms, when an answer does not say how long. */
const defaultWait = { rateLimited: 60_000, banned: 120_000 }

/** Bans last at most three days. In ms. */
const longestWait = 3 * 86_400_000

const longestMessage = 500

export interface Answer {
  readonly operation: string
  readonly status: number
  readonly code: number | undefined
  readonly msg: string
  /** When the next request is allowed, in epoch ms. */
  readonly retryAt: number | undefined
  readonly successor?: string | undefined
  readonly now: number
}

/** Only the text of a -1003 has the end of a ban. */
const bannedUntil = (msg: string): number | undefined => {
  const match = /banned until (\d{13})/.exec(msg)
  return match === null ? undefined : Number(match[1])
}

const shorten = (text: string): string => (text.length > longestMessage ? `${text.slice(0, longestMessage)}...` : text)

/** The time that an answer names, if it is plausible. */
const namedTime = (answer: Answer): number | undefined => {
  const named = answer.retryAt ?? bannedUntil(answer.msg)
  // A time in the past is on another clock. A ban never ends later than the cap.
  return named === undefined || named < answer.now ? undefined : Math.min(named, answer.now + longestWait)
}

/**
 * Converts an answer over HTTP or over the WebSocket API to an error. The statuses 408, 418, 429 and 5XX decide; otherwise
 * the code does, and the status if the code is not specific.
 */
export const toError = (answer: Answer): ClientError | ServerError => {
  const { now, operation, status } = answer
  const code = answer.code === 0 ? undefined : answer.code
  const fields = { operation, status, ...(code === undefined ? {} : { code }), msg: shorten(answer.msg) }
  if (status === 408 || status >= 500) {
    return new ServerError(fields)
  }
  if (status === 418 || (code === -1003 && bannedUntil(answer.msg) !== undefined)) {
    return new IpBanned({ ...fields, retryAt: namedTime(answer) ?? now + defaultWait.banned })
  }
  if (status === 429 || classOf(code) === "RateLimited") {
    return new RateLimited({ ...fields, retryAt: namedTime(answer) ?? now + defaultWait.rateLimited })
  }
  switch (classOf(code)) {
    case "InvalidListenKey":
      return new InvalidListenKey(fields)
    case "InvalidListenToken":
      return new InvalidListenToken(fields)
    case "ClockSkew":
      return new ClockSkew(fields)
    case "Unauthorized":
      return new Unauthorized(fields)
  }
  switch (status) {
    case 401:
      return new Unauthorized(fields)
    case 403:
      return new Forbidden(fields)
    case 410:
      return new EndpointRetired({ ...fields, successor: answer.successor })
    default:
      return classOf(code) === "ServerError" || (status < 400 && code === undefined)
        ? new ServerError(fields)
        : new BadRequest(fields)
  }
}

/** A body `{"code":-1125,"msg":"..."}`. */
export interface ErrorBody {
  readonly code: number
  readonly msg: string
}

/** Reads a parsed body as an error of Binance. A success may have a code as well: 200. */
export const errorBodyOf = (body: unknown): ErrorBody | undefined => {
  const { code, msg } = (typeof body === "object" && body !== null ? body : {}) as { code?: unknown; msg?: unknown }
  return typeof code === "number" ? { code, msg: typeof msg === "string" ? msg : "" } : undefined
}

/** The headers of an answer, with names in lower case. */
export interface Headers {
  readonly [name: string]: string | ReadonlyArray<string> | undefined
}

/** Seconds; several where the header came more than once. */
const areSeconds = /^\d+(?:\.\d+)?(?:e\d+)?(?:\s*,\s*\d+(?:\.\d+)?(?:e\d+)?)*$/

/** `Retry-After` in epoch ms. The header has seconds, or a date on the server's clock. */
const retryAtOf = (headers: Headers, now: number): number | undefined => {
  const value = String(headers["retry-after"] ?? "").trim()
  if (areSeconds.test(value)) {
    return now + Math.max(...value.split(",").map(Number)) * 1000
  }
  // JavaScript takes also "-5" and "1.5.3" for dates.
  const date = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN
  const sentAt = Date.parse(String(headers.date ?? ""))
  const wait = date - (Number.isNaN(sentAt) ? now : sentAt)
  return wait >= 0 ? now + wait : undefined
}

/** The host of a redirect, without path and query, which may contain a credential. */
const targetOf = (location: string, url: string): string | undefined => {
  try {
    return new URL(location, url).host || undefined
  } catch {
    return undefined
  }
}

export interface Refusal {
  readonly operation: string
  /** The address of the request. Errors only name its host. */
  readonly url: string
  /** 0 for a redirect that a browser hides. */
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly now: number
  readonly successor?: string | undefined
  readonly secrets: Iterable<Redacted.Redacted<string>>
}

/** Converts a refused call or a refused WebSocket upgrade to an error. The caller has to obey its `blockedUntil`. */
export const refusalOf = (refusal: Refusal): ClientError | ServerError | Redirected => {
  const { headers, now, operation, secrets, status, successor, url } = refusal
  if (status === 0 || (status >= 300 && status < 400)) {
    const location = headers.location === undefined ? undefined : targetOf(String(headers.location), url)
    return redirected({ operation, status, url, target: location === undefined ? undefined : scrub(location, secrets) })
  }
  const text = beginningOf(refusal.text)
  const body = errorBodyOf(Either.getOrUndefined(Json.parse(text)))
  return toError({
    operation,
    status,
    code: body?.code,
    msg: body === undefined ? summaryOf(scrub(text, secrets)) : scrub(body.msg, secrets),
    retryAt: retryAtOf(headers, now),
    successor,
    now
  })
}

/** The error for an answer from another host, or for a redirect to one. */
export const redirected = (options: {
  readonly operation: string
  readonly status: number
  readonly url: string
  readonly target: string | undefined
}): Redirected => {
  const { operation, status, target, url } = options
  return new Redirected({
    operation,
    status,
    host: targetOf(url, url) ?? "",
    ...(target === undefined ? {} : { target })
  })
}

/** When the next request is allowed, in epoch ms, if the error says so. */
export const blockedUntil = (error: BinanceError): number | undefined =>
  error._tag === "RateLimited" || error._tag === "IpBanned" ? error.retryAt : undefined

/**
 * Whether an error is a decision of Binance or of this library. A refusal needs an error code of Binance that is not one
 * of an internal failure: a status alone may come from any gateway in between. A stream that has been live retries all
 * other errors.
 */
export const isFromBinance = (error: BinanceError): boolean => {
  switch (error._tag) {
    case "UnsupportedEnvironment":
    case "UnsupportedPlatform":
    case "InvalidCredentials":
    case "InvalidOptions":
    case "Overflow":
      return true
    case "TransportError":
    case "RequestTimeout":
    case "DecodeError":
    case "Redirected":
      return false
    default:
      return classOf(error.code) !== undefined && classOf(error.code) !== "ServerError"
  }
}
