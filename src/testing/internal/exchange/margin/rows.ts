import { add, type Decimal, decimal, divide, fixed, isLess, negate, plain, subtract, zero } from "../decimal.js"
import { spotInstruments } from "../instruments.js"
import type { Order } from "../spot/account.js"
import { bars, type Flow, type Interest, type Loan, type MarginAccount, type Transfer } from "./account.js"
import { interestRate } from "./change.js"

const amount = (value: Decimal) => fixed(value, 8)

const inBtc = (account: MarginAccount, value: Decimal) =>
  amount(divide(value, account.venue.prices.price("BTCUSDT"), 8))

const totalsRow = (account: MarginAccount) => {
  const { assets, liabilities, net } = account.totals()
  return {
    totalAssetOfBtc: inBtc(account, assets),
    totalLiabilityOfBtc: inBtc(account, liabilities),
    totalNetAssetOfBtc: inBtc(account, net)
  }
}

const assetRow = (account: MarginAccount, asset: string) => {
  const { free, locked } = account.balance(asset)
  const { interest, principal } = account.debt(asset)
  return {
    asset,
    borrowed: amount(principal),
    free: amount(free),
    interest: amount(interest),
    locked: amount(locked),
    netAsset: amount(subtract(add(free, locked), add(principal, interest)))
  }
}

export const accountRow = (account: MarginAccount) => {
  const level = amount(account.level())
  return {
    created: true,
    borrowEnabled: true,
    marginLevel: level,
    collateralMarginLevel: level,
    ...totalsRow(account),
    TotalCollateralValueInUSDT: amount(account.totals().assets),
    totalOpenOrderLossInUSDT: amount(zero),
    tradeEnabled: true,
    transferInEnabled: true,
    transferOutEnabled: true,
    accountType: "MARGIN_1",
    userAssets: Array.from(account.balances.keys(), (asset) => assetRow(account, asset))
  }
}

/** The status of an isolated account, by the bars that its level is below. */
const statuses = ["EXCESSIVE", "NORMAL", "MARGIN_CALL", "PRE_LIQUIDATION", "FORCE_LIQUIDATION"]

const statusOf = (level: Decimal) =>
  statuses[
    [decimal("2"), bars.normal, bars.marginCall, bars.forceLiquidation].filter((bar) => isLess(level, bar)).length
  ]

const isolatedAssetRow = (account: MarginAccount, asset: string) => {
  const row = assetRow(account, asset)
  const { free, locked } = account.balance(asset)
  return {
    ...row,
    borrowEnabled: true,
    repayEnabled: true,
    netAssetOfBtc: inBtc(account, account.worth(asset, decimal(row.netAsset))),
    totalAsset: amount(add(free, locked))
  }
}

const isolatedRow = (account: MarginAccount, symbol: string) => {
  const { baseAsset, quoteAsset } = spotInstruments.get(symbol)!
  const level = account.level()
  return {
    baseAsset: isolatedAssetRow(account, baseAsset),
    quoteAsset: isolatedAssetRow(account, quoteAsset),
    symbol,
    isolatedCreated: true,
    enabled: true,
    marginLevel: amount(level),
    marginLevelStatus: statusOf(level),
    marginRatio: "10.00000000",
    indexPrice: amount(account.venue.prices.price(symbol)),
    liquidatePrice: amount(zero),
    liquidateRate: amount(zero),
    tradeEnabled: true
  }
}

/** The isolated accounts that are asked for, or all of them with what they are worth together. */
export const isolatedAccountRow = (
  accounts: ReadonlyMap<string, MarginAccount>,
  symbols: ReadonlyArray<string> | undefined
) => {
  const asked = Array.from(accounts).filter(([symbol]) => symbols === undefined || symbols.includes(symbol))
  const assets = asked.map(([symbol, account]) => isolatedRow(account, symbol))
  const total = (name: keyof ReturnType<typeof totalsRow>) =>
    amount(asked.reduce((sum, [, account]) => add(sum, decimal(totalsRow(account)[name])), zero))
  return symbols === undefined
    ? {
        assets,
        totalAssetOfBtc: total("totalAssetOfBtc"),
        totalLiabilityOfBtc: total("totalLiabilityOfBtc"),
        totalNetAssetOfBtc: total("totalNetAssetOfBtc")
      }
    : { assets }
}

export const tradeCoefficients = {
  normalBar: plain(bars.normal),
  marginCallBar: plain(bars.marginCall),
  forceLiquidationBar: plain(bars.forceLiquidation)
}

export const isolatedName = (account: MarginAccount) =>
  account.isolated === undefined ? {} : { isolatedSymbol: account.isolated }

export const loanRow = (account: MarginAccount, { asset, id, interest, principal, time, type }: Loan) => ({
  type,
  ...isolatedName(account),
  amount: amount(add(principal, interest)),
  asset,
  interest: amount(interest),
  principal: amount(principal),
  status: "CONFIRMED",
  timestamp: time,
  txId: id
})

export const interestRow = (account: MarginAccount, interest: Interest) => ({
  txId: interest.id,
  interestAccuredTime: interest.time,
  asset: interest.asset,
  rawAsset: interest.asset,
  principal: amount(interest.principal),
  interest: amount(interest.amount),
  interestRate: amount(interestRate),
  type: interest.type,
  ...isolatedName(account)
})

export const transferRow = (account: MarginAccount, transfer: Transfer) => {
  const own = account.isolated === undefined ? "CROSS_MARGIN" : "ISOLATED_MARGIN"
  return {
    amount: amount(transfer.isIn ? transfer.amount : negate(transfer.amount)),
    asset: transfer.asset,
    status: "CONFIRMED",
    timestamp: transfer.time,
    txId: transfer.id,
    type: transfer.isIn ? "ROLL_IN" : "ROLL_OUT",
    transFrom: transfer.isIn ? "SPOT" : own,
    transTo: transfer.isIn ? own : "SPOT"
  }
}

export const flowRow = (flow: Flow) => ({
  id: flow.id,
  tranId: flow.tranId,
  timestamp: flow.time,
  asset: flow.asset,
  symbol: flow.symbol,
  type: flow.type,
  amount: plain(flow.amount),
  note: ""
})

export const liquidationRow = (order: Order) => ({
  avgPrice: amount(order.filled.value === 0n ? zero : divide(order.filledQuote, order.filled, 8)),
  executedQty: amount(order.filled),
  orderId: order.id,
  price: amount(order.price),
  qty: amount(order.quantity),
  side: order.side,
  symbol: order.instrument.symbol,
  timeInForce: order.timeInForce,
  updatedTime: order.updatedAt
})
