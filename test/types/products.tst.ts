import type * as Socket from "@effect/platform/Socket"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Match from "effect/Match"
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
  type ListenToken,
  Margin,
  MarginRisk,
  PortfolioMargin,
  PortfolioMarginPro,
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

describe("CoinFutures", () => {
  type Service = CoinFutures.CoinFutures.Service

  test("is made without asking Binance, so that only the environment can be wrong", () => {
    expect(CoinFutures.make()).type.toBe<
      Effect.Effect<Service, BinanceError.UnsupportedEnvironment, Requirements | Scope.Scope>
    >()
    expect(CoinFutures.make).type.toBeCallableWith({} as CoinFutures.StreamOptions)
    expect(CoinFutures.layer).type.toBe<
      Layer.Layer<CoinFutures.CoinFutures, BinanceError.UnsupportedEnvironment, Requirements>
    >()
    expect(CoinFutures.layerWith({})).type.toBe<typeof CoinFutures.layer>()
  })

  test("has a service that needs nothing more", () => {
    expect<Service>().type.toBeAssignableTo<UserDataStream.ListenKeyStream<CoinFutures.Event>>()
    expect<Service["events"]>().type.toBe<Stream.Stream<CoinFutures.Element, BinanceError.BinanceError>>()
    expect<Stream.Stream.Error<Service["events"]>>().type.toBe<BinanceError.BinanceError>()
    expect<Stream.Stream.Context<Service["events"]>>().type.toBe<never>()
    expect<Service["status"]>().type.toBe<Effect.Effect<UserDataStream.Status>>()
    expect<Service["createListenKey"]>().type.toBe<Effect.Effect<ListenKey.ListenKey, BinanceError.BinanceError>>()
    expect(Effect.flatMap(CoinFutures.CoinFutures, ({ events }) => Stream.runDrain(events))).type.toBe<
      Effect.Effect<void, BinanceError.BinanceError, CoinFutures.CoinFutures>
    >()
  })

  test("has elements that can be matched exhaustively", () => {
    const tagOf = <A extends { readonly _tag: string }>({ _tag }: A): A["_tag"] => _tag
    const match = Match.typeTags<CoinFutures.Element>()
    expect(match).type.toBeCallableWith({
      AccountUpdate: tagOf,
      OrderTradeUpdate: tagOf,
      MarginCall: tagOf,
      AccountConfigUpdate: tagOf,
      StrategyUpdate: tagOf,
      GridUpdate: tagOf,
      AlgoUpdate: tagOf,
      TradeLite: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      Resumed: tagOf,
      RolledOver: tagOf
    })
    expect(match).type.not.toBeCallableWith({
      AccountUpdate: tagOf,
      OrderTradeUpdate: tagOf,
      MarginCall: tagOf,
      AccountConfigUpdate: tagOf,
      StrategyUpdate: tagOf,
      GridUpdate: tagOf,
      AlgoUpdate: tagOf,
      TradeLite: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      RolledOver: tagOf
    })
    expect(match).type.not.toBeCallableWith({
      OrderTradeUpdate: tagOf,
      MarginCall: tagOf,
      AccountConfigUpdate: tagOf,
      StrategyUpdate: tagOf,
      GridUpdate: tagOf,
      AlgoUpdate: tagOf,
      TradeLite: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      Resumed: tagOf,
      RolledOver: tagOf
    })
  })
})

