/**
 * Listen keys: the credentials of 60 minutes with which a user data stream is opened.
 *
 * One table says how each product's three calls look; everything else here is the same for all of them.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import type * as Runtime from "effect/Runtime"
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
import { Keepalive, type Subject } from "./internal/keepalive.js"
import * as Span from "./internal/span.js"
import * as Telemetry from "./internal/telemetry.js"
import * as Timers from "./internal/timers.js"

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
  EuropeanOptions: {
    product: "EuropeanOptions",
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

const none: ReadonlyArray<never> = []

/**
 * Creations of a key that nobody may lose sight of: one that is under way may still make a key.
 *
 * @internal
 */
class Underway {
  private fibers: ReadonlyArray<Fiber.RuntimeFiber<ListenKey, BinanceError>> = none

  /** Goes on when the one who waits for it is interrupted, and can be found as long as it does. */
  track(create: Effect.Effect<ListenKey, BinanceError>): Effect.Effect<ListenKey, BinanceError> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.forkDaemon(Effect.interruptible(create)), (fiber) => {
        this.fibers = this.fibers.concat(fiber)
        fiber.addObserver(() => {
          this.fibers = this.fibers.filter((other) => other !== fiber)
        })
        return restore(Fiber.join(fiber))
      })
    )
  }

  /** Waits until all are done, but not for longer than that, and then ends them. */
  settle(duration: Duration.DurationInput): Effect.Effect<void> {
    return Effect.suspend(() =>
      Effect.forEach(
        this.fibers,
        (fiber) =>
          Fiber.await(fiber).pipe(
            Effect.interruptible,
            Effect.timeoutTo({
              duration,
              onSuccess: () => Effect.void,
              onTimeout: () => Fiber.interrupt(fiber)
            }),
            Effect.flatten
          ),
        { concurrency: "unbounded", discard: true }
      )
    )
  }
}

/**
 * Told each new expiry, and when the call was sent that extended it (epoch ms).
 *
 * @internal
 */
type OnRenewed = (key: ListenKey, sentAt: number) => Effect.Effect<void>

/**
 * The calls of one account, and what it knows of its key.
 *
 * @internal
 */
class Account {
  private readonly telemetry: Telemetry.Telemetry
  /** The creations by which a keepalive asks for the account's key. */
  private readonly verifying = new Underway()
  private owners = 0
  private last: ListenKey | undefined
  private wasSent = false
  /** Made when somebody comes to it, and forgotten when nobody is there. */
  private gate: Effect.Semaphore | undefined
  private atGate = 0

  constructor(
    private readonly endpoint: Endpoint,
    readonly options: Options,
    private readonly http: BinanceHttp.Service,
    private readonly apiKey: Redacted.Redacted<string>,
    private readonly baseUrl: string
  ) {
    this.telemetry = Telemetry.of(endpoint.product)
  }

  get create(): Effect.Effect<ListenKey, BinanceError> {
    return this.since((now) =>
      Effect.map(
        this.http.request({ ...this.call, method: "POST", query: this.symbol, response: Created }),
        ({ expiration, listenKey }) => ({ key: listenKey, expiresAt: expiration ?? now + lifetime })
      )
    )
  }

  keepalive(key: ListenKey): Effect.Effect<ListenKey, BinanceError> {
    const { keepaliveKey } = this.endpoint
    return this.since((now) =>
      Effect.map(
        this.http.request({
          ...this.call,
          method: "PUT",
          query: keepaliveKey === "query" ? { ...this.symbol, listenKey: key.key } : this.symbol,
          form: keepaliveKey === "form" ? { listenKey: key.key } : undefined,
          response: KeptAlive
        }),
        ({ expiration, listenKey }) => ({ key: listenKey ?? key.key, expiresAt: expiration ?? now + lifetime })
      )
    )
  }

  close(key: ListenKey): Effect.Effect<void, BinanceError> {
    return Effect.asVoid(
      this.http.request({
        ...this.call,
        method: "DELETE",
        query: this.endpoint.closeKey === "query" ? { ...this.symbol, listenKey: key.key } : this.symbol,
        response: Schema.Object
      })
    )
  }

  keepAlive(key: ListenKey, onRenewed: OnRenewed = () => Effect.void): Effect.Effect<never, BinanceError> {
    return Effect.gen(this, function* () {
      const ended = yield* Deferred.make<never, BinanceError>()
      const keepalive = this.startable(
        { key, onRenewed, onEnd: (exit) => Deferred.unsafeDone(ended, exit) },
        Timers.of(yield* Effect.clock),
        yield* Effect.uninterruptible(Effect.runtime<never>())
      )
      return yield* Effect.ensuring(Effect.zipRight(keepalive.start, Deferred.await(ended)), keepalive.stop)
    })
  }

  /** The same for those who would rather be called than wait. */
  startable(kept: KeptKey, timers: Timers.Timers, runtime: Runtime.Runtime<never>): Keepalive {
    return new Keepalive(new KeyLife(this, kept, timers), timers, runtime)
  }

