/**
 * Margin: orders and balances of the cross margin account, and of any number of isolated ones.
 *
 * Events come over the WebSocket API with listen tokens; all accounts share one socket. The listen-key calls are those of
 * 2025: Binance retired them on 2026-02-20.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import type { BinanceError, InvalidOptions, UnsupportedEnvironment } from "./BinanceError.js"
import type { BinanceHttp } from "./BinanceHttp.js"
import { Credentials } from "./Credentials.js"
import { Environment } from "./Environment.js"
import type { Open } from "./internal/connection/connection.js"
import * as MarginConnection from "./internal/connection/margin.js"
import * as Checked from "./internal/options.js"
import { toCalls } from "./internal/product/listenKey.js"
import type { Source } from "./internal/session/settings.js"
import * as Warnings from "./internal/session/warnings.js"
import { underName } from "./internal/underName.js"
import { checkCalls } from "./internal/webSocketApi/authorize.js"
import * as KnownSecrets from "./internal/webSocketApi/knownSecrets.js"
import * as ListenKey from "./ListenKey.js"
import * as ListenToken from "./ListenToken.js"
import { MarginEvent } from "./MarginEvent.js"
import type { StreamNotice } from "./StreamNotice.js"
import type { MalformedEvent, UnknownEvent } from "./UserDataEvent.js"
import * as UserDataEvent from "./UserDataEvent.js"
import * as UserDataStream from "./UserDataStream.js"
import type * as WebSocketApi from "./WebSocketApi.js"

/**
 * The margin streams of one account.
 *
 * @since 0.1.0
 * @category tags
 */
export class Margin extends Context.Tag("effect-binance-user-data/Margin")<Margin, Margin.Service>() {}

/**
 * The types of the `Margin` service.
 *
 * @since 0.1.0
 */
export declare namespace Margin {
  /**
   * The margin streams of one account: `events` and the other members of `UserDataStream.ListenKeyStream` are those of
   * the cross margin account; `isolated` returns the same members for an isolated one. Its effects and streams fail with
   * a `BinanceError`.
   *
   * @since 0.1.0
   * @category models
   */
  export interface Service extends UserDataStream.ListenKeyStream<Event> {
    /** POST: a listen token for the cross margin account. */
    readonly createListenToken: Effect.Effect<ListenToken.ListenToken, BinanceError>
    /** The isolated margin account of a symbol, such as `BTCUSDT`. The same symbol returns the same service. */
    readonly isolated: (symbol: string) => Isolated
  }

  /**
   * An isolated margin account.
   *
   * @since 0.1.0
   * @category models
   */
  export interface Isolated extends UserDataStream.ListenKeyStream<IsolatedEvent> {
    readonly symbol: string
    /** POST: a listen token for this account. */
    readonly createListenToken: Effect.Effect<ListenToken.ListenToken, BinanceError>
  }
}

/**
 * The elements of the stream that are not notices.
 *
 * @since 0.1.0
 * @category models
 */
export type Event = MarginEvent | UnknownEvent | MalformedEvent

/**
 * An element of the stream: an event or a notice.
 *
 * @since 0.1.0
 * @category models
 */
export type Element = Event | StreamNotice

/**
 * An event of an isolated account, with the symbol of the account: Binance's events do not contain it.
 *
 * @since 0.1.0
 * @category models
 */
export type IsolatedEvent = Event & { readonly isolatedSymbol: string }

/**
 * Options of the margin streams. Every option has a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface StreamOptions
  extends ListenKey.Options,
    ListenToken.Options,
    UserDataStream.Options,
    Pick<WebSocketApi.Options, "requestTimeout" | "timeUnit"> {
  /** How long before it expires a listen token is renewed, at the earliest after half of its life. Default: 5 minutes. */
  readonly renewBefore?: Duration.DurationInput | undefined
  /** Sent together with the documented parameters of the subscription. */
  readonly extraParams?: WebSocketApi.Parameters | undefined
}