describe("UsdFutures", () => {
  type Service = UsdFutures.UsdFutures.Service

  test("is made without asking Binance, so that only the environment can be wrong", () => {
    expect(UsdFutures.make()).type.toBe<
      Effect.Effect<Service, BinanceError.UnsupportedEnvironment, Requirements | Scope.Scope>
    >()
    expect(UsdFutures.make).type.toBeCallableWith({} as UsdFutures.StreamOptions)
    expect(UsdFutures.layer).type.toBe<
      Layer.Layer<UsdFutures.UsdFutures, BinanceError.UnsupportedEnvironment, Requirements>
    >()
    expect(UsdFutures.layerWith({})).type.toBe<typeof UsdFutures.layer>()
  })

  test("has a service that needs nothing more", () => {
    expect<Service>().type.toBeAssignableTo<UserDataStream.ListenKeyStream<UsdFutures.Event>>()
    expect<Service["events"]>().type.toBe<Stream.Stream<UsdFutures.Element, BinanceError.BinanceError>>()
    expect<Stream.Stream.Error<Service["events"]>>().type.toBe<BinanceError.BinanceError>()
    expect<Stream.Stream.Context<Service["events"]>>().type.toBe<never>()
    expect<Service["status"]>().type.toBe<Effect.Effect<UserDataStream.Status>>()
    expect<Service["createListenKey"]>().type.toBe<Effect.Effect<ListenKey.ListenKey, BinanceError.BinanceError>>()
    expect(Effect.flatMap(UsdFutures.UsdFutures, ({ events }) => Stream.runDrain(events))).type.toBe<
      Effect.Effect<void, BinanceError.BinanceError, UsdFutures.UsdFutures>
    >()
  })

  test("has elements that can be matched exhaustively", () => {
    const tagOf = <A extends { readonly _tag: string }>({ _tag }: A): A["_tag"] => _tag
    const match = Match.typeTags<UsdFutures.Element>()
    expect(match).type.toBeCallableWith({
      AccountUpdate: tagOf,
      OrderTradeUpdate: tagOf,
      MarginCall: tagOf,
      AccountConfigUpdate: tagOf,
      StrategyUpdate: tagOf,
      GridUpdate: tagOf,
      AlgoUpdate: tagOf,
      TradeLite: tagOf,
      ConditionalOrderTriggerReject: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      Resumed: tagOf,
      RolledOver: tagOf
    })
    expect(match).type.not.toBeCallableWith({
      AccountUpdate: tagOf,
      OrderTradeUpdate: tagOf,
      MarginCall: tagOf,
      AccountConfigUpdate: tagOf,
      StrategyUpdate: tagOf,
      GridUpdate: tagOf,
      AlgoUpdate: tagOf,
      TradeLite: tagOf,
      ConditionalOrderTriggerReject: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      RolledOver: tagOf
    })
    expect(match).type.not.toBeCallableWith({
      OrderTradeUpdate: tagOf,
      MarginCall: tagOf,
      AccountConfigUpdate: tagOf,
      StrategyUpdate: tagOf,
      GridUpdate: tagOf,
      AlgoUpdate: tagOf,
      TradeLite: tagOf,
      ConditionalOrderTriggerReject: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      Resumed: tagOf,
      RolledOver: tagOf
    })
  })
})

describe("EuropeanOptions", () => {
  type Service = EuropeanOptions.EuropeanOptions.Service

  test("is made without asking Binance, so that only the environment can be wrong", () => {
    expect(EuropeanOptions.make()).type.toBe<
      Effect.Effect<Service, BinanceError.UnsupportedEnvironment, Requirements | Scope.Scope>
    >()
    expect(EuropeanOptions.make).type.toBeCallableWith({} as EuropeanOptions.StreamOptions)
    expect(EuropeanOptions.layer).type.toBe<
      Layer.Layer<EuropeanOptions.EuropeanOptions, BinanceError.UnsupportedEnvironment, Requirements>
    >()
    expect(EuropeanOptions.layerWith({})).type.toBe<typeof EuropeanOptions.layer>()
  })

  test("has a service that needs nothing more", () => {
    expect<Service>().type.toBeAssignableTo<UserDataStream.ListenKeyStream<EuropeanOptions.Event>>()
    expect<Service["events"]>().type.toBe<Stream.Stream<EuropeanOptions.Element, BinanceError.BinanceError>>()
    expect<Stream.Stream.Error<Service["events"]>>().type.toBe<BinanceError.BinanceError>()
    expect<Stream.Stream.Context<Service["events"]>>().type.toBe<never>()
    expect<Service["status"]>().type.toBe<Effect.Effect<UserDataStream.Status>>()
    expect<Service["createListenKey"]>().type.toBe<Effect.Effect<ListenKey.ListenKey, BinanceError.BinanceError>>()
    expect(Effect.flatMap(EuropeanOptions.EuropeanOptions, ({ events }) => Stream.runDrain(events))).type.toBe<
      Effect.Effect<void, BinanceError.BinanceError, EuropeanOptions.EuropeanOptions>
    >()
  })

  test("has elements that can be matched exhaustively", () => {
    const tagOf = <A extends { readonly _tag: string }>({ _tag }: A): A["_tag"] => _tag
    const match = Match.typeTags<EuropeanOptions.Element>()
    expect(match).type.toBeCallableWith({
      AccountUpdate: tagOf,
      BalancePositionUpdate: tagOf,
      GreekUpdate: tagOf,
      OrderTradeUpdate: tagOf,
      RiskLevelChange: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      Resumed: tagOf,
      RolledOver: tagOf
    })
    expect(match).type.not.toBeCallableWith({
      AccountUpdate: tagOf,
      BalancePositionUpdate: tagOf,
      GreekUpdate: tagOf,
      OrderTradeUpdate: tagOf,
      RiskLevelChange: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      RolledOver: tagOf
    })
    expect(match).type.not.toBeCallableWith({
      BalancePositionUpdate: tagOf,
      GreekUpdate: tagOf,
      OrderTradeUpdate: tagOf,
      RiskLevelChange: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      Resumed: tagOf,
      RolledOver: tagOf
    })
  })
})

