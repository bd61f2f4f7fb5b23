import * as Http from "node:http"
import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import {
  BinanceHttp,
  CoinFutures,
  Credentials,
  EuropeanOptions,
  MarginRisk,
  PortfolioMargin
} from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { describe } from "vitest"
import * as Feed from "../../examples/dashboard/feed.js"
import { serve } from "../../examples/dashboard/http.js"
import * as State from "../../examples/dashboard/state.js"
import * as Streams from "../../examples/dashboard/streams.js"

const layer = Layer.mergeAll(
  BinanceHttp.layer(),
  Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey, secretKey: SimulatedBinance.defaultSecretKey }),
  Logger.replace(Logger.defaultLogger, Logger.none),
  SimulatedBinance.layer()
).pipe(Layer.provideMerge(NodeLayer.layer))

type Provided = Layer.Layer.Success<typeof layer>

const live = (name: string, body: Effect.Effect<void, unknown, Provided | Scope.Scope>) =>
  it.scopedLive(name, () => Effect.provide(body, layer), 30_000)

const makeFeed = Feed.make(State.empty("simulated", Streams.sources), { pause: 0 })

const simulation = Effect.map(SimulatedBinance.SimulatedBinance, Option.some)

const dashboard = Effect.gen(function* () {
  const feed = yield* makeFeed
  return { feed, address: yield* serve(feed, yield* simulation, 0) }
})

const open = (address: string, options: Http.RequestOptions = {}) =>
  Effect.acquireRelease(
    Effect.async<Http.IncomingMessage, Error>((resume) => {
      Http.request(address, { agent: false, ...options })
        .on("response", (response) => resume(Effect.succeed(response)))
        .on("error", (error) => resume(Effect.fail(error)))
        .end()
    }),
    (response) => Effect.sync(() => response.destroy())
  )

const ask = (address: string, options: Http.RequestOptions = {}) =>
  Effect.scoped(
    Effect.gen(function* () {
      const response = yield* open(address, options)
      const chunks = yield* Effect.promise(() => response.setEncoding("utf8").toArray())
      return { status: response.statusCode, headers: response.headers, text: chunks.join("") }
    })
  )

const statusOf = (address: string, headers: Http.OutgoingHttpHeaders, method = "GET") =>
  Effect.map(ask(address, { headers, method }), ({ status }) => status)

/** The messages of an event stream, one after the other. */
const messagesOf = (response: Http.IncomingMessage) => {
  const messages = (async function* () {
    let text = ""
    for await (const chunk of response.setEncoding("utf8")) {
      const blocks = (text + chunk).split("\n\n")
      text = blocks.pop() ?? ""
      for (const block of blocks) {
        const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? []
        if (event !== undefined && data !== undefined) {
          yield { event, data, message: JSON.parse(data) }
        }
      }
    }
  })()
  return Effect.promise(async () => {
    const { done, value } = await messages.next()
    return done ? undefined : value
  })
}

const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

const fault = (text: string): State.Happening => ({ _tag: "Fault", at: 0, name: "Spot", text })

describe("the server", () => {
  live(
    "serves the page, with headers that let nothing else in",
    Effect.gen(function* () {
      const { address } = yield* dashboard
      expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
      for (const [path, type] of [
        ["/", "text/html; charset=utf-8"],
        ["/dashboard.css", "text/css; charset=utf-8"],
        ["/dashboard.js", "text/javascript; charset=utf-8"],
        ["/icon.svg", "image/svg+xml"]
      ]) {
        const { headers, status, text } = yield* ask(`${address}${path}`)
        expect([status, headers["content-type"]]).toEqual([200, type])
        expect(text.length).toBeGreaterThan(100)
        expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self'")
        expect(headers["content-security-policy"]).not.toContain("unsafe")
        expect(headers["x-content-type-options"]).toBe("nosniff")
      }
      for (const path of ["/server.ts", "/page/index.html", "/../http.ts", "/%2e%2e/http.ts"]) {
        const { headers, status } = yield* ask(`${address}/`, { path })
        expect(status).toBe(404)
        expect(headers["content-security-policy"]).toBeDefined()
      }
    })
  )

  live(
    "answers only its own page, on loopback",
    Effect.gen(function* () {
      const { address, feed } = yield* dashboard
      const { host } = new URL(address)
      const drop = `${address}/faults/drop-socket`
      expect(yield* statusOf(`${address}/faults`, { host: "dashboard.example" })).toBe(403)
      expect(yield* statusOf(`${address}/events`, { host: "127.0.0.1.dashboard.example" })).toBe(403)
      expect(yield* statusOf(`${address}/events`, { "sec-fetch-site": "cross-site" })).toBe(403)
      expect(yield* statusOf(`${address}/faults`, { "sec-fetch-site": "same-site" })).toBe(403)
      expect(yield* statusOf(drop, { origin: "http://dashboard.example" }, "POST")).toBe(403)
      expect(yield* statusOf(drop, { origin: "http://localhost:1" }, "POST")).toBe(403)
      expect(yield* statusOf(drop, { origin: "null" }, "POST")).toBe(403)
      expect((yield* feed.view).entries).toBe(0)
      expect(yield* statusOf(`${address}/`, { "sec-fetch-site": "cross-site" })).toBe(200)
      expect(yield* statusOf(`${address}/`, { host: `localhost:${new URL(address).port}` })).toBe(200)
      expect(yield* statusOf(drop, { origin: `http://${host}`, "sec-fetch-site": "same-origin" }, "POST")).toBe(200)
    })
  )

  live(
    "ends with its scope, while browsers are there",
    Effect.gen(function* () {
      const feed = yield* makeFeed
      const scope = yield* Scope.make()
      const address = yield* Scope.extend(serve(feed, Option.none(), 0), scope)
      const next = messagesOf(yield* open(`${address}/events`))
      expect((yield* next)?.event).toBe("snapshot")
      yield* Scope.close(scope, Exit.void)
      expect(yield* Effect.exit(next)).toMatchObject({ _tag: "Failure" })
      expect(yield* Effect.flip(open(address))).toMatchObject({ code: "ECONNREFUSED" })
    })
  )
})

