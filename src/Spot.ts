/**
 * Spot: orders and balances of the spot account.
 *
 * Events come over the WebSocket API with a signed subscription, for keys of any kind. The listen-key calls are those of
 * 2025: production has answered them with 410 since 2026-02-20.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { InvalidCredentials, InvalidOptions, UnsupportedEnvironment } from "./BinanceError.js"
import { Credentials } from "./Credentials.js"
import { Environment } from "./Environment.js"
import * as SpotConnection from "./internal/connection/spot.js"
import * as Checked from "./internal/options.js"
import { toCalls } from "./internal/product/listenKey.js"
import { underName } from "./internal/underName.js"
import { checkCalls, requireLogonSigner, requireSigner } from "./internal/webSocketApi/authorize.js"
import * as KnownSecrets from "./internal/webSocketApi/knownSecrets.js"
import * as LoggedOn from "./internal/webSocketApi/loggedOn.js"
import * as ListenKey from "./ListenKey.js"
import { SpotEvent } from "./SpotEvent.js"
import type { StreamNotice } from "./StreamNotice.js"
import type { MalformedEvent, UnknownEvent } from "./UserDataEvent.js"
import * as UserDataEvent from "./UserDataEvent.js"
import * as UserDataStream from "./UserDataStream.js"
import type * as WebSocketApi from "./WebSocketApi.js"

/**
 * The spot stream of one account.
 *
 * @since 0.1.0
 * @category tags
 */
export class Spot extends Context.Tag("effect-binance-user-data/Spot")<Spot, Spot.Service>() {}

/**
 * The types of the `Spot` service.
 *
 * @since 0.1.0
 */
export declare namespace Spot {
  /**
   * The spot stream of one account: its events, its health, and its listen-key calls. Its effects and streams fail with
   * a `BinanceError`.
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
export type Event = SpotEvent | UnknownEvent | MalformedEvent

/**
 * An element of the stream: an event or a notice.
 *
 * @since 0.1.0
 * @category models
 */
export type Element = Event | StreamNotice

/**
 * Options of the spot stream. Every option has a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface StreamOptions
  extends ListenKey.Options,
    UserDataStream.Options,
    Pick<WebSocketApi.Options, "requestTimeout" | "recvWindow" | "timeUnit"> {
  /**
   * `"signature"` signs each subscription, with a key of any kind; `"logon"` authenticates the connection and needs an
   * Ed25519 key, and a `SpotAccount` reads on that connection. Default: `"signature"`.
   */
  readonly authentication?: "signature" | "logon" | undefined
  /** Sent and signed together with the documented parameters of the subscription. */
  readonly extraParams?: WebSocketApi.Parameters | undefined
}

const decoder = UserDataEvent.sharedDecoder(SpotEvent)

/** The interval of the server's pings, in ms. */
const pingInterval = 20_000

/**
 * Makes the spot stream of one account. Sends nothing to Binance before a member is used, and closes everything with
 * the scope. Fails with `UnsupportedEnvironment` if the environment does not have the product, and with
 * `InvalidCredentials` where the credentials cannot sign, or not with the key that `authentication` needs.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: StreamOptions = {}
): Effect.Effect<
  Spot.Service,
  UnsupportedEnvironment | InvalidCredentials | InvalidOptions,
  UserDataStream.Requirements | Scope.Scope
> =>
  Effect.gen(function* () {
    const credentials = yield* Credentials
    const url = yield* (yield* Environment).webSocketApi("Spot")
    const authentication = yield* Checked.literal("authentication", options.authentication ?? "signature", [
      "signature",
      "logon"
    ])
    yield* checkCalls(options)
    yield* authentication === "logon" ? requireLogonSigner(credentials) : requireSigner(credentials, "The spot stream")
    const secrets = KnownSecrets.make(credentials.apiKey)
    const loggedOn = yield* LoggedOn.make(credentials.apiKey)
    const calls = yield* ListenKey.make(ListenKey.endpoints.Spot, options)
    const userDataStream = yield* UserDataStream.make<Event>(
      {
        product: "Spot",
        account: credentials.name,
        decode: UserDataEvent.prepared(decoder, { redact: secrets.scrub }),
        pingInterval,
        open: yield* SpotConnection.make({
          url,
          secrets,
          authentication,
          loggedOn,
          extraParams: options.extraParams,
          requestTimeout: options.requestTimeout,
          recvWindow: options.recvWindow,
          timeUnit: options.timeUnit
        })
      },
      options
    )
    return LoggedOn.withLoggedOn({ ...toCalls(calls), ...userDataStream }, loggedOn)
  }).pipe(underName(options))

/**
 * The spot stream of one account, with options: see `make`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (
  options: StreamOptions
): Layer.Layer<Spot, UnsupportedEnvironment | InvalidCredentials | InvalidOptions, UserDataStream.Requirements> =>
  Layer.scoped(Spot, make(options))

/**
 * The spot stream of one account, with the default options: see `make`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<
  Spot,
  UnsupportedEnvironment | InvalidCredentials | InvalidOptions,
  UserDataStream.Requirements
> = layerWith({})
