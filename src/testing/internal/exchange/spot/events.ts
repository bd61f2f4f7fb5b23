import { type Decimal, fixed, multiply, zero } from "../decimal.js"
import type { Event } from "../venue.js"
import type { Order, OrderList, PreventedMatch, SpotAccount, Trade } from "./account.js"

const amount = (value: Decimal) => fixed(value, 8)

export interface Execution {
  readonly type: "NEW" | "TRADE" | "CANCELED" | "REPLACED" | "EXPIRED" | "TRADE_PREVENTION"
  readonly trade?: Trade | undefined
  readonly match?: PreventedMatch | undefined
  /** The client order id of a cancel or an amendment's order before it. */
  readonly originalClientOrderId?: string | undefined
  /** The client order id of the cancel. */
  readonly clientOrderId?: string | undefined
  readonly executionId: bigint
}

const fillOf = (trade: Trade | undefined) => ({
  l: amount(trade?.quantity ?? zero),
  L: amount(trade?.price ?? zero),
  n: trade === undefined ? "0" : amount(trade.commission),
  N: trade?.commissionAsset ?? null,
  t: trade?.id ?? -1,
  Y: amount(trade?.quoteQuantity ?? zero),
  m: trade?.isMaker ?? false,
  M: trade !== undefined
})

/** The group of accounts that do not trade with each other. */
export const tradeGroupId = 1

const preventedOf = (order: Order, match: PreventedMatch) => ({
  v: match.id,
  A: amount(order.prevented?.quantity ?? zero),
  B: amount((order === match.maker ? match.makerQuantity : match.takerQuantity) ?? zero),
  u: tradeGroupId,
  U: order === match.maker ? match.taker.id : match.maker.id,
  Cs: order.instrument.symbol,
  pl: amount(match.quantity),
  pL: amount(match.price),
  pY: amount(multiply(match.price, match.quantity))
})

const sorOf = ({ usesSor }: Order, trade: Trade | undefined) =>
  usesSor
    ? {
        ...(trade === undefined ? {} : { b: "ONE_PARTY_TRADE_REPORT", a: trade.allocationId }),
        k: "SOR",
        uS: true
      }
    : {}

const pegOf = ({ peg, price }: Order) =>
  peg === undefined
    ? {}
    : {
        gP: peg.type,
        ...(peg.offset === undefined ? {} : { gOT: "PRICE_LEVEL", gOV: peg.offset }),
        gp: amount(price)
      }

export const executionReport = (order: Order, execution: Execution, time: number): Event => {
  const { l, L, M, m, n, N, t, Y } = fillOf(execution.trade)
  return {
    e: "executionReport",
    E: time,
    s: order.instrument.symbol,
    c: execution.clientOrderId ?? order.clientOrderId,
    S: order.side,
    o: order.type,
    f: order.timeInForce,
    q: amount(order.quantity),
    p: amount(order.price),
    P: amount(order.stopPrice),
    F: amount(order.icebergQuantity),
    g: order.list?.id ?? -1,
    C: execution.originalClientOrderId ?? "",
    x: execution.type,
    X: order.status,
    r: "NONE",
    i: order.id,
    l,
    z: amount(order.filled),
    L,
    n,
    N,
    T: time,
    t,
    I: execution.executionId,
    w: order.workingAt !== undefined && (order.status === "NEW" || order.status === "PARTIALLY_FILLED"),
    m,
    M,
    O: order.createdAt,
    Z: amount(order.filledQuote),
    Y,
    Q: amount(order.quoteQuantity),
    ...(order.workingAt === undefined ? {} : { W: order.workingAt }),
    V: order.selfTradePreventionMode,
    ...(order.trailingDelta === undefined ? {} : { d: order.trailingDelta, D: order.trailing?.since ?? -1 }),
    ...(order.strategyId === undefined ? {} : { j: order.strategyId }),
    ...(order.strategyType === undefined ? {} : { J: order.strategyType }),
    ...sorOf(order, execution.trade),
    ...pegOf(order),
    ...(order.expiryReason === undefined ? {} : { eR: order.expiryReason }),
    ...(execution.match === undefined ? {} : preventedOf(order, execution.match))
  }
}

export const outboundAccountPosition = (account: SpotAccount, assets: ReadonlyArray<string>, time: number): Event => ({
  e: "outboundAccountPosition",
  E: time,
  u: account.updatedAt,
  B: Array.from(new Set(assets), (asset) => {
    const { free, locked } = account.balance(asset)
    return { a: asset, f: amount(free), l: amount(locked) }
  })
})

export const balanceUpdate = (asset: string, delta: Decimal, time: number): Event => ({
  e: "balanceUpdate",
  E: time,
  a: asset,
  d: amount(delta),
  T: time
})

export const listStatus = (list: OrderList, time: number): Event => ({
  e: "listStatus",
  E: time,
  s: list.symbol,
  g: list.id,
  c: list.contingencyType,
  l: list.isDone ? "ALL_DONE" : "EXEC_STARTED",
  L: list.isDone ? "ALL_DONE" : "EXECUTING",
  r: "NONE",
  C: list.clientId,
  T: time,
  O: list.orders.map((order) => ({ s: list.symbol, i: order.id, c: order.clientOrderId }))
})
