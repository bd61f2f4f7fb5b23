import {
  add,
  type Decimal,
  decimal,
  fixed,
  isNegative,
  isZero,
  multiply,
  negate,
  plain,
  subtract,
  zero
} from "../decimal.js"
import type { Contract } from "../instruments.js"
import { type FuturesAccount, valueOf } from "./account.js"
import { amount, averagePrice, breakEvenPrice, entryPrice, priceOf, quantityOf } from "./format.js"
import type { Amendment, Income, MarginChange, Order, Position, Side, Trade } from "./model.js"

export const isCoin = (account: FuturesAccount) => account.venue.product === "CoinFutures"

/** What is filled, in the other measure: quote assets of linear contracts, coins of inverse ones. */
const filledValue = (account: FuturesAccount, order: Order) =>
  isCoin(account) ? { cumBase: plain(order.filledValue) } : { cumQuote: plain(order.filledValue) }

const filledSize = ({ contract, filled }: Order) =>
  contract.contractSize === undefined
    ? { cumBase: quantityOf(contract, filled) }
    : { cumQuote: plain(multiply(filled, contract.contractSize)) }

/** What placing, cancelling and modifying answer. */
export const placedRow = (account: FuturesAccount, order: Order) => {
  const { contract } = order
  return {
    orderId: order.id,
    symbol: contract.symbol,
    ...(isCoin(account) ? { pair: contract.pair } : {}),
    status: order.status,
    clientOrderId: order.clientOrderId,
    price: fixed(order.price, contract.priceDigits),
    origQty: quantityOf(contract, order.quantity),
    executedQty: quantityOf(contract, order.filled),
    cumQty: quantityOf(contract, order.filled),
    timeInForce: order.timeInForce,
    type: order.type,
    reduceOnly: order.isReduceOnly,
    closePosition: order.closesPosition,
    side: order.side,
    positionSide: order.positionSide,
    stopPrice: "0",
    workingType: "CONTRACT_PRICE",
    priceProtect: false,
    origType: order.type,
    priceMatch: order.priceMatch,
    selfTradePreventionMode: order.selfTradePreventionMode,
    ...(isCoin(account) ? {} : { goodTillDate: order.goodTillDate }),
    updateTime: order.updatedAt
  }
}

export const orderRow = (account: FuturesAccount, order: Order) => {
  const { cumQty: _, ...row } = placedRow(account, order)
  return { ...row, avgPrice: averagePrice(order), ...filledValue(account, order), time: order.createdAt }
}

/** In histories. */
export const fullOrderRow = (account: FuturesAccount, order: Order) => ({
  ...orderRow(account, order),
  pair: order.contract.pair,
  ...filledSize(order),
  goodTillDate: order.goodTillDate
})

export const tradeRow = ({ order, ...trade }: Trade) => {
  const { contract } = order
  const { contractSize } = contract
  const value = contractSize === undefined ? plain(trade.value) : plain(multiply(trade.quantity, contractSize))
  return {
    symbol: contract.symbol,
    pair: contract.pair,
    id: trade.id,
    orderId: order.id,
    side: order.side,
    price: priceOf(contract, trade.price),
    qty: quantityOf(contract, trade.quantity),
    realizedPnl: amount(trade.realized),
    quoteQty: value,
    baseQty: contractSize === undefined ? quantityOf(contract, trade.quantity) : plain(trade.value),
    marginAsset: contract.marginAsset,
    commission: amount(trade.commission),
    commissionAsset: trade.commissionAsset,
    time: trade.time,
    positionSide: order.positionSide,
    buyer: order.side === "BUY",
    maker: trade.isMaker
  }
}

export const incomeRow = (account: FuturesAccount, income: Income) => ({
  symbol: income.symbol,
  incomeType: income.type,
  income: amount(income.amount),
  asset: income.asset,
  info: income.info,
  time: income.time,
  tranId: isCoin(account) ? String(income.id) : income.id,
  tradeId: income.tradeId === undefined ? "" : String(income.tradeId)
})

export const amendmentRow = ({ order, ...amendment }: Amendment) => {
  const { contract } = order
  const { after, before } = amendment
  return {
    amendmentId: amendment.id,
    symbol: contract.symbol,
    pair: contract.pair,
    orderId: order.id,
    clientOrderId: order.clientOrderId,
    time: amendment.time,
    amendment: {
      price: { before: priceOf(contract, before.price), after: priceOf(contract, after.price) },
      origQty: { before: quantityOf(contract, before.quantity), after: quantityOf(contract, after.quantity) },
      count: amendment.count,
      modifyId: amendment.modifyId
    }
  }
}

