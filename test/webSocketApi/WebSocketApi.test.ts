import { createHmac, createPublicKey, verify } from "node:crypto"
import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import type { BinanceError } from "../../src/BinanceError.js"
import { BinanceHttp } from "../../src/BinanceHttp.js"
import * as Credentials from "../../src/Credentials.js"
import { textOf } from "../../src/internal/decoder/frame.js"
import * as Api from "../../src/internal/webSocketApi/api.js"
import * as NodeLayer from "../../src/node/NodeLayer.js"
import * as WebSocketApi from "../../src/WebSocketApi.js"
import * as Server from "./server.js"

const apiKey = "planted-api-key-51f0"
const secretKey = "planted-secret-key-aa02"
const token = "planted-listen-token-77d3"

const ed25519Pem = `-----BEGIN PRIVATE KEY-----\n${Buffer.from(
  `302e020100300506032b657004220420${"07".repeat(32)}`,
  "hex"
).toString("base64")}\n-----END PRIVATE KEY-----`

/** What a `BinanceHttp` was told by connections. */
const makeGovernor = () => {
  const blocks: Array<number> = []
  let permits = 0
  return {
    blocks,
    permits: () => permits,
    layer: Layer.succeed(BinanceHttp, {
      request: () => Effect.die("no HTTP here"),
      connectPermit: Effect.sync(() => {
        permits++
      }),
      unblocked: Effect.flatMap(Effect.clock, (clock) =>
        Effect.sleep(Math.max(0, ...blocks) - clock.unsafeCurrentTimeMillis())
      ),
      block: (until) => Effect.sync(() => void blocks.push(until)),
      usedWeight: Effect.succeed([]),
      clockOffset: () => Effect.succeed(0)
    } as BinanceHttp.Service)
  }
}

const layer = (
  credentials: Credentials.Options = { apiKey, secretKey },
  governor: ReturnType<typeof makeGovernor> = makeGovernor()
) => Layer.mergeAll(Credentials.layer(credentials), governor.layer, NodeLayer.layerWebSocketConstructor)

const connect = (server: Server.Server, options: Partial<WebSocketApi.Options> = {}) =>
  WebSocketApi.make({ url: server.url, ...options })

const test = (
  name: string,
  body: (
    server: Server.Server
  ) => Effect.Effect<unknown, unknown, Scope.Scope | Layer.Layer.Success<ReturnType<typeof layer>>>,
  provided = layer()
) => it.scoped(name, () => Effect.provide(Effect.flatMap(Server.make(), body), provided))

/** Completes when everything that the server sent before has been received. */
const settled = (api: WebSocketApi.WebSocketApi.Service, server: Server.Server) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(api.request({ method: "time", result: Schema.Unknown }))
    ;(yield* server.next).succeed({})
    yield* Fiber.join(fiber)
  })

const event = (subscriptionId: number, eventTime: number) =>
  JSON.stringify({ subscriptionId, event: { e: "balanceUpdate", E: eventTime, a: "BTC", d: "1", T: eventTime } })

const session = {
  apiKey: null as string | null,
  authorizedSince: null as number | null,
  connectedSince: 1,
  returnRateLimits: false,
  serverTime: 2,
  userDataStream: false
}

const failure = <A>(fiber: Fiber.Fiber<A, BinanceError>) => Effect.flip(Fiber.join(fiber))

