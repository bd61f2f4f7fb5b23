import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { call, connect, frontEnds, listenKey } from "./harness.js"

/** Sockets would be pinged many times while the virtual clock runs on. */
const quiet = { futures: { pingInterval: "30 days" } } as const

const stable = [
  { path: "/dapi/v1/listenKey", put: "key" },
  { path: "/fapi/v1/listenKey", put: "key" },
  { path: "/eapi/v1/listenKey", put: "empty" },
  { path: "/papi/v1/listenKey", put: "empty" }
] as const

const failure = (answer: { readonly status: number; readonly json: any }) => [answer.status, answer.json?.code]

describe.each(frontEnds)("listen keys $name", ({ layer }) => {
  it.scoped.each(stable)("$path: one key for 60 minutes from its last renewal", ({ path, put }) =>
    Effect.gen(function* () {
      const minutes = (n: number) => TestClock.adjust(`${n} minutes`)
      const first = yield* call("POST", path)
      const key = first.json.listenKey as string
      assert.match(key, /^[A-Za-z0-9]{64}$/)
      assert.strictEqual(first.status, 200)
      assert.deepStrictEqual(
        Object.keys(first.json),
        path === "/eapi/v1/listenKey" ? ["listenKey", "expiration"] : ["listenKey"]
      )
      yield* minutes(50)
      assert.strictEqual(yield* listenKey(path), key, "the active key again, extended")
      yield* minutes(50)
      const kept = yield* call("PUT", path)
      assert.deepStrictEqual(kept.json, put === "key" ? { listenKey: key } : {})
      yield* minutes(59)
      assert.strictEqual((yield* call("PUT", path)).status, 200)
      yield* minutes(60)
      assert.deepStrictEqual(failure(yield* call("PUT", path)), [400, -1125])
      assert.deepStrictEqual(failure(yield* call("DELETE", path)), [400, -1125])
      assert.notStrictEqual(yield* listenKey(path), key)
      assert.strictEqual((yield* call("DELETE", path)).text, "{}")
      assert.deepStrictEqual(failure(yield* call("PUT", path)), [400, -1125])
    }).pipe(Effect.provide(layer(quiet)))
  )

  it.scoped("options tell when their key ends", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { json } = yield* call("POST", "/eapi/v1/listenKey")
      assert.strictEqual(json.expiration, (yield* binance.serverTime) + 3_600_000)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("margin risk wants the key on PUT, and its DELETE weighs 3000", () =>
    Effect.gen(function* () {
      const path = "/sapi/v1/margin/listen-key"
      const key = yield* listenKey(path)
      assert.deepStrictEqual(failure(yield* call("PUT", path)), [400, -1102])
      assert.deepStrictEqual(failure(yield* call("PUT", `${path}?listenKey=`)), [400, -1105])
      assert.deepStrictEqual(failure(yield* call("PUT", `${path}?listenKey=unknown`)), [400, -1125])
      assert.strictEqual((yield* call("PUT", `${path}?listenKey=${key}`)).text, "{}")
      const closed = yield* call("DELETE", path)
      assert.strictEqual(closed.headers["x-sapi-used-uid-weight-1m"], "3005")
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("the calls of 2025 are gone, with a page", () =>
    Effect.gen(function* () {
      for (const path of ["/api/v3/userDataStream", "/sapi/v1/userDataStream", "/sapi/v1/userDataStream/isolated"]) {
        const answer = yield* call("POST", path)
        assert.strictEqual(answer.status, 410)
        assert.include(answer.headers["content-type"]!, "text/html")
        assert.isUndefined(answer.json)
      }
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("the calls of 2025, where they still exist", () =>
    Effect.gen(function* () {
      const spot = "/api/v3/userDataStream"
      const key = yield* listenKey(spot)
      assert.deepStrictEqual(failure(yield* call("PUT", spot)), [400, -1102])
      assert.strictEqual((yield* call("PUT", spot, { form: { listenKey: key } })).text, "{}")
      assert.strictEqual((yield* call("PUT", `${spot}?listenKey=${key}`, { form: { listenKey: "other" } })).status, 200)
      assert.deepStrictEqual(failure(yield* call("DELETE", `${spot}?listenKey=`)), [400, -1105])
      assert.strictEqual((yield* call("DELETE", `${spot}?listenKey=${key}`)).status, 200)

      const cross = yield* listenKey("/sapi/v1/userDataStream")
      assert.strictEqual((yield* call("PUT", "/sapi/v1/userDataStream")).status, 200)
      assert.deepStrictEqual(failure(yield* call("PUT", "/sapi/v1/userDataStream?listenKey=x")), [400, -1125])

      const isolated = "/sapi/v1/userDataStream/isolated"
      assert.deepStrictEqual(failure(yield* call("POST", isolated)), [400, -1102])
      const btc = yield* listenKey(`${isolated}?symbol=BTCUSDT`)
      const eth = yield* listenKey(`${isolated}?symbol=ETHUSDT`)
      assert.strictEqual(new Set([cross, btc, eth]).size, 3)
      assert.deepStrictEqual(failure(yield* call("PUT", `${isolated}?symbol=BTCUSDT`)), [400, -1102])
      assert.deepStrictEqual(failure(yield* call("PUT", `${isolated}?symbol=BTCUSDT&listenKey=${eth}`)), [400, -1125])
      assert.strictEqual((yield* call("DELETE", `${isolated}?symbol=BTCUSDT&listenKey=${btc}`)).status, 200)
    }).pipe(Effect.provide(layer({ retired: false })))
  )

  it.scoped("API keys: none, unknown, another account's, revoked", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const path = "/dapi/v1/listenKey"
      assert.deepStrictEqual(failure(yield* call("POST", path, { apiKey: undefined })), [401, -2014])
      assert.deepStrictEqual(failure(yield* call("POST", path, { apiKey: "unknown" })), [401, -2015])
      yield* binance.account({ apiKey: "second", account: "other" })
      yield* binance.account({ apiKey: "third", account: "other" })
      const ours = yield* listenKey(path)
      const theirs = (yield* call("POST", path, { apiKey: "second" })).json.listenKey
      assert.notStrictEqual(ours, theirs)
      assert.strictEqual((yield* call("POST", path, { apiKey: "third" })).json.listenKey, theirs)
      yield* binance.inject(Fault.revokeApiKey("third"))
      assert.deepStrictEqual(failure(yield* call("PUT", path, { apiKey: "third" })), [401, -2015])
      const { violations } = yield* binance.counters
      assert.deepStrictEqual(
        violations.map(({ kind }) => kind),
        ["MissingApiKey"]
      )
    }).pipe(Effect.provide(layer()))
  )

  const expiries = [
    { product: "CoinFutures", path: "/dapi/v1/listenKey", route: "", shape: { e: 1, E: "number", listenKey: 1 } },
    {
      product: "UsdFutures",
      path: "/fapi/v1/listenKey",
      route: "/private",
      shape: { e: 1, E: "number", listenKey: 1 }
    },
    {
      product: "EuropeanOptions",
      path: "/eapi/v1/listenKey",
      route: "/private",
      shape: { e: 1, E: "string", listenKey: 1 }
    },
    { product: "PortfolioMargin", path: "/papi/v1/listenKey", route: "/pm", shape: { e: 1, E: "number" } },
    {
      product: "PortfolioMarginPro",
      path: "/fapi/v1/listenKey",
      route: "/pm-classic",
      shape: { e: 1, E: "number", listenKey: 1 }
    },
    { product: "MarginRisk", path: "/sapi/v1/margin/listen-key", route: "", shape: { e: 1, E: "number", listenKey: 1 } }
  ] as const

  it.scoped.each(expiries)("$product: says that the key expired, then stays open and silent", (row) =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const key = yield* listenKey(row.path)
      const socket = yield* connect(`${row.route}/ws/${key}`)
      const combined = yield* connect(`${row.route}/stream?streams=${key}`)
      assert.strictEqual(yield* binance.pushRaw({ product: row.product }, { e: "before" }), 2)
      assert.deepStrictEqual(yield* socket.nextJson, { e: "before" })
      assert.deepStrictEqual(yield* combined.nextJson, { stream: key, data: { e: "before" } })
      yield* TestClock.adjust("60 minutes")
      const expired = yield* socket.nextJson
      assert.strictEqual(expired.e, "listenKeyExpired")
      assert.deepStrictEqual(Object.keys(expired), Object.keys(row.shape))
      assert.strictEqual(typeof expired.E, row.shape.E)
      assert.strictEqual(Number(expired.E), 3_600_000)
      assert.deepStrictEqual(yield* combined.nextJson, { stream: key, data: expired })
      yield* listenKey(row.path)
      assert.strictEqual(yield* binance.pushRaw({ product: row.product }, { e: "after" }), 0)
      yield* socket.roundTrip
      assert.strictEqual(yield* socket.waiting, 0)
      assert.strictEqual((yield* binance.counters).openSockets, 2)
    }).pipe(Effect.provide(layer({ ...quiet, options: quiet.futures })))
  )

  it.scoped("another client deletes or rotates the key: silence without a word", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const path = "/dapi/v1/listenKey"
      const first = yield* connect(`/ws/${yield* listenKey(path)}`)
      assert.strictEqual(yield* binance.inject(Fault.deleteListenKey({ product: "CoinFutures" })), 1)
      assert.strictEqual((yield* binance.counters).liveKeys, 0)
      const key = yield* listenKey(path)
      const second = yield* connect(`/ws/${key}`)
      yield* binance.inject(Fault.rotateListenKey({ product: "CoinFutures" }))
      assert.strictEqual(yield* binance.pushRaw({ product: "CoinFutures" }, { e: "lost" }), 0)
      const rotated = yield* listenKey(path)
      assert.notStrictEqual(rotated, key)
      yield* first.roundTrip
      yield* second.roundTrip
      assert.strictEqual((yield* first.waiting) + (yield* second.waiting), 0)
      yield* binance.inject(Fault.expireListenKey({ product: "CoinFutures" }))
      assert.strictEqual((yield* call("PUT", path)).json.code, -1125)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("counts, and writes down names, not values", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const key = yield* listenKey("/dapi/v1/listenKey")
      yield* call("PUT", `/dapi/v1/listenKey?listenKey=${key}&timestamp=1&signature=abc`)
      yield* call("DELETE", "/dapi/v1/listenKey")
      yield* call("DELETE", "/dapi/v1/listenKey")
      const { requests, violations } = yield* binance.counters
      assert.deepStrictEqual(requests, {
        "POST /dapi/v1/listenKey": { "200": 1 },
        "PUT /dapi/v1/listenKey": { "200": 1 },
        "DELETE /dapi/v1/listenKey": { "200": 1, "400 -1125": 1 }
      })
      assert.deepStrictEqual(
        violations.map(({ kind }) => kind),
        ["UnknownParameter", "NeedlesslySigned", "NeedlesslySigned"]
      )
      const records = yield* binance.requests
      assert.deepStrictEqual(records[1]!.parameters, ["listenKey", "signature", "timestamp"])
      assert.include(records[1]!.headers, "x-mbx-apikey")
      const text = JSON.stringify([records, yield* binance.counters, yield* binance.sockets])
      assert.notInclude(text, key)
      assert.notInclude(text, SimulatedBinance.defaultApiKey)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("enforces the weight of a minute where asked to", () =>
    Effect.gen(function* () {
      const key = yield* listenKey("/sapi/v1/margin/listen-key")
      // Of 180,000 in a minute, each takes 3,001.
      for (let i = 0; i < 59; i++) {
        yield* call("DELETE", "/sapi/v1/margin/listen-key")
        yield* call("POST", "/sapi/v1/margin/listen-key")
      }
      yield* call("DELETE", "/sapi/v1/margin/listen-key")
      const refused = yield* call("PUT", `/sapi/v1/margin/listen-key?listenKey=${key}`)
      assert.deepStrictEqual(failure(refused), [429, -1003])
      assert.strictEqual(refused.headers["retry-after"], "60")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* call("POST", "/sapi/v1/margin/listen-key")).status, 200)
    }).pipe(Effect.provide(layer({ enforceLimits: true })))
  )

  it.scoped("tells its time", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* TestClock.setTime(1_795_000_000_000)
      yield* binance.inject(Fault.clockSkew(-2500))
      for (const path of ["/api/v3/time", "/fapi/v1/time", "/dapi/v1/time"]) {
        assert.deepStrictEqual((yield* call("GET", path, { apiKey: undefined })).json, {
          serverTime: 1_794_999_997_500
        })
      }
    }).pipe(Effect.provide(layer()))
  )
})