describe("events", () => {
  live(
    "are a snapshot first, and then what changes",
    Effect.gen(function* () {
      const { address, feed } = yield* dashboard
      yield* feed.report(fault("before"))
      const response = yield* open(`${address}/events`)
      expect(response.headers["content-type"]).toBe("text/event-stream")
      const next = messagesOf(response)
      const snapshot = yield* next
      expect(snapshot?.event).toBe("snapshot")
      expect(snapshot?.message.view).toEqual(JSON.parse(JSON.stringify(yield* feed.view)))
      yield* feed.report(fault("after"))
      const change = yield* next
      expect(change?.event).toBe("change")
      expect(change?.message).toMatchObject({ cards: [], log: [{ id: 2, text: "after" }] })
    })
  )

  live(
    "do not pile up for a browser that does not read, and a whole snapshot follows when it does",
    Effect.gen(function* () {
      const feed = yield* makeFeed
      const server = Http.createServer()
      const responses: Array<Http.ServerResponse> = []
      server.on("request", (_, response) => responses.push(response))
      const address = yield* serve(feed, Option.none(), 0, server)
      const browser = yield* open(`${address}/events`)
      yield* Effect.repeat(turn, { until: () => responses.length > 0 })
      const [response] = responses
      // Until the network holds no more.
      const text = "x".repeat(50_000)
      let reports = 0
      const report = Effect.suspend(() => Effect.zipRight(feed.report(fault(`${reports++} ${text}`)), turn))
      yield* Effect.repeat(report, { until: () => response?.writableNeedDrain === true || reports > 20_000 })
      expect(response?.writableNeedDrain).toBe(true)
      const waiting = response?.writableLength
      yield* Effect.repeat(report, { times: 2 * State.limits.log })
      expect(response?.writableLength).toBe(waiting)
      const next = messagesOf(browser)
      const messages = [yield* next]
      const isLast = () => messages.at(-1)?.data.includes(`"${reports - 1} xxx`) === true
      while (!isLast()) {
        messages.push(yield* next)
      }
      expect(messages.at(-1)?.event).toBe("snapshot")
      expect(messages.length).toBeLessThan(reports)
    })
  )

  live(
    "are for so many browsers at a time",
    Effect.gen(function* () {
      const { address } = yield* dashboard
      const scope = yield* Scope.make()
      const enter = Scope.extend(open(`${address}/events`), scope)
      for (let index = 0; index < 32; index++) {
        const response = yield* enter
        yield* messagesOf(response)
        expect(response.statusCode).toBe(200)
      }
      expect(yield* statusOf(`${address}/events`, {})).toBe(503)
      yield* Scope.close(scope, Exit.void)
      const status = yield* Effect.scoped(Effect.map(open(`${address}/events`), ({ statusCode }) => statusCode)).pipe(
        Effect.zipLeft(turn),
        Effect.repeat({ until: (status) => status === 200 })
      )
      expect(status).toBe(200)
    })
  )

  live(
    "of all streams hold no secret",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { address, feed } = yield* dashboard
      yield* Effect.forkScoped(Streams.followAll(feed, Streams.optionsOnSimulation))
      const next = messagesOf(yield* open(`${address}/events`))
      const received: Array<string> = []
      /** Reads until every card is as it should be. */
      const until = (isSo: (card: State.Card) => boolean) =>
        Effect.gen(function* () {
          while (!(yield* feed.view).cards.every(isSo)) {
            received.push((yield* next)?.data ?? "")
          }
        })
      yield* until(({ health }) => health.phase === "Live")
      // The keys that the streams use: there is one for each account and product.
      const keys = yield* Effect.all([
        Effect.flatMap(CoinFutures.make(), ({ createListenKey }) => createListenKey),
        Effect.flatMap(EuropeanOptions.make(), ({ createListenKey }) => createListenKey),
        Effect.flatMap(PortfolioMargin.make(), ({ createListenKey }) => createListenKey),
        Effect.flatMap(MarginRisk.make(), ({ createListenKey }) => createListenKey)
      ])
      for (const { product } of Streams.sources) {
        yield* binance.tradingDay(product)
      }
      yield* until(({ events }) => events > 1)
      yield* ask(`${address}/faults/expire-key`, { method: "POST" })
      yield* ask(`${address}/faults/unknown-event`, { method: "POST" })
      // No word about the key of Spot, which has none.
      yield* until(({ gapCount, health, product }) => product === "Spot" || (gapCount > 0 && health.phase === "Live"))
      received.push((yield* next)?.data ?? "")
      const text = received.join("\n")
      expect(text).toContain("listen key expired")
      const secrets = [
        SimulatedBinance.defaultApiKey,
        SimulatedBinance.defaultSecretKey,
        ...keys.map(({ key }) => Redacted.value(key))
      ]
      expect(secrets.every((secret) => secret.length > 20)).toBe(true)
      expect(secrets.filter((secret) => text.includes(secret))).toEqual([])
      expect(/"(listenKey|listenToken|apiKey|signature|raw)"/.exec(text)).toBeNull()
    })
  )
})

