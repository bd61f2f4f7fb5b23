import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { BinanceError, BinanceHttp, CoinFutures, Credentials, Environment, ListenKey } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, consume, del, post, runVirtual, settle, start, tags, virtual } from "../products/harness.js"
import { listenKeyProducts } from "../products/products.js"
import * as VirtualClock from "../support/VirtualClock.js"

/** A `BinanceHttp` that holds back each POST until the test lets it through, as during a ban. */
const heldBack = (): {
  readonly sent: Array<string>
  readonly release: () => void
  readonly layer: Layer.Layer<BinanceHttp.BinanceHttp>
} => {
  const gate = Effect.unsafeMakeLatch(false)
  const sent: Array<string> = []
  return {
    sent,
    release: () => gate.unsafeOpen(),
    layer: Layer.succeed(BinanceHttp.BinanceHttp, {
      request: (request: BinanceHttp.Request<any, any>) =>
        Effect.gen(function* () {
          if (request.method === "POST") {
            yield* gate.await
          }
          sent.push(request.method)
          return { listenKey: Redacted.make("key") } as any
        }),
      connectPermit: Effect.void,
      unblocked: Effect.void,
      block: () => Effect.void,
      usedWeight: Effect.succeed([]),
      clockOffset: () => Effect.succeed(0)
    } as BinanceHttp.BinanceHttp.Service)
  }
}

const calls = (http: Layer.Layer<BinanceHttp.BinanceHttp>) =>
  ListenKey.make(ListenKey.endpoints.CoinFutures).pipe(
    Effect.provide(Layer.mergeAll(http, Credentials.layer({ apiKey: "planted" }), Environment.layerProduction)),
    Effect.orDie
  )

describe("closing a share in a listen key", () => {
  it.live("does not wait for a creation that another share has under way during a ban", () =>
    Effect.gen(function* () {
      const http = heldBack()
      const { lease } = yield* calls(http.layer)
      const scope = yield* Scope.make()
      const other = yield* Effect.scoped(Effect.flatMap(lease, ({ create }) => create)).pipe(Effect.fork)
      yield* settle
      yield* Scope.extend(lease, scope)
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* adjust("1 minute")
      const isClosed = closing.unsafePoll() !== null
      http.release()
      yield* adjust("1 minute")
      yield* Fiber.join(other)
      expect(isClosed).toBe(true)
    }).pipe(VirtualClock.run)
  )

  it.live("ends a creation that was given up before, and does not wait for it", () =>
    Effect.gen(function* () {
      const http = heldBack()
      const { lease } = yield* calls(http.layer)
      const scope = yield* Scope.make()
      const { create } = yield* Scope.extend(lease, scope)
      // A roll-over is being prepared when the old connection is lost, and the recovery creates a key itself.
      const rollover = yield* Effect.fork(create)
      yield* settle
      yield* Fiber.interrupt(rollover)
      const recovery = yield* Effect.fork(create)
      yield* settle
      yield* Fiber.interrupt(recovery)
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* adjust("1 minute")
      const isClosed = closing.unsafePoll() !== null
      const before = http.sent.length
      http.release()
      yield* adjust("1 minute")
      expect(isClosed).toBe(true)
      expect(http.sent.slice(before)).toEqual([])
    }).pipe(VirtualClock.run)
  )
})

/** A Binance that makes a key 2 seconds after it was asked, even when nobody waits for the answer any more. */
const lateBinance = () => {
  let hasKey = false
  const set = (value: boolean) =>
    Effect.sync(() => {
      hasKey = value
      return { listenKey: Redacted.make("key") }
    })
  const request = ({ method }: BinanceHttp.Request<any, any>) =>
    method === "POST" ? Effect.flatMap(Effect.forkDaemon(Effect.delay(set(true), "2 seconds")), Fiber.join) : set(false)
  const layer = Layer.succeed(BinanceHttp.BinanceHttp, { request } as unknown as BinanceHttp.BinanceHttp.Service)
  return { hasKey: () => hasKey, layer }
}

describe("a listen key that is being created while its last user leaves", () => {
  it.live("is waited for, because it can only be closed once it was made", () =>
    Effect.gen(function* () {
      const binance = lateBinance()
      const { lease } = yield* calls(binance.layer)
      const scope = yield* Scope.make()
      const { create } = yield* Scope.extend(lease, scope)
      const creation = yield* Effect.fork(create)
      yield* adjust("1 second")
      yield* Fiber.interrupt(creation)
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* adjust("1 minute")
      yield* Fiber.join(closing)
      expect(binance.hasKey()).toBe(false)
    }).pipe(VirtualClock.run)
  )

  for (const row of listenKeyProducts) {
    virtual(
      `${row.product}: is closed, although Binance makes it late`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.inject(Fault.slow({ by: "2 seconds", processed: "after", endpoint: post(row) }))
        const { close } = yield* start(row, { onClose: "close" })
        yield* adjust("1 second")
        yield* close
        expect((yield* binance.requests).map(({ endpoint }) => endpoint)).toEqual([post(row), del(row)])
        expect((yield* binance.counters).liveKeys).toBe(0)
      })
    )
  }
})