describe("requests", () => {
  test("answers in any order reach their requests", (server) =>
    Effect.gen(function* () {
      const api = yield* connect(server)
      const fibers = yield* Effect.forEach([0, 1, 2, 3, 4], (index) =>
        Effect.fork(api.request({ method: `m${index}`, result: Schema.Number }))
      )
      const received = yield* Effect.all([server.next, server.next, server.next, server.next, server.next])
      for (const request of [...received].reverse()) {
        request.succeed(Number(request.method.slice(1)) * 10)
      }
      assert.deepStrictEqual(yield* Effect.forEach(fibers, Fiber.join), [0, 10, 20, 30, 40])
      assert.strictEqual(new Set(received.map(({ id }) => id)).size, 5)
    }))

  it("any order of any number of answers", () =>
    FastCheck.assert(
      FastCheck.asyncProperty(
        FastCheck.integer({ min: 1, max: 30 }).chain((size) =>
          FastCheck.shuffledSubarray(
            Array.from({ length: size }, (_, index) => index),
            { minLength: size }
          )
        ),
        (order) =>
          Effect.gen(function* () {
            const server = yield* Server.make()
            const api = yield* connect(server)
            const fibers = yield* Effect.forEach(order, (_, index) =>
              Effect.fork(api.request({ method: `m${index}`, result: Schema.String }))
            )
            const received = yield* Effect.forEach(order, () => server.next)
            for (const position of order) {
              received[position]?.succeed(received[position]?.method)
            }
            assert.deepStrictEqual(
              yield* Effect.forEach(fibers, Fiber.join),
              order.map((_, index) => `m${index}`)
            )
          }).pipe(Effect.scoped, Effect.provide(layer()), Effect.runPromise)
      ),
      { numRuns: 25 }
    ))

  test("no answer within 12 seconds", (server) =>
    Effect.gen(function* () {
      const api = yield* connect(server)
      const fiber = yield* Effect.fork(api.session.status)
      const request = yield* server.next
      yield* TestClock.adjust("11999 millis")
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      yield* TestClock.adjust("1 millis")
      const error = yield* failure(fiber)
      assert.deepInclude(error, { _tag: "RequestTimeout", operation: "session.status", after: 12_000 })
      request.succeed(session)
      yield* settled(api, server)
    }))

  test("the timeout is an option", (server) =>
    Effect.gen(function* () {
      const api = yield* connect(server, { requestTimeout: "3 seconds" })
      const fiber = yield* Effect.fork(api.session.status)
      yield* server.next
      yield* TestClock.adjust("3 seconds")
      assert.deepInclude(yield* failure(fiber), { _tag: "RequestTimeout", after: 3000 })
    }))

  test("status and code become errors as over HTTP", (server) =>
    Effect.gen(function* () {
      const api = yield* connect(server)
      const cases = [
        [400, -1102, "BadRequest"],
        [400, -1125, "InvalidListenKey"],
        [400, -1209, "InvalidListenToken"],
        [401, -2015, "Unauthorized"],
        [400, -1193, "Unauthorized"],
        [403, -1000, "Forbidden"],
        [410, -1000, "EndpointRetired"],
        [429, -1003, "RateLimited"],
        [500, -1000, "ServerError"]
      ] as const
      for (const [status, code, tag] of cases) {
        const fiber = yield* Effect.fork(api.request({ method: "m", result: Schema.Unknown }))
        ;(yield* server.next).fail(status, code, "why", { serverTime: 0, retryAfter: 0 })
        const error = yield* failure(fiber)
        assert.deepInclude(error, { _tag: tag, status, code, msg: "why", operation: "m" })
      }
    }))

  it.scoped("429 and 418 name the time, tell the governor, and hold back the next request", () => {
    const governor = makeGovernor()
    return Effect.gen(function* () {
      const server = yield* Server.make()
      const api = yield* connect(server)
      const limited = yield* Effect.fork(api.session.status)
      ;(yield* server.next).fail(429, -1003, "slow down", { serverTime: 0, retryAfter: 5000 })
      assert.deepInclude(yield* failure(limited), { _tag: "RateLimited", retryAt: 5000 })
      assert.deepStrictEqual(governor.blocks, [5000])

      const held = yield* Effect.fork(api.session.status)
      yield* TestClock.adjust("4999 millis")
      assert.strictEqual(yield* server.pending, 0)
      yield* TestClock.adjust("1 millis")
      ;(yield* server.next).fail(418, -1003, "banned", { serverTime: 5000, retryAfter: 90_000 })
      assert.deepInclude(yield* failure(held), { _tag: "IpBanned", retryAt: 90_000 })
      assert.deepStrictEqual(governor.blocks, [5000, 90_000])
      assert.strictEqual(governor.permits(), 1)

      const dead = yield* Effect.fork(api.session.status)
      yield* Effect.yieldNow()
      for (const socket of server.sockets) {
        socket.close(1001)
      }
      assert.deepInclude(yield* failure(dead), { _tag: "TransportError" })
    }).pipe(Effect.provide(layer(undefined, governor)))
  })

  test("rate limits are readable", (server) =>
    Effect.gen(function* () {
      const api = yield* connect(server)
      assert.deepStrictEqual(yield* api.rateLimits, [])
      const weight = (count: number) => ({
        rateLimitType: "REQUEST_WEIGHT",
        interval: "MINUTE",
        intervalNum: 1,
        limit: 6000,
        count
      })
      for (const rateLimits of [[weight(2)], [weight(4)], "not documented"]) {
        const fiber = yield* Effect.fork(api.session.status)
        ;(yield* server.next).succeed(session, { rateLimits })
        yield* Fiber.join(fiber)
      }
      assert.deepStrictEqual(yield* api.rateLimits, [weight(4)])
    }))

  test("integers are exact in what is sent, and numbers in what is answered", (server) =>
    Effect.gen(function* () {
      const api = yield* connect(server)
      const sent: Array<string> = []
      for (const socket of server.sockets) {
        socket.on("message", (data) => sent.push(String(data)))
      }
      const fiber = yield* Effect.fork(
        api.request({ method: "m", params: { orderId: 9223372036854775807n }, result: Schema.Unknown })
      )
      const { id, socket } = yield* server.next
      socket.send(`{"id":${id},"status":200,"result":[{"orderId":9223372036854775806,"a":1,"price":1.50}]}`)
      const rows = (yield* Fiber.join(fiber)) as ReadonlyArray<{ readonly [name: string]: unknown }>
      assert.deepStrictEqual(Object.values(rows[0]!).map(String), ["9223372036854775806", "1", "1.50"])
      assert.deepStrictEqual(sent, ['{"id":1,"method":"m","params":{"orderId":9223372036854775807}}'])
    }))

  test("what is not as documented is a DecodeError that shows no value", (server) =>
    Effect.gen(function* () {
      const api = yield* connect(server)
      const send = [
        (request: Server.Received) => request.succeed({ listenKey: 5_551_234 }),
        (request: Server.Received) => request.succeed("planted-answer"),
        (request: Server.Received) => request.socket.send(`{"id":${request.id},"status":"planted-answer"}`),
        (request: Server.Received) =>
          request.socket.send(`{"id":"${request.id}","status":200,"result":{"planted-answer`)
      ]
      for (const answer of send) {
        const fiber = yield* Effect.fork(api.userDataStream.start)
        answer(yield* server.next)
        const error = yield* failure(fiber)
        assert.deepInclude(error, { _tag: "DecodeError", operation: "userDataStream.start" })
        assert.notMatch(inspect(error) + JSON.stringify(error), /planted|5551234/)
      }
    }))

  test("an interrupted request leaves nothing behind", (server) =>
    Effect.gen(function* () {
      const api = yield* connect(server)
      const fiber = yield* Effect.fork(api.session.status)
      const request = yield* server.next
      yield* Fiber.interrupt(fiber)
      request.succeed(session)
      yield* settled(api, server)
    }))
})

