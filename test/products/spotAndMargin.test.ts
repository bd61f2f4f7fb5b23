import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { BinanceError, type ListenToken, Margin, Spot, type StreamNotice } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { layerLogon, loggingOn } from "../support/logon.js"
import {
  adjust,
  assertNothingLeft,
  consume,
  find,
  notices,
  now,
  requestCounts,
  settle,
  start,
  tags,
  virtual
} from "./harness.js"
import { margin, type Row, spot } from "./products.js"

const minute = 60_000
const symbols = ["BTCUSDT", "ETHUSDT"] as const

const token = "POST /sapi/v1/userListenToken"
const subscribeToken = "userDataStream.subscribe.listenToken"
const subscribeSignature = "userDataStream.subscribe.signature"

/** Cross margin and two isolated accounts, each with a consumer. */
const startAll = (options?: Margin.StreamOptions) =>
  Effect.gen(function* () {
    const service = yield* Margin.make(options)
    const cross = yield* consume(service)
    const btc = yield* consume(service.isolated("BTCUSDT"))
    const eth = yield* consume(service.isolated("ETHUSDT"))
    return { service, cross, btc, eth, all: [cross, btc, eth] }
  })

const pushEverywhere = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  yield* binance.tradingDay("Margin")
  for (const symbol of symbols) {
    yield* binance.tradingDay("Margin", { symbol })
  }
  yield* settle
})

describe("margin accounts on one socket", () => {
  for (const { hours, name, rollovers } of [
    { name: "a day", hours: 24, rollovers: 1 },
    { name: "a week", hours: 168, rollovers: 7 }
  ]) {
    virtual(
      `${name} of cross margin and two symbols: one socket, changed together`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const { all, btc, cross, eth } = yield* startAll()
        for (let hour = 0; hour < hours; hour++) {
          yield* pushEverywhere
          yield* adjust("1 hour")
        }
        const { connects, openSockets, subscriptions, violations } = yield* binance.counters
        expect([connects.length, openSockets, subscriptions]).toEqual([1 + rollovers, 1, 3])
        for (const { elements } of all) {
          expect(tags(notices(elements))).toEqual(["Opened", ...Array(rollovers).fill("RolledOver")])
          expect(elements).toHaveLength(1 + rollovers + hours * margin.tradingDay.length)
        }
        for (const [symbol, { elements }] of [["BTCUSDT", btc] as const, ["ETHUSDT", eth] as const]) {
          for (const element of elements) {
            if ("eventTime" in element) {
              expect(element.isolatedSymbol).toBe(symbol)
              expect(!("symbol" in element) || element.symbol === symbol).toBe(true)
            }
          }
        }
        expect(cross.elements.some((element) => "isolatedSymbol" in element)).toBe(false)
        const counts = yield* requestCounts
        // Whoever leaves a socket before the others takes its subscription back.
        const { "userDataStream.unsubscribe": _, ...others } = counts
        expect(others).toEqual({ [token]: 3 * (1 + rollovers), [subscribeToken]: 3 * (1 + rollovers) })
        expect(violations).toEqual([])
      })
    )
  }

  virtual(
    "an account that leaves is unsubscribed, the last one closes the socket",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { all, btc, cross, eth } = yield* startAll()
      yield* Effect.fork(Fiber.interrupt(cross.fiber))
      yield* adjust("5 seconds")
      expect(yield* binance.sockets).toMatchObject([{ streams: 2 }])
      yield* Effect.fork(Fiber.interrupt(btc.fiber))
      yield* adjust("5 seconds")
      expect(yield* binance.sockets).toMatchObject([{ streams: 1 }])
      expect(yield* binance.tradingDay("Margin", { symbol: "ETHUSDT" })).toBe(margin.tradingDay.length)
      yield* settle
      expect(all.map(({ elements }) => elements.length)).toEqual([1, 1, 1 + margin.tradingDay.length])
      yield* Effect.fork(Fiber.interrupt(eth.fiber))
      yield* adjust("5 seconds")
      const { after, before } = yield* assertNothingLeft
      expect(after).toEqual(before)
      expect(after).toMatchObject({ openSockets: 0, subscriptions: 0 })
    })
  )

  virtual(
    "a lost socket is replaced by one for all of them, with tokens of their own",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { all } = yield* startAll()
      yield* adjust("10 minutes")
      yield* binance.inject(Fault.dropSockets())
      yield* adjust("1 second")
      expect(yield* binance.sockets).toMatchObject([{ streams: 3 }])
      expect(yield* requestCounts).toEqual({ [token]: 6, [subscribeToken]: 6 })
      yield* pushEverywhere
      for (const { elements } of all) {
        expect(tags(elements)).toEqual(["Opened", "Interrupted", "Resumed", ...margin.tradingDay])
      }
    })
  )

  virtual(
    "tokens of one account that end do not disturb the others",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { btc, cross, eth } = yield* startAll()
      yield* adjust("10 minutes")
      yield* binance.inject(Fault.expireListenTokens({ symbol: "BTCUSDT" }))
      yield* adjust("1 second")
      yield* pushEverywhere
      expect(tags(cross.elements)).toEqual(["Opened", ...margin.tradingDay])
      expect(tags(eth.elements)).toEqual(["Opened", ...margin.tradingDay])
      expect(tags(btc.elements)).toEqual([
        "Opened",
        "EventStreamTerminated",
        "Interrupted",
        "Resumed",
        ...margin.tradingDay
      ])
      expect(find(btc.elements, "Resumed").gap.cause).toEqual({ _tag: "StreamTerminated" })
      expect((yield* binance.counters).openSockets).toBe(1)
    })
  )
})

