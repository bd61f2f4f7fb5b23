import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Account, BinanceHttp, Environment, Spot, SpotAccount } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, now, settle, virtual } from "../products/harness.js"
import { layerLogon, loggingOn } from "../support/logon.js"
import { accounts, loggedOn } from "./accounts.js"
import { consume, expectTruth } from "./harness.js"

// Reads of a spot account over the connection of its stream.

const product = "Spot"
const limit = {
  product,
  symbol: "BTCUSDT",
  side: "BUY",
  type: "LIMIT",
  timeInForce: "GTC",
  price: "80000",
  quantity: "0.010"
} as const

const query = { symbol: "BTCUSDT", orderId: "1000000001" }

const isRest = (endpoint: string) => endpoint.includes("/api/v3/")

/** What was asked since the last time. */
const asked = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  let seen = 0
  return Effect.map(binance.requests, (requests) => {
    const endpoints = requests.slice(seen).map(({ endpoint }) => endpoint)
    seen = requests.length
    return endpoints
  })
})

/** An account with money and an open order, which somebody consumes. */
const begin = <E, R>(made: Effect.Effect<Account.Account<{ readonly _tag: string }>, E, R>) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    yield* binance.deposit({ product, asset: "USDT", amount: "100000" })
    const order = yield* binance.placeOrder(limit)
    const account = yield* made
    const elements = yield* consume(account)
    yield* adjust("1 minute")
    const requests = yield* asked
    yield* requests
    return { account, binance, elements, order, asked: requests }
  })

/** Loses the connection, and what happens to the order meanwhile. */
const gap = (order: { readonly symbol: string; readonly orderId: string }) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    yield* binance.inject(Fault.refuseConnects("reset", { for: "5 seconds" }))
    yield* binance.inject(Fault.dropSockets())
    yield* binance.fill({ product, ...order })
    yield* binance.placeOrder(limit)
    yield* adjust("2 minutes")
  })

