import { add, type Decimal, fixed, isNegative, isZero, negate, plain } from "../decimal.js"
import { averagePrice } from "../futures/format.js"
import type { Income, Order, Position, Trade } from "../futures/model.js"
import type { Contract } from "../instruments.js"
import type { BlockTrade, Exercise, OptionsAccount } from "./account.js"
import { amount, greeks, openQuantity } from "./events.js"

const price = (contract: Contract, value: Decimal) => fixed(value, contract.priceDigits)

const quantity = (contract: Contract, value: Decimal) => fixed(value, contract.quantityDigits)

const terms = (contract: Contract) => ({
  priceScale: contract.priceDigits,
  quantityScale: contract.quantityDigits,
  optionSide: contract.option!.side,
  quoteAsset: contract.quoteAsset
})

export const historyRow = (order: Order) => {
  const { contract } = order
  return {
    orderId: order.id,
    symbol: contract.symbol,
    price: price(contract, order.price),
    quantity: quantity(contract, order.quantity),
    executedQty: quantity(contract, order.filled),
    side: order.side,
    type: order.type,
    timeInForce: order.timeInForce,
    reduceOnly: order.isReduceOnly,
    createTime: order.createdAt,
    updateTime: order.updatedAt,
    // With two l's, other than in events.
    status: order.status === "CANCELED" ? "CANCELLED" : order.status,
    avgPrice: averagePrice(order),
    clientOrderId: order.clientOrderId,
    ...terms(contract),
    mmp: false
  }
}

export const orderRow = (order: Order) => ({
  ...historyRow(order),
  selfTradePreventionMode: order.selfTradePreventionMode,
  postOnly: order.timeInForce === "GTX"
})

export const tradeRow = ({ order, ...trade }: Trade) => ({
  id: trade.id,
  tradeId: trade.id,
  orderId: order.id,
  symbol: order.contract.symbol,
  price: price(order.contract, trade.price),
  quantity: quantity(order.contract, trade.quantity),
  fee: amount(negate(trade.commission)),
  realizedProfit: amount(trade.realized),
  side: order.side,
  type: order.type,
  liquidity: trade.isMaker ? "MAKER" : "TAKER",
  time: trade.time,
  ...terms(order.contract)
})

/** With numbers where other rows have texts. */
export const blockTradeRow = ({ id, trade }: BlockTrade) => {
  const { order } = trade
  const fee = Number(plain(trade.commission))
  const size = Number(plain(trade.quantity))
  const agreed = Number(plain(trade.price))
  return {
    parentOrderId: String(id),
    crossType: "USER_BLOCK",
    legs: [
      {
        createTime: order.createdAt,
        updateTime: order.updatedAt,
        symbol: order.contract.symbol,
        orderId: String(order.id),
        orderPrice: agreed,
        orderQuantity: size,
        orderStatus: order.status,
        executedQty: size,
        executedAmount: Number(plain(trade.value)),
        fee,
        orderType: "PREV_QUOTED",
        orderSide: order.side,
        id: String(trade.id),
        tradeId: trade.id,
        tradePrice: agreed,
        tradeQty: size,
        tradeTime: trade.time,
        liquidity: "TAKER",
        commission: fee
      }
    ],
    blockTradeSettlementKey: `block-${id}`
  }
}

export const positionRow = (account: OptionsAccount, position: Position) => {
  const { contract } = position
  return {
    entryPrice: price(contract, account.entryPrice(position)),
    symbol: contract.symbol,
    side: isNegative(position.amount) ? "SHORT" : "LONG",
    quantity: quantity(contract, position.amount),
    markValue: amount(account.signedValue(position)),
    unrealizedPNL: amount(account.unrealized(position)),
    markPrice: amount(account.venue.prices.mark(contract.symbol)),
    strikePrice: plain(contract.option!.strike),
    expiryDate: contract.option!.expiresAt,
    ...terms(contract),
    time: position.updatedAt,
    bidQuantity: openQuantity(account, contract, "BUY"),
    askQuantity: openQuantity(account, contract, "SELL")
  }
}

export const accountRow = (account: OptionsAccount, time: number) => {
  const { available, maintenance, openOrder, position, unrealized, wallet } = account.margins("USDT")
  const equity = amount(add(wallet, account.marketValue("USDT")))
  return {
    asset: [
      {
        asset: "USDT",
        marginBalance: amount(wallet),
        equity,
        available: amount(available),
        initialMargin: amount(add(position, openOrder)),
        maintMargin: amount(maintenance),
        unrealizedPNL: amount(unrealized),
        adjustedEquity: equity
      }
    ],
    greek: greeks(account),
    time,
    canTrade: true,
    canDeposit: true,
    canWithdraw: true,
    reduceOnly: false,
    tradeGroupId: -1
  }
}

export const exerciseRow = ({ amount: value, contract, fee, id, price: settled, quantity: size, time }: Exercise) => ({
  id: String(id),
  currency: "USDT",
  symbol: contract.symbol,
  exercisePrice: amount(settled),
  quantity: amount(size),
  amount: amount(value),
  fee: isZero(fee) ? "0" : amount(negate(fee)),
  createDate: time,
  ...terms(contract),
  positionSide: isNegative(size) ? "SHORT" : "LONG"
})

export const billRow = ({ amount: change, asset, id, time, type }: Income) => ({
  id,
  asset,
  amount: amount(change),
  type: type === "EXERCISE" ? "CONTRACT" : type,
  createDate: time
})
