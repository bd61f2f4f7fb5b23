/**
 * An account that mends its gaps: USD-M futures orders, balances and positions as they are now, and each fill once.
 *
 *     npx tsx examples/account.ts             a trading day, then the end
 *     npx tsx examples/account.ts --faults    Binance drops the socket, and trades while nobody hears
 */
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Match from "effect/Match"
import * as Stream from "effect/Stream"
import { type Account, UsdFutures, UsdFuturesAccount } from "effect-binance-user-data"
import { Fault } from "effect-binance-user-data/testing"
import * as Example from "./support/Example.js"
import * as Report from "./support/Report.js"

const name = "USD-M account"

const describeState = ({ balances, orders, phase, positions }: Account.State): string =>
  [
    phase._tag,
    `${HashMap.size(orders)} open orders`,
    ...Array.from(HashMap.values(balances), ({ asset, total }) => `${total} ${asset}`),
    ...Array.from(HashMap.values(positions), ({ amount, symbol }) => `${amount} ${symbol}`)
  ].join(", ")

const describeFill = ({ origin, price, quantity, side, symbol, tradeId }: Account.Fill): string =>
  `fill ${tradeId}: ${side} ${quantity} ${symbol} at ${price}${origin === "Stream" ? "" : `, ${origin.toLowerCase()}`}`

const describe = Match.type<UsdFuturesAccount.Element>().pipe(
  Match.tags({
    Opened: () => "live: the account is read over REST",
    Resumed: () => "live again: what happened meanwhile is read over REST",
    RecoveredOrder: ({ order }) => `recovered order ${order.orderId}: ${order.status}, ${order.filled} filled`,
    RecoveredFill: ({ fill }) => describeFill(fill),
    Snapshot: ({ state }) => `snapshot: ${describeState(state)}`,
    Unrecovered: ({ reason, what }) => `cannot be recovered: ${what}, ${reason}`,
    Diverged: ({ differences }) => `the stream was deaf: ${differences.join("; ")}`
  }),
  Match.orElse(Report.describe)
)

const dropTheSocket = Example.withScript((binance) =>
  Effect.gen(function* () {
    const report = yield* Report.Report
    yield* report.waitFor(name, "Opened", 1)
    const before = yield* binance.tradingDay("UsdFutures", { interval: "200 millis" })
    yield* report.waitFor(name, "events", before)
    yield* report.print("Binance", "drops the socket, and trades for a day that nobody hears")
    yield* binance.inject(Fault.refuseConnects("reset", { for: "1 second" }))
    yield* binance.inject(Fault.dropSockets())
    yield* binance.tradingDay("UsdFutures")
    yield* report.waitFor(name, "Resumed", 1)
    const after = yield* binance.tradingDay("UsdFutures", { interval: "200 millis" })
    yield* report.waitFor(name, "events", before + after)
  })
)

const scripts = {
  "": Example.withTradingDay(name, "UsdFutures", { interval: "300 millis" }),
  "--faults": dropTheSocket
}

const layer = Layer.provide(
  UsdFuturesAccount.layer,
  Example.onSimulation(UsdFutures.layerWith({ stableAfter: "100 millis" }), UsdFutures.layer)
)

const program = Effect.gen(function* () {
  const [, script] = yield* Example.choose(scripts)
  const account = yield* UsdFuturesAccount.UsdFuturesAccount
  const report = yield* Report.Report
  const state = Stream.runForEach(account.changes, (state) => report.print("state", describeState(state)))
  const fills = Stream.runForEach(account.fills, (fill) => report.print("ledger", describeFill(fill)))
  const elements = account.elements.pipe(
    script,
    Stream.runForEach((element) => report.element(name, element, describe(element)))
  )
  yield* Effect.raceFirst(elements, Effect.zipRight(state, fills, { concurrent: true }))
  const book = yield* account.state
  yield* report.print("state", describeState(book))
})

Example.run(Effect.provide(program, layer))
