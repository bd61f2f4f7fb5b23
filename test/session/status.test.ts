import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { BinanceError, type Environment, UserDataStream } from "effect-binance-user-data"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { adjust, consume, virtual } from "../products/harness.js"
import { products } from "../products/products.js"

const Json = Schema.parseJson(UserDataStream.Status)

const text = FastCheck.string({ maxLength: 30 })
const time = FastCheck.option(FastCheck.nat(), { nil: undefined })

const statuses: FastCheck.Arbitrary<UserDataStream.Status> = FastCheck.record({
  product: FastCheck.constantFrom(...products.map((row): Environment.Product => row.product)),
  account: FastCheck.option(text, { nil: undefined }),
  isolatedSymbol: FastCheck.option(text, { nil: undefined }),
  phase: FastCheck.constantFrom("Idle", "Connecting", "Live", "RollingOver", "Interrupted", "Failed"),
  consumers: FastCheck.nat(),
  liveSince: time,
  connectedAt: time,
  credentialExpiresAt: time,
  lastFrameAt: time,
  lastEventAt: time,
  lastGap: FastCheck.option(
    FastCheck.record({
      from: FastCheck.nat(),
      to: FastCheck.nat(),
      cause: FastCheck.oneof(
        FastCheck.record({ _tag: FastCheck.constant("SocketClosed" as const), code: FastCheck.nat(), reason: text }),
        FastCheck.record({ _tag: FastCheck.constantFrom("KeyExpired" as const, "KeyRejected" as const) })
      )
    }),
    { nil: undefined }
  ),
  nextRolloverAt: time,
  rollovers: FastCheck.nat(),
  reconnects: FastCheck.record({ HalfOpen: FastCheck.nat(), SocketClosed: FastCheck.nat() }, { requiredKeys: [] }),
  lastError: FastCheck.option(
    FastCheck.oneof(
      FastCheck.record({ operation: text, reason: text, account: text }).map(
        (fields) => new BinanceError.TransportError(fields)
      ),
      FastCheck.record({ operation: text, status: FastCheck.nat(), code: FastCheck.integer(), msg: text }).map(
        (fields) => new BinanceError.Unauthorized(fields)
      ),
      FastCheck.record({ operation: text, status: FastCheck.nat(), msg: text, retryAt: FastCheck.nat() }).map(
        (fields) => new BinanceError.RateLimited(fields)
      )
    ),
    { nil: undefined }
  )
})

describe("the JSON of a status", () => {
  it.prop("is read back as it was, with the message of its error", { status: statuses }, ({ status }) => {
    const json = Schema.encodeSync(Json)(status)
    expect(Schema.decodeSync(Json)(json)).toEqual(status)
    const { lastError } = JSON.parse(json)
    expect(lastError?.message).toBe(status.lastError?.message)
    expect(lastError?._tag).toBe(status.lastError?._tag)
  })

  it("is refused where it is none", () => {
    for (const wrong of ["{}", '{"product":"Shares"}', "[]"]) {
      expect(Schema.decodeUnknownEither(Json)(wrong)._tag).toBe("Left")
    }
  })

  for (const row of products) {
    virtual(
      `${row.product}: of a stream that has failed`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const { status } = yield* Effect.tap(row.make({ name: "alpha" }), consume)
        yield* adjust("5 minutes")
        yield* binance.inject(Fault.dropSockets())
        yield* adjust("5 minutes")
        yield* binance.inject(Fault.unauthorized({ for: "1 hour" }))
        yield* binance.inject(Fault.dropSockets())
        yield* adjust("5 minutes")
        const failed = yield* status
        const json = yield* Schema.encode(Json)(failed)
        expect(yield* Schema.decode(Json)(json)).toEqual(failed)
        expect(JSON.parse(json)).toMatchObject({
          product: row.product,
          account: "alpha",
          phase: "Failed",
          lastGap: { cause: { _tag: "SocketClosed" } },
          lastError: { _tag: "Unauthorized", message: expect.stringContaining("Account alpha: ") }
        })
      })
    )
  }
})

describe("a stream is healthy", () => {
  it.effect("while it is live and its last frame is young", () =>
    Effect.gen(function* () {
      const [first] = FastCheck.sample(statuses, { numRuns: 1, seed: 1 })
      const isHealthy = (status: Partial<UserDataStream.Status>) =>
        UserDataStream.isHealthy({ ...first!, lastFrameAt: 0, ...status }, { staleAfter: "1 minute" })
      yield* TestClock.adjust("1 minute")
      expect(yield* isHealthy({ phase: "Live" })).toBe(true)
      expect(yield* isHealthy({ phase: "RollingOver" })).toBe(true)
      expect(yield* isHealthy({ phase: "Live", lastFrameAt: undefined })).toBe(false)
      for (const phase of ["Idle", "Connecting", "Interrupted", "Failed"] as const) {
        expect(yield* isHealthy({ phase })).toBe(false)
      }
      yield* TestClock.adjust("1 second")
      expect(yield* isHealthy({ phase: "Live" })).toBe(false)
    })
  )

  for (const row of products) {
    virtual(
      `${row.product}: through a quiet night, and not while it is interrupted`,
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const { status } = yield* Effect.tap(row.make(), consume)
        const isHealthy = Effect.flatMap(status, (status) =>
          UserDataStream.isHealthy(status, { staleAfter: "2 minutes" })
        )
        for (let hour = 0; hour < 12; hour++) {
          yield* adjust("1 hour")
          expect(yield* isHealthy).toBe(true)
        }
        yield* binance.inject(Fault.refuseConnects(503, { for: "5 minutes" }))
        yield* binance.inject(Fault.dropSockets())
        yield* adjust("1 minute")
        expect(yield* isHealthy).toBe(false)
        yield* adjust("10 minutes")
        expect(yield* isHealthy).toBe(true)
      })
    )
  }
})
