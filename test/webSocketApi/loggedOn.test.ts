import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as LoggedOn from "../../src/internal/webSocketApi/loggedOn.js"

/** A connection that never answers. */
const silent: Parameters<LoggedOn.LoggedOn["add"]>[0] = {
  request: () => Effect.never,
  rateLimits: Effect.succeed([]),
  clockOffset: Effect.succeed(7),
  session: { isAuthenticated: Effect.succeed(true) } as never,
  frames: { ping: () => {}, pause: () => {}, resume: () => {} }
}

it.scoped("a request that begins when reading has just stopped does not wait", () =>
  Effect.gen(function* () {
    const loggedOn = yield* LoggedOn.make(Redacted.make("key"))
    const flow = yield* loggedOn.add(silent)
    const line = (yield* loggedOn.current)!
    flow!.pause()
    const error = yield* Effect.flip(line.request({ method: "myTrades", result: Schema.Unknown }))
    assert.deepInclude(error, { _tag: "TransportError", operation: "myTrades" })
    assert.isUndefined(yield* loggedOn.current)
    flow!.resume()
    assert.strictEqual(yield* loggedOn.current, line)
  })
)

it.effect("a connection is known as long as its scope, and what it has found of the clock for longer", () =>
  Effect.gen(function* () {
    const loggedOn = yield* LoggedOn.make(Redacted.make("key"))
    assert.isUndefined(yield* loggedOn.clockOffset)
    yield* Effect.scoped(Effect.zipRight(loggedOn.add(silent), Effect.map(loggedOn.current, assert.isDefined)))
    assert.isUndefined(yield* loggedOn.current)
    assert.strictEqual(yield* loggedOn.clockOffset, 7)
  })
)

it.effect("copies of a stream show the same connections, and other objects none", () =>
  Effect.gen(function* () {
    const loggedOn = yield* LoggedOn.make(Redacted.make("key"))
    const stream = LoggedOn.withLoggedOn({ name: "stream" }, loggedOn)
    assert.strictEqual(LoggedOn.loggedOnOf({ ...stream }), loggedOn)
    assert.isUndefined(LoggedOn.loggedOnOf({ name: "stream" }))
  })
)
