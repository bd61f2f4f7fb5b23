/**
 * Listen keys: the credentials of 60 minutes with which a user data stream is opened.
 *
 * One table says how each product's three calls look; everything else here is the same for all of them.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { BinanceError, UnsupportedEnvironment } from "./BinanceError.js"
import { InvalidListenKey, RequestTimeout } from "./BinanceError.js"
import { BinanceHttp, type Parameters } from "./BinanceHttp.js"
import { Credentials } from "./Credentials.js"
import { Environment, type Product } from "./Environment.js"
import * as Backoff from "./internal/backoff.js"
import * as Span from "./internal/span.js"
import * as Telemetry from "./internal/telemetry.js"

/**
 * A listen key, and until when it is valid unless it is kept alive.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListenKey {
  readonly key: Redacted.Redacted<string>
  /** Epoch ms. */
  readonly expiresAt: number
}

/**
 * How the listen-key calls of a product look.
 *
 * @since 0.1.0
 * @category models
 */
export interface Endpoint {
  readonly product: Product
  readonly path: string
  /** Where PUT and DELETE want the key; `none` where Binance finds it by the API key. */
  readonly keepaliveKey: "none" | "query" | "form"
  readonly closeKey: "none" | "query"
  /** Whether PUT names the key that it kept alive. */
  readonly keepaliveTellsKey: boolean
  /** Isolated margin has one key for each symbol. */
  readonly symbol?: string | undefined
  /** What replaced these calls. */
  readonly successor?: string | undefined
}

/**
 * The table of all listen-key calls.
 *
 * `Spot`, `Margin` and `MarginIsolated` are the calls of 2025, which production retired on 2026-02-20.
 *
 * @since 0.1.0
 * @category constants
 */
export const endpoints = {
  CoinFutures: {
    product: "CoinFutures",
    path: "/dapi/v1/listenKey",
    keepaliveKey: "none",
    closeKey: "none",
    keepaliveTellsKey: true
  },
  UsdFutures: {
    product: "UsdFutures",
    path: "/fapi/v1/listenKey",
    keepaliveKey: "none",
    closeKey: "none",
    keepaliveTellsKey: true
  },
  Options: {
    product: "Options",
    path: "/eapi/v1/listenKey",
    keepaliveKey: "none",
    closeKey: "none",
    keepaliveTellsKey: false
  },
  PortfolioMargin: {
    product: "PortfolioMargin",
    path: "/papi/v1/listenKey",
    keepaliveKey: "none",
    closeKey: "none",
    keepaliveTellsKey: false
  },
  PortfolioMarginPro: {
    product: "PortfolioMarginPro",
    path: "/fapi/v1/listenKey",
    keepaliveKey: "none",
    closeKey: "none",
    keepaliveTellsKey: true
  },
  MarginRisk: {
    product: "MarginRisk",
    path: "/sapi/v1/margin/listen-key",
    keepaliveKey: "query",
    closeKey: "none",
    keepaliveTellsKey: false
  },
  Spot: {
    product: "Spot",
    path: "/api/v3/userDataStream",
    keepaliveKey: "form",
    closeKey: "query",
    keepaliveTellsKey: false,
    successor: "Spot.events (userDataStream.subscribe.signature on the WebSocket API)"
  },
  Margin: {
    product: "Margin",
    path: "/sapi/v1/userDataStream",
    keepaliveKey: "query",
    closeKey: "query",
    keepaliveTellsKey: false,
    successor: "Margin.events (POST /sapi/v1/userListenToken)"
  },
  MarginIsolated: {
    product: "Margin",
    path: "/sapi/v1/userDataStream/isolated",
    keepaliveKey: "query",
    closeKey: "query",
    keepaliveTellsKey: false,
    successor: "Margin.isolated(symbol).events (POST /sapi/v1/userListenToken with isIsolated=true)"
  }
} as const satisfies { readonly [name: string]: Endpoint }

