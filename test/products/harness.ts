import * as crypto from "node:crypto"
import type * as HttpClient from "@effect/platform/HttpClient"
import { it } from "@effect/vitest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import {
  type BinanceError,
  BinanceHttp,
  Credentials,
  StreamNotice,
  type UserDataStream
} from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import * as VirtualClock from "../support/VirtualClock.js"
import type { Element, ListenKeyRow, Requirements, Row, Service, StreamOptions } from "./products.js"

export const { adjust } = VirtualClock
export const settle = adjust(0)
export const now = Effect.map(VirtualClock.VirtualClock, (virtual) => virtual.now())

/** Signs without leaving the thread: WebCrypto would let virtual time pass it by. */
const signer: Credentials.Signer = {
  kind: "HMAC",
  sign: (payload) =>
    Effect.sync(() =>
      Redacted.make(crypto.createHmac("sha256", SimulatedBinance.defaultSecretKey).update(payload).digest("hex"))
    )
}

export interface Options {
  readonly binance?: Parameters<typeof SimulatedBinance.layerMemory>[0]
  readonly http?: BinanceHttp.Options
}

type Provided = Requirements | SimulatedBinance.SimulatedBinance | HttpClient.HttpClient

export const layerMemory = (options: Options = {}): Layer.Layer<Provided, BinanceError.InvalidCredentials> =>
  Layer.mergeAll(
    BinanceHttp.layerWith(options.http ?? {}),
    Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey, signer })
  ).pipe(Layer.provideMerge(SimulatedBinance.layerMemory({ seed: 1, ...options.binance })))

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
): Effect.Effect<A, E | BinanceError.InvalidCredentials> =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(layerMemory(options), scope)
    const exit = yield* body.pipe(Effect.provide(context), Scope.extend(scope), Effect.exit)
    yield* during("1 minute", Scope.close(scope, exit))
    return yield* exit
  }).pipe(VirtualClock.run, Effect.withRandom(Random.make("products")), Effect.provide(silent))

export const virtual = (
  name: string,
  body: Effect.Effect<void, unknown, Provided | VirtualClock.VirtualClock | Scope.Scope>,
  options?: Options
) => it.live(name, () => runVirtual(body, options), 30_000)

export interface Session {
  readonly service: Service
  readonly elements: Array<Element>
  readonly fiber: Fiber.RuntimeFiber<void, BinanceError.BinanceError>
  /** Leaves the stream and closes the service, with all the virtual time that takes. */
  readonly close: Effect.Effect<void, never, VirtualClock.VirtualClock>
}

/** A product, and one consumer of it that is always ready. */
export const start = (row: Row, options?: StreamOptions) =>
  Effect.gen(function* () {
    const scope = yield* Scope.fork(yield* Effect.scope, (yield* Effect.scope).strategy)
    const service = yield* Scope.extend(row.make(options), scope)
    const session = yield* consume(service)
    const close = during("30 seconds", Effect.zipRight(Fiber.interrupt(session.fiber), Scope.close(scope, Exit.void)))
    const started: Session = { service, ...session, close }
    return started
  })

/** A consumer that is always ready. */
export const consume = <A extends Element>(service: UserDataStream.UserDataStream<A>) =>
  Effect.gen(function* () {
    const elements: Array<A | StreamNotice.StreamNotice> = []
    const fiber = yield* Effect.forkDaemon(
      Stream.runForEach(service.events, (element) => Effect.sync(() => elements.push(element)))
    )
    yield* settle
    return { elements, fiber }
  })

export const tags = (elements: ReadonlyArray<{ readonly _tag: string }>) => elements.map(({ _tag }) => _tag)

export const notices = (elements: ReadonlyArray<Element>) =>
  elements.filter((element): element is StreamNotice.StreamNotice => StreamNotice.isStreamNotice(element))

export const events = (elements: ReadonlyArray<Element>) =>
  elements.filter((element) => !StreamNotice.isStreamNotice(element))

export const find = <Tag extends StreamNotice.StreamNotice["_tag"]>(elements: ReadonlyArray<Element>, tag: Tag) => {
  const found = notices(elements).find(({ _tag }) => _tag === tag)
  if (found === undefined) {
    throw new Error(`no ${tag} among ${tags(elements).join(", ")}`)
  }
  return found as Extract<StreamNotice.StreamNotice, { readonly _tag: Tag }>
}

export const put = (row: ListenKeyRow) => `PUT ${row.path}`
export const post = (row: ListenKeyRow) => `POST ${row.path}`
export const del = (row: ListenKeyRow) => `DELETE ${row.path}`

/** How many requests of each kind, whatever came of them. */
export const requestCounts = Effect.map(
  Effect.flatMap(SimulatedBinance.SimulatedBinance, (binance) => binance.requests),
  (requests) => {
    const counts: { [endpoint: string]: number } = {}
    for (const { endpoint } of requests) {
      counts[endpoint] = (counts[endpoint] ?? 0) + 1
    }
    return counts
  }
)

/** Lets a day pass, in which nobody may ask Binance for anything. */
export const assertNothingLeft = Effect.gen(function* () {
  const binance = yield* SimulatedBinance.SimulatedBinance
  const traces = Effect.map(
    binance.counters,
    ({ connects, framesReceived, liveKeys, openSockets, pingsReceived, requests, subscriptions }) => ({
      openSockets,
      liveKeys,
      subscriptions,
      connects: connects.length,
      framesReceived,
      pingsReceived,
      requests
    })
  )
  const before = yield* traces
  yield* adjust("1 day")
  const after = yield* traces
  return { before, after }
})