describe("PortfolioMargin", () => {
  type Service = PortfolioMargin.PortfolioMargin.Service

  test("is made without asking Binance, so that only the environment can be wrong", () => {
    expect(PortfolioMargin.make()).type.toBe<
      Effect.Effect<Service, BinanceError.UnsupportedEnvironment, Requirements | Scope.Scope>
    >()
    expect(PortfolioMargin.make).type.toBeCallableWith({} as PortfolioMargin.StreamOptions)
    expect(PortfolioMargin.layer).type.toBe<
      Layer.Layer<PortfolioMargin.PortfolioMargin, BinanceError.UnsupportedEnvironment, Requirements>
    >()
    expect(PortfolioMargin.layerWith({})).type.toBe<typeof PortfolioMargin.layer>()
  })

  test("has a service that needs nothing more", () => {
    expect<Service>().type.toBeAssignableTo<UserDataStream.ListenKeyStream<PortfolioMargin.Event>>()
    expect<Service["events"]>().type.toBe<Stream.Stream<PortfolioMargin.Element, BinanceError.BinanceError>>()
    expect<Stream.Stream.Error<Service["events"]>>().type.toBe<BinanceError.BinanceError>()
    expect<Stream.Stream.Context<Service["events"]>>().type.toBe<never>()
    expect<Service["status"]>().type.toBe<Effect.Effect<UserDataStream.Status>>()
    expect<Service["createListenKey"]>().type.toBe<Effect.Effect<ListenKey.ListenKey, BinanceError.BinanceError>>()
    expect(Effect.flatMap(PortfolioMargin.PortfolioMargin, ({ events }) => Stream.runDrain(events))).type.toBe<
      Effect.Effect<void, BinanceError.BinanceError, PortfolioMargin.PortfolioMargin>
    >()
  })

  test("has elements that can be matched exhaustively", () => {
    const tagOf = <A extends { readonly _tag: string }>({ _tag }: A): A["_tag"] => _tag
    const match = Match.typeTags<PortfolioMargin.Element>()
    expect(match).type.toBeCallableWith({
      AccountUpdate: tagOf,
      OrderTradeUpdate: tagOf,
      AccountConfigUpdate: tagOf,
      ConditionalOrderTradeUpdate: tagOf,
      AlgoUpdate: tagOf,
      OutboundAccountPosition: tagOf,
      BalanceUpdate: tagOf,
      ExecutionReport: tagOf,
      LiabilityChange: tagOf,
      OpenOrderLoss: tagOf,
      RiskLevelChange: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      Resumed: tagOf,
      RolledOver: tagOf
    })
    expect(match).type.not.toBeCallableWith({
      AccountUpdate: tagOf,
      OrderTradeUpdate: tagOf,
      AccountConfigUpdate: tagOf,
      ConditionalOrderTradeUpdate: tagOf,
      AlgoUpdate: tagOf,
      OutboundAccountPosition: tagOf,
      BalanceUpdate: tagOf,
      ExecutionReport: tagOf,
      LiabilityChange: tagOf,
      OpenOrderLoss: tagOf,
      RiskLevelChange: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      RolledOver: tagOf
    })
    expect(match).type.not.toBeCallableWith({
      OrderTradeUpdate: tagOf,
      AccountConfigUpdate: tagOf,
      ConditionalOrderTradeUpdate: tagOf,
      AlgoUpdate: tagOf,
      OutboundAccountPosition: tagOf,
      BalanceUpdate: tagOf,
      ExecutionReport: tagOf,
      LiabilityChange: tagOf,
      OpenOrderLoss: tagOf,
      RiskLevelChange: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      Resumed: tagOf,
      RolledOver: tagOf
    })
  })
})