describe("connection", () => {
  it.scoped("waits for its permit, and passes options in the address", () => {
    const governor = makeGovernor()
    return Effect.gen(function* () {
      const server = yield* Server.make()
      yield* connect(server)
      yield* connect(server, { timeUnit: "MICROSECOND", returnRateLimits: false })
      assert.deepStrictEqual(server.addresses, ["/ws-api/v3", "/ws-api/v3?timeUnit=MICROSECOND&returnRateLimits=false"])
      assert.strictEqual(governor.permits(), 2)
    }).pipe(Effect.provide(layer(undefined, governor)))
  })

  it.scoped("a refused upgrade is a typed error and told to the governor", () => {
    const governor = makeGovernor()
    return Effect.gen(function* () {
      const server = yield* Server.make({ refuseWith: 418 })
      const error = yield* Effect.flip(connect(server))
      assert.deepInclude(error, { _tag: "IpBanned", status: 418 })
      assert.strictEqual(governor.blocks.length, 1)
    }).pipe(Effect.provide(layer(undefined, governor)))
  })

  it.scoped.each(["ws://127.0.0.1:1/ws-api/v3", "not an address"])("%s is a TransportError", (url) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(WebSocketApi.make({ url }))
      assert.deepInclude(error, { _tag: "TransportError" })
    }).pipe(Effect.provide(layer()))
  )

  test("a connection that breaks fails what is in flight and what follows", (server) =>
    Effect.gen(function* () {
      const api = yield* connect(server)
      const fibers = yield* Effect.forEach([1, 2], () => Effect.fork(api.session.status))
      const { socket } = yield* server.next
      yield* server.next
      socket.close(1001, "going away")
      for (const fiber of fibers) {
        const error = yield* failure(fiber)
        assert.deepInclude(error, { _tag: "TransportError", operation: "session.status" })
        assert.include(error.message, "1001")
      }
      assert.deepStrictEqual(yield* api.closed, { code: 1001, reason: "going away" })
      assert.deepInclude(yield* Effect.flip(api.session.status), { _tag: "TransportError" })
    }))

  test("closing the scope closes the socket and fails what is in flight", (server) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const handled: Array<string> = []
      const api = yield* Scope.extend(connect(server), scope)
      const subscribing = yield* Effect.fork(api.userDataStream.subscribe((frame) => handled.push(textOf(frame))))
      const subscription = yield* server.next
      subscription.succeed({ subscriptionId: 0 })
      yield* Fiber.join(subscribing)
      const fiber = yield* Effect.fork(api.session.status)
      yield* server.next
      const [socket] = server.sockets
      const gone = yield* Deferred.make<number>()
      socket?.on("close", (code) => Deferred.unsafeDone(gone, Effect.succeed(code)))
      yield* Scope.close(scope, Exit.void)
      assert.deepInclude(yield* failure(fiber), { _tag: "TransportError", operation: "session.status" })
      assert.strictEqual(yield* Deferred.await(gone), 1000)
      assert.strictEqual(server.sockets.size, 0)
      assert.deepInclude(yield* Effect.flip(api.session.status), { _tag: "TransportError" })
      assert.deepStrictEqual(handled, [])
    }))

  test("shows signs of life", (server) =>
    Effect.gen(function* () {
      let signs = 0
      const probed = yield* Deferred.make<number>()
      const alive = yield* Deferred.make<void>()
      const api = yield* Api.make(
        { url: server.url },
        {
          onSignOfLife: () => {
            signs++
            Deferred.unsafeDone(alive, Effect.void)
          },
          onProbeAnswer: (id) => Deferred.unsafeDone(probed, Effect.succeed(id)),
          onLost: () => {}
        }
      )
      for (const socket of server.sockets) {
        socket.ping()
      }
      yield* Deferred.await(alive)
      api.probe(7)
      assert.strictEqual(yield* Deferred.await(probed), 7)
      assert.strictEqual(signs, 1)
    }))

  test("probes within 300 ms of each other are one, which answers for all of them", (server) =>
    Effect.gen(function* () {
      const pings: Array<string> = []
      const answered = yield* Queue.unbounded<number>()
      const api = yield* Api.make(
        { url: server.url },
        {
          onSignOfLife: () => {},
          onProbeAnswer: (id) => void answered.unsafeOffer(id),
          onLost: () => {}
        }
      )
      for (const socket of server.sockets) {
        socket.on("ping", (payload) => pings.push(String(payload)))
      }
      for (const id of [1, 2, 3]) {
        api.probe(id)
      }
      assert.strictEqual(yield* Queue.take(answered), 1)
      yield* TestClock.adjust("300 millis")
      assert.strictEqual(yield* Queue.take(answered), 3)
      yield* TestClock.adjust("299 millis")
      api.probe(4)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Queue.take(answered), 4)
      yield* TestClock.adjust("1 minute")
      api.probe(5)
      assert.strictEqual(yield* Queue.take(answered), 5)
      assert.deepStrictEqual(pings, ["1", "3", "4", "5"])
    }))
})

