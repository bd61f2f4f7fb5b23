import type { CoinFuturesEvent } from "../../../CoinFuturesEvent.js"
import type { UsdFuturesEvent } from "../../../UsdFuturesEvent.js"
import type { Frames } from "./build.js"
import { control, listenKeyExpired, time } from "./control.js"

/** What the products trade: the same price, at which one buys coins and the other contracts. */
export interface Market {
  readonly symbol: string
  readonly asset: string
  readonly quantity: string
  readonly wallet: string
  readonly commission: string
}

export const usdMarket: Market = {
  symbol: "BTCUSDT",
  asset: "USDT",
  quantity: "0.010",
  wallet: "9999.82000000",
  commission: "0.18000000"
}

export const coinMarket: Market = {
  symbol: "BTCUSD_PERP",
  asset: "BTC",
  quantity: "9",
  wallet: "0.99999900",
  commission: "0.00000100"
}

export const positionOf = ({ quantity, symbol }: Market) => ({
  s: symbol,
  pa: quantity,
  ep: "90000.0",
  bep: "90018.0",
  cr: "0.00000000",
  up: "0.00000000",
  mt: "cross",
  iw: "0",
  ps: "BOTH"
})

export const orderOf = ({ asset, commission, quantity, symbol }: Market) => ({
  s: symbol,
  c: "sample-order",
  S: "BUY",
  o: "LIMIT",
  f: "GTC",
  q: quantity,
  p: "90000.0",
  ap: "90000.0",
  sp: "0",
  x: "TRADE",
  X: "FILLED",
  i: 1_000_000_001,
  l: quantity,
  z: quantity,
  L: "90000.0",
  N: asset,
  n: commission,
  T: time,
  t: 2_000_000_001,
  b: "0",
  a: "0",
  m: true,
  R: false,
  wt: "CONTRACT_PRICE",
  ot: "LIMIT",
  ps: "BOTH",
  cp: false,
  pP: false,
  rp: "0.00000000",
  V: "EXPIRE_MAKER",
  pm: "NONE",
  er: "0"
})

export const algoOrderOf = ({ quantity, symbol }: Market) => ({
  caid: "sample-stop-loss",
  aid: 5_000_000_001,
  at: "CONDITIONAL",
  o: "STOP_MARKET",
  s: symbol,
  S: "SELL",
  ps: "BOTH",
  f: "GTC",
  q: quantity,
  X: "NEW",
  ai: "",
  tp: "85000.0",
  p: "0",
  V: "EXPIRE_MAKER",
  wt: "CONTRACT_PRICE",
  pm: "NONE",
  cp: false,
  pP: false,
  R: true,
  tt: 0,
  gtd: 0
})

export const accountOf = ({ asset, wallet }: Market, position: object) => ({
  m: "ORDER",
  B: [{ a: asset, wb: wallet, cw: wallet, bc: "0" }],
  P: [position]
})

const strategyOf = ({ symbol }: Market) => ({
  strategyUpdate: {
    e: "STRATEGY_UPDATE",
    T: time,
    E: time,
    su: { si: 6_000_001, st: "GRID", ss: "WORKING", s: symbol, ut: time, c: 8007 }
  },
  gridUpdate: {
    e: "GRID_UPDATE",
    T: time,
    E: time,
    gu: {
      si: 6_000_001,
      st: "GRID",
      ss: "WORKING",
      s: symbol,
      r: "0.00000000",
      up: "90000.0",
      uq: "0.010",
      uf: "-0.00360000",
      mp: "0.00000000",
      ut: time
    }
  }
})

const common = (market: Market) => {
  const { quantity, symbol } = market
  return {
    tradeLite: {
      e: "TRADE_LITE",
      E: time,
      T: time,
      s: symbol,
      q: quantity,
      p: "90000.0",
      m: true,
      c: "sample-order",
      S: "BUY",
      L: "90000.0",
      l: quantity,
      t: 2_000_000_001,
      i: 1_000_000_001
    },
    algoUpdate: { e: "ALGO_UPDATE", T: time, E: time, o: algoOrderOf(market) },
    ...strategyOf(market),
    listenKeyExpired,
    serverShutdown: control.serverShutdown
  }
}

const marginCallOf = (market: Market, alias: object, values: object) => ({
  e: "MARGIN_CALL",
  E: time,
  ...alias,
  cw: market.wallet,
  p: [{ s: market.symbol, ps: "BOTH", pa: market.quantity, mt: "CROSSED", iw: "0", ...values }]
})

const configOf = ({ symbol }: Market) => ({ s: symbol, l: 20 })

export const usdOrder = { ...orderOf(usdMarket), si: 0, ss: 0, gtd: 0 }
export const usdPosition = positionOf(usdMarket)
export const usdAccount = accountOf(usdMarket, usdPosition)
export const usdAlgoOrder = algoOrderOf(usdMarket)
export const usdConfig = configOf(usdMarket)

export const usdFutures: Frames<UsdFuturesEvent> = {
  accountUpdate: { e: "ACCOUNT_UPDATE", E: time, T: time, a: usdAccount },
  orderTradeUpdate: { e: "ORDER_TRADE_UPDATE", E: time, T: time, o: usdOrder },
  marginCall: marginCallOf(usdMarket, {}, { mp: "45000.0", up: "-450.00000000", mm: "1.80000000" }),
  accountConfigUpdate: { e: "ACCOUNT_CONFIG_UPDATE", E: time, T: time, ac: usdConfig },
  conditionalOrderTriggerReject: {
    e: "CONDITIONAL_ORDER_TRIGGER_REJECT",
    E: time,
    T: time,
    or: {
      s: "BTCUSDT",
      i: 1_000_000_002,
      r: "Due to the order could not be filled immediately, the order is rejected."
    }
  },
  ...common(usdMarket)
}

const alias = { i: "SgsR" }

export const coinFutures: Frames<CoinFuturesEvent> = {
  accountUpdate: {
    e: "ACCOUNT_UPDATE",
    E: time,
    T: time,
    ...alias,
    a: accountOf(coinMarket, positionOf(coinMarket))
  },
  orderTradeUpdate: {
    e: "ORDER_TRADE_UPDATE",
    E: time,
    T: time,
    ...alias,
    o: { ...orderOf(coinMarket), ma: coinMarket.asset }
  },
  marginCall: marginCallOf(coinMarket, alias, { mp: "45000.0", up: "-0.01000000", mm: "0.00008000" }),
  accountConfigUpdate: { e: "ACCOUNT_CONFIG_UPDATE", E: time, T: time, ac: configOf(coinMarket) },
  ...common(coinMarket)
}
