import * as Effect from "effect/Effect"
import type { IpLimits } from "./ipLimits.js"
import { registryOf } from "./registry.js"

type Note = IpLimits["noteWeights"]

const id = "weights that Binance counts"

const nowhere: Note = () => Effect.void

/** Makes a service with a registry remember also what Binance has counted as answers tell it that are not its own. */
export const withCountedWeight = <S extends object>(service: S, note: Note): S => {
  registryOf(service)(id, note)
  return service
}

/** Remembers the weight that Binance has counted in this minute for the host at this address. */
export const noteCounted = (service: object, baseUrl: string, used: number): Effect.Effect<void> =>
  registryOf(service)(id, nowhere)(baseUrl, { "x-mbx-used-weight-1m": String(used) })
