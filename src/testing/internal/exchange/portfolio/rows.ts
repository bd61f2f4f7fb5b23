import { add, type Decimal, fixed, plain } from "../decimal.js"
import type { FuturesAccount } from "../futures/account.js"
import type { AlgoOrder, Position } from "../futures/model.js"
import { accountPositionRow, activePositions, assetRow, positionRiskRow } from "../futures/rows.js"
import type { Interest, MarginAccount } from "../margin/account.js"
import { interestRate } from "../margin/change.js"
import type { Exchanged, LoanRepayment, PortfolioAccount } from "./account.js"

const amount = (value: Decimal) => fixed(value, 8)

export const accountRow = (portfolio: PortfolioAccount) => {
  const { actual, available, equity, initial, maintenance } = portfolio.totals()
  return {
    uniMMR: amount(portfolio.ratio()),
    accountEquity: amount(equity),
    actualEquity: amount(actual),
    accountInitialMargin: amount(initial),
    accountMaintMargin: amount(maintenance),
    accountStatus: portfolio.status(),
    virtualMaxWithdrawAmount: amount(available),
    totalAvailableBalance: amount(available),
    totalMarginOpenLoss: "0.00000000",
    updateTime: portfolio.now
  }
}

/** Of the Pro kind. */
export const proAccountRow = (portfolio: PortfolioAccount) => {
  const { totalMarginOpenLoss: _, updateTime: _u, virtualMaxWithdrawAmount: _v, ...row } = accountRow(portfolio)
  return { ...row, accountType: "PM_1" }
}

/** Of the Pro kind with SPAN. */
export const spanAccountRow = (portfolio: PortfolioAccount) => {
  const { accountInitialMargin: _, totalAvailableBalance: _t, ...row } = proAccountRow(portfolio)
  return {
    ...row,
    riskUnitMMList: [{ asset: "BTC", uniMaintainUsd: row.accountMaintMargin }],
    marginMM: "0.00000000",
    otherMM: "0.00000000",
    accountType: "PM_3"
  }
}

const lastChange = ({ CM, MARGIN, UM }: PortfolioAccount["parts"], asset: string) =>
  Math.max(MARGIN.updatedAt, UM.wallet(asset).updatedAt, CM.wallet(asset).updatedAt)

const balanceRow = ({ parts }: PortfolioAccount, asset: string) => {
  const { CM, MARGIN, UM } = parts
  const { free, locked } = MARGIN.balance(asset)
  const { interest, principal } = MARGIN.debt(asset)
  const um = UM.margins(asset)
  const cm = CM.margins(asset)
  const crossMargin = add(free, locked)
  return {
    asset,
    totalWalletBalance: amount(add(crossMargin, add(um.wallet, cm.wallet))),
    crossMarginAsset: amount(crossMargin),
    crossMarginBorrowed: amount(principal),
    crossMarginFree: amount(free),
    crossMarginInterest: amount(interest),
    crossMarginLocked: amount(locked),
    umWalletBalance: amount(um.wallet),
    umUnrealizedPNL: amount(um.unrealized),
    cmWalletBalance: amount(cm.wallet),
    cmUnrealizedPNL: amount(cm.unrealized),
    updateTime: lastChange(parts, asset),
    negativeBalance: "0"
  }
}

/** All assets, or the one that is asked for. */
export const balanceRows = (portfolio: PortfolioAccount, asset: string | undefined) => {
  const { CM, MARGIN, UM } = portfolio.parts
  const assets = new Set([...MARGIN.balances.keys(), ...UM.wallets.keys(), ...CM.wallets.keys()])
  return asset === undefined ? Array.from(assets, (each) => balanceRow(portfolio, each)) : balanceRow(portfolio, asset)
}