  /** One attempt to extend the life of a key; `renewedAt` is when that succeeded last, in epoch ms. */
  renew(key: ListenKey, renewedAt: number): Effect.Effect<Renewed, BinanceError> {
    return Effect.gen(this, function* () {
      // So that what is measured is the call, and not the ban that it waits out.
      yield* this.http.unblocked
      const sentAt = yield* Clock.currentTimeMillis
      const age = sentAt - renewedAt
      const renewed = yield* Effect.tapError(this.renewSame(key), (error) => {
        this.telemetry.keepaliveFailed(age, error)
        return Effect.logDebug(`Keepalive of the listen key of ${this.product} failed`, error.message)
      })
      this.telemetry.keptAlive(age, (yield* Clock.currentTimeMillis) - sentAt)
      return { key: renewed, sentAt }
    })
  }

  get product(): Product {
    return this.endpoint.product
  }

  /** What the expiry of a key is put down to where no error is known. */
  get expiry(): BinanceError {
    return new RequestTimeout({ operation: `PUT ${this.endpoint.path}`, after: lifetime })
  }

  get lease(): Effect.Effect<Lease, never, Scope.Scope> {
    return Effect.acquireRelease(
      Effect.sync(() => this.share()),
      (share) => share.release
    )
  }

  /** One account has one key, so all who use it here share it: the last one to release its share closes it. */
  share(): Share {
    this.owners++
    return new Share(this)
  }

  /** A key for an owner of a share. Nobody creates it while it is being closed. */
  get createOne(): Effect.Effect<ListenKey, BinanceError> {
    return this.atTheGate((gate) =>
      gate.withPermits(1)(
        Effect.suspend(() => {
          const wasSentBefore = this.wasSent
          this.wasSent = true
          return Effect.tapBoth(this.create, {
            onFailure: (error) =>
              Effect.sync(() => {
                if (error._tag === "Unauthorized") {
                  this.wasSent = wasSentBefore
                }
              }),
            onSuccess: (key) =>
              Effect.sync(() => {
                this.last = key
              })
          })
        })
      )
    )
  }

