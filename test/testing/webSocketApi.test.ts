import * as crypto from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { type Client, call, connect, frontEnds } from "./harness.js"

const startedAt = 1_795_000_000_000

const ed25519 = crypto.generateKeyPairSync("ed25519")
const rsa = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 })
const pem = (key: crypto.KeyObject) => key.export({ type: "spki", format: "pem" }).toString()

const accounts: ReadonlyArray<SimulatedBinance.AccountOptions> = [
  { apiKey: "ed25519", publicKey: pem(ed25519.publicKey), account: "ed25519" },
  { apiKey: "rsa", publicKey: pem(rsa.publicKey), account: "rsa" }
]

const signers: { readonly [apiKey: string]: (payload: string) => string } = {
  [SimulatedBinance.defaultApiKey]: (payload) =>
    crypto.createHmac("sha256", SimulatedBinance.defaultSecretKey).update(payload).digest("hex"),
  ed25519: (payload) => crypto.sign(null, Buffer.from(payload), ed25519.privateKey).toString("base64"),
  rsa: (payload) => crypto.sign("sha256", Buffer.from(payload), rsa.privateKey).toString("base64")
}

const sign = (apiKey: string, params: Record<string, string | number>) => {
  const all: Record<string, string | number> = { apiKey, ...params }
  const payload = Object.keys(all)
    .sort()
    .map((name) => `${name}=${all[name]}`)
    .join("&")
  return { ...all, signature: signers[apiKey]!(payload) }
}

const ask = (client: Client, method: string, params?: unknown, id: unknown = 1) =>
  Effect.zipRight(client.send({ id, method, ...(params === undefined ? {} : { params }) }), client.nextJson)

const failure = (answer: { readonly status: number; readonly error?: { readonly code: number } }) => [
  answer.status,
  answer.error?.code
]

const subscribe = (client: Client, apiKey: string = SimulatedBinance.defaultApiKey, timestamp = startedAt) =>
  ask(client, "userDataStream.subscribe.signature", sign(apiKey, { timestamp }))

const hmac = SimulatedBinance.defaultApiKey

