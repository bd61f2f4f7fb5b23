/**
 * Every event of a USD-M futures account: `node --import tsx examples/usd-futures.ts`
 */

import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Stream from "effect/Stream"
import { type StreamNotice, UsdFutures } from "effect-binance-user-data"
import * as Example from "./support/Example.js"
import * as Report from "./support/Report.js"

const name = "USD-M futures"

const describe = Match.type<UsdFutures.Event | StreamNotice.StreamNotice>().pipe(
  Match.tags({
    OrderTradeUpdate: ({ order }) =>
      `order ${order.orderId} ${order.orderStatus}: ${order.side} ${order.symbol} at ${order.originalPrice}, ${order.filledAccumulatedQuantity} of ${order.originalQuantity} filled`,
    TradeLite: (trade) =>
      `fill of order ${trade.orderId}: ${trade.side} ${trade.lastFilledQuantity} ${trade.symbol} at ${trade.lastFilledPrice}`,
    AlgoUpdate: ({ algoOrder }) => `algo order ${algoOrder.algoId} ${algoOrder.algoStatus}`,
    AccountUpdate: ({ updateData }) =>
      [
        `account changed by ${updateData.eventReasonType}`,
        ...(updateData.balances ?? []).map(({ asset, walletBalance }) => `${asset} balance ${walletBalance}`),
        ...(updateData.positions ?? []).map(({ positionAmount, symbol }) => `${symbol} position ${positionAmount}`)
      ].join(", "),
    MarginCall: ({ positions }) => `MARGIN CALL for ${positions.map(({ symbol }) => symbol).join(", ")}`
  }),
  Match.orElse(Report.describe)
)

const program = Effect.gen(function* () {
  const { events } = yield* UsdFutures.UsdFutures
  const report = yield* Report.Report
  yield* events.pipe(
    Example.withTradingDay(name, "UsdFutures"),
    Stream.runForEach((element) => report.element(name, element, describe(element)))
  )
})

Example.run(Effect.provide(program, UsdFutures.layer))
