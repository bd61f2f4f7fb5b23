/**
 * The streams of all eight products, and the accounts over those that have one, followed into the feed.
 */

import type * as Socket from "@effect/platform/Socket"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import {
  type Account,
  type BinanceError,
  type BinanceHttp,
  CoinFutures,
  CoinFuturesAccount,
  type Credentials,
  type Environment,
  EuropeanOptions,
  type ListenKey,
  Margin,
  MarginRisk,
  PortfolioMargin,
  PortfolioMarginPro,
  Spot,
  SpotAccount,
  type StreamNotice,
  UsdFutures,
  UsdFuturesAccount,
  type UserDataStream
} from "effect-binance-user-data"
import type { Event } from "./account.js"
import type { Feed } from "./feed.js"
import type { Source } from "./state.js"

type StreamOptions = ListenKey.Options & UserDataStream.Options

type Requirements =
  | BinanceHttp.BinanceHttp
  | Credentials.Credentials
  | Environment.Environment
  | Socket.WebSocketConstructor

type Make<A> = (
  options: StreamOptions
) => Effect.Effect<
  A,
  BinanceError.UnsupportedEnvironment | BinanceError.InvalidCredentials | BinanceError.InvalidOptions,
  Requirements | Scope.Scope
>

interface Followed extends Source {
  readonly make: Make<{
    readonly stream: Pick<UserDataStream.UserDataStream<Event>, "status" | "statusChanges">
    readonly elements: Stream.Stream<
      Event | StreamNotice.StreamNotice | Account.AccountElement,
      BinanceError.BinanceError
    >
    /** The account as it changes; nothing where there is none. */
    readonly states: Stream.Stream<Account.State, BinanceError.BinanceError>
  }>
}

/** A stream without an account: its rows are what events say. */
const alone =
  (make: Make<UserDataStream.UserDataStream<Event>>): Followed["make"] =>
  (options) =>
    Effect.map(make(options), (stream) => ({ stream, elements: stream.events, states: Stream.empty }))

/** A stream with the account over it, if the credentials can sign what an account reads. */
const withAccount =
  <S extends UserDataStream.UserDataStream<Event>>(
    make: Make<S>,
    over: (stream: S) => ReturnType<Make<Account.Account<Event | StreamNotice.StreamNotice>>>
  ): Followed["make"] =>
  (options) =>
    Effect.flatMap(make(options), (stream) =>
      over(stream).pipe(
        Effect.map(({ changes, elements }) => ({ stream, elements, states: changes })),
        Effect.catchTag("InvalidCredentials", () => alone(() => Effect.succeed(stream))(options))
      )
    )

export const sources: ReadonlyArray<Followed> = [
  {
    product: "Spot",
    name: "Spot",
    credential: "signed subscription",
    make: withAccount(Spot.make, (stream) => Effect.provideService(SpotAccount.make(), Spot.Spot, stream))
  },
  { product: "Margin", name: "Cross margin", credential: "listen token", make: alone(Margin.make) },
  {
    product: "UsdFutures",
    name: "USD-M futures",
    credential: "listen key",
    make: withAccount(UsdFutures.make, (stream) =>
      Effect.provideService(UsdFuturesAccount.make(), UsdFutures.UsdFutures, stream)
    )
  },
  {
    product: "CoinFutures",
    name: "COIN-M futures",
    credential: "listen key",
    make: withAccount(CoinFutures.make, (stream) =>
      Effect.provideService(CoinFuturesAccount.make(), CoinFutures.CoinFutures, stream)
    )
  },
  { product: "EuropeanOptions", name: "European options", credential: "listen key", make: alone(EuropeanOptions.make) },
  { product: "PortfolioMargin", name: "Portfolio Margin", credential: "listen key", make: alone(PortfolioMargin.make) },
  { product: "MarginRisk", name: "Margin risk", credential: "listen key", make: alone(MarginRisk.make) },
  {
    product: "PortfolioMarginPro",
    name: "Portfolio Margin Pro",
    credential: "listen key",
    make: alone(PortfolioMarginPro.make)
  }
]

/** The defaults are for days. On the simulated Binance, where nobody wants to wait for a day, it goes faster. */
export const optionsOnSimulation: StreamOptions = {
  keepalive: Schedule.spaced("4 seconds"),
  onClose: "close",
  rolloverAge: "3 minutes",
  overlap: "1 second",
  stableAfter: "1 second",
  probeAfter: "2 seconds",
  livenessDeadline: "4 seconds"
}

/** A dashboard only looks: the listen keys of a real account may be in use by the programs that trade. */
export const optionsOnBinance: StreamOptions = { onClose: "leave" }

/** Follows one stream until it fails: a dashboard shows that, and goes on with the others. */
const follow = (feed: Feed, options: StreamOptions) => (source: Followed) =>
  Effect.gen(function* () {
    const { elements, states, stream } = yield* source.make(options)
    const health = Stream.merge(
      stream.statusChanges,
      Stream.repeatEffectWithSchedule(stream.status, Schedule.spaced("1 second"))
    )
    yield* Effect.forkScoped(Stream.runForEach(health, (status) => feed.report({ _tag: "Status", status })))
    yield* Stream.runForEach(states, (state) => feed.report({ _tag: "Account", product: source.product, state })).pipe(
      Effect.forkScoped
    )
    yield* Stream.runForEach(elements, (element) =>
      Effect.flatMap(Clock.currentTimeMillis, (at) =>
        feed.report({ _tag: "Element", at, product: source.product, element })
      )
    ).pipe(Effect.ensuring(Effect.flatMap(stream.status, (status) => feed.report({ _tag: "Status", status }))))
  }).pipe(
    Effect.catchAll(({ message }) =>
      Effect.flatMap(Clock.currentTimeMillis, (at) =>
        feed.report({ _tag: "Ended", at, product: source.product, reason: message })
      )
    ),
    Effect.scoped
  )

/** Follows all streams. Ends when every one of them has failed. */
export const followAll = (feed: Feed, options: StreamOptions): Effect.Effect<void, never, Requirements> =>
  Effect.forEach(sources, follow(feed, options), { concurrency: "unbounded", discard: true })
