import * as crypto from "node:crypto"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { BinanceHttp, Credentials, type Environment, Margin, Spot, type StreamNotice } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { silent, tags } from "./harness.js"
import { type Element, listenKeyProducts, margin, products, type Row, type Service, spot } from "./products.js"

const { defaultApiKey, defaultSecretKey } = SimulatedBinance

const layer = (
  credentials: Credentials.Options = { apiKey: defaultApiKey, secretKey: defaultSecretKey },
  accounts: ReadonlyArray<SimulatedBinance.AccountOptions> = []
) =>
  Layer.mergeAll(BinanceHttp.layer, Credentials.layer(credentials), SimulatedBinance.layer({ accounts })).pipe(
    Layer.provideMerge(NodeLayer.layer),
    Layer.provideMerge(silent)
  )

type Provided = Layer.Layer.Success<ReturnType<typeof layer>>

const loopback = (
  name: string,
  body: Effect.Effect<void, unknown, Provided | Scope.Scope>,
  using: Layer.Layer<Provided, unknown> = layer()
) => it.scopedLive(name, () => Effect.provide(body, using), 20_000)

const open = <A extends Element>(service: { readonly events: Stream.Stream<A, unknown> }) =>
  Effect.gen(function* () {
    const queue = yield* Queue.unbounded<A>()
    yield* Effect.forkScoped(Stream.runForEach(service.events, (element) => Queue.offer(queue, element)))
    const next = Queue.take(queue)
    const take = (count: number) => Effect.replicateEffect(next, count)
    /** Everything up to the first element with the tag. */
    const until = (tag: A["_tag"]) =>
      Effect.gen(function* () {
        const elements: Array<A> = []
        do {
          elements.push(yield* next)
        } while (elements.at(-1)!._tag !== tag)
        return elements
      })
    return { next, take, until, waiting: Queue.size(queue) }
  })

/** Looks again after each turn of the event loop, until it is so. */
const eventually = <A, E, R>(effect: Effect.Effect<A, E, R>, isSo: (value: A) => boolean) =>
  effect.pipe(
    Effect.tap(Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))),
    Effect.repeat({ until: isSo })
  )

/** Changes connections without waiting, where that is what the test waits for. */
const brisk = { stableAfter: 0, overlap: "50 millis", onClose: "close" } as const

const frames = (row: Row): ReadonlyArray<string> => {
  const folder = fileURLToPath(new URL(`../fixtures/events/${row.fixtures}/`, import.meta.url))
  return fs
    .readdirSync(folder)
    .filter((file) => !/^(listenKeyExpired|serverShutdown|eventStreamTerminated)|combined/.test(file))
    .map((file) => fs.readFileSync(folder + file, "utf8").trim())
    .map((text) => /^\{\s*"subscriptionId"\s*:\s*\d+,\s*"event"\s*:\s*(\{[\s\S]*\})\s*\}$/.exec(text)?.[1] ?? text)
}

const push = (product: Environment.Product, texts: ReadonlyArray<string>, symbol?: string) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    for (const text of texts) {
      expect(yield* binance.pushRaw({ product, symbol }, text)).toBe(1)
    }
  })

const expectNothingLeft = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  const counters = yield* eventually(binance.counters, ({ openSockets }) => openSockets === 0)
  expect(counters).toMatchObject({ openSockets: 0, subscriptions: 0, liveKeys: 0, violations: [] })
})

/** Runs with a service of its own, and looks at what it leaves behind. */
const withService = <A, E, R>(
  row: Row,
  options: Parameters<Row["make"]>[0],
  use: (service: Service) => Effect.Effect<A, E, R>
) => Effect.zipRight(Effect.scoped(Effect.flatMap(row.make(options), use)), expectNothingLeft)

