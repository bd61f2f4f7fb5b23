/**
 * A simulated Binance for tests and demos: user data of all products, on loopback or in memory.
 *
 * It behaves as Binance does towards any client: listen keys and tokens with their lives, stream sockets, WebSocket
 * APIs with real signature checks, pings, limits, the cut after 24 hours. Time is Effect's `Clock` and chance is its
 * `Random`, so that a virtual clock lets days pass at once and a seed replays exactly. What goes wrong is up to the
 * test: see `Fault`. What clients did is counted, so that a test can assert that nothing is left.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Socket from "@effect/platform/Socket"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { PCGRandom } from "effect/Utils"
import * as Environment from "../Environment.js"
import type * as Fault from "./Fault.js"
import { makeApiKey } from "./internal/accounts.js"
import { encode, type Events as ProductEvents } from "./internal/encoders.js"
import { trading } from "./internal/exchange/control.js"
import { day } from "./internal/exchange/day.js"
import { inject } from "./internal/faults/inject.js"
import { serve } from "./internal/loopback.js"
import { makeClient, makeConstructor } from "./internal/memory.js"
import type { Settings } from "./internal/settings.js"
import * as Timers from "./internal/timers.js"
import { World } from "./internal/world.js"
import type { Trading } from "./Trading.js"

/**
 * The simulated Binance.
 *
 * @since 0.1.0
 * @category tags
 */
export class SimulatedBinance extends Context.Tag("effect-binance-user-data/testing/SimulatedBinance")<
  SimulatedBinance,
  SimulatedBinance.Service
>() {}

/**
 * The types of the `SimulatedBinance` service.
 *
 * @since 0.1.0
 */
export declare namespace SimulatedBinance {
  /**
   * What a test does to the simulated Binance, and asks of it.
   *
   * @since 0.1.0
   * @category models
   */
  export interface Service extends Trading {
    /** `http://127.0.0.1:<port>` on loopback; in memory every host is this Binance. */
    readonly httpUrl: string
    /** `ws://127.0.0.1:<port>` on loopback; in memory every host is this Binance. */
    readonly webSocketUrl: string
    /** Adds an API key to an account, which is made if it is new. */
    readonly account: (options: AccountOptions) => Effect.Effect<void>
    /**
     * Sends an event, as the product's schema types it, to everybody who listens to an account's product, and tells how
     * many sockets got it. Dies with a value that is no event of the product.
     */
    readonly push: <P extends Environment.Product>(target: Target<P>, event: Events[P]) => Effect.Effect<number>
    /**
     * Sends a frame to everybody who listens to an account's product, and tells how many sockets got it. An object is
     * written as JSON; a text is sent as it is, so that it can hold integers of any size, or be no JSON at all.
     */
    readonly pushRaw: (target: Target, event: string | object) => Effect.Effect<number>
    /**
     * A small trading day of the account: money comes in, a buy fills in two parts, another is cancelled, some is sold
     * again, and what else the product has: funding, loans and interest, levels of risk. The next day goes on from
     * there. Tells how many events it pushed on the product's stream.
     */
    readonly tradingDay: (product: Environment.Product, options?: TradingDayOptions) => Effect.Effect<number>
    /** Makes something go wrong, and tells how many sockets, keys or subscriptions that hit at once. */
    readonly inject: (fault: Fault.Fault) => Effect.Effect<number>
    /** Numbers to assert on. */
    readonly counters: Effect.Effect<Counters>
    /** Every request so far, in order; no values, only names. */
    readonly requests: Effect.Effect<ReadonlyArray<RequestRecord>>
    /** How many requests there were to an endpoint (as in `RequestRecord`), or to all. */
    readonly requestCount: (endpoint?: string) => Effect.Effect<number>
    /** The sockets that are open now. */
    readonly sockets: Effect.Effect<ReadonlyArray<SocketInfo>>
    /** What the server's clock shows, in epoch ms. */
    readonly serverTime: Effect.Effect<number>
  }
}

/**
 * An API key of an account, with what its signatures are checked against: a secret key (HMAC), or a public key in PEM
 * (RSA or Ed25519). Without either only unsigned calls succeed.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccountOptions {
  readonly apiKey: string
  readonly secretKey?: string | undefined
  readonly publicKey?: string | undefined
  /** The name of the account. Default: the account of `defaultApiKey`. */
  readonly account?: string | undefined
}

/**
 * Whose events.
 *
 * @since 0.1.0
 * @category models
 */
export interface Target<P extends Environment.Product = Environment.Product> {
  readonly product: P
  /** The name of the account. Default: the account of `defaultApiKey`. */
  readonly account?: string | undefined
  /** An isolated margin symbol. */
  readonly symbol?: string | undefined
}

/**
 * The events of each product.
 *
 * @since 0.1.0
 * @category models
 */
