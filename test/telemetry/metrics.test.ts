import { inspect } from "node:util"
import { describe, expect } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { BinanceHttp, Margin, type StreamNotice } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, during, events, notices, now, settle, start, virtual } from "../products/harness.js"
import { type Element, listenKeyProducts, products, type Row } from "../products/products.js"
import { added, metrics } from "./observer.js"

const live = (row: Row) => Effect.map(metrics, (metrics) => metrics.get(`streams_live{product=${row.product}}`) ?? 0)

const countBy = (elements: ReadonlyArray<Element>, keyOf: (element: Element) => string) => {
  const counts: { [key: string]: number } = {}
  for (const element of elements) {
    counts[keyOf(element)] = (counts[keyOf(element)] ?? 0) + 1
  }
  return counts
}

const restless = (row: Row): ReadonlyArray<Fault.Fault> => [
  Fault.dropSockets(),
  Fault.halfOpen(),
  Fault.serverShutdown(),
  Fault.dropSockets({ code: 1012 }),
  Fault.duplicateFrame(),
  ...(listenKeyProducts.some((other) => other === row)
    ? [Fault.expireListenKey({ product: row.product }), Fault.deleteListenKey({ product: row.product })]
    : [Fault.eventStreamTerminated()])
]

describe("what a consumer saw", () => {
  for (const row of products) {
    virtual(
      row.product,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const before = yield* metrics
        const session = yield* start(row)
        for (const fault of restless(row)) {
          yield* binance.tradingDay(row.product)
          yield* adjust("5 minutes")
          yield* binance.inject(fault)
          yield* binance.tradingDay(row.product)
          yield* adjust("45 minutes")
        }
        const { reconnects, rollovers } = yield* session.service.status
        yield* session.close
        const after = yield* metrics
        const { elements } = session
        const product = `product=${row.product}`

        const types = countBy(events(elements), ({ _tag }) => `${product},type=${_tag}`)
        expect(Object.keys(types).length).toBeGreaterThan(2)
        expect(added(before, after, "events")).toEqual(types)
        expect(added(before, after, "event_lag_milliseconds_count")).toEqual({
          [product]: events(elements).filter((event) => "eventTime" in event).length
        })

        const interrupted = notices(elements).filter(
          ({ _tag }) => _tag === "Interrupted"
        ) as Array<StreamNotice.Interrupted>
        const causes = countBy(
          interrupted,
          (notice) => `${product},cause=${(notice as StreamNotice.Interrupted).cause._tag}`
        )
        expect(Object.keys(causes).length).toBeGreaterThan(2)
        expect(added(before, after, "reconnects")).toEqual(causes)
        expect(countBy(interrupted, (notice) => (notice as StreamNotice.Interrupted).cause._tag)).toEqual(reconnects)

        const rolledOver = notices(elements).filter(({ _tag }) => _tag === "RolledOver")
        expect(rolledOver).toHaveLength(rollovers)
        expect(added(before, after, "rollovers")).toEqual({ [`${product},cause=ServerShutdown`]: 1 })

        const seconds: { [labels: string]: number } = {}
        for (const notice of notices(elements)) {
          if (notice._tag === "Resumed") {
            const { cause, from, to } = notice.gap
            const labels = `${product},cause=${cause._tag}`
            seconds[labels] = (seconds[labels] ?? 0) + (to - from) / 1000
          }
        }
        const gapSeconds = added(before, after, "gap_seconds")
        expect(Object.keys(seconds).length).toBeGreaterThan(2)
        expect(Object.keys(gapSeconds).sort()).toEqual(Object.keys(seconds).sort())
        for (const [labels, sum] of Object.entries(seconds)) {
          expect(gapSeconds[labels]).toBeCloseTo(sum, 6)
        }
      })
    )
  }
})