describe("over real sockets", () => {
  for (const row of products) {
    describe(row.product, () => {
      loopback(
        "a trading day and every documented event, complete, in order, as they were pushed",
        withService(row, brisk, (service) =>
          Effect.gen(function* () {
            const binance = yield* SimulatedBinance.SimulatedBinance
            const stream = yield* open(service)
            expect((yield* stream.next)._tag).toBe("Opened")
            expect(yield* binance.tradingDay(row.product)).toBe(row.tradingDay.length)
            expect(tags(yield* stream.take(row.tradingDay.length))).toEqual(row.tradingDay)

            const texts = frames(row)
            expect(texts.length).toBeGreaterThan(1)
            yield* push(row.product, texts)
            const elements = yield* stream.take(texts.length)
            expect(elements).toEqual(texts.map(row.decode))
            expect(tags(elements)).not.toContain("MalformedEvent")
            expect(tags(elements)).not.toContain("UnknownEvent")

            const many = Array.from({ length: 2000 }, (_, n) => JSON.stringify({ e: "count", E: n + 1, n }))
            yield* push(row.product, many)
            expect(yield* stream.take(many.length)).toEqual(many.map(row.decode))
            expect(yield* stream.waiting).toBe(0)
            expect((yield* binance.counters).eventsSent).toBe(row.tradingDay.length + texts.length + many.length)
          })
        )
      )

      const interruptions: ReadonlyArray<{
        readonly name: string
        readonly fault: Fault.Fault
        readonly cause: Partial<StreamNotice.Cause>
        readonly before?: ReadonlyArray<string>
      }> = [
        { name: "a dropped socket", fault: Fault.dropSockets(), cause: { _tag: "SocketClosed", code: 1006 } },
        {
          name: "a closed socket",
          fault: Fault.dropSockets({ code: 1012, reason: "restart" }),
          cause: { _tag: "SocketClosed", code: 1012 }
        },
        { name: "the cut after 24 hours", fault: Fault.cut24h(), cause: { _tag: "SocketClosed", code: 1001 } },
        ...(row === spot || row === margin
          ? [
              {
                name: "eventStreamTerminated",
                fault: Fault.eventStreamTerminated(),
                cause: { _tag: "StreamTerminated" },
                before: ["EventStreamTerminated"]
              } as const
            ]
          : [
              {
                name: "listenKeyExpired",
                fault: Fault.expireListenKey({ product: row.product }),
                cause: { _tag: "KeyExpired" },
                before: ["ListenKeyExpired"]
              } as const
            ])
      ]

      for (const { before = [], cause, fault, name } of interruptions) {
        loopback(
          `${name} is survived, and told`,
          withService(row, brisk, (service) =>
            Effect.gen(function* () {
              const binance = yield* SimulatedBinance.SimulatedBinance
              const stream = yield* open(service)
              yield* stream.until("Opened")
              yield* binance.tradingDay(row.product)
              yield* stream.take(row.tradingDay.length)
              yield* binance.inject(fault)
              const elements = yield* stream.take(before.length + 2)
              expect(tags(elements)).toEqual([...before, "Interrupted", "Resumed"])
              expect(elements.at(-2)).toMatchObject({ cause })
              const resumed = elements.at(-1) as StreamNotice.Resumed
              expect(resumed.gap.cause).toMatchObject(cause)
              expect(resumed.gap.from).toBeLessThanOrEqual(resumed.gap.to)
              yield* binance.tradingDay(row.product)
              expect(tags(yield* stream.take(row.tradingDay.length))).toEqual(row.tradingDay)
              expect(yield* service.status).toMatchObject({ phase: "Live", reconnects: { [cause._tag!]: 1 } })
            })
          )
        )
      }

      loopback(
        "a half-open socket is noticed",
        Effect.scoped(
          Effect.gen(function* () {
            const binance = yield* SimulatedBinance.SimulatedBinance
            const service = yield* row.make({ ...brisk, probeAfter: "100 millis", livenessDeadline: "400 millis" })
            const stream = yield* open(service)
            yield* stream.until("Opened")
            // Once a probe was answered.
            yield* eventually(binance.counters, ({ pingsReceived }) => pingsReceived > 0)
            yield* eventually(service.status, ({ lastFrameAt, connectedAt }) => lastFrameAt! > connectedAt!)
            yield* binance.inject(Fault.halfOpen())
            const elements = yield* stream.until("Resumed")
            expect(tags(elements)).toEqual(["Interrupted", "Resumed"])
            expect(elements[0]).toMatchObject({ cause: { _tag: "HalfOpen" } })
            yield* binance.tradingDay(row.product)
            expect(tags(yield* stream.take(row.tradingDay.length))).toEqual(row.tradingDay)
          })
        )
      )

      loopback(
        "serverShutdown is rolled over, with nothing lost and nothing twice",
        withService(row, { ...brisk, overlap: "300 millis" }, (service) =>
          Effect.gen(function* () {
            const binance = yield* SimulatedBinance.SimulatedBinance
            const stream = yield* open(service)
            yield* stream.until("Opened")
            yield* binance.inject(Fault.serverShutdown())
            expect((yield* stream.next)._tag).toBe("ServerShutdown")
            // Both connections are open: whatever comes now comes over both.
            yield* eventually(binance.sockets, (sockets) => sockets.filter(({ streams }) => streams > 0).length === 2)
            const texts = Array.from({ length: 50 }, (_, n) => JSON.stringify({ e: "count", E: n + 1, n }))
            for (const text of texts) {
              yield* binance.pushRaw({ product: row.product }, text)
            }
            yield* eventually(service.status, ({ rollovers }) => rollovers === 1)
            yield* binance.tradingDay(row.product)
            const elements = yield* stream.take(texts.length + 1 + row.tradingDay.length)
            const rolledOver = elements.filter(({ _tag }) => _tag === "RolledOver")
            expect(rolledOver).toMatchObject([{ cause: { _tag: "ServerShutdown" } }])
            expect((rolledOver[0] as StreamNotice.RolledOver).duplicates).toBeGreaterThan(0)
            const delivered = elements.filter(({ _tag }) => _tag !== "RolledOver")
            expect(delivered.slice(0, texts.length)).toEqual(texts.map(row.decode))
            expect(tags(delivered.slice(texts.length))).toEqual(row.tradingDay)
            yield* eventually(binance.sockets, ({ length }) => length === 1)
          })
        )
      )
    })
  }
})