/** Of the Pro kind, which has options too. */
export const proBalanceRows = (portfolio: PortfolioAccount) => {
  const { options } = portfolio.parts
  const wallet = (asset: string) => amount(options!.wallet(asset).balance)
  const equity = (asset: string) => amount(add(options!.wallet(asset).balance, options!.marketValue(asset)))
  return [balanceRows(portfolio, undefined)].flat().map((row) => ({
    ...row,
    optionWalletBalance: wallet(row.asset),
    optionEquity: equity(row.asset)
  }))
}

const positionRow = (account: FuturesAccount, position: Position) => {
  const risk = positionRiskRow(account, position)
  return {
    ...accountPositionRow(account, position),
    positionInitialMargin: risk.positionInitialMargin,
    openOrderInitialMargin: risk.openOrderInitialMargin,
    leverage: String(account.config(position.contract.symbol).leverage),
    entryPrice: risk.entryPrice,
    maxNotional: "40000000",
    bidNotional: risk.bidNotional,
    askNotional: risk.askNotional
  }
}

/** Of the USD-M or the COIN-M part. */
export const futuresAccountRow = (account: FuturesAccount) => ({
  assets: Array.from(account.wallets.keys(), (asset) => {
    const { asset: name, crossUnPnl, crossWalletBalance, ...row } = assetRow(account, asset)
    const { initialMargin, maintMargin, openOrderInitialMargin, positionInitialMargin, updateTime } = row
    return {
      asset: name,
      crossWalletBalance,
      crossUnPnl,
      maintMargin,
      initialMargin,
      positionInitialMargin,
      openOrderInitialMargin,
      updateTime
    }
  }),
  positions: activePositions(account).map((position) => positionRow(account, position))
})

/** What orders of the margin part have beside. */
export const marginOrderExtra = (account: MarginAccount) => ({
  accountId: account.uid,
  preventedMatchId: null,
  preventedQuantity: null
})

/** How the two kinds of portfolio margin spell the name of a time. */
export type InterestTime = "interestAccuredTime" | "interestAccruedTime"

export const negativeInterestRow =
  (timeName: InterestTime) =>
  ({ amount: charged, asset, principal, time }: Interest) => ({
    asset,
    interest: amount(charged),
    [timeName]: time,
    interestRate: plain(interestRate),
    principal: amount(principal)
  })

/** Where a negative balance is exchanged at the latest. */
const negativeMaxThreshold = 5

/** With numbers where other rows have texts. */
export const exchangedRow = ({ amount: size, asset, time }: Exchanged) => ({
  startTime: time,
  endTime: time,
  details: [{ asset, negativeBalance: Number(plain(size)), negativeMaxThreshold }]
})

export const loanRepaymentRow = ({ amount: repaid, time }: LoanRepayment) => ({
  asset: "USDC",
  amount: amount(repaid),
  repayTime: time
})

/** A conditional order of the COIN-M part. */
export const strategyRow = ({ draft, order, ...algo }: AlgoOrder) => ({
  newClientStrategyId: algo.clientId,
  strategyId: algo.id,
  strategyStatus: algo.status === "TRIGGERING" ? "NEW" : algo.status,
  strategyType: algo.type,
  origQty: plain(draft.quantity),
  price: plain(draft.price),
  reduceOnly: draft.isReduceOnly,
  side: draft.side,
  positionSide: draft.positionSide,
  stopPrice: plain(algo.triggerPrice),
  symbol: draft.contract.symbol,
  bookTime: algo.createdAt,
  updateTime: algo.updatedAt,
  timeInForce: draft.timeInForce,
  ...(order === undefined
    ? {}
    : { orderId: order.id, status: order.status, triggerTime: algo.triggeredAt, type: order.type }),
  ...(algo.type === "TRAILING_STOP_MARKET"
    ? { activatePrice: plain(algo.activatePrice), priceRate: plain(algo.callbackRate) }
    : {})
})

/** Alone, a conditional order tells more. */
export const oneStrategyRow = (algo: AlgoOrder) => ({
  ...strategyRow(algo),
  workingType: algo.workingType,
  priceProtect: algo.isPriceProtected,
  priceMatch: algo.draft.priceMatch
})
