import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import {
  CoinFuturesEvent,
  EuropeanOptionsEvent,
  MarginEvent,
  MarginRiskEvent,
  PortfolioMarginEvent,
  PortfolioMarginProEvent,
  SpotEvent,
  UsdFuturesEvent,
  UserDataEvent
} from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { connect, frontEnds, layerMemory, listenKey } from "./harness.js"

/** A deposit, two fills of a buy, a cancel, a sale and funding. */
const futuresDay = (fill: ReadonlyArray<string>) => [
  "AccountUpdate",
  "OrderTradeUpdate",
  ...fill,
  "OrderTradeUpdate",
  ...fill,
  "OrderTradeUpdate",
  "OrderTradeUpdate",
  ...fill,
  "AccountUpdate"
]

const optionsFill = ["BalancePositionUpdate", "GreekUpdate", "AccountUpdate", "OrderTradeUpdate"]

const days = [
  {
    product: "CoinFutures",
    rest: "/dapi/v1/listenKey",
    route: "",
    decode: UserDataEvent.decoder(CoinFuturesEvent.CoinFuturesEvent),
    tags: futuresDay(["AccountUpdate", "OrderTradeUpdate"])
  },
  {
    product: "UsdFutures",
    rest: "/fapi/v1/listenKey",
    route: "/private",
    decode: UserDataEvent.decoder(UsdFuturesEvent.UsdFuturesEvent),
    tags: futuresDay(["TradeLite", "AccountUpdate", "OrderTradeUpdate"])
  },
  {
    product: "EuropeanOptions",
    rest: "/eapi/v1/listenKey",
    route: "/private",
    decode: UserDataEvent.decoder(EuropeanOptionsEvent.EuropeanOptionsEvent),
    tags: [
      ...["BalancePositionUpdate", "AccountUpdate", "OrderTradeUpdate"],
      ...optionsFill,
      "OrderTradeUpdate",
      ...optionsFill,
      ...["OrderTradeUpdate", "OrderTradeUpdate"],
      ...optionsFill
    ]
  },
  {
    product: "PortfolioMargin",
    rest: "/papi/v1/listenKey",
    route: "/pm",
    decode: UserDataEvent.decoder(PortfolioMarginEvent.PortfolioMarginEvent),
    tags: [
      ...futuresDay(["AccountUpdate", "OrderTradeUpdate"]),
      ...["BalanceUpdate", "OutboundAccountPosition"],
      ...["BalanceUpdate", "OutboundAccountPosition", "LiabilityChange", "LiabilityChange"],
      ...Array.from({ length: 7 }, () => ["ExecutionReport", "OutboundAccountPosition"]).flat(),
      ...["BalanceUpdate", "OutboundAccountPosition", "LiabilityChange"]
    ]
  },
  {
    product: "PortfolioMarginPro",
    rest: "/fapi/v1/listenKey",
    route: "/pm-classic",
    decode: UserDataEvent.decoder(PortfolioMarginProEvent.PortfolioMarginProEvent),
    tags: ["PmProAccountUpdate", "RiskLevelChange", "PmProAccountUpdate"]
  },
  {
    product: "MarginRisk",
    rest: "/sapi/v1/margin/listen-key",
    route: "",
    decode: UserDataEvent.decoder(MarginRiskEvent.MarginRiskEvent),
    tags: [
      "UserLiabilityChange",
      "UserLiabilityChange",
      "MarginLevelStatusChange",
      "UserLiabilityChange",
      "MarginLevelStatusChange",
      "UserLiabilityChange"
    ]
  },
  {
    product: "Spot",
    rest: "/api/v3/userDataStream",
    route: "",
    decode: UserDataEvent.decoder(SpotEvent.SpotEvent),
    tags: [
      "BalanceUpdate",
      "OutboundAccountPosition",
      ...Array.from({ length: 7 }, () => ["ExecutionReport", "OutboundAccountPosition"]).flat()
    ]
  },
  {
    product: "Margin",
    rest: "/sapi/v1/userDataStream",
    route: "",
    decode: UserDataEvent.decoder(MarginEvent.MarginEvent),
    tags: [
      ...["BalanceUpdate", "OutboundAccountPosition", "BalanceUpdate", "OutboundAccountPosition"],
      ...Array.from({ length: 7 }, () => ["ExecutionReport", "OutboundAccountPosition"]).flat(),
      ...["BalanceUpdate", "OutboundAccountPosition"]
    ]
  }
] as const

describe.each(frontEnds)("trading days $name", ({ layer }) => {
  it.scoped.each(days)("$product: every event decodes, fresh and in time", ({ decode, product, rest, route, tags }) =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const client = yield* connect(`${route}/ws/${yield* listenKey(rest)}`)
      const frames: Array<string> = []
      for (let day = 0; day < 2; day++) {
        assert.strictEqual(yield* binance.tradingDay(product), tags.length)
        for (const tag of tags) {
          const text = yield* client.next
          frames.push(text)
          const event = decode(text)
          assert.strictEqual(event?._tag, tag, text)
          assert.strictEqual((event as { readonly eventTime: number }).eventTime, 1_795_000_000_000)
        }
      }
      const orders = frames.filter((text) => /ORDER_TRADE_UPDATE|executionReport/.test(text))
      const ids = orders.map((text) => /"i":(\d+)/.exec(text)![1])
      // Each day one fills in two parts, one is cancelled and one sells.
      assert.strictEqual(new Set(ids).size, orders.length === 0 ? 0 : 6)
    }).pipe(Effect.provide(layer({ retired: false })), (test) =>
      Effect.zipRight(TestClock.setTime(1_795_000_000_000), test)
    )
  )
})

