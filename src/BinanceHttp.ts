/**
 * The one HTTP layer that all products share.
 *
 * It belongs to the process, not to an account, because Binance counts requests and connections by IP: it turns answers
 * into typed errors, retries what is safe to retry, makes every caller wait out a 429 or 418, and paces new
 * connections.
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpMethod from "@effect/platform/HttpMethod"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { constTrue } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type { BinanceError } from "./BinanceError.js"
import { DecodeError, RequestTimeout, TransportError, UnsupportedPlatform } from "./BinanceError.js"
import type { Signer } from "./Credentials.js"
import { whereItDeparts } from "./internal/departure.js"
import { timestampOf } from "./internal/epoch.js"
import { errorBodyOf, redirected, refusalOf } from "./internal/http/answer.js"
import * as Body from "./internal/http/body.js"
import * as ClockOffsets from "./internal/http/clockOffsets.js"
import { withCountedWeight } from "./internal/http/countedWeight.js"
import * as IpLimits from "./internal/http/ipLimits.js"
import { type Outgoing, outgoingOf } from "./internal/http/outgoing.js"
import { beginningOf, insteadOfJson } from "./internal/http/page.js"
import { withRegistry } from "./internal/http/registry.js"
import { withShares } from "./internal/http/weightShare.js"
import * as Json from "./internal/json.js"
import { scrub } from "./internal/secrets.js"
import * as Span from "./internal/span.js"

export type { UsedWeight } from "./internal/http/ipLimits.js"

/**
 * The HTTP side of Binance, one for the process: it keeps the limits of this IP for all streams and accounts.
 *
 * @since 0.1.0
 * @category tags
 */
export class BinanceHttp extends Context.Tag("effect-binance-user-data/BinanceHttp")<
  BinanceHttp,
  BinanceHttp.Service
>() {}

/**
 * The types of the `BinanceHttp` service.
 *
 * @since 0.1.0
 */
export declare namespace BinanceHttp {
  /**
   * What `BinanceHttp` can do: calls with typed errors, and waiting for the limits of this IP.
   *
   * @since 0.1.0
   * @category models
   */
  export interface Service {
    /**
     * Sends a request and decodes its answer.
     *
     * Transport errors, timeouts, 408, 5XX and codes of Binance's own trouble are retried by the retry policy, all
     * other refusals never. Before each try it waits until no 429 or 418 is in force. No redirect is followed.
     */
    readonly request: <A, I>(request: Request<A, I>) => Effect.Effect<A, BinanceError>
    /**
     * Waits until one more WebSocket connection may be opened: not while a 429 or 418 is in force, and not more of them
     * than the connection budget allows. Callers are served in the order in which they asked.
     */
    readonly connectPermit: Effect.Effect<void>
    /** Waits until no 429 or 418 is in force. */
    readonly unblocked: Effect.Effect<void>
    /** Makes every caller wait until the given time (epoch ms), as an answer 429 or 418 does. */
    readonly block: (until: number) => Effect.Effect<void>
    /** The weights that Binance last counted for this IP, by host and header. */
    readonly usedWeight: Effect.Effect<ReadonlyArray<IpLimits.UsedWeight>>
    /**
     * By how many ms the clock of the server at this address is ahead of the local one: 0 until an answer told its
     * `serverTime`. The `Date` of answers does not count: it has whole seconds, a cache may have written it, and
     * browsers hide it.
     */
    readonly clockOffset: (baseUrl: string) => Effect.Effect<number>
  }
}

/**
 * A REST call, and the schema of its answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request<A, I> {
  readonly method: HttpMethod.HttpMethod
  /** `https://dapi.binance.com` */
  readonly baseUrl: string
  /** `/dapi/v1/listenKey` */
  readonly path: string
  /** Sent as `X-MBX-APIKEY`: signed calls and those of listen keys need it, public ones do not. */
  readonly apiKey?: Redacted.Redacted<string> | undefined
  readonly query?: Parameters | undefined
  /** Sent as `application/x-www-form-urlencoded`. */
  readonly form?: Parameters | undefined
  /** Makes this a signed call: timestamp, `recvWindow` and signature are added to the query anew at each try. */
  readonly signature?: Signature | undefined
  /**
   * What the answer is decoded with. A number that JavaScript would write back differently, such as an id beyond 2^53
   * or `1.50`, is a `LosslessNumber` of `lossless-json`, whose text is exact.
   */
  readonly response: Schema.Schema<A, I>
  /** How many bytes the answer may have; more is a `DecodeError`. Default: 1 MiB. */
  readonly maximumSize?: number | undefined
  /** What to name when the answer is 410. */
  readonly successor?: string | undefined
}

