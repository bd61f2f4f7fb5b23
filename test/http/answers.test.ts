import type * as Http from "node:http"
import { inspect } from "node:util"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { BinanceHttp } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { Int64 } from "../../src/internal/event/field.js"
import * as RecordingServer from "./recordingServer.js"

const apiKey = "theApiKeyOfThisAccount".padEnd(64, "A")

const call = (baseUrl: string) =>
  ({
    method: "POST",
    baseUrl,
    path: "/fapi/v1/listenKey",
    apiKey: Redacted.make(apiKey),
    response: Schema.Struct({ listenKey: Schema.Redacted(Schema.String) })
  }) as const

const following = (client: Layer.Layer<HttpClient.HttpClient>) =>
  Layer.provide(
    Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, HttpClient.followRedirects())),
    client
  )

const clients = [
  ["undici", NodeLayer.layerHttpClient],
  ["fetch", FetchHttpClient.layer],
  ["undici that follows", following(NodeLayer.layerHttpClient)],
  ["fetch that follows", following(FetchHttpClient.layer)]
] as const

const withClient = (client: Layer.Layer<HttpClient.HttpClient>) =>
  Effect.flatMap(Layer.build(client), (context) =>
    Effect.provide(BinanceHttp.make({ retry: Schedule.stop, requestTimeout: "5 seconds" }), context)
  )

describe("a redirect", () => {
  for (const [name, client] of clients) {
    for (const status of [300, 301, 302, 303, 304, 307, 308]) {
      it.scopedLive(`${status} is refused (${name})`, () =>
        Effect.gen(function* () {
          const other = yield* RecordingServer.make(() => ({ body: '{"listenKey":"a key of somebody else"}' }))
          const target = `${other.url.replace("127.0.0.1", "localhost")}/login?listenKey=aKeyOfTheAddress`
          const { requests, url } = yield* RecordingServer.make(() => ({
            status,
            headers: { location: target },
            body: ""
          }))
          const http = yield* withClient(client)
          const error = yield* Effect.flip(http.request(call(url)))
          expect(error).toMatchObject({
            _tag: "Redirected",
            isRetryable: false,
            operation: "POST /fapi/v1/listenKey",
            host: new URL(url).host,
            target: new URL(target).host
          })
          expect(error.message).toContain("proxy")
          expect(error.message).not.toContain("login")
          expect(inspect(error, { depth: null, showHidden: true })).not.toContain("aKeyOfTheAddress")
          // Who wraps the client so that it follows has sent the key before this library sees an answer.
          expect(requests).toHaveLength(1)
          expect(other.requests).toHaveLength(name.endsWith("that follows") ? 1 : 0)
        })
      )
    }
  }

  it.scopedLive("without an address is refused too, and keeps the options of fetch", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* RecordingServer.make(() => ({ status: 302, headers: {}, body: "" }))
      const http = yield* withClient(FetchHttpClient.layer).pipe(
        Effect.provideService(FetchHttpClient.RequestInit, { headers: { "x-own": "kept" } })
      )
      const error = yield* Effect.flip(http.request(call(url)))
      expect(error).toMatchObject({ _tag: "Redirected", status: 302 })
      expect(requests[0]?.headers["x-own"]).toBe("kept")
    })
  )

  it.scopedLive("that a browser hides is one", () =>
    Effect.gen(function* () {
      const opaque = Object.defineProperties(new Response(""), {
        status: { value: 0 },
        type: { value: "opaqueredirect" }
      })
      const http = yield* withClient(FetchHttpClient.layer).pipe(
        Effect.map((http) => http.request(call("https://fapi.example"))),
        Effect.flatMap(Effect.flip),
        Effect.provideService(FetchHttpClient.Fetch, () => Promise.resolve(opaque))
      )
      expect(http).toMatchObject({ _tag: "Redirected", host: "fapi.example" })
    })
  )
})

