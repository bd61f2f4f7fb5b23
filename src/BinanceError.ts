/**
 * All errors of the library, as tagged errors.
 *
 * Each error has what happened, whether a retry can help (`isRetryable`), and what to do about it (the end of its
 * `message`). No error contains a request, a response or a secret.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Advice from "./internal/advice.js"
import { about, answer, attempt, describe, question, tagged } from "./internal/taggedError.js"

/**
 * The listen key does not exist (any more): code -1125.
 *
 * @since 0.1.0
 * @category 4XX errors
 */
export class InvalidListenKey extends tagged<InvalidListenKey>()("InvalidListenKey", answer) {
  readonly isRetryable = false
  override get message(): string {
    return describe(this, "Create a new listen key and connect with it")
  }
}

/**
 * The listen token is unknown or has expired: code -1209.
 *
 * @since 0.1.0
 * @category 4XX errors
 */
export class InvalidListenToken extends tagged<InvalidListenToken>()("InvalidListenToken", answer) {
  readonly isRetryable = false
  override get message(): string {
    return describe(this, "Create a new listen token and subscribe with it")
  }
}

/**
 * The API key, its permissions, its signature or its account were refused: status 401, or code -1002, -1022, -1099,
 * -1109, -1193, -2008, -2014, -2015, -2017, -2028 or -4109.
 *
 * @since 0.1.0
 * @category 4XX errors
 */
export class Unauthorized extends tagged<Unauthorized>()("Unauthorized", answer) {
  readonly isRetryable = false
  override get message(): string {
    return describe(this, Advice.unauthorized(this.code))
  }
}

/**
 * The timestamp of a signed call lay outside the server's window: code -1021. Signed calls measure the server's clock
 * and sign once more before they fail with this.
 *
 * @since 0.1.0
 * @category 4XX errors
 */
export class ClockSkew extends tagged<ClockSkew>()("ClockSkew", {
  ...answer,
  /** The server's time in epoch ms, where the refusal gave it. */
  serverTime: Schema.optional(Schema.Number)
}) {
  readonly isRetryable = true
  override get message(): string {
    return describe(this, "Synchronise the clock of this machine, or allow a larger recvWindow")
  }
}

/**
 * Too many requests: status 429, or code -1003, -1015 or -1034. Every caller of the same `BinanceHttp` waits until
 * `retryAt`.
 *
 * @since 0.1.0
 * @category 4XX errors
 */
export class RateLimited extends tagged<RateLimited>()("RateLimited", {
  ...answer,
  /** When requests are allowed again, in epoch milliseconds. */
  retryAt: Schema.Number
}) {
  readonly isRetryable = true
  override get message(): string {
    return describe(this, Advice.rateLimited(this.retryAt))
  }
}

/**
 * The IP is banned: status 418. Every caller of the same `BinanceHttp` waits until `retryAt`.
 *
 * @since 0.1.0
 * @category 4XX errors
 */
export class IpBanned extends tagged<IpBanned>()("IpBanned", {
  ...answer,
  /** When the ban ends, in epoch milliseconds. */
  retryAt: Schema.Number
}) {
  readonly isRetryable = true
  override get message(): string {
    return describe(this, Advice.banned(this.retryAt))
  }
}

/**
 * The web application firewall refused the request: status 403, usually with an HTML body.
 *
 * @since 0.1.0
 * @category 4XX errors
 */
export class Forbidden extends tagged<Forbidden>()("Forbidden", answer) {
  readonly isRetryable = true
  override get message(): string {
    return describe(this, "The firewall refused this request: slow down, and check that this location may use Binance")
  }
}

/**
 * Binance retired the endpoint: status 410.
 *
 * @since 0.1.0
 * @category 4XX errors
 */
export class EndpointRetired extends tagged<EndpointRetired>()("EndpointRetired", {
  ...answer,
  /** What to use instead. */
  successor: Schema.optional(Schema.String)
}) {
  readonly isRetryable = false
  override get message(): string {
    return describe(this, `Binance retired it${this.successor === undefined ? "" : `: use ${this.successor}`}`)
  }
}

/**
 * Any other 4XX answer.
 *
 * @since 0.1.0
 * @category 4XX errors
 */
export class BadRequest extends tagged<BadRequest>()("BadRequest", answer) {
  /** A 400 without a code is not from Binance itself, but from a gateway. */
  get isRetryable(): boolean {
    return this.code === undefined && this.status === 400
  }
  override get message(): string {
    return describe(this, Advice.badRequest(this.status))
  }
}

/**
 * A 5XX answer, 408, or another status with the code of an internal failure of Binance (-1000, -1001, -1006, -1007,
 * -1008, -1016): Binance may or may not have executed the call.
 *
 * @since 0.1.0
 * @category 5XX errors
 */
export class ServerError extends tagged<ServerError>()("ServerError", answer) {
  readonly isRetryable = true
  override get message(): string {
    return describe(this, Advice.serverError(this.code))
  }
}

/**
 * A redirect: status 3XX. It is never followed, because the request contains the API key.
 *
 * @since 0.2.0
 * @category transport errors
 */
export class Redirected extends tagged<Redirected>()("Redirected", {
  ...question,
  /** The HTTP status; 0 where a browser hides it. */
  status: Schema.Number,
  /** The host that was asked. */
  host: Schema.String,
  /** The host of the redirect, if it names one. */
  target: Schema.optional(Schema.String)
}) {
  readonly isRetryable = false
  override get message(): string {
    return about(
      this,
      `${this.operation} was answered with a redirect${this.status === 0 ? "" : ` (${this.status})`} from ${this.host}${
        this.target === undefined ? "" : ` to ${this.target}`
      }, which is not followed. Check the address of the environment, and whether a proxy or a captive portal stands in between`
    )
  }
}

