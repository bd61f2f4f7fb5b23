import type { Duplex } from "node:stream"
import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { BinanceHttp, Credentials, Environment } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import * as RecordingServer from "../http/recordingServer.js"
import { silent } from "../products/harness.js"
import { products } from "../products/products.js"
import * as VirtualClock from "../support/VirtualClock.js"

const { adjust } = VirtualClock

interface Refusal {
  readonly name: string
  readonly status: string
  readonly headers?: { readonly [name: string]: string }
  readonly body?: (now: number) => string
  /** Whether the body never ends. */
  readonly hangs?: boolean
  /** How long everybody has to wait, in ms. */
  readonly wait: number
}

const second = 1000
const banned = (now: number) =>
  JSON.stringify({
    code: -1003,
    msg: `Way too much request weight used; IP banned until ${now + 5_400_000}. Please use WebSocket Streams for live updates to avoid bans.`
  })

const refusals: ReadonlyArray<Refusal> = [
  { name: "429 for a second", status: "429 Too Many Requests", headers: { "Retry-After": "1" }, wait: second },
  { name: "429 for 17 seconds", status: "429 Too Many Requests", headers: { "Retry-After": "17" }, wait: 17 * second },
  {
    name: "429 for ten minutes",
    status: "429 Too Many Requests",
    headers: { "retry-after": "600" },
    wait: 600 * second
  },
  { name: "418 for two hours", status: "418 I'm a teapot", headers: { "Retry-After": "7200" }, wait: 7200 * second },
  { name: "418 whose body tells the end of the ban", status: "418 I'm a teapot", body: banned, wait: 5400 * second },
  {
    name: "418 with a header and a body that never ends",
    status: "418 I'm a teapot",
    headers: { "Retry-After": "300" },
    hangs: true,
    wait: 300 * second
  }
]

/** A host that answers REST, and refuses every upgrade. */
const refusing = (refusal: Refusal, now: () => number) =>
  Effect.gen(function* () {
    const { requests, server, url } = yield* RecordingServer.make(() => ({
      body: JSON.stringify({
        listenKey: "TheListenKeyOfARefusedUpgrade",
        token: "TheListenTokenOfARefusedUpgrade",
        expirationTime: now() + 86_400_000
      })
    }))
    const upgrades: Array<string> = []
    const sockets: Array<Duplex> = []
    yield* Effect.addFinalizer(() => Effect.sync(() => sockets.forEach((socket) => void socket.destroy())))
    server.on("upgrade", (request, socket) => {
      upgrades.push(request.url ?? "")
      sockets.push(socket)
      const body = refusal.body?.(now()) ?? "<html>no</html>"
      const headers = {
        "Content-Length": String(Buffer.byteLength(body) + (refusal.hangs === true ? 1 : 0)),
        Connection: "close",
        ...refusal.headers
      }
      const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
      const answer = `HTTP/1.1 ${refusal.status}\r\n${head.join("")}\r\n${body}`
      socket.on("error", () => {})
      if (refusal.hangs === true) {
        socket.write(answer)
      } else {
        socket.end(answer)
      }
    })
    const socketUrl = url.replace("http", "ws")
    const endpoints = { rest: url, stream: socketUrl, webSocketApi: `${socketUrl}/ws-api/v3` }
    const table = Object.fromEntries(products.map(({ product }) => [product, endpoints]))
    return {
      environment: Environment.custom({ name: "refusing", table }),
      /** How often it was asked for anything. */
      asked: Effect.sync(() => requests.length + upgrades.length),
      upgrades: Effect.sync(() => upgrades.length)
    }
  })

const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

/** Looks again after each turn of the event loop, until it is so. */
const eventually = <A, E, R>(effect: Effect.Effect<A, E, R>, isSo: (value: A) => boolean) =>
  effect.pipe(Effect.tap(turn), Effect.repeat({ until: isSo }))

const layer = Layer.mergeAll(
  Layer.effect(BinanceHttp.BinanceHttp, BinanceHttp.make()),
  Layer.orDie(
    Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey, secretKey: SimulatedBinance.defaultSecretKey })
  )
).pipe(Layer.provideMerge(NodeLayer.layer))

describe("a refused upgrade tells when to come back, and all streams of the process wait exactly that long", () => {
  for (const row of products) {
    for (const refusal of refusals) {
      it.scopedLive(`${row.product}: ${refusal.name}`, () =>
        Effect.gen(function* () {
          const virtual = yield* VirtualClock.VirtualClock
          const host = yield* refusing(refusal, virtual.now)
          const context = yield* Layer.build(layer)
          const http = Context.get(context, BinanceHttp.BinanceHttp)
          const provided = Effect.provide(Context.add(context, Environment.Environment, host.environment))
          const service = yield* provided(row.make({ onClose: "leave" }))
          const consumer = yield* Effect.fork(Stream.runDrain(service.events))
          // Who reads the body may wait for its end, but not for long.
          const late = refusal.hangs === true ? 15 * second : 0
          yield* eventually(host.upgrades, (count) => count > 0)
          // The answer is on real sockets, and no time passes before it is there.
          yield* Effect.replicateEffect(turn, 100)
          yield* adjust(late)
          const { lastError } = yield* eventually(service.status, ({ lastError }) => lastError !== undefined)
          expect(lastError).toMatchObject({ _tag: refusal.status.startsWith("418") ? "IpBanned" : "RateLimited" })

          // Another stream of the process comes meanwhile.
          const other = products.find(({ product }) => product !== row.product)!
          const another = yield* provided(other.make({ onClose: "leave" }))
          const secondConsumer = yield* Effect.fork(Stream.runDrain(another.events))
          const free = yield* Effect.fork(http.unblocked)
          const asked = yield* host.asked
          const upgrades = yield* host.upgrades
          expect(upgrades).toBe(1)

          yield* adjust(refusal.wait - late - 1)
          yield* Effect.replicateEffect(turn, 20)
          expect({ isFree: free.unsafePoll() !== null, asked: yield* host.asked }).toEqual({ isFree: false, asked })
          yield* adjust(1 + late)
          yield* Effect.replicateEffect(turn, 20)
          // Whoever is let through first may be refused again before the others are.
          expect(free.unsafePoll() !== null || (yield* host.asked) > asked).toBe(true)
          yield* adjust("2 seconds")
          yield* eventually(host.asked, (count) => count > asked)
          yield* Fiber.interruptFork(consumer)
          yield* Fiber.interruptFork(secondConsumer)
          yield* adjust("30 seconds")
        }).pipe(VirtualClock.run, Effect.provide(silent))
      )
    }
  }
})