describe("reads of an account whose stream is logged on", () => {
  for (const pings of ["visible", "hidden"] as const) {
    virtual(
      `are asked on its connection, without a signature each, where pings are ${pings}`,
      Effect.gen(function* () {
        const { account, asked, binance, order } = yield* begin(loggedOn.make())
        yield* gap(order)
        yield* expectTruth(account, product)
        const endpoints = yield* asked
        expect(endpoints.filter(isRest)).toEqual([])
        expect(endpoints).toEqual(
          expect.arrayContaining(["openOrders.status", "account.status", "allOrders", "myTrades"])
        )
        const time = yield* now
        expect(yield* account.orders({ symbol: "BTCUSDT", from: time - 600_000, to: time })).toHaveLength(2)
        expect(Option.isSome(yield* account.order({ symbol: "BTCUSDT", clientOrderId: order.clientOrderId }))).toBe(
          true
        )
        const reads = (yield* binance.requests).filter(({ method }) => /^(my|all|open|order|account)/.test(method))
        expect(reads.length).toBeGreaterThan(5)
        expect(reads.filter(({ parameters }) => parameters.includes("signature"))).toEqual([])
        expect(yield* binance.sockets).toHaveLength(1)
        expect((yield* binance.counters).violations).toEqual([])
      }),
      { binance: { pings } }
    )
  }

  virtual(
    "with ids beyond 2^53 and times in microseconds",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const stream = Spot.make({ authentication: "logon", timeUnit: "MICROSECOND" })
      yield* binance.account(loggingOn)
      const { account, asked, order } = yield* begin(
        Effect.flatMap(stream, (stream) =>
          Effect.provideService(SpotAccount.make({ symbols: ["ETHUSDT"] }), Spot.Spot, stream)
        ).pipe(Effect.provide(layerLogon))
      )
      expect(order.orderId).toMatch(/^90071992547409\d\d$/)
      yield* gap(order)
      yield* expectTruth(account, product)
      const read = Option.getOrThrow(yield* account.order({ symbol: "BTCUSDT", orderId: order.orderId }))
      expect(read).toMatchObject({ orderId: order.orderId, status: "FILLED" })
      expect(yield* account.trades({ symbol: "BTCUSDT", orderId: order.orderId })).toMatchObject([
        { orderId: order.orderId, time: read.updatedAt }
      ])
      expect(Math.abs(read.updatedAt - (yield* binance.serverTime))).toBeLessThan(600_000)
      expect((yield* asked).filter(isRest)).toEqual([])
    }),
    { binance: { firstId: "9007199254740993" } }
  )

  virtual(
    "mend a gap by the server's clock, which the logon has shown to be an hour ahead",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.inject(Fault.clockSkew(3_600_000))
      const { account, asked, elements } = yield* begin(loggedOn.make({ symbols: ["ETHUSDT"] }))
      yield* binance.inject(Fault.refuseConnects("reset", { for: "5 seconds" }))
      yield* binance.inject(Fault.dropSockets())
      yield* binance.placeOrder({ product, symbol: "ETHUSDT", side: "BUY", type: "MARKET", quantity: "1" })
      yield* adjust("2 minutes")
      yield* expectTruth(account, product)
      expect(elements.filter(({ _tag }) => _tag === "RecoveredFill")).toHaveLength(1)
      expect((yield* asked).filter(isRest)).toEqual([])
    })
  )

  virtual(
    "go over REST while there is no connection, and after it",
    Effect.gen(function* () {
      const { account, asked, binance } = yield* begin(loggedOn.make())
      yield* binance.inject(Fault.refuseConnects("reset", { for: "5 minutes" }))
      yield* binance.inject(Fault.dropSockets())
      yield* settle
      yield* account.order(query)
      expect(yield* asked).toEqual(["GET /api/v3/order"])
      yield* adjust("10 minutes")
      yield* asked
      yield* account.order(query)
      expect(yield* asked).toEqual(["order.status"])
    })
  )

  virtual(
    "go to the connection that is newest, and back to the old one if that fails",
    Effect.gen(function* () {
      const { account, asked, binance } = yield* begin(loggedOn.make())
      yield* binance.inject(Fault.serverShutdown())
      yield* adjust("1 second")
      const sockets = yield* binance.sockets
      expect(sockets).toHaveLength(2)
      yield* binance.inject(Fault.dropSockets({ id: sockets[1]!.id }))
      yield* settle
      yield* asked
      yield* account.order(query)
      expect(yield* asked).toEqual(["order.status"])
    })
  )

  virtual(
    "wait for none that is not read, and leave it",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.account(loggingOn)
      const stream = yield* Effect.provide(Spot.make({ authentication: "logon", buffer: { elements: 4 } }), layerLogon)
      const account = yield* SpotAccount.make({ buffer: 1 }).pipe(
        Effect.provideService(Spot.Spot, stream),
        Effect.provide(layerLogon)
      )
      // Its consumer is busy with the first element.
      yield* Effect.forkScoped(account.forEach(() => Effect.never))
      yield* adjust("1 minute")
      const requests = yield* asked
      yield* requests
      yield* binance.inject(Fault.slow({ endpoint: "order.status", by: "5 seconds" }))
      const flying = yield* Effect.fork(account.order(query))
      yield* adjust("1 second")
      for (let i = 0; i < 20; i++) {
        yield* binance.deposit({ product, asset: "USDT", amount: "1" })
      }
      yield* settle
      yield* Fiber.join(flying)
      yield* account.order(query)
      expect(yield* requests).toEqual(["order.status", "GET /api/v3/order", "GET /api/v3/order"])
    })
  )

  for (const [why, made] of [
    ["the stream signs its subscription", accounts[0].make()],
    ["the program says so", loggedOn.make({ readsOver: "rest" })],
    [
      "the stream logs on with another key",
      Effect.gen(function* () {
        yield* (yield* SimulatedBinance.SimulatedBinance).account(loggingOn)
        const stream = yield* Effect.provide(Spot.make({ authentication: "logon" }), layerLogon)
        return yield* Effect.provideService(SpotAccount.make(), Spot.Spot, stream)
      })
    ]
  ] as const) {
    virtual(
      `go over REST where ${why}`,
      Effect.gen(function* () {
        const { account, asked, order } = yield* begin(made)
        yield* gap(order)
        yield* expectTruth(account, product)
        const endpoints = yield* asked
        expect(endpoints.filter((endpoint) => /^(my|all|open|order|account)/.test(endpoint))).toEqual([])
        expect(endpoints).toContain("GET /api/v3/openOrders")
      })
    )
  }
})

