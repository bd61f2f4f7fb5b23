import type * as Trading from "../../Trading.js"
import { add, isZero, plain, zero } from "./decimal.js"
import type { FuturesAccount } from "./futures/account.js"
import { entryPrice } from "./futures/format.js"
import type * as Futures from "./futures/model.js"
import type * as Margin from "./margin/account.js"
import { MarginAccount } from "./margin/account.js"
import type * as Spot from "./spot/account.js"

/** What orders of all products have. */
const termsOf = (order: Spot.Order | Futures.Order) => ({
  orderId: String(order.id),
  clientOrderId: order.clientOrderId,
  side: order.side,
  type: order.type,
  timeInForce: order.timeInForce,
  status: order.status,
  price: plain(order.price),
  quantity: plain(order.quantity),
  filled: plain(order.filled),
  createdAt: order.createdAt,
  updatedAt: order.updatedAt
})

export const spotOrder = (order: Spot.Order): Trading.Order => ({
  symbol: order.instrument.symbol,
  ...termsOf(order),
  prevented: plain(order.prevented?.quantity ?? zero),
  positionSide: "BOTH",
  reduceOnly: false
})

export const spotFill = (trade: Spot.Trade): Trading.Fill => ({
  symbol: trade.order.instrument.symbol,
  tradeId: String(trade.id),
  ...(trade.allocationId === undefined ? {} : { allocationId: String(trade.allocationId) }),
  orderId: String(trade.order.id),
  side: trade.order.side,
  positionSide: "BOTH",
  price: plain(trade.price),
  quantity: plain(trade.quantity),
  value: plain(trade.quoteQuantity),
  commission: plain(trade.commission),
  commissionAsset: trade.commissionAsset,
  realizedProfit: "0",
  isMaker: trade.isMaker,
  time: trade.time
})

const debtless = { borrowed: "0", interest: "0" }

export const spotBalance = (account: Spot.SpotAccount, asset: string): Trading.Balance => {
  const { free, locked } = account.balance(asset)
  const debt = account instanceof MarginAccount ? account.debt(asset) : undefined
  const owed = debt === undefined ? debtless : { borrowed: plain(debt.principal), interest: plain(debt.interest) }
  return { asset, total: plain(add(free, locked)), free: plain(free), locked: plain(locked), ...owed }
}

export const loan = ({ asset, interest, principal, time }: Margin.Loan): Trading.Loan => ({
  asset,
  interest: plain(interest),
  principal: plain(principal),
  time
})

const marginIncome = (account: MarginAccount): ReadonlyArray<Trading.Income> =>
  [...account.flows, ...account.interests.map((interest) => ({ ...interest, symbol: "", type: "INTEREST" }))].map(
    ({ amount, asset, symbol, time, type }) => ({ symbol, type, asset, amount: plain(amount), time })
  )

export const spotBook = (account: Spot.SpotAccount): Trading.Book => ({
  openOrders: Array.from(account.openOrders.values(), spotOrder),
  openAlgoOrders: [],
  balances: Array.from(account.balances.keys(), (asset) => spotBalance(account, asset)),
  positions: [],
  orders: Array.from(account.orders.values(), spotOrder),
  fills: account.trades.map(spotFill),
  income: account instanceof MarginAccount ? marginIncome(account) : []
})

export const futuresOrder = (order: Futures.Order): Trading.Order => ({
  symbol: order.contract.symbol,
  ...termsOf(order),
  prevented: "0",
  positionSide: order.positionSide,
  reduceOnly: order.isReduceOnly
})

export const algoOrder = (algo: Futures.AlgoOrder): Trading.AlgoOrder => ({
  symbol: algo.draft.contract.symbol,
  algoId: String(algo.id),
  clientAlgoId: algo.clientId,
  side: algo.draft.side,
  type: algo.type,
  status: algo.status,
  triggerPrice: plain(algo.triggerPrice),
  quantity: plain(algo.draft.quantity),
  orderId: algo.order === undefined ? undefined : String(algo.order.id)
})

export const futuresFill = (trade: Futures.Trade): Trading.Fill => ({
  symbol: trade.order.contract.symbol,
  tradeId: String(trade.id),
  orderId: String(trade.order.id),
  side: trade.order.side,
  positionSide: trade.order.positionSide,
  price: plain(trade.price),
  quantity: plain(trade.quantity),
  value: plain(trade.value),
  commission: plain(trade.commission),
  commissionAsset: trade.commissionAsset,
  realizedProfit: plain(trade.realized),
  isMaker: trade.isMaker,
  time: trade.time
})

export const futuresBalance = (account: FuturesAccount, asset: string): Trading.Balance => {
  const { available, wallet } = account.margins(asset)
  return { asset, total: plain(wallet), free: plain(available), locked: plain(zero), ...debtless }
}

export const futuresBook = (account: FuturesAccount): Trading.Book => ({
  openOrders: Array.from(account.openOrders.values(), futuresOrder),
  openAlgoOrders: Array.from(account.openAlgoOrders.values(), algoOrder),
  balances: Array.from(account.wallets.keys(), (asset) => futuresBalance(account, asset)),
  positions: Array.from(account.positions.values())
    .filter(({ amount }) => !isZero(amount))
    .map((position) => ({
      symbol: position.contract.symbol,
      positionSide: position.side,
      amount: plain(position.amount),
      entryPrice: entryPrice(position),
      unrealizedProfit: plain(account.unrealized(position)),
      isolatedWallet: plain(position.isolatedWallet)
    })),
  orders: Array.from(account.orders.values(), futuresOrder),
  fills: account.trades.map(futuresFill),
  income: account.income.map(({ amount, asset, symbol, time, type }) => ({
    symbol,
    type,
    asset,
    amount: plain(amount),
    time
  }))
})
