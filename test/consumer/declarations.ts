// What a library on top of this one exports with inferred types: its declarations can be written.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Match from "effect/Match"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import {
  BinanceError,
  CoinFutures,
  CoinFuturesEvent,
  Credentials,
  Environment,
  EuropeanOptionsEvent,
  ListenKey,
  Margin,
  MarginEvent,
  MarginRiskEvent,
  PortfolioMarginEvent,
  PortfolioMarginProEvent,
  Spot,
  SpotEvent,
  StreamNotice,
  UsdFuturesEvent,
  UserDataEvent,
  WebSocketApi
} from "effect-binance-user-data"
import { MockLayers, SimulatedBinance } from "effect-binance-user-data/testing"

export const report = SpotEvent.ExecutionReport
export const position = SpotEvent.OutboundAccountPosition
export const accountUpdate = CoinFuturesEvent.AccountUpdate
export const order = CoinFuturesEvent.Order
export const marginCall = UsdFuturesEvent.MarginCall
export const tradeLite = UsdFuturesEvent.TradeLite
export const greeks = EuropeanOptionsEvent.GreekUpdate
export const papiReport = PortfolioMarginEvent.ExecutionReport
export const proUpdate = PortfolioMarginProEvent.PmProAccountUpdate
export const liability = MarginRiskEvent.UserLiabilityChange
export const marginReport = MarginEvent.ExecutionReport
export const expired = CoinFuturesEvent.ListenKeyExpired

export const fills = Schema.Union(SpotEvent.ExecutionReport, UsdFuturesEvent.OrderTradeUpdate)
export const withAccount = Schema.Struct({ account: Schema.String, event: SpotEvent.SpotEvent })
export const decodeSpot = UserDataEvent.decoder(SpotEvent.SpotEvent)
export const decodeReport = UserDataEvent.decoder(SpotEvent.ExecutionReport)
export const parseReport = Schema.decodeUnknown(SpotEvent.ExecutionReport)
export const notices = StreamNotice.StreamNotice
export const endpoint = ListenKey.endpoints.CoinFutures
export const tables = Environment.tables
export const errors = BinanceError.BinanceError

export const orders = Effect.map(CoinFutures.CoinFutures, ({ events }) =>
  Stream.filter(events, (element) => element._tag === "OrderTradeUpdate")
)
export const isolated = Effect.map(Margin.Margin, (margin) => margin.isolated("BTCUSDT"))
export const spot = Spot.make()
export const api = WebSocketApi.make
export const match = Match.type<CoinFutures.Element>()
export const isReport = Match.type<Spot.Element>().pipe(
  Match.tag("ExecutionReport", (event) => event),
  Match.orElse(() => undefined)
)
export const app = Layer.provide(Spot.layer, Credentials.layerConfig())
export const simulated = SimulatedBinance.layerMemory()
export const mock = MockLayers.spot({ events: Stream.empty })
