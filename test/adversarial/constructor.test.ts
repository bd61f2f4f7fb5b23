import * as Net from "node:net"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Socket from "@effect/platform/Socket"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type BinanceError, BinanceHttp, Credentials, Environment } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { vi } from "vitest"
import { adjust, during, runVirtual, settle, virtual } from "../products/harness.js"
import { listenKeyProducts, products, type Row } from "../products/products.js"
import * as VirtualClock from "../support/VirtualClock.js"
import { makeLog } from "../telemetry/observer.js"

type Construct = Context.Tag.Service<typeof Socket.WebSocketConstructor>

/** Takes the constructor of the platform away, as on Node 20. */
const withoutGlobal = Effect.acquireRelease(
  Effect.sync(() => vi.stubGlobal("WebSocket", undefined)),
  () => Effect.sync(() => vi.unstubAllGlobals())
)

const throwing =
  (error: unknown): Construct =>
  () => {
    throw error
  }

const constructors: { readonly [name: string]: Effect.Effect<Construct, never, Scope.Scope> } = {
  "the global constructor where there is none": Effect.zipRight(
    withoutGlobal,
    Effect.map(Layer.build(Socket.layerWebSocketConstructorGlobal), Context.get(Socket.WebSocketConstructor))
  ),
  "a TypeError": Effect.succeed(throwing(new TypeError("Illegal constructor"))),
  "an object that is no WebSocket": Effect.succeed((() => ({})) as unknown as Construct),
  "a value that is no function": Effect.succeed({} as unknown as Construct)
}

/** An address, or a page, from which no socket may be opened is the same tomorrow. */
const refusals: { readonly [name: string]: Effect.Effect<Construct> } = {
  "a SyntaxError": Effect.succeed(throwing(new DOMException("The URL is invalid.", "SyntaxError"))),
  "a SecurityError": Effect.succeed(throwing(new DOMException("This page may not open it.", "SecurityError")))
}

/** What a stream has ended with, if it has. */
const failureOf = (fiber: Fiber.RuntimeFiber<void, BinanceError.BinanceError>) => {
  const exit = fiber.unsafePoll()
  return exit === null
    ? "it goes on"
    : Exit.match(exit, {
        onFailure: (cause) => Option.getOrElse(Cause.failureOption(cause), () => Cause.pretty(cause)),
        onSuccess: () => "it has ended without an error"
      })
}

describe("a stream whose WebSocket constructor cannot work fails at once, and leaves nothing", () => {
  for (const row of products) {
    for (const [name, constructor] of Object.entries({ ...constructors, ...refusals })) {
      const log = makeLog()
      virtual(
        `${row.product}: ${name}`,
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          const construct = yield* constructor
          const scope = yield* Scope.make()
          const service = yield* row
            .make({ onClose: "close" })
            .pipe(Scope.extend(scope), Effect.provideService(Socket.WebSocketConstructor, construct))
          const fiber = yield* Effect.forkDaemon(Stream.runDrain(service.events))
          yield* settle
          const failure = failureOf(fiber)
          expect(failure).toMatchObject({ isRetryable: false })
          if (name in constructors) {
            // Says which layer to provide.
            expect((failure as Error).message).toMatch(/NodeLayer\.layer|layerWebSocketConstructor/)
          }
          expect((yield* service.status).phase).toBe("Failed")
          yield* during("30 seconds", Scope.close(scope, Exit.void))
          expect(yield* binance.counters).toMatchObject({ liveKeys: 0, openSockets: 0 })
          expect(log.warnings().filter((line) => line.includes("could not be closed"))).toEqual([])
          const asked = yield* binance.requestCount()
          yield* adjust("1 hour")
          expect(yield* binance.requestCount()).toBe(asked)
        }).pipe(Effect.provide(log.layer))
      )
    }
  }
})

/** A program on the HTTP client of a layer, which gets nowhere. */
const runOn = <A, E>(
  layer: Layer.Layer<HttpClient.HttpClient>,
  rest: string,
  row: Row,
  body: (
    fiber: Fiber.RuntimeFiber<void, BinanceError.BinanceError>,
    close: Effect.Effect<void, never, VirtualClock.VirtualClock>
  ) => Effect.Effect<A, E, VirtualClock.VirtualClock>
) =>
  Effect.gen(function* () {
    const context = yield* Layer.build(
      Layer.mergeAll(
        Layer.effect(BinanceHttp.BinanceHttp, BinanceHttp.make()),
        Layer.orDie(Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey })),
        Environment.layerCustom({
          name: "nowhere",
          table: { [row.product]: { rest, stream: rest.replace("http", "ws") } }
        })
      ).pipe(Layer.provideMerge(Layer.merge(layer, NodeLayer.layerWebSocketConstructor)))
    )
    const scope = yield* Scope.make()
    const service = yield* row.make({ onClose: "close" }).pipe(Scope.extend(scope), Effect.provide(context))
    const fiber = yield* Effect.forkDaemon(Stream.runDrain(service.events))
    return yield* body(fiber, during("30 seconds", Scope.close(scope, Exit.void)))
  }).pipe(Effect.scoped, VirtualClock.run)