/** A refusal of one read, what becomes of the read, and what was asked. */
const refusals: ReadonlyArray<{
  readonly name: string
  readonly fault: Fault.Fault
  readonly expected: object | "none" | "some"
  readonly asks: ReadonlyArray<string>
}> = [
  { name: "an order that is not known", code: -2013, expected: "none" },
  { name: "an order that is archived", code: -2026, expected: "none" },
  { name: "a wrong symbol", code: -1121, expected: { _tag: "BadRequest", code: -1121 } },
  { name: "a range that is too long", code: -1127, expected: { _tag: "BadRequest", code: -1127 } },
  { name: "a key without the right", status: 401, code: -2015, expected: { _tag: "Unauthorized", code: -2015 } },
  { name: "too many requests", status: 429, code: -1003, expected: { _tag: "RateLimited", code: -1003 } },
  { name: "a ban", status: 418, code: -1003, expected: { _tag: "IpBanned", code: -1003 } },
  { name: "a clock that is off", code: -1021, expected: "some", then: ["session.status", "order.status"] },
  { name: "a logon that is forgotten", status: 401, code: -1193, expected: "some", then: ["GET /api/v3/order"] },
  { name: "a method that is not there", code: -1020, expected: "some", then: ["GET /api/v3/order"] },
  { name: "trouble of Binance", status: 503, code: -1000, expected: "some", then: ["GET /api/v3/order"] },
  { name: "an unknown outcome", code: -1007, expected: "some", then: ["GET /api/v3/order"] },
  { name: "a firewall", status: 403, code: 0, expected: "some", then: ["GET /api/v3/order"] }
].map(({ code, expected, name, status = 400, then = [] }) => ({
  name,
  fault: Fault.errorAnswer({ endpoint: "order.status", status, code, msg: "as injected" }),
  expected: expected as object | "none" | "some",
  asks: ["order.status", ...then]
}))

