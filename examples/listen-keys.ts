/**
 * The three listen-key calls of a product: `node --import tsx examples/listen-keys.ts coin-futures`
 *
 * With real credentials, take care: an account has one key for each product, so closing it ends the streams that other
 * programs have opened with it.
 */

import * as Effect from "effect/Effect"
import {
  CoinFutures,
  EuropeanOptions,
  Margin,
  MarginRisk,
  PortfolioMargin,
  PortfolioMarginPro,
  Spot,
  UsdFutures
} from "effect-binance-user-data"
import * as Example from "./support/Example.js"
import * as Report from "./support/Report.js"

const products = {
  "coin-futures": CoinFutures.make(),
  "usd-futures": UsdFutures.make(),
  "european-options": EuropeanOptions.make(),
  "portfolio-margin": PortfolioMargin.make(),
  "portfolio-margin-pro": PortfolioMarginPro.make(),
  "margin-risk": MarginRisk.make(),
  // These three answer 410 since 2026, and the error names the successor.
  spot: Spot.make(),
  margin: Margin.make(),
  "isolated-margin": Effect.map(Margin.make(), ({ isolated }) => isolated("BTCUSDT"))
}

const program = Effect.gen(function* () {
  const [name, make] = yield* Example.choose(products)
  const report = yield* Report.Report
  const product = yield* make

  const created = yield* product.createListenKey
  yield* report.print(name, `created ${created.key}, valid until ${Report.timeOfDay(created.expiresAt)}`)
  const kept = yield* product.keepaliveListenKey(created)
  yield* report.print(name, `kept alive, valid until ${Report.timeOfDay(kept.expiresAt)}`)
  yield* product.closeListenKey(kept)
  yield* report.print(name, "closed")
})

Example.run(Effect.scoped(program), "key closed")