const decoder = UserDataEvent.sharedDecoder(MarginEvent)

/** The interval of the server's pings, in ms. */
const pingInterval = 20_000

/** The stream of one account, cross or isolated, with its calls. */
const makeStream = <Event>(
  source: Source<Event>,
  tokens: ListenToken.Calls,
  options: StreamOptions,
  symbol: string | undefined
) =>
  Effect.gen(function* () {
    const { Margin, MarginIsolated } = ListenKey.endpoints
    const calls = yield* ListenKey.make(symbol === undefined ? Margin : { ...MarginIsolated, symbol }, options)
    const checked = symbol === undefined ? Effect.void : Checked.symbol("isolated", symbol)
    const open = Effect.map(
      source.open,
      (open): Open =>
        (receiver) =>
          Effect.zipRight(checked, open(receiver))
    )
    const userDataStream = yield* UserDataStream.make({ ...source, open }, options)
    return {
      ...toCalls(calls),
      ...userDataStream,
      createListenToken: Effect.zipRight(checked, tokens.create(symbol))
    }
  })

/**
 * Makes the margin streams of one account. Sends nothing to Binance before a member is used, and closes everything with
 * the scope. Fails with `UnsupportedEnvironment` if the environment does not have the product.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: StreamOptions = {}
): Effect.Effect<Margin.Service, UnsupportedEnvironment | InvalidOptions, UserDataStream.Requirements | Scope.Scope> =>
  Effect.gen(function* () {
    const { apiKey, name: account } = yield* Credentials
    const secrets = KnownSecrets.make(apiKey)
    const renewBefore = yield* Checked.millis("renewBefore", options.renewBefore ?? "5 minutes")
    yield* checkCalls(options)
    const url = yield* (yield* Environment).webSocketApi("Margin")
    const runtime = yield* Effect.runtime<BinanceHttp | Credentials | Environment>()
    const tokens = yield* ListenToken.make(options)
    const open = yield* MarginConnection.make({
      url,
      secrets,
      tokens,
      validity: options.validity ?? Duration.toMillis("24 hours"),
      renewBefore,
      freshFor: Duration.toMillis(options.rolloverAge ?? "23 hours") / 2,
      extraParams: options.extraParams,
      requestTimeout: options.requestTimeout,
      recvWindow: options.recvWindow,
      timeUnit: options.timeUnit
    })
    // Parallel: a dead peer makes each stream wait when it closes.
    const streams = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.parallel)
    const warnings = yield* Warnings.make
    const decode = UserDataEvent.prepared(decoder, { redact: secrets.scrub })

    const makeAccount = <Event>(decode: (text: string) => Event | undefined, symbol?: string) =>
      makeStream(
        { product: "Margin", account, isolatedSymbol: symbol, decode, pingInterval, warnings, open: open(symbol) },
        tokens,
        options,
        symbol
      ).pipe(Scope.extend(streams))

    const isolated = new Map<string, Margin.Isolated>()
    const cross = yield* makeAccount(decode)

    return {
      ...cross,
      isolated: (symbol: string) => {
        const known = isolated.get(symbol)
        if (known !== undefined) {
          return known
        }
        const members = Runtime.runSync(runtime)(
          makeAccount((text) => {
            const event = decode(text)
            return event === undefined ? undefined : { ...event, isolatedSymbol: symbol }
          }, symbol)
        )
        const made: Margin.Isolated = { ...members, symbol }
        isolated.set(symbol, made)
        return made
      }
    }
  }).pipe(underName(options))

/**
 * The margin streams of one account, with options: see `make`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (
  options: StreamOptions
): Layer.Layer<Margin, UnsupportedEnvironment | InvalidOptions, UserDataStream.Requirements> =>
  Layer.scoped(Margin, make(options))

/**
 * The margin streams of one account, with the default options: see `make`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Margin, UnsupportedEnvironment | InvalidOptions, UserDataStream.Requirements> =
  layerWith({})