/**
 * How a listen key is kept and given back.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** When to keep the key alive, counted from its creation. Default: every 30 minutes. A key lives for 60 minutes. */
  readonly keepalive?: Schedule.Schedule<unknown> | undefined
  /**
   * When to try a failed keepalive again; tries end when the key has expired. Default: after 1, 2, 4, 8, 16 and then
   * every 30 seconds, jittered.
   */
  readonly keepaliveRetry?: Schedule.Schedule<unknown, BinanceError> | undefined
  /**
   * Whether the key is closed when its last user leaves. `"leave"` is for accounts whose key other processes use as
   * well, because Binance gives all of them the same one. Default: `"close"`, for margin risk `"leave"`, whose DELETE
   * has a weight of 3000.
   */
  readonly onClose?: "close" | "leave" | undefined
  /** How long closing the key may take. Default: 5 seconds. */
  readonly closeTimeout?: Duration.DurationInput | undefined
}

/**
 * A listen key that is being kept alive.
 *
 * @since 0.1.0
 * @category models
 */
export interface Kept {
  /** The key of this moment. Fails once no key can be had any more, for example because the API key was refused. */
  readonly current: Effect.Effect<ListenKey, BinanceError>
  /** The key of this moment, and each one that takes its place: a key that was lost is replaced by a new one. */
  readonly changes: Stream.Stream<ListenKey, BinanceError>
}

/**
 * The listen-key calls of one product and account.
 *
 * @since 0.1.0
 * @category models
 */
export interface Calls {
  /** POST: a new key, or the active one with its life extended to 60 minutes. */
  readonly create: Effect.Effect<ListenKey, BinanceError>
  /** PUT: extends the life of the key to 60 minutes. Fails with `InvalidListenKey` if there is none to extend. */
  readonly keepalive: (key: ListenKey) => Effect.Effect<ListenKey, BinanceError>
  /** DELETE: ends the key, and silences every stream that uses it. */
  readonly close: (key: ListenKey) => Effect.Effect<void, BinanceError>
  /**
   * Keeps a key that has just been created alive for as long as it can, and tells each new expiry, and when the call
   * was sent that extended it (epoch ms). Fails with `InvalidListenKey` when the key is
   * gone or another one has taken its place, and with the last error when the key has expired.
   */
  readonly keepAlive: (
    key: ListenKey,
    onRenewed?: (key: ListenKey, sentAt: number) => Effect.Effect<void>
  ) => Effect.Effect<never, BinanceError>
  /**
   * A share in the account's key. When the last share's scope ends the key is closed, unless the options say to leave
   * it.
   */
  readonly lease: Effect.Effect<Lease, never, Scope.Scope>
  /** A key that is created, kept alive, replaced when it is lost, and closed with the scope. */
  readonly scoped: Effect.Effect<Kept, BinanceError, Scope.Scope>
}

/**
 * A share in the account's listen key.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lease {
  /** As `Calls.create`, and remembers that there is a key to close. */
  readonly create: Effect.Effect<ListenKey, BinanceError>
}

/**
 * How long a listen key lives from its creation or its last keepalive, in ms.
 *
 * @since 0.1.0
 * @category constants
 */
export const lifetime: number = Duration.toMillis("60 minutes")

const Created = Schema.Struct({
  listenKey: Schema.Redacted(Schema.NonEmptyString),
  expiration: Schema.optional(Schema.Number)
})

const KeptAlive = Schema.Struct({
  listenKey: Schema.optional(Schema.Redacted(Schema.NonEmptyString)),
  expiration: Schema.optional(Schema.Number)
})

const defaultKeepalive = Schedule.spaced("30 minutes")

const defaultKeepaliveRetry = Backoff.upTo("30 seconds")

type Underway = Set<Fiber.RuntimeFiber<ListenKey, BinanceError>>

/** Goes on when the one who waits for it is interrupted, and can be found as long as it does. */
const tracked = (create: Effect.Effect<ListenKey, BinanceError>, underway: Underway) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkDaemon(Effect.interruptible(create))
      underway.add(fiber)
      fiber.addObserver(() => underway.delete(fiber))
      return yield* restore(Fiber.join(fiber))
    })
  )