describe("session", () => {
  const ed25519 = { apiKey, privateKey: ed25519Pem }

  test(
    "logon signs with Ed25519; status, logout and subscriptions",
    (server) =>
      Effect.gen(function* () {
        const api = yield* connect(server, { recvWindow: 3000 })
        assert.isFalse(yield* api.session.isAuthenticated)
        yield* TestClock.setTime(1_700_000_000_000)
        const logon = yield* Effect.fork(api.session.logon)
        const request = yield* server.next
        assert.strictEqual(request.method, "session.logon")
        const { signature, ...params } = request.params
        assert.deepStrictEqual(params, { apiKey, recvWindow: 3000, timestamp: 1_700_000_000_000 })
        assert.isTrue(
          verify(
            null,
            Buffer.from(`apiKey=${apiKey}&recvWindow=3000&timestamp=1700000000000`),
            createPublicKey(ed25519Pem),
            Buffer.from(String(signature), "base64")
          )
        )
        // Microseconds, as on a socket with that unit.
        request.succeed({
          ...session,
          apiKey,
          authorizedSince: 1_700_000_000_000_001,
          serverTime: 1_700_000_000_123_456
        })
        const loggedOn = yield* Fiber.join(logon)
        assert.strictEqual(Redacted.value(loggedOn.apiKey!), apiKey)
        assert.deepInclude(loggedOn, { authorizedSince: 1_700_000_000_000, serverTime: 1_700_000_000_123 })
        assert.notInclude(inspect(loggedOn) + JSON.stringify(loggedOn), apiKey)
        assert.isTrue(yield* api.session.isAuthenticated)

        const subscriptions = yield* Effect.fork(api.session.subscriptions)
        ;(yield* server.next).succeed([{ subscriptionId: 0 }, { subscriptionId: 1 }])
        assert.deepStrictEqual(yield* Fiber.join(subscriptions), [0, 1])

        const logout = yield* Effect.fork(api.session.logout)
        const out = yield* server.next
        assert.deepStrictEqual([out.method, out.params], ["session.logout", {}])
        out.succeed(session)
        assert.isNull((yield* Fiber.join(logout)).apiKey)
        assert.isFalse(yield* api.session.isAuthenticated)
      }),
    layer(ed25519)
  )

  for (const [name, credentials, expected] of [
    ["HMAC", { apiKey, secretKey }, "needs an Ed25519 key"],
    ["no signer", { apiKey }, "has to be signed"]
  ] as const) {
    test(
      `logon with ${name} fails before anything is sent`,
      (server) =>
        Effect.gen(function* () {
          const api = yield* connect(server)
          const error = yield* Effect.flip(api.session.logon)
          assert.strictEqual(error._tag, "InvalidCredentials")
          assert.include(error.message, expected)
          yield* settled(api, server)
        }),
      layer(credentials)
    )
  }

  test(
    "a key that stops being valid: the request in flight fails, the session is not authenticated any more",
    (server) =>
      Effect.gen(function* () {
        const errors: Array<BinanceError> = []
        const api = yield* connect(server, { onServerError: (error) => errors.push(error) })
        const logon = yield* Effect.fork(api.session.logon)
        ;(yield* server.next).succeed({ ...session, apiKey, authorizedSince: 1 })
        yield* Fiber.join(logon)
        assert.isTrue(yield* api.session.isAuthenticated)
        const fiber = yield* Effect.fork(api.userDataStream.subscribe(() => {}))
        const request = yield* server.next
        request.socket.send(
          JSON.stringify({
            id: null,
            status: 401,
            error: { code: -2015, msg: "Invalid API-key, IP, or permissions for action." }
          })
        )
        const error = yield* failure(fiber)
        assert.deepInclude(error, { _tag: "Unauthorized", code: -2015, operation: "userDataStream.subscribe" })
        assert.deepStrictEqual(
          errors.map(({ message }) => message),
          [error.message.replace("userDataStream.subscribe ", "the WebSocket API connection ")]
        )
        assert.isFalse(yield* api.session.isAuthenticated)
      }),
    layer(ed25519)
  )
})

