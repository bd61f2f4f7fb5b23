import { add, type Decimal, decimal, fixed, isZero, multiply, negate, plain, subtract, sum, zero } from "../decimal.js"
import { averagePrice, quantityOf } from "../futures/format.js"
import type { AccountChange, Execution, Order, Position, Side } from "../futures/model.js"
import type { Contract } from "../instruments.js"
import type { Event } from "../venue.js"
import type { OptionsAccount } from "./account.js"

export const amount = (value: Decimal) => fixed(value, 8)

/** How much the open orders of one side are for. */
export const openQuantity = (account: OptionsAccount, contract: Contract, side: Side): string =>
  plain(
    sum(
      Array.from(account.openOrders.values())
        .filter((order) => order.contract === contract && order.side === side)
        .map(({ filled, quantity }) => subtract(quantity, filled))
    )
  )

export const orderTradeUpdate = (account: OptionsAccount, order: Order, execution: Execution, time: number): Event => {
  const { contract } = order
  const { trade } = execution
  return {
    e: "ORDER_TRADE_UPDATE",
    E: time,
    T: time,
    o: {
      s: contract.symbol,
      c: order.clientOrderId,
      S: order.side,
      o: order.type,
      f: order.timeInForce,
      q: quantityOf(contract, order.quantity),
      p: plain(order.price),
      ap: averagePrice(order),
      x: execution.type,
      X: order.status,
      i: order.id,
      l: quantityOf(contract, trade?.quantity ?? zero),
      z: quantityOf(contract, order.filled),
      L: plain(trade?.price ?? zero),
      // Below zero if it was paid.
      ...(trade === undefined ? {} : { N: trade.commissionAsset, n: amount(negate(trade.commission)) }),
      T: time,
      t: trade?.id ?? 0,
      b: openQuantity(account, contract, "BUY"),
      a: openQuantity(account, contract, "SELL"),
      m: trade?.isMaker ?? false,
      R: order.isReduceOnly,
      ot: order.type,
      rp: trade === undefined ? "0" : amount(trade.realized),
      V: order.selfTradePreventionMode
    }
  }
}

const positionOf = (account: OptionsAccount, position: Position) => ({
  s: position.contract.symbol,
  c: fixed(position.amount, 4),
  p: amount(account.signedValue(position)),
  a: amount(account.entryPrice(position))
})

const balancePositionUpdate = (account: OptionsAccount, change: AccountChange, time: number): Event => ({
  e: "BALANCE_POSITION_UPDATE",
  E: time,
  T: time,
  m: change.reason,
  B: [
    {
      a: "USDT",
      b: amount(account.wallet("USDT").balance),
      bc: isZero(change.change) ? "0" : amount(change.change)
    }
  ],
  P: (change.positions ?? []).map((position) => positionOf(account, position))
})

/** There is no model of prices here: every option moves half as much as what it is on. */
export const greeks = (account: OptionsAccount) => {
  const held = account.positionsOf("USDT")
  return Array.from(new Set(held.map(({ contract }) => contract.pair)), (underlying) => {
    const of = held.filter(({ contract }) => contract.pair === underlying)
    const net = sum(of.map(({ amount }) => amount))
    const signed = sum(of.map(({ amount, contract }) => (contract.option?.side === "PUT" ? negate(amount) : amount)))
    const times = (quantity: Decimal, each: string) => amount(multiply(quantity, decimal(each)))
    return {
      underlying,
      delta: times(signed, "0.5"),
      gamma: times(net, "0.00001"),
      theta: times(net, "-30"),
      vega: times(net, "40")
    }
  })
}

const greekUpdate = (account: OptionsAccount, time: number): Event => ({
  e: "GREEK_UPDATE",
  E: time,
  T: time,
  G: greeks(account).map(({ delta, gamma, theta, underlying, vega }) => ({
    u: underlying,
    d: delta,
    g: gamma,
    t: theta,
    v: vega
  }))
})

const accountUpdate = (account: OptionsAccount, time: number): Event => {
  const { maintenance, openOrder, position, unrealized, wallet } = account.margins("USDT")
  const value = account.marketValue("USDT")
  const equity = amount(add(wallet, value))
  return {
    e: "ACCOUNT_UPDATE",
    E: time,
    T: time,
    eq: equity,
    aeq: equity,
    b: amount(wallet),
    m: amount(value),
    u: amount(unrealized),
    i: amount(add(position, openOrder)),
    M: amount(maintenance)
  }
}

/** A deposit or withdrawal moves no greeks. */
export const tellAccount = (account: OptionsAccount, change: AccountChange, time: number) => {
  const { venue } = account
  venue.push(() => balancePositionUpdate(account, change, time))
  if ((change.positions ?? []).length > 0) {
    venue.push(() => greekUpdate(account, time))
  }
  venue.push(() => accountUpdate(account, time))
  if (account.positionsOf("USDT").length > 0) {
    account.onPosition()
  }
}

/** What is told by the clock while a position is open, and whether one is. */
export const tellState = (account: OptionsAccount): boolean => {
  const { venue } = account
  const isOpen = account.positionsOf("USDT").length > 0
  if (isOpen) {
    const time = venue.now()
    venue.push(() => greekUpdate(account, time))
    venue.push(() => accountUpdate(account, time))
  }
  return isOpen
}