describe("PortfolioMarginPro", () => {
  type Service = PortfolioMarginPro.PortfolioMarginPro.Service

  test("is made without asking Binance, so that only the environment can be wrong", () => {
    expect(PortfolioMarginPro.make()).type.toBe<
      Effect.Effect<Service, BinanceError.UnsupportedEnvironment, Requirements | Scope.Scope>
    >()
    expect(PortfolioMarginPro.make).type.toBeCallableWith({} as PortfolioMarginPro.StreamOptions)
    expect(PortfolioMarginPro.layer).type.toBe<
      Layer.Layer<PortfolioMarginPro.PortfolioMarginPro, BinanceError.UnsupportedEnvironment, Requirements>
    >()
    expect(PortfolioMarginPro.layerWith({})).type.toBe<typeof PortfolioMarginPro.layer>()
  })

  test("has a service that needs nothing more", () => {
    expect<Service>().type.toBeAssignableTo<UserDataStream.ListenKeyStream<PortfolioMarginPro.Event>>()
    expect<Service["events"]>().type.toBe<Stream.Stream<PortfolioMarginPro.Element, BinanceError.BinanceError>>()
    expect<Stream.Stream.Error<Service["events"]>>().type.toBe<BinanceError.BinanceError>()
    expect<Stream.Stream.Context<Service["events"]>>().type.toBe<never>()
    expect<Service["status"]>().type.toBe<Effect.Effect<UserDataStream.Status>>()
    expect<Service["createListenKey"]>().type.toBe<Effect.Effect<ListenKey.ListenKey, BinanceError.BinanceError>>()
    expect(Effect.flatMap(PortfolioMarginPro.PortfolioMarginPro, ({ events }) => Stream.runDrain(events))).type.toBe<
      Effect.Effect<void, BinanceError.BinanceError, PortfolioMarginPro.PortfolioMarginPro>
    >()
  })

  test("has elements that can be matched exhaustively", () => {
    const tagOf = <A extends { readonly _tag: string }>({ _tag }: A): A["_tag"] => _tag
    const match = Match.typeTags<PortfolioMarginPro.Element>()
    expect(match).type.toBeCallableWith({
      RiskLevelChange: tagOf,
      PmProAccountUpdate: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      Resumed: tagOf,
      RolledOver: tagOf
    })
    expect(match).type.not.toBeCallableWith({
      RiskLevelChange: tagOf,
      PmProAccountUpdate: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      RolledOver: tagOf
    })
    expect(match).type.not.toBeCallableWith({
      PmProAccountUpdate: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      Resumed: tagOf,
      RolledOver: tagOf
    })
  })
})

