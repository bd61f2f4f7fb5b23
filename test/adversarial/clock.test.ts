import * as crypto from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { BinanceHttp, CoinFutures, Credentials, Margin, Spot } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, consume, during, find, now, silent, tags, virtual } from "../products/harness.js"
import { layerMemory, type Provided } from "../support/simulated.js"
import * as VirtualClock from "../support/VirtualClock.js"

const { defaultApiKey, defaultSecretKey } = SimulatedBinance

/** Signs at once: WebCrypto takes time of its own, which a virtual clock does not wait for. */
const signer: Credentials.Signer = {
  kind: "HMAC",
  sign: (payload) =>
    Effect.sync(() => Redacted.make(crypto.createHmac("sha256", defaultSecretKey).update(payload).digest("hex")))
}

const shared = Layer.merge(BinanceHttp.layer, Credentials.layer({ apiKey: defaultApiKey, signer })).pipe(
  Layer.provideMerge(SimulatedBinance.layerMemory())
)

describe("signed calls at a time that is no whole millisecond, as after a jittered delay on the virtual clock", () => {
  const opens = (stream: Stream.Stream<{ readonly _tag: string }, unknown>) =>
    Effect.gen(function* () {
      const first = yield* Effect.fork(Stream.runHead(stream))
      yield* TestClock.adjust("1 second")
      expect(yield* Fiber.join(first)).toMatchObject({ value: { _tag: "Opened" } })
    })

  const at = TestClock.setTime(1_767_225_621_085.2742)

  it.effect("the WebSocket API's", () =>
    Effect.zipRight(
      at,
      Effect.flatMap(Spot.Spot, ({ events }) => opens(events))
    ).pipe(Effect.provide(Spot.layer.pipe(Layer.provide(shared))))
  )

  it.effect("those of REST", () =>
    Effect.zipRight(
      at,
      Effect.flatMap(Margin.Margin, ({ events }) => opens(events))
    ).pipe(Effect.provide(Margin.layerWith({ signed: true }).pipe(Layer.provide(shared))))
  )
})

const hour = 3_600_000

/** A program whose clock is set while it runs. The clock of the simulated Binance stays right. */
const withClock = (
  name: string,
  body: (
    setAhead: (millis: number) => Effect.Effect<void, never, SimulatedBinance.SimulatedBinance>
  ) => Effect.Effect<void, unknown, Provided | VirtualClock.VirtualClock | Scope.Scope>
) =>
  it.live(name, () =>
    Effect.gen(function* () {
      const virtual = yield* VirtualClock.VirtualClock
      let offset = 0
      const clock: Clock.Clock = {
        ...virtual.clock,
        unsafeCurrentTimeMillis: () => virtual.now() + offset,
        currentTimeMillis: Effect.sync(() => virtual.now() + offset)
      }
      const setAhead = (millis: number) =>
        Effect.flatMap(SimulatedBinance.SimulatedBinance, (binance) => {
          offset = millis
          return Effect.asVoid(binance.inject(Fault.clockSkew(-millis)))
        })
      yield* body(setAhead).pipe(Effect.provide(layerMemory()), Effect.withClock(clock))
    }).pipe(Effect.scoped, VirtualClock.run, Effect.provide(silent))
  )

describe("a clock that is set", () => {
  withClock("back does not prolong the wait that Binance asks for", (setAhead) =>
    Effect.gen(function* () {
      const http = yield* BinanceHttp.BinanceHttp
      yield* http.block((yield* now) + 60_000)
      yield* setAhead(-10 * hour)
      const waiting = yield* Effect.fork(http.unblocked)
      yield* adjust("59 seconds")
      expect(waiting.unsafePoll()).toBeNull()
      yield* adjust("2 seconds")
      expect(waiting.unsafePoll()).not.toBeNull()
    })
  )

  for (const by of [2 * hour, -2 * hour]) {
    withClock(`by ${by} ms does not end a listen key`, (setAhead) =>
      Effect.gen(function* () {
        const { elements, fiber } = yield* consume(yield* CoinFutures.make())
        yield* adjust("10 minutes")
        yield* setAhead(by)
        yield* adjust("3 hours")
        expect(tags(elements)).toEqual(["Opened"])
        yield* during("1 minute", Fiber.interrupt(fiber))
      })
    )

    withClock(`by ${by} ms does not end a listen token`, (setAhead) =>
      Effect.gen(function* () {
        const { elements, fiber } = yield* consume(yield* Margin.make({ validity: hour }))
        yield* adjust("10 minutes")
        yield* setAhead(by)
        yield* adjust("3 hours")
        expect(tags(elements)).toEqual(["Opened"])
        yield* during("1 minute", Fiber.interrupt(fiber))
      })
    )

    withClock(`by ${by} ms does not put off the roll-over of an account that joins a socket`, (setAhead) =>
      Effect.gen(function* () {
        const margin = yield* Margin.make()
        const cross = yield* consume(margin)
        yield* adjust("10 minutes")
        yield* setAhead(by)
        const isolated = yield* consume(margin.isolated("BTCUSDT"))
        yield* adjust("25 hours")
        expect([cross, isolated].map(({ elements }) => tags(elements))).toEqual([
          ["Opened", "RolledOver"],
          ["Opened", "RolledOver"]
        ])
        yield* during("1 minute", Effect.zipRight(Fiber.interrupt(cross.fiber), Fiber.interrupt(isolated.fiber)))
      })
    )
  }

  withClock("back does not shorten the gap of a listen key that ended in silence", (setAhead) =>
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { elements, fiber } = yield* consume(yield* CoinFutures.make())
      yield* adjust("10 minutes")
      yield* setAhead(-2 * hour)
      yield* adjust("2 minutes")
      yield* binance.inject(Fault.deleteListenKey({ product: "CoinFutures" }))
      const endedAt = (yield* now) - 2 * hour
      yield* adjust("1 hour")
      expect(find(elements, "Resumed").gap.from).toBeLessThanOrEqual(endedAt)
      yield* during("1 minute", Fiber.interrupt(fiber))
    })
  )
})

describe("a server whose clock is not the local one", () => {
  for (const by of [-600_000, 600_000, hour]) {
    virtual(
      `by ${by} ms does not disturb the renewal of short listen tokens`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.inject(Fault.clockSkew(by))
        const { elements, fiber } = yield* consume(yield* Margin.make({ validity: 600_000, renewBefore: "2 minutes" }))
        yield* adjust("1 hour")
        expect(tags(elements)).toEqual(["Opened"])
        yield* during("1 minute", Fiber.interrupt(fiber))
      })
    )
  }
})
