/**
 * Events for tests, with defaults: a test says what it is about, and the rest is there.
 *
 * The defaults of a product tell one story: 0.01 BTC were bought at 90,000 (9 contracts on COIN-M; an option at 1,200),
 * and the events of an order, a trade, a balance and a position agree about it. What is overridden is merged into the
 * defaults: objects field by field, and each row of a list into the row at its place, or the last one. A field that is
 * overridden with `undefined` comes as `null`.
 *
 * Every sample has gone through the schema of its product: a value that Binance could not send throws a `TypeError` or a
 * `ParseError`.
 *
 * `spotAccount`, `usdFuturesAccount` and `coinFuturesAccount` have what an account adds to the events: the same order, fill,
 * balance and position, as they are recovered after a gap. The rows of a `snapshot` are lists.
 *
 * @example
 * ```ts
 * import { MockLayers, Sample } from "effect-binance-user-data/testing"
 * import * as Stream from "effect/Stream"
 *
 * const filled = Sample.usdFutures.orderTradeUpdate()
 * const canceled = Sample.usdFutures.orderTradeUpdate({
 *   order: { executionType: "CANCELED", orderStatus: "CANCELED", filledAccumulatedQuantity: "0" }
 * })
 *
 * const layer = MockLayers.usdFutures({ events: Stream.make(filled, canceled) })
 * ```
 *
 * @since 0.2.0
 */
import type * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import type * as Account from "../Account.js"
import { CoinFuturesEvent } from "../CoinFuturesEvent.js"
import { EuropeanOptionsEvent } from "../EuropeanOptionsEvent.js"
import { MarginEvent } from "../MarginEvent.js"
import { MarginRiskEvent } from "../MarginRiskEvent.js"
import { PortfolioMarginEvent } from "../PortfolioMarginEvent.js"
import { PortfolioMarginProEvent } from "../PortfolioMarginProEvent.js"
import { SpotEvent } from "../SpotEvent.js"
import { UsdFuturesEvent } from "../UsdFuturesEvent.js"
import * as Accounts from "./internal/sample/account.js"
import { builders, type Frames } from "./internal/sample/build.js"
import * as Futures from "./internal/sample/futures.js"
import * as Portfolio from "./internal/sample/portfolio.js"
import * as SpotFrames from "./internal/sample/spot.js"

/**
 * A part of a value, as deep as it goes.
 *
 * @since 0.2.0
 * @category models
 */
export type Part<A> =
  A extends Redacted.Redacted<unknown>
    ? A
    : A extends ReadonlyArray<infer Row>
      ? ReadonlyArray<Part<Row>>
      : A extends object
        ? { readonly [K in keyof A]?: Part<A[K]> }
        : A

/**
 * A builder for each event of a product, named as the event's tag.
 *
 * @since 0.2.0
 * @category models
 */
export type Builders<Event extends { readonly _tag: string }> = {
  readonly [Tag in Event["_tag"] as Uncapitalize<Tag>]: (
    overrides?: Part<Omit<Extract<Event, { readonly _tag: Tag }>, "_tag">>
  ) => Extract<Event, { readonly _tag: Tag }>
}

const of = <Event extends { readonly _tag: string }, Wire>(
  schema: Schema.Schema<Event, Wire>,
  frames: Frames<Event>
): Builders<Event> => builders(schema, frames) as Builders<Event>

/**
 * Events of spot.
 *
 * @since 0.2.0
 * @category samples
 */
export const spot: Builders<SpotEvent> = of(SpotEvent, SpotFrames.spot)

/**
 * Events of margin.
 *
 * @since 0.2.0
 * @category samples
 */
export const margin: Builders<MarginEvent> = of(MarginEvent, SpotFrames.margin)

/**
 * Events of margin risk.
 *
 * @since 0.2.0
 * @category samples
 */
export const marginRisk: Builders<MarginRiskEvent> = of(MarginRiskEvent, SpotFrames.marginRisk)

/**
 * Events of USD-M futures.
 *
 * @since 0.2.0
 * @category samples
 */
export const usdFutures: Builders<UsdFuturesEvent> = of(UsdFuturesEvent, Futures.usdFutures)

/**
 * Events of COIN-M futures.
 *
 * @since 0.2.0
 * @category samples
 */
export const coinFutures: Builders<CoinFuturesEvent> = of(CoinFuturesEvent, Futures.coinFutures)

/**
 * Events of European options.
 *
 * @since 0.2.0
 * @category samples
 */
export const europeanOptions: Builders<EuropeanOptionsEvent> = of(EuropeanOptionsEvent, Portfolio.europeanOptions)

/**
 * Events of Portfolio Margin.
 *
 * @since 0.2.0
 * @category samples
 */
export const portfolioMargin: Builders<PortfolioMarginEvent> = of(PortfolioMarginEvent, Portfolio.portfolioMargin)

/**
 * Events of Portfolio Margin Pro.
 *
 * @since 0.2.0
 * @category samples
 */
export const portfolioMarginPro: Builders<PortfolioMarginProEvent> = of(
  PortfolioMarginProEvent,
  Portfolio.portfolioMarginPro
)

/**
 * What a test says of an account: the rows of each list are merged into defaults, as those of events are. A snapshot has by
 * default no open orders, and the balances and the position after the order that was filled.
 *
 * @since 0.2.0
 * @category models
 */
export interface SnapshotRows extends Accounts.SnapshotRows {}

/**
 * A builder for each element that an account adds to the events of its product, named as its tag.
 *
 * @since 0.2.0
 * @category models
 */
export type AccountBuilders = Builders<Exclude<Account.AccountElement, Account.Snapshot>> & {
  readonly snapshot: (rows?: SnapshotRows) => Account.Snapshot
}

/**
 * Elements of the spot account.
 *
 * @since 0.2.0
 * @category samples
 */
export const spotAccount: Omit<AccountBuilders, "recoveredAlgoOrder"> = Accounts.accountBuilders(Accounts.spot)

/**
 * Elements of the USD-M futures account.
 *
 * @since 0.2.0
 * @category samples
 */
export const usdFuturesAccount: AccountBuilders = Accounts.accountBuilders(Accounts.usdFutures)

/**
 * Elements of the COIN-M futures account.
 *
 * @since 0.2.0
 * @category samples
 */
export const coinFuturesAccount: AccountBuilders = Accounts.accountBuilders(Accounts.coinFutures)