/**
 * No answer: the connection could not be made, or broke.
 *
 * @since 0.1.0
 * @category transport errors
 */
export class TransportError extends tagged<TransportError>()("TransportError", {
  ...attempt,
  /** What the network said. */
  reason: Schema.String
}) {
  readonly isRetryable = true
  override get message(): string {
    return about(this, `${this.operation} failed: ${this.reason}. Check the network and the host of the environment`)
  }
}

/**
 * No answer in time.
 *
 * @since 0.1.0
 * @category transport errors
 */
export class RequestTimeout extends tagged<RequestTimeout>()("RequestTimeout", {
  ...attempt,
  /** How long was waited, in milliseconds. */
  after: Schema.Number
}) {
  readonly isRetryable = true
  override get message(): string {
    return about(
      this,
      `${this.operation} was not answered within ${this.after} ms. The outcome is unknown; it may be repeated`
    )
  }
}

/**
 * An answer that is not what Binance documents.
 *
 * @since 0.1.0
 * @category decode errors
 */
export class DecodeError extends tagged<DecodeError>()("DecodeError", {
  ...question,
  /** The HTTP status of the answer. */
  status: Schema.Number,
  /** What is wrong with the body. */
  reason: Schema.String
}) {
  readonly isRetryable = true
  override get message(): string {
    return about(
      this,
      `The answer to ${this.operation} (${this.status}) is not as documented: ${this.reason}. Check whether a proxy or a captive portal stands in between; if it goes on, update this library`
    )
  }
}

/**
 * A buffer was full: a consumer of events, or of a WebSocket API connection, was slower than Binance for too long.
 *
 * @since 0.1.0
 * @category transport errors
 */
export class Overflow extends tagged<Overflow>()("Overflow", {
  /** What was being filled. */
  operation: Schema.String,
  /** How many elements it may hold. */
  capacity: Schema.Number
}) {
  readonly isRetryable = true
  override get message(): string {
    return about(
      this,
      `${this.operation} overflowed its ${this.capacity} elements. Consume faster, or allow a larger buffer`
    )
  }
}

/**
 * The environment does not have the product.
 *
 * @since 0.1.0
 * @category configuration errors
 */
export class UnsupportedEnvironment extends tagged<UnsupportedEnvironment>()("UnsupportedEnvironment", {
  /** The name of the environment. */
  environment: Schema.String,
  /** The product that was asked for. */
  product: Schema.String,
  /** What it lacks there. */
  reason: Schema.String
}) {
  readonly isRetryable = false
  override get message(): string {
    return about(
      this,
      `${this.product} is not available on ${this.environment}: ${this.reason}. Use another environment, or name the host with Environment.custom`
    )
  }
}

/**
 * The platform, or a service of it, cannot do this. A retry does not help.
 *
 * @since 0.2.0
 * @category configuration errors
 */
export class UnsupportedPlatform extends tagged<UnsupportedPlatform>()("UnsupportedPlatform", {
  ...attempt,
  /** What the platform said. */
  reason: Schema.String,
  /** What to provide. */
  advice: Schema.String
}) {
  readonly isRetryable = false
  override get message(): string {
    return about(this, `${this.operation} is not possible here: ${this.reason}. ${this.advice}`)
  }
}

/**
 * The credentials cannot be used as given.
 *
 * @since 0.1.0
 * @category configuration errors
 */
export class InvalidCredentials extends tagged<InvalidCredentials>()("InvalidCredentials", {
  /** What is wrong and what to do about it; never the credential itself. */
  reason: Schema.String
}) {
  readonly isRetryable = false
  override get message(): string {
    return about(this, this.reason)
  }
}

/**
 * An option has an invalid value.
 *
 * @since 0.2.0
 * @category configuration errors
 */
export class InvalidOptions extends tagged<InvalidOptions>()("InvalidOptions", {
  /** The name of the option: `rolloverAge`. */
  option: Schema.String,
  /** What it has to be, what was given, and what to do. */
  reason: Schema.String
}) {
  readonly isRetryable = false
  override get message(): string {
    return about(this, `The option ${this.option} ${this.reason}`)
  }
}

/**
 * A 4XX answer.
 *
 * @since 0.1.0
 * @category models
 */
export const ClientError = Schema.Union(
  InvalidListenKey,
  InvalidListenToken,
  Unauthorized,
  ClockSkew,
  RateLimited,
  IpBanned,
  Forbidden,
  EndpointRetired,
  BadRequest
)

/**
 * A 4XX answer: an error of this type says that Binance understood the call and refused it.
 *
 * @since 0.1.0
 * @category models
 */
export type ClientError = typeof ClientError.Type

/**
 * All errors of the library.
 *
 * @since 0.1.0
 * @category models
 */
export const BinanceError = Schema.Union(
  ...ClientError.members,
  ServerError,
  Redirected,
  TransportError,
  RequestTimeout,
  DecodeError,
  Overflow,
  UnsupportedEnvironment,
  UnsupportedPlatform,
  InvalidCredentials,
  InvalidOptions
)

/**
 * All errors of the library: the error type of every effect and stream that talks to Binance.
 *
 * @since 0.1.0
 * @category models
 */
export type BinanceError = typeof BinanceError.Type