/**
 * Parameters by name. Secret ones are `Redacted`; those that are `undefined` are left out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parameters {
  readonly [name: string]: string | Redacted.Redacted<string> | undefined
}

/**
 * How a call is signed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Signature {
  readonly signer: Signer
  /** The call that tells the server's time, for when the local clock is off: `/api/v3/time`. */
  readonly timePath: string
  /** How long the signature stays valid, in ms (at most 60000). Binance takes 5000 where it is not given. */
  readonly recvWindow?: number | undefined
}

/**
 * How requests are tried and connections are rationed. Every option has a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How long one try may take. Default: 10 seconds. */
  readonly requestTimeout?: Duration.DurationInput | undefined
  /**
   * When to try again after a transport error, a timeout or a `ServerError`. Default: three times, after about 200, 400
   * and 800 ms.
   */
  readonly retry?: Schedule.Schedule<unknown, BinanceError> | undefined
  /**
   * How many WebSocket connections may be opened in any window of time. Default: 300 in 5 minutes, which is Binance's
   * limit for an IP (WebSocket API, "General API information"). Lower it where other programs share the IP.
   */
  readonly connectionBudget?: { readonly limit: number; readonly window: Duration.DurationInput } | undefined
  /**
   * How much weight the reads of accounts may use in any minute. Default: 3000 on spot, and 1200 on both kinds of
   * futures together, which is half of what Binance allows an IP. Whatever else uses the IP, they keep it within
   * Binance's limits.
   *
   * @since 0.2.0
   */
  readonly readWeight?: { readonly spot?: number; readonly futures?: number } | undefined
}

const defaultRetry = Schedule.exponential("200 millis").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(3)))

const isSafeToRepeat = (error: BinanceError): boolean =>
  error._tag === "TransportError" || error._tag === "RequestTimeout" || error._tag === "ServerError"

const defaultMaximumSize = 1_048_576

/** How long the body of a refusal is waited for: its status and headers say enough. */
const patience = Duration.seconds(2)

/** What the network said, in one line, without the request that a client error carries. */
const networkReason = (error: HttpClientError.HttpClientError): string => {
  let cause: unknown = error.cause
  for (let depth = 0; depth < 4 && cause instanceof Error && cause.cause instanceof Error; depth++) {
    cause = cause.cause
  }
  if (cause instanceof Error) {
    const code = (cause as { readonly code?: unknown }).code
    return cause.message !== "" ? cause.message : String(code ?? cause.name)
  }
  return error.reason
}

/** What JavaScript throws where a service of the platform is broken: trying again does not help. */
const isBroken = (reason: string): boolean => /\bis not (?:a function|a constructor|defined)\b/.test(reason)

const httpAdvice =
  "Provide an HTTP client that works here: NodeLayer.layer on Node, FetchHttpClient.layer in browsers, Deno and Bun"

const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host : undefined)

interface Exchange {
  readonly operation: string
  readonly outgoing: Outgoing
}

/** Sends one request, and reads as much of its answer as is allowed. */
const makeExchange = Effect.gen(function* () {
  const requestInit = yield* Effect.serviceOption(FetchHttpClient.RequestInit)
  // Without the platform's span, which would carry the listen key and the API key, and so without trace headers.
  const client = (yield* HttpClient.HttpClient).pipe(HttpClient.withTracerDisabledWhen(constTrue))
  return <A, I>(call: Request<A, I>, { operation, outgoing }: Exchange) => {
    const broken = (error: HttpClientError.HttpClientError) => {
      const reason = scrub(networkReason(error), outgoing.secrets)
      return isBroken(reason)
        ? new UnsupportedPlatform({ operation, reason, advice: httpAdvice })
        : new TransportError({ operation, reason })
    }
    return Effect.gen(function* () {
      const response = yield* Effect.mapError(client.execute(outgoing.request), broken)
      const { headers, status } = response
      yield* Effect.annotateCurrentSpan("http.response.status_code", status)
      const target = hostOf(response.request.url)
      if (target !== undefined && target !== hostOf(call.baseUrl)) {
        // A client that followed a redirect has sent the request elsewhere; the answer is not Binance's.
        return yield* redirected({ operation, status, url: call.baseUrl, target: scrub(target, outgoing.secrets) })
      }
      if (status < 200 || status >= 300) {
        return { status, headers, text: yield* Body.readRefusal(response, patience) }
      }
      const limit = call.maximumSize ?? defaultMaximumSize
      const { isCut, text } = yield* Effect.mapError(Body.read(response, limit), broken)
      return isCut
        ? yield* new DecodeError({
            operation,
            status,
            reason: `it is larger than the ${limit} bytes that are allowed; ask for less, or allow more by maximumSize`
          })
        : { status, headers, text }
    }).pipe(
      // Fetch follows redirects, headers included, unless told not to.
      Effect.provideService(FetchHttpClient.RequestInit, {
        ...Option.getOrElse(requestInit, () => ({})),
        redirect: "manual"
      })
    )
  }
})

