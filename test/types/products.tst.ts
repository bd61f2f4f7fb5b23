import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Socket from "@effect/platform/Socket"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Match from "effect/Match"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import {
  type BinanceError,
  BinanceHttp,
  CoinFutures,
  type Credentials,
  type Environment,
  type EuropeanOptions,
  type ListenKey,
  type ListenToken,
  Margin,
  MarginRisk,
  type PortfolioMargin,
  type PortfolioMarginPro,
  Spot,
  type StreamNotice,
  UsdFutures,
  type UserDataStream
} from "effect-binance-user-data"
import { describe, expect, test } from "tstyche"

type Requirements =
  | BinanceHttp.BinanceHttp
  | Credentials.Credentials
  | Environment.Environment
  | Socket.WebSocketConstructor

type EventOf<S> = S extends { readonly events: Stream.Stream<infer A, infer _E, infer _R> } ? A : never

interface Module {
  readonly make: unknown
  readonly layer: unknown
  readonly layerWith: unknown
}

interface Members {
  readonly events: unknown
  readonly status: unknown
  readonly statusChanges: unknown
  readonly createListenKey: unknown
}

/** What the module of a product has, and its service and elements. */
interface Found<M extends Module, Service extends Members, Element extends { readonly _tag: string }> {
  make: M["make"]
  layer: M["layer"]
  layerWith: M["layerWith"]
  events: Service["events"]
  status: Service["status"]
  statusChanges: Service["statusChanges"]
  createListenKey: Service["createListenKey"]
  tags: Element["_tag"]
}

/**
 * What it has to have: it is made without asking Binance, so that only the environment, and for spot the
 * credentials, can be wrong, its service needs
 * nothing more, and its elements can be matched exhaustively.
 */
interface Expected<
  Tag extends Context.Tag<any, any>,
  Element,
  Options,
  Tags,
  E = BinanceError.UnsupportedEnvironment | BinanceError.InvalidOptions
> {
  make: (options?: Options) => Effect.Effect<Context.Tag.Service<Tag>, E, Requirements | Scope.Scope>
  layer: Layer.Layer<Context.Tag.Identifier<Tag>, E, Requirements>
  layerWith: (options: Options) => Layer.Layer<Context.Tag.Identifier<Tag>, E, Requirements>
  events: Stream.Stream<Element, BinanceError.BinanceError>
  status: Effect.Effect<UserDataStream.Status>
  statusChanges: Stream.Stream<UserDataStream.Status>
  createListenKey: Effect.Effect<ListenKey.ListenKey, BinanceError.BinanceError>
  tags: Tags | "UnknownEvent" | "MalformedEvent" | StreamNotice.StreamNotice["_tag"]
}

type Futures =
  | "AccountUpdate"
  | "OrderTradeUpdate"
  | "MarginCall"
  | "AccountConfigUpdate"
  | "StrategyUpdate"
  | "GridUpdate"
  | "AlgoUpdate"
  | "TradeLite"

type Wallet = "OutboundAccountPosition" | "BalanceUpdate" | "ExecutionReport" | "ListStatus"

type Liabilities = "MarginLevelStatusChange" | "MarginLevelChange" | "UserLiabilityChange" | "LiabilityChange"