describe("streams live", () => {
  for (const row of products) {
    virtual(
      `${row.product}: up, down while interrupted, and back to 0`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        expect(yield* live(row)).toBe(0)
        const first = yield* start(row)
        expect(yield* live(row)).toBe(1)
        const second = yield* start(row)
        expect(yield* live(row)).toBe(2)
        yield* second.close
        expect(yield* live(row)).toBe(1)

        yield* adjust("5 minutes")
        yield* binance.inject(Fault.refuseConnects(503, { for: "1 minute" }))
        yield* binance.inject(Fault.dropSockets())
        yield* adjust("10 seconds")
        expect(yield* live(row)).toBe(0)
        yield* adjust("5 minutes")
        expect(yield* live(row)).toBe(1)

        yield* binance.inject(Fault.serverShutdown())
        yield* adjust("5 minutes")
        expect(yield* live(row)).toBe(1)

        yield* binance.inject(Fault.refuseConnects("never"))
        yield* binance.inject(Fault.dropSockets())
        yield* adjust("1 second")
        expect(yield* live(row)).toBe(0)
        yield* first.close
        expect(yield* live(row)).toBe(0)
      })
    )
  }
})

describe("keepalives", () => {
  for (const row of listenKeyProducts) {
    virtual(
      row.product,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const endpoint = `PUT ${row.path}`
        const product = `product=${row.product}`
        const before = yield* metrics
        const session = yield* start(row, { keepalive: Schedule.spaced("20 minutes") })
        yield* binance.inject(Fault.slow({ endpoint, by: "700 millis", for: "21 minutes" }))
        yield* adjust("21 minutes")
        const afterOne = yield* metrics
        expect(added(before, afterOne, "keepalive_latency_milliseconds_count")).toEqual({ [product]: 1 })
        expect(added(before, afterOne, "keepalive_latency_milliseconds_sum")).toEqual({ [product]: 700 })
        expect(added(before, afterOne, "keepalive_failures")).toEqual({})
        expect(afterOne.get(`key_age_seconds{${product}}`)).toBe(1200)

        yield* binance.inject(Fault.rateLimited({ endpoint, retryAfter: 600 }))
        yield* adjust("18 minutes")
        expect(added(afterOne, yield* metrics, "keepalive_failures")).toEqual({})
        yield* adjust("5 minutes")
        const afterRefusal = yield* metrics
        expect(added(afterOne, afterRefusal, "keepalive_failures")).toEqual({ [`${product},error=RateLimited`]: 1 })
        expect(added(afterOne, afterRefusal, "keepalive_latency_milliseconds_count")).toEqual({})
        // The answer to the first took 700 ms, from when on the next 20 minutes were counted.
        expect(afterRefusal.get(`key_age_seconds{${product}}`)).toBeCloseTo(1200.7, 1)
        yield* adjust("10 minutes")
        const afterAll = yield* metrics
        expect(added(afterRefusal, afterAll, "keepalive_failures")).toEqual({})
        expect(added(afterRefusal, afterAll, "keepalive_latency_milliseconds_count")).toEqual({ [product]: 1 })
        expect(afterAll.get(`key_age_seconds{${product}}`)).toBeGreaterThan(1200.7)
        expect(notices(session.elements).map(({ _tag }) => _tag)).toEqual(["Opened"])
        yield* session.close
      })
    )
  }
})

describe("event lag", () => {
  for (const row of products) {
    virtual(
      row.product,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const session = yield* start(row)
        const before = yield* metrics
        for (const lag of [0, 250, 3000]) {
          yield* binance.pushRaw({ product: row.product }, JSON.stringify({ e: "count", E: (yield* now) - lag }))
          yield* settle
        }
        // Without a time there is no lag.
        yield* binance.pushRaw({ product: row.product }, "garbage")
        yield* settle
        const after = yield* metrics
        const product = `product=${row.product}`
        expect(added(before, after, "event_lag_milliseconds_count")).toEqual({ [product]: 3 })
        expect(added(before, after, "event_lag_milliseconds_sum")).toEqual({ [product]: 3250 })
        expect(added(before, after, "events")).toEqual({
          [`${product},type=UnknownEvent`]: 3,
          [`${product},type=MalformedEvent`]: 1
        })
        yield* session.close
      })
    )
  }
})

