import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { BinanceHttp, Credentials, Environment, Spot, type StreamNotice, WebSocketApi } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import * as WebSocketApiConnection from "../../src/internal/webSocketApiConnection.js"
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
      usedWeight: Effect.succeed([])
    } as BinanceHttp.BinanceHttp.Service),
    NodeLayer.layerWebSocketConstructor,
    silent
  )

describe("a socket of the WebSocket API", () => {
  for (const [status, code] of [
    [400, -1209],
    [400, -1135],
    [400, -1102],
    [400, -2036]
  ] as const) {
    it.scopedLive(`is not given up for good because of a server error ${code} without an id`, () =>
      Effect.gen(function* () {
        const server = yield* Server.make()
        const pinged = yield* Deferred.make<void>()
        const lost: Array<Exit.Exit<unknown, unknown>> = []
        const watched = yield* WebSocketApiConnection.make(
          { url: server.url },
          {
            onFrame: () => {},
            onProbeAnswer: () => Deferred.unsafeDone(pinged, Effect.void),
            onLost: (reason) => lost.push(reason)
          }
        )
        for (const socket of server.sockets) {
          socket.send(JSON.stringify({ id: null, status, error: { code, msg: "" } }))
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

  it.scopedLive("does not show the API key in a frame that cannot be read", () =>
    Effect.gen(function* () {
      const server = yield* Server.make()
      const environment = Environment.layerCustom({
        table: { Spot: { rest: "http://127.0.0.1:1", webSocketApi: server.url } }
      })
      const spot = yield* Effect.provide(Spot.make(), environment)
      const elements: Array<Spot.Event | StreamNotice.StreamNotice> = []
      const fiber = yield* Effect.fork(
        Stream.runForEach(spot.events, (element) => Effect.sync(() => elements.push(element)))
      )
      ;(yield* server.next).succeed({ subscriptionId: 0 })
      for (const socket of server.sockets) {
        socket.send(`{"status":200,"result":{"apiKey":"${apiKey}","authorizedSince":1`)
      }
      yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => elements.length > 1, times: 400 })
      expect(elements.map(({ _tag }) => _tag)).toEqual(["Opened", "MalformedEvent"])
      expect(JSON.stringify(elements)).not.toContain(apiKey)
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(makeLayer()))
  )
})