describe("trading days", () => {
  it.scoped.each(["Spot", "Margin", "UsdFutures", "CoinFutures", "EuropeanOptions"] as const)(
    "%s: two in a row add up",
    (product) =>
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.tradingDay(product)
        const first = yield* binance.book({ product })
        yield* binance.tradingDay(product)
        const second = yield* binance.book({ product })
        const bought = ({ fills }: typeof first) =>
          fills.reduce((sum, { quantity, side }) => sum + (side === "BUY" ? 1 : -1) * Number(quantity), 0)
        assert.strictEqual(second.fills.length, 2 * first.fills.length)
        assert.closeTo(bought(second), 2 * bought(first), 1e-9)
        assert.deepStrictEqual(second.openOrders, [])
        if (product === "Spot" || product === "Margin") {
          const fees = second.fills.filter(({ side }) => side === "BUY").map(({ commission }) => Number(commission))
          const btc = second.balances.find(({ asset }) => asset === "BTC")
          assert.closeTo(Number(btc?.total), bought(second) - fees.reduce((a, b) => a + b), 1e-9)
        } else {
          assert.closeTo(Number(second.positions[0]?.amount), bought(second), 1e-9)
          assert.includeMembers(
            second.income.map(({ type }) => type),
            product === "EuropeanOptions"
              ? ["TRANSFER", "CONTRACT", "FEE"]
              : ["TRANSFER", "COMMISSION", "REALIZED_PNL", "FUNDING_FEE"]
          )
        }
      }).pipe(Effect.provide(layerMemory()))
  )

  it.scoped("of all accounts at once do not disturb each other", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const run = (product: (typeof days)[number]["product"], symbol?: string) =>
        binance.tradingDay(product, { interval: "1 second", symbol })
      const all = yield* Effect.fork(
        Effect.all([run("Margin"), run("Margin", "BTCUSDT"), ...days.map(({ product }) => run(product))], {
          concurrency: "unbounded"
        })
      )
      yield* TestClock.adjust("1 minute")
      const [, isolated] = yield* Fiber.join(all)
      assert.strictEqual(isolated, 20)
    }).pipe(Effect.provide(layerMemory()))
  )

  it.scoped("take their time", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const client = yield* connect(`/ws/${yield* listenKey("/dapi/v1/listenKey")}`)
      const day = yield* Effect.fork(binance.tradingDay("CoinFutures", { interval: "1 second" }))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* Fiber.join(day), 12)
      const times = yield* Effect.replicateEffect(
        Effect.map(client.nextJson, (frame) => frame.E),
        12
      )
      assert.deepStrictEqual(times, [0, 1000, 2000, 2000, 3000, 4000, 4000, 5000, 6000, 6000, 6000, 7000])
    }).pipe(Effect.provide(layerMemory()))
  )

  it.effect("a seed replays exactly", () =>
    Effect.gen(function* () {
      const run = (seed: number) =>
        Effect.scoped(
          Effect.gen(function* () {
            const binance = yield* SimulatedBinance.SimulatedBinance
            const key = yield* listenKey("/dapi/v1/listenKey")
            const client = yield* connect(`/ws/${key}`)
            yield* binance.tradingDay("CoinFutures")
            return [key, ...(yield* Effect.replicateEffect(client.next, 5))]
          }).pipe(Effect.provide(layerMemory({ seed })))
        )
      assert.deepStrictEqual(yield* run(7), yield* run(7))
      assert.notDeepEqual(yield* run(7), yield* run(8))
    })
  )
})

describe("typed events", () => {
  it.scoped("are written as the product's schema says, ids as bare digits", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const client = yield* connect(`/ws/${yield* listenKey("/dapi/v1/listenKey")}`)
      const wire = `{"e":"ACCOUNT_CONFIG_UPDATE","E":1795132813479,"T":1795132813476,"ac":{"s":"BTCUSD_PERP","l":25}}`
      const event = UserDataEvent.decoder(CoinFuturesEvent.CoinFuturesEvent)(wire)
      if (event?._tag !== "AccountConfigUpdate") {
        throw new Error("not the event that was meant")
      }
      assert.strictEqual(yield* binance.push({ product: "CoinFutures" }, event), 1)
      assert.deepStrictEqual(yield* client.nextJson, JSON.parse(wire))
      const wrong = { ...event, eventTime: "now" } as unknown as typeof event
      assert.strictEqual((yield* Effect.exit(binance.push({ product: "CoinFutures" }, wrong)))._tag, "Failure")
    }).pipe(Effect.provide(layerMemory()))
  )
})
