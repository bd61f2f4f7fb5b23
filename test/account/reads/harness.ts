import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BinanceHttp, Credentials } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"

export const credentials = Credentials.layer({
  apiKey: SimulatedBinance.defaultApiKey,
  secretKey: SimulatedBinance.defaultSecretKey
})

/** What reads need, over the simulated Binance in memory. */
export const layerMemory = (options: SimulatedBinance.Options = {}) =>
  Layer.merge(BinanceHttp.layer, credentials).pipe(Layer.provideMerge(SimulatedBinance.layerMemory(options)))

/** Runs up to a number of times, one after the other. */
export const repeat = <A, E, R>(times: number, effect: (index: number) => Effect.Effect<A, E, R>) =>
  Effect.forEach(Array.from({ length: times }), (_, index) => effect(index))

/** An amount without padding, so that it can be compared with what the exchange has. */
export const plain = (amount: string | undefined): string | undefined =>
  amount === undefined ? undefined : BigDecimal.format(BigDecimal.normalize(BigDecimal.unsafeFromString(amount)))