describe("clock", () => {
  test("-1021 measures the server's clock and signs once more", (server) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000_000)
      const api = yield* connect(server)
      const fiber = yield* Effect.fork(api.userDataStream.subscribeSignature(() => {}))
      const first = yield* server.next
      assert.strictEqual(first.params.timestamp, 1_000_000)
      first.fail(400, -1021, "Timestamp for this request is outside of the recvWindow.")
      const status = yield* server.next
      assert.strictEqual(status.method, "session.status")
      status.succeed({ ...session, serverTime: 1_060_000 })
      const second = yield* server.next
      assert.strictEqual(second.params.timestamp, 1_060_000)
      assert.strictEqual(
        second.params.signature,
        createHmac("sha256", secretKey).update(`apiKey=${apiKey}&timestamp=1060000`).digest("hex")
      )
      second.succeed({ subscriptionId: 3 })
      assert.deepStrictEqual(yield* Fiber.join(fiber), { subscriptionId: 3, expiresAt: undefined })
      assert.strictEqual(yield* api.clockOffset, 60_000)
    }))

  test("where the connection is logged on, the time is enough, and -1021 corrects it once", (server) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000_000)
      const api = yield* connect(server, { recvWindow: 3000 })
      const fiber = yield* Effect.fork(
        api.request({ method: "m", params: { symbol: "A" }, security: "session", result: Schema.Unknown })
      )
      const first = yield* server.next
      assert.deepStrictEqual(first.params, { symbol: "A", recvWindow: 3000, timestamp: 1_000_000 })
      first.fail(400, -1021, "outside", { serverTime: 990_000 })
      const second = yield* server.next
      assert.deepStrictEqual(second.params, { symbol: "A", recvWindow: 3000, timestamp: 990_000 })
      second.succeed("done")
      assert.strictEqual(yield* Fiber.join(fiber), "done")
    }))

  test("the server's time in the error is enough; a second -1021 is the caller's", (server) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000_000)
      const api = yield* connect(server, { clockOffset: -5 })
      const fiber = yield* Effect.fork(api.userDataStream.subscribeSignature(() => {}))
      const first = yield* server.next
      assert.strictEqual(first.params.timestamp, 999_995)
      first.fail(400, -1021, "outside", { serverTime: 990_000 })
      const second = yield* server.next
      assert.strictEqual(second.params.timestamp, 990_000)
      second.fail(400, -1021, "outside", { serverTime: 990_000 })
      assert.deepInclude(yield* failure(fiber), { _tag: "ClockSkew", code: -1021 })
      yield* settled(api, server)
    }))

  test("every try has its own timestamp and signature", (server) =>
    Effect.gen(function* () {
      const api = yield* connect(server)
      const seen = new Set<unknown>()
      for (const time of [1, 2, 3]) {
        yield* TestClock.setTime(time)
        const fiber = yield* Effect.fork(api.userDataStream.subscribeSignature(() => {}))
        const request = yield* server.next
        seen.add(request.params.signature)
        request.succeed({ subscriptionId: time })
        yield* Fiber.join(fiber)
      }
      assert.strictEqual(seen.size, 3)
    }))
})

