import * as Socket from "@effect/platform/Socket"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { call, connect, frontEnds, layerMemory, listenKey } from "./harness.js"

describe.each(frontEnds)("stream sockets $name", ({ layer }) => {
  it.scoped("un-routed, wrongly routed and made-up keys connect and stay silent", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const key = yield* listenKey("/fapi/v1/listenKey")
      const paths = [`/ws/${key}`, `/stream?streams=${key}`, `/public/ws/${key}`, `/pm/ws/${key}`, "/private/ws/madeUp"]
      const silent = yield* Effect.forEach(paths, connect)
      const live = yield* connect(`/private/ws/${key}`)
      assert.strictEqual(yield* binance.pushRaw({ product: "UsdFutures" }, { e: "x" }), 1)
      assert.deepStrictEqual(yield* live.nextJson, { e: "x" })
      for (const socket of silent) {
        yield* socket.roundTrip
        assert.strictEqual(yield* socket.waiting, 0)
      }
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("one USD-M key is that of Portfolio Margin Pro too, but the events differ", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const key = yield* listenKey("/fapi/v1/listenKey")
      const futures = yield* connect(`/private/ws/${key}`)
      const pro = yield* connect(`/pm-classic/ws/${key}`)
      yield* binance.pushRaw({ product: "UsdFutures" }, { e: "futures" })
      yield* binance.pushRaw({ product: "PortfolioMarginPro" }, { e: "pro" })
      assert.deepStrictEqual(yield* futures.nextJson, { e: "futures" })
      assert.deepStrictEqual(yield* pro.nextJson, { e: "pro" })
      assert.strictEqual((yield* futures.waiting) + (yield* pro.waiting), 0)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("a list of events is exhaustive", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const key = yield* listenKey("/fapi/v1/listenKey")
      const all = yield* connect(`/private/ws?listenKey=${key}`)
      const some = yield* connect(`/private/ws?listenKey=${key}&events=A/B`)
      const both = yield* connect(`/private/stream?listenKey=${key}&events=A&listenKey=${key}&events=C`)
      for (const e of ["A", "B", "C"]) {
        yield* binance.pushRaw({ product: "UsdFutures" }, { e })
      }
      yield* binance.inject(Fault.expireListenKey({ product: "UsdFutures" }))
      const names = (socket: typeof all, count: number) =>
        Effect.replicateEffect(
          Effect.map(socket.nextJson, (frame) => (frame.data ?? frame).e),
          count
        )
      assert.deepStrictEqual(yield* names(all, 4), ["A", "B", "C", "listenKeyExpired"])
      assert.deepStrictEqual(yield* names(some, 2), ["A", "B"])
      assert.deepStrictEqual(yield* names(both, 2), ["A", "C"])
      yield* some.roundTrip
      assert.strictEqual(yield* some.waiting, 0)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("SUBSCRIBE, LIST_SUBSCRIPTIONS, UNSUBSCRIBE and their errors", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const key = yield* listenKey("/eapi/v1/listenKey")
      const socket = yield* connect("/private/ws")
      const ask = (value: unknown) => Effect.zipRight(socket.send(value), socket.nextJson)
      assert.deepStrictEqual(yield* ask({ method: "SUBSCRIBE", params: [key], id: 1 }), { result: null, id: 1 })
      assert.deepStrictEqual(yield* ask({ method: "LIST_SUBSCRIPTIONS", id: 2 }), { result: [key], id: 2 })
      assert.strictEqual(yield* binance.pushRaw({ product: "EuropeanOptions" }, { e: "x" }), 1)
      assert.deepStrictEqual(yield* socket.nextJson, { e: "x" })
      assert.deepStrictEqual(yield* ask({ method: "UNSUBSCRIBE", params: [key], id: "three" }), {
        result: null,
        id: "three"
      })
      assert.strictEqual(yield* binance.pushRaw({ product: "EuropeanOptions" }, { e: "x" }), 0)
      const errors = [
        ["{", 3],
        [{ id: 1.5, method: "SUBSCRIBE" }, 2],
        [{ id: 4 }, 2],
        [{ id: 4, method: "REQUEST" }, 2]
      ] as const
      for (const [request, code] of errors) {
        assert.strictEqual((yield* ask(request)).code, code)
      }
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* ask({ id: 5, method: "SUBSCRIBE", params: "x" })).code, 1)
      assert.strictEqual((yield* ask({ id: 5, method: "SUBSCRIBE", params: ["x"], more: 1 })).code, 0)
      assert.strictEqual(yield* socket.waiting, 0)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("SET_PROPERTY changes the envelope, and GET_PROPERTY tells it", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const key = yield* listenKey("/dapi/v1/listenKey")
      const socket = yield* connect(`/ws/${key}`)
      const ask = (value: unknown) => Effect.zipRight(socket.send(value), socket.nextJson)
      assert.deepStrictEqual(yield* ask({ method: "GET_PROPERTY", id: 1 }), { result: false, id: 1 })
      const set = { method: "SET_PROPERTY", params: ["combined", true] }
      assert.deepStrictEqual(yield* ask({ ...set, id: 2 }), { result: null, id: 2 })
      assert.deepStrictEqual(yield* ask({ method: "GET_PROPERTY", id: 3 }), { result: true, id: 3 })
      yield* binance.pushRaw({ product: "CoinFutures" }, { e: "x" })
      assert.deepStrictEqual(yield* socket.nextJson, { stream: key, data: { e: "x" } })
      assert.strictEqual((yield* ask({ ...set, params: ["combined"], id: 4 })).code, 1)
      assert.strictEqual((yield* ask([])).code, 2)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("more than ten frames in a second end the socket", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const socket = yield* connect("/private/ws/x")
      for (let id = 0; id < 11; id++) {
        yield* socket.send({ method: "LIST_SUBSCRIPTIONS", id })
      }
      assert.strictEqual((yield* socket.closed).code, 1008)
      assert.strictEqual((yield* binance.counters).violations[0]?.kind, "TooManyFrames")
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("delivers text as it is, in order, once, to every socket of the key", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const key = yield* listenKey("/dapi/v1/listenKey")
      const sockets = yield* Effect.forEach([`/ws/${key}`, `/ws/${key}`, `/ws/${key}/${key}`], connect)
      const texts = Array.from({ length: 200 }, (_, i) => `{"e":"x", "i":90071992547409931${i}, "s":"这是测试币456"}`)
      for (const text of texts) {
        assert.strictEqual(yield* binance.pushRaw({ product: "CoinFutures" }, text), 3)
      }
      for (const socket of sockets) {
        assert.deepStrictEqual(yield* Effect.replicateEffect(socket.next, texts.length), texts)
        yield* socket.roundTrip
        assert.strictEqual(yield* socket.waiting, 0)
      }
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("accounts do not hear each other", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.account({ apiKey: "other", account: "other" })
      const path = "/dapi/v1/listenKey"
      const ours = yield* connect(`/ws/${yield* listenKey(path)}`)
      const theirs = yield* connect(`/ws/${(yield* call("POST", path, { apiKey: "other" })).json.listenKey}`)
      yield* binance.pushRaw({ product: "CoinFutures", account: "other" }, { e: "theirs" })
      yield* binance.pushRaw({ product: "CoinFutures" }, { e: "ours" })
      assert.deepStrictEqual(yield* theirs.nextJson, { e: "theirs" })
      assert.deepStrictEqual(yield* ours.nextJson, { e: "ours" })
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("refuses unknown paths", () =>
    Effect.gen(function* () {
      assert.include(yield* Effect.flip(connect("/nowhere")), "404")
      assert.strictEqual((yield* call("POST", "/nowhere")).status, 404)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("keeps a socket that answers pings for exactly 24 hours", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const socket = yield* connect("/ws/x")
      yield* TestClock.adjust("1439 minutes")
      yield* socket.roundTrip
      assert.strictEqual((yield* binance.counters).openSockets, 1)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* socket.closed).code, 1001)
    }).pipe(Effect.provide(layer({ futures: { pingInterval: "100 hours", pongTimeout: "1 hour" } })))
  )

  it.scoped("ends a socket that answers no ping in time", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const socket = yield* connect("/ws/x")
      socket.socket.pause()
      yield* TestClock.adjust("12 minutes")
      assert.strictEqual((yield* binance.counters).pingsSent, 4)
      assert.strictEqual((yield* binance.counters).openSockets, 1)
      yield* TestClock.adjust("1 minute")
      socket.socket.resume()
      assert.strictEqual((yield* socket.closed).code, 1008)
    }).pipe(Effect.provide(layer()))
  )
})

describe("pings in memory", () => {
  const cadences = [
    { path: "/ws/x", pings: 40 },
    { path: "/ws-api/v3", pings: 360 },
    { path: "/ws-fapi/v1", pings: 40 },
    { path: "options", pings: 24 }
  ]

  it.scoped.each(cadences)("$path: two hours of them, each answered", ({ path, pings }) =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const url = path === "options" ? `/private/ws/${yield* listenKey("/eapi/v1/listenKey")}` : path
      const socket = yield* connect(url)
      yield* TestClock.adjust("2 hours")
      const counters = yield* binance.counters
      assert.deepStrictEqual([socket.pings.length, counters.pongsReceived], [pings, pings])
      assert.strictEqual(counters.openSockets, 1)
    }).pipe(Effect.provide(layerMemory()))
  )

  it.scoped("a browser's socket answers them unseen, and has nothing of ws", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const construct = yield* Socket.WebSocketConstructor
      const socket = construct("wss://stream.binance.test/ws/x")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(socket.readyState, 1)
      for (const name of ["on", "ping", "pause", "terminate"]) {
        assert.isUndefined((socket as unknown as Record<string, unknown>)[name])
      }
      assert.strictEqual((yield* binance.counters).pongsReceived, 20)
      socket.close()
    }).pipe(Effect.provide(SimulatedBinance.layerMemory({ pings: "hidden" })))
  )
})
