import { FuturesAccount } from "../futures/account.js"
import { MarginAccount } from "../margin/account.js"
import { afterTrade } from "../margin/change.js"
import { coinRules, portfolioRules, spotFees, uid } from "../rules.js"
import type { Event, Venue } from "../venue.js"
import { PortfolioAccount } from "./account.js"
import { futuresPart, liabilities, marginPart } from "./events.js"

/** Parts whose events come on one stream, each as that stream has it. */
export const makePortfolio = (
  venueOf: (product: "Margin" | "UsdFutures" | "CoinFutures") => Venue,
  push: (event: () => Event | undefined) => void
): PortfolioAccount => {
  const futures = (unit: "UM" | "CM"): Venue => {
    const told = futuresPart(unit)
    const venue = venueOf(unit === "UM" ? "UsdFutures" : "CoinFutures")
    return { ...venue, push: (event) => push(() => told(event())) }
  }
  const venue = venueOf("Margin")
  const margin: Venue = {
    ...venue,
    push: (event) => {
      const told = marginPart(venue.ids.next("update"))
      push(() => told(event()))
    }
  }
  const parts = {
    UM: new FuturesAccount(futures("UM"), portfolioRules, ""),
    CM: new FuturesAccount(futures("CM"), coinRules, "SgsR"),
    MARGIN: new MarginAccount(margin, spotFees, uid, undefined, liabilities(push), afterTrade)
  }
  return new PortfolioAccount(parts, push)
}
