/**
 * Products without any Binance: each layer has the events and calls that a test gives it. A call that was not given
 * dies with an `UnimplementedError` when it is made.
 *
 * @example
 * ```ts
 * import { CoinFutures } from "effect-binance-user-data"
 * import { MockLayers } from "effect-binance-user-data/testing"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const program = Effect.flatMap(CoinFutures.CoinFutures, (futures) => Stream.runCount(futures.events))
 *
 * const test = Effect.provide(program, MockLayers.coinFutures({ events: Stream.empty }))
 * ```
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as CoinFutures from "../CoinFutures.js"
import * as EuropeanOptions from "../EuropeanOptions.js"
import * as Margin from "../Margin.js"
import * as MarginRisk from "../MarginRisk.js"
import * as PortfolioMargin from "../PortfolioMargin.js"
import * as PortfolioMarginPro from "../PortfolioMarginPro.js"
import * as Spot from "../Spot.js"
import * as UsdFutures from "../UsdFutures.js"

/**
 * COIN-M futures, as far as the test gives it: what is not given dies when it is used.
 *
 * @since 0.1.0
 * @category layers
 */
export const coinFutures = (service: Partial<CoinFutures.CoinFutures.Service>): Layer.Layer<CoinFutures.CoinFutures> =>
  Layer.mock(CoinFutures.CoinFutures, service)

/**
 * USD-M futures, as far as the test gives it: what is not given dies when it is used.
 *
 * @since 0.1.0
 * @category layers
 */
export const usdFutures = (service: Partial<UsdFutures.UsdFutures.Service>): Layer.Layer<UsdFutures.UsdFutures> =>
  Layer.mock(UsdFutures.UsdFutures, service)

/**
 * European options, as far as the test gives it: what is not given dies when it is used.
 *
 * @since 0.1.0
 * @category layers
 */
export const europeanOptions = (
  service: Partial<EuropeanOptions.EuropeanOptions.Service>
): Layer.Layer<EuropeanOptions.EuropeanOptions> => Layer.mock(EuropeanOptions.EuropeanOptions, service)

/**
 * Portfolio Margin, as far as the test gives it: what is not given dies when it is used.
 *
 * @since 0.1.0
 * @category layers
 */
export const portfolioMargin = (
  service: Partial<PortfolioMargin.PortfolioMargin.Service>
): Layer.Layer<PortfolioMargin.PortfolioMargin> => Layer.mock(PortfolioMargin.PortfolioMargin, service)

/**
 * Portfolio Margin Pro, as far as the test gives it: what is not given dies when it is used.
 *
 * @since 0.1.0
 * @category layers
 */
export const portfolioMarginPro = (
  service: Partial<PortfolioMarginPro.PortfolioMarginPro.Service>
): Layer.Layer<PortfolioMarginPro.PortfolioMarginPro> => Layer.mock(PortfolioMarginPro.PortfolioMarginPro, service)

/**
 * Margin risk, as far as the test gives it: what is not given dies when it is used.
 *
 * @since 0.1.0
 * @category layers
 */
export const marginRisk = (service: Partial<MarginRisk.MarginRisk.Service>): Layer.Layer<MarginRisk.MarginRisk> =>
  Layer.mock(MarginRisk.MarginRisk, service)

/**
 * Spot, as far as the test gives it: what is not given dies when it is used.
 *
 * @since 0.1.0
 * @category layers
 */
export const spot = (service: Partial<Spot.Spot.Service>): Layer.Layer<Spot.Spot> => Layer.mock(Spot.Spot, service)

class Isolated extends Context.Tag("effect-binance-user-data/testing/MockLayers/Isolated")<
  Isolated,
  Omit<Margin.Margin.Isolated, "symbol">
>() {}

const makeIsolated = (symbol: string, service: Partial<Margin.Margin.Isolated>): Margin.Margin.Isolated => {
  const context = Effect.runSync(Effect.scoped(Layer.build(Layer.mock(Isolated, service))))
  // The mock is a proxy, so that its members cannot be copied.
  return new Proxy(Context.get(context, Isolated) as Margin.Margin.Isolated, {
    get: (target, name) => (name === "symbol" ? symbol : Reflect.get(target, name))
  })
}

/**
 * Margin, with the isolated account of each symbol as far as the test gives it.
 *
 * @since 0.1.0
 * @category layers
 */
export const margin = (
  service: Partial<Omit<Margin.Margin.Service, "isolated">> & {
    readonly isolated?: ((symbol: string) => Partial<Omit<Margin.Margin.Isolated, "symbol">>) | undefined
  }
): Layer.Layer<Margin.Margin> => {
  const { isolated, ...cross } = service
  const accounts = new Map<string, Margin.Margin.Isolated>()
  return Layer.mock(Margin.Margin, {
    ...cross,
    isolated: (symbol) => {
      const account = accounts.get(symbol) ?? makeIsolated(symbol, isolated?.(symbol) ?? {})
      accounts.set(symbol, account)
      return account
    }
  })
}
