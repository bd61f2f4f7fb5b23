/** The products whose streams the library has. */
export const products = [
  "Spot",
  "Margin",
  "MarginRisk",
  "UsdFutures",
  "CoinFutures",
  "EuropeanOptions",
  "PortfolioMargin",
  "PortfolioMarginPro"
]
