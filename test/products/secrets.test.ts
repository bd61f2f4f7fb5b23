import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Credentials, Margin, Spot } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import {
  apiKey,
  Evidence,
  echo,
  encryptedPem,
  hmac,
  linesOf,
  observe,
  type Provided,
  passphrase,
  patiently,
  pem,
  rest,
  secretKey,
  watch
} from "./evidence.js"
import { adjust, during } from "./harness.js"
import { listenKeyProducts, margin, type Row, type Service, spot } from "./products.js"

const observed = (
  name: string,
  credentials: Credentials.Options,
  body: (evidence: Evidence) => Effect.Effect<void, unknown, Provided>
) =>
  it.live(
    name,
    () =>
      Effect.map(observe(credentials, body), (evidence) => {
        for (const where of ["log", "span", "element", "error", "status"]) {
          expect(evidence.shown.get(where)?.size ?? 0).toBeGreaterThan(5)
        }
        expect(evidence.leaks().slice(0, 5)).toEqual([])
      }),
    30_000
  )

const faultyAnswers: ReadonlyArray<Fault.Fault> = (() => {
  const msg = `Illegal request ${echo} for ${apiKey} (${encodeURIComponent(apiKey)})`
  return [
    Fault.unauthorized(),
    Fault.forbidden(),
    Fault.gone(),
    Fault.invalidListenKey(),
    Fault.rateLimited({ retryAfter: 1 }),
    Fault.banned({ retryAfter: 1 }),
    Fault.serverError({ times: 5, msg }),
    Fault.serverError({ times: 5, html: true, msg }),
    ...[400, 401, 403, 404, 409, 410, 418, 429].map((status) => Fault.errorAnswer({ status, msg, retryAfter: 1 })),
    ...[400, 403, 410].map((status) => Fault.errorAnswer({ status, html: true, msg })),
    ...[-1003, -1021, -1022, -1100, -1209, -2015].map((code) => Fault.errorAnswer({ status: 400, code, msg })),
    Fault.reset({ times: 5 }),
    Fault.never({ times: 5 }),
    Fault.truncatedBody({ times: 5 }),
    Fault.emptyBody({ times: 5 })
  ]
})()

const troubles = ({ product }: Row, secret: string): ReadonlyArray<Fault.Fault> => [
  Fault.dropSockets(),
  Fault.dropSockets({ code: 1008, reason: `no ${secret}` }),
  Fault.cut24h(),
  Fault.halfOpen(),
  Fault.serverShutdown(),
  Fault.eventStreamTerminated(),
  Fault.expireListenTokens(),
  Fault.expireListenKey({ product }),
  Fault.deleteListenKey({ product }),
  Fault.rotateListenKey({ product }),
  Fault.unknownEvent(),
  Fault.garbageFrame(),
  ...([403, 404, 418, 429, 503, "reset", "never"] as const).map((refusal) =>
    Fault.refuseConnects(refusal, { times: 2, retryAfter: 1 })
  )
]

/** Frames with a listen key wherever one was ever seen, or could be. */
const framesWith = (key: string): ReadonlyArray<string> => [
  `{"e":"listenKeyExpired","E":"tomorrow","listenKey":"${key}"}`,
  `{"e":"listenKeyExpired","E":1790000000000,"listenKey":"${key}`,
  `{"stream":"${key}","data":{"e":"somethingNew","E":1,"a":["${key}"]}}`,
  `{"stream":"${key}","data":{"e":"ORDER_TRADE_UPDATE"}}`,
  `{"stream":"${key}","data":`,
  `{"e":"somethingNew","E":1,"listenKey":"${key}","more":{"listenToken":"${key}"}}`,
  `{"e":"executionReport","listenKey":"${key}"}`,
  `{"e":"ACCOUNT_UPDATE","E":1,"listenToken":"${key}"`,
  // In places where only whoever knows the key can find it.
  `{"e":"somethingNew","E":1,"a":{"${key}":["of ${key}"]}}`,
  `{"e":"ACCOUNT_UPDATE","E":"of ${key}"}`,
  `no JSON, but ${key}`
]

