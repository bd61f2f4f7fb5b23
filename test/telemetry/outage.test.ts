import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as LogLevel from "effect/LogLevel"
import { Margin } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, consume, settle, virtual } from "../products/harness.js"
import { products } from "../products/products.js"
import { makeLog } from "./observer.js"

type Log = ReturnType<typeof makeLog>

const warningsOf = (log: Log) => log.lines.filter(({ level }) => level === LogLevel.Warning)

const expectOneAMinute = (log: Log) => {
  const times = warningsOf(log).map(({ at }) => at)
  for (const [index, at] of times.slice(1).entries()) {
    expect(at - times[index]!).toBeGreaterThanOrEqual(60_000)
  }
}

describe("an outage warns at once, and then at most once a minute while it lasts", () => {
  for (const row of products) {
    const first = makeLog()
    virtual(
      `${row.product}: before the stream was ever live`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.inject(Fault.refuseConnects(503, { for: "20 minutes" }))
        const service = yield* row.make()
        yield* consume(service)
        yield* settle
        expect(warningsOf(first).map(({ text }) => text)).toEqual([
          expect.stringMatching(
            new RegExp(`^Could not connect the stream of ${row.product}; trying again: .+ 503.+\\. [A-Z].+`)
          )
        ])
        yield* adjust("20 minutes")
        expectOneAMinute(first)
        expect(warningsOf(first).length).toBeGreaterThanOrEqual(7)
        expect(warningsOf(first).length).toBeLessThanOrEqual(21)
        expect(warningsOf(first).at(-1)!.text).toMatch(/ for 1\d minutes; trying again/)
        yield* adjust("5 minutes")
        const count = warningsOf(first).length
        yield* adjust("1 hour")
        expect(warningsOf(first)).toHaveLength(count)
        expect((yield* service.status).phase).toBe("Live")
      }).pipe(Effect.provide(first.layer))
    )

    const later = makeLog()
    virtual(
      `${row.product}: of a stream that was live`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* consume(yield* row.make())
        yield* adjust("5 minutes")
        yield* binance.inject(Fault.refuseConnects(503, { for: "10 minutes" }))
        yield* binance.inject(Fault.dropSockets())
        yield* adjust("50 seconds")
        expect(warningsOf(later).map(({ text }) => text)).toEqual([expect.stringContaining("was interrupted")])
        yield* adjust("15 minutes")
        expectOneAMinute(later)
        expect(warningsOf(later).length).toBeGreaterThanOrEqual(4)
        expect(later.infos().at(-1)).toBe(`The stream of ${row.product} is live again`)
      }).pipe(Effect.provide(later.layer))
    )
  }
})

describe("25 isolated accounts at one socket", () => {
  const log = makeLog()
  virtual(
    "warn as one when it is lost, and while it cannot be replaced",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { isolated } = yield* Margin.make()
      for (let n = 0; n < 25; n++) {
        yield* consume(isolated(`ASSET${n}USDT`))
      }
      yield* adjust("5 minutes")
      expect((yield* binance.counters).openSockets).toBe(1)
      yield* binance.inject(Fault.refuseConnects(503, { for: "5 minutes" }))
      yield* binance.inject(Fault.dropSockets())
      yield* adjust("30 seconds")
      expect(warningsOf(log).map(({ text }) => text)).toEqual([
        expect.stringContaining("25 streams share the connection")
      ])
      yield* adjust("10 minutes")
      expectOneAMinute(log)
      expect(warningsOf(log).length).toBeGreaterThanOrEqual(3)
      expect(log.infos().filter((line) => line.includes("is live again"))).toHaveLength(25)
    }).pipe(Effect.provide(log.layer))
  )
})