describe.each(frontEnds)("WebSocket API $name", ({ layer }) => {
  const scoped = (name: string, test: () => Effect.Effect<void, any, any>, options: SimulatedBinance.Options = {}) =>
    it.scoped(
      name,
      () =>
        Effect.zipRight(TestClock.setTime(startedAt), test()).pipe(
          Effect.provide(layer({ accounts, ...options }))
        ) as Effect.Effect<void>
    )

  scoped("subscribes with a signature of each kind", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const client = yield* connect("/ws-api/v3")
      for (const [index, apiKey] of [hmac, "rsa", "ed25519"].entries()) {
        const answer = yield* ask(
          client,
          "v3/userDataStream.subscribe.signature",
          sign(apiKey, { timestamp: startedAt, recvWindow: 5000 }),
          `id ${index}`
        )
        assert.deepStrictEqual(
          { ...answer, rateLimits: undefined },
          { id: `id ${index}`, status: 200, result: { subscriptionId: index }, rateLimits: undefined }
        )
        assert.deepStrictEqual(answer.rateLimits, [
          { rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1, limit: 6000, count: 4 + 2 * index }
        ])
      }
      assert.strictEqual(yield* binance.pushRaw({ product: "Spot", account: "rsa" }, { e: "x" }), 1)
      assert.deepStrictEqual(yield* client.nextJson, { subscriptionId: 1, event: { e: "x" } })
      assert.deepStrictEqual((yield* ask(client, "session.subscriptions")).result, [
        { subscriptionId: 0 },
        { subscriptionId: 1 },
        { subscriptionId: 2 }
      ])
    })
  )

  scoped(
    "says how long to wait where too much is asked",
    () =>
      Effect.gen(function* () {
        const client = yield* connect("/ws-api/v3")
        yield* Effect.repeatN(ask(client, "exchangeInfo"), 298)
        const { error, status } = yield* ask(client, "exchangeInfo")
        assert.deepStrictEqual([status, error.code], [429, -1003])
        const left = 60_000 - (startedAt % 60_000)
        assert.deepStrictEqual(error.data, { serverTime: startedAt, retryAfter: startedAt + left })
      }),
    { enforceLimits: true }
  )

  scoped("takes the signatures that Binance publishes", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const apiKey = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
      const timestamp = 1649729878532
      yield* TestClock.setTime(timestamp + 100)
      const client = yield* connect("/ws-api/v3")
      yield* binance.account({ apiKey, secretKey: "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j" })
      const signature = "1cf54395b336b0a9727ef27d5d98987962bc47aca6e13fe978612d0adee066ed"
      const params = { apiKey, timestamp, signature }
      assert.strictEqual((yield* ask(client, "userDataStream.subscribe.signature", params)).status, 200)
      yield* binance.account({
        apiKey,
        publicKey: `-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=\n-----END PUBLIC KEY-----`
      })
      const logon = {
        apiKey,
        timestamp,
        recvWindow: 5000,
        signature: "6O0FYEqIlQYyvIYK2wUnfZLiqMYEk8Z+4fbGRKC1M/7w9dp2ckftP0SFO+UgTm4stiM3L3iwsihsBUlXdvcUBQ=="
      }
      assert.strictEqual((yield* ask(client, "session.logon", logon)).result.apiKey, apiKey)
    })
  )

  scoped("refuses what is not signed well", () =>
    Effect.gen(function* () {
      const client = yield* connect("/ws-api/v3")
      const method = "userDataStream.subscribe.signature"
      const good = sign(hmac, { timestamp: startedAt })
      const cases = [
        [{ ...good, signature: "00" }, 400, -1022],
        [{ ...good, recvWindow: 6000 }, 400, -1022],
        [{ apiKey: hmac, timestamp: startedAt }, 400, -1102],
        [{}, 400, -1102],
        [{ ...good, apiKey: "unknown" }, 401, -2015],
        [sign(hmac, { timestamp: startedAt - 5001 }), 400, -1021],
        [sign(hmac, { timestamp: startedAt + 1000 }), 400, -1021],
        [sign(hmac, { timestamp: startedAt - 5001, recvWindow: 60001 }), 400, -1131],
        [sign(hmac, { timestamp: startedAt - 5001, recvWindow: 5001 }), 200, undefined],
        [sign("ed25519", { timestamp: (startedAt + 999) * 1000 }), 200, undefined]
      ] as const
      for (const [params, status, code] of cases) {
        assert.deepStrictEqual(failure(yield* ask(client, method, params)), [status, code])
      }
      assert.include((yield* ask(client, method, cases[5][0])).error.msg, "outside of the recvWindow")
    })
  )

  scoped("logs on with Ed25519 only", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const client = yield* connect("/ws-api/v3")
      const at = { timestamp: startedAt }
      assert.deepStrictEqual(failure(yield* ask(client, "userDataStream.subscribe")), [401, -1193])
      assert.deepStrictEqual(failure(yield* ask(client, "session.logon", sign(hmac, at))), [400, -2028])
      assert.deepStrictEqual(failure(yield* ask(client, "session.logon", sign("rsa", at))), [400, -2028])
      assert.deepStrictEqual((yield* ask(client, "session.status")).result, {
        apiKey: null,
        authorizedSince: null,
        connectedSince: startedAt,
        returnRateLimits: true,
        serverTime: startedAt,
        userDataStream: false
      })
      yield* TestClock.adjust("1 second")
      assert.strictEqual(
        (yield* ask(client, "session.logon", sign("ed25519", at))).result.authorizedSince,
        startedAt + 1000
      )
      assert.deepStrictEqual((yield* ask(client, "userDataStream.subscribe")).result, { subscriptionId: 0 })
      assert.deepStrictEqual(failure(yield* ask(client, "userDataStream.subscribe")), [400, -2035])
      yield* subscribe(client)
      const out = yield* ask(client, "session.logout")
      assert.deepStrictEqual(
        [out.result.apiKey, out.result.authorizedSince, out.result.userDataStream],
        [null, null, true]
      )
      assert.deepStrictEqual(yield* client.nextJson, {
        subscriptionId: 0,
        event: { e: "eventStreamTerminated", E: startedAt + 1000 }
      })
      assert.strictEqual(yield* binance.pushRaw({ product: "Spot", account: "ed25519" }, { e: "x" }), 0)
      assert.strictEqual(yield* binance.pushRaw({ product: "Spot" }, { e: "goes on" }), 1)
      assert.strictEqual((yield* client.nextJson).subscriptionId, 1)
    })
  )

  scoped("ends a session whose API key was revoked at its next request", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const client = yield* connect("/ws-api/v3")
      yield* ask(client, "session.logon", sign("ed25519", { timestamp: startedAt }))
      yield* binance.inject(Fault.revokeApiKey("ed25519"))
      const refused = yield* ask(client, "session.status")
      assert.deepStrictEqual([refused.id, ...failure(refused)], [null, 401, -2015])
      assert.isNull((yield* ask(client, "session.status")).result.apiKey)
    })
  )

  scoped("answers what was asked meanwhile with its id, while the answer about a revoked API key is late", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const client = yield* connect("/ws-api/v3")
      yield* ask(client, "session.logon", sign("ed25519", { timestamp: startedAt }))
      yield* binance.inject(Fault.revokeApiKey("ed25519"))
      yield* binance.inject(Fault.slow({ endpoint: "session.status", by: "1 second" }))
      yield* client.send({ id: 2, method: "session.status" })
      assert.strictEqual((yield* ask(client, "ping", undefined, 3)).id, 3)
      yield* TestClock.adjust("1 second")
      const refused = yield* client.nextJson
      assert.deepStrictEqual([refused.id, ...failure(refused)], [null, 401, -2015])
    })
  )

  scoped("unsubscribes one or all, and says so in their order", () =>
    Effect.gen(function* () {
      const client = yield* connect("/ws-api/v3")
      for (const apiKey of [hmac, "rsa", "ed25519"]) {
        yield* subscribe(client, apiKey)
      }
      assert.deepStrictEqual(
        failure(yield* ask(client, "userDataStream.unsubscribe", { subscriptionId: 7 })),
        [400, -2036]
      )
      assert.deepStrictEqual((yield* ask(client, "userDataStream.unsubscribe", { subscriptionId: 1 })).result, {})
      assert.strictEqual((yield* client.nextJson).subscriptionId, 1)
      assert.deepStrictEqual((yield* ask(client, "userDataStream.unsubscribe")).result, {})
      assert.deepStrictEqual([(yield* client.nextJson).subscriptionId, (yield* client.nextJson).subscriptionId], [0, 2])
      assert.strictEqual((yield* subscribe(client)).result.subscriptionId, 3)
    })
  )

  scoped(
    "limits subscriptions at a time and in a life",
    () =>
      Effect.gen(function* () {
        const client = yield* connect("/ws-api/v3")
        yield* subscribe(client)
        assert.deepStrictEqual(failure(yield* subscribe(client)), [400, -2035])
        yield* subscribe(client, "rsa")
        assert.deepStrictEqual(failure(yield* subscribe(client, "ed25519")), [400, -1191])
        yield* ask(client, "userDataStream.unsubscribe", { subscriptionId: 0 })
        yield* client.next
        assert.strictEqual((yield* subscribe(client, "ed25519")).status, 200)
        yield* ask(client, "userDataStream.unsubscribe", { subscriptionId: 1 })
        yield* client.next
        assert.deepStrictEqual(failure(yield* subscribe(client)), [400, -2042])
        assert.strictEqual((yield* subscribe(yield* connect("/ws-api/v3"))).status, 200)
      }),
    { maxSubscriptions: 2, maxSubscriptionIds: 3 }
  )

  scoped(
    "listen tokens: of cross and of each isolated symbol, renewed without a gap, ended in time",
    () =>
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const path = "/sapi/v1/userListenToken"
        const method = "userDataStream.subscribe.listenToken"
        const client = yield* connect("/ws-api/v3")
        const cross = yield* call("POST", path)
        assert.deepStrictEqual(Object.keys(cross.json), ["token", "expirationTime"])
        assert.strictEqual(cross.json.expirationTime, startedAt + 24 * 3_600_000)
        assert.deepStrictEqual(
          failure({ status: 400, error: (yield* call("POST", `${path}?isIsolated=true`)).json }),
          [400, -1102]
        )
        assert.strictEqual((yield* call("POST", `${path}?validity=86400001`)).status, 400)
        const btc = (yield* call("POST", path, { form: { isIsolated: "true", symbol: "BTCUSDT", validity: "60000" } }))
          .json
        const eth = (yield* call("POST", `${path}?isIsolated=true&symbol=ETHUSDT`)).json
        assert.deepStrictEqual((yield* binance.counters).violations, [])
        assert.strictEqual((yield* call("POST", `${path}?isIsolated=true&symbol=btcusdt`)).status, 200)
        assert.deepStrictEqual((yield* binance.counters).violations, [
          { at: startedAt, kind: "UnknownSymbol", detail: "btcusdt in POST /sapi/v1/userListenToken: it stays silent" }
        ])
        for (const [index, { token, expirationTime }] of [cross.json, btc, eth].entries()) {
          assert.deepStrictEqual((yield* ask(client, method, { listenToken: token })).result, {
            subscriptionId: index,
            expirationTime: expirationTime * 1000
          })
        }
        assert.deepStrictEqual(failure(yield* ask(client, method, { listenToken: "unknown" })), [400, -1209])
        assert.strictEqual((yield* binance.counters).liveTokens, 4)
        const push = (symbol?: string) => binance.pushRaw({ product: "Margin", symbol }, { e: symbol ?? "cross" })
        assert.deepStrictEqual([yield* push("ETHUSDT"), yield* push(), yield* push("BTCUSDT")], [1, 1, 1])
        assert.deepStrictEqual(
          [yield* client.nextJson, yield* client.nextJson, yield* client.nextJson],
          [
            { subscriptionId: 2, event: { e: "ETHUSDT" } },
            { subscriptionId: 0, event: { e: "cross" } },
            { subscriptionId: 1, event: { e: "BTCUSDT" } }
          ]
        )
        yield* TestClock.adjust("50 seconds")
        const renewed = (yield* call("POST", `${path}?isIsolated=true&symbol=BTCUSDT&validity=60000`)).json
        assert.strictEqual((yield* ask(client, method, { listenToken: renewed.token })).result.subscriptionId, 1)
        yield* TestClock.adjust("59 seconds")
        assert.strictEqual(yield* push("BTCUSDT"), 1)
        yield* client.next
        yield* TestClock.adjust("1 second")
        const ended = { subscriptionId: 1, event: { e: "eventStreamTerminated", E: startedAt + 110_000 } }
        assert.deepStrictEqual(yield* client.nextJson, ended)
        assert.strictEqual(yield* push("BTCUSDT"), 0)
        assert.deepStrictEqual(failure(yield* ask(client, method, { listenToken: renewed.token })), [400, -1209])
        assert.strictEqual(yield* binance.inject(Fault.expireListenTokens()), 1)
        assert.strictEqual((yield* client.nextJson).subscriptionId, 0)
        assert.strictEqual((yield* binance.counters).subscriptions, 1)
      }),
    { webSocketApi: { pingInterval: "1 hour", pongTimeout: "1 hour" } }
  )

  scoped("a listen token may be asked for with a signature, which is then checked", () =>
    Effect.gen(function* () {
      const query = `isIsolated=false&timestamp=${startedAt}`
      const signed = (text: string) =>
        `/sapi/v1/userListenToken?${query}&signature=${encodeURIComponent(signers[hmac]!(text))}`
      assert.strictEqual((yield* call("POST", signed(query))).status, 200)
      assert.strictEqual((yield* call("POST", signed("other"))).json.code, -1022)
    })
  )

  scoped("futures: listen keys by request, the same as over REST", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      for (const [path, rest, product, stream] of [
        ["/ws-dapi/v1", "/dapi/v1/listenKey", "CoinFutures", "/ws"],
        ["/ws-fapi/v1", "/fapi/v1/listenKey", "UsdFutures", "/private/ws"]
      ] as const) {
        const client = yield* connect(path)
        assert.deepStrictEqual(failure(yield* ask(client, "userDataStream.start")), [400, -1102])
        const started = yield* ask(client, "userDataStream.start", { apiKey: hmac })
        const { listenKey } = started.result
        assert.strictEqual(started.rateLimits[0].limit, 2400)
        assert.deepStrictEqual((yield* call("PUT", rest)).json, { listenKey })
        assert.deepStrictEqual((yield* ask(client, "userDataStream.ping", { apiKey: hmac })).result, { listenKey })
        const socket = yield* connect(`${stream}/${listenKey}`)
        assert.strictEqual(yield* binance.pushRaw({ product }, { e: "x" }), 1)
        yield* socket.next
        assert.deepStrictEqual((yield* ask(client, "userDataStream.stop", { apiKey: hmac })).result, {})
        assert.deepStrictEqual(failure(yield* ask(client, "userDataStream.ping", { apiKey: hmac })), [400, -1125])
        const session = yield* ask(client, "session.logon", sign("ed25519", { timestamp: startedAt }))
        assert.notProperty(session.result, "userDataStream")
        assert.strictEqual((yield* ask(client, "userDataStream.start")).status, 200)
        assert.deepStrictEqual(failure(yield* ask(client, "userDataStream.subscribe")), [400, -1020])
      }
    })
  )

  scoped("microseconds, in answers and in events", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const client = yield* connect("/ws-api/v3?timeUnit=microsecond&returnRateLimits=false")
      const status = yield* ask(client, "session.status")
      assert.strictEqual(status.result.serverTime, startedAt * 1000)
      assert.notProperty(status, "rateLimits")
      yield* subscribe(client)
      yield* binance.pushRaw(
        { product: "Spot" },
        `{"e":"executionReport","E":${startedAt},"i":9007199254740993111,"t":1795000000000,"T":${startedAt},"W":${startedAt}}`
      )
      assert.strictEqual(
        yield* client.next,
        `{"subscriptionId":0,"event":{"e":"executionReport","E":${startedAt}000,"i":9007199254740993111,"t":1795000000000,"T":${startedAt}000,"W":${startedAt}000}}`
      )
      const refused = yield* connect("/ws-api/v3?timeUnit=NANOSECOND")
      assert.strictEqual((yield* refused.nextJson).error.code, -1194)
      yield* refused.closed
    })
  )

  scoped("odd frames", () =>
    Effect.gen(function* () {
      const client = yield* connect("/ws-api/v3")
      yield* client.send("{")
      const bad = yield* client.nextJson
      assert.deepStrictEqual([bad.id, ...failure(bad)], [null, 400, -1135])
      for (const id of ["text", 7, null]) {
        assert.strictEqual((yield* ask(client, "ping", undefined, id)).id, id)
      }
      yield* client.send(`{"id":9007199254740993,"method":"time"}`)
      assert.include(yield* client.next, `"id":9007199254740993,`)
      assert.deepStrictEqual(failure(yield* ask(client, "klines")), [400, -1020])
      assert.deepStrictEqual(failure(yield* ask(client, "userDataStream.start", { apiKey: hmac })), [410, -1020])
      yield* client.send({ method: "ping" })
      assert.strictEqual((yield* client.closed).code, 1006)
      const sbe = yield* connect("/ws-api/v3?responseFormat=sbe&sbeSchemaId=3&sbeSchemaVersion=5")
      assert.include((yield* ask(sbe, "session.status")).error.msg, "SBE is not simulated")
    })
  )

  scoped("faults in answers", () =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const client = yield* connect("/ws-api/v3")
      const endpoint = "userDataStream.subscribe.signature"
      yield* binance.inject(Fault.banned({ endpoint, retryAfter: 120 }))
      const banned = yield* subscribe(client)
      assert.deepStrictEqual(failure(banned), [418, -1003])
      assert.deepStrictEqual(banned.error.data, { serverTime: startedAt, retryAfter: startedAt + 120_000 })
      yield* binance.inject(Fault.slow({ endpoint, by: "3 seconds" }))
      yield* client.send({ id: 5, method: endpoint, params: sign(hmac, { timestamp: startedAt }) })
      yield* client.roundTrip
      assert.strictEqual(yield* binance.pushRaw({ product: "Spot" }, { e: "early" }), 1)
      assert.deepStrictEqual(yield* client.nextJson, { subscriptionId: 0, event: { e: "early" } })
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual((yield* client.nextJson).result, { subscriptionId: 0 })
      yield* binance.inject(Fault.truncatedBody({ endpoint: "session.status" }))
      yield* client.send({ id: 6, method: "session.status" })
      assert.throws(JSON.parse.bind(JSON, yield* client.next))
      yield* binance.inject(Fault.never({ endpoint: "session.status" }))
      yield* client.send({ id: 7, method: "session.status" })
      yield* client.roundTrip
      assert.strictEqual(yield* client.waiting, 0)
      yield* binance.inject(Fault.serverShutdown({ product: "Spot" }))
      assert.deepStrictEqual(yield* client.nextJson, { event: { e: "serverShutdown", E: startedAt + 3000 } })
      assert.strictEqual(yield* binance.inject(Fault.eventStreamTerminated()), 1)
      assert.strictEqual((yield* client.nextJson).event.e, "eventStreamTerminated")
      yield* binance.inject(Fault.reset({ endpoint: "session.status" }))
      yield* client.send({ id: 8, method: "session.status" })
      assert.strictEqual((yield* client.closed).code, 1006)
      const { requests } = yield* binance.counters
      assert.deepStrictEqual(requests[endpoint], { "418 -1003": 1, "200": 1 })
      assert.deepStrictEqual(requests["session.status"], { "200": 1, never: 1, reset: 1 })
    })
  )
})