/** The same in frames that end the connection. */
const lastFramesWith = (key: string): ReadonlyArray<string> => [
  `{"e":"listenKeyExpired","E":1790000000000,"listenKey":"${key}"}`,
  `{"e":"listenKeyExpired","E":"1790000000000","listenKey":"${key}"}`,
  `{"e":"listenKeyExpired","E":1790000000000,"more":{"listenKey":{"text":"${key}"}}}`,
  `{"stream":"${key}","data":{"e":"listenKeyExpired","E":1790000000000,"listenKey":"${key}"}}`
]

const observeCalls = (evidence: Evidence, service: Service, secret: string) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const key = { key: Redacted.make(secret), expiresAt: 0 }
    const calls: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
      service.createListenKey,
      service.keepaliveListenKey(key),
      service.closeListenKey(key),
      Effect.scoped(service.listenKey)
    ]
    for (const fault of faultyAnswers) {
      for (const call of calls) {
        yield* binance.inject(fault)
        const exit = yield* patiently(Effect.exit(Effect.withSpan(call, "call")))
        evidence.show("error", exit, Exit.isFailure(exit) ? Cause.squash(exit.cause) : exit.value)
        yield* binance.inject(Fault.clear)
      }
    }
  })

/** Makes everything go wrong that can go wrong with a stream. */
const observeTroubles = (evidence: Evidence, row: Row, service: Service, secretNow: Effect.Effect<string>) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    for (let index = 0; index < troubles(row, "").length; index++) {
      const fiber = yield* watch(evidence, service)
      const secret = yield* patiently(secretNow)
      const last = lastFramesWith(secret)
      const frames = [...framesWith(secret), last[index % last.length]!].filter(
        // A WebSocket API has no combined streams, and no listen key to recognise anywhere else.
        (frame) => "path" in row || !frame.includes('"stream"')
      )
      for (const frame of frames) {
        yield* binance.pushRaw({ product: row.product }, frame)
      }
      yield* adjust("90 seconds")
      yield* binance.tradingDay(row.product)
      yield* binance.inject(troubles(row, secret)[index]!)
      yield* rest
      yield* binance.inject(Fault.dropSockets())
      yield* adjust("1 minute")
      yield* rest
      yield* adjust("1 minute")
      evidence.show("status", yield* service.status)
      yield* during("10 seconds", Fiber.interruptAll([fiber.elements, fiber.status]))
      yield* binance.inject(Fault.clear)
    }
    for (const fault of faultyAnswers) {
      const fiber = yield* watch(evidence, service)
      yield* binance.inject(fault)
      yield* binance.inject(Fault.dropSockets())
      yield* rest
      yield* adjust("1 minute")
      yield* rest
      yield* binance.inject(Fault.clear)
      evidence.show("error", yield* during("10 seconds", Fiber.interrupt(fiber.elements)))
      yield* during("10 seconds", Fiber.interrupt(fiber.status))
    }
  })

