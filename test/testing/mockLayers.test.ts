import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import {
  BinanceError,
  CoinFutures as Coin,
  type CoinFutures,
  type Environment,
  EuropeanOptions,
  Margin,
  MarginRisk,
  PortfolioMargin,
  PortfolioMarginPro,
  Spot,
  type StreamNotice,
  UsdFutures,
  UserDataEvent,
  type UserDataStream
} from "effect-binance-user-data"
import { MockLayers } from "effect-binance-user-data/testing"

const event: CoinFutures.Event = UserDataEvent.UnknownEvent.make({ eventType: "x", raw: {} })

const cause = { _tag: "SocketClosed", code: 1006, reason: "" } as const

const gap: StreamNotice.Gap = { from: 50, to: 61, cause }

/** A stream as programs see it: it opens, delivers, has a gap, delivers again, rolls over and fails. */
const elements: ReadonlyArray<UserDataEvent.UnknownEvent | StreamNotice.StreamNotice> = [
  { _tag: "Opened", at: 10 },
  event,
  { _tag: "Interrupted", at: 60, lastFrameAt: 50, cause },
  { _tag: "Resumed", at: 61, gap },
  event,
  { _tag: "RolledOver", at: 70, cause: { _tag: "MaximumAge", age: 9 }, duplicates: 0 }
]

const failure = new BinanceError.InvalidCredentials({ reason: "none" })

type Members = Partial<Omit<UserDataStream.UserDataStream<UserDataEvent.UnknownEvent>, "forEach">>

type Consumed = UserDataStream.UserDataStream<{ readonly _tag: string }>

