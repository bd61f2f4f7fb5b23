import type * as Socket from "@effect/platform/Socket"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import {
  type BinanceError,
  type BinanceHttp,
  CoinFutures,
  CoinFuturesEvent,
  type Credentials,
  type Environment,
  EuropeanOptions,
  EuropeanOptionsEvent,
  type ListenKey,
  Margin,
  MarginEvent,
  MarginRisk,
  MarginRiskEvent,
  PortfolioMargin,
  PortfolioMarginEvent,
  PortfolioMarginPro,
  PortfolioMarginProEvent,
  Spot,
  SpotEvent,
  type StreamNotice,
  UsdFutures,
  UsdFuturesEvent,
  UserDataEvent,
  type UserDataStream
} from "effect-binance-user-data"

export interface AnyEvent {
  readonly _tag: string
}

export type Element = AnyEvent | StreamNotice.StreamNotice

export type Service = UserDataStream.ListenKeyStream<AnyEvent>

export type Requirements =
  | BinanceHttp.BinanceHttp
  | Credentials.Credentials
  | Environment.Environment
  | Socket.WebSocketConstructor

/** What all products can be told. */
export interface StreamOptions extends ListenKey.Options, UserDataStream.Options {}

export interface Row {
  readonly product: Environment.Product
  readonly make: (
    options?: StreamOptions
  ) => Effect.Effect<
    Service,
    BinanceError.UnsupportedEnvironment | BinanceError.InvalidCredentials | BinanceError.InvalidOptions,
    Requirements | Scope.Scope
  >
  readonly decode: (text: string) => AnyEvent | undefined
  /** The folder of its frames under `test/fixtures/events`. */
  readonly fixtures: string
  /** What a trading day at the simulated Binance consists of. */
  readonly tradingDay: ReadonlyArray<string>
}

export interface ListenKeyRow extends Row {
  readonly path: string
  /** Whether each PUT is followed by a POST, because the answer to PUT does not tell the key. */
  readonly asksForKey: boolean
  /** How often closing the stream sends DELETE by default. */
  readonly deletes: 0 | 1
}

/** Of an account that the simulated Binance keeps: a deposit, two fills of a buy, a cancel, a sale and funding. */
const futuresDay = (fill: ReadonlyArray<string>) => [
  "AccountUpdate",
  "OrderTradeUpdate",
  ...fill,
  "OrderTradeUpdate",
  ...fill,
  "OrderTradeUpdate",
  "OrderTradeUpdate",
  ...fill,
  "AccountUpdate"
]

const optionsFill = ["BalancePositionUpdate", "GreekUpdate", "AccountUpdate", "OrderTradeUpdate"]

const optionsDay = [
  "BalancePositionUpdate",
  "AccountUpdate",
  "OrderTradeUpdate",
  ...optionsFill,
  "OrderTradeUpdate",
  ...optionsFill,
  "OrderTradeUpdate",
  "OrderTradeUpdate",
  ...optionsFill
]

const spotDay = [
  "BalanceUpdate",
  "OutboundAccountPosition",
  ...Array.from({ length: 7 }, () => ["ExecutionReport", "OutboundAccountPosition"]).flat()
]

/** As on spot, with money that is borrowed before and paid back afterwards. */
const marginDay = ["BalanceUpdate", "OutboundAccountPosition", ...spotDay, "BalanceUpdate", "OutboundAccountPosition"]

const portfolioDay = [
  ...futuresDay(["AccountUpdate", "OrderTradeUpdate"]),
  ...["BalanceUpdate", "OutboundAccountPosition"],
  ...["BalanceUpdate", "OutboundAccountPosition", "LiabilityChange", "LiabilityChange"],
  ...spotDay.slice(2),
  ...["BalanceUpdate", "OutboundAccountPosition", "LiabilityChange"]
]

export const listenKeyProducts: ReadonlyArray<ListenKeyRow> = [
  {
    product: "CoinFutures",
    make: CoinFutures.make,
    decode: UserDataEvent.decoder(CoinFuturesEvent.CoinFuturesEvent),
    fixtures: "coin-m",
    tradingDay: futuresDay(["AccountUpdate", "OrderTradeUpdate"]),
    path: "/dapi/v1/listenKey",
    asksForKey: false,
    deletes: 1
  },
  {
    product: "UsdFutures",
    make: UsdFutures.make,
    decode: UserDataEvent.decoder(UsdFuturesEvent.UsdFuturesEvent),
    fixtures: "usd-m",
    tradingDay: futuresDay(["TradeLite", "AccountUpdate", "OrderTradeUpdate"]),
    path: "/fapi/v1/listenKey",
    asksForKey: false,
    deletes: 1
  },
  {
    product: "EuropeanOptions",
    make: EuropeanOptions.make,
    decode: UserDataEvent.decoder(EuropeanOptionsEvent.EuropeanOptionsEvent),
    fixtures: "options",
    tradingDay: optionsDay,
    path: "/eapi/v1/listenKey",
    asksForKey: true,
    deletes: 1
  },
  {
    product: "PortfolioMargin",
    make: PortfolioMargin.make,
    decode: UserDataEvent.decoder(PortfolioMarginEvent.PortfolioMarginEvent),
    fixtures: "portfolio-margin",
    tradingDay: portfolioDay,
    path: "/papi/v1/listenKey",
    asksForKey: true,
    deletes: 1
  },
  {
    product: "PortfolioMarginPro",
    make: PortfolioMarginPro.make,
    decode: UserDataEvent.decoder(PortfolioMarginProEvent.PortfolioMarginProEvent),
    fixtures: "portfolio-margin-pro",
    tradingDay: ["PmProAccountUpdate", "RiskLevelChange", "PmProAccountUpdate"],
    path: "/fapi/v1/listenKey",
    asksForKey: false,
    deletes: 1
  },
  {
    product: "MarginRisk",
    make: MarginRisk.make,
    decode: UserDataEvent.decoder(MarginRiskEvent.MarginRiskEvent),
    fixtures: "margin-risk",
    tradingDay: [
      "UserLiabilityChange",
      "UserLiabilityChange",
      "MarginLevelStatusChange",
      "UserLiabilityChange",
      "MarginLevelStatusChange",
      "UserLiabilityChange"
    ],
    path: "/sapi/v1/margin/listen-key",
    asksForKey: false,
    deletes: 0
  }
]

export const spot: Row = {
  product: "Spot",
  make: Spot.make,
  decode: UserDataEvent.decoder(SpotEvent.SpotEvent),
  fixtures: "spot",
  tradingDay: spotDay
}

export const margin: Row = {
  product: "Margin",
  make: Margin.make,
  decode: UserDataEvent.decoder(MarginEvent.MarginEvent),
  fixtures: "margin",
  tradingDay: marginDay
}

export const products: ReadonlyArray<Row> = [...listenKeyProducts, spot, margin]
