/**
 * The HTTP service that all products share.
 *
 * A process has one, because Binance counts requests and connections by IP. It converts answers to typed errors, retries
 * what is safe to retry, makes every caller wait after a 429 or 418, and limits the rate of new connections.
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
import type { BinanceError, InvalidOptions } from "./BinanceError.js"
import { DecodeError, RequestTimeout, TransportError, UnsupportedPlatform } from "./BinanceError.js"
import type { Signer } from "./Credentials.js"
import { whereItDeparts } from "./internal/departure.js"
import { timestampOf } from "./internal/epoch.js"
import { errorBodyOf, redirected, refusalOf } from "./internal/http/answer.js"
import * as Body from "./internal/http/body.js"
import * as ClockOffsets from "./internal/http/clockOffsets.js"
import { withCountedWeight } from "./internal/http/countedWeight.js"
import { withFailedTries } from "./internal/http/failedTries.js"
import * as IpLimits from "./internal/http/ipLimits.js"
import { type Outgoing, outgoingOf, withKeyHidden } from "./internal/http/outgoing.js"
import { beginningOf, insteadOfJson } from "./internal/http/page.js"
import { withRegistry } from "./internal/http/registry.js"
import { defaultShares, withShares } from "./internal/http/weightShare.js"
import * as Json from "./internal/json.js"
import * as Checked from "./internal/options.js"
import { scrub } from "./internal/secrets.js"
import * as Span from "./internal/span.js"

export type { UsedWeight } from "./internal/http/ipLimits.js"

/**
 * The HTTP service, one for the process: it keeps the limits of this IP for all streams and accounts.
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
   * Sends calls, and keeps the limits of this IP.
   *
   * @since 0.1.0
   * @category models
   */
  export interface Service {
    /**
     * Sends a request and decodes its answer.
     *
     * Retries transport errors, timeouts, 408, 5XX and codes of internal failures of Binance, by the retry policy; never
     * other refusals. Before each try it waits until no 429 or 418 is in force. It follows no redirect.
     */
    readonly request: <A, I>(request: Request<A, I>) => Effect.Effect<A, BinanceError>
    /**
     * Waits until a WebSocket connection may be opened: no 429 or 418 is in force, and the connection budget has room.
     * First come, first served.
     */
    readonly connectPermit: Effect.Effect<void>
    /** Waits until no 429 or 418 is in force. */
    readonly unblocked: Effect.Effect<void>
    /** Makes every caller wait until the given time (epoch ms), as an answer 429 or 418 does. */
    readonly block: (until: number) => Effect.Effect<void>
    /** The weights that Binance last counted for this IP, by host and header. */
    readonly usedWeight: Effect.Effect<ReadonlyArray<IpLimits.UsedWeight>>
    /**
     * By how many ms the clock of the server at this address is ahead of the local one; 0 before the first answer with a
     * `serverTime`. `Date` headers are not used: they have whole seconds, may come from a cache, and are hidden in
     * browsers.
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
  /** Sent as `X-MBX-APIKEY`. Signed calls and listen-key calls need it, public ones do not. */
  readonly apiKey?: Redacted.Redacted<string> | undefined
  readonly query?: Parameters | undefined
  /** Sent as `application/x-www-form-urlencoded`. */
  readonly form?: Parameters | undefined
  /** Makes this a signed call: each try adds a new timestamp, `recvWindow` and signature to the query. */
  readonly signature?: Signature | undefined
  /**
   * The schema of the answer. A number that JavaScript would not write back as it was, such as an id beyond 2^53 or
   * `1.50`, is a `LosslessNumber` of `lossless-json` with the exact text.
   */
  readonly response: Schema.Schema<A, I>
  /** The maximum size of the answer in bytes; a larger one is a `DecodeError`. Default: 1 MiB. */
  readonly maximumSize?: number | undefined
  /** The replacement that the error names when the answer is 410. */
  readonly successor?: string | undefined
}

/**
 * Parameters by name. Secrets are `Redacted`; `undefined` is left out.
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
  /** The path of the call that returns the server's time, used after a `ClockSkew`: `/api/v3/time`. */
  readonly timePath: string
  /** How long the signature is valid, in ms, at most 60000. Default: Binance's, which is 5000. */
  readonly recvWindow?: number | undefined
}

/**
 * Timeouts, retries and limits. Every option has a default.
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
   * How many WebSocket connections may be opened within a sliding window. Default: 300 in 5 minutes, Binance's limit for
   * an IP (WebSocket API, "General API information"). Use less if other programs share the IP.
   */
  readonly connectionBudget?: { readonly limit: number; readonly window: Duration.DurationInput } | undefined
  /**
   * How much request weight the reads of accounts may use per minute. Default: 3000 on spot, and 1200 on both kinds of
   * futures together: half of what Binance allows an IP. They use less if other traffic of the IP is close to the limit.
   *
   * @since 0.2.0
   */
  readonly readWeight?: { readonly spot?: number; readonly futures?: number } | undefined
}

