import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { BinanceError, BinanceHttp, Credentials, type ListenToken } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import * as MarginConnection from "../../src/internal/connection/margin.js"
import * as Server from "./server.js"

const layer = Layer.mergeAll(
  Credentials.layer({ apiKey: "planted-api-key" }),
  Layer.succeed(BinanceHttp.BinanceHttp, {
    request: () => Effect.die("no HTTP here"),
    connectPermit: Effect.void,
    unblocked: Effect.void,
    block: () => Effect.void,
    usedWeight: Effect.succeed([]),
    clockOffset: () => Effect.succeed(0)
  }),
  NodeLayer.layerWebSocketConstructor
)

const symbols = ["BTCUSDT", "ETHUSDT", "BNBUSDT"]

/** One connection per symbol, at one socket. */
const connectAll = Effect.gen(function* () {
  const server = yield* Server.make()
  const open = yield* MarginConnection.make({
    url: server.url,
    tokens: {
      create: (symbol) => Effect.succeed({ token: Redacted.make(`planted-token-${symbol}`), expiresAt: 86_400_000 })
    },
    validity: 86_400_000,
    renewBefore: 300_000,
    freshFor: 40_000_000
  })
  const connections = yield* Effect.forEach(symbols, (symbol, subscriptionId) =>
    Effect.gen(function* () {
      const lost = yield* Deferred.make<string>()
      const scope = yield* Scope.fork(yield* Effect.scope, (yield* Effect.scope).strategy)
      const connect = yield* open(symbol)
      const fiber = yield* connect({
        onFrame: () => {},
        onSignOfLife: () => {},
        onProbeAnswer: () => {},
        onLost: (reason) => Deferred.unsafeDone(lost, Effect.succeed(Exit.isSuccess(reason) ? reason.value._tag : ""))
      }).pipe(Scope.extend(scope), Effect.fork)
      ;(yield* server.next).succeed({ subscriptionId, expirationTime: 86_400_000 })
      const connection = yield* Fiber.join(fiber)
      return { lost, scope, shared: connection.shared }
    })
  )
  return { connections, server }
})

describe("connections at one socket", () => {
  it.scoped("name one that logs for all once the socket is lost, in whatever order they leave", () =>
    Effect.gen(function* () {
      const { connections, server } = yield* connectAll
      assert.strictEqual(server.sockets.size, 1)
      for (const socket of server.sockets) {
        socket.terminate()
      }
      const said: Array<unknown> = []
      for (const { lost, scope, shared } of connections) {
        assert.strictEqual(yield* Deferred.await(lost), "SocketClosed")
        said.push([shared?.isLogger(), shared?.count()])
        yield* Scope.close(scope, Exit.void)
      }
      assert.deepStrictEqual(said, [
        [true, 3],
        [false, 3],
        [false, 3]
      ])
    }).pipe(Effect.provide(layer))
  )

  it.scoped("another one logs after that one has left a socket that stays open", () =>
    Effect.gen(function* () {
      const { connections, server } = yield* connectAll
      const [first, second, third] = connections
      assert.isTrue(first?.shared?.isLogger())
      const leaving = yield* Effect.fork(Scope.close(first!.scope, Exit.void))
      ;(yield* server.next).succeed({})
      yield* Fiber.join(leaving)
      for (const socket of server.sockets) {
        socket.ping()
        socket.close(1001)
      }
      assert.strictEqual(yield* Deferred.await(second!.lost), "SocketClosed")
      assert.deepStrictEqual(
        [second, third].map((connection) => [connection?.shared?.isLogger(), connection?.shared?.count()]),
        [
          [true, 2],
          [false, 2]
        ]
      )
    }).pipe(Effect.provide(layer))
  )

  const renewedUnderAnotherId = (symbol: string | undefined, inOneRead: boolean) =>
    Effect.gen(function* () {
      const server = yield* Server.make()
      const validity = 3_600_000
      const open = yield* MarginConnection.make({
        url: server.url,
        tokens: {
          create: () =>
            Effect.map(Clock.currentTimeMillis, (now) => ({
              token: Redacted.make("planted-token"),
              expiresAt: now + validity
            }))
        },
        validity,
        renewBefore: 300_000,
        freshFor: 40_000_000
      })
      const frames: Array<string> = []
      const answered = yield* Deferred.make<void>()
      const isOver = yield* Deferred.make<void>()
      const ends = [1, 2].map((subscriptionId) =>
        JSON.stringify({ subscriptionId, event: { e: "eventStreamTerminated", E: 1 } })
      )
      const connect = yield* open(symbol)
      const connecting = yield* connect({
        onFrame: (frame) => {
          frames.push(String(frame))
          if (frames.at(-1) === ends[1]) {
            Deferred.unsafeDone(isOver, Effect.void)
          }
        },
        onSignOfLife: () => {},
        onProbeAnswer: () => Deferred.unsafeDone(answered, Effect.void),
        onLost: () => {}
      }).pipe(Effect.fork)
      ;(yield* server.next).succeed({ subscriptionId: 1 })
      const connection = yield* Fiber.join(connecting)
      const expiresAt = connection.credential.expiresAt()
      yield* TestClock.adjust(validity - 300_000)
      const renewal = yield* server.next
      const answer = () => renewal.succeed({ subscriptionId: 2 })
      const endBoth = () => ends.forEach((end) => renewal.socket.send(end))
      if (inOneRead) {
        renewal.inOneRead(() => {
          answer()
          endBoth()
        })
        connection.probe(1)
        yield* Deferred.await(answered)
      } else {
        answer()
        // Answered after the renewal.
        connection.probe(1)
        yield* Deferred.await(answered)
        assert.strictEqual(connection.credential.expiresAt(), expiresAt! + validity - 300_000)
        endBoth()
        yield* Deferred.await(isOver)
      }
      assert.deepStrictEqual(frames, [ends[1]])
    }).pipe(Effect.provide(layer))

  for (const symbol of [undefined, "BTCUSDT"]) {
    for (const inOneRead of [false, true]) {
      it.scoped(
        `of ${symbol ?? "cross margin"}: the end of a subscription that was renewed under another id is no loss, that of the new one is${inOneRead ? ", all in one read" : ""}`,
        () => renewedUnderAnotherId(symbol, inOneRead)
      )
    }
  }

  it.scoped("is lost when its token has ended and could not be renewed, although the server says nothing", () =>
    Effect.gen(function* () {
      const server = yield* Server.make()
      const refusal = new BinanceError.ServerError({ operation: "POST /token", status: 503, msg: "" })
      const tokens: Array<Effect.Effect<ListenToken.ListenToken, BinanceError.BinanceError>> = [
        Effect.succeed({ token: Redacted.make("planted-token"), expiresAt: 3_600_000 })
      ]
      const open = yield* MarginConnection.make({
        url: server.url,
        tokens: { create: () => Effect.suspend(() => tokens.shift() ?? Effect.fail(refusal)) },
        validity: 3_600_000,
        renewBefore: 300_000,
        freshFor: 40_000_000
      })
      const losses: Array<string> = []
      const connect = yield* open()
      const connecting = yield* connect({
        onFrame: () => {},
        onSignOfLife: () => {},
        onProbeAnswer: () => {},
        onLost: (reason) => losses.push(Exit.isSuccess(reason) ? reason.value._tag : "")
      }).pipe(Effect.fork)
      ;(yield* server.next).succeed({ subscriptionId: 1 })
      yield* Fiber.join(connecting)
      yield* TestClock.adjust(3_599_999)
      assert.deepStrictEqual(losses, [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(losses, ["StreamTerminated"])
    }).pipe(Effect.provide(layer))
  )
})
