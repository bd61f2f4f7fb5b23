import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { Margin } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, consume, during, runVirtual, settle, tags, virtual } from "../products/harness.js"

const interruptions = (elements: ReadonlyArray<{ readonly _tag: string }>) =>
  tags(elements).filter((tag) => tag === "Interrupted").length

describe("the renewal of a listen token", () => {
  virtual(
    "does not hide that the subscription ended while it was being tried",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const scope = yield* Scope.fork(yield* Effect.scope, (yield* Effect.scope).strategy)
      const margin = yield* Scope.extend(Margin.make({ validity: 600_000, renewBefore: "2 minutes" }), scope)
      const { elements } = yield* consume(margin)
      expect(tags(elements)).toEqual(["Opened"])
      yield* adjust("470 seconds")
      // The first tries to subscribe again are refused, ...
      yield* binance.inject(
        Fault.errorAnswer({ endpoint: "userDataStream.subscribe.listenToken", status: 500, code: -1000, times: 4 })
      )
      yield* adjust("11 seconds")
      // ... and in the meantime the running subscription ends.
      expect(yield* binance.inject(Fault.eventStreamTerminated())).toBe(1)
      yield* settle
      const lost = yield* binance.pushRaw({ product: "Margin" }, { e: "balanceUpdate", E: 1, a: "BTC", d: "1", T: 1 })
      expect(lost).toBe(0)
      yield* adjust("1 minute")
      expect(interruptions(elements)).toBe(1)
      yield* during("30 seconds", Scope.close(scope, Exit.void))
    })
  )

  for (const [name, fault] of Object.entries({
    "refuses the API key": Fault.unauthorized,
    "is not Binance's": Fault.gone
  })) {
    virtual(
      `is tried again after an answer that ${name}`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const { elements, fiber } = yield* consume(yield* Margin.make({ validity: 600_000, renewBefore: "2 minutes" }))
        yield* adjust("470 seconds")
        yield* binance.inject(fault({ endpoint: "POST /sapi/v1/userListenToken", times: 1 }))
        yield* adjust("5 minutes")
        expect([fiber.unsafePoll(), tags(elements)]).toEqual([null, ["Opened"]])
        yield* during("30 seconds", Fiber.interrupt(fiber))
      })
    )
  }

  virtual(
    "fails the stream, typed, when the API key is refused until the token has expired",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { fiber } = yield* consume(yield* Margin.make({ validity: 600_000, renewBefore: "2 minutes" }))
      yield* adjust("470 seconds")
      yield* binance.inject(Fault.unauthorized({ endpoint: "POST /sapi/v1/userListenToken", for: "10 minutes" }))
      yield* adjust("2 minutes")
      expect(fiber.unsafePoll()).toBeNull()
      yield* adjust("1 minute")
      expect(yield* Effect.flip(Fiber.join(fiber))).toMatchObject({ _tag: "Unauthorized" })
    })
  )
})

describe("closing the layer of margin", () => {
  for (const symbols of [[], ["BTCUSDT"], ["BTCUSDT", "ETHUSDT", "BNBUSDT"]]) {
    for (const interval of [0, 1000]) {
      const close = Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const scope = yield* Scope.make()
        const margin = yield* Scope.extend(Margin.make(), scope)
        const consumers = [yield* consume<{ readonly _tag: string }>(margin)]
        for (const symbol of symbols) {
          yield* adjust(interval)
          consumers.push(yield* consume<{ readonly _tag: string }>(margin.isolated(symbol)))
        }
        yield* adjust("10 minutes")
        const before = yield* binance.requests
        yield* during("1 minute", Scope.close(scope, Exit.void))
        // Longer than any token is valid.
        yield* adjust("2 days")
        const after = (yield* binance.requests).slice(before.length).map(({ endpoint }) => endpoint)
        const { openSockets, subscriptions } = yield* binance.counters
        return { after, consumers, openSockets, subscriptions }
      })

      it.live(`with ${symbols.length + 1} accounts that came ${interval} ms apart asks for nothing new`, () =>
        runVirtual(
          Effect.gen(function* () {
            const { after, consumers, openSockets, subscriptions } = yield* close
            expect(after.filter((endpoint) => endpoint !== "userDataStream.unsubscribe")).toEqual([])
            expect(consumers.map(({ fiber }) => fiber.unsafePoll() !== null)).toEqual(consumers.map(() => true))
            expect(consumers.flatMap(({ elements }) => tags(elements))).not.toContain("Interrupted")
            expect({ openSockets, subscriptions }).toEqual({ openSockets: 0, subscriptions: 0 })
          })
        )
      )

      it.live(`with ${symbols.length + 1} accounts that came ${interval} ms apart shows nobody its own goodbye`, () =>
        runVirtual(
          Effect.gen(function* () {
            const { consumers } = yield* close
            expect(consumers.map(({ elements }) => tags(elements))).toEqual(consumers.map(() => ["Opened"]))
          })
        )
      )
    }
  }
})
