/**
 * COIN-M futures: orders, balances and positions of coin-margined contracts.
 *
 * Listen key by `/dapi/v1/listenKey`, events at `wss://dstream.binance.com/ws/<listenKey>`.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { InvalidOptions, UnsupportedEnvironment } from "./BinanceError.js"
import { CoinFuturesEvent } from "./CoinFuturesEvent.js"
import * as ListenKeyProduct from "./internal/product/listenKey.js"
import * as ListenKey from "./ListenKey.js"
import type { StreamNotice } from "./StreamNotice.js"
import type { MalformedEvent, UnknownEvent } from "./UserDataEvent.js"
import * as UserDataEvent from "./UserDataEvent.js"
import type * as UserDataStream from "./UserDataStream.js"

/**
 * The COIN-M futures stream of one account.
 *
 * @since 0.1.0
 * @category tags
 */
export class CoinFutures extends Context.Tag("effect-binance-user-data/CoinFutures")<
  CoinFutures,
  CoinFutures.Service
>() {}

/**
 * The types of the `CoinFutures` service.
 *
 * @since 0.1.0
 */
export declare namespace CoinFutures {
  /**
   * The COIN-M futures stream of one account: its events, its health, and its listen-key calls. Its effects and streams
   * fail with a `BinanceError`.
   *
   * @since 0.1.0
   * @category models
   */
  export interface Service extends UserDataStream.ListenKeyStream<Event> {}
}

/**
 * The elements of the stream that are not notices.
 *
 * @since 0.1.0
 * @category models
 */
export type Event = CoinFuturesEvent | UnknownEvent | MalformedEvent

/**
 * An element of the stream: an event or a notice.
 *
 * @since 0.1.0
 * @category models
 */
export type Element = Event | StreamNotice

/**
 * Options of the COIN-M futures stream and its listen key. Every option has a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface StreamOptions extends ListenKey.Options, UserDataStream.Options {}

const decoder = UserDataEvent.sharedDecoder(CoinFuturesEvent)

/** The interval of the server's pings, in ms. */
const pingInterval = 3 * 60_000

/**
 * Makes the COIN-M futures stream of one account. Sends nothing to Binance before a member is used, and closes
 * everything with the scope. Fails with `UnsupportedEnvironment` if the environment does not have the product.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: StreamOptions = {}
): Effect.Effect<
  CoinFutures.Service,
  UnsupportedEnvironment | InvalidOptions,
  UserDataStream.Requirements | Scope.Scope
> =>
  ListenKeyProduct.make(
    {
      endpoint: ListenKey.endpoints.CoinFutures,
      decoder,
      pingInterval
    },
    options
  )

/**
 * The COIN-M futures stream of one account, with options: see `make`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (
  options: StreamOptions
): Layer.Layer<CoinFutures, UnsupportedEnvironment | InvalidOptions, UserDataStream.Requirements> =>
  Layer.scoped(CoinFutures, make(options))

/**
 * The COIN-M futures stream of one account, with the default options: see `make`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<CoinFutures, UnsupportedEnvironment | InvalidOptions, UserDataStream.Requirements> =
  layerWith({})