const turns = Effect.replicateEffect(
  Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void))),
  50
)

const withoutDispatcher = Layer.provide(
  NodeHttpClient.layerUndiciWithoutDispatcher,
  // What Bun has in the place of undici.
  Layer.succeed(NodeHttpClient.Dispatcher, {} as Context.Tag.Service<typeof NodeHttpClient.Dispatcher>)
)

const fetchIsNone = Layer.provide(
  FetchHttpClient.layer,
  Layer.succeed(FetchHttpClient.Fetch, {} as typeof globalThis.fetch)
)

describe("a stream on an HTTP client that is none fails at once, and says which layer to provide", () => {
  for (const row of listenKeyProducts) {
    for (const [name, layer] of [
      ["undici without a dispatcher", withoutDispatcher],
      ["fetch where there is none", fetchIsNone]
    ] as const) {
      const log = makeLog()
      it.live(`${row.product}: ${name}`, () =>
        runOn(layer, "http://127.0.0.1:9", row, (fiber, close) =>
          Effect.gen(function* () {
            yield* turns
            const failure = failureOf(fiber)
            expect(failure).toMatchObject({ isRetryable: false })
            expect((failure as Error).message).toMatch(/NodeLayer\.layer|FetchHttpClient\.layer/)
            yield* close
            expect(log.warnings().filter((line) => line.includes("could not be closed"))).toEqual([])
          })
        ).pipe(Effect.provide(log.layer))
      )
    }
  }
})

/** An HTTP client whose every request fails as `fetch` does without a network. */
const offline = Layer.provide(
  FetchHttpClient.layer,
  Layer.succeed(FetchHttpClient.Fetch, () =>
    Promise.reject(
      new TypeError("fetch failed", {
        cause: Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })
      })
    )
  )
)

/** An address where nobody listens. */
const closedPort = Effect.async<string>((resume) => {
  const server = Net.createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address() as Net.AddressInfo
    server.close(() => resume(Effect.succeed(`http://127.0.0.1:${port}`)))
  })
})

describe("a stream that waits for the network", () => {
  for (const [name, layer] of [
    ["by fetch", offline],
    ["by undici", NodeLayer.layerHttpClient]
  ] as const) {
    const log = makeLog()
    it.live(`goes on, warns at most once a minute, and says nothing of a key that was never made: ${name}`, () =>
      Effect.gen(function* () {
        const address = yield* closedPort
        yield* runOn(layer, address, listenKeyProducts[0]!, (fiber, close) =>
          Effect.gen(function* () {
            for (let minute = 0; minute < 10; minute++) {
              yield* turns
              yield* adjust("1 minute")
            }
            expect(failureOf(fiber)).toBe("it goes on")
            const warnings = log.lines.filter(({ level }) => level === LogLevel.Warning)
            expect(warnings.length).toBeGreaterThan(3)
            for (const [index, { at, text }] of warnings.entries()) {
              expect(text).toMatch(
                /Could not connect the stream of CoinFutures( for \d+ minutes?)?; trying again: .+ECONNREFUSED/
              )
              expect(text.includes(" for ")).toBe(index > 0)
              expect(at - (warnings[index - 1]?.at ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(60_000)
            }
            const closing = yield* Effect.fork(close)
            yield* turns
            yield* adjust("30 seconds")
            yield* closing.await
            expect(log.warnings()).toHaveLength(warnings.length)
          })
        )
      }).pipe(Effect.provide(log.layer))
    )
  }

  for (const row of products) {
    const log = makeLog()
    it.live(`warns of its first failed connect: ${row.product}`, () =>
      runVirtual(
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          yield* binance.inject(Fault.refuseConnects(503, { times: 4 }))
          const service = yield* row.make()
          const fiber = yield* Effect.forkDaemon(Stream.runDrain(service.events))
          yield* settle
          expect(log.warnings()).toHaveLength(1)
          expect(log.warnings()[0]).toContain("ould not connect")
          yield* adjust("5 minutes")
          // The others are of no more interest.
          expect(log.warnings()).toHaveLength(1)
          expect(yield* service.status).toMatchObject({ phase: "Live" })
          expect(failureOf(fiber)).toBe("it goes on")
        }).pipe(Effect.provide(log.layer))
      )
    )
  }
})

describe("a socket that opens at once is heard though the fiber yields before it goes on", () => {
  for (const row of products) {
    it.live(row.product, () =>
      Effect.gen(function* () {
        for (let ops = 22; ops < 60; ops++) {
          const connects = yield* runVirtual(
            Effect.gen(function* () {
              const binance = yield* SimulatedBinance.SimulatedBinance
              const { events } = yield* row.make()
              yield* Effect.forkScoped(Effect.withMaxOpsBeforeYield(Stream.runDrain(events), ops))
              yield* adjust("1 minute")
              return (yield* binance.counters).connects.length
            })
          )
          expect([ops, connects]).toEqual([ops, 1])
        }
      })
    )
  }
})
