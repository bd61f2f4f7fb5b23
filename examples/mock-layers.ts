/**
 * Tests as a user writes them, without Binance and without waiting: `node --import tsx examples/mock-layers.ts`
 *
 * The first says what the stream delivers. The second lets the real stream run against a Binance in memory, on a virtual
 * clock, where something goes wrong.
 */
import * as assert from "node:assert/strict"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Chunk from "effect/Chunk"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import { BinanceHttp, CoinFutures, Credentials, type StreamNotice } from "effect-binance-user-data"
import { Fault, MockLayers, SimulatedBinance } from "effect-binance-user-data/testing"
import * as Positions from "./positions.js"

/** What is under test: the positions of a COIN-M account, kept from its events. */
const positions = (readAll: Effect.Effect<Positions.Positions>) =>
  Stream.unwrap(Effect.map(CoinFutures.CoinFutures, ({ events }) => Positions.keep(events, readAll)))

const position = (symbol: string, positionAmount: string): CoinFutures.Event => ({
  _tag: "AccountUpdate",
  eventType: "ACCOUNT_UPDATE",
  eventTime: 2_000,
  transactionTime: 2_000,
  updateData: {
    eventReasonType: "ORDER",
    positions: [{ symbol, positionAmount, entryPrice: "64000.0", positionSide: "BOTH" }]
  }
})

const readsAgainAfterAGap = Effect.gen(function* () {
  const events = Stream.fromIterable<CoinFutures.Event | StreamNotice.StreamNotice>([
    { _tag: "Opened", at: 1_000 },
    position("BTCUSD_PERP", "20"),
    { _tag: "Interrupted", at: 3_000, cause: { _tag: "KeyExpired" }, lastFrameAt: 2_500 },
    { _tag: "Resumed", at: 4_000, gap: { from: 2_500, to: 4_000, cause: { _tag: "KeyExpired" } } },
    position("ETHUSD_PERP", "-3")
  ])
  const readAll = Effect.succeed<Positions.Positions>(new Map([["BTCUSD_PERP", "35"]]))
  const seen = yield* positions(readAll).pipe(
    Stream.map(Positions.show),
    Stream.runCollect,
    Effect.provide(MockLayers.coinFutures({ events }))
  )
  assert.deepEqual(Chunk.toReadonlyArray(seen), [
    "BTCUSD_PERP 35",
    "BTCUSD_PERP 20",
    "BTCUSD_PERP 20",
    "BTCUSD_PERP 35",
    "BTCUSD_PERP 35, ETHUSD_PERP -3"
  ])
})

const survivesTwoHoursAndADroppedSocket = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  const seen = yield* Queue.unbounded<string>()
  let reads = 0
  const readAll = Effect.sync((): Positions.Positions => new Map([["read", String(++reads)]]))
  const following = yield* positions(readAll).pipe(
    Stream.map(Positions.show),
    Stream.changes,
    Stream.runForEach((positions) => Queue.offer(seen, positions)),
    Effect.fork
  )
  assert.equal(yield* Queue.take(seen), "read 1")

  yield* binance.tradingDay("CoinFutures")
  assert.equal(yield* Queue.take(seen), "BTCUSD_PERP 8, read 1")

  yield* TestClock.adjust("2 hours")
  assert.equal(yield* binance.requestCount("PUT /dapi/v1/listenKey"), 4)

  yield* binance.inject(Fault.dropSockets())
  // The rest of the day, and what is read again after the gap.
  yield* Effect.repeat(Queue.take(seen), { until: (positions) => positions === "read 2" })

  yield* Fiber.interrupt(following)
  const { liveKeys, openSockets } = yield* binance.counters
  assert.deepEqual({ liveKeys, openSockets }, { liveKeys: 0, openSockets: 0 })
}).pipe(
  Effect.provide(
    CoinFutures.layer.pipe(
      Layer.provide([BinanceHttp.layer, Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey })]),
      Layer.provideMerge(SimulatedBinance.layerMemory())
    )
  ),
  Effect.provide(TestContext.TestContext),
  Logger.withMinimumLogLevel(LogLevel.None)
)

const tests = {
  "reads all positions again after a gap": readsAgainAfterAGap,
  "survives two hours and a dropped socket": survivesTwoHoursAndADroppedSocket
}

Effect.forEach(Object.entries(tests), ([name, test]) => Effect.zipRight(test, Console.log(`passed: ${name}`))).pipe(
  Effect.tap((passed) => Console.log(`${passed.length} passed, 0 failed`)),
  NodeRuntime.runMain
)
