/**
 * Binance's WebSocket API: requests and responses over one socket, on which user data events of spot and margin arrive
 * as well.
 *
 * A connection lives until its scope closes or the peer closes it. It does not reconnect: the stream that uses it does.
 *
 * @since 0.1.0
 */
import type * as Socket from "@effect/platform/Socket"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { BinanceError } from "./BinanceError.js"
import type { BinanceHttp } from "./BinanceHttp.js"
import type { Credentials } from "./Credentials.js"
import type { Closed } from "./internal/socket/webSocket.js"
import * as Api from "./internal/webSocketApi/api.js"
import type {
  Handler,
  Options,
  RateLimit,
  Request,
  Session,
  SubscribeOptions,
  Subscription
} from "./internal/webSocketApi/model.js"
import { unwatched } from "./internal/webSocketApi/socket.js"
import type { ListenKey } from "./ListenKey.js"

export type { Closed } from "./internal/socket/webSocket.js"
export {
  type Handler,
  type Options,
  type Parameters,
  RateLimit,
  type Request,
  Session,
  type SubscribeOptions,
  type Subscription
} from "./internal/webSocketApi/model.js"

/**
 * A connection to the WebSocket API, for one account.
 *
 * @since 0.1.0
 * @category tags
 */
export class WebSocketApi extends Context.Tag("effect-binance-user-data/WebSocketApi")<
  WebSocketApi,
  WebSocketApi.Service
>() {}

/**
 * The types of the `WebSocketApi` service.
 *
 * @since 0.1.0
 */
export declare namespace WebSocketApi {
  /**
   * One connection to the WebSocket API. It does not reconnect: once it is closed, its calls fail with
   * `TransportError`.
   *
   * @since 0.1.0
   * @category models
   */
  export interface Service {
    /** Sends a request and decodes its result. Any number of requests may be in flight. */
    readonly request: <A, I>(request: Request<A, I>) => Effect.Effect<A, BinanceError>
    readonly session: SessionCalls
    readonly userDataStream: UserDataStreamCalls
    /** The rate limits and their usage, from the latest responses. Empty with `returnRateLimits: false`. */
    readonly rateLimits: Effect.Effect<ReadonlyArray<RateLimit>>
    /** By how many ms the server's clock was ahead when it was last measured; 0 before that. */
    readonly clockOffset: Effect.Effect<number>
    /** Completes when nothing more will arrive. */
    readonly closed: Effect.Effect<Closed>
  }

  /**
   * The `session.*` calls.
   *
   * @since 0.1.0
   * @category models
   */
  export interface SessionCalls {
    /** `session.logon`: authenticates the connection. Needs an Ed25519 key, fails with `InvalidCredentials` otherwise. */
    readonly logon: Effect.Effect<Session, BinanceError>
    /** `session.status`. */
    readonly status: Effect.Effect<Session, BinanceError>
    /** `session.logout`: ends also the subscription that was made with `userDataStream.subscribe`. */
    readonly logout: Effect.Effect<Session, BinanceError>
    /** `session.subscriptions`: the ids of the active subscriptions. */
    readonly subscriptions: Effect.Effect<ReadonlyArray<number>, BinanceError>
    /** Whether the connection is logged on, according to the answers so far. */
    readonly isAuthenticated: Effect.Effect<boolean>
  }

  /**
   * The `userDataStream.*` calls.
   *
   * @since 0.1.0
   * @category models
   */
  export interface UserDataStreamCalls {
    /** `userDataStream.subscribe`: the events of the account that is logged on. */
    readonly subscribe: (handler: Handler, options?: SubscribeOptions) => Effect.Effect<Subscription, BinanceError>
    /** `userDataStream.subscribe.signature`: the events of the account of the credentials, with a key of any kind. */
    readonly subscribeSignature: (
      handler: Handler,
      options?: SubscribeOptions
    ) => Effect.Effect<Subscription, BinanceError>
    /**
     * `userDataStream.subscribe.listenToken`: the events of the margin account of the token. Subscribing with a new token
     * before the old one expires extends the subscription.
     */
    readonly subscribeListenToken: (
      token: Redacted.Redacted<string>,
      handler: Handler,
      options?: SubscribeOptions
    ) => Effect.Effect<Subscription, BinanceError>
    /** `userDataStream.unsubscribe`: ends one subscription, or all of them. */
    readonly unsubscribe: (subscriptionId?: number) => Effect.Effect<void, BinanceError>
    /** `userDataStream.start` (futures): the same listen key that REST gives. Its events arrive on the stream host. */
    readonly start: Effect.Effect<ListenKey, BinanceError>
    /** `userDataStream.ping` (futures): extends the listen key's life to 60 minutes. */
    readonly ping: Effect.Effect<ListenKey, BinanceError>
    /** `userDataStream.stop` (futures): ends the listen key. */
    readonly stop: Effect.Effect<void, BinanceError>
  }
}

/**
 * Opens a connection, until the scope closes or the peer closes it.
 *
 * When the scope closes, requests in flight fail with `TransportError`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options
): Effect.Effect<
  WebSocketApi.Service,
  BinanceError,
  Scope.Scope | Credentials | BinanceHttp | Socket.WebSocketConstructor
> =>
  Effect.map(
    Api.make(options, unwatched),
    ({ clockOffset, closed, rateLimits, request, session, userDataStream }): WebSocketApi.Service => ({
      request,
      session,
      userDataStream,
      rateLimits,
      clockOffset,
      closed
    })
  )

/**
 * A connection to the WebSocket API, open as long as the layer: see `make`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options
): Layer.Layer<WebSocketApi, BinanceError, Credentials | BinanceHttp | Socket.WebSocketConstructor> =>
  Layer.scoped(WebSocketApi, make(options))