describe("a read over the connection of the stream, with", () => {
  for (const { asks, expected, fault, name } of [
    ...refusals,
    {
      name: "an answer that is cut off",
      fault: Fault.truncatedBody({ endpoint: "order.status" }),
      expected: "some",
      asks: ["order.status", "GET /api/v3/order"]
    }
  ]) {
    virtual(
      `${name}: ${typeof expected === "string" ? expected : "an error"}`,
      Effect.gen(function* () {
        const { account, asked, binance } = yield* begin(loggedOn.make())
        yield* binance.inject(fault)
        const result = yield* Effect.either(account.order(query))
        expect(result._tag === "Left" ? result.left : Option.isSome(result.right) ? "some" : "none").toEqual(
          typeof expected === "string"
            ? expected
            : expect.objectContaining({ ...expected, operation: "order.status", msg: "as injected" })
        )
        expect(yield* asked).toEqual(asks)
      })
    )
  }

  virtual(
    "a logon that is forgotten: all over REST until the next connection",
    Effect.gen(function* () {
      const { account, asked, binance } = yield* begin(loggedOn.make())
      yield* binance.inject(Fault.errorAnswer({ endpoint: "order.status", status: 401, code: -1193 }))
      yield* account.order(query)
      yield* account.balances
      expect(yield* asked).toEqual(["order.status", "GET /api/v3/order", "GET /api/v3/account"])
      yield* binance.inject(Fault.dropSockets())
      yield* adjust("1 minute")
      yield* asked
      yield* account.balances
      expect(yield* asked).toEqual(["account.status"])
    })
  )

  virtual(
    "no answer: REST after the timeout, and no other read over it for a minute",
    Effect.gen(function* () {
      const { account, asked, binance } = yield* begin(loggedOn.make())
      yield* binance.inject(Fault.never({ endpoint: "order.status" }))
      const read = yield* Effect.fork(account.order(query))
      yield* adjust("11 seconds")
      expect(yield* asked).toEqual(["order.status"])
      yield* adjust("1 second")
      expect(Option.isSome(yield* Fiber.join(read))).toBe(true)
      yield* account.balances
      expect(yield* asked).toEqual(["GET /api/v3/order", "GET /api/v3/account"])
      yield* adjust("1 minute")
      yield* account.balances
      expect(yield* asked).toEqual(["account.status"])
    })
  )

  virtual(
    "a connection that is lost meanwhile: the read over REST",
    Effect.gen(function* () {
      const { account, asked, binance } = yield* begin(loggedOn.make())
      yield* binance.inject(Fault.slow({ endpoint: "order.status", by: "5 seconds" }))
      const read = yield* Effect.fork(account.order(query))
      yield* adjust("1 second")
      expect(yield* asked).toEqual(["order.status"])
      yield* binance.inject(Fault.refuseConnects("reset", { for: "1 minute" }))
      yield* binance.inject(Fault.dropSockets())
      yield* settle
      expect(Option.isSome(yield* Fiber.join(read))).toBe(true)
      expect((yield* asked).filter(isRest)).toEqual(["GET /api/v3/order"])
    })
  )

  for (const fault of [Fault.rateLimited, Fault.banned]) {
    virtual(
      `${fault.name}: nobody asks before the time that it names`,
      Effect.gen(function* () {
        const { account, asked, binance } = yield* begin(loggedOn.make())
        yield* binance.inject(fault({ endpoint: "order.status", retryAfter: 30 }))
        const error = yield* Effect.flip(account.order(query))
        expect(error).toMatchObject({ retryAt: (yield* now) + 30_000 })
        yield* asked
        const read = yield* Effect.fork(account.order(query))
        const environment = yield* Environment.Environment
        const http = yield* BinanceHttp.BinanceHttp
        const other = http.request({
          method: "GET",
          baseUrl: yield* environment.rest("Spot"),
          path: "/api/v3/time",
          response: Schema.Unknown
        })
        const rest = yield* Effect.fork(other)
        yield* adjust("29 seconds")
        expect(yield* asked).toEqual([])
        yield* adjust("1 second")
        yield* Fiber.join(rest)
        yield* Fiber.join(read)
        expect((yield* asked).toSorted()).toEqual(["GET /api/v3/time", "order.status"])
      })
    )
  }
})

describe("the weight of reads over the connection of the stream", () => {
  virtual(
    "counts in the share of reads",
    Effect.gen(function* () {
      const { account, asked } = yield* begin(loggedOn.make())
      yield* adjust("5 minutes")
      yield* asked
      yield* Effect.repeatN(account.balances, 9)
      const last = yield* Effect.fork(account.balances)
      yield* adjust("60 seconds")
      expect(yield* asked).toEqual(Array.from({ length: 10 }, () => "account.status"))
      yield* adjust("1 second")
      yield* Fiber.join(last)
      expect(yield* asked).toEqual(["account.status"])
    }),
    { http: { readWeight: { spot: 200 } } }
  )

  virtual(
    "and what else this IP has used, as the answers tell it, leaves less for them",
    Effect.gen(function* () {
      const { account, asked, binance } = yield* begin(loggedOn.make())
      const environment = yield* Environment.Environment
      const another = yield* BinanceHttp.make()
      const baseUrl = yield* environment.rest("Spot")
      const exchangeInfo = another.request({
        method: "GET",
        baseUrl,
        path: "/api/v3/exchangeInfo",
        response: Schema.Unknown
      })
      yield* adjust(60_000 - ((yield* now) % 60_000))
      // 298 times 20: there is room for two.
      yield* Effect.repeatN(exchangeInfo, 297)
      yield* asked
      yield* account.balances
      yield* account.balances
      const third = yield* Effect.fork(account.balances)
      yield* adjust("59 seconds")
      expect(yield* asked).toEqual(["account.status", "account.status"])
      yield* adjust("1 second")
      yield* Fiber.join(third)
      expect((yield* binance.counters).violations).toEqual([])
      const http = yield* BinanceHttp.BinanceHttp
      expect(yield* http.usedWeight).toMatchObject([{ header: "x-mbx-used-weight-1m", used: 20, at: yield* now }])
    })
  )
})
