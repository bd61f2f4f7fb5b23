import { registryOf } from "./registry.js"

/** The weight per minute that Binance allows an IP: spot alone, both kinds of futures as one. */
export const weightLimits = { spot: 6000, futures: 2400 }

export type Pool = keyof typeof weightLimits

/** How much of it the reads of accounts may use. */
export type Shares = { readonly [P in Pool]: number }

const id = "weight shares of reads"

const half: Shares = { spot: weightLimits.spot / 2, futures: weightLimits.futures / 2 }

/** Makes a service with a registry remember the shares. */
export const withShares = <S extends object>(service: S, shares: Partial<Shares> = {}): S => {
  registryOf(service)(id, { ...half, ...shares })
  return service
}

export const sharesOf = (service: object): Shares => registryOf(service)(id, half)
