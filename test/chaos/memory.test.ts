import * as Http from "node:http"
import type * as Net from "node:net"
import * as v8 from "node:v8"
import * as vm from "node:vm"
import * as Socket from "@effect/platform/Socket"
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { BinanceHttp, CoinFutures, Credentials, Environment, type StreamNotice } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { WebSocket, WebSocketServer } from "ws"
import { flightTime } from "../../src/internal/session/proof.js"

const million = 1_000_000

/** How much a server leaves to its operating system and to the network before it waits, in bytes. */
const highWatermark = 256 * 1024

const frameOf = (n: number) => `{"e":"sequence","n":${n},"E":${Date.now()}}`

v8.setFlagsFromString("--expose-gc")
const collectGarbage = vm.runInNewContext("gc") as () => void

const heap = (what: string): number => {
  collectGarbage()
  const { arrayBuffers, heapUsed, rss } = process.memoryUsage()
  const mega = (bytes: number) => (bytes / 1024 / 1024).toFixed(1)
  console.log(`${what}: heap ${mega(heapUsed)} MiB, buffers ${mega(arrayBuffers)} MiB, RSS ${mega(rss)} MiB`)
  return heapUsed + arrayBuffers
}

interface Server {
  readonly port: number
  sent: number
  sockets: number
  requests: number
  /** Sends so many events, as fast as the connection takes them: not faster. */
  readonly send: (count: number) => Effect.Effect<void>
}

/** One listen key, one socket, and a server that is held back by TCP, as a real one is. */
const serve: Effect.Effect<Server, never, Scope.Scope> = Effect.gen(function* () {
  let current: WebSocket | undefined
  let raw: Net.Socket | undefined
  const http = Http.createServer((_request, response) => {
    server.requests++
    response.setHeader("content-type", "application/json")
    response.end('{"listenKey":"k1234567890123456789012345678901234567890"}')
  })
  const webSockets = new WebSocketServer({ server: http })
  webSockets.on("connection", (socket, request) => {
    server.sockets++
    current = socket
    raw = request.socket
    socket.on("close", () => server.sockets--)
  })
  yield* Effect.acquireRelease(
    Effect.async<void>((resume) => {
      http.listen(0, "127.0.0.1", () => resume(Effect.void))
    }),
    () =>
      Effect.async<void>((resume) => {
        for (const socket of webSockets.clients) {
          socket.terminate()
        }
        http.closeAllConnections()
        http.close(() => resume(Effect.void))
      })
  )
  const server: Server = {
    port: (http.address() as Net.AddressInfo).port,
    sent: 0,
    sockets: 0,
    requests: 0,
    send: (count) =>
      Effect.async<void>((resume) => {
        const until = server.sent + count
        const more = () => {
          while (server.sent < until && raw!.writableLength < highWatermark) {
            current!.send(frameOf(server.sent++))
          }
          if (server.sent === until) {
            resume(Effect.void)
          } else if (raw!.writableNeedDrain) {
            raw!.once("drain", () => setImmediate(more))
          } else {
            setImmediate(more)
          }
        }
        more()
      })
  }
  return server
})

/** What a browser offers: no pings, no `pause`, no `terminate`. */
class PlainWebSocket {
  private readonly socket: WebSocket
  constructor(url: string) {
    this.socket = new WebSocket(url)
  }
  get readyState() {
    return this.socket.readyState
  }
  set binaryType(type: "arraybuffer") {
    this.socket.binaryType = type
  }
  addEventListener(...args: Parameters<WebSocket["addEventListener"]>) {
    this.socket.addEventListener(...args)
  }
  removeEventListener(...args: Parameters<WebSocket["addEventListener"]>) {
    this.socket.removeEventListener(args[0], args[1] as () => void)
  }
  send(text: string) {
    this.socket.send(text)
  }
  close(code: number) {
    this.socket.close(code)
  }
}

type Notice = StreamNotice.StreamNotice

interface Reader {
  /** The numbers that came, checked to grow by one unless a gap was reported in between. */
  taken: number
  last: number
  isBroken: string | undefined
  readonly notices: Array<Notice>
}

