import type { Product } from "../../Environment.js"
import type { World } from "./world.js"

type Event = { readonly [key: string]: unknown }

/** Products whose accounts are not kept. */
type Scripted = Exclude<Product, "Spot" | "UsdFutures" | "CoinFutures" | "EuropeanOptions" | "Margin" | "MarginRisk">

interface Day {
  readonly time: () => number
  readonly id: () => number
  readonly price: number
  readonly clientOrderId: string
}

const cents = (value: number, digits: number) => value.toFixed(digits)

const futuresOrder = (
  day: Day,
  options: {
    readonly symbol: string
    readonly orderId: number
    readonly quantity: number
    readonly digits: number
    readonly filled: number
    readonly last: number
    readonly execution: string
    readonly status: string
    readonly extra: Event
    readonly order: Event
  }
): Event => {
  const time = day.time()
  const { digits, last } = options
  return {
    e: "ORDER_TRADE_UPDATE",
    ...options.extra,
    E: time,
    T: time,
    o: {
      s: options.symbol,
      c: day.clientOrderId,
      S: "BUY",
      o: "LIMIT",
      f: "GTC",
      q: cents(options.quantity, digits),
      p: cents(day.price, 1),
      ap: options.filled > 0 ? cents(day.price, 1) : "0",
      sp: "0",
      x: options.execution,
      X: options.status,
      i: options.orderId,
      l: last > 0 ? cents(last, digits) : "0",
      z: options.filled > 0 ? cents(options.filled, digits) : "0",
      L: last > 0 ? cents(day.price, 1) : "0",
      T: time,
      t: last > 0 ? day.id() : 0,
      rp: "0",
      b: "0",
      a: "0",
      m: last > 0,
      R: false,
      ps: "BOTH",
      V: "EXPIRE_MAKER",
      ...options.order
    }
  }
}

/** Placed, partially filled, filled: the three steps of a futures order. */
const futuresOrderSteps = (
  day: Day,
  symbol: string,
  quantity: number,
  digits: number,
  extra: Event,
  order: Event
): Array<() => Event> => {
  const orderId = day.id()
  const half = Number((quantity * 0.4).toFixed(digits))
  const step = (execution: string, status: string, filled: number, last: number) => () =>
    futuresOrder(day, { symbol, orderId, quantity, digits, filled, last, execution, status, extra, order })
  return [
    step("NEW", "NEW", 0, 0),
    step("TRADE", "PARTIALLY_FILLED", half, half),
    step("TRADE", "FILLED", quantity, Number((quantity - half).toFixed(digits)))
  ]
}

const futuresAccount =
  (
    day: Day,
    options: {
      readonly asset: string
      readonly symbol: string
      readonly amount: string
      readonly balance: number
      readonly change: string
      readonly reason: string
      readonly extra: Event
    }
  ) =>
  (): Event => {
    const time = day.time()
    const balance = {
      a: options.asset,
      wb: cents(options.balance, 8),
      cw: cents(options.balance, 8),
      bc: options.change
    }
    return {
      e: "ACCOUNT_UPDATE",
      ...options.extra,
      E: time,
      T: time,
      a:
        options.reason === "FUNDING_FEE"
          ? { m: "FUNDING_FEE", S: options.symbol, B: [balance], P: [] }
          : {
              m: options.reason,
              B: [balance],
              P: [
                {
                  s: options.symbol,
                  pa: options.amount,
                  ep: cents(day.price, 1),
                  bep: cents(day.price * 1.0004, 1),
                  cr: "0",
                  up: "0.00018812",
                  mt: "cross",
                  iw: "0",
                  ps: "BOTH"
                }
              ]
            }
    }
  }

const spotAccount =
  (day: Day, free: string, extra: Event = {}) =>
  (): Event => {
    const time = day.time()
    return {
      e: "outboundAccountPosition",
      E: time,
      u: time,
      ...extra,
      B: [
        { a: "BTC", f: free, l: "0.00000000" },
        { a: "USDT", f: cents(10_000 - 0.025 * day.price, 8), l: "0.00000000" }
      ]
    }
  }

const balance =
  (day: Day, asset: string, change: string, extra: Event = {}) =>
  (): Event => {
    const time = day.time()
    return { e: "balanceUpdate", E: time, a: asset, d: change, T: time, ...extra }
  }

const steps = (product: Scripted, day: Day): Array<() => Event> => {
  switch (product) {
    case "PortfolioMargin": {
      const extra = { fs: "UM", i: "" }
      const account = { asset: "USDT", symbol: "BTCUSDT", extra }
      return [
        ...futuresOrderSteps(day, "BTCUSDT", 0.25, 3, extra, { gtd: 0 }),
        futuresAccount(day, { ...account, amount: "0.250", balance: 12261.12345678, change: "0", reason: "ORDER" }),
        futuresAccount(day, {
          ...account,
          amount: "0.250",
          balance: 12259.52469134,
          change: "-1.59876544",
          reason: "FUNDING_FEE"
        }),
        spotAccount(day, "0.50210000", { U: day.id() }),
        balance(day, "USDT", "250.00000000", { U: day.id() })
      ]
    }
    case "PortfolioMarginPro":
      return [
        () => ({
          e: "PM_PRO_ACCOUNT_UPDATE",
          E: day.time(),
          u: "8.44120011",
          eq: cents(300_000 + day.price / 100, 8),
          ae: cents(299_600 + day.price / 100, 8),
          im: "52678.3833",
          mm: "35765.11708371",
          avb: "249225.98972738",
          vmw: "249225.98972738"
        }),
        () => ({
          e: "riskLevelChange",
          E: day.time(),
          u: "1.19999999",
          s: "REDUCE_ONLY",
          eq: "30230.23416728",
          ae: "29910.23416728",
          m: "25115.11708371"
        })
      ]
  }
}

/** Ids beyond 2^53 are kept as digit strings here, and are bare digits on the wire. */
const toText = (event: Event): string => JSON.stringify(event).replace(/"i":"(\d{17,})"/g, '"i":$1')

/**
 * The events of a small trading day, each made when its time has come.
 */
export const tradingDay = (world: World, product: Scripted): Array<() => string> => {
  const day: Day = {
    time: () => world.serverTime(),
    id: () => 1_000_000_000 + world.integer(8_000_000_000),
    price: 60_000 + world.integer(100_000) / 10,
    clientOrderId: `sim_${world.text(12)}`
  }
  return steps(product, day).map((step) => () => toText(step()))
}
