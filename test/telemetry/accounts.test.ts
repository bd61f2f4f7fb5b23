import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import {
  type BinanceError,
  CoinFutures,
  Credentials,
  Environment,
  ListenToken,
  Margin,
  Metrics,
  WebSocketApi
} from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, consume, during, settle, virtual } from "../products/harness.js"
import { listenKeyProducts, products, type Row, type StreamOptions } from "../products/products.js"
import { makeLog, makeTracer, metrics } from "./observer.js"

/** The credentials of another account of the same Binance, under a name. */
const otherCredentials = (name: string | undefined) =>
  Layer.unwrapEffect(
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const secretKey = SimulatedBinance.defaultSecretKey
      yield* binance.account({ apiKey: "other", account: "other", secretKey })
      const { signer } = yield* Credentials.Credentials
      return Credentials.layer({ name, apiKey: "other", signer: signer._tag === "Some" ? signer.value : undefined })
    })
  )

/** Two accounts of one product: one gets its name from the options, the other one from its credentials. */
const makeBoth = (row: Row, options?: StreamOptions) =>
  Effect.all({
    alpha: row.make({ ...options, name: "alpha" }),
    beta: Effect.provide(row.make(options), otherCredentials("beta"))
  })

const isOfKey = (row: Row) => listenKeyProducts.some((other) => other === row)

/** All that is logged, measured and traced in an unquiet life. */
const unquiet = (row: Row) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    yield* adjust("5 minutes")
    for (const fault of [
      Fault.dropSockets(),
      Fault.serverShutdown(),
      ...(isOfKey(row)
        ? [
            Fault.unauthorized({ endpoint: `PUT ${listenKeyProducts.find((other) => other === row)!.path}`, times: 2 }),
            Fault.expireListenKey({ product: row.product }),
            Fault.expireListenKey({ product: row.product, account: "other" })
          ]
        : [Fault.eventStreamTerminated()])
    ]) {
      yield* binance.inject(fault)
      yield* binance.tradingDay(row.product)
      yield* binance.tradingDay(row.product, { account: "other" })
      yield* adjust("45 minutes")
    }
  })

const names = ["alpha", "beta"] as const

describe("two accounts of one product in one program can be told apart", () => {
  for (const row of products) {
    const { product } = row

    const log = makeLog()
    virtual(
      `${product}: in each line of the log`,
      Effect.gen(function* () {
        const { alpha, beta } = yield* makeBoth(row)
        yield* consume(alpha)
        yield* consume(beta)
        yield* unquiet(row)
        const lines = log.lines.filter(({ level }) => LogLevel.greaterThanEqual(level, LogLevel.Debug))
        expect(lines.length).toBeGreaterThan(8)
        const told = names.map((name) => {
          const own = lines.filter(({ annotations }) => annotations.account === name)
          expect(own.every(({ annotations }) => annotations.product === product)).toBe(true)
          for (const { text } of own) {
            expect(text).toContain(`${product} (${name})`)
          }
          return own.map(({ text }) => text.replaceAll(name, "the account")).sort()
        })
        expect(told[0]).toEqual(told[1])
        expect(told[0]).toHaveLength(lines.length / 2)
      }).pipe(Effect.provide(log.layer))
    )

    virtual(
      `${product}: in each metric, and by the tags around make`,
      Effect.gen(function* () {
        const before = yield* metrics
        const made = yield* Effect.tagMetrics(makeBoth(row), "desk", product)
        yield* consume(made.alpha)
        yield* consume(made.beta)
        yield* unquiet(row)
        const after = yield* metrics
        const changed = Array.from(after.keys()).filter(
          (key) => key.includes("product=") && after.get(key) !== before.get(key)
        )
        const labels = (name: string) => `product=${product},account=${name},`
        expect(changed.every((key) => names.some((name) => key.includes(labels(name))))).toBe(true)
        expect(changed.every((key) => key.endsWith(`,desk=${product}}`))).toBe(true)
        const told = names.map((name) =>
          changed.filter((key) => key.includes(labels(name))).map((key) => key.replace(name, ""))
        )
        expect(told[0]!.sort()).toEqual(told[1]!.sort())
        for (const name of names) {
          expect(after.get(`streams_live{${labels(name)}desk=${product}}`)).toBe(1)
          expect(after.get(`reconnects{${labels(name)}cause=SocketClosed,desk=${product}}`)).toBe(1)
        }
        // As many as there are kinds of them, however long this goes on.
        yield* unquiet(row)
        expect(Array.from((yield* metrics).keys()).filter((key) => key.endsWith(`desk=${product}}`))).toHaveLength(
          changed.length
        )
      })
    )

    const tracer = makeTracer()
    virtual(
      `${product}: in each span`,
      Effect.gen(function* () {
        const { alpha, beta } = yield* makeBoth(row)
        yield* consume(alpha)
        yield* consume(beta)
        yield* unquiet(row)
        expect(tracer.spans.length).toBeGreaterThan(8)
        expect(
          tracer.spans.filter(({ attributes }) => !names.some((name) => attributes.get("account") === name))
        ).toEqual([])
        expect(new Set(tracer.spans.map(({ attributes }) => attributes.get("account")))).toEqual(new Set(names))
      }).pipe(Effect.provide(tracer.layer))
    )

    virtual(
      `${product}: in status and errors`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const made = yield* makeBoth(row)
        const fibers = { alpha: (yield* consume(made.alpha)).fiber, beta: (yield* consume(made.beta)).fiber }
        yield* adjust("5 minutes")
        yield* binance.inject(Fault.unauthorized({ for: "1 hour" }))
        for (const name of names) {
          const error: BinanceError.BinanceError = yield* Effect.flip(made[name].createListenKey)
          expect(error.account).toBe(name)
          expect(error.message).toMatch(`Account ${name}: `)
          expect((yield* made[name].status).account).toBe(name)
        }
        yield* binance.inject(Fault.dropSockets())
        yield* adjust("5 minutes")
        for (const name of names) {
          const { lastError, phase } = yield* made[name].status
          expect({ phase, account: lastError?.account }).toEqual({ phase: "Failed", account: name })
          const exit = fibers[name].unsafePoll()
          const error = exit !== null && Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
          expect(error).toMatchObject({ _tag: "Unauthorized", account: name })
        }
      })
    )

    virtual(
      `${product}: where a consumer is too slow, by the warning in the fiber of the consumer`,
      Effect.gen(function* () {
        const log = makeLog()
        const binance = yield* SimulatedBinance.SimulatedBinance
        const { alpha } = yield* makeBoth(row, { buffer: { elements: 4 } })
        let seen = 0
        yield* Effect.forkDaemon(
          alpha.forEach(() => (seen++ === 0 ? Effect.sleep("1 minute") : undefined)).pipe(Effect.provide(log.layer))
        )
        yield* settle
        for (let n = 0; n < 12; n++) {
          yield* binance.pushRaw({ product }, JSON.stringify({ e: "count", n }))
          yield* adjust("1 second")
        }
        yield* adjust("2 minutes")
        const warnings = log.lines.filter(({ level }) => level === LogLevel.Warning)
        expect(warnings).toHaveLength(1)
        expect(warnings[0]).toMatchObject({
          text: expect.stringContaining(`A consumer of the stream of ${product} (alpha) missed events`),
          annotations: { product, account: "alpha" }
        })
      }),
      { binance: { pings: "hidden" } }
    )
  }
})

