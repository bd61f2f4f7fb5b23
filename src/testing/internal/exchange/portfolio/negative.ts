import { refuse } from "../../refusal.js"
import { add, type Decimal, isPositive, isZero, least, negate, subtract } from "../decimal.js"
import type { FuturesAccount } from "../futures/account.js"
import * as Margin from "../margin/change.js"
import type { SpotAccount } from "../spot/account.js"
import { changeBalance } from "../spot/change.js"
import type { PortfolioAccount } from "./account.js"

/** The futures wallets that are below zero. */
const negativeOf = ({ parts }: PortfolioAccount) =>
  [parts.UM, parts.CM].flatMap((account: FuturesAccount) =>
    Array.from(account.wallets, ([asset, { balance }]) => ({ account, asset, size: negate(balance) })).filter(
      ({ size }) => isPositive(size)
    )
  )

/** An hour's interest on them, which the margin part owes. */
export const chargeNegative = (portfolio: PortfolioAccount) => {
  for (const { asset, size } of negativeOf(portfolio)) {
    Margin.charge(portfolio.parts.MARGIN, asset, "PORTFOLIO", size)
  }
}

/** Pays them off with USDT of the margin part. */
export const exchangeNegative = (portfolio: PortfolioAccount) => {
  const { MARGIN } = portfolio.parts
  for (const { account, asset, size } of negativeOf(portfolio)) {
    const { ids, now } = account.venue
    Margin.transfer(MARGIN, "USDT", negate(MARGIN.worth(asset, size)))
    const id = ids.next("transaction")
    account.book(asset, size, { symbol: "", type: "AUTO_EXCHANGE", info: "", id, tradeId: undefined })
    const change = { reason: "AUTO_EXCHANGE", asset, change: size, positions: [] }
    account.rules.ways.tellAccount(account, change, now())
    portfolio.exchanges.push({ asset, amount: size, time: now() })
  }
}

/** The exchange pays for an account that could not. */
export const lend = (portfolio: PortfolioAccount, amount: Decimal) => {
  portfolio.bankruptcyLoan = add(portfolio.bankruptcyLoan, amount)
}

/** Pays back with all USDC that spot has free, and tells the id of that. */
export const repayLoan = (portfolio: PortfolioAccount, spot: SpotAccount): bigint => {
  const amount = least(portfolio.bankruptcyLoan, spot.balance("USDC").free)
  if (isZero(amount)) {
    refuse(400, -3041, "Balance is not enough")
  }
  changeBalance(spot, "USDC", negate(amount))
  portfolio.bankruptcyLoan = subtract(portfolio.bankruptcyLoan, amount)
  const { ids, now } = spot.venue
  portfolio.loanRepayments.push({ amount, time: now() })
  return ids.next("transfer")
}
