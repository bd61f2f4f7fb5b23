import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { type BinanceError, BinanceHttp, Credentials, Environment, Spot, WebSocketApi } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import * as Api from "../../src/internal/webSocketApi/api.js"
import { silent } from "../products/harness.js"
import * as Server from "../webSocketApi/server.js"

const apiKey = "planted-api-key-0a1b2c"

const makeLayer = (blocks: Array<number> = []) =>
  Layer.mergeAll(
    Credentials.layer({ apiKey, secretKey: "planted-secret" }),
    Layer.succeed(BinanceHttp.BinanceHttp, {
      request: () => Effect.die("no HTTP here"),
      connectPermit: Effect.void,
      unblocked: Effect.void,
      block: (until) => Effect.sync(() => void blocks.push(until)),
      usedWeight: Effect.succeed([]),
      clockOffset: () => Effect.succeed(0)
    } as BinanceHttp.BinanceHttp.Service),
    NodeLayer.layerWebSocketConstructor,
    silent
  )

describe("a socket of the WebSocket API", () => {
  for (const answer of [
    { status: 400, error: { code: -1209, msg: "" } },
    { status: 400, error: { code: -1135, msg: "" } },
    { status: 400, error: { code: -1102, msg: "" } },
    { status: 400, error: { code: -2036, msg: "" } },
    { status: 401 },
    { status: 401, error: { msg: "Blocked." } }
  ]) {
    it.scopedLive(`is not given up for good because of an answer to no call: ${JSON.stringify(answer)}`, () =>
      Effect.gen(function* () {
        const server = yield* Server.make()
        const pinged = yield* Deferred.make<void>()
        const lost: Array<Exit.Exit<unknown, unknown>> = []
        const watched = yield* Api.make(
          { url: server.url },
          {
            onSignOfLife: () => {},
            onProbeAnswer: () => Deferred.unsafeDone(pinged, Effect.void),
            onLost: (reason) => lost.push(reason)
          }
        )
        for (const socket of server.sockets) {
          socket.send(JSON.stringify({ id: null, ...answer }))
        }
        watched.probe(1)
        yield* Deferred.await(pinged)
        expect(lost).toEqual([])
      }).pipe(Effect.provide(makeLayer()))
    )
  }

  it.scopedLive("waits as long as the server says, whatever the local clock shows", () => {
    const blocks: Array<number> = []
    return Effect.gen(function* () {
      const server = yield* Server.make()
      const api = yield* WebSocketApi.make({ url: server.url })
      const status = yield* Effect.fork(Effect.exit(api.session.status))
      // The server's clock is ten minutes behind ours.
      const serverTime = Date.now() - 600_000
      ;(yield* server.next).fail(429, -1003, "Too many requests.", { serverTime, retryAfter: serverTime + 60_000 })
      yield* Fiber.join(status)
      expect(Math.max(...blocks)).toBeGreaterThan(Date.now() + 50_000)
    }).pipe(Effect.provide(makeLayer(blocks)))
  })

  it.scopedLive("takes an answer without a code for a refusal by something in between", () =>
    Effect.gen(function* () {
      const server = yield* Server.make()
      const api = yield* WebSocketApi.make({ url: server.url })
      const status = yield* Effect.fork(Effect.flip(api.session.status))
      const { id, socket } = yield* server.next
      socket.send(JSON.stringify({ id, status: 403, error: { msg: "Blocked." } }))
      const error = yield* Fiber.join(status)
      expect(error._tag).toBe("Forbidden")
      expect(error).not.toHaveProperty("code")
    }).pipe(Effect.provide(makeLayer()))
  )
})

/** A spot stream that is subscribed at a server, and what it delivers. */
const subscribed = Effect.gen(function* () {
  const server = yield* Server.make()
  const environment = Environment.layerCustom({
    table: { Spot: { rest: "http://127.0.0.1:1", webSocketApi: server.url } }
  })
  const spot = yield* Effect.provide(Spot.make(), environment)
  const elements = yield* Queue.unbounded<Spot.Element>()
  const fiber = yield* Effect.fork(Stream.runForEach(spot.events, (element) => Queue.offer(elements, element)))
  const request = yield* server.next
  request.succeed({ subscriptionId: 0 })
  expect((yield* Queue.take(elements))._tag).toBe("Opened")
  /** The next element, or the end of the stream. */
  const next = Effect.raceFirst(Queue.take(elements), Effect.zipRight(Fiber.join(fiber), Effect.never))
  return { next, request }
})

describe("a live stream", () => {
  for (const secret of ["apiKey", "signature"]) {
    it.scopedLive(`does not show the ${secret} in a frame that cannot be read`, () =>
      Effect.gen(function* () {
        const { next, request } = yield* subscribed
        const value = String(request.params[secret])
        request.socket.send(`{"status":200,"result":{"${secret}":"${value}","authorizedSince":1`)
        const element = yield* next
        expect(element._tag).toBe("MalformedEvent")
        expect(JSON.stringify(element)).not.toContain(value)
      }).pipe(Effect.provide(makeLayer()))
    )
  }
})

describe("an answer", () => {
  for (const kind of ["to another call", "to no call"]) {
    it.scopedLive(`${kind} does not show the tokens and signatures of earlier calls`, () =>
      Effect.gen(function* () {
        const server = yield* Server.make()
        const errors: Array<BinanceError.BinanceError> = []
        const api = yield* WebSocketApi.make({ url: server.url, onServerError: (error) => errors.push(error) })
        const token = Redacted.make("planted-token-4d5e6f")
        const secrets: Array<string> = []
        for (const [subscribe, name] of [
          [api.userDataStream.subscribeListenToken(token, () => {}), "listenToken"],
          [api.userDataStream.subscribeSignature(() => {}), "signature"]
        ] as const) {
          const fiber = yield* Effect.fork(subscribe)
          const request = yield* server.next
          secrets.push(String(request.params[name]))
          request.succeed({ subscriptionId: secrets.length })
          yield* Fiber.join(fiber)
        }
        const status = yield* Effect.fork(Effect.flip(api.session.status))
        const { id, socket } = yield* server.next
        const msg = `Illegal: ${secrets.join(" ")}`
        socket.send(JSON.stringify({ id: kind === "to no call" ? null : id, status: 400, error: { code: -1102, msg } }))
        errors.push(yield* Fiber.join(status))
        expect(secrets).toHaveLength(2)
        for (const secret of secrets) {
          expect(errors.map(({ message }) => message).join()).not.toContain(secret)
        }
      }).pipe(Effect.provide(makeLayer()))
    )
  }
})
