import { createHmac } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import { BinanceHttp, Credentials } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import type { Feed } from "../../examples/dashboard/feed.js"
import * as Simulation from "../../examples/dashboard/simulation.js"
import type { Happening } from "../../examples/dashboard/state.js"
import * as Streams from "../../examples/dashboard/streams.js"

/** WebCrypto takes real time, for which the virtual clock does not wait. */
const signer: Credentials.Signer = {
  kind: "HMAC",
  sign: (payload) =>
    Effect.sync(() =>
      Redacted.make(createHmac("sha256", SimulatedBinance.defaultSecretKey).update(payload).digest("hex"))
    )
}

const layer = Layer.mergeAll(
  BinanceHttp.layer,
  Logger.replace(Logger.defaultLogger, Logger.none),
  Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey, signer })
).pipe(Layer.provideMerge(SimulatedBinance.layerMemory({ seed: 1 })))

/** What the dashboard is told in so many seconds of trading, second by second, on the virtual clock. */
export const record = (seconds: number): Promise<ReadonlyArray<ReadonlyArray<Happening>>> =>
  Effect.gen(function* () {
    const start = Date.now() - seconds * 1000
    yield* TestClock.setTime(start)
    const told: Array<Array<Happening>> = Array.from({ length: seconds }, () => [])
    const feed: Feed = {
      view: Effect.dieMessage("nobody looks"),
      messages: Effect.dieMessage("nobody looks") as never,
      report: (happening) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          told[Math.floor((now - start) / 1000)]?.push(happening)
        })
    }
    const binance = yield* SimulatedBinance.SimulatedBinance
    yield* Effect.fork(Streams.followAll(feed, Streams.optionsOnSimulation))
    yield* Effect.fork(Simulation.trade(binance))
    yield* TestClock.adjust(seconds * 1000)
    return told
  }).pipe(
    Effect.provide(layer),
    Effect.withRandom(Random.make("trading")),
    Effect.provide(TestContext.TestContext),
    Effect.scoped,
    Effect.runPromise
  )