export interface Events extends ProductEvents {}

/**
 * Whose trading day it is, and how fast it passes.
 *
 * @since 0.1.0
 * @category models
 */
export interface TradingDayOptions {
  /** The time between two steps, of which each may push some events. Default: none. */
  readonly interval?: Duration.DurationInput | undefined
  readonly account?: string | undefined
  /** An isolated margin symbol. */
  readonly symbol?: string | undefined
}

/**
 * A request that the simulated Binance has seen: names, but no values.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestRecord {
  /** Epoch ms. */
  readonly at: number
  /** `PUT /dapi/v1/listenKey`, or the method of a WebSocket API: `session.logon`. */
  readonly endpoint: string
  readonly method: string
  readonly path: string
  /** The names of the parameters, sorted. */
  readonly parameters: ReadonlyArray<string>
  /** The names of the headers, in lower case, sorted. */
  readonly headers: ReadonlyArray<string>
  /** `200`, `400 -1125` (status and code), `reset`, `never`, or `pending`. */
  readonly outcome: string
}

/**
 * A thing that Binance does not like.
 *
 * @since 0.1.0
 * @category models
 */
export interface Violation {
  /** Epoch ms. */
  readonly at: number
  /**
   * `MissingApiKey`, `NeedlesslySigned`, `UnknownParameter`, `UnknownEndpoint`, `UnknownMethod`, `InvalidSignature`,
   * `InvalidJson`, `InvalidRequest`, `InvalidStreamRequest`, `MissingId`, `TooManyFrames`, `TooManyConnects` or
   * `WeightExceeded`.
   */
  readonly kind: string
  readonly detail: string
}

/**
 * What the simulated Binance has counted since it started, or holds now.
 *
 * @since 0.1.0
 * @category models
 */
export interface Counters {
  /** How many requests had which outcome, by endpoint: `counters.requests["PUT /dapi/v1/listenKey"]?.["200"]`. */
  readonly requests: { readonly [endpoint: string]: { readonly [outcome: string]: number } }
  readonly liveKeys: number
  readonly liveTokens: number
  /** A half-open socket counts until the client closes it. */
  readonly openSockets: number
  /** On WebSocket APIs. */
  readonly subscriptions: number
  /** When each WebSocket connect was tried, in epoch ms, refused ones included. */
  readonly connects: ReadonlyArray<number>
  readonly refusedConnects: number
  readonly pingsSent: number
  readonly pongsReceived: number
  readonly pingsReceived: number
  /** Text frames. */
  readonly framesReceived: number
  /** Event frames. */
  readonly eventsSent: number
  readonly violations: ReadonlyArray<Violation>
}

/**
 * A socket that is open on the simulated Binance.
 *
 * @since 0.1.0
 * @category models
 */
export interface SocketInfo {
  readonly id: number
  /** With `<listenKey>` where a listen key was. */
  readonly path: string
  /** Epoch ms. */
  readonly openedAt: number
  readonly isHalfOpen: boolean
  /** Listen keys on a stream socket, subscriptions on a WebSocket API. */
  readonly streams: number
}

/**
 * How often a socket is pinged, and how long a pong may take.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cadence {
  readonly pingInterval: Duration.DurationInput
  readonly pongTimeout: Duration.DurationInput
}

/**
 * How the simulated Binance differs from the real one. Every option has a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Whether the listen-key calls of spot and margin are gone, as they are since 2026-02-20. Default: `true`. */
  readonly retired?: boolean | undefined
  /**
   * Whether too much weight (429) and too many connects (more than 300 in 5 minutes) are refused, or only counted as
   * violations. Default: `false`.
   */
  readonly enforceLimits?: boolean | undefined
  /** How long a socket lives. Default: 24 hours. */
  readonly socketLifetime?: Duration.DurationInput | undefined
  /** How a socket ends after that: the code of the close frame, or 1006 for none. Default: 1001. */
  readonly lifetimeCloseCode?: number | undefined
  /** Default: every 20 seconds, 1 minute. */
  readonly webSocketApi?: Cadence | undefined
  /** Futures, portfolio margin and margin risk. Default: every 3 minutes, 10 minutes. */
  readonly futures?: Cadence | undefined
  /** Default: every 5 minutes, 15 minutes. */
  readonly options?: Cadence | undefined
  /** How many subscriptions may be active on a socket. Default: 1000. */
  readonly maxSubscriptions?: number | undefined
  /** How many subscriptions a socket may have in its life. Default: 65535. */
  readonly maxSubscriptionIds?: number | undefined
  /**
   * The first id of orders, trades, transfers and what else has one: with `"9007199254740993"` ids are beyond what a
   * number can hold. Default: `"1000000001"`.
   */
  readonly firstId?: string | undefined
  /** What chance starts from. Default: taken from Effect's `Random`. */
  readonly seed?: number | undefined
  /** API keys beside the default one. */
  readonly accounts?: ReadonlyArray<AccountOptions> | undefined
}

