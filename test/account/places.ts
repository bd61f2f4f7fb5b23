import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { BinanceHttp, Credentials } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import * as ScaledClock from "../support/scaledClock.js"
import { type Provided, runVirtual, silent } from "../support/simulated.js"
import * as VirtualClock from "../support/VirtualClock.js"

/** Where accounts live, and how seconds pass there. */
export interface Place {
  readonly name: string
  readonly run: <A>(
    body: (pass: (seconds: number) => Effect.Effect<void>) => Effect.Effect<A, unknown, Provided | Scope.Scope>
  ) => Effect.Effect<A, unknown>
  /** How often REST is compared with the stream, in seconds. */
  readonly reconcileEvery: number
}

/** In memory, on a clock that does not wait. */
export const virtual: Place = {
  name: "the virtual clock",
  run: (body) =>
    runVirtual(
      Effect.flatMap(VirtualClock.VirtualClock, (virtual) => body((seconds) => virtual.adjust(`${seconds} seconds`)))
    ),
  reconcileEvery: 300
}

const layerSockets = Layer.mergeAll(
  BinanceHttp.layer,
  Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey, secretKey: SimulatedBinance.defaultSecretKey }),
  SimulatedBinance.layer()
).pipe(Layer.provideMerge(NodeLayer.layer), Layer.provideMerge(silent))

/** On real sockets of loopback, on a clock that is so many times faster. */
export const sockets = (factor = 10): Place => ({
  name: "real sockets",
  run: (body) =>
    body((seconds) => Effect.sleep(`${seconds} seconds`)).pipe(
      Effect.scoped,
      Effect.provide(layerSockets),
      Effect.withClock(ScaledClock.make(factor))
    ),
  reconcileEvery: 60
})
