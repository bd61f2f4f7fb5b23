import { inspect } from "node:util"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { BinanceHttp, Credentials, Environment, UsdFutures } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import * as VirtualClock from "../support/VirtualClock.js"
import * as HostileHost from "./hostileHost.js"

const { adjust } = VirtualClock

export const apiKey = "theApiKeyOfTheAccountThatMeetsEveryStatusOfTheWorldAndTellsNobod"

/** When in the life of a stream one odd answer comes, and to which call. */
export const moments = {
  "first POST": "POST",
  "first upgrade": "UPGRADE",
  keepalive: "PUT",
  "POST of a reconnect": "POST",
  "upgrade of a reconnect": "UPGRADE",
  close: "DELETE"
} as const

export type Moment = keyof typeof moments

export interface Cell {
  readonly moment: Moment
  readonly status: number
  readonly body: string
}

export interface Outcome {
  /** `goes on`, `closed`, or `ends with <tag>`. */
  readonly did: string
  /** What the other host was asked. */
  readonly elsewhere: ReadonlyArray<string>
  /** All that the program was shown. */
  readonly shown: string
}

const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

const layer = Layer.mergeAll(
  Layer.effect(BinanceHttp.BinanceHttp, BinanceHttp.make()),
  Layer.orDie(Credentials.layer({ apiKey }))
).pipe(Layer.provideMerge(NodeLayer.layer))

/** Lets a stream meet one odd answer, and gives it ten minutes to get over it. */
export const play = ({ body, moment, status }: Cell): Effect.Effect<Outcome> =>
  Effect.gen(function* () {
    const host = yield* HostileHost.make
    const table = { UsdFutures: { rest: host.rest, stream: host.stream } }
    const context = Context.add(
      yield* Layer.build(layer),
      Environment.Environment,
      Environment.custom({ name: "hostile", table })
    )
    const service = yield* Effect.provide(UsdFutures.make(), context)
    const shown: Array<unknown> = []
    const watch = yield* Effect.fork(
      Stream.runForEach(service.statusChanges, (now) => Effect.sync(() => shown.push(now)))
    )
    const consumer = yield* Effect.fork(
      Stream.runForEach(service.events, (element) => Effect.sync(() => shown.push(element)))
    )
    const isOver = () => consumer.unsafePoll() !== null
    const pass = (steps: number) =>
      Effect.repeatN(Effect.zipRight(Effect.repeatN(turn, 300), adjust("5 seconds")), steps - 1)
    const live = Effect.gen(function* () {
      for (let step = 0; step < 120 && !isOver() && (yield* service.status).phase !== "Live"; step++) {
        yield* Effect.repeatN(turn, 300)
        yield* adjust("5 seconds")
      }
    })
    const trouble = { at: moments[moment], status, body, left: 1 }
    if (moment.startsWith("first")) {
      host.state.trouble = trouble
    } else {
      yield* live
      host.state.trouble = trouble
      if (moment.endsWith("reconnect")) {
        host.drop()
      } else if (moment === "keepalive") {
        yield* adjust("31 minutes")
      } else {
        yield* Fiber.interruptFork(consumer)
      }
    }
    for (let step = 0; step < 120 && trouble.left > 0; step++) {
      yield* pass(1)
    }
    if (moment !== "close") {
      yield* Effect.repeatN(turn, 300)
      yield* adjust("3 minutes")
      yield* live
    }
    const exit = consumer.unsafePoll()
    const error = exit !== null && Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
    yield* Fiber.interruptFork(watch)
    yield* Fiber.interruptFork(consumer)
    yield* pass(12)
    const tag = (error as { readonly _tag?: string } | undefined)?._tag
    return {
      did: moment === "close" ? "closed" : exit === null ? "goes on" : `ends with ${tag}`,
      elsewhere: host.elsewhere,
      shown: inspect([shown, error], { depth: null }) + String((error as Error | undefined)?.message)
    }
  }).pipe(Effect.scoped, (effect) => VirtualClock.run(effect, 20), Effect.orDie)
