/**
 * Every event of a European options account: `node --import tsx examples/european-options.ts`
 */

import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Stream from "effect/Stream"
import { EuropeanOptions, type StreamNotice } from "effect-binance-user-data"
import * as Example from "./support/Example.js"
import * as Report from "./support/Report.js"

const name = "EuropeanOptions"

const describe = Match.type<EuropeanOptions.Event | StreamNotice.StreamNotice>().pipe(
  Match.tags({
    OrderTradeUpdate: ({ order }) =>
      `order ${order.orderId} ${order.orderStatus}: ${order.side} ${order.symbol} at ${order.originalPrice}, ${order.filledAccumulatedQuantity} of ${order.originalQuantity} contracts filled`,
    BalancePositionUpdate: ({ balances, eventReasonType, positions }) =>
      [
        `account changed by ${eventReasonType}`,
        ...(balances ?? []).map(({ accountBalance, asset }) => `${asset} balance ${accountBalance}`),
        ...(positions ?? []).map(({ positionQuantity, symbol }) => `${symbol} position ${positionQuantity}`)
      ].join(", "),
    GreekUpdate: ({ greeks }) =>
      greeks.map(({ delta, theta, underlying }) => `${underlying} delta ${delta}, theta ${theta}`).join("; "),
    AccountUpdate: (account) =>
      `equity ${account.accountEquity} USDT, maintenance margin ${account.maintenanceMargin} USDT`
  }),
  Match.orElse(Report.describe)
)

const program = Effect.gen(function* () {
  const { events } = yield* EuropeanOptions.EuropeanOptions
  const report = yield* Report.Report
  yield* events.pipe(
    Example.withTradingDay(name, "EuropeanOptions"),
    Stream.runForEach((element) => report.element(name, element, describe(element)))
  )
})

Example.run(Effect.provide(program, EuropeanOptions.layer))