describe("a listen token", () => {
  /** Five minutes before its end, or at half of its life if that is later. */
  const renewals = (validity: number, hours: number) =>
    Math.floor((hours * 60 * minute) / (validity - Math.min(5 * minute, validity / 2)))

  for (const minutes of [6, 60, 600]) {
    virtual(
      `of ${minutes} minutes is renewed ahead of its end, without a gap`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const { all } = yield* startAll({ validity: minutes * minute })
        const count = 1 + renewals(minutes * minute, 11)
        for (let hour = 0; hour < 11; hour++) {
          yield* pushEverywhere
          yield* adjust("1 hour")
        }
        for (const { elements } of all) {
          expect(tags(elements)).toEqual(["Opened", ...Array(11).fill(margin.tradingDay).flat()])
        }
        expect(yield* requestCounts).toEqual({ [token]: 3 * count, [subscribeToken]: 3 * count })
        const { connects, subscriptions } = yield* binance.counters
        expect([connects.length, subscriptions]).toEqual([1, 3])
      })
    )
  }

  const troubles: ReadonlyArray<{ readonly name: string; readonly fault: Fault.Fault }> = [
    { name: "503", fault: Fault.serverError({ endpoint: token, times: 8 }) },
    { name: "no answer", fault: Fault.never({ endpoint: token, times: 3 }) },
    { name: "429", fault: Fault.rateLimited({ endpoint: token, retryAfter: 60 }) },
    {
      name: "-1209 at the subscription",
      fault: Fault.errorAnswer({ endpoint: subscribeToken, status: 400, code: -1209 })
    },
    { name: "no answer to the subscription", fault: Fault.never({ endpoint: subscribeToken, processed: false }) }
  ]

  for (const { fault, name } of troubles) {
    virtual(
      `whose renewal meets ${name} is renewed while the old one is valid`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const service = yield* Margin.make({ validity: 60 * minute })
        const { elements } = yield* consume(service)
        yield* adjust("50 minutes")
        yield* binance.inject(fault)
        yield* adjust("3 hours")
        yield* binance.tradingDay("Margin")
        yield* settle
        expect(tags(elements)).toEqual(["Opened", ...margin.tradingDay])
      })
    )
  }

  virtual(
    "that could not be renewed ends the subscription, and the stream goes on with a gap",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const since = yield* now
      const { elements } = yield* consume(yield* Margin.make({ validity: 60 * minute }))
      yield* adjust("50 minutes")
      yield* binance.inject(Fault.serverError({ endpoint: token, for: "20 minutes" }))
      yield* adjust("2 hours")
      expect(find(elements, "Interrupted").cause).toEqual({ _tag: "StreamTerminated" })
      const { gap } = find(elements, "Resumed")
      expect(gap.from).toBeLessThanOrEqual(since + 60 * minute)
      expect(gap.to).toBeGreaterThanOrEqual(since + 70 * minute)
      expect(notices(elements)).toHaveLength(3)
      yield* binance.tradingDay("Margin")
      yield* settle
      expect(tags(elements).slice(-margin.tradingDay.length)).toEqual(margin.tradingDay)
    })
  )

  virtual(
    "is created by a call, for cross margin and for a symbol",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const since = yield* now
      const service = yield* Margin.make({ validity: 1000 })
      const made: Array<ListenToken.ListenToken> = [
        yield* service.createListenToken,
        yield* service.isolated("BTCUSDT").createListenToken
      ]
      expect(made.map(({ expiresAt }) => expiresAt)).toEqual([since + 1000, since + 1000])
      expect((yield* binance.requests).map(({ parameters }) => parameters)).toEqual([
        ["validity"],
        ["isIsolated", "symbol", "validity"]
      ])
      expect(service.isolated("BTCUSDT")).toBe(service.isolated("BTCUSDT"))
    })
  )
})

