// Frames as Binance sends them: the shapes are those of the test fixtures, the values are fresh in every frame.
import { readdirSync, readFileSync } from "node:fs"
import * as Random from "./support/random.mjs"

const folder = new URL("../test/fixtures/events/", import.meta.url)

const folders = {
  Spot: "spot",
  Margin: "margin",
  MarginRisk: "margin-risk",
  CoinFutures: "coin-m",
  UsdFutures: "usd-m",
  EuropeanOptions: "options",
  PortfolioMargin: "portfolio-margin",
  PortfolioMarginPro: "portfolio-margin-pro"
}

export const products = Object.keys(folders)

/** What ends a stream, comes in a wrapper of its own, or has times in another unit. */
const unusual = /listenKeyExpired|serverShutdown|eventStreamTerminated|combined|microseconds|EventTime|bare/

/** The events that carry the state of an order, and of which each client has to tell the client order id. */
export const orderEvents = new Set(["ORDER_TRADE_UPDATE", "executionReport"])

const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null|[{}[\]:,]/g

const readCompact = (path) => {
  const text = readFileSync(new URL(path, folder), "utf8").match(token).join("")
  return /^\{"subscriptionId":\d+,"event":(.*)\}$/.exec(text)?.[1] ?? text
}

/** Six of them in one draw, which has 32 random bits. */
const inDraws = (random, count, radix) => {
  let text = ""
  for (let left = count; left > 0; left -= 6) {
    const length = Math.min(left, 6)
    text += random
      .below(radix ** length)
      .toString(radix)
      .padStart(length, "0")
  }
  return text
}

const digits = (random, count) => inDraws(random, count, 10)

const symbols = [
  [/^[A-Z]+USD_PERP$/, ["BTCUSD_PERP", "ETHUSD_PERP", "SOLUSD_PERP", "LINKUSD_PERP", "DOGEUSD_PERP"]],
  [/^[A-Z]+USDT$/, ["BTCUSDT", "ETHUSDT", "SOLUSDT", "LINKUSDT", "1000SHIBUSDT", "DOGEUSDT"]],
  [/^(?:BTC|ETH|SOL|BNB|USDT)$/, ["BTC", "ETH", "SOL", "BNB", "USDT", "LINK"]]
]

