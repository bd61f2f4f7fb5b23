import * as crypto from "node:crypto"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { type BinanceError, BinanceHttp, Credentials } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import type { Requirements } from "../products/products.js"
import * as VirtualClock from "./VirtualClock.js"

export const { adjust } = VirtualClock
export const settle = adjust(0)
export const now = Effect.map(VirtualClock.VirtualClock, (virtual) => virtual.now())

/** Signs without leaving the thread: WebCrypto would let virtual time pass it by. */
export const signer: Credentials.Signer = {
  kind: "HMAC",
  sign: (payload) =>
    Effect.sync(() =>
      Redacted.make(crypto.createHmac("sha256", SimulatedBinance.defaultSecretKey).update(payload).digest("hex"))
    )
}

export interface Options {
  readonly binance?: Parameters<typeof SimulatedBinance.layerMemory>[0]
  readonly http?: BinanceHttp.Options
  /** What every request goes through. */
  readonly client?: (client: HttpClient.HttpClient) => HttpClient.HttpClient
}

export type Provided = Requirements | SimulatedBinance.SimulatedBinance | HttpClient.HttpClient

export const layerMemory = (
  options: Options = {}
): Layer.Layer<Provided, BinanceError.InvalidCredentials | BinanceError.InvalidOptions> =>
  Layer.mergeAll(
    BinanceHttp.layerWith(options.http ?? {}),
    Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey, signer })
  ).pipe(
    Layer.provideMerge(
      Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, options.client ?? identity))
    ),
    Layer.provideMerge(SimulatedBinance.layerMemory({ seed: 1, ...options.binance }))
  )

export const silent = Logger.replace(Logger.defaultLogger, Logger.none)

/** Forks an effect that needs virtual time, and gives it some. */
export const during = <A, E, R>(duration: Duration.DurationInput, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* adjust(duration)
    return yield* Fiber.join(fiber)
  })

/** Runs on a virtual clock, with a simulated Binance in memory. */
export const runVirtual = <A, E>(
  body: Effect.Effect<A, E, Provided | VirtualClock.VirtualClock | Scope.Scope>,
  options?: Options
): Effect.Effect<A, E | BinanceError.InvalidCredentials | BinanceError.InvalidOptions> =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(layerMemory(options), scope)
    const exit = yield* body.pipe(Effect.provide(context), Scope.extend(scope), Effect.exit)
    yield* during("1 minute", Scope.close(scope, exit))
    return yield* exit
  }).pipe(VirtualClock.run, Effect.withRandom(Random.make("products")), Effect.provide(silent))
