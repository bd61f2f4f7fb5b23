import * as crypto from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { BinanceHttp, Credentials, Margin, Spot } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"

const { defaultApiKey, defaultSecretKey } = SimulatedBinance

/** Signs at once: WebCrypto takes time of its own, which a virtual clock does not wait for. */
const signer: Credentials.Signer = {
  kind: "HMAC",
  sign: (payload) =>
    Effect.sync(() => Redacted.make(crypto.createHmac("sha256", defaultSecretKey).update(payload).digest("hex")))
}

const shared = Layer.merge(BinanceHttp.layer, Credentials.layer({ apiKey: defaultApiKey, signer })).pipe(
  Layer.provideMerge(SimulatedBinance.layerMemory())
)

describe("signed calls at a time that is no whole millisecond, as after a jittered delay on the virtual clock", () => {
  const opens = (stream: Stream.Stream<{ readonly _tag: string }, unknown>) =>
    Effect.gen(function* () {
      const first = yield* Effect.fork(Stream.runHead(stream))
      yield* TestClock.adjust("1 second")
      expect(yield* Fiber.join(first)).toMatchObject({ value: { _tag: "Opened" } })
    })

  const at = TestClock.setTime(1_767_225_621_085.2742)

  it.effect("the WebSocket API's", () =>
    Effect.zipRight(
      at,
      Effect.flatMap(Spot.Spot, ({ events }) => opens(events))
    ).pipe(Effect.provide(Spot.layer.pipe(Layer.provide(shared))))
  )

  it.effect("those of REST", () =>
    Effect.zipRight(
      at,
      Effect.flatMap(Margin.Margin, ({ events }) => opens(events))
    ).pipe(Effect.provide(Margin.layerWith({ signed: true }).pipe(Layer.provide(shared))))
  )
})
