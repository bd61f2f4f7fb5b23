import type { Product } from "../../Environment.js"

/** Products that have listen keys of their own; Portfolio Margin Pro uses the one of USD-M futures. */
export type Family = Exclude<Product, "PortfolioMarginPro">

export const familyOf = (product: Product): Family => (product === "PortfolioMarginPro" ? "UsdFutures" : product)

/** Where the events of a product come, as the path before `/ws` and `/stream`. */
const routes: { readonly [P in Product]: string } = {
  CoinFutures: "",
  MarginRisk: "",
  Spot: "",
  Margin: "",
  UsdFutures: "/private",
  EuropeanOptions: "/private",
  PortfolioMargin: "/pm",
  PortfolioMarginPro: "/pm-classic"
}

export const knownRoutes: ReadonlyArray<string> = ["", "/private", "/public", "/market", "/pm", "/pm-classic"]

/** Which product's events a key brings on a route, if any. */
export const productOn = (route: string, family: Family): Product | undefined => {
  if (route === routes.PortfolioMarginPro) {
    return family === "UsdFutures" ? "PortfolioMarginPro" : undefined
  }
  return routes[family] === route ? family : undefined
}

export const eventName = (text: string): string | undefined => /"e"\s*:\s*"([^"]*)"/.exec(text)?.[1]

/** `listenKeyExpired` in the shape of each product. */
export const listenKeyExpired = (product: Product, listenKey: string, time: number): string => {
  switch (product) {
    case "EuropeanOptions":
      return JSON.stringify({ e: "listenKeyExpired", E: String(time), listenKey })
    case "PortfolioMargin":
      return JSON.stringify({ e: "listenKeyExpired", E: time })
    default:
      return JSON.stringify({ e: "listenKeyExpired", E: time, listenKey })
  }
}