describe("an answer that is none", () => {
  const cases: ReadonlyArray<readonly [name: string, body: string, says: string]> = [
    ["a page", "<!DOCTYPE html>\n<html><head><title>Hotel WiFi: sign in</title></head></html>", "Hotel WiFi: sign in"],
    [
      "a page without a title",
      "<html><style>p{}</style><body>\n<p>Please   accept</p> the terms</body>",
      "Please accept the terms"
    ],
    ["a page", "<html></html>", "an HTML page instead of JSON"],
    ["text", "upstream said no", "not valid JSON"],
    ["nothing", " \n", "the body is empty"]
  ]
  it.scopedLive.each(cases)("200 with %s says so", ([, body, says]) =>
    Effect.gen(function* () {
      const { url } = yield* RecordingServer.make(() => ({ headers: { "content-type": "text/html" }, body }))
      const http = yield* withClient(NodeLayer.layerHttpClient)
      const error = yield* Effect.flip(http.request(call(url)))
      expect(error._tag).toBe("DecodeError")
      expect(error.message).toContain(says)
      expect(error.message).toMatch(/proxy|captive portal/)
      expect(error.message).not.toContain("Transformation")
      expect(error.message).not.toContain("\n")
    })
  )

  it.scopedLive("the code of a success is no error", () =>
    Effect.gen(function* () {
      const { url } = yield* RecordingServer.make(() => ({ body: '{"code":200,"msg":"The operation is done."}' }))
      const http = yield* withClient(NodeLayer.layerHttpClient)
      expect(yield* http.request({ ...call(url), response: Schema.Unknown })).toEqual({
        code: 200,
        msg: "The operation is done."
      })
    })
  )

  it.scopedLive("a page of a gateway is cut to a line", () =>
    Effect.gen(function* () {
      const page = `<html>\n<head><title>502 Bad Gateway</title></head>\n<body>${"<p>filler</p>\n".repeat(2000)}</body></html>`
      const { url } = yield* RecordingServer.make(() => ({ status: 502, headers: {}, body: page }))
      const http = yield* withClient(NodeLayer.layerHttpClient)
      const error = yield* Effect.flip(http.request(call(url)))
      expect(error.message).toContain("502 Bad Gateway")
      expect(error.message.length).toBeLessThan(400)
      expect(error.message).not.toContain("\n")
    })
  )

  // An expression that tries each character as a beginning takes seconds for one of these, in which nothing else runs.
  for (const word of ["a", "<title", "<script>"]) {
    it.scopedLive(`a large page of "${word}" alone is cut to a line, a hundred times`, () =>
      Effect.gen(function* () {
        const page = `<html>${word.repeat(Math.ceil(70_000 / word.length))}.`
        const { url } = yield* RecordingServer.make(() => ({ status: 502, headers: {}, body: page }))
        const http = yield* withClient(NodeLayer.layerHttpClient)
        const errors = yield* Effect.replicateEffect(Effect.flip(http.request(call(url))), 100)
        expect(errors.every(({ message }) => message.includes("502") && message.length < 400)).toBe(true)
      })
    )
  }
})

/** A server whose every answer has a head, and then text for as long as the line holds. */
const endless = (status: number, chunk: string | undefined) =>
  Effect.gen(function* () {
    const { server, url } = yield* RecordingServer.make(() => ({ instead: "never" }))
    const state = { sent: 0, closed: 0 }
    server.on("request", (_: Http.IncomingMessage, response: Http.ServerResponse) => {
      response.writeHead(status, { "content-type": "application/json", "retry-after": "17" })
      response.on("close", () => state.closed++)
      response.on("error", () => {})
      const more = () => {
        if (chunk === undefined) {
          return void response.write('{"code":-1003,"msg":"Too many requests')
        }
        while (!response.destroyed) {
          state.sent += chunk.length
          if (!response.write(chunk)) {
            return void response.once("drain", more)
          }
        }
      }
      more()
    })
    return { state, url }
  })

const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

