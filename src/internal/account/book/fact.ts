import type { FillIdentity } from "./keys.js"
import type { AlgoOrder, Balance, Fill, Modes, Order, Position } from "./model.js"

/** What one event says about the account. Most events say several things, some say nothing. */
export type Fact =
  /** An order is so now, and with this event it may have been filled. `algoId`: the conditional order it came from. */
  | {
      readonly _tag: "Order"
      readonly order: Order
      readonly fill: Fill | undefined
      readonly algoId: string | undefined
    }
  | { readonly _tag: "AlgoOrder"; readonly algoOrder: AlgoOrder }
  /**
   * A fill is announced, without its commission and the order's sum: another event has both. If that one never comes,
   * it is missing.
   */
  | { readonly _tag: "FillNotice"; readonly fill: FillIdentity; readonly time: number }
  | { readonly _tag: "Balance"; readonly balance: Balance }
  /** A balance moved by so much. Never added: an absolute balance comes as well. */
  | { readonly _tag: "BalanceNotice"; readonly asset: string; readonly time: number }
  /** An amount of zero: there is no position any more. */
  | { readonly _tag: "Position"; readonly position: Position }
  | { readonly _tag: "Modes"; readonly modes: ModesChange }

/** What changed in the modes: the rest is as before. */
export interface ModesChange {
  readonly dualSidePosition?: Modes["dualSidePosition"]
  readonly multiAssetsMargin?: Modes["multiAssetsMargin"]
  readonly leverage?: { readonly symbol: string; readonly value: number }
  readonly marginType?: { readonly symbol: string; readonly value: string }
}
