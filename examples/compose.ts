/**
 * Two products and a service of one's own in one application: `node --import tsx examples/compose.ts`
 */

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { BinanceError } from "effect-binance-user-data"
import { CoinFutures, UsdFutures } from "effect-binance-user-data"
import * as Positions from "./positions.js"
import * as Example from "./support/Example.js"
import * as Report from "./support/Report.js"

/** The positions of an account over its COIN-M and USD-M futures. */
class Portfolio extends Context.Tag("examples/Portfolio")<
  Portfolio,
  {
    /** The positions now, and after every change. */
    readonly positions: Stream.Stream<Positions.Positions, BinanceError.BinanceError>
  }
>() {
  static readonly layer = Layer.effect(
    Portfolio,
    Effect.gen(function* () {
      const coin = yield* CoinFutures.CoinFutures
      const usd = yield* UsdFutures.UsdFutures
      const context = yield* Effect.context<Report.Report | Example.Simulation>()
      // A real program calls GET /dapi/v1/positionRisk and GET /fapi/v3/positionRisk here.
      const readAll = Effect.succeed<Positions.Positions>(new Map())
      return {
        positions: Stream.zipLatestWith(
          Positions.keep(
            coin.events.pipe(Example.withTradingDay("COIN-M futures", "CoinFutures"), printed("COIN-M futures")),
            readAll
          ),
          Positions.keep(
            usd.events.pipe(Example.withTradingDay("USD-M futures", "UsdFutures"), printed("USD-M futures")),
            readAll
          ),
          (coin, usd): Positions.Positions => new Map([...coin, ...usd])
        ).pipe(Stream.provideContext(context))
      }
    })
  )
}

const printed =
  (name: string) =>
  <A extends { readonly _tag: string }, E, R>(elements: Stream.Stream<A, E, R>) =>
    Stream.tap(elements, (element) =>
      Effect.flatMap(Report.Report, (report) => report.element(name, element, Report.describe(element)))
    )

const program = Effect.gen(function* () {
  const portfolio = yield* Portfolio
  const report = yield* Report.Report
  yield* portfolio.positions.pipe(
    Stream.map(Positions.show),
    Stream.changes,
    Stream.runForEach((positions) => report.print("Portfolio", positions))
  )
})

// Both products share one `BinanceHttp`, one `Credentials` and one `Environment`, which `Example.run` provides.
const layer = Portfolio.layer.pipe(Layer.provide([CoinFutures.layer, UsdFutures.layer]))

Example.run(Effect.provide(program, layer), "keys closed, sockets closed")