/**
 * The API key of the account that always exists.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultApiKey = "SimulatedBinanceDefaultApiKey00000000000000000000000000000000001"

/**
 * The secret key (HMAC) of the account that always exists.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultSecretKey = "SimulatedBinanceDefaultSecretKey00000000000000000000000000000001"

/**
 * The name of the account that always exists.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultAccount = "default"

const cadence = (given: Cadence | undefined, pingInterval: number, pongTimeout: number) =>
  given === undefined
    ? { pingInterval, pongTimeout }
    : { pingInterval: Duration.toMillis(given.pingInterval), pongTimeout: Duration.toMillis(given.pongTimeout) }

const settingsOf = (options: Options): Settings => ({
  retired: options.retired ?? true,
  enforceLimits: options.enforceLimits ?? false,
  lifetime: Duration.toMillis(options.socketLifetime ?? "24 hours"),
  lifetimeCloseCode: options.lifetimeCloseCode ?? 1001,
  cadence: {
    webSocketApi: cadence(options.webSocketApi, 20_000, 60_000),
    futures: cadence(options.futures, 180_000, 600_000),
    options: cadence(options.options, 300_000, 900_000)
  },
  firstId: BigInt(options.firstId ?? "1000000001"),
  maxSubscriptions: options.maxSubscriptions ?? 1000,
  maxSubscriptionIds: options.maxSubscriptionIds ?? 65_535
})

const makeWorld = (options: Options): Effect.Effect<World, never, Scope.Scope> =>
  Effect.gen(function* () {
    const timers = yield* Effect.acquireRelease(Effect.map(Effect.clock, Timers.make), (timers) =>
      Effect.sync(timers.close)
    )
    const seed = options.seed ?? (yield* Random.nextInt)
    const world = new World(timers, new PCGRandom(seed), settingsOf(options))
    const accounts = [{ apiKey: defaultApiKey, secretKey: defaultSecretKey }, ...(options.accounts ?? [])]
    for (const account of accounts) {
      addAccount(world, account)
    }
    return world
  })

const addAccount = (world: World, options: AccountOptions) =>
  world.accounts.add(
    makeApiKey({
      apiKey: options.apiKey,
      account: options.account ?? defaultAccount,
      secretKey: options.secretKey,
      publicKey: options.publicKey
    })
  )

const countersOf = (world: World): Counters => {
  const { journal } = world
  const requests: { [endpoint: string]: { [outcome: string]: number } } = {}
  for (const { endpoint, outcome } of journal.requests) {
    const outcomes = requests[endpoint] ?? {}
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    requests[endpoint] = outcomes
  }
  return {
    requests,
    liveKeys: world.keys.size,
    liveTokens: world.tokens.size,
    openSockets: world.connections.size,
    subscriptions: world.subscribers.subscriptionCount,
    connects: journal.connects.slice(),
    refusedConnects: journal.refusedConnects,
    pingsSent: journal.pingsSent,
    pongsReceived: journal.pongsReceived,
    pingsReceived: journal.pingsReceived,
    framesReceived: journal.framesReceived,
    eventsSent: journal.eventsSent,
    violations: journal.violations.slice()
  }
}

const socketsOf = (world: World): ReadonlyArray<SocketInfo> =>
  Array.from(world.connections.values(), (connection) => ({
    id: connection.id,
    path: connection.path,
    openedAt: connection.openedAt,
    isHalfOpen: connection.isHalfOpen,
    streams: connection.size
  }))

const makeService = (world: World, urls: { readonly http: string; readonly webSocket: string }) => {
  const pushText = (target: Target, text: string) =>
    world.deliver(target.product, target.account ?? defaultAccount, target.symbol, text)
  const accounts = trading(world.exchange)
  return SimulatedBinance.of({
    ...accounts,
    httpUrl: urls.http,
    webSocketUrl: urls.webSocket,
    account: (options) => Effect.sync(() => addAccount(world, options)),
    push: (target, event) => Effect.sync(() => pushText(target, encode(target.product, event))),
    pushRaw: (target, event) =>
      Effect.sync(() => pushText(target, typeof event === "string" ? event : JSON.stringify(event))),
    tradingDay: (product, options = {}) => {
      const { interval, ...owner } = options
      const pause = interval === undefined ? Effect.void : Effect.sleep(interval)
      return Effect.suspend(() => {
        const account = owner.account ?? defaultAccount
        const whose = { product, account, symbol: owner.symbol }
        const before = world.madeOf(whose)
        const chance = world.integer(1000) / 1000
        const script = day(product, { trading: accounts, account, chance, pause }, owner.symbol)
        return Effect.map(Effect.orDie(script), () => world.madeOf(whose) - before)
      })
    },
    inject: (fault) => Effect.sync(() => inject(world, fault)),
    counters: Effect.sync(() => countersOf(world)),
    requests: Effect.sync(() => world.journal.requests.map((request) => ({ ...request }))),
    requestCount: (endpoint) =>
      Effect.sync(() =>
        endpoint === undefined
          ? world.journal.requests.length
          : world.journal.requests.filter((request) => request.endpoint === endpoint).length
      ),
    sockets: Effect.sync(() => socketsOf(world)),
    serverTime: Effect.sync(() => world.serverTime())
  })
}

/** Every product at one place, each at its own path. */
const environmentAt = (http: string, webSocket: string): Environment.Environment.Service =>
  Environment.custom({
    name: "simulated",
    table: {
      CoinFutures: { rest: http, stream: webSocket, webSocketApi: `${webSocket}/ws-dapi/v1` },
      UsdFutures: { rest: http, stream: `${webSocket}/private`, webSocketApi: `${webSocket}/ws-fapi/v1` },
      EuropeanOptions: { rest: http, stream: `${webSocket}/private` },
      PortfolioMargin: { rest: http, stream: `${webSocket}/pm` },
      PortfolioMarginPro: { rest: http, stream: `${webSocket}/pm-classic` },
      MarginRisk: { rest: http, stream: webSocket },
      Margin: { rest: http, webSocketApi: `${webSocket}/ws-api/v3` },
      Spot: { rest: http, webSocketApi: `${webSocket}/ws-api/v3` }
    }
  })