describe("a listen key whose successor is being created while its last user leaves", () => {
  for (const row of listenKeyProducts) {
    virtual(
      `${row.product}: is closed in the time that is left, when the creation is not answered`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const { close } = yield* start(row, { onClose: "close", rolloverAge: "4 minutes", rolloverJitter: 0 })
        yield* adjust("230 seconds")
        yield* binance.inject(Fault.never({ endpoint: post(row), for: "1 hour", processed: false }))
        yield* binance.inject(Fault.slow({ endpoint: del(row), by: "2 seconds", processed: "after" }))
        yield* adjust("12 seconds")
        yield* close
        const { endpoint } = (yield* binance.requests).at(-1)!
        expect({ endpoint, liveKeys: (yield* binance.counters).liveKeys }).toEqual({ endpoint: del(row), liveKeys: 0 })
      })
    )
  }
})

describe("the clean-up of a listen key", () => {
  for (const [name, use] of [
    [
      "lease",
      (calls: ListenKey.Calls) =>
        Effect.scoped(Effect.flatMap(calls.lease, ({ create }) => Effect.zipRight(create, Effect.never)))
    ],
    ["scoped", (calls: ListenKey.Calls) => Effect.scoped(Effect.zipRight(calls.scoped, Effect.never))]
  ] as const) {
    virtual(
      `is not cut off by a second closer, who waits for it: ${name}`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const fiber = yield* Effect.forkDaemon(use(yield* ListenKey.make(ListenKey.endpoints.CoinFutures)))
        yield* adjust("1 minute")
        yield* binance.inject(Fault.slow({ by: "2 seconds", processed: "after", for: "1 hour" }))
        const left: Array<number> = []
        for (let closer = 0; closer < 3; closer++) {
          yield* Effect.forkDaemon(
            Effect.zipRight(
              Fiber.interrupt(fiber),
              Effect.map(binance.counters, ({ liveKeys }) => left.push(liveKeys))
            )
          )
          yield* adjust("200 millis")
        }
        yield* adjust("10 seconds")
        expect(left).toEqual([0, 0, 0])
      })
    )
  }

  virtual(
    "goes on when the one who closes the scope is interrupted",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const { lease } = yield* ListenKey.make(ListenKey.endpoints.CoinFutures)
      const scope = yield* Scope.make()
      yield* Effect.flatMap(Scope.extend(lease, scope), ({ create }) => create)
      yield* binance.inject(Fault.slow({ by: "2 seconds", processed: "after", for: "1 hour" }))
      const closing = yield* Effect.forkDaemon(Scope.close(scope, Exit.void))
      yield* adjust("200 millis")
      const interrupting = yield* Effect.forkDaemon(Fiber.interrupt(closing))
      yield* adjust("10 seconds")
      yield* Fiber.join(interrupting)
      expect((yield* binance.counters).liveKeys).toBe(0)
    })
  )
})

/** A `BinanceHttp` whose POSTs fail, one after the other, as these do. */
const failing = (errors: Array<BinanceError.BinanceError>) => {
  const sent: Array<string> = []
  const request = ({ method }: BinanceHttp.Request<any, any>) =>
    Effect.suspend(() => {
      sent.push(method)
      const error = method === "POST" ? errors.shift() : undefined
      return error === undefined ? Effect.succeed({}) : Effect.fail(error)
    })
  const layer = Layer.succeed(BinanceHttp.BinanceHttp, { request } as unknown as BinanceHttp.BinanceHttp.Service)
  return { sent, layer }
}

describe("a key that was made by a call whose answer could not be read", () => {
  const operation = "POST /dapi/v1/listenKey"
  const unread = new BinanceError.DecodeError({ operation, status: 200, reason: "the body is empty" })
  const refused = new BinanceError.Unauthorized({ operation, status: 401, msg: "" })

  for (const [name, errors, expected] of [
    ["is closed", [unread], ["POST", "DELETE"]],
    ["is closed, although another call was refused after it", [unread, refused], ["POST", "POST", "DELETE"]],
    ["is not looked for where each call was refused", [refused, refused], ["POST", "POST"]]
  ] as const) {
    it.live(name, () =>
      Effect.gen(function* () {
        const http = failing([...errors])
        const { lease } = yield* calls(http.layer)
        yield* Effect.scoped(
          Effect.flatMap(lease, ({ create }) => Effect.forEach(errors, () => Effect.exit(create), { discard: true }))
        )
        expect(http.sent).toEqual(expected)
      }).pipe(VirtualClock.run)
    )
  }
})