describe("subscriptions", () => {
  test("an event before the answer reaches its handler, in order, and no other", (server) =>
    Effect.gen(function* () {
      const api = yield* connect(server)
      const seen: { readonly [name: string]: Array<string> } = { a: [], b: [] }
      const a = yield* Effect.fork(api.userDataStream.subscribeSignature((frame) => seen.a?.push(textOf(frame))))
      const first = yield* server.next
      const b = yield* Effect.fork(
        api.userDataStream.subscribeListenToken(Redacted.make(token), (frame) => seen.b?.push(textOf(frame)))
      )
      const second = yield* server.next
      first.socket.send(event(1, 1))
      first.socket.send(event(0, 2))
      first.socket.send(event(1, 3))
      second.succeed({ subscriptionId: 1, expirationTime: 1_749_094_553_955_907 })
      first.socket.send(event(1, 4))
      first.socket.send(event(0, 5))
      first.succeed({ subscriptionId: 0 })
      first.socket.send(event(0, 6))
      assert.deepStrictEqual(yield* Fiber.join(b), { subscriptionId: 1, expiresAt: 1_749_094_553_955 })
      assert.deepStrictEqual(yield* Fiber.join(a), { subscriptionId: 0, expiresAt: undefined })
      yield* settled(api, server)
      assert.deepStrictEqual(seen, {
        a: [2, 5, 6].map((time) => event(0, time)),
        b: [1, 3, 4].map((time) => event(1, time))
      })
    }))

  test("parameters of each way to subscribe", (server) =>
    Effect.gen(function* () {
      const api = yield* connect(server)
      const extraParams = { filter: ["executionReport"], quiet: true }
      const token_ = Redacted.make(token)
      const calls = [
        api.userDataStream.subscribe(() => {}, { extraParams }),
        api.userDataStream.subscribeSignature(() => {}, { extraParams }),
        api.userDataStream.subscribeListenToken(token_, () => {}, { extraParams })
      ]
      const expected = [
        ["userDataStream.subscribe", extraParams],
        [
          "userDataStream.subscribe.signature",
          {
            ...extraParams,
            apiKey,
            timestamp: 0,
            signature: createHmac("sha256", secretKey)
              .update(`apiKey=${apiKey}&filter=["executionReport"]&quiet=true&timestamp=0`)
              .digest("hex")
          }
        ],
        ["userDataStream.subscribe.listenToken", { ...extraParams, listenToken: token }]
      ]
      for (const [index, call] of calls.entries()) {
        const fiber = yield* Effect.fork(call)
        const request = yield* server.next
        assert.deepStrictEqual([request.method, request.params], expected[index])
        request.succeed({ subscriptionId: index })
        yield* Fiber.join(fiber)
      }
    }))

  test("the expiry of a token is read beside the result, and without an envelope", (server) =>
    Effect.gen(function* () {
      const api = yield* connect(server)
      const seen: Array<string> = []
      const subscribe = api.userDataStream.subscribeListenToken(Redacted.make(token), (frame) =>
        seen.push(textOf(frame))
      )
      const answers = [
        ({ succeed }: Server.Received) => succeed({ subscriptionId: 4 }, { expirationTime: 1_749_094_553_955 }),
        ({ id, socket }: Server.Received) =>
          socket.send(JSON.stringify({ id, status: 200, subscriptionId: 4, expirationTime: 1_749_094_553_955_907 })),
        ({ socket }: Server.Received) =>
          socket.send(JSON.stringify({ subscriptionId: 4, expirationTime: 1_749_094_553_955_907 }))
      ]
      for (const answer of answers) {
        const fiber = yield* Effect.fork(subscribe)
        answer(yield* server.next)
        assert.deepStrictEqual(yield* Fiber.join(fiber), { subscriptionId: 4, expiresAt: 1_749_094_553_955 })
      }
      for (const socket of server.sockets) {
        socket.send(event(4, 1))
      }
      yield* settled(api, server)
      assert.deepStrictEqual(seen, [event(4, 1)])
    }))

  test("frames without a subscription go to every handler, once", (server) =>
    Effect.gen(function* () {
      const api = yield* connect(server)
      const seen: Array<string> = []
      const both: WebSocketApi.Handler = (frame) => seen.push(`both ${textOf(frame)}`)
      const other: WebSocketApi.Handler = (frame) => seen.push(`other ${textOf(frame)}`)
      const shutdown = '{"event":{"e":"serverShutdown","E":1}}'
      const [socket] = server.sockets
      // Nobody is there yet: kept for the first.
      socket?.send(shutdown)
      for (const [subscriptionId, handler] of [both, both, other].entries()) {
        const fiber = yield* Effect.fork(api.userDataStream.subscribeSignature(handler))
        ;(yield* server.next).succeed({ subscriptionId })
        yield* Fiber.join(fiber)
      }
      assert.deepStrictEqual(seen.splice(0), [`both ${shutdown}`])
      const texts = ['{"e":"eventStreamTerminated","E":1}', '{"stream":"!serverShutdown","data":{}}', "no JSON", "5"]
      for (const text of texts) {
        socket?.send(text)
      }
      yield* settled(api, server)
      assert.deepStrictEqual(
        seen,
        texts.flatMap((text) => [`both ${text}`, `other ${text}`])
      )
    }))

  test("unsubscribe ends one handler, or all", (server) =>
    Effect.gen(function* () {
      const api = yield* connect(server)
      const seen: Array<string> = []
      for (const subscriptionId of [0, 1, 2]) {
        const fiber = yield* Effect.fork(api.userDataStream.subscribeSignature((frame) => seen.push(textOf(frame))))
        ;(yield* server.next).succeed({ subscriptionId })
        yield* Fiber.join(fiber)
      }
      const [socket] = server.sockets
      const send = Effect.zipRight(
        Effect.sync(() => {
          for (const id of [0, 1, 2]) {
            socket?.send(event(id, 0))
          }
        }),
        settled(api, server)
      )
      const one = yield* Effect.fork(api.userDataStream.unsubscribe(1))
      const request = yield* server.next
      assert.deepStrictEqual([request.method, request.params], ["userDataStream.unsubscribe", { subscriptionId: 1 }])
      request.succeed({})
      yield* Fiber.join(one)
      yield* send
      assert.deepStrictEqual(seen.splice(0), [event(0, 0), event(2, 0)])

      const unknown = yield* Effect.fork(api.userDataStream.unsubscribe(7))
      ;(yield* server.next).fail(400, -2036, "subscription inactive")
      assert.deepInclude(yield* failure(unknown), { _tag: "BadRequest", code: -2036 })

      const all = yield* Effect.fork(api.userDataStream.unsubscribe())
      const last = yield* server.next
      assert.deepStrictEqual(last.params, {})
      last.succeed({})
      yield* Fiber.join(all)
      yield* send
      assert.deepStrictEqual(seen, [])
    }))

  for (const [name, giveUp] of [
    ["timed out", (_: Fiber.RuntimeFiber<unknown, BinanceError>) => TestClock.adjust("12 seconds")],
    ["was interrupted", (fiber: Fiber.RuntimeFiber<unknown, BinanceError>) => Fiber.interrupt(fiber)]
  ] as const) {
    test(`a subscription whose call ${name} is ended when its answer comes late`, (server) =>
      Effect.gen(function* () {
        const api = yield* connect(server)
        const seen: Array<string> = []
        const fiber = yield* Effect.fork(api.userDataStream.subscribeSignature((frame) => seen.push(textOf(frame))))
        const request = yield* server.next
        yield* giveUp(fiber)
        request.succeed({ subscriptionId: 5 })
        request.socket.send(event(5, 1))
        const unsubscribe = yield* server.next
        assert.deepStrictEqual(
          [unsubscribe.method, unsubscribe.params],
          ["userDataStream.unsubscribe", { subscriptionId: 5 }]
        )
        unsubscribe.succeed({})
        yield* settled(api, server)
        assert.deepStrictEqual(seen, [])
      }))
  }

  test("a renewal that was given up leaves the running subscription alone", (server) =>
    Effect.gen(function* () {
      const api = yield* connect(server)
      const seen: Array<string> = []
      const subscribe = api.userDataStream.subscribeListenToken(Redacted.make(token), (frame) =>
        seen.push(textOf(frame))
      )
      const first = yield* Effect.fork(subscribe)
      ;(yield* server.next).succeed({ subscriptionId: 0, expirationTime: 1 })
      yield* Fiber.join(first)
      const renewal = yield* Effect.fork(subscribe)
      const request = yield* server.next
      yield* Fiber.interrupt(renewal)
      request.succeed({ subscriptionId: 0, expirationTime: 2 })
      request.socket.send(event(0, 1))
      yield* settled(api, server)
      assert.deepStrictEqual(seen, [event(0, 1)])
    }))

  test("too many events before the answer are an Overflow, not a silent loss", (server) =>
    Effect.gen(function* () {
      const api = yield* connect(server, { earlyEvents: 2 })
      const fiber = yield* Effect.fork(api.userDataStream.subscribeSignature(() => {}))
      const request = yield* server.next
      for (const time of [1, 2, 3]) {
        request.socket.send(event(0, time))
      }
      request.succeed({ subscriptionId: 0 })
      assert.deepInclude(yield* failure(fiber), { _tag: "Overflow", capacity: 2 })
      assert.strictEqual((yield* server.next).method, "userDataStream.unsubscribe")
      // The room is free again.
      const again = yield* Effect.fork(api.userDataStream.subscribeSignature(() => {}))
      const retried = yield* server.next
      retried.socket.send(event(0, 4))
      retried.succeed({ subscriptionId: 0 })
      assert.strictEqual((yield* Fiber.join(again)).subscriptionId, 0)
    }))

  it("any interleaving of answers and events: each handler gets its events, all of them, in order", () =>
    FastCheck.assert(
      FastCheck.asyncProperty(
        FastCheck.integer({ min: 1, max: 4 }).chain((count) =>
          FastCheck.tuple(
            FastCheck.constant(count),
            FastCheck.array(FastCheck.nat(count - 1), { maxLength: 40 }),
            FastCheck.array(FastCheck.nat(40), { minLength: count, maxLength: count })
          )
        ),
        ([count, events, answerAt]) =>
          Effect.gen(function* () {
            const server = yield* Server.make()
            const api = yield* connect(server)
            const seen = Array.from({ length: count }, (): Array<string> => [])
            const fibers = yield* Effect.forEach(seen, (texts) =>
              Effect.fork(api.userDataStream.subscribe((frame) => texts.push(textOf(frame))))
            )
            const requests = yield* Effect.forEach(seen, () => server.next)
            const send = (time: number) => {
              answerAt.forEach((at, id) => {
                if (at === time || (time === events.length && at > time)) {
                  requests[id]?.succeed({ subscriptionId: id })
                }
              })
              const id = events[time]
              if (id !== undefined) {
                requests[0]?.socket.send(event(id, time))
              }
            }
            for (let time = 0; time <= events.length; time++) {
              send(time)
            }
            yield* Effect.forEach(fibers, Fiber.join)
            yield* settled(api, server)
            assert.deepStrictEqual(
              seen,
              seen.map((_, id) => events.flatMap((to, time) => (to === id ? [event(id, time)] : [])))
            )
          }).pipe(Effect.scoped, Effect.provide(layer()), Effect.runPromise)
      ),
      { numRuns: 40 }
    ))
})