/** A product whose consumer has read the `Opened`, and reads on when it is told to. */
const subject = (plain: boolean) =>
  Effect.gen(function* () {
    const server = yield* serve
    let received = 0
    const construct = (url: string) => {
      const socket = plain ? new PlainWebSocket(url) : new WebSocket(url)
      socket.addEventListener("message", () => {
        received++
      })
      return socket as unknown as globalThis.WebSocket
    }
    const url = `http://127.0.0.1:${server.port}`
    const layer = Layer.mergeAll(
      BinanceHttp.layer,
      Credentials.layer({ apiKey: "TheApiKeyOfAConsumerThatDoesNotRead" }),
      Layer.succeed(
        Environment.Environment,
        Environment.custom({
          name: "plain",
          table: { CoinFutures: { rest: url, stream: `ws://127.0.0.1:${server.port}` } }
        })
      )
    ).pipe(
      Layer.provideMerge(Layer.succeed(Socket.WebSocketConstructor, construct)),
      Layer.provideMerge(NodeLayer.layer)
    )
    const scope = yield* Scope.fork(yield* Effect.scope, (yield* Effect.scope).strategy)
    const { events } = yield* CoinFutures.make().pipe(
      Effect.provide(yield* Layer.buildWithScope(layer, scope)),
      Scope.extend(scope)
    )
    const opened = yield* Deferred.make<void>()
    const gate = yield* Deferred.make<void>()
    const reader: Reader = { taken: 0, last: -1, isBroken: undefined, notices: [] }
    const reading = yield* Effect.forkDaemon(
      Stream.runForEach(events, (element) => {
        if (element._tag !== "UnknownEvent") {
          reader.notices.push(element as Notice)
          if (element._tag === "Resumed") {
            reader.last = Number.NaN
          }
          return element._tag === "Opened"
            ? Effect.zipRight(Deferred.succeed(opened, undefined), Deferred.await(gate))
            : Effect.void
        }
        const { n } = element.raw as { readonly n: number }
        if (Number.isNaN(reader.last) ? n < reader.taken : n !== reader.last + 1) {
          reader.isBroken ??= `${n} came after ${reader.last}`
        }
        reader.last = n
        reader.taken++
        return Effect.void
      })
    )
    yield* Deferred.await(opened)
    const close = Effect.zipRight(Fiber.interrupt(reading), Scope.close(scope, Exit.void))
    return { server, reader, received: () => received, goOn: Deferred.succeed(gate, undefined), close }
  })

/** Waits until a number has not changed for a while: TCP says no more than that it does not go on. */
const untilStill = (value: () => number) =>
  Effect.gen(function* () {
    let before = -1
    let still = 0
    while (still < 20) {
      const now = value()
      still = now === before ? still + 1 : 0
      before = now
      yield* Effect.sleep(10)
    }
    return before
  })

const until = (isSo: () => boolean) => Effect.repeat(Effect.sleep(5), { until: () => isSo() })

/** The default buffer: 8192 elements. */
const capacity = 8192

/** The heap of a million events would be hundreds of MiB. */
const bound = 48 * 1024 * 1024

describe("a consumer that stops reading for a million events", () => {
  it.scopedLive(
    "holds the server back by TCP where the socket can be paused, and misses nothing",
    () =>
      Effect.gen(function* () {
        const { close, goOn, reader, received, server } = yield* subject(false)
        const before = heap("before")
        const sending = yield* Effect.fork(server.send(million))
        const sentWhileStopped = yield* untilStill(() => server.sent)
        const held = received() - reader.taken
        const stopped = heap(`stopped, ${sentWhileStopped} sent, ${held} held by the session`)
        expect(sentWhileStopped).toBeLessThan(million / 2)
        expect(held).toBeLessThanOrEqual(capacity)
        expect(stopped - before).toBeLessThan(bound)
        yield* goOn
        yield* Fiber.join(sending)
        yield* until(() => reader.last === million - 1)
        const after = heap("read on")
        expect(reader.isBroken).toBeUndefined()
        expect(reader.taken).toBe(million)
        expect(reader.notices.map(({ _tag }) => _tag)).toEqual(["Opened"])
        expect(after - before).toBeLessThan(bound)
        yield* close
        yield* until(() => server.sockets === 0)
      }),
    120_000
  )

  it.scopedLive(
    "is told the gap where the socket cannot be paused",
    () =>
      Effect.gen(function* () {
        const { close, goOn, reader, received, server } = yield* subject(true)
        const before = heap("before")
        const from = Date.now()
        yield* server.send(million)
        yield* until(() => received() === million)
        const to = Date.now()
        const stopped = heap(`stopped, ${million} sent and received`)
        expect(reader.taken).toBe(0)
        expect(stopped - before).toBeLessThan(bound)
        yield* goOn
        yield* until(() => reader.notices.length >= 3)
        yield* server.send(10)
        yield* until(() => reader.last === million + 9)
        const [, interrupted, resumed] = reader.notices
        expect(reader.notices.map(({ _tag }) => _tag)).toEqual(["Opened", "Interrupted", "Resumed"])
        expect(interrupted).toMatchObject({ cause: { _tag: "Overflow" } })
        const { gap } = resumed as StreamNotice.Resumed
        expect(reader.taken).toBeLessThanOrEqual(capacity + 10)
        expect(gap.cause).toEqual({ _tag: "Overflow", dropped: million + 10 - reader.taken })
        // Events were sent before they were read: a gap begins that much before its first one.
        expect(gap.from).toBeGreaterThanOrEqual(from - flightTime)
        expect(gap.from).toBeLessThan(to)
        expect(gap.to).toBeGreaterThanOrEqual(to)
        expect(reader.isBroken).toBeUndefined()
        yield* close
        yield* until(() => server.sockets === 0)
      }),
    120_000
  )
})
