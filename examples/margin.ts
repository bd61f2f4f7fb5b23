/**
 * Every event of the cross margin account, and of isolated ones, over one socket:
 * `node --import tsx examples/margin.ts BTCUSDT ETHUSDT`
 */

import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Stream from "effect/Stream"
import { Margin, type StreamNotice } from "effect-binance-user-data"
import * as Example from "./support/Example.js"
import * as Report from "./support/Report.js"

const describe = Match.type<Margin.Event | StreamNotice.StreamNotice>().pipe(
  Match.tags({
    ExecutionReport: (report) =>
      `order ${report.orderId} ${report.orderStatus}: ${report.side} ${report.symbol} at ${report.orderPrice}, ${report.cumulativeFilledQuantity} of ${report.orderQuantity} filled`,
    OutboundAccountPosition: ({ balances }) =>
      `balances: ${balances.map(({ asset, free, locked }) => `${asset} ${free} free, ${locked} locked`).join("; ")}`,
    BalanceUpdate: ({ asset, balanceDelta }) => `balance of ${asset} changed by ${balanceDelta}`,
    UserLiabilityChange: ({ asset, liabilityUpdateType, principal }) => `${liabilityUpdateType} ${principal} ${asset}`
  }),
  Match.orElse(Report.describe)
)

const follow = (name: string, events: Margin.Margin.Service["events"], symbol?: string) =>
  Effect.gen(function* () {
    const report = yield* Report.Report
    yield* events.pipe(
      Example.withTradingDay(name, "Margin", { symbol }),
      Stream.runForEach((element) => report.element(name, element, describe(element)))
    )
  })

const program = Effect.gen(function* () {
  const margin = yield* Margin.Margin
  const symbols = yield* Example.words(["BTCUSDT", "ETHUSDT"])
  const isolated = symbols.map((symbol) => follow(symbol, margin.isolated(symbol).events, symbol))
  yield* Effect.all([follow("Cross margin", margin.events), ...isolated], { concurrency: "unbounded", discard: true })
})

Example.run(Effect.provide(program, Margin.layer), "socket closed")