export const marginChangeRow = (change: MarginChange) => ({
  symbol: change.contract.symbol,
  type: change.isAdded ? 1 : 2,
  deltaType: "USER_ADJUST",
  amount: amount(change.amount),
  asset: change.contract.marginAsset,
  time: change.time,
  positionSide: change.positionSide
})

const ordersOf = (account: FuturesAccount, { contract, side }: Position): ReadonlyArray<Order> =>
  Array.from(account.openOrders.values()).filter((order) => order.contract === contract && order.positionSide === side)

const orderMargin = (account: FuturesAccount, position: Position): Decimal =>
  ordersOf(account, position).reduce((sum, order) => add(sum, account.orderMargin(order)), zero)

const openNotional = (account: FuturesAccount, position: Position, side: Side): string =>
  plain(
    ordersOf(account, position)
      .filter((order) => order.side === side)
      .reduce(
        (sum, order) => add(sum, valueOf(order.contract, subtract(order.quantity, order.filled), order.price)),
        zero
      )
  )

/** The value, with the sign of the position. */
const notional = (account: FuturesAccount, position: Position): string => {
  const value = account.value(position)
  return amount(isNegative(position.amount) ? negate(value) : value)
}

const isolatedMargin = (account: FuturesAccount, position: Position): string =>
  isZero(position.isolatedWallet) ? "0" : amount(add(position.isolatedWallet, account.unrealized(position)))

/** Positions that are there, or have orders. */
export const activePositions = (account: FuturesAccount): ReadonlyArray<Position> => {
  for (const { contract, positionSide } of account.openOrders.values()) {
    account.position(contract, positionSide)
  }
  return Array.from(account.positions.values()).filter(
    (position) => !isZero(position.amount) || ordersOf(account, position).length > 0
  )
}

/** One for each contract and side that the mode has, empty ones included. */
export const allPositions = (account: FuturesAccount): ReadonlyArray<Position> =>
  Array.from(account.rules.contracts.values()).flatMap((contract) =>
    (account.isHedge ? (["LONG", "SHORT"] as const) : (["BOTH"] as const)).map((side) =>
      account.position(contract, side)
    )
  )

export const positionRiskRow = (account: FuturesAccount, position: Position) => ({
  symbol: position.contract.symbol,
  positionSide: position.side,
  positionAmt: quantityOf(position.contract, position.amount),
  entryPrice: entryPrice(position),
  breakEvenPrice: breakEvenPrice(position),
  markPrice: amount(account.venue.prices.mark(position.contract.symbol)),
  unRealizedProfit: amount(account.unrealized(position)),
  liquidationPrice: "0",
  isolatedMargin: isolatedMargin(account, position),
  notional: notional(account, position),
  marginAsset: position.contract.marginAsset,
  isolatedWallet: isZero(position.isolatedWallet) ? "0" : amount(position.isolatedWallet),
  initialMargin: amount(add(account.initialMargin(position), orderMargin(account, position))),
  maintMargin: amount(account.maintenanceMargin(position)),
  positionInitialMargin: amount(account.initialMargin(position)),
  openOrderInitialMargin: amount(orderMargin(account, position)),
  adl: isZero(position.amount) ? 0 : 2,
  bidNotional: openNotional(account, position, "BUY"),
  askNotional: openNotional(account, position, "SELL"),
  updateTime: position.updatedAt
})

const settings = (account: FuturesAccount, contract: Contract) => {
  const { isIsolated, leverage } = account.config(contract.symbol)
  return { marginType: isIsolated ? "isolated" : "cross", isAutoAddMargin: "false", leverage: String(leverage) }
}

/** Of version 2, and of COIN-M. */
export const oldPositionRiskRow = (account: FuturesAccount, position: Position) => {
  const row = positionRiskRow(account, position)
  const base = {
    symbol: row.symbol,
    positionAmt: row.positionAmt,
    entryPrice: row.entryPrice,
    breakEvenPrice: row.breakEvenPrice,
    markPrice: row.markPrice,
    unRealizedProfit: row.unRealizedProfit,
    liquidationPrice: row.liquidationPrice,
    isolatedMargin: row.isolatedMargin,
    positionSide: row.positionSide,
    updateTime: row.updateTime,
    ...settings(account, position.contract)
  }
  return isCoin(account)
    ? { ...base, maxQty: "1000", notionalValue: row.notional }
    : { ...base, maxNotionalValue: "40000000", notional: row.notional, isolatedWallet: row.isolatedWallet }
}

