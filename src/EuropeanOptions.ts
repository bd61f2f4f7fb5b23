/**
 * European options: orders, balances, positions and greeks.
 *
 * Listen key by `/eapi/v1/listenKey`, events at `wss://fstream.binance.com/private/ws/<listenKey>`.
 *
 * @since 0.2.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { InvalidOptions, UnsupportedEnvironment } from "./BinanceError.js"
import { EuropeanOptionsEvent } from "./EuropeanOptionsEvent.js"
import * as ListenKeyProduct from "./internal/product/listenKey.js"
import * as ListenKey from "./ListenKey.js"
import type { StreamNotice } from "./StreamNotice.js"
import type { MalformedEvent, UnknownEvent } from "./UserDataEvent.js"
import * as UserDataEvent from "./UserDataEvent.js"
import type * as UserDataStream from "./UserDataStream.js"

/**
 * The European options stream of one account.
 *
 * @since 0.2.0
 * @category tags
 */
export class EuropeanOptions extends Context.Tag("effect-binance-user-data/EuropeanOptions")<
  EuropeanOptions,
  EuropeanOptions.Service
>() {}

/**
 * The types of the `EuropeanOptions` service.
 *
 * @since 0.2.0
 */
export declare namespace EuropeanOptions {
  /**
   * The European options stream of one account: its events, its health, and its listen-key calls. Its effects and
   * streams fail with a `BinanceError`.
   *
   * @since 0.2.0
   * @category models
   */
  export interface Service extends UserDataStream.ListenKeyStream<Event> {}
}

/**
 * The elements of the stream that are not notices.
 *
 * @since 0.2.0
 * @category models
 */
export type Event = EuropeanOptionsEvent | UnknownEvent | MalformedEvent

/**
 * An element of the stream: an event or a notice.
 *
 * @since 0.2.0
 * @category models
 */
export type Element = Event | StreamNotice

/**
 * Options of the European options stream and its listen key. Every option has a default.
 *
 * @since 0.2.0
 * @category models
 */
export interface StreamOptions extends ListenKey.Options, UserDataStream.Options {
  /**
   * The form of the stream's address. `"path"`: `/ws/<listenKey>`. `"events"`: `/ws?listenKey=<listenKey>&events=...`
   * with the names of all documented events; some accounts are reported to need it, but events that are not in the list,
   * such as new ones, do not arrive. Default: `"path"`.
   */
  readonly address?: "path" | "events" | undefined
}

const decoder = UserDataEvent.sharedDecoder(EuropeanOptionsEvent)

/** The interval of the server's pings, in ms. */
const pingInterval = 5 * 60_000

const events = [
  "ACCOUNT_UPDATE",
  "BALANCE_POSITION_UPDATE",
  "GREEK_UPDATE",
  "ORDER_TRADE_UPDATE",
  "RISK_LEVEL_CHANGE",
  "listenKeyExpired"
].join("/")

/**
 * Makes the European options stream of one account. Sends nothing to Binance before a member is used, and closes
 * everything with the scope. Fails with `UnsupportedEnvironment` if the environment does not have the product.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make = (
  options: StreamOptions = {}
): Effect.Effect<
  EuropeanOptions.Service,
  UnsupportedEnvironment | InvalidOptions,
  UserDataStream.Requirements | Scope.Scope
> =>
  ListenKeyProduct.make(
    {
      endpoint: ListenKey.endpoints.EuropeanOptions,
      addressOf: options.address === "events" ? (key) => `/ws?listenKey=${key}&events=${events}` : undefined,
      decoder,
      pingInterval
    },
    options
  )

/**
 * The European options stream of one account, with options: see `make`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerWith = (
  options: StreamOptions
): Layer.Layer<EuropeanOptions, UnsupportedEnvironment | InvalidOptions, UserDataStream.Requirements> =>
  Layer.scoped(EuropeanOptions, make(options))

/**
 * The European options stream of one account, with the default options: see `make`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer: Layer.Layer<EuropeanOptions, UnsupportedEnvironment | InvalidOptions, UserDataStream.Requirements> =
  layerWith({})