const causes: ReadonlyArray<{
  readonly name: string
  readonly fault: Fault.Fault
  readonly cause: StreamNotice.Cause["_tag"]
  readonly events: ReadonlyArray<string>
}> = [
  { name: "a dropped socket", fault: Fault.dropSockets(), cause: "SocketClosed", events: [] },
  { name: "the cut after 24 hours", fault: Fault.cut24h(), cause: "SocketClosed", events: [] },
  { name: "a half-open socket", fault: Fault.halfOpen(), cause: "HalfOpen", events: [] },
  {
    name: "the end of the subscription",
    fault: Fault.eventStreamTerminated(),
    cause: "StreamTerminated",
    events: ["EventStreamTerminated"]
  }
]

const spotByLogon: Row = {
  ...spot,
  make: (options) => Effect.provide(Spot.make({ ...options, authentication: "logon" }), layerLogon)
}

for (const { name: way, requests, row } of [
  { name: "Spot", row: spot, requests: [subscribeSignature] },
  { name: "Spot by logon", row: spotByLogon, requests: ["session.logon", "userDataStream.subscribe"] },
  { name: "Margin", row: margin, requests: [token, subscribeToken] }
]) {
  describe(way, () => {
    for (const { cause, events, fault, name } of causes) {
      virtual(
        `${name}: subscribed again, with a fresh credential`,
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          const session = yield* start(row)
          yield* adjust("10 minutes")
          const lostAt = yield* now
          yield* binance.inject(fault)
          yield* binance.tradingDay(row.product)
          yield* adjust("3 minutes")
          const { elements } = session
          expect(tags(elements)).toEqual(["Opened", ...events, "Interrupted", "Resumed"])
          const { gap } = find(elements, "Resumed")
          expect(gap.cause._tag).toBe(cause)
          expect(gap.from).toBeLessThanOrEqual(lostAt)
          expect(gap.to).toBeGreaterThanOrEqual(lostAt)
          expect(gap.to).toBeLessThanOrEqual(lostAt + 65_000)
          yield* binance.tradingDay(row.product)
          yield* settle
          expect(tags(elements).slice(-row.tradingDay.length)).toEqual(row.tradingDay)
          const subscriptions = (yield* binance.requests).filter(({ endpoint }) => requests.includes(endpoint))
          expect(subscriptions.map(({ endpoint }) => endpoint)).toEqual([...requests, ...requests])
          yield* session.close
        }),
        { binance: { accounts: [loggingOn] } }
      )
    }
  })
}

for (const row of [spot, margin]) {
  const subscribe = row === spot ? subscribeSignature : subscribeToken

  describe(row.product, () => {
    virtual(
      "the announcement of a shutdown: rolled over, nothing lost",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const session = yield* start(row)
        yield* adjust("10 minutes")
        yield* binance.inject(Fault.serverShutdown())
        for (let second = 0; second < 12; second++) {
          yield* binance.tradingDay(row.product)
          yield* adjust("1 second")
        }
        yield* binance.inject(Fault.dropSockets({ id: 1 }))
        yield* binance.tradingDay(row.product)
        yield* adjust("1 second")
        const { elements } = session
        expect(tags(notices(elements))).toEqual(["Opened", "RolledOver"])
        expect(tags(elements).filter((tag) => tag !== "RolledOver")).toEqual([
          "Opened",
          "ServerShutdown",
          ...Array(13).fill(row.tradingDay).flat()
        ])
        expect((yield* binance.counters).openSockets).toBe(1)
        yield* session.close
      })
    )

    virtual(
      "a revoked API key fails the stream, typed, at the next connection",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const session = yield* start(row)
        yield* binance.inject(Fault.revokeApiKey(SimulatedBinance.defaultApiKey))
        yield* binance.inject(Fault.dropSockets())
        yield* adjust("5 seconds")
        expect(yield* Effect.flip(Fiber.join(session.fiber))).toBeInstanceOf(BinanceError.Unauthorized)
        expect(tags(session.elements)).toEqual(["Opened", "Interrupted"])
        expect(yield* session.service.status).toMatchObject({ phase: "Failed" })
        const { after, before } = yield* assertNothingLeft
        expect(after).toEqual(before)
        expect(after.openSockets).toBe(0)
        yield* session.close
      })
    )

    virtual(
      "a socket that hides its pings is not recycled while it answers",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const session = yield* start(row)
        yield* adjust("6 hours")
        expect(tags(session.elements)).toEqual(["Opened"])
        expect((yield* binance.counters).connects).toHaveLength(1)
        const lostAt = yield* now
        yield* binance.inject(Fault.halfOpen())
        yield* adjust("3 minutes")
        expect(find(session.elements, "Interrupted")).toMatchObject({ cause: { _tag: "HalfOpen" } })
        expect(find(session.elements, "Interrupted").at).toBeLessThanOrEqual(lostAt + 65_000)
        yield* session.close
      }),
      { binance: { pings: "hidden" } }
    )

    for (const skew of [-7000, 60_000]) {
      virtual(
        `a server clock that is off by ${skew} ms is measured`,
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          yield* binance.inject(Fault.clockSkew(skew))
          const session = yield* start(row, { rolloverAge: "1 hour" })
          yield* adjust("1 second")
          expect(tags(session.elements)).toEqual(["Opened"])
          yield* adjust("61 minutes")
          expect(tags(notices(session.elements))).toEqual(["Opened", "RolledOver"])
          if (row === spot) {
            const { requests } = yield* binance.counters
            // Once measured, the offset holds for the connections after it.
            expect(requests[subscribe]).toEqual({ "200": 2, "400 -1021": 1 })
          }
          yield* session.close
        })
      )
    }
  })
}

