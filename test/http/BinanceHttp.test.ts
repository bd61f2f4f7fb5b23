import { inspect } from "node:util"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import type * as Tracer from "effect/Tracer"
import { BinanceError, BinanceHttp, Credentials } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import * as VirtualClock from "../support/VirtualClock.js"
import * as RecordingServer from "./recordingServer.js"

const html = { "content-type": "text/html" }

const call = (baseUrl: string) =>
  ({
    method: "POST",
    baseUrl,
    path: "/dapi/v1/listenKey",
    apiKey: Redacted.make("api-key-of-the-test"),
    response: Schema.Struct({ listenKey: Schema.Redacted(Schema.String) })
  }) as const

const live = (options?: BinanceHttp.Options) =>
  Effect.flatMap(Layer.build(NodeLayer.layer), (context) => Effect.provide(BinanceHttp.make(options), context))

describe("answers over a real connection", () => {
  const cases: ReadonlyArray<{
    readonly name: string
    readonly answer: RecordingServer.Answer
    readonly error: Record<string, unknown>
    readonly tries: number
    readonly says: string
  }> = [
    {
      name: "401 with -2014",
      answer: { status: 401, body: '{"code":-2014,"msg":"API-key format invalid."}' },
      error: { _tag: "Unauthorized", code: -2014 },
      tries: 1,
      says: "Check that the API key"
    },
    {
      name: "401 without a body",
      answer: { status: 401, headers: {}, body: "" },
      error: { _tag: "Unauthorized", status: 401 },
      tries: 1,
      says: "empty body"
    },
    {
      name: "400 with -1105",
      answer: { status: 400, body: `{"code":-1105,"msg":"Parameter 'listenKey' was empty."}` },
      error: { _tag: "BadRequest", code: -1105 },
      tries: 1,
      says: "Correct the request"
    },
    {
      name: "403 with HTML",
      answer: { status: 403, headers: html, body: "<html><body>Request blocked</body></html>" },
      error: { _tag: "Forbidden", status: 403 },
      tries: 1,
      says: "firewall"
    },
    {
      name: "404 with HTML",
      answer: { status: 404, headers: html, body: "<html>Not found</html>" },
      error: { _tag: "BadRequest", status: 404 },
      tries: 1,
      says: "Check the host and path"
    },
    {
      name: "503 with HTML",
      answer: { status: 503, headers: html, body: "<html>Service Unavailable</html>" },
      error: { _tag: "ServerError", status: 503 },
      tries: 4,
      says: "The outcome is unknown"
    },
    {
      name: "500 with -1000",
      answer: { status: 500, body: '{"code":-1000,"msg":"An unknown error occurred."}' },
      error: { _tag: "ServerError", code: -1000 },
      tries: 4,
      says: "may simply be repeated"
    },
    {
      name: "408",
      answer: { status: 408, body: '{"code":-1007,"msg":"Timeout waiting for response."}' },
      error: { _tag: "ServerError", status: 408, code: -1007 },
      tries: 4,
      says: "The outcome is unknown"
    },
    {
      name: "truncated JSON",
      answer: { body: '{"listenKey":"pqia91ma19a5s61c' },
      error: { _tag: "DecodeError", status: 200 },
      tries: 1,
      says: "not as documented"
    },
    {
      name: "an empty body",
      answer: { body: "" },
      error: { _tag: "DecodeError", reason: "the body is empty" },
      tries: 1,
      says: "the body is empty"
    },
    {
      name: "JSON of another shape",
      answer: { body: '{"listenKey":{"nested":"pqia91ma19a5s61c"}}' },
      error: { _tag: "DecodeError" },
      tries: 1,
      says: "listenKey"
    },
    {
      name: "a connection that is reset",
      answer: { instead: "reset" },
      error: { _tag: "TransportError", operation: "POST /dapi/v1/listenKey" },
      tries: 4,
      says: "Check the network"
    }
  ]
  for (const { answer, error, name, says, tries } of cases) {
    it.scopedLive(name, () =>
      Effect.gen(function* () {
        const { requests, url } = yield* RecordingServer.make(() => answer)
        const http = yield* live()
        const failure = yield* Effect.flip(http.request(call(url)))
        expect(failure).toMatchObject(error)
        expect(failure.message).toContain(says)
        expect(requests).toHaveLength(tries)
        expect(inspect(failure, { depth: null, showHidden: true })).not.toContain("pqia91ma19a5s61c")
        expect(inspect(failure, { depth: null, showHidden: true })).not.toContain("api-key-of-the-test")
      })
    )
  }

  it.scopedLive("a host that is not there", () =>
    Effect.gen(function* () {
      const http = yield* live()
      const failure = yield* Effect.flip(http.request(call("http://127.0.0.1:1")))
      expect(failure).toMatchObject({ _tag: "TransportError" })
      expect(failure.message).toContain("ECONNREFUSED")
    })
  )

  it.scopedLive("an address that is none", () =>
    Effect.gen(function* () {
      const http = yield* live()
      const failure = yield* Effect.flip(http.request(call("not an address")))
      expect(failure).toMatchObject({ _tag: "TransportError" })
    })
  )

  it.scopedLive("takes an echoed secret out of a text", () =>
    Effect.gen(function* () {
      const secret = "pqia91ma19a5s61c+/="
      const { url } = yield* RecordingServer.make((request) => ({
        status: 403,
        headers: html,
        body: `<p>${request.path}?${request.query} for ${request.headers["x-mbx-apikey"]}</p>`
      }))
      const http = yield* live()
      const failure = yield* Effect.flip(
        http.request({ ...call(url), method: "PUT", query: { listenKey: Redacted.make(secret) } })
      )
      expect(failure.message).toContain("listenKey=<redacted> for <redacted>")
      expect(JSON.stringify(failure)).not.toContain("pqia91ma19a5s61c")
    })
  )

  it.scopedLive("keeps the used weight readable", () =>
    Effect.gen(function* () {
      const { url } = yield* RecordingServer.make((_, count) => ({
        headers: { "X-MBX-USED-WEIGHT-1M": String(count * 7), "X-SAPI-USED-UID-WEIGHT-1M": "3" },
        body: '{"listenKey":"pqia91ma19a5s61c"}'
      }))
      const http = yield* live()
      yield* http.request(call(url))
      yield* http.request(call(url))
      const host = new URL(url).host
      expect(yield* http.usedWeight).toMatchObject([
        { host, header: "x-mbx-used-weight-1m", used: 14 },
        { host, header: "x-sapi-used-uid-weight-1m", used: 3 }
      ])
    })
  )

  it.scopedLive("signs anew and once more after -1021, with the server's time", () =>
    Effect.gen(function* () {
      const ahead = 3_600_000
      const { requests, url } = yield* RecordingServer.make((request) => {
        if (request.path === "/api/v3/time") {
          return { body: JSON.stringify({ serverTime: Date.now() + ahead }) }
        }
        const timestamp = Number(new URLSearchParams(request.query).get("timestamp"))
        return Math.abs(timestamp - Date.now() - ahead) < 5000
          ? { body: '{"listenKey":"pqia91ma19a5s61c"}' }
          : { status: 400, body: '{"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."}' }
      })
      const http = yield* live()
      const { signer } = yield* Credentials.make({ apiKey: "api-key-of-the-test", secretKey: "secret-of-the-test" })
      yield* http.request({
        ...call(url),
        query: { symbol: "BTC USDT" },
        signature: { signer: Option.getOrThrow(signer), timePath: "/api/v3/time" }
      })
      expect(requests.map(({ path }) => path)).toEqual(["/dapi/v1/listenKey", "/api/v3/time", "/dapi/v1/listenKey"])
      expect(requests[2]?.query).toMatch(/^symbol=BTC%20USDT&timestamp=\d{13}&signature=[0-9a-f]{64}$/)
      expect(requests[2]?.query).not.toBe(requests[0]?.query)
    })
  )
})