describe("MarginRisk", () => {
  type Service = MarginRisk.MarginRisk.Service

  test("is made without asking Binance, so that only the environment can be wrong", () => {
    expect(MarginRisk.make()).type.toBe<
      Effect.Effect<Service, BinanceError.UnsupportedEnvironment, Requirements | Scope.Scope>
    >()
    expect(MarginRisk.make).type.toBeCallableWith({} as MarginRisk.StreamOptions)
    expect(MarginRisk.layer).type.toBe<
      Layer.Layer<MarginRisk.MarginRisk, BinanceError.UnsupportedEnvironment, Requirements>
    >()
    expect(MarginRisk.layerWith({})).type.toBe<typeof MarginRisk.layer>()
  })

  test("has a service that needs nothing more", () => {
    expect<Service>().type.toBeAssignableTo<UserDataStream.ListenKeyStream<MarginRisk.Event>>()
    expect<Service["events"]>().type.toBe<Stream.Stream<MarginRisk.Element, BinanceError.BinanceError>>()
    expect<Stream.Stream.Error<Service["events"]>>().type.toBe<BinanceError.BinanceError>()
    expect<Stream.Stream.Context<Service["events"]>>().type.toBe<never>()
    expect<Service["status"]>().type.toBe<Effect.Effect<UserDataStream.Status>>()
    expect<Service["createListenKey"]>().type.toBe<Effect.Effect<ListenKey.ListenKey, BinanceError.BinanceError>>()
    expect(Effect.flatMap(MarginRisk.MarginRisk, ({ events }) => Stream.runDrain(events))).type.toBe<
      Effect.Effect<void, BinanceError.BinanceError, MarginRisk.MarginRisk>
    >()
  })

  test("has elements that can be matched exhaustively", () => {
    const tagOf = <A extends { readonly _tag: string }>({ _tag }: A): A["_tag"] => _tag
    const match = Match.typeTags<MarginRisk.Element>()
    expect(match).type.toBeCallableWith({
      MarginLevelStatusChange: tagOf,
      MarginLevelChange: tagOf,
      UserLiabilityChange: tagOf,
      LiabilityChange: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      Resumed: tagOf,
      RolledOver: tagOf
    })
    expect(match).type.not.toBeCallableWith({
      MarginLevelStatusChange: tagOf,
      MarginLevelChange: tagOf,
      UserLiabilityChange: tagOf,
      LiabilityChange: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      RolledOver: tagOf
    })
    expect(match).type.not.toBeCallableWith({
      MarginLevelChange: tagOf,
      UserLiabilityChange: tagOf,
      LiabilityChange: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      Resumed: tagOf,
      RolledOver: tagOf
    })
  })
})

describe("Margin", () => {
  type Service = Margin.Margin.Service

  test("is made without asking Binance, so that only the environment can be wrong", () => {
    expect(Margin.make()).type.toBe<
      Effect.Effect<Service, BinanceError.UnsupportedEnvironment, Requirements | Scope.Scope>
    >()
    expect(Margin.make).type.toBeCallableWith({} as Margin.StreamOptions)
    expect(Margin.layer).type.toBe<Layer.Layer<Margin.Margin, BinanceError.UnsupportedEnvironment, Requirements>>()
    expect(Margin.layerWith({})).type.toBe<typeof Margin.layer>()
  })

  test("has a service that needs nothing more", () => {
    expect<Service>().type.toBeAssignableTo<UserDataStream.ListenKeyStream<Margin.Event>>()
    expect<Service["events"]>().type.toBe<Stream.Stream<Margin.Element, BinanceError.BinanceError>>()
    expect<Stream.Stream.Error<Service["events"]>>().type.toBe<BinanceError.BinanceError>()
    expect<Stream.Stream.Context<Service["events"]>>().type.toBe<never>()
    expect<Service["status"]>().type.toBe<Effect.Effect<UserDataStream.Status>>()
    expect<Service["createListenKey"]>().type.toBe<Effect.Effect<ListenKey.ListenKey, BinanceError.BinanceError>>()
    expect(Effect.flatMap(Margin.Margin, ({ events }) => Stream.runDrain(events))).type.toBe<
      Effect.Effect<void, BinanceError.BinanceError, Margin.Margin>
    >()
  })

  test("has elements that can be matched exhaustively", () => {
    const tagOf = <A extends { readonly _tag: string }>({ _tag }: A): A["_tag"] => _tag
    const match = Match.typeTags<Margin.Element>()
    expect(match).type.toBeCallableWith({
      OutboundAccountPosition: tagOf,
      BalanceUpdate: tagOf,
      ExecutionReport: tagOf,
      ListStatus: tagOf,
      MarginLevelStatusChange: tagOf,
      MarginLevelChange: tagOf,
      UserLiabilityChange: tagOf,
      LiabilityChange: tagOf,
      EventStreamTerminated: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      Resumed: tagOf,
      RolledOver: tagOf
    })
    expect(match).type.not.toBeCallableWith({
      OutboundAccountPosition: tagOf,
      BalanceUpdate: tagOf,
      ExecutionReport: tagOf,
      ListStatus: tagOf,
      MarginLevelStatusChange: tagOf,
      MarginLevelChange: tagOf,
      UserLiabilityChange: tagOf,
      LiabilityChange: tagOf,
      EventStreamTerminated: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      RolledOver: tagOf
    })
    expect(match).type.not.toBeCallableWith({
      BalanceUpdate: tagOf,
      ExecutionReport: tagOf,
      ListStatus: tagOf,
      MarginLevelStatusChange: tagOf,
      MarginLevelChange: tagOf,
      UserLiabilityChange: tagOf,
      LiabilityChange: tagOf,
      EventStreamTerminated: tagOf,
      ListenKeyExpired: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      Resumed: tagOf,
      RolledOver: tagOf
    })
  })
})

