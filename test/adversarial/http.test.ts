import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { BinanceHttp } from "effect-binance-user-data"
import { silent } from "../products/harness.js"
import * as VirtualClock from "../support/VirtualClock.js"

const { adjust } = VirtualClock

const make = (options: BinanceHttp.Options = {}, answer: () => Response = () => new Response("{}")) =>
  BinanceHttp.make(options).pipe(
    Effect.provideService(
      HttpClient.HttpClient,
      HttpClient.make((request) => Effect.sync(() => HttpClientResponse.fromWeb(request, answer())))
    )
  )

const get = { method: "GET", baseUrl: "https://dapi.example", path: "/x", response: Schema.Unknown } as const

const test = (name: string, body: Effect.Effect<void, unknown, VirtualClock.VirtualClock>) =>
  it.live(name, () => body.pipe(VirtualClock.run, Effect.provide(silent)))

describe("the connection budget", () => {
  test(
    "is not used up by those who gave up waiting",
    Effect.gen(function* () {
      const http = yield* make({ connectionBudget: { limit: 1, window: "5 minutes" } })
      yield* http.connectPermit
      // A program that gives each attempt a minute.
      for (let attempt = 0; attempt < 20; attempt++) {
        const fiber = yield* Effect.fork(http.connectPermit)
        yield* adjust("1 minute")
        yield* Fiber.interrupt(fiber)
      }
      const fiber = yield* Effect.fork(http.connectPermit)
      yield* adjust("6 minutes")
      expect(fiber.unsafePoll()).not.toBeNull()
      yield* Fiber.interrupt(fiber)
    })
  )

  test(
    "serves those who wait in the order in which they came, and skips who has left",
    Effect.gen(function* () {
      const http = yield* make({ connectionBudget: { limit: 20, window: "1 second" } })
      const served: Array<number> = []
      const fibers = yield* Effect.forEach(Array.from({ length: 1000 }), (_, index) =>
        Effect.fork(
          Effect.zipRight(
            http.connectPermit,
            Effect.sync(() => served.push(index))
          )
        )
      )
      yield* adjust("3 seconds")
      const before = served.length
      yield* Effect.forEach(fibers, (fiber, index) => (index % 7 === 0 ? Fiber.interrupt(fiber) : Effect.void))
      yield* adjust("10 minutes")
      const gone = (index: number) => index % 7 === 0 && index >= before
      expect(served).toEqual(fibers.flatMap((_, index) => (gone(index) ? [] : [index])))
    })
  )

  for (const limit of [1, 2.5]) {
    test(
      `holds with a limit of ${limit}`,
      Effect.gen(function* () {
        const http = yield* make({ connectionBudget: { limit, window: "5 minutes" } })
        let connected = 0
        const fiber = yield* Effect.fork(
          Effect.forever(Effect.tap(http.connectPermit, () => Effect.sync(() => ++connected))).pipe(
            Effect.timeout("4 minutes"),
            Effect.ignore
          )
        )
        const stop = yield* Effect.fork(
          Effect.repeat(Effect.yieldNow(), { until: () => connected > 10 || fiber.unsafePoll() !== null })
        )
        yield* adjust("4 minutes")
        yield* Fiber.interrupt(fiber)
        yield* Fiber.interrupt(stop)
        expect(connected).toBe(Math.floor(limit))
      })
    )
  }
})

describe("the governor", () => {
  for (const seconds of ["9000000000000", "1e308", "31536000000"]) {
    test(
      `takes a Retry-After of ${seconds} seconds for what it is, and asks again within a week`,
      Effect.gen(function* () {
        let answers = 0
        const http = yield* make({}, () =>
          answers++ === 0
            ? new Response("{}", { status: 429, headers: { "retry-after": seconds } })
            : new Response("{}")
        )
        const exit = yield* Effect.exit(http.request(get))
        expect(Exit.isFailure(exit) && Option.isNone(Cause.dieOption(exit.cause))).toBe(true)
        const again = yield* Effect.fork(http.request(get))
        yield* adjust("7 days")
        expect(again.unsafePoll()).not.toBeNull()
        yield* Fiber.interrupt(again)
      })
    )
  }

  test(
    "waits out a ban whose end stands only in the text, on the clock of a server that is behind",
    Effect.gen(function* () {
      const clock = yield* VirtualClock.VirtualClock
      let requests = 0
      // The local clock is ten minutes ahead; the ban lasts five.
      const http = yield* make({}, () => {
        requests++
        return new Response(
          JSON.stringify({ code: -1003, msg: `Way too many requests; IP banned until ${clock.now() - 300_000}.` }),
          { status: 418 }
        )
      })
      yield* Effect.exit(http.request(get))
      yield* Effect.fork(Effect.exit(http.request(get)))
      yield* adjust("1 second")
      expect(requests).toBe(1)
    })
  )
})
