import * as Socket from "@effect/platform/Socket"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { type Client, call, connect, eventually, frontEnds, layerMemory, listenKey } from "./harness.js"

const path = "/dapi/v1/listenKey"
const product = "CoinFutures"

const live = Effect.gen(function* () {
  return yield* connect(`/ws/${yield* listenKey(path)}`)
})

const isSilent = (client: Client) =>
  Effect.gen(function* () {
    yield* client.roundTrip
    assert.strictEqual(yield* client.waiting, 0)
  })

describe.each(frontEnds)("faults $name", ({ layer }) => {
  const answers = [
    { name: "unauthorized", fault: Fault.unauthorized(), status: 401, code: -2015 },
    { name: "forbidden", fault: Fault.forbidden(), status: 403, code: undefined },
    { name: "gone", fault: Fault.gone(), status: 410, code: undefined },
    { name: "rateLimited", fault: Fault.rateLimited({ retryAfter: 7 }), status: 429, code: -1003, retryAfter: "7" },
    { name: "rateLimited without Retry-After", fault: Fault.rateLimited(), status: 429, code: -1003 },
    { name: "banned", fault: Fault.banned({ until: 1659146400000 }), status: 418, code: -1003 },
    { name: "serverError", fault: Fault.serverError(), status: 503, code: -1000 },
    { name: "serverError, HTML", fault: Fault.serverError({ status: 502, html: true }), status: 502, code: undefined },
    { name: "invalidListenKey", fault: Fault.invalidListenKey(), status: 400, code: -1125 },
    { name: "errorAnswer", fault: Fault.errorAnswer({ status: 400, code: -1109 }), status: 400, code: -1109 }
  ]

  it.scoped.each(answers)("$name: one answer, then all is well", ({ code, fault, retryAfter, status }) =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.inject(fault)
      const answer = yield* call("POST", path)
      assert.strictEqual(answer.status, status)
      assert.strictEqual(answer.json?.code, code)
      assert.strictEqual(answer.headers["retry-after"], retryAfter)
      assert.include(answer.headers["content-type"]!, code === undefined ? "text/html" : "application/json")
      assert.strictEqual((yield* binance.counters).liveKeys, 0)
      assert.strictEqual((yield* call("POST", path)).status, 200)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("names the end of a ban", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.inject(Fault.banned({ until: 1659146400000 }))
      assert.include((yield* call("POST", path)).json.msg, "IP banned until 1659146400000.")
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("holds for an endpoint, a number of times, or a span of time", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const status = (method: "POST" | "PUT") => Effect.map(call(method, path), (answer) => answer.status)
      yield* binance.inject(Fault.serverError({ endpoint: `PUT ${path}`, times: 2 }))
      assert.strictEqual(yield* status("POST"), 200)
      assert.deepStrictEqual([yield* status("PUT"), yield* status("PUT"), yield* status("PUT")], [503, 503, 200])
      yield* binance.inject(Fault.serverError({ endpoint: path, for: "1 minute" }))
      assert.deepStrictEqual([yield* status("PUT"), yield* status("POST")], [503, 503])
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* status("PUT"), 200)
      yield* binance.inject(Fault.serverError({ times: 100 }))
      yield* binance.inject(Fault.clear)
      assert.strictEqual(yield* status("PUT"), 200)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("an outcome can be unknown: the request was processed all the same", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const keys = Effect.map(binance.counters, (counters) => counters.liveKeys)
      yield* binance.inject(Fault.serverError({ processed: true }))
      assert.deepStrictEqual([(yield* call("POST", path)).status, yield* keys], [503, 1])
      yield* binance.inject(Fault.reset({ processed: true }))
      yield* Effect.flip(call("DELETE", path))
      assert.strictEqual(yield* keys, 0)
      yield* binance.inject(Fault.reset())
      yield* Effect.flip(call("POST", path))
      assert.strictEqual(yield* keys, 0)
      yield* binance.inject(Fault.truncatedBody())
      const truncated = yield* call("POST", path)
      assert.deepStrictEqual([truncated.status, truncated.json, yield* keys], [200, undefined, 1])
      yield* binance.inject(Fault.emptyBody())
      const empty = yield* call("PUT", path)
      assert.deepStrictEqual([empty.status, empty.text], [200, ""])
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("refuses connects", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      for (const status of [403, 418, 429, 503]) {
        yield* binance.inject(Fault.refuseConnects(status, { times: 2 }))
        for (let i = 0; i < 2; i++) {
          assert.strictEqual(yield* Effect.flip(connect("/ws/x")), `Unexpected server response: ${status}`)
        }
      }
      yield* binance.inject(Fault.refuseConnects("reset"))
      yield* Effect.flip(connect("/ws/x"))
      yield* binance.inject(Fault.refuseConnects(503, { path: "/private" }))
      yield* connect("/ws/x")
      const counters = yield* binance.counters
      assert.deepStrictEqual([counters.connects.length, counters.refusedConnects, counters.openSockets], [10, 9, 1])
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("drops sockets without a close frame, or with one, or as after 24 hours", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const [a, b, c] = [yield* live, yield* live, yield* connect("/private/ws/x")]
      assert.strictEqual(yield* binance.inject(Fault.dropSockets({ id: 1 })), 1)
      assert.deepStrictEqual(yield* a.closed, { code: 1006, reason: "" })
      assert.strictEqual(yield* binance.inject(Fault.dropSockets({ product, code: 1012, reason: "restart" })), 1)
      assert.deepStrictEqual(yield* b.closed, { code: 1012, reason: "restart" })
      assert.strictEqual(yield* binance.inject(Fault.cut24h()), 1)
      assert.strictEqual((yield* c.closed).code, 1001)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("a half-open socket neither speaks nor listens, and counts until the client cuts it", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const client = yield* live
      const other = yield* connect("/ws/x")
      yield* binance.inject(Fault.halfOpen({ product }))
      client.socket.ping("hello?")
      yield* client.send({ method: "LIST_SUBSCRIPTIONS", id: 1 })
      assert.strictEqual(yield* binance.pushRaw({ product }, { e: "x" }), 0)
      client.socket.close()
      yield* TestClock.adjust("20 seconds")
      yield* other.roundTrip
      assert.deepStrictEqual([yield* client.waiting, client.socket.readyState], [0, 2])
      assert.strictEqual((yield* binance.counters).openSockets, 2)
      assert.strictEqual((yield* binance.sockets).filter((socket) => socket.isHalfOpen).length, 1)
      client.socket.terminate()
      assert.strictEqual((yield* client.closed).code, 1006)
      const counters = yield* eventually(binance.counters, ({ openSockets }) => openSockets < 2)
      assert.strictEqual(counters.openSockets, 1)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("frames: twice, cut off, garbage, lost, unknown", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const client = yield* live
      const push = (e: string) => binance.pushRaw({ product }, { e, rest: "of the event" })
      const text = (e: string) => JSON.stringify({ e, rest: "of the event" })
      yield* binance.inject(Fault.duplicateFrame({ product }))
      yield* binance.inject(Fault.duplicateFrame({ product: "EuropeanOptions" }))
      assert.deepStrictEqual([yield* push("a"), yield* push("b")], [1, 1])
      assert.deepStrictEqual(
        [yield* client.next, yield* client.next, yield* client.next],
        [text("a"), text("a"), text("b")]
      )
      yield* binance.inject(Fault.truncateFrame())
      assert.strictEqual(yield* push("c"), 0)
      assert.strictEqual(yield* client.next, text("c").slice(0, text("c").length / 2))
      yield* binance.inject(Fault.garbageFrame())
      assert.strictEqual(yield* push("d"), 1)
      assert.throws(JSON.parse.bind(JSON, yield* client.next))
      assert.strictEqual(yield* client.next, text("d"))
      yield* binance.inject(Fault.loseFrame({ times: 2 }))
      assert.deepStrictEqual([yield* push("e"), yield* push("f"), yield* push("g")], [0, 0, 1])
      assert.strictEqual(yield* client.next, text("g"))
      yield* binance.inject(Fault.unknownEvent())
      assert.strictEqual((yield* client.nextJson).e, "somethingNew")
      yield* binance.inject(Fault.serverShutdown())
      assert.deepStrictEqual(yield* client.nextJson, { e: "serverShutdown", E: 0 })
      yield* binance.inject(Fault.stopEvents())
      assert.strictEqual(yield* push("h"), 0)
      yield* isSilent(client)
      yield* binance.inject(Fault.resumeEvents())
      assert.strictEqual(yield* push("i"), 1)
      assert.strictEqual(yield* client.next, text("i"))
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("delays a frame, and those behind it wait", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const client = yield* live
      yield* binance.inject(Fault.delayFrames({ by: "5 seconds" }))
      for (const e of ["a", "b"]) {
        yield* binance.pushRaw({ product }, { e })
      }
      yield* TestClock.adjust("4999 millis")
      yield* isSilent(client)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual([(yield* client.nextJson).e, (yield* client.nextJson).e], ["a", "b"])
      yield* binance.pushRaw({ product }, { e: "c" })
      assert.strictEqual((yield* client.nextJson).e, "c")
    }).pipe(Effect.provide(layer()))
  )
})

describe("answers in time", () => {
  it.scoped("slow, processed before or after the wait", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const keys = Effect.map(binance.counters, (counters) => counters.liveKeys)
      for (const [processed, expected] of [
        ["before", 1],
        ["after", 0]
      ] as const) {
        yield* binance.inject(Fault.slow({ by: "3 seconds", processed }))
        const fiber = yield* Effect.fork(call("POST", path))
        yield* TestClock.adjust("2999 millis")
        assert.strictEqual(yield* keys, expected)
        assert.isNull(fiber.unsafePoll())
        yield* TestClock.adjust("1 millis")
        assert.strictEqual((yield* Fiber.join(fiber)).status, 200)
        yield* call("DELETE", path)
      }
    }).pipe(Effect.provide(layerMemory()))
  )

  it.scoped("never, neither to a request nor to a connect", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.inject(Fault.never())
      const request = yield* Effect.fork(call("POST", path))
      yield* binance.inject(Fault.refuseConnects("never"))
      const socket = (yield* Socket.WebSocketConstructor)("wss://stream.binance.test/ws/x")
      yield* TestClock.adjust("1 hour")
      assert.isNull(request.unsafePoll())
      assert.strictEqual(socket.readyState, 0)
      assert.deepStrictEqual((yield* binance.counters).requests, { [`POST ${path}`]: { never: 1 } })
      yield* Fiber.interrupt(request)
      socket.close()
      assert.strictEqual((yield* binance.counters).openSockets, 0)
    }).pipe(Effect.provide(layerMemory()))
  )
})