/** The service of each product, where the test gives some members of its stream. */
const products: ReadonlyArray<{
  readonly product: Environment.Product
  readonly name: string
  readonly mock: (given: Members) => Effect.Effect<Consumed>
}> = [
  { product: "Spot", name: "Spot", mock: (given) => Effect.provide(Spot.Spot, MockLayers.spot(given)) },
  { product: "Margin", name: "Margin", mock: (given) => Effect.provide(Margin.Margin, MockLayers.margin(given)) },
  {
    product: "Margin",
    name: "isolated Margin",
    mock: ({ events, ...given }) =>
      Effect.provide(
        Effect.map(Margin.Margin, ({ isolated }) => isolated("BTCUSDT")),
        MockLayers.margin({
          isolated: (isolatedSymbol) => ({
            ...given,
            ...(events && {
              events: Stream.map(events, (element) =>
                element._tag === "UnknownEvent" ? { ...element, isolatedSymbol } : element
              )
            })
          })
        })
      )
  },
  {
    product: "MarginRisk",
    name: "MarginRisk",
    mock: (given) => Effect.provide(MarginRisk.MarginRisk, MockLayers.marginRisk(given))
  },
  {
    product: "UsdFutures",
    name: "UsdFutures",
    mock: (given) => Effect.provide(UsdFutures.UsdFutures, MockLayers.usdFutures(given))
  },
  {
    product: "CoinFutures",
    name: "CoinFutures",
    mock: (given) => Effect.provide(Coin.CoinFutures, MockLayers.coinFutures(given))
  },
  {
    product: "EuropeanOptions",
    name: "EuropeanOptions",
    mock: (given) => Effect.provide(EuropeanOptions.EuropeanOptions, MockLayers.europeanOptions(given))
  },
  {
    product: "PortfolioMargin",
    name: "PortfolioMargin",
    mock: (given) => Effect.provide(PortfolioMargin.PortfolioMargin, MockLayers.portfolioMargin(given))
  },
  {
    product: "PortfolioMarginPro",
    name: "PortfolioMarginPro",
    mock: (given) => Effect.provide(PortfolioMarginPro.PortfolioMarginPro, MockLayers.portfolioMarginPro(given))
  }
]

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

  it.effect("say that isolated accounts have to be given, and what of them", () =>
    Effect.gen(function* () {
      const textOf = (layer: Layer.Layer<Margin.Margin>) =>
        Effect.gen(function* () {
          const { isolated } = yield* Margin.Margin
          const exit = yield* Effect.exit(Stream.runDrain(isolated("BTCUSDT").events))
          return Exit.isFailure(exit) ? Cause.pretty(exit.cause) : ""
        }).pipe(Effect.provide(layer))
      assert.include(
        yield* textOf(MockLayers.margin({ events: Stream.empty })),
        'The mock layer of Margin was given no "isolated": give it "isolated", from which isolated("BTCUSDT") and its "events" follow'
      )
      assert.include(
        yield* textOf(MockLayers.margin({ isolated: () => ({}) })),
        'The mock layer of Margin, isolated("BTCUSDT"), was given no "events": give it "events"'
      )
    })
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

describe.each(products)("the mock layer of $name, and its stream", ({ mock, product }) => {
  it.effect("hands them to forEach, in order, and lets it fail as they do", () =>
    Effect.gen(function* () {
      const { forEach } = yield* mock({ events: Stream.concat(Stream.fromIterable(elements), Stream.fail(failure)) })
      const handled: Array<string> = []
      const error = yield* Effect.flip(
        forEach(({ _tag }) => {
          if (_tag === "UnknownEvent") {
            return Effect.sync(() => void handled.push("in an effect"))
          }
          handled.push(_tag)
        })
      )
      assert.deepStrictEqual(handled, [
        "Opened",
        "in an effect",
        "Interrupted",
        "Resumed",
        "in an effect",
        "RolledOver"
      ])
      assert.strictEqual(error, failure)
    })
  )

  it.effect("has the status that follows from them", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000)
      const { events, status } = yield* mock({ events: Stream.fromIterable(elements) })
      const idle = yield* status
      assert.deepStrictEqual([idle.product, idle.phase, idle.consumers], [product, "Idle", 0])
      const seen = yield* Stream.runCollect(Stream.mapEffect(events, () => status))
      assert.deepStrictEqual(
        Array.from(seen, ({ phase }) => phase),
        ["Live", "Live", "Interrupted", "Live", "Live", "Live"]
      )
      const last = Chunk.unsafeLast(seen)
      assert.strictEqual(last.consumers, 1)
      assert.strictEqual(last.liveSince, gap.to)
      assert.strictEqual(last.connectedAt, 70)
      assert.strictEqual(last.lastEventAt, 1_000)
      assert.deepStrictEqual(last.lastGap, gap)
      assert.strictEqual(last.rollovers, 1)
      assert.deepStrictEqual(last.reconnects, { SocketClosed: 1 })
      const after = yield* status
      assert.deepStrictEqual([after.phase, after.consumers, after.liveSince], ["Idle", 0, undefined])
    })
  )

  it.effect("tells the changes of the status, up to its failure", () =>
    Effect.gen(function* () {
      const { forEach, status, statusChanges } = yield* mock({
        events: Stream.concat(Stream.fromIterable(elements), Stream.fail(failure))
      })
      const phases = yield* statusChanges.pipe(
        Stream.map(({ phase }) => phase),
        Stream.takeUntil((phase) => phase === "Failed"),
        Stream.runCollect,
        Effect.fork
      )
      yield* Effect.yieldNow()
      yield* Effect.exit(forEach(() => undefined))
      assert.deepStrictEqual(Chunk.toArray(yield* Fiber.join(phases)), [
        "Idle",
        "Connecting",
        "Live",
        "Interrupted",
        "Live",
        "Live",
        "Failed"
      ])
      assert.strictEqual((yield* status).lastError, failure)
    })
  )

  it.effect("prefers what the test gives besides", () =>
    Effect.gen(function* () {
      const live = { ...(yield* (yield* mock({ events: Stream.empty })).status), phase: "Live" as const }
      const { status } = yield* mock({ events: Stream.empty, status: Effect.succeed(live) })
      assert.strictEqual(yield* status, live)
    })
  )

  it.effect("dies at what does not follow from them, and names it", () =>
    Effect.gen(function* () {
      const without = yield* mock({})
      for (const [name, use] of [
        ["events", Stream.runDrain(without.events)],
        ["forEach", without.forEach(() => undefined)],
        ["status", without.status],
        ["statusChanges", Stream.runDrain(without.statusChanges)]
      ] as const) {
        const exit = yield* Effect.exit(use as Effect.Effect<unknown, unknown>)
        assert.isTrue(Exit.isFailure(exit) && Cause.pretty(exit.cause).includes(`give it "${name}"`), String(exit))
      }
    })
  )
})
