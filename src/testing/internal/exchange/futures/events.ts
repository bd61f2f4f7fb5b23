import { add, type Decimal, isZero, plain, subtract, zero } from "../decimal.js"
import type { Contract } from "../instruments.js"
import type { Event, Venue } from "../venue.js"
import { type FuturesAccount, valueOf } from "./account.js"
import { amount, averagePrice, breakEvenPrice, entryPrice, priceOf, quantityOf } from "./format.js"
import type { AccountChange, AlgoOrder, Execution, Order, Position, Side, Trade } from "./model.js"

const isCoin = (account: FuturesAccount) => account.venue.product === "CoinFutures"

const aliasOf = (account: FuturesAccount) => (isCoin(account) ? { i: account.alias } : {})

/** What the open orders of one side are worth. */
const openValue = (account: FuturesAccount, contract: Contract, side: Side): string => {
  let sum: Decimal = zero
  for (const order of account.openOrders.values()) {
    if (order.contract === contract && order.side === side && !isZero(order.price)) {
      sum = add(sum, valueOf(contract, subtract(order.quantity, order.filled), order.price))
    }
  }
  return plain(sum)
}

const typeOf = ({ force, type }: Order) => (force === "LIQUIDATION" ? "LIQUIDATION" : type)

const fillOf = (contract: Contract, trade: Trade | undefined) => ({
  l: quantityOf(contract, trade?.quantity ?? zero),
  L: priceOf(contract, trade?.price ?? zero),
  ...(trade === undefined ? {} : { N: trade.commissionAsset, n: amount(trade.commission) }),
  t: trade?.id ?? 0,
  rp: trade === undefined ? "0" : amount(trade.realized),
  m: trade?.isMaker ?? false
})

export const orderTradeUpdate = (account: FuturesAccount, order: Order, execution: Execution, time: number): Event => {
  const { contract } = order
  const { l, L, m, rp, t, ...commission } = fillOf(contract, execution.trade)
  const product = isCoin(account) ? { ma: contract.marginAsset } : {}
  const usd = isCoin(account) ? {} : { si: order.algo?.id ?? 0, ss: 0, gtd: order.goodTillDate }
  return {
    e: "ORDER_TRADE_UPDATE",
    E: time,
    T: time,
    ...aliasOf(account),
    o: {
      s: contract.symbol,
      c: order.clientOrderId,
      S: order.side,
      o: typeOf(order),
      f: order.timeInForce,
      q: quantityOf(contract, order.quantity),
      p: priceOf(contract, order.price),
      ap: averagePrice(order),
      sp: "0",
      x: execution.type,
      X: order.status,
      i: order.id,
      l,
      z: quantityOf(contract, order.filled),
      L,
      ...product,
      ...commission,
      T: time,
      t,
      b: openValue(account, contract, "BUY"),
      a: openValue(account, contract, "SELL"),
      m,
      R: order.isReduceOnly,
      wt: "CONTRACT_PRICE",
      ot: typeOf(order),
      ps: order.positionSide,
      cp: order.closesPosition,
      pP: false,
      ...usd,
      rp,
      V: order.selfTradePreventionMode,
      pm: order.priceMatch,
      er: order.expiryReason,
      ...(execution.modifyId === undefined ? {} : { M: String(execution.modifyId) })
    }
  }
}

export const tradeLite = ({ order, ...trade }: Trade): Event => ({
  e: "TRADE_LITE",
  E: trade.time,
  T: trade.time,
  s: order.contract.symbol,
  q: quantityOf(order.contract, order.quantity),
  p: priceOf(order.contract, order.price),
  m: trade.isMaker,
  c: order.clientOrderId,
  S: order.side,
  L: priceOf(order.contract, trade.price),
  l: quantityOf(order.contract, trade.quantity),
  t: trade.id,
  i: order.id
})

const positionOf = (account: FuturesAccount, position: Position) => ({
  s: position.contract.symbol,
  pa: quantityOf(position.contract, position.amount),
  ep: entryPrice(position),
  bep: breakEvenPrice(position),
  cr: amount(position.realized),
  up: amount(account.unrealized(position)),
  mt: account.config(position.contract.symbol).isIsolated ? "isolated" : "cross",
  iw: isZero(position.isolatedWallet) ? "0" : amount(position.isolatedWallet),
  ps: position.side,
  ...(isCoin(account) ? {} : { ma: position.contract.marginAsset })
})

export const accountUpdate = (account: FuturesAccount, change: AccountChange, time: number): Event => {
  const { asset, positions } = change
  const balances =
    asset === undefined
      ? []
      : [
          {
            a: asset,
            wb: amount(account.wallet(asset).balance),
            cw: amount(account.crossWallet(asset)),
            bc: isZero(change.change) ? "0" : amount(change.change)
          }
        ]
  return {
    e: "ACCOUNT_UPDATE",
    E: time,
    T: time,
    ...aliasOf(account),
    a: {
      m: change.reason,
      ...(change.symbol === undefined ? {} : { S: change.symbol }),
      B: balances,
      ...(positions === undefined ? {} : { P: positions.map((position) => positionOf(account, position)) })
    }
  }
}

export const accountConfigUpdate = (account: FuturesAccount, config: Event, time: number): Event => ({
  e: "ACCOUNT_CONFIG_UPDATE",
  E: time,
  T: time,
  ...aliasOf(account),
  ...config
})

/** Tells what an algo order is now, at once or late. */
export const pushAlgoUpdate = ({ algoUpdateDelay, at, now, push }: Venue, algo: AlgoOrder): void => {
  const delay = algoUpdateDelay()
  if (delay === 0) {
    push(() => algoUpdate(algo))
    return
  }
  const event = algoUpdate(algo)
  at(now() + delay, () => push(() => event))
}

const algoUpdate = (algo: AlgoOrder): Event => {
  const { draft, order } = algo
  const { contract } = draft
  const isBefore = algo.status === "NEW" || algo.status === "TRIGGERING"
  const reached = {
    ap: order === undefined ? "0.00000" : averagePrice(order),
    aq: order === undefined ? "0.00000" : quantityOf(contract, order.filled),
    act: order === undefined ? "0" : order.type
  }
  return {
    e: "ALGO_UPDATE",
    T: algo.updatedAt,
    E: algo.updatedAt,
    o: {
      caid: algo.clientId,
      aid: algo.id,
      at: "CONDITIONAL",
      o: algo.type,
      s: contract.symbol,
      S: draft.side,
      ps: draft.positionSide,
      f: draft.timeInForce,
      q: quantityOf(contract, draft.quantity),
      X: algo.status,
      ai: order === undefined ? "" : String(order.id),
      tp: priceOf(contract, algo.triggerPrice),
      p: priceOf(contract, draft.price),
      V: draft.selfTradePreventionMode,
      wt: algo.workingType,
      pm: draft.priceMatch,
      cp: draft.closesPosition,
      pP: algo.isPriceProtected,
      R: draft.isReduceOnly,
      tt: algo.triggeredAt,
      gtd: draft.goodTillDate,
      ...(isBefore ? {} : reached),
      ...(algo.type === "TRAILING_STOP_MARKET" ? { ia: algo.best !== undefined } : {}),
      ...(algo.failReason === undefined ? {} : { rm: algo.failReason })
    }
  }
}