describe("an answer without end", () => {
  for (const [name, client] of clients.slice(0, 2)) {
    it.scopedLive(`is cut, and its line too (${name})`, () =>
      Effect.gen(function* () {
        const { state, url } = yield* endless(200, "x".repeat(65_536))
        const http = yield* withClient(client)
        const error = yield* Effect.flip(http.request(call(url)))
        expect(error).toMatchObject({ _tag: "DecodeError", status: 200 })
        expect(error.message).toContain("1048576 bytes")
        yield* Effect.repeat(turn, { until: () => state.closed > 0 })
        expect(state.sent).toBeLessThan(32 * 1_048_576)
      })
    )

    it.scopedLive(`with a status keeps its class (${name})`, () =>
      Effect.gen(function* () {
        const { state, url } = yield* endless(503, "<p>busy</p>".repeat(1000))
        const http = yield* withClient(client)
        expect(yield* Effect.flip(http.request(call(url)))).toMatchObject({ _tag: "ServerError", status: 503 })
        yield* Effect.repeat(turn, { until: () => state.closed > 0 })
      })
    )

    it.scopedLive(`that stops half-way still tells when to come back (${name})`, () =>
      Effect.gen(function* () {
        const { url } = yield* endless(429, undefined)
        const http = yield* withClient(client)
        const before = yield* Clock.currentTimeMillis
        const error = yield* Effect.flip(http.request(call(url)))
        expect(error._tag).toBe("RateLimited")
        expect((error as { readonly retryAt: number }).retryAt).toBeGreaterThanOrEqual(before + 17_000)
      })
    )
  }

  it.scopedLive("may be larger when the call says so", () =>
    Effect.gen(function* () {
      const text = "x".repeat(2_000_000)
      const { url } = yield* RecordingServer.make(() => ({ body: JSON.stringify(text) }))
      const http = yield* withClient(NodeLayer.layerHttpClient)
      const rows = { ...call(url), response: Schema.String }
      expect((yield* Effect.flip(http.request(rows)))._tag).toBe("DecodeError")
      expect(yield* http.request({ ...rows, maximumSize: 3_000_000 })).toBe(text)
      expect((yield* Effect.flip(http.request({ ...rows, maximumSize: 1000 }))).message).toContain("1000 bytes")
    })
  )
})

describe("Retry-After", () => {
  const now = 1_700_000_000_000
  const date = (at: number) => new Date(at).toUTCString()
  const cases: ReadonlyArray<readonly [name: string, headers: Record<string, string>, wait: number]> = [
    ["seconds", { "retry-after": "7" }, 7000],
    ["a date", { "retry-after": date(now + 90_000) }, 90_000],
    ["a date on the server's clock", { "retry-after": date(now + 390_000), date: date(now + 300_000) }, 90_000],
    ["nonsense", { "retry-after": "soon" }, 60_000],
    ["a number below zero", { "retry-after": "-5" }, 60_000],
    ["what only looks like a date", { "retry-after": "12.5.3" }, 60_000],
    ["a header that came twice", { "retry-after": "100, 120" }, 120_000],
    ["a date in the past, on another clock", { "retry-after": date(now - 90_000) }, 60_000],
    ["a date before that of the answer", { "retry-after": date(now + 1000), date: date(now + 300_000) }, 60_000]
  ]
  it.effect.each(cases)("as %s", ([, headers, wait]) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const http = yield* BinanceHttp.make({ retry: Schedule.stop })
      const error = yield* Effect.flip(http.request(call("https://fapi.example"))).pipe(
        Effect.provideService(FetchHttpClient.Fetch, () => Promise.resolve(new Response("", { status: 429, headers })))
      )
      expect(error).toMatchObject({ _tag: "RateLimited", retryAt: now + wait })
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )
})

