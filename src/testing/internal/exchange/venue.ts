import type { Product } from "../../../Environment.js"
import type { Ids } from "./ids.js"
import type { Prices } from "./prices.js"

export type Event = { readonly [key: string]: unknown }

/**
 * What an account of a product needs of the exchange around it.
 */
export interface Venue<P extends Product = Product> {
  readonly product: P
  readonly account: string
  readonly ids: Ids
  readonly prices: Prices
  /** What the server's clock shows, in epoch ms. */
  readonly now: () => number
  /** Pushes an event, which is only made if somebody listens. */
  readonly push: (event: () => Event) => void
  /** How late the updates of conditional orders come, in ms. */
  readonly algoUpdateDelay: () => number
  /** Does something at a time, in epoch ms. */
  readonly at: (time: number, action: () => void) => void
  /** Does what follows the trigger of a conditional order: at once, or when triggers are held no more. */
  readonly afterTrigger: (action: () => void) => void
  /** A client order id for an order that came without. */
  readonly clientId: () => string
}

/** The parameters of a request, under Binance's names. */
export type Parameters = ReadonlyMap<string, string>
