import * as Effect from "effect/Effect"
import type { BinanceError } from "../BinanceError.js"
import type { Product } from "../Environment.js"
import { scrub } from "./secrets.js"

/** A stream as logs, spans and metrics tell it from others. */
export interface Identity {
  readonly product: Product
  /** The name that the program gave to the account. */
  readonly account: string | undefined
  /** The symbol of an isolated margin account. */
  readonly isolatedSymbol?: string | undefined
}

/** How a stream is called in a sentence. */
export const titleOf = ({ account, isolatedSymbol, product }: Identity): string => {
  const stream = isolatedSymbol === undefined ? product : `${product} ${isolatedSymbol}`
  return account === undefined ? stream : `${stream} (${account})`
}

/** A blank name is none. */
export const nameOf = (name: string | undefined): string | undefined => name?.trim() || undefined

/** Names stand in logs and metrics, where no key may be. */
export const isKeyLike = (name: string): boolean => scrub(name, []) !== name

/** The attributes of a span about a stream. */
export const attributesOf = ({ account, isolatedSymbol, product }: Identity) => ({
  product,
  ...(account === undefined ? {} : { account }),
  ...(isolatedSymbol === undefined ? {} : { isolatedSymbol })
})

/** Names the account in each span. */
export const annotateSpans =
  (account: string | undefined) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    account === undefined ? effect : Effect.annotateSpans(effect, "account", account)

/** Names product and account in each span and in each line that is logged. */
export const annotated =
  (identity: Identity) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    effect.pipe(Effect.annotateLogs(attributesOf(identity)), annotateSpans(identity.account))

/** An error that says whose it is, unless it says so already. */
export const withAccount =
  (account: string | undefined) =>
  <E extends BinanceError>(error: E): E =>
    account === undefined || error.account !== undefined
      ? error
      : new (error.constructor as new (fields: object) => E)({ ...error, account })