describe("a text from outside shows no secret, whoever it belongs to", () => {
  const others = {
    "listen key": "Zq4".repeat(20),
    token: `Ab-_9${"xYz0".repeat(30)}`,
    "API key": "k".repeat(64),
    "hex signature": "0123456789abcdef".repeat(4),
    "base64 signature": `${"aB3+".repeat(21)}a/==`,
    "encoded signature": encodeURIComponent(`${"a+/".repeat(28)}aa==`)
  }
  const bodies: ReadonlyArray<readonly [name: string, status: number, body: (text: string) => string]> = [
    ["an error", 400, (text) => JSON.stringify({ code: -1100, msg: `Illegal listenKey=${text}, of another.` })],
    ["an error that is a success", 200, (text) => JSON.stringify({ code: -1000, msg: `trouble with ${text}` })],
    ["a page", 403, (text) => `<html><title>Blocked</title><body>GET /x?listenKey=${text}&a=b</body></html>`],
    ["a page that is a success", 200, (text) => `<html><title>Sign in, ${text}</title></html>`],
    ["text", 502, (text) => `cannot reach ${text}\n${text}`],
    ["JSON of another shape", 200, (text) => JSON.stringify({ listenKey: { [text]: text } })],
    ["JSON that is cut", 200, (text) => `{"listenKey":"${text}`]
  ]
  for (const [name, text] of Object.entries(others)) {
    for (const [where, status, body] of bodies) {
      it.scopedLive(`${name} in ${where}`, () =>
        Effect.gen(function* () {
          const { url } = yield* RecordingServer.make(() => ({ status, body: body(text) }))
          const http = yield* withClient(NodeLayer.layerHttpClient)
          const error = yield* Effect.flip(http.request(call(url)))
          const shown = `${error.message} ${inspect(error, { depth: null, showHidden: true })} ${JSON.stringify(error)}`
          expect(shown).not.toContain(text.slice(0, 30))
          expect(shown).not.toContain(decodeURIComponent(text).slice(0, 30))
        })
      )
    }

    it.effect(`${name} in what the network says`, () =>
      Effect.gen(function* () {
        const http = yield* BinanceHttp.make({ retry: Schedule.stop })
        const error = yield* Effect.flip(http.request(call("https://fapi.example"))).pipe(
          Effect.provideService(FetchHttpClient.Fetch, () =>
            Promise.reject(new Error(`no route to ?listenKey=${text}`))
          )
        )
        expect(error._tag).toBe("TransportError")
        expect(error.message).not.toContain(text.slice(0, 30))
      }).pipe(Effect.provide(FetchHttpClient.layer))
    )
  }

  it.scopedLive("and keeps what is none: client order ids, paths, names", () =>
    Effect.gen(function* () {
      const id = "web_5f8d7c3e-1b2a-4c5d-9e8f-0a1b2c3d"
      const { url } = yield* RecordingServer.make(() => ({
        status: 400,
        body: JSON.stringify({ code: -2013, msg: `Order ${id} of /fapi/v1/order does not exist.` })
      }))
      const http = yield* withClient(NodeLayer.layerHttpClient)
      const error = yield* Effect.flip(http.request(call(url)))
      expect(error.message).toContain(`Order ${id} of /fapi/v1/order does not exist`)
    })
  )
})

describe("numbers", () => {
  it.scopedLive("beyond 2^53 keep their digits", () =>
    Effect.gen(function* () {
      const { url } = yield* RecordingServer.make(() => ({ body: '{"orderId":4611875134427365377,"count":3}' }))
      const http = yield* withClient(NodeLayer.layerHttpClient)
      const Order = Schema.Struct({ orderId: Int64, count: Schema.Number })
      expect(yield* http.request({ ...call(url), response: Order })).toEqual({
        orderId: "4611875134427365377",
        count: 3
      })
    })
  )
})

describe("the clock of a server", () => {
  const start = 1_700_000_000_000
  const tells = (body: string) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(start)
      const http = yield* BinanceHttp.make({ retry: Schedule.stop })
      // The answer is underway for four seconds.
      const answer = Effect.promise(() => Promise.resolve(new Response(body))).pipe(Effect.delay("4 seconds"))
      const runtime = yield* Effect.runtime<never>()
      const fiber = yield* http.request({ ...call("https://fapi.example"), response: Schema.Unknown }).pipe(
        Effect.provideService(FetchHttpClient.Fetch, () => Runtime.runPromise(runtime, answer)),
        Effect.fork
      )
      yield* Effect.yieldNow()
      yield* TestClock.adjust("4 seconds")
      yield* Fiber.join(fiber)
      return yield* Effect.all([http.clockOffset("https://fapi.example"), http.clockOffset("https://dapi.example")])
    }).pipe(Effect.provide(FetchHttpClient.layer))

  it.effect("is learned from any answer that tells it, and only for its address", () =>
    Effect.gen(function* () {
      expect(yield* tells(JSON.stringify({ serverTime: start + 2000 + 2500, symbols: [] }))).toEqual([2500, 0])
      expect(yield* tells(JSON.stringify({ serverTime: "soon" }))).toEqual([0, 0])
      expect(yield* tells("[]")).toEqual([0, 0])
    })
  )
})
