import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { BinanceHttp, Credentials, Environment, Spot, UsdFutures } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import * as Program from "../support/program.js"

const bin = "src/testing/internal/process/bin.ts"

/** The simulated Binance as a process of its own, and where it listens. */
const started = (...words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const program = yield* Effect.acquireRelease(
      Effect.sync(() => Program.run(bin, ["simulate", "--port", "0", ...words])),
      (program) => Effect.sync(program.kill)
    )
    const [address] = yield* Effect.promise(() => program.line(/http:\/\/127\.0\.0\.1:\d+/))
    return { program, address }
  })

const control = (address: string, method: string, given: object) =>
  Effect.promise(async () => {
    const response = await fetch(`${address}/control/${method}`, { method: "POST", body: JSON.stringify(given) })
    assert.strictEqual(response.status, 200, method)
    return (await response.json()) as any
  })

const products = (address: string) =>
  Layer.mergeAll(Spot.layer, UsdFutures.layer).pipe(
    Layer.provide(BinanceHttp.layer),
    Layer.provide(Credentials.layer({ apiKey: "ApiKeyOfTheDesk", secretKey: "SecretOfTheDesk" })),
    Layer.provide(Environment.layerUrl(address)),
    Layer.provide(NodeLayer.layer)
  )

describe("the simulated Binance as a process", { timeout: 60_000 }, () => {
  it.scopedLive("is traded on over its control API, and streams to this library", () =>
    Effect.gen(function* () {
      const { address } = yield* started("--account", "desk:ApiKeyOfTheDesk:SecretOfTheDesk")
      const account = "desk"
      yield* Effect.gen(function* () {
        const told = <E>(stream: Stream.Stream<{ readonly _tag: string }, E>, count: number) =>
          Effect.fork(Stream.runCollect(Stream.map(Stream.take(stream, count), ({ _tag }) => _tag)))
        const futures = yield* told((yield* UsdFutures.UsdFutures).events, 6)
        const spot = yield* told((yield* Spot.Spot).events, 3)
        yield* Effect.repeat(control(address, "sockets", {}), {
          until: (sockets): boolean => sockets.length === 2 && sockets.every(({ streams }: any) => streams === 1)
        })
        yield* control(address, "deposit", { product: "Spot", account, asset: "USDT", amount: "1" })
        yield* control(address, "deposit", { product: "UsdFutures", account, asset: "USDT", amount: "1000" })
        const order = { symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: "0.010" }
        yield* control(address, "placeOrder", { product: "UsdFutures", account, ...order })
        assert.deepStrictEqual(Chunk.toReadonlyArray(yield* Fiber.join(futures)), [
          "Opened",
          "AccountUpdate",
          "OrderTradeUpdate",
          "TradeLite",
          "AccountUpdate",
          "OrderTradeUpdate"
        ])
        assert.deepStrictEqual(Chunk.toReadonlyArray(yield* Fiber.join(spot)), [
          "Opened",
          "BalanceUpdate",
          "OutboundAccountPosition"
        ])
      }).pipe(Effect.provide(products(address)))
    })
  )

  it.scopedLive.each(["SIGINT", "SIGTERM"] as const)("ends at once on %s, though clients are connected", (signal) =>
    Effect.gen(function* () {
      const { address, program } = yield* started("--account", "desk:ApiKeyOfTheDesk:SecretOfTheDesk")
      const elements = yield* UsdFutures.UsdFutures.pipe(
        Effect.flatMap(({ events }) => Stream.runCollect(Stream.take(events, 2))),
        Effect.provide(products(address)),
        Effect.fork
      )
      yield* Effect.repeat(control(address, "sockets", {}), { until: (sockets): boolean => sockets.length === 1 })
      program.signal(signal)
      const { code, errors } = yield* Effect.promise(() => program.ended)
      assert.deepStrictEqual([code, errors], [0, ""])
      assert.deepStrictEqual(
        Chunk.toReadonlyArray(yield* Fiber.join(elements)).map(({ _tag }) => _tag),
        ["Opened", "Interrupted"]
      )
    })
  )

  it.scopedLive("says what to do about a mistake, and fails", () =>
    Effect.gen(function* () {
      const program = Program.run(bin, ["simulate", "--port", "http"])
      const { code, errors, lines } = yield* Effect.promise(() => program.ended)
      assert.deepStrictEqual(
        [code, errors.trim(), lines],
        [1, '--port has to be a whole number up to 65535, not "http". --help shows what there is.', []]
      )
    })
  )
})
