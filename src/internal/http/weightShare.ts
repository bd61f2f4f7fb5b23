import { registryOf } from "./registry.js"

/** The request weight per minute that Binance allows an IP: for spot, and for both kinds of futures together. */
export const weightLimits = { spot: 6000, futures: 2400 }

export type Pool = keyof typeof weightLimits

/** The part of it that reads of accounts may use. */
export type Shares = { readonly [P in Pool]: number }

const id = "weight shares of reads"

export const defaultShares: Shares = { spot: weightLimits.spot / 2, futures: weightLimits.futures / 2 }

/** Stores the shares in the registry of a service. */
export const withShares = <S extends object>(service: S, shares: Shares): S => {
  registryOf(service)(id, shares)
  return service
}

export const sharesOf = (service: object): Shares => registryOf(service)(id, defaultShares)
