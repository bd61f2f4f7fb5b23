/**
 * Every event of a spot account: `node --import tsx examples/spot.ts`
 *
 * A signed subscription on the WebSocket API: besides `BINANCE_API_KEY` it needs `BINANCE_SECRET_KEY` (HMAC), or
 * `BINANCE_PRIVATE_KEY_PATH` (Ed25519 or RSA, PEM).
 */

import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Stream from "effect/Stream"
import { Spot, type StreamNotice } from "effect-binance-user-data"
import * as Example from "./support/Example.js"
import * as Report from "./support/Report.js"

const name = "Spot"

const describe = Match.type<Spot.Event | StreamNotice.StreamNotice>().pipe(
  Match.tags({
    ExecutionReport: (report) =>
      `order ${report.orderId} ${report.orderStatus}: ${report.side} ${report.symbol} at ${report.orderPrice}, ${report.cumulativeFilledQuantity} of ${report.orderQuantity} filled`,
    OutboundAccountPosition: ({ balances }) =>
      `balances: ${balances.map(({ asset, free, locked }) => `${asset} ${free} free, ${locked} locked`).join("; ")}`,
    BalanceUpdate: ({ asset, balanceDelta }) => `balance of ${asset} changed by ${balanceDelta}`
  }),
  Match.orElse(Report.describe)
)

const program = Effect.gen(function* () {
  const { events } = yield* Spot.Spot
  const report = yield* Report.Report
  yield* events.pipe(
    Example.withTradingDay(name, "Spot"),
    Stream.runForEach((element) => report.element(name, element, describe(element)))
  )
})

Example.run(Effect.provide(program, Spot.layer), "socket closed")
