import * as Http from "node:http"
import * as Net from "node:net"
import { inspect } from "node:util"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Socket from "@effect/platform/Socket"
import { afterEach, describe, expect, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type BinanceError, BinanceHttp, Credentials, Environment } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { silent } from "../products/harness.js"
import { listenKeyProducts, products, type Row } from "../products/products.js"
import { makeLog, makeTracer } from "../telemetry/observer.js"
import { hiddenHost, httpProxy, type Options, type Server, socksProxy } from "./servers.js"

type Platform = HttpClient.HttpClient | Socket.WebSocketConstructor

const password = "planted-password-5d1c"
const credentials = `me:${password}`

/** The environment of the simulated Binance, at a name that only the proxies know. */
const hidden = Layer.effect(
  Environment.Environment,
  Effect.gen(function* () {
    const known = yield* Environment.Environment
    const hide = (address: Effect.Effect<string, BinanceError.UnsupportedEnvironment>) =>
      Effect.map(address, (address) => address.replace("127.0.0.1", hiddenHost))
    return {
      name: "hidden",
      rest: (product) => hide(known.rest(product)),
      stream: (product) => hide(known.stream(product)),
      webSocketApi: (product) => hide(known.webSocketApi(product))
    }
  })
)

/** A product on a simulated Binance that is reached through the platform alone. */
const behind = <E>(platform: Layer.Layer<Platform, E>) =>
  Layer.mergeAll(
    BinanceHttp.layerWith({ retry: Schedule.stop, requestTimeout: "2 seconds" }),
    Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey, secretKey: SimulatedBinance.defaultSecretKey }),
    hidden
  ).pipe(Layer.provideMerge(platform), Layer.provideMerge(SimulatedBinance.layer()))

/** A stream lives through a trading day and a lost socket. */
const live = (row: Row) =>
  Effect.scoped(
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { events } = yield* row.make({ stableAfter: 0 })
      let opened = 0
      const tags = yield* events.pipe(
        Stream.tap(({ _tag }) => {
          if (_tag === "Opened") {
            return Effect.zipRight(binance.tradingDay(row.product), binance.inject(Fault.dropSockets()))
          }
          opened += _tag === "Resumed" ? 1 : 0
          return Effect.void
        }),
        Stream.takeUntil(({ _tag }) => _tag === "Resumed"),
        Stream.map(({ _tag }) => _tag),
        Stream.runCollect
      )
      expect(opened).toBe(1)
      expect(Array.from(tags).slice(0, 2)).toEqual(["Opened", row.tradingDay[0]])
    })
  )

const proxies: {
  readonly [protocol: string]: (options?: Options) => Effect.Effect<Server, never, Scope.Scope>
} = { http: httpProxy, socks5h: socksProxy, socks: socksProxy }

describe("a stream through a proxy", () => {
  for (const [protocol, serve] of Object.entries(proxies)) {
    for (const row of products) {
      it.scopedLive(`${protocol}: ${row.product}, requests and WebSockets alike`, () =>
        Effect.gen(function* () {
          const { port, targets } = yield* serve()
          yield* Effect.provide(live(row), [behind(NodeLayer.layerProxy(`${protocol}://127.0.0.1:${port}`)), silent])
          expect(targets.length).toBeGreaterThanOrEqual(2)
          expect(targets.every((target) => target.startsWith(`${hiddenHost}:`))).toBe(true)
        })
      )
    }

    it.scopedLive(`${protocol}: with a name and password, which nothing shows`, () =>
      Effect.gen(function* () {
        const log = makeLog()
        const tracer = makeTracer()
        const { port, targets } = yield* serve({ credentials })
        const url = Redacted.make(`${protocol}://${credentials}@127.0.0.1:${port}`)
        yield* live(listenKeyProducts[0]!).pipe(
          Effect.provide(behind(NodeLayer.layerProxy(url))),
          Effect.provide([log.layer, tracer.layer])
        )
        expect(targets.length).toBeGreaterThan(2)
        expect(log.lines.length).toBeGreaterThan(2)
        expect(inspect([log.lines, tracer.spans], { depth: null })).not.toContain(password)
      })
    )
  }
})

/** How a stream fails, or what its first warning says, on a proxy that does not work. */
const failing = (url: string) =>
  Effect.gen(function* () {
    const log = makeLog()
    const error = yield* Effect.scoped(
      Effect.gen(function* () {
        const { createListenKey, events } = yield* listenKeyProducts[0]!.make({ reconnect: Schedule.stop })
        const error: BinanceError.BinanceError = yield* Effect.flip(createListenKey)
        const failure = yield* Effect.flip(Stream.runDrain(events))
        expect(failure.message).toBe(error.message)
        return error
      })
    ).pipe(Effect.provide(behind(NodeLayer.layerProxy(url))), Effect.provide(log.layer))
    expect(inspect([error, error.message, log.lines], { depth: null, showHidden: true })).not.toContain(password)
    return error
  })