describe("faults", () => {
  live(
    "happen to one stream or to all, and are logged",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { address, feed } = yield* dashboard
      yield* Effect.forkScoped(Streams.followAll(feed, Streams.optionsOnSimulation))
      const isLive = ({ health }: State.Card) => health.phase === "Live"
      yield* Effect.repeat(Effect.zipRight(turn, feed.view), { until: ({ cards }) => cards.every(isLive) })
      const post = (path: string) =>
        Effect.map(ask(`${address}/faults/${path}`, { method: "POST" }), ({ status, text }) => [status, text.trim()])
      const { connects } = yield* binance.counters
      expect(connects).toHaveLength(8)

      expect(yield* post("half-open?product=EuropeanOptions")).toEqual([200, "Half-open socket: European options"])
      expect((yield* binance.sockets).filter(({ isHalfOpen }) => isHalfOpen)).toHaveLength(1)
      expect((yield* feed.view).log[0]).toMatchObject({ kind: "Fault", name: "European options" })

      expect(yield* post("drop-socket")).toEqual([200, "Drop socket: all streams"])
      expect(yield* post("expire-key?product=Spot")).toEqual([409, "Expire key: not of this stream"])
      expect(yield* post("drop-socket?product=Stocks")).toEqual([404, "There is no such product"])
      expect(yield* post("constructor")).toEqual([404, "There is no such fault"])
    })
  )

  live(
    "are listed with the products that have them, and each of them can be made to happen",
    Effect.gen(function* () {
      const { address, feed } = yield* dashboard
      const { text } = yield* ask(`${address}/faults`)
      const faults: ReadonlyArray<{ readonly name: string; readonly products: ReadonlyArray<string> }> =
        JSON.parse(text)
      expect(faults.length).toBeGreaterThanOrEqual(10)
      for (const { name, products } of faults) {
        for (const { product } of Streams.sources) {
          const status = yield* statusOf(`${address}/faults/${name}?product=${product}`, {}, "POST")
          expect(status).toBe(products.includes(product) ? 200 : 409)
        }
      }
      expect((yield* feed.view).entries).toBe(faults.reduce((sum, { products }) => sum + products.length, 0))
    })
  )

  live(
    "are refused where the account is a real one",
    Effect.gen(function* () {
      const feed = yield* makeFeed
      const address = yield* serve(feed, Option.none(), 0)
      expect((yield* ask(`${address}/faults`)).text).toBe("[]")
      expect((yield* ask(`${address}/faults/drop-socket`, { method: "POST" })).status).toBe(403)
      expect((yield* feed.view).entries).toBe(0)
    })
  )
})
