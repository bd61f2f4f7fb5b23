import { CoinFuturesEvent } from "../../CoinFuturesEvent.js"
import type { Product } from "../../Environment.js"
import { EuropeanOptionsEvent } from "../../EuropeanOptionsEvent.js"
import { MarginEvent } from "../../MarginEvent.js"
import { MarginRiskEvent } from "../../MarginRiskEvent.js"
import { PortfolioMarginEvent } from "../../PortfolioMarginEvent.js"
import { PortfolioMarginProEvent } from "../../PortfolioMarginProEvent.js"
import { SpotEvent } from "../../SpotEvent.js"
import { UsdFuturesEvent } from "../../UsdFuturesEvent.js"
import { encoder } from "../../UserDataEvent.js"

export interface Events {
  readonly CoinFutures: CoinFuturesEvent
  readonly UsdFutures: UsdFuturesEvent
  readonly EuropeanOptions: EuropeanOptionsEvent
  readonly PortfolioMargin: PortfolioMarginEvent
  readonly PortfolioMarginPro: PortfolioMarginProEvent
  readonly MarginRisk: MarginRiskEvent
  readonly Margin: MarginEvent
  readonly Spot: SpotEvent
}

const makers: { readonly [P in Product]: () => (event: Events[P]) => string } = {
  CoinFutures: () => encoder(CoinFuturesEvent),
  UsdFutures: () => encoder(UsdFuturesEvent),
  EuropeanOptions: () => encoder(EuropeanOptionsEvent),
  PortfolioMargin: () => encoder(PortfolioMarginEvent),
  PortfolioMarginPro: () => encoder(PortfolioMarginProEvent),
  MarginRisk: () => encoder(MarginRiskEvent),
  Margin: () => encoder(MarginEvent),
  Spot: () => encoder(SpotEvent)
}

const made: { [P in Product]?: (event: Events[P]) => string } = {}

/** The text of an event on the wire. Throws on a value that is no event of the product. */
export const encode = <P extends Product>(product: P, event: Events[P]): string => {
  const known = made[product] as ((event: Events[P]) => string) | undefined
  if (known !== undefined) {
    return known(event)
  }
  const fresh = makers[product]() as (event: Events[P]) => string
  Object.assign(made, { [product]: fresh })
  return fresh(event)
}
