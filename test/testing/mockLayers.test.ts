import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import {
  CoinFutures as Coin,
  type CoinFutures,
  EuropeanOptions,
  Margin,
  Spot,
  UserDataEvent
} from "effect-binance-user-data"
import { MockLayers } from "effect-binance-user-data/testing"

const event: CoinFutures.Event = UserDataEvent.UnknownEvent.make({ eventType: "x", raw: {} })

describe("mock layers", () => {
  it.effect("deliver what the test gives", () =>
    Effect.gen(function* () {
      const futures = yield* Coin.CoinFutures
      assert.deepStrictEqual(Chunk.toArray(yield* Stream.runCollect(futures.events)), [event])
      assert.strictEqual((yield* futures.createListenKey).expiresAt, 1)
    }).pipe(
      Effect.provide(
        MockLayers.coinFutures({
          events: Stream.make(event),
          createListenKey: Effect.succeed({ key: Redacted.make("key"), expiresAt: 1 })
        })
      )
    )
  )

  it.effect("die at what the test does not give", () =>
    Effect.gen(function* () {
      const unimplemented = <E>(exit: Exit.Exit<unknown, E>) =>
        Exit.isFailure(exit) && Cause.isDie(exit.cause) && Cause.pretty(exit.cause).includes("Unimplemented")
      const [spot, options, margin] = [yield* Spot.Spot, yield* EuropeanOptions.EuropeanOptions, yield* Margin.Margin]
      assert.isTrue(unimplemented(yield* Effect.exit(spot.createListenKey)))
      assert.isTrue(unimplemented(yield* Effect.exit(Stream.runDrain(options.events))))
      assert.isTrue(unimplemented(yield* Effect.exit(margin.status)))
      assert.isTrue(unimplemented(yield* Effect.exit(margin.isolated("ETHUSDT").createListenToken)))
    }).pipe(Effect.provide(Layer.mergeAll(MockLayers.spot({}), MockLayers.europeanOptions({}), MockLayers.margin({}))))
  )

  it.effect("have an isolated account for each symbol", () =>
    Effect.gen(function* () {
      const margin = yield* Margin.Margin
      const btc = margin.isolated("BTCUSDT")
      assert.strictEqual(btc.symbol, "BTCUSDT")
      assert.strictEqual(margin.isolated("BTCUSDT"), btc)
      const events = yield* Stream.runCollect(btc.events)
      assert.deepStrictEqual(
        Chunk.toArray(events).map((event) => ("isolatedSymbol" in event ? event.isolatedSymbol : undefined)),
        ["BTCUSDT"]
      )
    }).pipe(
      Effect.provide(
        MockLayers.margin({ isolated: (symbol) => ({ events: Stream.make({ ...event, isolatedSymbol: symbol }) }) })
      )
    )
  )
})
