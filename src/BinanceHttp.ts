/**
 * The one HTTP layer that all products share.
 *
 * It belongs to the process, not to an account, because Binance counts requests and connections by IP: it turns answers
 * into typed errors, retries what is safe to retry, makes every caller wait out a 429 or 418, and paces new
 * connections.
 *
 * @since 0.1.0
 */
import type * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpMethod from "@effect/platform/HttpMethod"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import { constTrue, identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as MetricLabel from "effect/MetricLabel"
import * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { ParentSpan, type Span } from "effect/Tracer"
import type { BinanceError } from "./BinanceError.js"
import { DecodeError, RequestTimeout, TransportError } from "./BinanceError.js"
import type { Signer } from "./Credentials.js"
import { restPayload } from "./Credentials.js"
import { blockedUntil, toError } from "./internal/answer.js"
import { whereItDeparts } from "./internal/departure.js"
import { timestampOf } from "./internal/epoch.js"
import * as Owners from "./internal/listenKey/owners.js"
import { scrub } from "./internal/secrets.js"
import * as Timers from "./internal/timers.js"
import * as Metrics from "./Metrics.js"

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
     * Transport errors, timeouts, 408 and 5XX are retried by the retry policy, 4XX never. Before each try it waits
     * until no 429 or 418 is in force.
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
    readonly usedWeight: Effect.Effect<ReadonlyArray<UsedWeight>>
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
  /** Sent as `X-MBX-APIKEY`; only for calls of security type `USER_STREAM`. */
  readonly apiKey?: Redacted.Redacted<string> | undefined
  readonly query?: Parameters | undefined
  /** Sent as `application/x-www-form-urlencoded`. */
  readonly form?: Parameters | undefined
  /** Makes this a signed call: timestamp, `recvWindow` and signature are added to the query anew at each try. */
  readonly signature?: Signature | undefined
  readonly response: Schema.Schema<A, I>
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
 * A weight that Binance counted for this IP, as a header of an answer told it.
 *
 * @since 0.1.0
 * @category models
 */
export interface UsedWeight {
  /** `dapi.binance.com` */
  readonly host: string
  /** `x-mbx-used-weight-1m` */
  readonly header: string
  readonly used: number
  /** When Binance said so, in epoch ms. */
  readonly at: number
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
   * When to try again after a transport error, a timeout, 408 or 5XX. Default: three times, after about 200, 400 and
   * 800 ms.
   */
  readonly retry?: Schedule.Schedule<unknown, BinanceError> | undefined
  /**
   * How many WebSocket connections may be opened in any window of time. Default: 300 in 5 minutes, which is Binance's
   * limit for an IP (WebSocket API, "General API information"). Lower it where other programs share the IP.
   */
  readonly connectionBudget?: { readonly limit: number; readonly window: Duration.DurationInput } | undefined
}

const defaultRetry = Schedule.exponential("200 millis").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(3)))

const weightHeader = /^x-(mbx|sapi)-used-.*weight/

const isSafeToRepeat = (error: BinanceError): boolean =>
  error._tag === "TransportError" || error._tag === "RequestTimeout" || error._tag === "ServerError"

const ErrorBody = Schema.parseJson(Schema.Struct({ code: Schema.Number, msg: Schema.optional(Schema.String) }))
const decodeErrorBody = Schema.decodeUnknownOption(ErrorBody)

type Decode<A> = (text: string) => Effect.Effect<A, ParseResult.ParseError>

const decodes = new WeakMap<Schema.Schema<any, any>, Decode<any>>()

/** A parser is costly to make, and the same few are wanted for as long as the process lives. */
const decodeOf = <A, I>(response: Schema.Schema<A, I>): Decode<A> => {
  const known = decodes.get(response)
  if (known !== undefined) {
    return known
  }
  const decode = Schema.decode(Schema.parseJson(response))
  decodes.set(response, decode)
  return decode
}

const ServerTime = Schema.Struct({ serverTime: Schema.Number })

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