export const accountPositionRow = (account: FuturesAccount, position: Position) => {
  const risk = positionRiskRow(account, position)
  const base = {
    symbol: risk.symbol,
    positionSide: risk.positionSide,
    positionAmt: risk.positionAmt,
    unrealizedProfit: risk.unRealizedProfit,
    initialMargin: risk.initialMargin,
    maintMargin: risk.maintMargin,
    updateTime: risk.updateTime
  }
  const { isIsolated, leverage } = account.config(position.contract.symbol)
  return isCoin(account)
    ? {
        ...base,
        positionInitialMargin: risk.positionInitialMargin,
        openOrderInitialMargin: risk.openOrderInitialMargin,
        leverage: String(leverage),
        isolated: isIsolated,
        entryPrice: risk.entryPrice,
        breakEvenPrice: risk.breakEvenPrice,
        maxQty: "1000",
        notionalValue: risk.notional
      }
    : {
        ...base,
        isolatedMargin: risk.isolatedMargin,
        notional: risk.notional,
        isolatedWallet: risk.isolatedWallet
      }
}

export const assetRow = (account: FuturesAccount, asset: string) => {
  const sums = account.margins(asset)
  return {
    asset,
    walletBalance: amount(sums.wallet),
    unrealizedProfit: amount(sums.unrealized),
    marginBalance: amount(add(sums.wallet, sums.unrealized)),
    maintMargin: amount(sums.maintenance),
    initialMargin: amount(add(sums.position, sums.openOrder)),
    positionInitialMargin: amount(sums.position),
    openOrderInitialMargin: amount(sums.openOrder),
    crossWalletBalance: amount(sums.crossWallet),
    crossUnPnl: amount(sums.crossUnrealized),
    availableBalance: amount(sums.available),
    maxWithdrawAmount: amount(sums.available),
    updateTime: account.wallet(asset).updatedAt
  }
}

export const balanceRow = (account: FuturesAccount, asset: string) => {
  const row = assetRow(account, asset)
  const base = {
    accountAlias: account.alias,
    asset,
    balance: row.walletBalance,
    crossWalletBalance: row.crossWalletBalance,
    crossUnPnl: row.crossUnPnl,
    availableBalance: row.availableBalance,
    updateTime: row.updateTime
  }
  return isCoin(account)
    ? { ...base, withdrawAvailable: row.availableBalance }
    : { ...base, maxWithdrawAmount: row.maxWithdrawAmount, marginAvailable: true }
}

/** Assets that have a balance. */
const assetsOf = (account: FuturesAccount) =>
  Array.from(account.wallets)
    .filter(([, { updatedAt }]) => updatedAt > 0)
    .map(([asset]) => assetRow(account, asset))

const total = (rows: ReadonlyArray<{ readonly [name: string]: unknown }>, name: string): string =>
  amount(rows.reduce((sum, row) => add(sum, decimal(String(row[name]))), zero))

export const accountRow = (account: FuturesAccount) => {
  const assets = assetsOf(account)
  if (isCoin(account)) {
    return {
      assets,
      positions: allPositions(account).map((position) => accountPositionRow(account, position)),
      canDeposit: true,
      canTrade: true,
      canWithdraw: true,
      feeTier: 0,
      updateTime: 0
    }
  }
  return {
    totalInitialMargin: total(assets, "initialMargin"),
    totalMaintMargin: total(assets, "maintMargin"),
    totalWalletBalance: total(assets, "walletBalance"),
    totalUnrealizedProfit: total(assets, "unrealizedProfit"),
    totalMarginBalance: total(assets, "marginBalance"),
    totalPositionInitialMargin: total(assets, "positionInitialMargin"),
    totalOpenOrderInitialMargin: total(assets, "openOrderInitialMargin"),
    totalCrossWalletBalance: total(assets, "crossWalletBalance"),
    totalCrossUnPnl: total(assets, "crossUnPnl"),
    availableBalance: total(assets, "availableBalance"),
    maxWithdrawAmount: total(assets, "maxWithdrawAmount"),
    assets,
    positions: activePositions(account).map((position) => accountPositionRow(account, position))
  }
}