/** A client that answers from a script, on whatever clock the test has. */
const scripted = (answer: (count: number) => Effect.Effect<Response>) => {
  const times: Array<number> = []
  const client = HttpClient.make((request) =>
    Effect.gen(function* () {
      times.push(yield* Clock.currentTimeMillis)
      return HttpClientResponse.fromWeb(request, yield* answer(times.length))
    }).pipe(Effect.catchAllDefect((cause) => new HttpClientError.RequestError({ request, reason: "Transport", cause })))
  )
  return { times, provide: Effect.provideService(HttpClient.HttpClient, client) }
}

const ok = () => Response.json({ listenKey: "pqia91ma19a5s61c" })

describe("tracing", () => {
  it.scopedLive("sends no trace header, and spares a signer's own spans", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* RecordingServer.make(() => ({ body: '{"listenKey":"pqia91ma19a5s61c"}' }))
      const client = yield* HttpClient.HttpClient
      const http = yield* BinanceHttp.make()
      const names: Array<string> = []
      const signer: Credentials.Signer = {
        kind: "HMAC",
        sign: () =>
          Effect.gen(function* () {
            yield* Effect.orDie(client.get(`${url}/vault`))
            const { parent } = yield* Effect.orDie(Effect.currentSpan)
            names.push(Option.match(parent, { onNone: () => "", onSome: (span) => (span as Tracer.Span).name }))
            return Redacted.make("signature")
          }).pipe(Effect.withSpan("sign"))
      }
      yield* http.request({ ...call(url), signature: { signer, timePath: "/time" } })
      expect(requests.map(({ headers, path }) => [path, "traceparent" in headers || "b3" in headers])).toEqual([
        ["/vault", true],
        ["/dapi/v1/listenKey", false]
      ])
      expect(names).toEqual(["BinanceHttp POST /dapi/v1/listenKey"])
    }).pipe(Effect.withSpan("caller"), Effect.provide(NodeLayer.layer))
  )
})