describe("futures", () => {
  test(
    "start, ping and stop send the API key, and no signature",
    (server) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(1_000_000)
        const api = yield* connect(server)
        const start = yield* Effect.fork(api.userDataStream.start)
        const started = yield* server.next
        assert.deepStrictEqual([started.method, started.params], ["userDataStream.start", { apiKey }])
        started.succeed({ listenKey: "planted-listen-key" })
        const key = yield* Fiber.join(start)
        assert.strictEqual(Redacted.value(key.key), "planted-listen-key")
        assert.strictEqual(key.expiresAt, 1_000_000 + 3_600_000)
        assert.notInclude(inspect(key) + JSON.stringify(key), "planted")

        const ping = yield* Effect.fork(api.userDataStream.ping)
        const pinged = yield* server.next
        assert.deepStrictEqual([pinged.method, pinged.params], ["userDataStream.ping", { apiKey }])
        pinged.succeed({ listenKey: "planted-listen-key" })
        assert.strictEqual(Redacted.value((yield* Fiber.join(ping)).key), "planted-listen-key")

        const stop = yield* Effect.fork(api.userDataStream.stop)
        const stopped = yield* server.next
        assert.deepStrictEqual([stopped.method, stopped.params], ["userDataStream.stop", { apiKey }])
        stopped.succeed({})
        yield* Fiber.join(stop)
      }),
    layer({ apiKey })
  )
})

