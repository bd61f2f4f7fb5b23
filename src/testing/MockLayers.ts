/**
 * Products without any Binance: each layer has the events and calls that a test gives it. `forEach`, `status` and
 * `statusChanges` follow from `events`. A member that is not given and does not follow from another one dies with an
 * `UnimplementedError` when it is used.
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
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as CoinFutures from "../CoinFutures.js"
import * as CoinFuturesAccount from "../CoinFuturesAccount.js"
import * as EuropeanOptions from "../EuropeanOptions.js"
import { futuresFacts } from "../internal/account/facts/futures.js"
import { spotFacts } from "../internal/account/facts/spot.js"
import * as Margin from "../Margin.js"
import * as MarginRisk from "../MarginRisk.js"
import * as PortfolioMargin from "../PortfolioMargin.js"
import * as PortfolioMarginPro from "../PortfolioMarginPro.js"
import * as Spot from "../Spot.js"
import * as SpotAccount from "../SpotAccount.js"
import * as UsdFutures from "../UsdFutures.js"
import * as UsdFuturesAccount from "../UsdFuturesAccount.js"
import * as MockAccount from "./internal/mockAccount.js"
import * as MockStream from "./internal/mockStream.js"

/**
 * COIN-M futures, with the members that the test gives.
 *
 * @since 0.1.0
 * @category layers
 */
export const coinFutures = (service: Partial<CoinFutures.CoinFutures.Service>): Layer.Layer<CoinFutures.CoinFutures> =>
  Layer.effect(CoinFutures.CoinFutures, MockStream.make("CoinFutures", service))

/**
 * USD-M futures, with the members that the test gives.
 *
 * @since 0.1.0
 * @category layers
 */
export const usdFutures = (service: Partial<UsdFutures.UsdFutures.Service>): Layer.Layer<UsdFutures.UsdFutures> =>
  Layer.effect(UsdFutures.UsdFutures, MockStream.make("UsdFutures", service))

/**
 * European options, with the members that the test gives.
 *
 * @since 0.1.0
 * @category layers
 */
export const europeanOptions = (
  service: Partial<EuropeanOptions.EuropeanOptions.Service>
): Layer.Layer<EuropeanOptions.EuropeanOptions> =>
  Layer.effect(EuropeanOptions.EuropeanOptions, MockStream.make("EuropeanOptions", service))

/**
 * Portfolio Margin, with the members that the test gives.
 *
 * @since 0.1.0
 * @category layers
 */
export const portfolioMargin = (
  service: Partial<PortfolioMargin.PortfolioMargin.Service>
): Layer.Layer<PortfolioMargin.PortfolioMargin> =>
  Layer.effect(PortfolioMargin.PortfolioMargin, MockStream.make("PortfolioMargin", service))

/**
 * Portfolio Margin Pro, with the members that the test gives.
 *
 * @since 0.1.0
 * @category layers
 */
export const portfolioMarginPro = (
  service: Partial<PortfolioMarginPro.PortfolioMarginPro.Service>
): Layer.Layer<PortfolioMarginPro.PortfolioMarginPro> =>
  Layer.effect(PortfolioMarginPro.PortfolioMarginPro, MockStream.make("PortfolioMarginPro", service))

/**
 * Margin risk, with the members that the test gives.
 *
 * @since 0.1.0
 * @category layers
 */
export const marginRisk = (service: Partial<MarginRisk.MarginRisk.Service>): Layer.Layer<MarginRisk.MarginRisk> =>
  Layer.effect(MarginRisk.MarginRisk, MockStream.make("MarginRisk", service))

/**
 * Spot, with the members that the test gives.
 *
 * @since 0.1.0
 * @category layers
 */
export const spot = (service: Partial<Spot.Spot.Service>): Layer.Layer<Spot.Spot> =>
  Layer.effect(Spot.Spot, MockStream.make("Spot", service))

/**
 * Margin, with the members that the test gives, and those of the isolated account of each symbol.
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
  const createListenToken = MockStream.notGiven("Margin", "createListenToken")
  const accounts = new Map<string, Margin.Margin.Isolated>()
  const accountOf = (symbol: string): Margin.Margin.Isolated => {
    const account = `isolated("${symbol}")`
    const die = (name: string, or?: string) =>
      isolated === undefined
        ? MockStream.notGiven("Margin", "isolated", `, from which ${account} and its "${name}" follow`)
        : MockStream.notGiven(`Margin, ${account},`, name, or)
    const given = isolated?.(symbol) ?? {}
    const stream = Effect.runSync(MockStream.make("Margin", given, die))
    return { createListenToken: die("createListenToken"), ...given, ...stream, symbol }
  }
  return Layer.effect(
    Margin.Margin,
    Effect.map(MockStream.make("Margin", cross), (stream) => ({
      createListenToken,
      ...cross,
      ...stream,
      isolated: (symbol) => {
        const account = accounts.get(symbol) ?? accountOf(symbol)
        accounts.set(symbol, account)
        return account
      }
    }))
  )
}

/**
 * The COIN-M futures account, with the members that the test gives. `committable`, `forEach`, `fills`, `state`, `changes` and
 * `run` follow from `elements`.
 *
 * @since 0.2.0
 * @category layers
 */
export const coinFuturesAccount = (
  service: Partial<CoinFuturesAccount.CoinFuturesAccount.Service>
): Layer.Layer<CoinFuturesAccount.CoinFuturesAccount> =>
  Layer.effect(
    CoinFuturesAccount.CoinFuturesAccount,
    MockAccount.make<CoinFutures.Event>("CoinFutures", service, futuresFacts)
  )

/**
 * The USD-M futures account, with the members that the test gives. `committable`, `forEach`, `fills`, `state`, `changes` and
 * `run` follow from `elements`.
 *
 * @since 0.2.0
 * @category layers
 */
export const usdFuturesAccount = (
  service: Partial<UsdFuturesAccount.UsdFuturesAccount.Service>
): Layer.Layer<UsdFuturesAccount.UsdFuturesAccount> =>
  Layer.effect(
    UsdFuturesAccount.UsdFuturesAccount,
    MockAccount.make<UsdFutures.Event>("UsdFutures", service, futuresFacts)
  )

/**
 * The spot account, with the members that the test gives. `committable`, `forEach`, `fills`, `state`, `changes` and
 * `run` follow from `elements`.
 *
 * @since 0.2.0
 * @category layers
 */
export const spotAccount = (service: Partial<SpotAccount.SpotAccount.Service>): Layer.Layer<SpotAccount.SpotAccount> =>
  Layer.effect(SpotAccount.SpotAccount, MockAccount.make<Spot.Event>("Spot", service, spotFacts))
