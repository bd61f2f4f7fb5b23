/**
 * Portfolio Margin Pro: the margin figures of the account, and changes of its risk level.
 *
 * Listen key by `/fapi/v1/listenKey`, the same key as that of USD-M futures: if both streams of an account run in different
 * processes, use `onClose: "leave"`. Events at `wss://fstream.binance.com/pm-classic/ws/<listenKey>`.
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
import { PortfolioMarginProEvent } from "./PortfolioMarginProEvent.js"
import type { StreamNotice } from "./StreamNotice.js"
import type { MalformedEvent, UnknownEvent } from "./UserDataEvent.js"
import * as UserDataEvent from "./UserDataEvent.js"
import type * as UserDataStream from "./UserDataStream.js"

/**
 * The Portfolio Margin Pro stream of one account.
 *
 * @since 0.1.0
 * @category tags
 */
export class PortfolioMarginPro extends Context.Tag("effect-binance-user-data/PortfolioMarginPro")<
  PortfolioMarginPro,
  PortfolioMarginPro.Service
>() {}

/**
 * The types of the `PortfolioMarginPro` service.
 *
 * @since 0.1.0
 */
export declare namespace PortfolioMarginPro {
  /**
   * The Portfolio Margin Pro stream of one account: its events, its health, and its listen-key calls. Its effects and
   * streams fail with a `BinanceError`.
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
export type Event = PortfolioMarginProEvent | UnknownEvent | MalformedEvent

/**
 * An element of the stream: an event or a notice.
 *
 * @since 0.1.0
 * @category models
 */
export type Element = Event | StreamNotice

/**
 * Options of the Portfolio Margin Pro stream and its listen key. Every option has a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface StreamOptions extends ListenKey.Options, UserDataStream.Options {}

const decoder = UserDataEvent.sharedDecoder(PortfolioMarginProEvent)

/** The interval of the server's pings, in ms. */
const pingInterval = 3 * 60_000

/**
 * Makes the Portfolio Margin Pro stream of one account. Sends nothing to Binance before a member is used, and closes
 * everything with the scope. Fails with `UnsupportedEnvironment` if the environment does not have the product.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: StreamOptions = {}
): Effect.Effect<
  PortfolioMarginPro.Service,
  UnsupportedEnvironment | InvalidOptions,
  UserDataStream.Requirements | Scope.Scope
> =>
  ListenKeyProduct.make(
    {
      endpoint: ListenKey.endpoints.PortfolioMarginPro,
      decoder,
      pingInterval
    },
    options
  )

/**
 * The Portfolio Margin Pro stream of one account, with options: see `make`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (
  options: StreamOptions
): Layer.Layer<PortfolioMarginPro, UnsupportedEnvironment | InvalidOptions, UserDataStream.Requirements> =>
  Layer.scoped(PortfolioMarginPro, make(options))

/**
 * The Portfolio Margin Pro stream of one account, with the default options: see `make`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<
  PortfolioMarginPro,
  UnsupportedEnvironment | InvalidOptions,
  UserDataStream.Requirements
> = layerWith({})
