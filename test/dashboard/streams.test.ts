import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { BinanceHttp, Credentials, Environment } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { describe } from "vitest"
import * as Feed from "../../examples/dashboard/feed.js"
import * as State from "../../examples/dashboard/state.js"
import * as Streams from "../../examples/dashboard/streams.js"

const makeFeed = Feed.make(State.empty("simulated", Streams.sources), { pause: 0 })

const layer = Layer.mergeAll(
  BinanceHttp.layer,
  Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey, secretKey: SimulatedBinance.defaultSecretKey }),
  Logger.replace(Logger.defaultLogger, Logger.none),
  SimulatedBinance.layer()
).pipe(Layer.provideMerge(NodeLayer.layer))

const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

/** Follows all streams until they are live and the accounts over them are current, and leaves. */
const visit = (options: Parameters<typeof Streams.followAll>[1], accounts = 3) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const feed = yield* makeFeed
    const fiber = yield* Effect.fork(Streams.followAll(feed, options))
    yield* Effect.repeat(Effect.zipRight(turn, feed.view), {
      until: ({ cards }) =>
        cards.every(({ health, phase = "Current" }) => health.phase === "Live" && phase === "Current") &&
        cards.filter(({ phase }) => phase === "Current").length === accounts
    })
    yield* Fiber.interrupt(fiber)
    return yield* Effect.repeat(Effect.zipRight(turn, binance.counters), {
      until: ({ openSockets }) => openSockets === 0
    })
  })

describe("followAll", () => {
  it.live(
    "leaves the keys of a real account to the programs that use them",
    () =>
      Effect.gen(function* () {
        const { liveKeys, requests } = yield* visit(Streams.optionsOnBinance)
        expect(Object.keys(requests).filter((endpoint) => endpoint.startsWith("DELETE"))).toEqual([])
        expect(liveKeys).toBe(5)
      }).pipe(Effect.provide(layer)),
    30_000
  )

  it.live(
    "closes its keys on the simulated Binance",
    () =>
      Effect.gen(function* () {
        expect((yield* visit(Streams.optionsOnSimulation)).liveKeys).toBe(0)
      }).pipe(Effect.provide(layer)),
    30_000
  )

  it.live("shows a stream that the environment does not have as failed", () =>
    Effect.gen(function* () {
      const feed = yield* makeFeed
      yield* Streams.followAll(feed, Streams.optionsOnBinance)
      const { cards, log } = yield* feed.view
      for (const { failure } of cards) {
        expect(failure).toMatch(/nowhere/)
      }
      expect(log.map(({ kind }) => kind)).toEqual(cards.map(() => "Failure"))
    }).pipe(Effect.provide(Environment.layerCustom({ name: "nowhere", table: {} })), Effect.provide(layer))
  )
})