describe("margin over real sockets", () => {
  loopback(
    "cross and two isolated symbols share one socket, and do not mix",
    Effect.zipRight(
      Effect.scoped(
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          const service = yield* Margin.make()
          const cross = yield* open(service)
          const btc = yield* open(service.isolated("BTCUSDT"))
          const eth = yield* open(service.isolated("ETHUSDT"))
          yield* Effect.all([cross.until("Opened"), btc.until("Opened"), eth.until("Opened")], {
            concurrency: "unbounded"
          })
          expect(yield* binance.sockets).toMatchObject([{ path: "/ws-api/v3", streams: 3 }])

          const numbered = (from: string) =>
            Array.from({ length: 300 }, (_, n) => JSON.stringify({ e: "count", E: n + 1, from, n }))
          const [forCross, forBtc, forEth] = [numbered("cross"), numbered("BTCUSDT"), numbered("ETHUSDT")]
          for (let n = 0; n < forCross.length; n++) {
            yield* push("Margin", [forBtc[n]!], "BTCUSDT")
            yield* push("Margin", [forCross[n]!])
            yield* push("Margin", [forEth[n]!], "ETHUSDT")
          }
          const isolated = (isolatedSymbol: string) => (text: string) => ({ ...margin.decode(text), isolatedSymbol })
          expect(yield* cross.take(300)).toEqual(forCross.map(margin.decode))
          expect(yield* btc.take(300)).toEqual(forBtc.map(isolated("BTCUSDT")))
          expect(yield* eth.take(300)).toEqual(forEth.map(isolated("ETHUSDT")))
          for (const stream of [cross, btc, eth]) {
            expect(yield* stream.waiting).toBe(0)
          }
        })
      ),
      expectNothingLeft
    )
  )

  for (const skew of [-5000, 9000]) {
    loopback(
      `a signed listen-token call with a server clock that is off by ${skew} ms is mended`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.inject(Fault.clockSkew(skew))
        const stream = yield* open(yield* Margin.make({ signed: true }))
        yield* stream.until("Opened")
        expect((yield* binance.counters).requests).toMatchObject({
          "POST /sapi/v1/userListenToken": { "400 -1021": 1, "200": 1 },
          "GET /api/v3/time": { "200": 1 }
        })
      })
    )
  }
})