describe("each product has what all have, and its own events", () => {
  test("CoinFutures", () => {
    type Service = CoinFutures.CoinFutures.Service
    expect<Found<typeof CoinFutures, Service, CoinFutures.Element>>().type.toBe<
      Expected<
        typeof CoinFutures.CoinFutures,
        CoinFutures.Element,
        CoinFutures.StreamOptions,
        Futures | "ListenKeyExpired" | "ServerShutdown"
      >
    >()
    expect<Context.Tag.Service<typeof CoinFutures.CoinFutures>>().type.toBe<Service>()
    expect<Service>().type.toBeAssignableTo<UserDataStream.ListenKeyStream<CoinFutures.Event>>()
  })

  test("UsdFutures", () => {
    type Service = UsdFutures.UsdFutures.Service
    expect<Found<typeof UsdFutures, Service, UsdFutures.Element>>().type.toBe<
      Expected<
        typeof UsdFutures.UsdFutures,
        UsdFutures.Element,
        UsdFutures.StreamOptions,
        Futures | "ConditionalOrderTriggerReject" | "ListenKeyExpired" | "ServerShutdown"
      >
    >()
    expect<Context.Tag.Service<typeof UsdFutures.UsdFutures>>().type.toBe<Service>()
    expect<Service>().type.toBeAssignableTo<UserDataStream.ListenKeyStream<UsdFutures.Event>>()
  })

  test("EuropeanOptions", () => {
    type Service = EuropeanOptions.EuropeanOptions.Service
    expect<Found<typeof EuropeanOptions, Service, EuropeanOptions.Element>>().type.toBe<
      Expected<
        typeof EuropeanOptions.EuropeanOptions,
        EuropeanOptions.Element,
        EuropeanOptions.StreamOptions,
        | "AccountUpdate"
        | "BalancePositionUpdate"
        | "GreekUpdate"
        | "OrderTradeUpdate"
        | "RiskLevelChange"
        | "ListenKeyExpired"
        | "ServerShutdown"
      >
    >()
    expect<Context.Tag.Service<typeof EuropeanOptions.EuropeanOptions>>().type.toBe<Service>()
    expect<Service>().type.toBeAssignableTo<UserDataStream.ListenKeyStream<EuropeanOptions.Event>>()
  })

  test("PortfolioMargin", () => {
    type Service = PortfolioMargin.PortfolioMargin.Service
    expect<Found<typeof PortfolioMargin, Service, PortfolioMargin.Element>>().type.toBe<
      Expected<
        typeof PortfolioMargin.PortfolioMargin,
        PortfolioMargin.Element,
        PortfolioMargin.StreamOptions,
        | "AccountUpdate"
        | "OrderTradeUpdate"
        | "AccountConfigUpdate"
        | "ConditionalOrderTradeUpdate"
        | "AlgoUpdate"
        | "OutboundAccountPosition"
        | "BalanceUpdate"
        | "ExecutionReport"
        | "LiabilityChange"
        | "OpenOrderLoss"
        | "RiskLevelChange"
        | "ListenKeyExpired"
        | "ServerShutdown"
      >
    >()
    expect<Context.Tag.Service<typeof PortfolioMargin.PortfolioMargin>>().type.toBe<Service>()
    expect<Service>().type.toBeAssignableTo<UserDataStream.ListenKeyStream<PortfolioMargin.Event>>()
  })

  test("PortfolioMarginPro", () => {
    type Service = PortfolioMarginPro.PortfolioMarginPro.Service
    expect<Found<typeof PortfolioMarginPro, Service, PortfolioMarginPro.Element>>().type.toBe<
      Expected<
        typeof PortfolioMarginPro.PortfolioMarginPro,
        PortfolioMarginPro.Element,
        PortfolioMarginPro.StreamOptions,
        "RiskLevelChange" | "PmProAccountUpdate" | "ListenKeyExpired" | "ServerShutdown"
      >
    >()
    expect<Context.Tag.Service<typeof PortfolioMarginPro.PortfolioMarginPro>>().type.toBe<Service>()
    expect<Service>().type.toBeAssignableTo<UserDataStream.ListenKeyStream<PortfolioMarginPro.Event>>()
  })

  test("MarginRisk", () => {
    type Service = MarginRisk.MarginRisk.Service
    expect<Found<typeof MarginRisk, Service, MarginRisk.Element>>().type.toBe<
      Expected<
        typeof MarginRisk.MarginRisk,
        MarginRisk.Element,
        MarginRisk.StreamOptions,
        Liabilities | "ListenKeyExpired" | "ServerShutdown"
      >
    >()
    expect<Context.Tag.Service<typeof MarginRisk.MarginRisk>>().type.toBe<Service>()
    expect<Service>().type.toBeAssignableTo<UserDataStream.ListenKeyStream<MarginRisk.Event>>()
  })

  test("Margin", () => {
    type Service = Margin.Margin.Service
    expect<Found<typeof Margin, Service, Margin.Element>>().type.toBe<
      Expected<
        typeof Margin.Margin,
        Margin.Element,
        Margin.StreamOptions,
        Wallet | Liabilities | "EventStreamTerminated" | "ListenKeyExpired" | "ServerShutdown"
      >
    >()
    expect<Context.Tag.Service<typeof Margin.Margin>>().type.toBe<Service>()
    expect<Service>().type.toBeAssignableTo<UserDataStream.ListenKeyStream<Margin.Event>>()
  })

  test("Spot", () => {
    type Service = Spot.Spot.Service
    expect<Found<typeof Spot, Service, Spot.Element>>().type.toBe<
      Expected<
        typeof Spot.Spot,
        Spot.Element,
        Spot.StreamOptions,
        Wallet | "ExternalLockUpdate" | "EventStreamTerminated" | "ServerShutdown",
        BinanceError.UnsupportedEnvironment | BinanceError.InvalidCredentials | BinanceError.InvalidOptions
      >
    >()
    expect<Context.Tag.Service<typeof Spot.Spot>>().type.toBe<Service>()
    expect<Service>().type.toBeAssignableTo<UserDataStream.ListenKeyStream<Spot.Event>>()
  })
})