describe("Margin: an isolated account", () => {
  virtual(
    "of what is no symbol fails, and says how symbols are written",
    Effect.gen(function* () {
      const account = (yield* Margin.make()).isolated("btcusdt")
      const wrong = { _tag: "InvalidOptions", option: "isolated", reason: expect.stringContaining('"BTCUSDT"') }
      expect(yield* Effect.flip(Stream.runDrain(account.events))).toMatchObject(wrong)
      expect(yield* Effect.flip(account.createListenToken)).toMatchObject(wrong)
    })
  )
})

describe("Margin: leaving a socket that is dead", () => {
  virtual(
    "is tried once, and not by one stream after the other",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { isolated } = yield* Margin.make()
      const symbols = ["BTCUSDT", "ETHUSDT", "BNBUSDT", "SOLUSDT", "XRPUSDT"]
      const sessions = yield* Effect.forEach(symbols, (symbol) => consume(isolated(symbol)))
      yield* adjust("1 second")
      expect((yield* binance.counters).openSockets).toBe(1)
      yield* binance.inject(Fault.halfOpen())
      const leaving = yield* Effect.fork(
        Effect.forEach(sessions, ({ fiber }) => Fiber.interrupt(fiber), { discard: true })
      )
      // Two seconds for an answer, and two for the end of the socket.
      yield* adjust("4 seconds")
      expect((yield* Fiber.poll(leaving))._tag).toBe("Some")
    })
  )
})

describe("the calls of 2025", () => {
  const retired = [
    { name: "Spot", make: spot.make, successor: "Spot.events" },
    { name: "Margin", make: margin.make, successor: "Margin.events" },
    {
      name: "Margin.isolated",
      make: () => Effect.map(Margin.make(), (service) => service.isolated("BTCUSDT")),
      successor: "Margin.isolated(symbol).events"
    }
  ]

  for (const { make, name, successor } of retired) {
    virtual(
      `${name}: EndpointRetired names the successor`,
      Effect.gen(function* () {
        const service = yield* make()
        const key = { key: Redacted.make("a listen key of 2025"), expiresAt: 0 }
        const errors = yield* Effect.forEach(
          [
            service.createListenKey,
            service.keepaliveListenKey(key),
            service.closeListenKey(key),
            Effect.scoped(service.listenKey)
          ] as ReadonlyArray<Effect.Effect<unknown, BinanceError.BinanceError>>,
          Effect.flip
        )
        for (const error of errors) {
          expect(error).toBeInstanceOf(BinanceError.EndpointRetired)
          expect((error as BinanceError.EndpointRetired).successor).toContain(successor)
          expect(error.message).toContain(successor)
        }
      })
    )

    virtual(
      `${name}: they work where they still exist`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const service = yield* make()
        const key = yield* service.createListenKey
        yield* adjust("50 minutes")
        expect((yield* service.keepaliveListenKey(key)).expiresAt).toBe((yield* now) + 60 * minute)
        yield* adjust("50 minutes")
        expect((yield* binance.counters).liveKeys).toBe(1)
        yield* service.closeListenKey(key)
        expect((yield* binance.counters).liveKeys).toBe(0)
        expect(yield* Effect.flip(service.keepaliveListenKey(key))).toBeInstanceOf(BinanceError.InvalidListenKey)
      }),
      { binance: { retired: false } }
    )
  }
})