describe("buffer depth, and the seconds that a slow consumer missed", () => {
  for (const row of products) {
    virtual(
      row.product,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const product = `product=${row.product}`
        const depth = Effect.map(metrics, (metrics) => metrics.get(`buffer_depth{${product}}`))
        const service = yield* row.make({ buffer: { elements: 8 } })
        const goOn = yield* Deferred.make<void>()
        const elements: Array<Element> = []
        const fiber = yield* Effect.forkDaemon(
          Stream.runForEach(service.events, (element) => {
            elements.push(element)
            return elements.length === 1 ? Deferred.await(goOn) : Effect.void
          })
        )
        yield* settle
        const before = yield* metrics
        expect(before.get(`buffer_depth{${product}}`)).toBe(1)
        for (let n = 0; n < 20; n++) {
          yield* binance.pushRaw({ product: row.product }, JSON.stringify({ e: "count", n }))
          yield* adjust("1 second")
        }
        yield* Deferred.succeed(goOn, undefined)
        yield* settle
        const resumed = notices(elements).filter(({ _tag }) => _tag === "Resumed") as Array<StreamNotice.Resumed>
        expect(resumed).toHaveLength(1)
        const { from, to } = resumed[0]!.gap
        expect(to - from).toBeGreaterThanOrEqual(11_000)
        const gapSeconds = added(before, yield* metrics, "gap_seconds")
        expect(Object.keys(gapSeconds)).toEqual([`${product},cause=Overflow`])
        expect(gapSeconds[`${product},cause=Overflow`]).toBeCloseTo((to - from) / 1000, 6)
        // Last it read the notice that it goes on.
        expect(yield* depth).toBe(1)
        yield* during("30 seconds", Fiber.interrupt(fiber))
      }),
      { binance: { pings: "hidden" } }
    )
  }
})

describe("used weight, and nothing secret", () => {
  for (const row of products) {
    virtual(
      row.product,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const http = yield* BinanceHttp.BinanceHttp
        const secrets = new Set<string>([SimulatedBinance.defaultApiKey, SimulatedBinance.defaultSecretKey])
        const session = yield* start(row)
        for (const fault of restless(row)) {
          const created = yield* Effect.either(session.service.createListenKey)
          if (created._tag === "Right") {
            secrets.add(Redacted.value(created.right.key))
          }
          yield* binance.tradingDay(row.product)
          yield* adjust("5 minutes")
          yield* binance.inject(fault)
          yield* adjust("45 minutes")
        }
        if (row.product === "Margin") {
          const { createListenToken } = yield* Margin.make()
          secrets.add(Redacted.value((yield* createListenToken).token))
        }
        yield* session.close
        const weights = yield* http.usedWeight
        const known = yield* metrics
        if (row.product !== "Spot") {
          expect(weights.length).toBeGreaterThan(0)
        }
        for (const { header, host, used } of weights) {
          expect(used).toBeGreaterThan(0)
          expect(known.get(`used_weight{host=${host},header=${header}}`)).toBe(used)
        }

        const isKeyed = listenKeyProducts.some((other) => other === row)
        // The key changed when it was deleted, and after it had expired.
        expect(secrets.size).toBeGreaterThanOrEqual(isKeyed ? 4 : row.product === "Margin" ? 3 : 2)
        const shown = [inspect(yield* Metric.snapshot, { depth: null, showHidden: true }), ...known.keys()].join("\n")
        expect(shown).toContain(row.product)
        for (const secret of secrets) {
          expect(secret.length).toBeGreaterThan(20)
          expect(shown.includes(secret)).toBe(false)
        }
      })
    )
  }
})