/**
 * On loopback: HTTP and WebSocket on one port of 127.0.0.1, for any client. The environment that comes with it has
 * every product there. Needs `@effect/platform-node`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options & {
    /** Default: 0, which takes a free one. */
    readonly port?: number | undefined
  } = {}
): Layer.Layer<SimulatedBinance | Environment.Environment> =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const world = yield* makeWorld(options)
      const port = yield* Effect.orDie(serve(world, options.port ?? 0))
      const urls = { http: `http://127.0.0.1:${port}`, webSocket: `ws://127.0.0.1:${port}` }
      return Context.make(SimulatedBinance, makeService(world, urls)).pipe(
        Context.add(Environment.Environment, environmentAt(urls.http, urls.webSocket))
      )
    })
  )

/**
 * In memory: an HTTP client and a WebSocket constructor that lead here whatever host is asked for, without a socket
 * or a timer of their own, so that a virtual clock replays exactly.
 *
 * @example
 * ```ts
 * import { BinanceHttp, CoinFutures, Credentials } from "effect-binance-user-data"
 * import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
 * import * as Effect from "effect/Effect"
 * import * as Fiber from "effect/Fiber"
 * import * as Layer from "effect/Layer"
 * import * as Stream from "effect/Stream"
 * import * as TestClock from "effect/TestClock"
 *
 * const layer = CoinFutures.layer.pipe(
 *   Layer.provide(BinanceHttp.layer),
 *   Layer.provide(
 *     Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey, secretKey: SimulatedBinance.defaultSecretKey })
 *   ),
 *   Layer.provideMerge(SimulatedBinance.layerMemory())
 * )
 *
 * const test = Effect.gen(function* () {
 *   const binance = yield* SimulatedBinance.SimulatedBinance
 *   const futures = yield* CoinFutures.CoinFutures
 *   const elements = yield* Effect.fork(Stream.runCollect(Stream.take(futures.events, 3)))
 *   yield* TestClock.adjust("1 second")
 *   yield* binance.inject(Fault.expireListenKey({ product: "CoinFutures" }))
 *   yield* TestClock.adjust("1 minute")
 *   return yield* Fiber.join(elements)
 * }).pipe(Effect.provide(layer))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory = (
  options: Options & {
    /**
     * Whether sockets look as those of `ws` do (`on("ping")`, `pause`, `terminate` ...) or as in a browser, where pings
     * are hidden. Default: `"visible"`.
     */
    readonly pings?: "visible" | "hidden" | undefined
  } = {}
): Layer.Layer<SimulatedBinance | Environment.Environment | HttpClient.HttpClient | Socket.WebSocketConstructor> =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const world = yield* makeWorld(options)
      const construct = yield* makeConstructor(world, options.pings !== "hidden")
      const urls = { http: "https://simulated.binance.test", webSocket: "wss://simulated.binance.test" }
      return Context.make(SimulatedBinance, makeService(world, urls)).pipe(
        Context.add(Environment.Environment, environmentAt(urls.http, urls.webSocket)),
        Context.add(HttpClient.HttpClient, makeClient(world)),
        Context.add(Socket.WebSocketConstructor, construct)
      )
    })
  )