  /** Waits for the creations of an owner who leaves. */
  leave(creating: Underway): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      const patience = this.onClose === "leave" ? 0 : this.closeTimeout
      yield* creating.settle(patience)
      this.owners--
      if (this.owners === 0) {
        yield* this.verifying.settle(patience)
      }
      yield* this.closeLast
    })
  }

  get scoped(): Effect.Effect<Kept, BinanceError, Scope.Scope> {
    return Effect.gen(this, function* () {
      const { create } = yield* this.lease
      const first = yield* create
      const state = yield* SubscriptionRef.make<Either.Either<ListenKey, BinanceError>>(Either.right(first))
      const set = (key: ListenKey) => SubscriptionRef.set(state, Either.right(key))
      const replace = create.pipe(
        Effect.retry({ schedule: retryOf(this.options), while: (error) => error.isRetryable }),
        Effect.tap(set)
      )
      const keep = (key: ListenKey): Effect.Effect<never, BinanceError> =>
        this.keepAlive(key, set).pipe(
          Effect.catchIf(
            (error) => error._tag === "InvalidListenKey" || error.isRetryable,
            (error) =>
              Effect.logWarning(`The listen key of ${this.product} was lost; creating a new one`, error.message).pipe(
                Effect.zipRight(replace),
                Effect.flatMap(keep)
              )
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
  }

  private get call() {
    const { path, successor } = this.endpoint
    return { baseUrl: this.baseUrl, path, apiKey: this.apiKey, successor }
  }

  private get symbol(): Parameters {
    return { symbol: this.endpoint.symbol }
  }

  private get onClose(): "close" | "leave" {
    return this.options.onClose ?? (this.product === "MarginRisk" ? "leave" : "close")
  }

  private get closeTimeout(): Duration.DurationInput {
    return this.options.closeTimeout ?? "5 seconds"
  }

  private since<A>(call: (now: number) => Effect.Effect<A, BinanceError>): Effect.Effect<A, BinanceError> {
    return Effect.flatMap(Clock.currentTimeMillis, call)
  }

  // Where Binance finds the key by the account, PUT succeeds for whatever key the account has by now. A socket that
  // was opened with an earlier one would stay silent for ever, so the key itself has to be compared; POST tells it
  // where PUT does not.
  private renewSame(key: ListenKey): Effect.Effect<ListenKey, BinanceError> {
    const { keepaliveKey, keepaliveTellsKey, path } = this.endpoint
    return Effect.gen(this, function* () {
      const kept = yield* this.keepalive(key)
      const renewed = keepaliveTellsKey || keepaliveKey !== "none" ? kept : yield* this.verifying.track(this.create)
      if (Redacted.value(renewed.key) !== Redacted.value(key.key)) {
        return yield* new InvalidListenKey({
          operation: `PUT ${path}`,
          status: 200,
          msg: "another listen key has taken the place of this one"
        })
      }
      return renewed
    })
  }

  private atTheGate<A, E>(enter: (gate: Effect.Semaphore) => Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.suspend(() => {
      const gate = this.gate ?? Effect.unsafeMakeSemaphore(1)
      this.gate = gate
      this.atGate++
      return Effect.ensuring(
        enter(gate),
        Effect.sync(() => {
          this.atGate--
          if (this.atGate === 0) {
            this.gate = undefined
          }
        })
      )
    })
  }

  // Whoever holds the gate now creates a key for an owner of its own, or is closing it already.
  private get closeLast() {
    return this.atTheGate((gate) =>
      gate.withPermitsIfAvailable(1)(
        Effect.suspend(() => {
          if (this.owners > 0 || !this.wasSent || this.onClose === "leave") {
            return Effect.void
          }
          const key = this.last
          this.last = undefined
          this.wasSent = false
          return key === undefined && this.endpoint.closeKey !== "none"
            ? Effect.void
            : this.closeInTime(key ?? { key: Redacted.make(""), expiresAt: 0 })
        })
      )
    )
  }

  private closeInTime(key: ListenKey): Effect.Effect<void> {
    const { product } = this
    return this.close(key).pipe(
      Effect.interruptible,
      Effect.timeout(this.closeTimeout),
      Effect.catchTag("InvalidListenKey", () => Effect.void),
      Effect.catchAll((error) =>
        Effect.logWarning(
          `The listen key of ${product} could not be closed; it expires by itself within 60 minutes`,
          error.message
        )
      ),
      Span.around("ListenKey.close", { attributes: { product } }),
      Effect.annotateLogs("product", product)
    )
  }
}

/**
 * A share in the account's key, until it is released.
 *
 * @internal
 */
class Share implements Lease {
  private readonly creating = new Underway()

  constructor(private readonly account: Account) {}

  get create(): Effect.Effect<ListenKey, BinanceError> {
    return this.creating.track(this.account.createOne)
  }

  get release(): Effect.Effect<void> {
    return this.account.leave(this.creating)
  }
}

/** @internal */
interface KeptKey {
  readonly key: ListenKey
  readonly onRenewed: OnRenewed
  readonly onEnd: (exit: Exit.Exit<never, BinanceError>) => void
}

/** @internal */
interface Renewed {
  readonly key: ListenKey
  readonly sentAt: number
}

const retryOf = (options: Options) => options.keepaliveRetry ?? defaultKeepaliveRetry

/**
 * The time in which a key is valid.
 *
 * @internal
 */
class KeyLife implements Subject {
  // Counted on the local clock: the expiry that Binance tells is on its own, which may be another one.
  private renewedAt: number
  private current: ListenKey
  private lastError: BinanceError | undefined

  constructor(
    private readonly account: Account,
    private readonly kept: KeptKey,
    private readonly timers: Timers.Timers
  ) {
    this.current = kept.key
    this.renewedAt = timers.now()
  }

  get schedule(): Schedule.Schedule<unknown> {
    return this.account.options.keepalive ?? defaultKeepalive
  }

  get renew(): Effect.Effect<void, BinanceError> {
    const { product } = this.account
    return Effect.suspend(() =>
      this.renewOnce.pipe(
        Span.around("ListenKey.keepalive", { attributes: { product } }),
        Effect.retry({ schedule: retryOf(this.account.options), while: (error) => error.isRetryable }),
        Effect.timeoutFail({ duration: this.remaining(), onTimeout: () => this.reason() }),
        Effect.annotateLogs("product", product)
      )
    )
  }

  remaining(): number {
    return Math.max(0, this.renewedAt + lifetime - this.timers.now())
  }

  reason(): BinanceError {
    return this.lastError ?? this.account.expiry
  }

  onEnd(exit: Exit.Exit<never, BinanceError>) {
    this.kept.onEnd(exit)
  }

  private get renewOnce(): Effect.Effect<void, BinanceError> {
    return Effect.matchEffect(
      Effect.suspend(() => this.account.renew(this.current, this.renewedAt)),
      {
        onFailure: (error) => {
          this.lastError = error
          return Effect.fail(error)
        },
        onSuccess: ({ key, sentAt }) => {
          this.current = key
          this.renewedAt = sentAt
          return this.kept.onRenewed(key, sentAt)
        }
      }
    )
  }
}

/**
 * Makes the listen-key calls of one product and account, for those who keep thousands of keys alive.
 *
 * @internal
 */
export const makeAccount = (
  endpoint: Endpoint,
  options: Options
): Effect.Effect<Account, UnsupportedEnvironment, BinanceHttp | Credentials | Environment> =>
  Effect.gen(function* () {
    const { apiKey } = yield* Credentials
    const baseUrl = yield* (yield* Environment).rest(endpoint.product)
    return new Account(endpoint, options, yield* BinanceHttp, apiKey, baseUrl)
  })

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
  Effect.map(makeAccount(endpoint, options), (account) => ({
    create: account.create,
    keepalive: (key) => account.keepalive(key),
    close: (key) => account.close(key),
    keepAlive: (key, onRenewed) => account.keepAlive(key, onRenewed),
    lease: account.lease,
    scoped: account.scoped
  }))