const retryAfterHeader = (headers: Headers.Headers, now: number): number | undefined => {
  const seconds = Number(headers["retry-after"] ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? now + seconds * 1000 : undefined
}

/**
 * Makes a `BinanceHttp` over the HTTP client of the platform. Make one for the process: Binance counts by IP.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<BinanceHttp.Service, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const requestTimeout = Duration.toMillis(options.requestTimeout ?? "10 seconds")
    const retry = options.retry ?? defaultRetry
    const timers = Timers.of(yield* Effect.clock)
    const { now } = timers
    const clockOffsets = new Map<string, number>()
    const governor = makeGovernor(now)
    const weights = makeWeights()
    const budget = makeConnectionBudget(
      options.connectionBudget?.limit ?? 300,
      Duration.toMillis(options.connectionBudget?.window ?? "5 minutes"),
      timers
    )

    /** To be run in a fiber of its own: it changes what is local to it. */
    const attempt = <A, I>(request: Request<A, I>, operation: string): Effect.Effect<A, BinanceError> => {
      const secrets = secretsOf(request)

      const exchange = (outgoing: HttpClientRequest.HttpClientRequest) =>
        silently(client.execute(outgoing)).pipe(
          Effect.flatMap((response) => Effect.map(response.text, (text) => ({ response, text }))),
          Effect.mapError((error) => new TransportError({ operation, reason: scrub(networkReason(error), secrets) }))
        )

      const refused = (status: number, headers: Headers.Headers, text: string) => {
        const body = Option.getOrElse(decodeErrorBody(text), () => ({ code: undefined, msg: text }))
        const error = toError({
          operation,
          status,
          code: body.code,
          msg: scrub(body.msg ?? "", secrets),
          retryAfter: retryAfterHeader(headers, now()),
          successor: request.successor,
          now: now()
        })
        const until = blockedUntil(error)
        return until === undefined ? Effect.fail(error) : Effect.zipRight(governor.block(until), Effect.fail(error))
      }

      const tried = (span: Span) =>
        toHttp(request, timestampOf(now(), clockOffsets.get(request.baseUrl) ?? 0), secrets).pipe(
          Effect.flatMap(exchange),
          Effect.flatMap(({ response: { headers, status }, text }): Effect.Effect<A, BinanceError> => {
            span.attribute("http.response.status_code", status)
            weights.note(request.baseUrl, headers, now())
            if (status < 200 || status >= 300) {
              return refused(status, headers, text)
            }
            return Effect.mapError(
              decodeOf(request.response)(text),
              (error) =>
                new DecodeError({
                  operation,
                  status,
                  reason: text.trim() === "" ? "the body is empty" : whereItDeparts(error)
                })
            )
          })
        )

      return Effect.useSpan(
        `BinanceHttp ${operation}`,
        {
          kind: "client",
          captureStackTrace: false,
          attributes: { "http.request.method": request.method, "url.path": request.path }
        },
        (span) => under(span, tried(span))
      )
    }

    // The governor's wait is not part of an attempt's time: it may be a ban of days.
    const once = <A, I>(request: Request<A, I>): Effect.Effect<A, BinanceError> => {
      const operation = `${request.method} ${request.path}`
      return Effect.zipRight(
        governor.await,
        within(
          attempt(request, operation),
          requestTimeout,
          timers,
          () => new RequestTimeout({ operation, after: requestTimeout })
        )
      )
    }

    const measureClock = (baseUrl: string, timePath: string) =>
      Effect.gen(function* () {
        const before = now()
        const { serverTime } = yield* once({ method: "GET", baseUrl, path: timePath, response: ServerTime })
        clockOffsets.set(baseUrl, Math.round(serverTime - (before + now()) / 2))
      })

    const request: BinanceHttp.Service["request"] = (request) => {
      const { baseUrl, signature } = request
      const call =
        signature === undefined
          ? once(request)
          : Effect.catchTag(once(request), "ClockSkew", () =>
              Effect.zipRight(measureClock(baseUrl, signature.timePath), once(request))
            )
      return Effect.catchIf(call, isSafeToRepeat, (error) => retried(call, error, retry))
    }

    return Owners.withRegistry<BinanceHttp.Service>({
      request,
      connectPermit: Effect.repeat(Effect.zipRight(governor.await, budget), { until: governor.isOpen }),
      unblocked: governor.await,
      block: governor.block,
      usedWeight: Effect.sync(weights.all)
    })
  })

// Both set what is local to the fiber for good, because to set it back costs a tenth of a call.

/** Without the platform's span, which would carry the listen key and the API key, and so without trace headers. */
const silently = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.zipRight(FiberRef.set(HttpClient.currentTracerDisabledWhen, constTrue), effect)

const under = <A, E>(span: Span, effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.zipRight(FiberRef.update(FiberRef.currentContext, Context.add(ParentSpan, span)), effect)

/** Tries again what has failed. Only then, because to set up a schedule costs as much as a fifth of a call. */
const retried = <A>(
  call: Effect.Effect<A, BinanceError>,
  error: BinanceError,
  schedule: Schedule.Schedule<unknown, BinanceError>
): Effect.Effect<A, BinanceError> => {
  let isFirst = true
  const next = Effect.suspend(() => {
    if (isFirst) {
      isFirst = false
      return Effect.fail(error)
    }
    return call
  })
  return Effect.retry(next, { schedule, while: isSafeToRepeat })
}

/** As `Effect.timeoutFail`, which is not used because it costs as much as the call: two fibers and a race. */
const within = <A, E>(
  effect: Effect.Effect<A, E>,
  millis: number,
  timers: Timers.Timers,
  onTimeout: () => E
): Effect.Effect<A, E> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkDaemon(restore(effect)), (fiber) => {
      const ended = Effect.async<A, E>((resume) => {
        const timer = timers.after(millis, () => {
          resume(Effect.zipRight(Fiber.interrupt(fiber), Effect.failSync(onTimeout)))
        })
        fiber.addObserver((exit) => {
          timer.cancel()
          resume(exit)
        })
      })
      return Effect.onInterrupt(restore(ended), () => Fiber.interrupt(fiber))
    })
  )