describe("spot over real sockets", () => {
  const pem = (key: crypto.KeyObject, type: "pkcs8" | "spki") => String(key.export({ type, format: "pem" }))
  const rsa = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 })
  const ed25519 = crypto.generateKeyPairSync("ed25519")

  const kinds: ReadonlyArray<{
    readonly name: string
    readonly credentials: Partial<Credentials.Options>
    readonly account: Partial<SimulatedBinance.AccountOptions>
    readonly authentication: Spot.StreamOptions["authentication"]
    readonly requests: ReadonlyArray<string>
  }> = [
    {
      name: "HMAC",
      credentials: { secretKey: "a secret key" },
      account: { secretKey: "a secret key" },
      authentication: undefined,
      requests: ["userDataStream.subscribe.signature"]
    },
    {
      name: "RSA",
      credentials: { privateKey: pem(rsa.privateKey, "pkcs8") },
      account: { publicKey: pem(rsa.publicKey, "spki") },
      authentication: "signature",
      requests: ["userDataStream.subscribe.signature"]
    },
    {
      name: "Ed25519",
      credentials: { privateKey: pem(ed25519.privateKey, "pkcs8") },
      account: { publicKey: pem(ed25519.publicKey, "spki") },
      authentication: "signature",
      requests: ["userDataStream.subscribe.signature"]
    },
    {
      name: "Ed25519 and logon",
      credentials: { privateKey: pem(ed25519.privateKey, "pkcs8") },
      account: { publicKey: pem(ed25519.publicKey, "spki") },
      authentication: "logon",
      requests: ["session.logon", "userDataStream.subscribe"]
    }
  ]

  for (const { account, authentication, credentials, name, requests } of kinds) {
    const apiKey = `key of ${name}`.replaceAll(" ", "-")
    const using = layer({ ...credentials, apiKey }, [{ ...account, apiKey, account: name }])

    loopback(
      `${name}: opened, lost, opened again with a fresh signature`,
      Effect.zipRight(
        Effect.scoped(
          Effect.gen(function* () {
            const binance = yield* SimulatedBinance.SimulatedBinance
            const stream = yield* open(yield* Spot.make({ ...brisk, authentication }))
            for (const first of [["Opened"], ["Interrupted", "Resumed"]]) {
              expect(tags(yield* stream.take(first.length))).toEqual(first)
              yield* binance.tradingDay("Spot", { account: name })
              yield* binance.tradingDay("Spot")
              expect(tags(yield* stream.take(spot.tradingDay.length))).toEqual(spot.tradingDay)
              yield* binance.inject(Fault.dropSockets())
            }
            expect(tags(yield* stream.take(2))).toEqual(["Interrupted", "Resumed"])
            expect((yield* binance.requests).map(({ endpoint }) => endpoint)).toEqual(
              [requests, requests, requests].flat()
            )
          })
        ),
        expectNothingLeft
      ),
      using
    )

    for (const skew of [-5000, 9000]) {
      loopback(
        `${name}: a server clock that is off by ${skew} ms is measured, and signed for once more`,
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          yield* binance.inject(Fault.clockSkew(skew))
          const stream = yield* open(yield* Spot.make({ ...brisk, authentication }))
          yield* stream.until("Opened")
          yield* binance.inject(Fault.dropSockets())
          yield* stream.until("Resumed")
          expect((yield* binance.counters).requests[requests[0]!]).toEqual({ "400 -1021": 1, "200": 2 })
        }),
        using
      )
    }
  }
})

describe("listen-key calls over real connections", () => {
  for (const row of listenKeyProducts) {
    loopback(
      `${row.product}: create, keep alive, close`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const service = yield* row.make()
        const key = yield* service.createListenKey
        expect(key.expiresAt - Date.now()).toBeGreaterThan(59 * 60_000)
        expect((yield* service.createListenKey).key).toEqual(key.key)
        yield* service.keepaliveListenKey(key)
        yield* service.closeListenKey(key)
        expect((yield* Effect.flip(service.keepaliveListenKey(key)))._tag).toBe("InvalidListenKey")
        expect((yield* Effect.flip(service.closeListenKey(key)))._tag).toBe("InvalidListenKey")
        const { liveKeys, requests } = yield* binance.counters
        expect(liveKeys).toBe(0)
        expect(requests).toEqual({
          [`POST ${row.path}`]: { "200": 2 },
          [`PUT ${row.path}`]: { "200": 1, "400 -1125": 1 },
          [`DELETE ${row.path}`]: { "200": 1, "400 -1125": 1 }
        })
      })
    )
  }
})

describe("a layer that closes", () => {
  for (const row of products) {
    loopback(
      `${row.product}: ends its consumers, and leaves nothing`,
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const service = yield* Scope.extend(row.make(brisk), scope)
        const stream = yield* open(service)
        yield* stream.until("Opened")
        yield* Scope.close(scope, Exit.void)
        yield* expectNothingLeft
      })
    )
  }
})