const defaultRetry: Schedule.Schedule<unknown, BinanceError> = Schedule.exponential("200 millis").pipe(
  Schedule.jittered,
  Schedule.intersect(Schedule.recurs(3))
)

const isSafeToRepeat = (error: BinanceError): boolean =>
  error._tag === "TransportError" || error._tag === "RequestTimeout" || error._tag === "ServerError"

const defaultMaximumSize = 1_048_576

/** How long to wait for the body of a refusal: its status and headers may be enough. */
const patience = Duration.seconds(2)

/** The innermost message of a client error, without the request that the error contains. */
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

/** Recognises a broken client by the message of a `TypeError` or `ReferenceError`: a retry does not help. */
const isBroken = (reason: string): boolean => /\bis not (?:a function|a constructor|defined)\b/.test(reason)

const httpAdvice =
  "Provide an HTTP client that works here: NodeLayer.layer on Node, FetchHttpClient.layer in browsers, Deno and Bun"

const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host : undefined)

interface Exchange {
  readonly operation: string
  readonly outgoing: Outgoing
}

/** Sends one request and reads its answer, up to the maximum size. */
const makeExchange = Effect.gen(function* () {
  const requestInit = yield* Effect.serviceOption(FetchHttpClient.RequestInit)
  // The platform's span would contain the listen key and the API key. Without it there are no trace headers either.
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
        // The client has followed a redirect: the answer is not Binance's.
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
      withKeyHidden,
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
            yield* IpLimits.obey(limits, error)
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

const defaultSettings = {
  requestTimeout: 10_000,
  retry: defaultRetry,
  connectionBudget: { limit: 300, window: 300_000 },
  readWeight: defaultShares
}

type Settings = typeof defaultSettings

/** Checks the options and applies the defaults. */
const settingsOf = (options: Options): Effect.Effect<Settings, InvalidOptions> => {
  const { connectionBudget, readWeight, requestTimeout, retry } = defaultSettings
  const { limit, window } = options.connectionBudget ?? connectionBudget
  const { futures = readWeight.futures, spot = readWeight.spot } = options.readWeight ?? {}
  return Effect.all({
    requestTimeout: Checked.millis("requestTimeout", options.requestTimeout ?? requestTimeout, { least: 1 }),
    retry: Effect.succeed(options.retry ?? retry),
    connectionBudget: Effect.all({
      limit: Checked.number("connectionBudget.limit", limit, [1, Number.POSITIVE_INFINITY]),
      window: Checked.millis("connectionBudget.window", window, { least: 1 })
    }),
    readWeight: Effect.all({
      spot: Checked.number("readWeight.spot", spot, [1, Number.POSITIVE_INFINITY]),
      futures: Checked.number("readWeight.futures", futures, [1, Number.POSITIVE_INFINITY])
    })
  })
}

const makeWith = ({
  connectionBudget,
  readWeight,
  requestTimeout,
  retry
}: Settings): Effect.Effect<BinanceHttp.Service, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const clocks = yield* ClockOffsets.make
    const limits = yield* IpLimits.make(connectionBudget)
    const attempt = yield* makeAttempt(limits, clocks)

    // The request timeout does not include the wait for the limits: a ban may last for days.
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

    const failedTries = new WeakMap<object, ReadonlyArray<BinanceError>>()
    const request = <A, I>(call: Request<A, I>) =>
      Effect.suspend(() => {
        const errors: Array<BinanceError> = []
        failedTries.set(call, errors)
        return (call.signature === undefined ? once(call) : signedOnce(call, call.signature)).pipe(
          Effect.tapError((error) => Effect.sync(() => errors.push(error))),
          Effect.retry({ schedule: retry, while: isSafeToRepeat })
        )
      })

    const service = withRegistry<BinanceHttp.Service>({
      request,
      connectPermit: limits.connectPermit,
      unblocked: limits.unblocked,
      block: limits.block,
      usedWeight: limits.usedWeight,
      clockOffset: clocks.offset
    })
    return withShares(withCountedWeight(withFailedTries(service, failedTries), limits.noteWeights), readWeight)
  })

/**
 * Makes a `BinanceHttp` over the HTTP client of the platform. Make one for the process: Binance counts by IP. Fails with
 * `InvalidOptions` if an option is invalid.
 *
 * With `FetchHttpClient`, provide options of your own as `FetchHttpClient.RequestInit` here; `redirect` is always
 * `"manual"`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<BinanceHttp.Service, InvalidOptions, HttpClient.HttpClient> =>
  Effect.flatMap(settingsOf(options), makeWith)

/**
 * A `BinanceHttp` with the default options, over the HTTP client of the platform.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<BinanceHttp, never, HttpClient.HttpClient> = Layer.effect(
  BinanceHttp,
  makeWith(defaultSettings)
)

/**
 * A `BinanceHttp` with options. Use one for the process: a second one would have a connection budget of its own.
 * Fails with `InvalidOptions` if an option is invalid.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerWith = (options: Options): Layer.Layer<BinanceHttp, InvalidOptions, HttpClient.HttpClient> =>
  Layer.effect(BinanceHttp, make(options))
