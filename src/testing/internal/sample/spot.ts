import type { MarginEvent } from "../../../MarginEvent.js"
import type { MarginRiskEvent } from "../../../MarginRiskEvent.js"
import type { SpotEvent } from "../../../SpotEvent.js"
import type { Frames } from "./build.js"
import { control, listenKeyExpired, time } from "./control.js"

const outboundAccountPosition = {
  e: "outboundAccountPosition",
  E: time,
  u: time,
  B: [
    { a: "BTC", f: "0.00999000", l: "0.00000000" },
    { a: "USDT", f: "9100.00000000", l: "0.00000000" }
  ]
}

const balanceUpdate = { e: "balanceUpdate", E: time, a: "USDT", d: "10000.00000000", T: time }

export const executionReport = {
  e: "executionReport",
  E: time,
  s: "BTCUSDT",
  c: "sample-order",
  S: "BUY",
  o: "LIMIT",
  f: "GTC",
  q: "0.01000000",
  p: "90000.00000000",
  P: "0.00000000",
  F: "0.00000000",
  g: -1,
  C: "",
  x: "TRADE",
  X: "FILLED",
  r: "NONE",
  i: 1_000_000_001,
  l: "0.01000000",
  z: "0.01000000",
  L: "90000.00000000",
  n: "0.00001000",
  N: "BTC",
  T: time,
  t: 2_000_000_001,
  I: 3_000_000_001,
  w: false,
  m: true,
  M: false,
  O: time - 1000,
  Z: "900.00000000",
  Y: "900.00000000",
  Q: "0.00000000",
  W: time - 1000,
  V: "EXPIRE_MAKER"
}

const listStatus = {
  e: "listStatus",
  E: time,
  s: "BTCUSDT",
  g: 4_000_000_001,
  c: "OCO",
  l: "EXEC_STARTED",
  L: "EXECUTING",
  r: "NONE",
  C: "sample-list",
  T: time,
  O: [
    { s: "BTCUSDT", i: 1_000_000_002, c: "sample-take-profit" },
    { s: "BTCUSDT", i: 1_000_000_003, c: "sample-stop-loss" }
  ]
}

const { eventStreamTerminated, serverShutdown } = control

/** Of portfolio margin they have an update id too. */
export const balances = { outboundAccountPosition, balanceUpdate }

const marginLevel = {
  marginLevelStatusChange: { e: "MARGIN_LEVEL_STATUS_CHANGE", E: time, l: "1.25000000", s: "MARGIN_LEVEL_2" },
  marginLevelChange: { e: "marginLevelChange", E: time, l: "1.25000000", s: "MARGIN_CALL" },
  userLiabilityChange: {
    e: "USER_LIABILITY_CHANGE",
    E: time,
    a: "USDT",
    t: "BORROW",
    p: "10000.00000000",
    i: "0.00000000"
  },
  liabilityChange: {
    e: "liabilityChange",
    E: time,
    t: "DEBT_CHANGE",
    L: [{ a: "USDT", p: "10000.00000000", i: "0.00000000" }]
  }
}

export const spot: Frames<SpotEvent> = {
  ...balances,
  executionReport,
  listStatus,
  externalLockUpdate: { e: "externalLockUpdate", E: time, a: "USDT", d: "100.00000000", T: time },
  eventStreamTerminated,
  serverShutdown
}

export const margin: Frames<MarginEvent> = {
  ...balances,
  executionReport,
  listStatus,
  ...marginLevel,
  eventStreamTerminated,
  listenKeyExpired,
  serverShutdown
}

export const marginRisk: Frames<MarginRiskEvent> = { ...marginLevel, listenKeyExpired, serverShutdown }