/** The maker of the text of one value, or the text itself where it says what kind of event this is. */
const slotOf = (key, text) => {
  if (key === "c" && text.startsWith('"') && text.length > 2 && !/^"-?[\d.]+"$/.test(text)) {
    return (random, state) => {
      let id = state.stamp
      if (id === undefined) {
        id = random.pick(["web_", "x-", "ios_", ""]) + inDraws(random, 8 + random.below(16), 36)
      }
      state.clientOrderId = id
      return `"${id}"`
    }
  }
  if (key === "S" && (text === '"BUY"' || text === '"SELL"')) {
    return (random) => random.pick(['"BUY"', '"SELL"'])
  }
  if (["m", "M", "R"].includes(key) && (text === "true" || text === "false")) {
    return (random) => random.pick(["true", "false"])
  }
  const number = /^("?)(-?)(\d+)(?:\.(\d+))?\1$/.exec(text)
  if (number !== null) {
    const [, quote, sign, whole, fraction] = number
    if (quote === "" && fraction === undefined && whole.length === 13) {
      return key === "E"
        ? (_, state) => {
            state.eventTime = state.now
            return String(state.now)
          }
        : (random, state) => String(state.now - 1 - random.below(5))
    }
    if (fraction === undefined && whole.length >= 5) {
      const kept = Math.max(1, whole.length - 12)
      return (random) => {
        const count = whole.length - kept - (whole.length > 15 ? 0 : random.below(2))
        return `${quote}${sign}${whole.slice(0, kept)}${digits(random, count)}${quote}`
      }
    }
    if (quote !== "" && Number(text.slice(1, -1)) !== 0) {
      return (random) => {
        const first = 1 + random.below(10 ** Math.min(6, Math.max(1, whole.length + random.below(2) - random.below(2))))
        const rest = fraction === undefined ? "" : `.${digits(random, fraction.length)}`
        return `"${sign}${first}${rest}"`
      }
    }
    return text
  }
  const pool = symbols.find(([pattern]) => pattern.test(text.slice(1, -1)))?.[1].map((value) => `"${value}"`)
  return pool === undefined ? text : (random) => random.pick(pool)
}

/** A fixture as literal texts and slots, one after the other. */
const compile = (text) => {
  const parts = [""]
  const add = (part) => {
    if (typeof part === "string" && typeof parts.at(-1) === "string") {
      parts[parts.length - 1] += part
    } else {
      parts.push(part)
    }
  }
  const tokens = text.match(token)
  let key = ""
  for (const [index, part] of tokens.entries()) {
    if (tokens[index + 1] === ":") {
      key = JSON.parse(part)
      add(part)
    } else if (/^[{}[\]:,]$/.test(part)) {
      add(part)
    } else {
      add(slotOf(key, part))
    }
  }
  const { e } = JSON.parse(text)
  return { e, isOrder: orderEvents.has(e), parts, text }
}

const templates = new Map()

const templatesOf = (product) => {
  if (!templates.has(product)) {
    const names = readdirSync(new URL(`${folders[product]}/`, folder)).filter((name) => !unusual.test(name))
    templates.set(
      product,
      new Map(
        names.map((name) => [name.slice(0, -".json".length), compile(readCompact(`${folders[product]}/${name}`))])
      )
    )
  }
  return templates.get(product)
}

const named = (product, weights) =>
  Object.entries(weights).map(([name, weight]) => ({ weight, template: templatesOf(product).get(name) }))

const everything = (product) =>
  Array.from(templatesOf(product).values(), (template) => ({ weight: template.isOrder ? 6 : 2, template }))

const orders = {
  Spot: { executionReport: 45, "executionReport.trade": 45, "executionReport.expired": 6, "executionReport.pegged": 2 },
  CoinFutures: { ORDER_TRADE_UPDATE: 48, "ORDER_TRADE_UPDATE.trade": 48, "ORDER_TRADE_UPDATE.amendment": 4 }
}

/** Which events a mix has, for each of its products. */
const mixes = {
  spot: () => ({ Spot: named("Spot", { ...orders.Spot, "executionReport.trailingStop": 2 }) }),
  coinFutures: () => ({
    CoinFutures: named("CoinFutures", {
      ...orders.CoinFutures,
      "ORDER_TRADE_UPDATE.trailingStop": 4,
      ACCOUNT_UPDATE: 20,
      "ACCOUNT_UPDATE.fundingFee": 4
    })
  }),
  all: () => Object.fromEntries(products.map((product) => [product, everything(product)])),
  ...Object.fromEntries(
    Object.entries(orders).map(([product, weights]) => [
      `orders:${product}`,
      () => ({ [product]: named(product, weights) })
    ])
  )
}

const shuffled = (value, random) => {
  if (Array.isArray(value)) {
    return value.map((item) => shuffled(item, random))
  }
  if (typeof value !== "object" || value === null) {
    return value
  }
  const entries = Object.entries(value)
  for (let index = entries.length - 1; index > 0; index--) {
    const other = random.below(index + 1)
    const entry = entries[index]
    entries[index] = entries[other]
    entries[other] = entry
  }
  return Object.fromEntries(entries.map(([key, child]) => [key, shuffled(child, random)]))
}

/** How many orders of its keys a fixture comes in where they are unusual, but not new each time. */
const orderings = 40

const reordered = ({ text }, random) =>
  Array.from({ length: orderings }, () => compile(JSON.stringify(shuffled(JSON.parse(text), random))))

/** What the handler of every client adds up, so that each has to look into each event. */
export const observe = (sum, clientOrderId, eventTime) => {
  const { length } = clientOrderId
  const last = length === 0 ? 0 : clientOrderId.charCodeAt(length - 1)
  return (sum + length + last + (eventTime % 1000)) % 0x7fffffff
}

/** Texts one after the other, as UTF-8: a hundred thousand strings would keep the garbage collector busy. */
class Texts {
  constructor(count) {
    this.bytes = Buffer.allocUnsafe(count * 600 + 65_536)
    this.ends = new Float64Array(count)
    this.count = 0
    this.used = 0
  }

  push(text) {
    if (this.used + text.length * 3 > this.bytes.length) {
      const larger = Buffer.allocUnsafe(this.bytes.length * 2)
      this.bytes.copy(larger, 0, 0, this.used)
      this.bytes = larger
    }
    this.used += this.bytes.write(text, this.used)
    this.ends[this.count++] = this.used
  }

  at(index) {
    return this.bytes.subarray(index === 0 ? 0 : this.ends[index - 1], this.ends[index])
  }
}

/**
 * The frames of one product, without the wrapper of a socket, and what a client has to have seen after them.
 *
 * `variation` is `usual`, `reordered` (keys in a few dozen unusual orders) or `shuffled` (in another order in every
 * frame). With a `stamp` every client order id is that text, for a time of sending to be written over it.
 */
const generate = (choices, { count, seed, stamp, variation = "usual" }) => {
  const random = Random.make(seed)
  const total = choices.reduce((sum, { weight }) => sum + weight, 0)
  const bag = choices.flatMap(({ template, weight }) => Array.from({ length: weight }, () => template))
  const orders = new Map(
    variation === "reordered" ? choices.map(({ template }) => [template, reordered(template, random)]) : []
  )
  const state = { now: Date.now() - count, clientOrderId: "", eventTime: 0, stamp }
  const texts = new Texts(count)
  const expected = { events: count, sum: 0 }
  for (let index = 0; index < count; index++) {
    const template = bag[random.below(total)]
    state.now += random.below(3)
    state.clientOrderId = ""
    state.eventTime = 0
    let text = ""
    const { parts } = variation === "reordered" ? random.pick(orders.get(template)) : template
    for (const part of parts) {
      text += typeof part === "string" ? part : part(random, state)
    }
    if (variation === "shuffled") {
      text = JSON.stringify(shuffled(JSON.parse(text), random))
    }
    expected.sum = observe(expected.sum, template.isOrder ? state.clientOrderId : "", state.eventTime)
    texts.push(text)
  }
  return { texts, expected }
}

/** The frames of a mix by product, in equal shares. */
export const make = (mix, { count, ...options }) => {
  const chosen = Object.entries(mixes[mix]())
  const share = Math.ceil(count / chosen.length)
  return new Map(
    chosen.map(([product, choices], index) => [
      product,
      generate(choices, { ...options, count: share, seed: options.seed + index * 7919 })
    ])
  )
}

/** What all products together have to have shown. */
export const total = (frames) => {
  let events = 0
  let sum = 0
  for (const { expected } of frames.values()) {
    events += expected.events
    sum += expected.sum
  }
  return { events, sum: sum % 0x7fffffff }
}