/**
 * Makes the listen-key calls of one product and account. Fails with `UnsupportedEnvironment` where the environment has
 * no REST host for the product.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  endpoint: Endpoint,
  options: Options = {}
): Effect.Effect<Calls, UnsupportedEnvironment, BinanceHttp | Credentials | Environment> =>
  Effect.gen(function* () {
    const http = yield* BinanceHttp
    const { apiKey } = yield* Credentials
    const baseUrl = yield* (yield* Environment).rest(endpoint.product)
    const telemetry = Telemetry.of(endpoint.product)
    const keepaliveSchedule = options.keepalive ?? defaultKeepalive
    const keepaliveRetry = options.keepaliveRetry ?? defaultKeepaliveRetry
    const closeTimeout = options.closeTimeout ?? "5 seconds"
    const onClose = options.onClose ?? (endpoint.product === "MarginRisk" ? "leave" : "close")

    const call = { baseUrl, path: endpoint.path, apiKey, successor: endpoint.successor }
    const symbol: Parameters = { symbol: endpoint.symbol }

    const create = Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const { expiration, listenKey } = yield* http.request({
        ...call,
        method: "POST",
        query: symbol,
        response: Created
      })
      return { key: listenKey, expiresAt: expiration ?? now + lifetime }
    })

    const keepalive = (key: ListenKey) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const { expiration, listenKey } = yield* http.request({
          ...call,
          method: "PUT",
          query: endpoint.keepaliveKey === "query" ? { ...symbol, listenKey: key.key } : symbol,
          form: endpoint.keepaliveKey === "form" ? { listenKey: key.key } : undefined,
          response: KeptAlive
        })
        return { key: listenKey ?? key.key, expiresAt: expiration ?? now + lifetime }
      })

    const close = (key: ListenKey) =>
      Effect.asVoid(
        http.request({
          ...call,
          method: "DELETE",
          query: endpoint.closeKey === "query" ? { ...symbol, listenKey: key.key } : symbol,
          response: Schema.Object
        })
      )

    /** The creations by which a keepalive asks for the account's key. */
    const verifying: Underway = new Set()

    // Where Binance finds the key by the account, PUT succeeds for whatever key the account has by now. A socket that
    // was opened with an earlier one would stay silent for ever, so the key itself has to be compared; POST tells it
    // where PUT does not.
    const renew = (key: ListenKey) =>
      Effect.gen(function* () {
        const kept = yield* keepalive(key)
        const renewed =
          endpoint.keepaliveTellsKey || endpoint.keepaliveKey !== "none" ? kept : yield* tracked(create, verifying)
        if (Redacted.value(renewed.key) !== Redacted.value(key.key)) {
          return yield* new InvalidListenKey({
            operation: `PUT ${endpoint.path}`,
            status: 200,
            msg: "another listen key has taken the place of this one"
          })
        }
        return renewed
      })

    // Validity is counted on the local clock: the expiry that Binance tells is on its own, which may be another one.
    const keepAlive: Calls["keepAlive"] = (key, onRenewed = () => Effect.void) =>
      Effect.gen(function* () {
        let current = key
        let validUntil = (yield* Clock.currentTimeMillis) + lifetime
        let lastError: BinanceError | undefined
        const reason = () => lastError ?? new RequestTimeout({ operation: `PUT ${endpoint.path}`, after: lifetime })
        const remaining = Effect.map(Clock.currentTimeMillis, (now) => Math.max(0, validUntil - now))

        const renewOnce = Effect.gen(function* () {
          // So that what is measured is the call, and not the ban that it waits out.
          yield* http.unblocked
          const sentAt = yield* Clock.currentTimeMillis
          const age = sentAt - (validUntil - lifetime)
          current = yield* Effect.tapError(renew(current), (error) => {
            lastError = error
            telemetry.keepaliveFailed(age, error)
            return Effect.annotateLogs(
              Effect.logDebug(`Keepalive of the listen key of ${endpoint.product} failed`, error.message),
              "product",
              endpoint.product
            )
          })
          validUntil = sentAt + lifetime
          telemetry.keptAlive(age, (yield* Clock.currentTimeMillis) - sentAt)
          yield* onRenewed(current, sentAt)
        }).pipe(Span.around("ListenKey.keepalive", { attributes: { product: endpoint.product } }))

        const renewInTime = Effect.flatMap(remaining, (duration) =>
          renewOnce.pipe(
            Effect.retry({ schedule: keepaliveRetry, while: (error) => error.isRetryable }),
            Effect.timeoutFail({ duration, onTimeout: reason })
          )
        )

        yield* Effect.schedule(renewInTime, keepaliveSchedule)
        // A schedule that ends leaves the key to its expiry.
        yield* Effect.flatMap(remaining, Effect.sleep)
        return yield* Effect.failSync(reason)
      })

    const closeInTime = (key: ListenKey) =>
      close(key).pipe(
        Effect.interruptible,
        Effect.timeout(closeTimeout),
        Effect.catchTag("InvalidListenKey", () => Effect.void),
        Effect.catchAll((error) =>
          Effect.logWarning(
            `The listen key of ${endpoint.product} could not be closed; it expires by itself within 60 minutes`,
            error.message
          )
        ),
        Span.around("ListenKey.close", { attributes: { product: endpoint.product } }),
        Effect.annotateLogs("product", endpoint.product)
      )

    // One account has one key, so all who use it here share it: the last one closes it, and nobody creates it while it
    // is being closed.
    const gate = yield* Effect.makeSemaphore(1)
    let owners = 0
    let last: ListenKey | undefined
    let wasSent = false

    const createOne = gate.withPermits(1)(
      Effect.suspend(() => {
        const wasSentBefore = wasSent
        wasSent = true
        return create.pipe(
          Effect.tap((key) =>
            Effect.sync(() => {
              last = key
            })
          ),
          Effect.tapErrorTag("Unauthorized", () =>
            Effect.sync(() => {
              wasSent = wasSentBefore
            })
          )
        )
      })
    )

    // Whoever holds the gate now creates a key for an owner of its own, or is closing it already.
    const closeLast = gate.withPermitsIfAvailable(1)(
      Effect.suspend(() => {
        if (owners > 0 || !wasSent || onClose === "leave") {
          return Effect.void
        }
        const key = last
        last = undefined
        wasSent = false
        return key === undefined && endpoint.closeKey !== "none"
          ? Effect.void
          : closeInTime(key ?? { key: Redacted.make(""), expiresAt: 0 })
      })
    )

    const lease: Calls["lease"] = Effect.gen(function* () {
      const creating: Underway = new Set()
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          owners++
        }),
        () =>
          Effect.gen(function* () {
            yield* settle(creating)
            owners--
            if (owners === 0) {
              yield* settle(verifying)
            }
            yield* closeLast
          })
      )
      return { create: tracked(createOne, creating) }
    })

    /** A POST that is under way may still make a key, which then has to be closed. */
    const settle = (underway: Underway) =>
      Effect.forEach(
        Array.from(underway),
        (fiber) =>
          Fiber.await(fiber).pipe(
            Effect.interruptible,
            Effect.timeoutTo({
              duration: onClose === "leave" ? 0 : closeTimeout,
              onSuccess: () => Effect.void,
              onTimeout: () => Fiber.interrupt(fiber)
            }),
            Effect.flatten
          ),
        { concurrency: "unbounded", discard: true }
      )

    const scoped: Calls["scoped"] = Effect.gen(function* () {
      const { create } = yield* lease
      const first = yield* create
      const state = yield* SubscriptionRef.make<Either.Either<ListenKey, BinanceError>>(Either.right(first))
      const set = (key: ListenKey) => SubscriptionRef.set(state, Either.right(key))
      const replace = create.pipe(
        Effect.retry({ schedule: keepaliveRetry, while: (error) => error.isRetryable }),
        Effect.tap(set)
      )
      const keep = (key: ListenKey): Effect.Effect<never, BinanceError> =>
        keepAlive(key, set).pipe(
          Effect.catchIf(
            (error) => error._tag === "InvalidListenKey" || error.isRetryable,
            (error) =>
              Effect.logWarning(
                `The listen key of ${endpoint.product} was lost; creating a new one`,
                error.message
              ).pipe(Effect.zipRight(replace), Effect.flatMap(keep))
          )
        )
      yield* keep(first).pipe(
        Effect.catchAll((error) => SubscriptionRef.set(state, Either.left(error))),
        Effect.interruptible,
        Effect.forkScoped
      )
      return {
        current: Effect.flatten(SubscriptionRef.get(state)),
        changes: Stream.mapEffect(state.changes, (key) => key)
      }
    })

    return { create, keepalive, close, keepAlive, lease, scoped }
  })
