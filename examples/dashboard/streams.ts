/**
 * The streams of all eight products, followed into the feed.
 */

import type * as Socket from "@effect/platform/Socket"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import {
  type BinanceError,
  type BinanceHttp,
  CoinFutures,
  type Credentials,
  type Environment,
  EuropeanOptions,
  type ListenKey,
  Margin,
  MarginRisk,
  PortfolioMargin,
  PortfolioMarginPro,
  Spot,
  UsdFutures,
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

interface Followed extends Source {
  readonly make: (
    options: StreamOptions
  ) => Effect.Effect<
    UserDataStream.UserDataStream<Event>,
    BinanceError.UnsupportedEnvironment | BinanceError.InvalidCredentials | BinanceError.InvalidOptions,
    Requirements | Scope.Scope
  >
}

export const sources: ReadonlyArray<Followed> = [
  { product: "Spot", name: "Spot", credential: "signed subscription", make: Spot.make },
  { product: "Margin", name: "Cross margin", credential: "listen token", make: Margin.make },
  { product: "UsdFutures", name: "USD-M futures", credential: "listen key", make: UsdFutures.make },
  { product: "CoinFutures", name: "COIN-M futures", credential: "listen key", make: CoinFutures.make },
  { product: "EuropeanOptions", name: "European options", credential: "listen key", make: EuropeanOptions.make },
  { product: "PortfolioMargin", name: "Portfolio Margin", credential: "listen key", make: PortfolioMargin.make },
  { product: "MarginRisk", name: "Margin risk", credential: "listen key", make: MarginRisk.make },
  {
    product: "PortfolioMarginPro",
    name: "Portfolio Margin Pro",
    credential: "listen key",
    make: PortfolioMarginPro.make
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
    const stream = yield* source.make(options)
    const health = Stream.merge(
      stream.statusChanges,
      Stream.repeatEffectWithSchedule(stream.status, Schedule.spaced("1 second"))
    )
    yield* Effect.forkScoped(Stream.runForEach(health, (status) => feed.report({ _tag: "Status", status })))
    yield* Stream.runForEach(stream.events, (element) =>
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