describe("secrets", () => {
  test("an answer that echoes what was sent shows none of it, nor does a log or the service itself", (server) =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      const logger = Logger.make(({ annotations, message, spans }) => {
        logged.push(inspect({ message, annotations, spans }, { depth: 10 }))
      })
      const planted = [apiKey, secretKey, token]
      yield* Effect.gen(function* () {
        const api = yield* connect(server)
        const calls: ReadonlyArray<Effect.Effect<unknown, BinanceError>> = [
          api.userDataStream.subscribeSignature(() => {}),
          api.userDataStream.subscribeListenToken(Redacted.make(token), () => {}),
          api.userDataStream.start
        ]
        for (const call of calls) {
          const fiber = yield* Effect.fork(call)
          const request = yield* server.next
          planted.push(...(typeof request.params.signature === "string" ? [request.params.signature] : []))
          request.fail(429, -1003, `Illegal: ${JSON.stringify(request.params)}`, { retryAfter: 0 })
          const exit = yield* Fiber.await(fiber)
          const error = yield* failure(fiber)
          yield* Effect.logError("failed", error, exit)
          for (const value of [error, exit, api]) {
            logged.push(inspect(value, { depth: 20, showHidden: true }), JSON.stringify(value), String(value))
          }
        }
      }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
      assert.strictEqual(planted.length, 4)
      for (const secret of planted) {
        assert.isFalse(logged.some((text) => text.includes(secret)))
      }
    }))
})
