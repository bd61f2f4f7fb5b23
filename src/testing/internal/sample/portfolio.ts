import type { EuropeanOptionsEvent } from "../../../EuropeanOptionsEvent.js"
import type { PortfolioMarginEvent } from "../../../PortfolioMarginEvent.js"
import type { PortfolioMarginProEvent } from "../../../PortfolioMarginProEvent.js"
import type { Frames } from "./build.js"
import { control, listenKeyExpired, time } from "./control.js"
import { usdAccount, usdAlgoOrder, usdConfig, usdOrder, usdPosition } from "./futures.js"
import { balances, executionReport } from "./spot.js"

const { serverShutdown } = control

const option = "BTC-261225-100000-C"

export const europeanOptions: Frames<EuropeanOptionsEvent> = {
  accountUpdate: {
    e: "ACCOUNT_UPDATE",
    E: time,
    T: time,
    eq: "9999.52000000",
    aeq: "9999.52000000",
    b: "9879.52000000",
    m: "120.00000000",
    u: "0.00000000",
    i: "0.00000000",
    M: "0.00000000"
  },
  balancePositionUpdate: {
    e: "BALANCE_POSITION_UPDATE",
    E: time,
    T: time,
    m: "ORDER",
    B: [{ a: "USDT", b: "9879.52000000", bc: "0" }],
    P: [{ s: option, c: "0.10", p: "120.00000000", a: "1200.00000000" }]
  },
  greekUpdate: {
    e: "GREEK_UPDATE",
    E: time,
    T: time,
    G: [{ u: "BTCUSDT", d: "0.02500000", g: "0.00000250", t: "-4.80000000", v: "7.20000000" }]
  },
  orderTradeUpdate: {
    e: "ORDER_TRADE_UPDATE",
    E: time,
    T: time,
    o: {
      s: option,
      c: "sample-order",
      S: "BUY",
      o: "LIMIT",
      f: "GTC",
      q: "0.10",
      p: "1200.0",
      ap: "1200.0",
      x: "TRADE",
      X: "FILLED",
      i: 1_000_000_001,
      l: "0.10",
      z: "0.10",
      L: "1200.0",
      N: "USDT",
      n: "-0.48000000",
      T: time,
      t: 2_000_000_001,
      b: "0",
      a: "0",
      m: true,
      R: false,
      ot: "LIMIT",
      rp: "0",
      V: "EXPIRE_MAKER"
    }
  },
  riskLevelChange: { e: "RISK_LEVEL_CHANGE", E: time, s: "REDUCE_ONLY", mb: "120.00000000", mm: "130.00000000" },
  listenKeyExpired: { ...listenKeyExpired, E: String(time) },
  serverShutdown
}

const unified = { fs: "UM" }

export const portfolioMargin: Frames<PortfolioMarginEvent> = {
  accountUpdate: {
    e: "ACCOUNT_UPDATE",
    ...unified,
    E: time,
    T: time,
    i: "",
    a: { ...usdAccount, P: [{ ...usdPosition, mt: undefined, iw: undefined }] }
  },
  orderTradeUpdate: { e: "ORDER_TRADE_UPDATE", ...unified, E: time, T: time, i: "", o: usdOrder },
  accountConfigUpdate: { e: "ACCOUNT_CONFIG_UPDATE", ...unified, E: time, T: time, ac: usdConfig },
  conditionalOrderTradeUpdate: {
    e: "CONDITIONAL_ORDER_TRADE_UPDATE",
    T: time,
    E: time,
    ...unified,
    so: {
      s: "BTCUSDT",
      c: "sample-stop-loss",
      si: 5_000_000_001,
      S: "SELL",
      st: "STOP_MARKET",
      f: "GTC",
      q: "0.010",
      p: "0",
      sp: "85000.0",
      os: "NEW",
      T: time,
      ut: time,
      R: true,
      wt: "CONTRACT_PRICE",
      ps: "BOTH",
      V: "EXPIRE_MAKER",
      gtd: 0
    }
  },
  algoUpdate: { e: "ALGO_UPDATE", T: time, E: time, ...unified, ao: usdAlgoOrder },
  outboundAccountPosition: { ...balances.outboundAccountPosition, U: 7_000_000_001 },
  balanceUpdate: { ...balances.balanceUpdate, U: 7_000_000_001 },
  executionReport,
  liabilityChange: {
    e: "liabilityChange",
    E: time,
    a: "USDT",
    t: "BORROW",
    T: 8_000_000_001,
    p: "10000.00000000",
    i: "0.00000000",
    l: "10000.00000000"
  },
  openOrderLoss: { e: "openOrderLoss", E: time, O: [{ a: "USDT", o: "-1.50000000" }] },
  riskLevelChange: {
    e: "riskLevelChange",
    E: time,
    u: "1.25000000",
    s: "MARGIN_CALL",
    eq: "10000.00000000",
    ae: "9900.00000000",
    m: "8000.00000000"
  },
  listenKeyExpired: { e: "listenKeyExpired", E: time },
  serverShutdown
}

export const portfolioMarginPro: Frames<PortfolioMarginProEvent> = {
  riskLevelChange: portfolioMargin.riskLevelChange,
  pmProAccountUpdate: {
    e: "PM_PRO_ACCOUNT_UPDATE",
    E: time,
    u: "1.25000000",
    eq: "10000.00000000",
    ae: "9900.00000000",
    im: "9000.00000000",
    mm: "8000.00000000",
    avb: "900.00000000",
    vmw: "900.00000000"
  },
  listenKeyExpired,
  serverShutdown
}
