import * as net from "node:net"
import * as Socket from "@effect/platform/Socket"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { Environment } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { call, connect, eventually, frontEnds, layerLoopback, layerMemory, listenKey } from "./harness.js"

const isListening = (port: number) =>
  Effect.async<boolean>((resume) => {
    const socket = net.connect(port, "127.0.0.1")
    socket.on("connect", () => {
      socket.destroy()
      resume(Effect.succeed(true))
    })
    socket.on("error", () => resume(Effect.succeed(false)))
  })

const resources = () => process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name))

describe("the end of the scope", () => {
  it.live("frees the port, ends every socket and request, leaves no timer", () =>
    Effect.gen(function* () {
      const before = resources()
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(layerLoopback(), scope)
      const binance = Context.get(context, SimulatedBinance.SimulatedBinance)
      const port = Number(new URL(binance.httpUrl).port)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const client = yield* connect(`/ws/${yield* listenKey("/dapi/v1/listenKey")}`)
          const halfOpen = yield* connect("/ws-api/v3")
          yield* binance.inject(Fault.halfOpen({ product: "Spot" }))
          yield* binance.inject(Fault.never())
          const request = yield* Effect.fork(Effect.either(call("POST", "/dapi/v1/listenKey")))
          yield* binance.inject(Fault.refuseConnects("never"))
          const pending = yield* Effect.fork(Effect.either(connect("/ws/x")))
          yield* eventually(
            binance.counters,
            ({ connects, requests }) => connects.length === 3 && requests["POST /dapi/v1/listenKey"]?.never === 1
          )
          yield* Scope.close(scope, Exit.void)
          assert.strictEqual((yield* client.closed).code, 1006)
          assert.strictEqual((yield* halfOpen.closed).code, 1006)
          assert.strictEqual((yield* Fiber.join(request))._tag, "Left")
          assert.strictEqual((yield* Fiber.join(pending))._tag, "Left")
        })
      ).pipe(Effect.provide(context))
      assert.isFalse(yield* isListening(port))
      assert.strictEqual((yield* binance.counters).openSockets, 0)
      yield* eventually(Effect.sync(resources), (now) => now.length <= before.length)
      assert.deepStrictEqual(resources(), before)
    })
  )

  it.scoped("in memory: ends every socket, and wakes nobody any more", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(layerMemory(), scope)
      const binance = Context.get(context, SimulatedBinance.SimulatedBinance)
      const client = yield* Effect.provide(connect("/ws/x"), context)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* client.closed).code, 1006)
      yield* TestClock.adjust("2 days")
      const counters = yield* binance.counters
      assert.deepStrictEqual([counters.openSockets, counters.pingsSent], [0, 0])
    })
  )

  it.effect("takes the port it is told", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(
        Effect.map(Layer.build(SimulatedBinance.layer()), (context) =>
          Number(new URL(Context.get(context, SimulatedBinance.SimulatedBinance).httpUrl).port)
        )
      )
      const url = yield* Effect.scoped(
        Effect.map(
          Layer.build(SimulatedBinance.layer({ port })),
          (context) => Context.get(context, SimulatedBinance.SimulatedBinance).httpUrl
        )
      )
      assert.strictEqual(url, `http://127.0.0.1:${port}`)
    })
  )
})

describe.each(frontEnds)("the environment $name", ({ name }) => {
  it.scoped("has every product", () =>
    Effect.gen(function* () {
      const environment = yield* Environment.Environment
      for (const product of [
        "CoinFutures",
        "UsdFutures",
        "EuropeanOptions",
        "PortfolioMargin",
        "PortfolioMarginPro",
        "MarginRisk"
      ] as const) {
        assert.match(yield* environment.rest(product), /^https?:/)
        assert.match(yield* environment.stream(product), /^wss?:/)
      }
      for (const product of ["Spot", "Margin", "UsdFutures", "CoinFutures"] as const) {
        assert.match(yield* environment.webSocketApi(product), /^wss?:.*\/ws-/)
      }
    }).pipe(Effect.provide(name === "loopback" ? SimulatedBinance.layer() : SimulatedBinance.layerMemory()))
  )
})

describe("a socket in memory", () => {
  const open = Effect.flatMap(Socket.WebSocketConstructor, (construct) =>
    Effect.map(connect("/ws/x"), (client) => ({ construct, client }))
  )

  it.scoped("waits 30 seconds for the answer to its close frame", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { client } = yield* open
      yield* binance.inject(Fault.halfOpen())
      client.socket.close(1000)
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(client.socket.readyState, 2)
      assert.strictEqual((yield* binance.counters).openSockets, 1)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* client.closed).code, 1006)
      assert.strictEqual((yield* binance.counters).openSockets, 0)
    }).pipe(Effect.provide(layerMemory()))
  )

  it.scoped("closes cleanly, once, however often it is asked to", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { client } = yield* open
      client.socket.close(1000, "bye")
      client.socket.close(4000)
      assert.deepStrictEqual(yield* client.closed, { code: 1000, reason: "bye" })
      client.socket.terminate()
      client.socket.send("nobody hears this")
      yield* TestClock.adjust("1 hour")
      const counters = yield* binance.counters
      assert.deepStrictEqual([counters.openSockets, counters.pingsSent], [0, 0])
    }).pipe(Effect.provide(layerMemory()))
  )

  it.scoped("holds frames back while it is paused", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const client = yield* connect(`/ws/${yield* listenKey("/dapi/v1/listenKey")}`)
      client.socket.pause()
      assert.isTrue(client.socket.isPaused)
      for (const e of ["a", "b"]) {
        assert.strictEqual(yield* binance.pushRaw({ product: "CoinFutures" }, { e }), 1)
      }
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* client.waiting, 0)
      client.socket.resume()
      assert.deepStrictEqual([(yield* client.nextJson).e, (yield* client.nextJson).e], ["a", "b"])
    }).pipe(Effect.provide(layerMemory()))
  )

  it.scoped("can be closed while it connects, and refuses bad addresses and early words", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { construct } = yield* open
      assert.throws(() => construct("no address"), SyntaxError)
      const socket = construct("wss://stream.binance.test/ws/x")
      assert.throws(() => socket.send("early"))
      const events: Array<string> = []
      for (const type of ["open", "error", "close"] as const) {
        socket.addEventListener(type, () => events.push(type))
      }
      socket.close()
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(events, ["error", "close"])
      assert.strictEqual((yield* binance.counters).openSockets, 1)
    }).pipe(Effect.provide(layerMemory()))
  )
})
