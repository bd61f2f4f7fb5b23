import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type BinanceError, StreamNotice, type UserDataStream } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, during, type Options, type Provided, runVirtual, settle } from "../support/simulated.js"
import type * as VirtualClock from "../support/VirtualClock.js"
import type { Element, ListenKeyRow, Row, Service, StreamOptions } from "./products.js"

export { adjust, during, layerMemory, now, type Options, runVirtual, settle, silent } from "../support/simulated.js"

export const virtual = (
  name: string,
  body: Effect.Effect<void, unknown, Provided | VirtualClock.VirtualClock | Scope.Scope>,
  options?: Options
) => it.live(name, () => runVirtual(body, options), 60_000)

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