describe("a key that was made by a try without an answer, before the call was refused", () => {
  for (const row of listenKeyProducts) {
    virtual(
      `${row.product}: is closed where Binance finds it by the API key`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        yield* binance.inject(Fault.reset({ times: 1, processed: true }))
        yield* binance.inject(Fault.unauthorized({ times: 1 }))
        const scope = yield* Scope.make()
        const service = yield* Scope.extend(row.make({ onClose: "close" }), scope)
        const { fiber } = yield* consume(service)
        yield* adjust("10 seconds")
        expect(yield* Effect.flip(Fiber.join(fiber))).toBeInstanceOf(BinanceError.Unauthorized)
        yield* Scope.close(scope, Exit.void)
        const { liveKeys } = yield* binance.counters
        expect(liveKeys).toBe(0)
      })
    )
  }
})

describe("a stream", () => {
  virtual(
    "that is consumed after its scope was closed says what is wrong, and does not just end",
    Effect.gen(function* () {
      const service = yield* Effect.scoped(CoinFutures.make())
      for (const consumption of [Stream.runDrain(service.events), service.forEach(() => undefined)]) {
        const exit = yield* Effect.exit(consumption)
        expect(Exit.isFailure(exit) && Cause.isDie(exit.cause) && Cause.pretty(exit.cause)).toContain(
          "provide the layer around all that uses it"
        )
      }
    })
  )

  virtual(
    "that has failed tells in its status what with",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const scope = yield* Scope.make()
      const service = yield* Scope.extend(CoinFutures.make(), scope)
      const { fiber } = yield* consume(service)
      yield* adjust("2 minutes")
      yield* binance.inject(Fault.revokeApiKey(SimulatedBinance.defaultApiKey))
      yield* binance.inject(Fault.dropSockets())
      yield* adjust("2 minutes")
      expect(yield* service.status).toMatchObject({ phase: "Failed", lastError: { _tag: "Unauthorized" } })
      yield* Fiber.await(fiber)
      yield* Scope.close(scope, Exit.void)
    })
  )

  virtual(
    "that is left in a ban, after its connection was lost in a roll-over, closes in time and asks for nothing after",
    Effect.gen(function* () {
      const binance = yield* SimulatedBinance.SimulatedBinance
      const scope = yield* Scope.make()
      const service = yield* Scope.extend(CoinFutures.make({ rolloverAge: "10 minutes", rolloverJitter: 0 }), scope)
      const { elements, fiber } = yield* consume(service)
      yield* adjust("9 minutes")
      yield* (yield* BinanceHttp.BinanceHttp).block((yield* VirtualClock.VirtualClock).now() + 3_600_000)
      yield* adjust("2 minutes")
      yield* binance.inject(Fault.dropSockets())
      yield* adjust("5 minutes")
      expect(tags(elements)).toEqual(["Opened", "Interrupted"])
      const leaving = yield* Effect.fork(Fiber.interrupt(fiber))
      yield* adjust("1 minute")
      const hasLeft = leaving.unsafePoll() !== null
      const before = (yield* binance.requests).length
      yield* adjust("2 hours")
      const after = (yield* binance.requests).slice(before).map(({ endpoint }) => endpoint)
      yield* Scope.close(scope, Exit.void)
      expect({ hasLeft, after }).toEqual({ hasLeft: true, after: [] })
    })
  )

  for (const [name, frame] of [
    ["without a time", { e: "listenKeyExpired" }],
    ["with a key that is null", { e: "listenKeyExpired", E: 1795132800000, listenKey: null }],
    ["with a time that is no integer", { e: "listenKeyExpired", E: "1795132800000.5" }]
  ] as const) {
    it.live(`gets a new key when the old one has expired, said ${name}`, () =>
      runVirtual(
        Effect.gen(function* () {
          const binance = yield* SimulatedBinance.SimulatedBinance
          const scope = yield* Effect.scope
          const service = yield* Scope.extend(CoinFutures.make(), scope)
          const { elements, fiber } = yield* consume(service)
          yield* adjust("2 minutes")
          yield* binance.pushRaw({ product: "CoinFutures" }, frame)
          yield* adjust("1 minute")
          expect(tags(elements)).toContain("Resumed")
          const leaving = yield* Effect.fork(Fiber.interrupt(fiber))
          yield* adjust("10 seconds")
          yield* Fiber.join(leaving)
        })
      )
    )
  }
})
