import type { BinanceError, ClientError } from "../BinanceError.js"
import {
  BadRequest,
  ClockSkew,
  EndpointRetired,
  Forbidden,
  InvalidListenKey,
  InvalidListenToken,
  IpBanned,
  RateLimited,
  ServerError,
  Unauthorized
} from "../BinanceError.js"

const unauthorizedCodes = new Set([-1002, -1022, -1193, -2014, -2015, -2017, -2028])
const rateLimitCodes = new Set([-1003, -1034])

/** How long to wait when an answer says "wait" without saying how long. */
const defaultWait = { rateLimited: 60_000, banned: 120_000 }

/** Bans last three days at most. */
const longestWait = 3 * 86_400_000

const longestMessage = 500

export interface Answer {
  readonly operation: string
  readonly status: number
  readonly code: number | undefined
  readonly msg: string
  /** Epoch ms before which Binance does not want to be asked again. */
  readonly retryAfter: number | undefined
  readonly successor?: string | undefined
  readonly now: number
}

/** The end of a ban stands only in the text of -1003. */
const bannedUntil = (msg: string): number | undefined => {
  const match = /banned until (\d{13})/.exec(msg)
  return match === null ? undefined : Number(match[1])
}

const shorten = (text: string): string => (text.length > longestMessage ? `${text.slice(0, longestMessage)}...` : text)

/**
 * The error that an answer stands for, over HTTP and over the WebSocket API alike. The status decides the family; a
 * code only refines it.
 */
export const toError = (answer: Answer): ClientError | ServerError => {
  const { code, now, operation, status } = answer
  const fields = { operation, status, ...(code === undefined ? {} : { code }), msg: shorten(answer.msg) }
  if (status === 408 || status >= 500 || status < 400) {
    return new ServerError(fields)
  }
  const named = answer.retryAfter ?? bannedUntil(answer.msg)
  // A time that has passed is on another clock, and one that far off is no time of Binance's.
  const wait = named === undefined || named < now ? undefined : Math.min(named, now + longestWait)
  if (status === 418 || (code === -1003 && bannedUntil(answer.msg) !== undefined)) {
    return new IpBanned({ ...fields, until: wait ?? now + defaultWait.banned })
  }
  if (status === 429 || (code !== undefined && rateLimitCodes.has(code))) {
    return new RateLimited({ ...fields, retryAfter: wait ?? now + defaultWait.rateLimited })
  }
  if (code === -1125) {
    return new InvalidListenKey(fields)
  }
  if (code === -1209) {
    return new InvalidListenToken(fields)
  }
  if (code === -1021) {
    return new ClockSkew(fields)
  }
  if (status === 401 || (code !== undefined && unauthorizedCodes.has(code))) {
    return new Unauthorized(fields)
  }
  if (status === 410) {
    return new EndpointRetired({ ...fields, successor: answer.successor })
  }
  return status === 403 ? new Forbidden(fields) : new BadRequest(fields)
}

/** When the governor has to let the next request through, if the error says so. */
export const blockedUntil = (error: { readonly _tag: string }): number | undefined => {
  if (error._tag === "RateLimited") {
    return (error as RateLimited).retryAfter
  }
  return error._tag === "IpBanned" ? (error as IpBanned).until : undefined
}

/** Whether Binance itself has said so: other hosts on the way answer with a status and without a code. */
export const isFromBinance = (error: BinanceError): boolean =>
  !("status" in error) || ("code" in error && error.code !== undefined && error.code < 0)