describe("a name", () => {
  virtual(
    "of the options goes before that of the credentials, and a blank one is none",
    Effect.gen(function* () {
      const named = Credentials.layer({ name: " beta ", apiKey: SimulatedBinance.defaultApiKey })
      const accountOf = (options: StreamOptions) =>
        Effect.flatMap(CoinFutures.make(options), ({ status }) => Effect.map(status, ({ account }) => account))
      expect(yield* Effect.provide(accountOf({ name: "alpha" }), named)).toBe("alpha")
      expect(yield* Effect.provide(accountOf({}), named)).toBe("beta")
      expect(yield* Effect.provide(accountOf({ name: " " }), named)).toBe("beta")
      expect(yield* accountOf({})).toBe(undefined)
    })
  )

  virtual(
    "reaches the layer, the WebSocket API and listen tokens",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { status } = yield* Effect.provide(CoinFutures.CoinFutures, CoinFutures.layerWith({ name: "alpha" }))
      expect(yield* status).toMatchObject({ product: "CoinFutures", account: "alpha" })
      const url = yield* Effect.flatMap(Environment.Environment, ({ webSocketApi }) => webSocketApi("Spot"))
      const { session } = yield* Effect.provide(WebSocketApi.make({ url }), otherCredentials("beta"))
      expect(yield* during("1 second", Effect.flip(session.logon))).toMatchObject({
        _tag: "InvalidCredentials",
        account: "beta"
      })
      yield* binance.inject(Fault.unauthorized())
      const { create } = yield* ListenToken.make({ name: "gamma" })
      expect(yield* Effect.flip(create())).toMatchObject({ _tag: "Unauthorized", account: "gamma" })
    })
  )

  for (const row of products) {
    virtual(
      `${row.product}: that looks like a key is refused, and not shown`,
      Effect.gen(function* () {
        const name = SimulatedBinance.defaultApiKey
        const error = yield* Effect.flip(row.make({ name }))
        expect(error).toMatchObject({ _tag: "InvalidOptions", option: "name" })
        expect(JSON.stringify(error) + error.message).not.toContain(name)
      })
    )
  }

  it.effect("of credentials that looks like a key is refused, and not shown", () =>
    Effect.gen(function* () {
      const name = "k".repeat(64)
      const error = yield* Effect.flip(Credentials.make({ name, apiKey: "an-api-key" }))
      expect(JSON.stringify(error) + error.message).not.toContain(name)
      expect(error.message).toContain("looks like a key")
    })
  )
})

describe("isolated margin accounts can be told apart", () => {
  const log = makeLog()
  virtual(
    "in logs, metrics and statuses",
    Effect.gen(function* () {
      const margin = yield* Margin.make({ name: "alpha" })
      const streams = [margin, margin.isolated("BTCUSDT"), margin.isolated("ETHUSDT")]
      yield* Effect.forEach(streams, consume)
      yield* adjust("1 minute")
      const statuses = yield* Effect.forEach(streams, ({ status }) => status)
      expect(statuses.map(({ isolatedSymbol }) => isolatedSymbol)).toEqual([undefined, "BTCUSDT", "ETHUSDT"])
      expect(log.infos().toSorted()).toEqual([
        "The stream of Margin (alpha) is live",
        "The stream of Margin BTCUSDT (alpha) is live",
        "The stream of Margin ETHUSDT (alpha) is live"
      ])
      expect(log.lines.map(({ annotations }) => annotations.isolatedSymbol)).toContain("ETHUSDT")
      const live = Metrics.streamsLive.pipe(
        Metric.tagged("product", "Margin"),
        Metric.tagged("account", "alpha"),
        Metric.tagged("isolatedSymbol", "ETHUSDT")
      )
      expect((yield* Metric.value(live)).value).toBe(1)
    }).pipe(Effect.provide(log.layer))
  )
})
