/**
 * Every event of a Portfolio Margin account, of its futures and of its margin: `node --import tsx examples/portfolio-margin.ts`
 */

import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Stream from "effect/Stream"
import { PortfolioMargin, type StreamNotice } from "effect-binance-user-data"
import * as Example from "./support/Example.js"
import * as Report from "./support/Report.js"

const name = "Portfolio Margin"

const describe = Match.type<PortfolioMargin.Event | StreamNotice.StreamNotice>().pipe(
  Match.tags({
    OrderTradeUpdate: ({ businessUnit, order }) =>
      `${businessUnit} order ${order.orderId} ${order.orderStatus}: ${order.side} ${order.symbol} at ${order.originalPrice}, ${order.filledAccumulatedQuantity} of ${order.originalQuantity} filled`,
    AccountUpdate: ({ businessUnit, updateData }) =>
      [
        `${businessUnit} account changed by ${updateData.eventReasonType}`,
        ...(updateData.balances ?? []).map(({ asset, walletBalance }) => `${asset} balance ${walletBalance}`),
        ...(updateData.positions ?? []).map(({ positionAmount, symbol }) => `${symbol} position ${positionAmount}`)
      ].join(", "),
    OutboundAccountPosition: ({ balances }) =>
      `margin balances: ${balances.map(({ asset, free, locked }) => `${asset} ${free} free, ${locked} locked`).join("; ")}`,
    BalanceUpdate: ({ asset, balanceDelta }) => `margin balance of ${asset} changed by ${balanceDelta}`,
    RiskLevelChange: ({ riskLevel, uniMmr }) => `RISK LEVEL ${riskLevel}, uniMMR ${uniMmr}`
  }),
  Match.orElse(Report.describe)
)

const program = Effect.gen(function* () {
  const { events } = yield* PortfolioMargin.PortfolioMargin
  const report = yield* Report.Report
  yield* events.pipe(
    Example.withTradingDay(name, "PortfolioMargin"),
    Stream.runForEach((element) => report.element(name, element, describe(element)))
  )
})

Example.run(Effect.provide(program, PortfolioMargin.layer))