/** One try of a call, in its own span. */
const makeAttempt = (limits: IpLimits.IpLimits, clocks: ClockOffsets.ClockOffsets) =>
  Effect.map(
    makeExchange,
    (exchange) =>
      <A, I>(call: Request<A, I>, operation: string): Effect.Effect<A, BinanceError> =>
        Effect.gen(function* () {
          const { baseUrl, successor } = call
          const sentAt = yield* Clock.currentTimeMillis
          const outgoing = yield* outgoingOf(call, timestampOf(sentAt, yield* clocks.offset(baseUrl)))
          const { secrets } = outgoing
          const { headers, status, text } = yield* exchange(call, { operation, outgoing })
          yield* limits.noteWeights(baseUrl, headers)
          const now = yield* Clock.currentTimeMillis
          const body = Json.parse(text)
          const isSuccess = status >= 200 && status < 300
          if (!isSuccess || (errorBodyOf(Either.getOrUndefined(body))?.code ?? 0) < 0) {
            const error = refusalOf({ operation, url: baseUrl, status, headers, text, now, successor, secrets })
            yield* limits.obey(error)
            return yield* error
          }
          if (Either.isLeft(body)) {
            const reason = insteadOfJson(scrub(beginningOf(text), secrets), body.left)
            return yield* new DecodeError({ operation, status, reason })
          }
          yield* clocks.learn(baseUrl, body.right, { sentAt, now })
          return yield* Effect.mapError(
            Schema.decodeUnknown(call.response)(body.right),
            (error) => new DecodeError({ operation, status, reason: scrub(whereItDeparts(error), secrets) })
          )
        }).pipe(
          Span.around(`BinanceHttp ${operation}`, {
            kind: "client",
            attributes: { "http.request.method": call.method, "url.path": call.path }
          })
        )
  )

/**
 * Makes a `BinanceHttp` over the HTTP client of the platform. Make one for the process: Binance counts by IP.
 *
 * With `FetchHttpClient`, provide options of your own as `FetchHttpClient.RequestInit` here; `redirect` is always
 * `"manual"`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<BinanceHttp.Service, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const requestTimeout = Duration.toMillis(options.requestTimeout ?? "10 seconds")
    const retry = options.retry ?? defaultRetry
    const clocks = yield* ClockOffsets.make
    const limits = yield* IpLimits.make(options.connectionBudget ?? { limit: 300, window: "5 minutes" })
    const attempt = yield* makeAttempt(limits, clocks)

    // The wait for the limits is not part of the time of a try: it may be a ban of days.
    const once = <A, I>(call: Request<A, I>): Effect.Effect<A, BinanceError> => {
      const operation = `${call.method} ${call.path}`
      return Effect.zipRight(
        limits.unblocked,
        Effect.timeoutFail(attempt(call, operation), {
          duration: requestTimeout,
          onTimeout: () => new RequestTimeout({ operation, after: requestTimeout })
        })
      )
    }

    const signedOnce = <A, I>(call: Request<A, I>, { timePath }: Signature) => {
      const time = { method: "GET", baseUrl: call.baseUrl, path: timePath, response: ClockOffsets.ServerTime } as const
      return Effect.catchTag(once(call), "ClockSkew", () => Effect.zipRight(once(time), once(call)))
    }

    const service = withRegistry<BinanceHttp.Service>({
      request: (call) =>
        Effect.retry(call.signature === undefined ? once(call) : signedOnce(call, call.signature), {
          schedule: retry,
          while: isSafeToRepeat
        }),
      connectPermit: limits.connectPermit,
      unblocked: limits.unblocked,
      block: limits.block,
      usedWeight: limits.usedWeight,
      clockOffset: clocks.offset
    })
    return withShares(withCountedWeight(service, limits.noteWeights), options.readWeight)
  })

/**
 * A `BinanceHttp` with the default options, over the HTTP client of the platform.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<BinanceHttp, never, HttpClient.HttpClient> = Layer.effect(BinanceHttp, make())

/**
 * A `BinanceHttp` with options. Make it once: two have two connection budgets, and Binance counts by IP.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerWith = (options: Options): Layer.Layer<BinanceHttp, never, HttpClient.HttpClient> =>
  Layer.effect(BinanceHttp, make(options))
