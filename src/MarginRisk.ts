/**
 * Margin risk: margin level and liabilities of the cross margin account.
 *
 * Listen key by `/sapi/v1/margin/listen-key`, events at `wss://margin-stream.binance.com/ws/<listenKey>`. Closing this key
 * has a request weight of 3000, so by default it expires instead.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { InvalidOptions, UnsupportedEnvironment } from "./BinanceError.js"
import * as ListenKeyProduct from "./internal/product/listenKey.js"
import * as ListenKey from "./ListenKey.js"
import { MarginRiskEvent } from "./MarginRiskEvent.js"
import type { StreamNotice } from "./StreamNotice.js"
import type { MalformedEvent, UnknownEvent } from "./UserDataEvent.js"
import * as UserDataEvent from "./UserDataEvent.js"
import type * as UserDataStream from "./UserDataStream.js"

/**
 * The margin risk stream of one account.
 *
 * @since 0.1.0
 * @category tags
 */
export class MarginRisk extends Context.Tag("effect-binance-user-data/MarginRisk")<MarginRisk, MarginRisk.Service>() {}

/**
 * The types of the `MarginRisk` service.
 *
 * @since 0.1.0
 */
export declare namespace MarginRisk {
  /**
   * The margin risk stream of one account: its events, its health, and its listen-key calls. Its effects and streams
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
export type Event = MarginRiskEvent | UnknownEvent | MalformedEvent

/**
 * An element of the stream: an event or a notice.
 *
 * @since 0.1.0
 * @category models
 */
export type Element = Event | StreamNotice

/**
 * Options of the margin risk stream and its listen key. Every option has a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface StreamOptions extends ListenKey.Options, UserDataStream.Options {}

const decoder = UserDataEvent.sharedDecoder(MarginRiskEvent)

/** The interval of the server's pings, in ms. */
const pingInterval = 3 * 60_000

/**
 * Makes the margin risk stream of one account. Sends nothing to Binance before a member is used, and closes everything
 * with the scope. Fails with `UnsupportedEnvironment` if the environment does not have the product.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: StreamOptions = {}
): Effect.Effect<
  MarginRisk.Service,
  UnsupportedEnvironment | InvalidOptions,
  UserDataStream.Requirements | Scope.Scope
> =>
  ListenKeyProduct.make(
    {
      endpoint: ListenKey.endpoints.MarginRisk,
      decoder,
      pingInterval
    },
    options
  )

/**
 * The margin risk stream of one account, with options: see `make`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (
  options: StreamOptions
): Layer.Layer<MarginRisk, UnsupportedEnvironment | InvalidOptions, UserDataStream.Requirements> =>
  Layer.scoped(MarginRisk, make(options))

/**
 * The margin risk stream of one account, with the default options: see `make`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<MarginRisk, UnsupportedEnvironment | InvalidOptions, UserDataStream.Requirements> =
  layerWith({})
