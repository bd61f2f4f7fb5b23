/**
 * The main job: every event of a COIN-M futures account, as it happens.
 *
 *     npm start                 two trading days, then the end
 *     npm start -- --watch      goes on until Ctrl-C
 *     npm start -- --faults     Binance restarts a server, lets a key expire, drops a socket
 */

import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { CoinFutures, type StreamNotice } from "effect-binance-user-data"
import { Fault } from "effect-binance-user-data/testing"
import * as Example from "./support/Example.js"
import * as Report from "./support/Report.js"

const name = "COIN-M futures"

const describe = Match.type<CoinFutures.Event | StreamNotice.StreamNotice>().pipe(
  Match.tags({
    OrderTradeUpdate: ({ order }) =>
      order.executionType === "TRADE"
        ? `order ${order.orderId} ${order.orderStatus}: ${order.side} ${order.lastFilledQuantity} ${order.symbol} at ${order.lastFilledPrice}, ${order.filledAccumulatedQuantity} of ${order.originalQuantity} contracts filled`
        : `order ${order.orderId} ${order.orderStatus}: ${order.side} ${order.originalQuantity} ${order.symbol} at ${order.originalPrice}`,
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

const restartExpireAndDrop = Example.withScript((binance) =>
  Effect.gen(function* () {
    const report = yield* Report.Report
    const tell = (what: string) => report.print("Binance", what)
    const tradingDay = binance.tradingDay("CoinFutures", { interval: "300 millis" })
    yield* report.waitFor(name, "Opened", 1)

    yield* tell("announces that this server restarts, and goes on trading")
    yield* binance.inject(Fault.serverShutdown())
    yield* tradingDay
    yield* report.waitFor(name, "RolledOver", 1)

    yield* tell("lets the listen key expire")
    yield* binance.inject(Fault.expireListenKey({ product: "CoinFutures" }))
    yield* report.waitFor(name, "Resumed", 1)
    yield* tradingDay

    yield* tell("drops the socket, and 5 events happen that nobody hears")
    yield* binance.inject(Fault.dropSockets())
    yield* binance.tradingDay("CoinFutures")
    yield* report.waitFor(name, "Resumed", 2)
    const heard = yield* report.count("events")
    yield* report.waitFor(name, "events", heard + (yield* tradingDay))
  })
)

const scripts = {
  "": Example.withTradingDay(name, "CoinFutures", { interval: "500 millis", days: 2 }),
  "--watch": Example.withTradingDay(name, "CoinFutures", { interval: "1 second", days: Number.POSITIVE_INFINITY }),
  "--faults": restartExpireAndDrop
}

/** The defaults are for days. On the simulated Binance an example has seconds. */
const layer = Example.onSimulation(
  CoinFutures.layerWith({
    keepalive: Schedule.spaced("2 seconds"),
    overlap: "1 second",
    stableAfter: "100 millis"
  }),
  CoinFutures.layer
)

const program = Effect.gen(function* () {
  const [, script] = yield* Example.choose(scripts)
  const { events } = yield* CoinFutures.CoinFutures
  const report = yield* Report.Report
  yield* events.pipe(
    script,
    Stream.runForEach((element) => report.element(name, element, describe(element)))
  )
})

Example.run(Effect.provide(program, layer))
