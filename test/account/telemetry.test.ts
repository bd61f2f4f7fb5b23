import { inspect } from "node:util"
import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import { Credentials, UsdFutures, UsdFuturesAccount } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { virtual } from "../products/harness.js"
import { adjust, settle } from "../support/simulated.js"
import { added, makeLog, makeTracer, metrics } from "../telemetry/observer.js"
import { accounts, type Row } from "./accounts.js"
import { consume } from "./harness.js"

const line = /^The account of /

/** The lines about recoveries, each with its level. */
const linesOf = ({ lines }: ReturnType<typeof makeLog>) =>
  lines.filter(({ text }) => line.test(text)).map(({ level, text }) => `${level.label} ${text}`)

const orderOf = ({ price, product, quantity, symbol }: Row) => {
  const limit = { product, symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", price, quantity } as const
  return { limit, market: { ...limit, type: "MARKET", price: undefined, timeInForce: undefined } as const }
}

for (const row of accounts) {
  const { asset, deposit, make, product } = row
  const { limit, market } = orderOf(row)

  describe(`${product}: what a recovery tells`, () => {
    virtual(
      "is one line, counts, a time and a span",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.deposit({ product, asset, amount: deposit })
        const log = makeLog()
        const tracer = makeTracer()
        const before = yield* metrics
        yield* Effect.gen(function* () {
          const elements = yield* consume(yield* make())
          yield* adjust("1 minute")
          const resting = yield* binance.placeOrder(limit)
          yield* adjust("5 seconds")
          yield* binance.inject(Fault.refuseConnects("reset", { for: "20 seconds" }))
          yield* binance.inject(Fault.dropSockets())
          yield* binance.fill({ product, ...resting })
          yield* binance.placeOrder(market)
          yield* adjust("2 minutes")
          expect(elements.map(({ _tag }) => _tag)).toContain("RecoveredFill")
        }).pipe(Effect.provide([log.layer, tracer.layer]), Effect.scoped)
        const after = yield* metrics

        const lines = linesOf(log)
        expect(lines).toEqual([
          expect.stringMatching(
            /^INFO .+ is current again after \d+ ms \(the stream was opened\): 0 fills and 0 orders/
          ),
          expect.stringMatching(/^DEBUG .+ \(REST may have been behind\): 0 fills and 0 orders/),
          expect.stringMatching(/^INFO .+ \(the socket was closed with 1006\): 2 fills and 2 orders recovered$/),
          expect.stringMatching(/^DEBUG .+ \(REST may have been behind\): 0 fills and 0 orders/)
        ])

        const of = `product=${product}`
        expect(added(before, after, "recoveries")).toEqual({
          [`${of},cause=Start,outcome=mended`]: 1,
          [`${of},cause=Gap,outcome=mended`]: 1,
          [`${of},cause=Confirm,outcome=mended`]: 2
        })
        expect(added(before, after, "recovered_fills")).toEqual({ [`${of},origin=Recovered`]: 2 })
        const millis = lines.map((text) => Number(/after (\d+) ms/.exec(text)?.[1])).reduce((sum, ms) => sum + ms, 0)
        expect(added(before, after, "stale_seconds")[of] ?? 0).toBeCloseTo(millis / 1000, 6)

        const spans = tracer.named("Account.recover")
        expect(spans.map(({ attributes }) => [attributes.get("product"), attributes.get("kind")])).toEqual([
          [product, "Start"],
          [product, "Confirm"],
          [product, "Gap"],
          [product, "Confirm"]
        ])
        expect(spans.every(({ status }) => status._tag === "Ended" && status.exit._tag === "Success")).toBe(true)

        const told = inspect([log.lines, tracer.spans, [...after.keys()]], { depth: 12, maxArrayLength: null })
        const { apiKey } = yield* Credentials.Credentials
        expect(told).not.toContain(SimulatedBinance.defaultApiKey)
        expect(told).not.toContain(SimulatedBinance.defaultSecretKey)
        expect(told).not.toMatch(/signature=[0-9a-f]{64}/)
        expect(String(apiKey)).toBe("<redacted>")
      })
    )

    virtual(
      "is a warning with what differs, if the stream was deaf",
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.deposit({ product, asset, amount: deposit })
        const log = makeLog()
        const before = yield* metrics
        yield* Effect.gen(function* () {
          yield* consume(yield* make({ reconcileEvery: "5 minutes", symbols: [row.symbol] }))
          yield* adjust("1 minute")
          yield* binance.inject(Fault.stopEvents({ product }))
          yield* binance.placeOrder(market)
          yield* binance.inject(Fault.resumeEvents({ product }))
          yield* adjust("10 minutes")
        }).pipe(Effect.provide(log.layer), Effect.scoped)
        const after = yield* metrics
        const warnings = linesOf(log).filter((text) => text.startsWith("WARN"))
        expect(warnings).toHaveLength(1)
        expect(warnings[0]).toMatch(/: 1 fill and 1 order recovered; .+/)
        expect(added(before, after, "recoveries")[`product=${product},cause=Check,outcome=diverged`]).toBe(1)
      })
    )
  })
}

