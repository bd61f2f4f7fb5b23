import { describe, expect, expectTypeOf, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import type * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as CoinFuturesEvent from "../../src/CoinFuturesEvent.js"
import type * as EuropeanOptionsEvent from "../../src/EuropeanOptionsEvent.js"
import * as MarginEvent from "../../src/MarginEvent.js"
import type * as MarginRiskEvent from "../../src/MarginRiskEvent.js"
import type * as PortfolioMarginEvent from "../../src/PortfolioMarginEvent.js"
import type * as PortfolioMarginProEvent from "../../src/PortfolioMarginProEvent.js"
import * as SpotEvent from "../../src/SpotEvent.js"
import type * as UsdFuturesEvent from "../../src/UsdFuturesEvent.js"
import * as UserDataEvent from "../../src/UserDataEvent.js"

describe("types", () => {
  it("a schema decodes to the type of the same name", () => {
    expectTypeOf<
      Schema.Schema.Type<typeof CoinFuturesEvent.CoinFuturesEvent>
    >().toExtend<CoinFuturesEvent.CoinFuturesEvent>()
    expectTypeOf<CoinFuturesEvent.CoinFuturesEvent>().toExtend<
      Schema.Schema.Type<typeof CoinFuturesEvent.CoinFuturesEvent>
    >()
    expectTypeOf<Schema.Schema.Type<typeof SpotEvent.SpotEvent>>().toExtend<SpotEvent.SpotEvent>()
    expectTypeOf<SpotEvent.SpotEvent>().toExtend<Schema.Schema.Type<typeof SpotEvent.SpotEvent>>()
    expectTypeOf<UsdFuturesEvent.UsdFuturesEvent>().toExtend<
      Schema.Schema.Type<typeof UsdFuturesEvent.UsdFuturesEvent>
    >()
    expectTypeOf<EuropeanOptionsEvent.EuropeanOptionsEvent>().toExtend<
      Schema.Schema.Type<typeof EuropeanOptionsEvent.EuropeanOptionsEvent>
    >()
    expectTypeOf<MarginEvent.MarginEvent>().toExtend<Schema.Schema.Type<typeof MarginEvent.MarginEvent>>()
    expectTypeOf<MarginRiskEvent.MarginRiskEvent>().toExtend<
      Schema.Schema.Type<typeof MarginRiskEvent.MarginRiskEvent>
    >()
    expectTypeOf<PortfolioMarginEvent.PortfolioMarginEvent>().toExtend<
      Schema.Schema.Type<typeof PortfolioMarginEvent.PortfolioMarginEvent>
    >()
    expectTypeOf<PortfolioMarginProEvent.PortfolioMarginProEvent>().toExtend<
      Schema.Schema.Type<typeof PortfolioMarginProEvent.PortfolioMarginProEvent>
    >()
  })

  it("fields have precise types", () => {
    type Order = CoinFuturesEvent.OrderTradeUpdate["order"]
    expectTypeOf<Order["orderId"]>().toEqualTypeOf<string>()
    expectTypeOf<Order["orderTradeTime"]>().toEqualTypeOf<number | undefined>()
    expectTypeOf<Order["side"]>().toEqualTypeOf<"BUY" | "SELL" | (string & {}) | undefined>()
    expectTypeOf<Order>().toEqualTypeOf<CoinFuturesEvent.Order>()
    expectTypeOf<CoinFuturesEvent.ListenKeyExpired["listenKey"]>().toEqualTypeOf<
      Redacted.Redacted<string> | undefined
    >()
    expectTypeOf<CoinFuturesEvent.OrderTradeUpdate["eventType"]>().toEqualTypeOf<"ORDER_TRADE_UPDATE">()
    expectTypeOf<PortfolioMarginEvent.RiskLevelChange["eventType"]>().toEqualTypeOf<
      "riskLevelChange" | "RISK_LEVEL_CHANGE"
    >()
    expectTypeOf<SpotEvent.ExecutionReport["commissionAsset"]>().toEqualTypeOf<string | undefined>()
  })

  it.effect("a stream of events is matched by tag", () =>
    Effect.gen(function* () {
      const decode = UserDataEvent.decoder(CoinFuturesEvent.CoinFuturesEvent)
      const events = Stream.make('{"e":"listenKeyExpired","E":1}', '{"e":"NEW"}', "{", '{"result":null,"id":1}').pipe(
        Stream.map(decode),
        Stream.filter((event) => event !== undefined)
      )
      const seen: Array<string> = []
      yield* Stream.runForEach(events, (event) =>
        Effect.sync(() => {
          seen.push(
            Match.valueTags(event, {
              AccountUpdate: ({ updateData }) => updateData.balances?.[0]?.walletBalance ?? "",
              OrderTradeUpdate: ({ order }) => `${order.symbol} ${order.orderId} ${order.orderStatus}`,
              MarginCall: ({ positions }) => positions.map((position) => position.symbol).join(),
              AccountConfigUpdate: ({ symbolConfig }) => String(symbolConfig.leverage),
              StrategyUpdate: ({ strategyUpdate }) => strategyUpdate.strategyId,
              GridUpdate: ({ gridUpdate }) => gridUpdate.strategyId,
              AlgoUpdate: ({ algoOrder }) => algoOrder.algoId,
              TradeLite: ({ tradeId }) => tradeId,
              ListenKeyExpired: ({ eventTime }) => `expired ${eventTime}`,
              ServerShutdown: ({ eventType }) => eventType,
              UnknownEvent: ({ eventType }) => `unknown ${eventType}`,
              MalformedEvent: ({ text }) => `malformed ${text}`
            })
          )
        })
      )
      expect(seen).toEqual(["expired 1", "unknown NEW", "malformed {"])
    })
  )

  it("products share what is the same", () => {
    expect(SpotEvent.ExecutionReport).toBe(MarginEvent.ExecutionReport)
    expectTypeOf<SpotEvent.ExecutionReport>().toEqualTypeOf<MarginEvent.ExecutionReport>()
  })
})