describe("nothing that a product shows holds a secret", () => {
  for (const row of listenKeyProducts) {
    observed(row.product, hmac, (evidence) =>
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const service = yield* row.make({ onClose: "close" })
        const secretNow = Effect.map(Effect.orDie(service.createListenKey), ({ key }) => Redacted.value(key))
        yield* observeTroubles(evidence, row, service, secretNow)
        yield* observeCalls(evidence, service, yield* patiently(secretNow))

        const key = yield* service.createListenKey
        evidence.show("key", key, key.key)
        const scope = yield* Scope.make()
        const kept = yield* Scope.extend(service.listenKey, scope)
        const changes = yield* Effect.forkDaemon(
          Stream.runForEach(kept.changes, (key) => Effect.sync(() => evidence.show("key", key)))
        )
        evidence.show("key", kept, yield* kept.current)
        yield* binance.inject(Fault.rotateListenKey({ product: row.product }))
        yield* adjust("31 minutes")
        evidence.show("key", kept, yield* kept.current)
        yield* binance.inject(Fault.unauthorized({ for: "3 hours" }))
        yield* adjust("91 minutes")
        evidence.show("key", yield* Effect.exit(kept.current), yield* Fiber.await(changes))
        yield* binance.inject(Fault.clear)
        yield* during("10 seconds", Scope.close(scope, Exit.void))
        expect(evidence.secrets.size).toBeGreaterThan(10)
      })
    )
  }

  const signed: ReadonlyArray<{
    readonly name: string
    readonly credentials: Credentials.Options
    readonly authentication: Spot.StreamOptions["authentication"]
  }> = [
    { name: "HMAC", credentials: hmac, authentication: "signature" },
    { name: "a PEM", credentials: { apiKey, privateKey: pem }, authentication: "signature" },
    {
      name: "an encrypted PEM and logon",
      credentials: { apiKey, privateKey: encryptedPem, passphrase },
      authentication: "logon"
    }
  ]

  for (const { authentication, credentials, name } of signed) {
    observed(`Spot with ${name}`, credentials, (evidence) =>
      Effect.gen(function* () {
        const service = yield* Spot.make({ authentication })
        yield* observeTroubles(evidence, spot, service, Effect.succeed(apiKey))
        const key = yield* service.createListenKey
        yield* observeCalls(evidence, service, Redacted.value(key.key))
      })
    )
  }

  observed("Margin", hmac, (evidence) =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const service = yield* Margin.make({ signed: true, validity: 10 * 60_000 })
      const isolated = service.isolated("BTCUSDT")
      evidence.show("service", service, isolated)
      const token = yield* patiently(service.createListenToken)
      evidence.show("key", token, yield* patiently(isolated.createListenToken))
      yield* observeTroubles(evidence, margin, service, Effect.succeed(apiKey))
      const both = yield* Effect.all([watch(evidence, service), watch(evidence, isolated)])
      for (const fault of faultyAnswers) {
        yield* binance.inject(fault)
        evidence.show("error", yield* patiently(Effect.exit(service.createListenToken)))
        yield* binance.inject(Fault.clear)
      }
      for (const { elements, status } of both) {
        yield* during("10 seconds", Fiber.interruptAll([elements, status]))
      }
    })
  )
})

describe("what only a hostile peer or a tracer of values would show", () => {
  // A span of `WebSocketApi` ends with the raw answer, and that of `session.logon` tells the API key.
  it.live("the value of the span of session.logon", () =>
    Effect.gen(function* () {
      const evidence = yield* observe({ apiKey, privateKey: pem }, (evidence) =>
        Effect.gen(function* () {
          yield* watch(evidence, yield* Spot.make({ authentication: "logon" }))
          yield* rest
          yield* rest
        })
      )
      expect(evidence.leaks((where) => where === "value of a span")).toEqual([])
    })
  )

  // `WebSocketApi` takes only the API key out of the reason of a close.
  it.live("a listen token in the reason of a close", () =>
    Effect.gen(function* () {
      const evidence = yield* observe(hmac, (evidence) =>
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          const before = new Set(evidence.secrets)
          yield* watch(evidence, yield* Margin.make())
          const token = Array.from(evidence.secrets).find((secret) => !before.has(secret))!
          expect(token).toHaveLength(64)
          yield* binance.inject(Fault.dropSockets({ code: 1008, reason: `no ${token}` }))
          yield* adjust("1 second")
        })
      )
      expect(evidence.leaks()).toEqual([])
    })
  )
})

describe("the search itself", () => {
  it("finds a secret in each place where one could be", () => {
    const nested = new Error("outer", { cause: { deep: { deeper: { deepest: [new Map([["x", apiKey]])] } } } })
    const places: ReadonlyArray<unknown> = [
      apiKey,
      new Error(apiKey),
      nested,
      Exit.fail(nested),
      Cause.die(nested),
      { url: `wss://x/ws/${apiKey}` },
      Object.defineProperty({}, "hidden", { value: secretKey }),
      linesOf(pem)[0]
    ]
    for (const place of places) {
      const evidence = new Evidence()
      evidence.show("place", place)
      expect(evidence.leaks()).not.toEqual([])
    }
    const evidence = new Evidence()
    evidence.show("place", Redacted.make(apiKey))
    expect(evidence.leaks()).toEqual([])
  })
})