describe("an account of which a list is refused", () => {
  virtual(
    "is not said to be current",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const log = makeLog()
      yield* binance.inject(Fault.errorAnswer({ status: 400, code: -1100, endpoint: "GET /fapi/v1/openOrders" }))
      yield* Effect.gen(function* () {
        yield* consume(yield* accounts[1].make())
        yield* adjust("1 minute")
      }).pipe(Effect.provide(log.layer), Effect.scoped)
      expect(linesOf(log)[0]).toMatch(/^WARN .+ is still stale after \d+ ms \(the stream was opened\): .+-1100/)
    })
  )
})

describe("accounts with names", () => {
  const named = (name: string, apiKey: string) =>
    Layer.unwrapEffect(
      Effect.map(Credentials.Credentials, ({ signer }) =>
        Credentials.layer({ name, apiKey, signer: Option.getOrUndefined(signer) })
      )
    )

  virtual(
    "are told apart in logs, metrics and spans, however the name was given",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      yield* binance.account({ apiKey: "other", account: "other", secretKey: SimulatedBinance.defaultSecretKey })
      const log = makeLog()
      const tracer = makeTracer()
      const before = yield* metrics
      const alpha = Effect.flatMap(Layer.build(UsdFutures.layerWith({ name: "alpha" })), (context) =>
        Effect.provide(UsdFuturesAccount.make(), context)
      )
      const beta = Effect.flatMap(Layer.build(UsdFutures.layerWith({})), (context) =>
        Effect.provide(UsdFuturesAccount.make(), context)
      ).pipe(Effect.provide(named("beta", "other")), Effect.tagMetrics("desk", "two"))
      yield* Effect.gen(function* () {
        yield* consume(yield* alpha)
        yield* consume(yield* beta)
        yield* adjust("5 seconds")
        yield* settle
      }).pipe(Effect.provide([log.layer, tracer.layer]), Effect.scoped)
      const after = yield* metrics
      const lines = log.lines.filter(({ level, text }) => line.test(text) && level === LogLevel.Info)
      expect(lines.map(({ annotations, text }) => [text.split(" is current")[0], annotations])).toEqual([
        ["The account of UsdFutures (alpha)", { product: "UsdFutures", account: "alpha" }],
        ["The account of UsdFutures (beta)", { product: "UsdFutures", account: "beta" }]
      ])
      expect(added(before, after, "recoveries")).toEqual({
        "product=UsdFutures,account=alpha,cause=Start,outcome=mended": 1,
        "product=UsdFutures,account=beta,cause=Start,outcome=mended,desk=two": 1
      })
      expect(tracer.named("Account.recover").map(({ attributes }) => attributes.get("account"))).toEqual([
        "alpha",
        "beta"
      ])
    })
  )
})