/** The weights that Binance counted, by host and header. */
const makeWeights = () => {
  const weights = new Map<string, UsedWeight>()
  const labels = new Map<string, ReadonlyArray<MetricLabel.MetricLabel>>()
  return {
    note: (baseUrl: string, headers: Headers.Headers, at: number) => {
      for (const header in headers) {
        if (weightHeader.test(header)) {
          const { host } = new URL(baseUrl)
          const key = `${host} ${header}`
          const used = Number(headers[header])
          const labelled = labels.get(key) ?? [MetricLabel.make("host", host), MetricLabel.make("header", header)]
          labels.set(key, labelled)
          weights.set(key, { host, header, used, at })
          Metrics.usedWeight.unsafeUpdate(used, labelled)
        }
      }
    },
    all: () => Array.from(weights.values())
  }
}

const secretsOf = (request: Request<any, any>): Array<Redacted.Redacted<string>> => {
  const parameters = [...Object.values(request.query ?? {}), ...Object.values(request.form ?? {})]
  const secrets = parameters.filter((value) => Redacted.isRedacted(value))
  return request.apiKey === undefined ? secrets : [request.apiKey, ...secrets]
}

const reveal = (parameters: Parameters = {}): Array<readonly [string, string]> =>
  Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Redacted.isRedacted(value) ? Redacted.value(value) : value] as const]
  )

const toHttp = (request: Request<any, any>, timestamp: number, secrets: Array<Redacted.Redacted<string>>) => {
  const body = restPayload(reveal(request.form))
  const withQuery = (query: string) => {
    const address = `${request.baseUrl}${request.path}${query === "" ? "" : `?${query}`}`
    return HttpClientRequest.make(request.method)(address).pipe(
      request.apiKey === undefined
        ? identity
        : HttpClientRequest.setHeader("X-MBX-APIKEY", Redacted.value(request.apiKey)),
      body === "" ? identity : HttpClientRequest.bodyText(body, "application/x-www-form-urlencoded")
    )
  }
  const query = reveal(request.query)
  if (request.signature === undefined) {
    return Effect.succeed(withQuery(restPayload(query)))
  }
  const { recvWindow, signer } = request.signature
  if (recvWindow !== undefined) {
    query.push(["recvWindow", String(recvWindow)])
  }
  query.push(["timestamp", String(timestamp)])
  const stamped = restPayload(query)
  return Effect.map(signer.sign(stamped + body), (signature) => {
    secrets.push(signature)
    return withQuery(`${stamped}&${restPayload([["signature", Redacted.value(signature)]])}`)
  })
}

/** Makes everybody wait until the latest time that an answer named. */
const makeGovernor = (now: () => number) => {
  let until = 0
  const isOpen = () => until <= now()
  const wait: Effect.Effect<void> = Effect.suspend(() =>
    isOpen() ? Effect.void : Effect.zipRight(Effect.sleep(until - now()), wait)
  )
  return {
    await: wait,
    isOpen,
    block: (time: number) =>
      Effect.suspend(() => {
        if (time <= Math.max(until, now())) {
          return Effect.void
        }
        until = time
        return Effect.logWarning(
          `Binance asks this IP to wait: no request and no connection before ${new Date(time).toISOString()}`
        )
      })
  }
}

/** Gives places in a sliding window, in the order in which they were asked for: who gives up waiting takes none. */
const makeConnectionBudget = (maximum: number, window: number, timers: Timers.Timers): Effect.Effect<void> => {
  const limit = Math.max(1, Math.floor(maximum))
  // A place is used a little after it was taken: the margin keeps the window true all the same.
  const width = window + 1000
  const places: Array<number> = []
  // Not a semaphore, whose every release wakes all who wait for it.
  const waiting: Array<() => void> = []
  let timer: Timers.Timer | undefined

  const serve = () => {
    timer?.cancel()
    timer = undefined
    while (waiting.length > 0) {
      const now = timers.now()
      const free = places.length < limit ? now : places[0]! + width
      if (free > now) {
        timer = timers.after(free - now, serve)
        return
      }
      places.push(now)
      if (places.length > limit) {
        places.shift()
      }
      waiting.shift()!()
    }
  }

  return Effect.async((resume) => {
    const take = () => resume(Effect.void)
    waiting.push(take)
    if (timer === undefined) {
      serve()
    }
    return Effect.sync(() => {
      const index = waiting.indexOf(take)
      if (index >= 0) {
        waiting.splice(index, 1)
        if (waiting.length === 0) {
          timer?.cancel()
          timer = undefined
        }
      }
    })
  })
}

/**
 * A `BinanceHttp` over the HTTP client of the platform: see `make`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<BinanceHttp, never, HttpClient.HttpClient> =>
  Layer.effect(BinanceHttp, make(options))
