import type { BinanceError } from "../../BinanceError.js"
import { registryOf } from "./registry.js"

/** Why the tries of each call failed, the last one included. A try without an answer may have been executed. */
type FailedTries = WeakMap<object, ReadonlyArray<BinanceError>>

const id = "failed tries"

/** Makes a service with a registry remember them. */
export const withFailedTries = <S extends object>(service: S, tries: FailedTries): S => {
  registryOf(service)(id, tries)
  return service
}

export const failedTriesOf = (service: object, call: object): ReadonlyArray<BinanceError> =>
  registryOf(service)<FailedTries>(id, new WeakMap()).get(call) ?? []