describe("Spot", () => {
  type Service = Spot.Spot.Service

  test("is made without asking Binance, so that only the environment can be wrong", () => {
    expect(Spot.make()).type.toBe<
      Effect.Effect<Service, BinanceError.UnsupportedEnvironment, Requirements | Scope.Scope>
    >()
    expect(Spot.make).type.toBeCallableWith({} as Spot.StreamOptions)
    expect(Spot.layer).type.toBe<Layer.Layer<Spot.Spot, BinanceError.UnsupportedEnvironment, Requirements>>()
    expect(Spot.layerWith({})).type.toBe<typeof Spot.layer>()
  })

  test("has a service that needs nothing more", () => {
    expect<Service>().type.toBeAssignableTo<UserDataStream.ListenKeyStream<Spot.Event>>()
    expect<Service["events"]>().type.toBe<Stream.Stream<Spot.Element, BinanceError.BinanceError>>()
    expect<Stream.Stream.Error<Service["events"]>>().type.toBe<BinanceError.BinanceError>()
    expect<Stream.Stream.Context<Service["events"]>>().type.toBe<never>()
    expect<Service["status"]>().type.toBe<Effect.Effect<UserDataStream.Status>>()
    expect<Service["createListenKey"]>().type.toBe<Effect.Effect<ListenKey.ListenKey, BinanceError.BinanceError>>()
    expect(Effect.flatMap(Spot.Spot, ({ events }) => Stream.runDrain(events))).type.toBe<
      Effect.Effect<void, BinanceError.BinanceError, Spot.Spot>
    >()
  })

  test("has elements that can be matched exhaustively", () => {
    const tagOf = <A extends { readonly _tag: string }>({ _tag }: A): A["_tag"] => _tag
    const match = Match.typeTags<Spot.Element>()
    expect(match).type.toBeCallableWith({
      OutboundAccountPosition: tagOf,
      BalanceUpdate: tagOf,
      ExecutionReport: tagOf,
      ListStatus: tagOf,
      ExternalLockUpdate: tagOf,
      EventStreamTerminated: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      Resumed: tagOf,
      RolledOver: tagOf
    })
    expect(match).type.not.toBeCallableWith({
      OutboundAccountPosition: tagOf,
      BalanceUpdate: tagOf,
      ExecutionReport: tagOf,
      ListStatus: tagOf,
      ExternalLockUpdate: tagOf,
      EventStreamTerminated: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      RolledOver: tagOf
    })
    expect(match).type.not.toBeCallableWith({
      BalanceUpdate: tagOf,
      ExecutionReport: tagOf,
      ListStatus: tagOf,
      ExternalLockUpdate: tagOf,
      EventStreamTerminated: tagOf,
      ServerShutdown: tagOf,
      UnknownEvent: tagOf,
      MalformedEvent: tagOf,
      Opened: tagOf,
      Interrupted: tagOf,
      Resumed: tagOf,
      RolledOver: tagOf
    })
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