const closedPort = Effect.async<number>((resume) => {
  const server = Net.createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address() as Net.AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

describe("a proxy that does not connect is a clear error", () => {
  it.scopedLive("nobody listens: HTTP", () =>
    Effect.gen(function* () {
      const port = yield* closedPort
      const error = yield* failing(`http://${credentials}@127.0.0.1:${port}`)
      expect(error).toMatchObject({ _tag: "TransportError", isRetryable: true })
      expect(error.message).toContain(`the proxy 127.0.0.1:${port} did not connect: connect ECONNREFUSED`)
    })
  )

  it.scopedLive("nobody listens: SOCKS", () =>
    Effect.gen(function* () {
      const port = yield* closedPort
      const error = yield* failing(`socks5h://${credentials}@127.0.0.1:${port}`)
      expect(error.message).toContain(`the proxy 127.0.0.1:${port} did not connect: connect ECONNREFUSED`)
    })
  )

  it.scopedLive("a wrong password: HTTP", () =>
    Effect.gen(function* () {
      const { port } = yield* httpProxy({ credentials: "me:another" })
      const error = yield* failing(`http://${credentials}@127.0.0.1:${port}`)
      expect(error).toMatchObject({ _tag: "TransportError" })
      expect(error.message).toContain(
        `the proxy 127.0.0.1:${port} did not connect: it asks for another name and password`
      )
    })
  )

  it.scopedLive("a wrong password: SOCKS", () =>
    Effect.gen(function* () {
      const { port } = yield* socksProxy({ credentials: "me:another" })
      const error = yield* failing(`socks5h://${credentials}@127.0.0.1:${port}`)
      expect(error.message).toContain(`the proxy 127.0.0.1:${port} did not connect: Socks5 Authentication failed`)
    })
  )

  it.scopedLive("its rules: HTTP", () =>
    Effect.gen(function* () {
      const { port } = yield* httpProxy({ refuseWith: 403 })
      const error = yield* failing(`http://127.0.0.1:${port}`)
      expect(error).toMatchObject({ _tag: "TransportError" })
      expect(error.message).toContain(`the proxy 127.0.0.1:${port} did not connect: it answered 403 Forbidden`)
    })
  )

  it.scopedLive("its rules: SOCKS", () =>
    Effect.gen(function* () {
      const { port } = yield* socksProxy({ refuseWith: 2 })
      const error = yield* failing(`socks5h://127.0.0.1:${port}`)
      expect(error.message).toMatch(/the proxy .+ did not connect: .*Socks5 proxy rejected connection/)
    })
  )
})

describe("the address of a proxy", () => {
  afterEach(() => {
    vi.doUnmock("https-proxy-agent")
    vi.doUnmock("socks-proxy-agent")
  })

  const build = (url: string) => Effect.flip(Effect.scoped(Layer.build(NodeLayer.layerProxy(url))))

  for (const address of [`me:${password}@host:1`, `ftp://me:${password}@host`, "http://", ""]) {
    it.live(`is refused where it cannot be meant, and not shown: ${JSON.stringify(address)}`, () =>
      Effect.gen(function* () {
        const error = yield* build(address)
        expect(error).toMatchObject({ _tag: "InvalidOptions", option: "url" })
        expect(error.message).toContain("http://, https://, socks://")
        expect(error.message).not.toContain(password)
      })
    )
  }

  for (const [name, url] of [
    ["https-proxy-agent", "http://127.0.0.1:1"],
    ["socks-proxy-agent", "socks5://127.0.0.1:1"]
  ] as const) {
    it.live(`needs ${name}, and says so where it is missing`, () =>
      Effect.gen(function* () {
        vi.doMock(name, () => {
          throw new Error("not found")
        })
        const error = yield* build(url)
        expect(error).toMatchObject({ _tag: "UnsupportedPlatform" })
        expect(error.message).toContain(`npm i ${name}`)
      })
    )
  }
})

describe("an agent of one's own", () => {
  it.scopedLive("serves requests and WebSockets, and is not destroyed", () =>
    Effect.gen(function* () {
      const looked: Array<string> = []
      const agent = new Http.Agent({
        keepAlive: true,
        lookup: (host, _, found) => {
          looked.push(host)
          found(null, [{ address: "127.0.0.1", family: 4 }])
        }
      })
      const destroy = vi.spyOn(agent, "destroy")
      yield* Effect.provide(live(listenKeyProducts[0]!), [behind(NodeLayer.layerAgent(agent)), silent])
      expect(looked.length).toBeGreaterThanOrEqual(2)
      expect(new Set(looked)).toEqual(new Set([hiddenHost]))
      expect(destroy).not.toHaveBeenCalled()
      agent.destroy()
    })
  )

  it.scopedLive("may be given up half-way without a trace", () =>
    Effect.gen(function* () {
      const { port } = yield* httpProxy()
      yield* Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.inject(Fault.never())
        const { createListenKey } = yield* listenKeyProducts[0]!.make()
        expect(yield* Effect.flip(createListenKey)).toMatchObject({ _tag: "RequestTimeout" })
        expect(yield* Effect.either(createListenKey)).toMatchObject({ _tag: "Right" })
      }).pipe(Effect.provide(behind(NodeLayer.layerProxy(`http://127.0.0.1:${port}`))))
    })
  )
})