describe("a program", () => {
  test("needs the service alone", () => {
    expect(Effect.flatMap(Spot.Spot, ({ events }) => Stream.runDrain(events))).type.toBe<
      Effect.Effect<void, BinanceError.BinanceError, Spot.Spot>
    >()
  })

  test("has to match every notice and every event", () => {
    const tagOf = <A extends { readonly _tag: string }>({ _tag }: A): A["_tag"] => _tag
    const match = Match.typeTags<MarginRisk.Element>()
    const events = {
      MarginLevelStatusChange: tagOf,
      MarginLevelChange: tagOf,
      UserLiabilityChange: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf
    }
    const notices = { Opened: tagOf, Interrupted: tagOf, RolledOver: tagOf }
    expect(match).type.toBeCallableWith({ ...events, ...notices, LiabilityChange: tagOf, Resumed: tagOf })
    expect(match).type.not.toBeCallableWith({ ...events, ...notices, LiabilityChange: tagOf })
    expect(match).type.not.toBeCallableWith({ ...events, ...notices, Resumed: tagOf })
  })
})

describe("Margin.isolated", () => {
  const { isolated } = {} as Margin.Margin.Service

  test("adds the symbol to each event, and not to notices", () => {
    const account = isolated("BTCUSDT")
    expect<EventOf<typeof account>>().type.toBe<Margin.IsolatedEvent | StreamNotice.StreamNotice>()
    expect<Margin.IsolatedEvent["isolatedSymbol"]>().type.toBe<string>()
    expect(account.createListenToken).type.toBe<Effect.Effect<ListenToken.ListenToken, BinanceError.BinanceError>>()
  })
})

describe("options", () => {
  test("are those of the product", () => {
    expect(UsdFutures.layerWith).type.toBeCallableWith({ address: "events" as const })
    expect(CoinFutures.layerWith).type.not.toBeCallableWith({ address: "events" as const })
    expect(Spot.layerWith).type.toBeCallableWith({ authentication: "logon" as const })
    expect(Margin.layerWith).type.not.toBeCallableWith({ authentication: "logon" as const })
    expect(Margin.layerWith).type.toBeCallableWith({ renewBefore: "1 minute" as const, validity: 3_600_000 })
    expect(MarginRisk.layerWith).type.toBeCallableWith({ onClose: "close" as const })
  })
})

describe("BinanceHttp", () => {
  test("fails where its options are invalid, and has no failure without options", () => {
    expect(BinanceHttp.make).type.toBe<
      (
        options?: BinanceHttp.Options
      ) => Effect.Effect<BinanceHttp.BinanceHttp.Service, BinanceError.InvalidOptions, HttpClient.HttpClient>
    >()
    expect(BinanceHttp.layerWith).type.toBe<
      (
        options: BinanceHttp.Options
      ) => Layer.Layer<BinanceHttp.BinanceHttp, BinanceError.InvalidOptions, HttpClient.HttpClient>
    >()
    expect(BinanceHttp.layer).type.toBe<Layer.Layer<BinanceHttp.BinanceHttp, never, HttpClient.HttpClient>>()
  })
})