describe("a client that logs its requests", () => {
  it.effect("shows no API key", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.map(Logger.logfmtLogger, (line) => void lines.push(line))
      const client = HttpClient.make((request) => Effect.succeed(HttpClientResponse.fromWeb(request, ok()))).pipe(
        HttpClient.tapRequest((request) => Effect.log("request", request))
      )
      const http = yield* Effect.provideService(BinanceHttp.make(), HttpClient.HttpClient, client)
      yield* Effect.provide(http.request(call("https://dapi.binance.com")), Logger.add(logger))
      expect(lines).toHaveLength(1)
      expect(lines[0]).toContain("/dapi/v1/listenKey")
      expect(lines[0]).toContain("x-mbx-apikey")
      expect(lines[0]).not.toContain("api-key-of-the-test")
    })
  )
})

describe("time", () => {
  it.effect("retries 5XX three times, with back-off", () =>
    Effect.gen(function* () {
      const { provide, times } = scripted((count) =>
        Effect.succeed(count < 4 ? new Response("busy", { status: 503 }) : ok())
      )
      const http = yield* provide(BinanceHttp.make())
      const fiber = yield* Effect.fork(http.request(call("https://dapi.binance.com")))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(fiber)
      expect(times).toHaveLength(4)
      const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0))
      for (const [index, expected] of [200, 400, 800].entries()) {
        expect(waits[index]).toBeGreaterThanOrEqual(expected * 0.8)
        expect(waits[index]).toBeLessThanOrEqual(expected * 1.2)
      }
    })
  )

  it.effect("gives up a call that is not answered, and tries again", () =>
    Effect.gen(function* () {
      const { provide, times } = scripted((count) => (count === 1 ? Effect.never : Effect.succeed(ok())))
      const http = yield* provide(BinanceHttp.make({ requestTimeout: "4 seconds" }))
      const fiber = yield* Effect.fork(http.request(call("https://dapi.binance.com")))
      yield* TestClock.adjust("3999 millis")
      expect(times).toEqual([0])
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      expect(times).toHaveLength(2)
    })
  )

  it.effect("fails with RequestTimeout when no try is answered", () =>
    Effect.gen(function* () {
      const { provide, times } = scripted(() => Effect.never)
      const http = yield* provide(BinanceHttp.make())
      const fiber = yield* Effect.fork(Effect.flip(http.request(call("https://dapi.binance.com"))))
      yield* TestClock.adjust("1 minute")
      expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "RequestTimeout", after: 10_000 })
      expect(times).toHaveLength(4)
    })
  )

  it.effect("ends the request at its time limit, and with its caller", () =>
    Effect.gen(function* () {
      let ended = 0
      const { provide, times } = scripted(() =>
        Effect.onInterrupt(Effect.never, () =>
          Effect.sync(() => {
            ended++
          })
        )
      )
      const http = yield* provide(BinanceHttp.make({ requestTimeout: "4 seconds", retry: Schedule.stop }))
      const limited = yield* Effect.fork(Effect.flip(http.request(call("https://dapi.binance.com"))))
      yield* TestClock.adjust("4 seconds")
      expect(yield* Fiber.join(limited)).toMatchObject({ _tag: "RequestTimeout", after: 4000 })
      expect(ended).toBe(1)
      const given = yield* Effect.fork(http.request(call("https://dapi.binance.com")))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(given)
      expect(ended).toBe(2)
      expect(times).toHaveLength(2)
    })
  )

  it.effect("tells the retry schedule each error, from the first on", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const { provide, times } = scripted((count) =>
        Effect.succeed(count < 3 ? new Response("busy", { status: 500 + count }) : ok())
      )
      const retry = Schedule.recurs(5).pipe(
        Schedule.tapInput((error: BinanceError.BinanceError) =>
          Effect.sync(() => seen.push(error.message.slice(0, 46)))
        )
      )
      const http = yield* provide(BinanceHttp.make({ retry }))
      for (const round of [1, 2]) {
        times.length = 0
        seen.length = 0
        yield* http.request(call("https://dapi.binance.com"))
        expect([round, ...seen]).toEqual([
          round,
          "POST /dapi/v1/listenKey was answered with 501:",
          "POST /dapi/v1/listenKey was answered with 502:"
        ])
      }
    })
  )

  for (const { header, name, status, tag, text, until } of [
    {
      name: "429",
      status: 429,
      header: "7",
      text: '{"code":-1003,"msg":"Too many requests."}',
      tag: "RateLimited",
      until: 7000
    },
    {
      name: "418",
      status: 418,
      header: "120",
      text: '{"code":-1003,"msg":"Way too many."}',
      tag: "IpBanned",
      until: 120_000
    },
    { name: "429 without a time", status: 429, header: undefined, text: "", tag: "RateLimited", until: 60_000 }
  ]) {
    it.effect(`makes every caller wait after ${name}, and does not repeat the call itself`, () =>
      Effect.gen(function* () {
        const { provide, times } = scripted((count) =>
          Effect.succeed(
            count === 1
              ? new Response(text, { status, headers: header === undefined ? {} : { "Retry-After": header } })
              : ok()
          )
        )
        const http = yield* provide(BinanceHttp.make())
        const refused = yield* Effect.flip(http.request(call("https://dapi.binance.com")))
        expect(refused).toMatchObject({ _tag: tag, retryAt: until })
        const others = yield* Effect.forEach(
          ["https://dapi.binance.com", "https://api.binance.com", "https://fapi.binance.com"],
          (url) => Effect.fork(http.request(call(url)))
        )
        const permit = yield* Effect.fork(http.connectPermit)
        yield* TestClock.adjust(until - 1)
        expect(times).toEqual([0])
        expect(Option.isNone(yield* Fiber.poll(permit))).toBe(true)
        yield* TestClock.adjust(1)
        yield* Fiber.joinAll(others)
        yield* Fiber.join(permit)
        expect(times).toEqual([0, until, until, until])
      })
    )
  }

  it.effect("reads the end of a ban from the text of -1003", () =>
    Effect.gen(function* () {
      const until = 1_700_000_000_000
      yield* TestClock.setTime(until - 120_000)
      const { provide } = scripted(() =>
        Effect.succeed(
          Response.json(
            { code: -1003, msg: `Way too much request weight used; IP banned until ${until}. Please use websockets.` },
            { status: 418 }
          )
        )
      )
      const http = yield* provide(BinanceHttp.make())
      expect(yield* Effect.flip(http.request(call("https://api.binance.com")))).toMatchObject({
        _tag: "IpBanned",
        retryAt: until
      })
    })
  )

  it.live("never lets more than the budget of connections through in any window", () =>
    Effect.gen(function* () {
      const { provide } = scripted(() => Effect.succeed(ok()))
      const http = yield* provide(BinanceHttp.make())
      const times: Array<number> = []
      const start = yield* Clock.currentTimeMillis
      const connect = Effect.zipRight(
        http.connectPermit,
        Effect.map(Clock.currentTimeMillis, (now) => times.push(now - start))
      )
      const fiber = yield* Effect.fork(
        Effect.forEach(Array.from({ length: 1000 }), () => connect, { concurrency: "unbounded" })
      )
      yield* VirtualClock.adjust("3 minutes")
      yield* http.block(start + 10 * 60_000)
      yield* VirtualClock.adjust("2 hours")
      expect(Exit.isSuccess(yield* Fiber.await(fiber))).toBe(true)
      expect(times).toHaveLength(1000)
      for (const [index, time] of times.entries()) {
        const after = times[index + 300]
        if (after !== undefined) {
          expect(after - time).toBeGreaterThan(5 * 60_000)
        }
        expect(time <= 3 * 60_000 || time >= 10 * 60_000).toBe(true)
      }
      expect(times[999]).toBeLessThan(31 * 60_000)
    }).pipe(VirtualClock.run)
  )
})

describe("the advice of Unauthorized", () => {
  it.each([
    [-1022, "secret key or private key"],
    [-2015, "may be used from this IP"]
  ])("for %d", (code, advice) => {
    const error = new BinanceError.Unauthorized({ operation: "GET /x", status: 401, code, msg: "refused" })
    expect(error.message).toContain(advice)
  })
})
