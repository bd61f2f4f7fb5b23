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
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Environment from "../Environment.js"
import type * as Fault from "./Fault.js"
import { control } from "./internal/control/control.js"
import { serve } from "./internal/loopback.js"
import { makeClient, makeConstructor } from "./internal/memory.js"
import type { Counters, RequestRecord, SocketInfo } from "./internal/simulated/observed.js"
import type { AccountOptions, Events, Options, Target, TradingDayOptions } from "./internal/simulated/options.js"
import { makeService, makeWorld, type Service } from "./internal/simulated/service.js"
import type { Trading } from "./Trading.js"

export type { Counters, RequestRecord, SocketInfo, Violation } from "./internal/simulated/observed.js"
export {
  type AccountOptions,
  type Cadence,
  defaultAccount,
  defaultApiKey,
  defaultSecretKey,
  type Events,
  type Options,
  type Target,
  type TradingDayOptions
} from "./internal/simulated/options.js"

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
 * On loopback: HTTP and WebSocket on one port of 127.0.0.1, for any client. The environment that comes with it has
 * every product there. Needs `@effect/platform-node`.
 *
 * With `control` a test in any language does over HTTP what `SimulatedBinance.Service` and `Fault` do: `POST
 * /control/setPrice`, `POST /control/faults/dropSockets` and so on, each with what it takes as JSON; `GET /control` lists
 * them.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options & {
    /** Default: 0, which takes a free one. */
    readonly port?: number | undefined
    /** Whether there is a control API. Default: `false`. */
    readonly control?: boolean | undefined
  } = {}
): Layer.Layer<SimulatedBinance | Environment.Environment> =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const world = yield* makeWorld(options)
      const made = yield* Deferred.make<Service>()
      const onControl = (path: string, body: string) =>
        Effect.flatMap(Deferred.await(made), (service) => control(service, path, body))
      const port = yield* Effect.orDie(serve(world, options.port ?? 0, options.control ? onControl : undefined))
      const urls = { http: `http://127.0.0.1:${port}`, webSocket: `ws://127.0.0.1:${port}` }
      const service = makeService(world, urls)
      yield* Deferred.succeed(made, service)
      return Context.make(SimulatedBinance, SimulatedBinance.of(service)).pipe(
        Context.add(Environment.Environment, Environment.atUrl(urls.http))
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
        Context.add(Environment.Environment, Environment.atUrl(urls.http)),
        Context.add(HttpClient.HttpClient, makeClient(world)),
        Context.add(Socket.WebSocketConstructor, construct)
      )
    })
  )
