import * as Schema from "effect/Schema"
import { Decimal, event, field, OpenEnum, optional, struct, Text } from "./field.js"

// The events that may come on both streams of a margin account.

/**
 * The margin level of the account passed a threshold.
 *
 * @since 0.1.0
 * @category events
 */
export const MarginLevelStatusChange = event("MarginLevelStatusChange", "MARGIN_LEVEL_STATUS_CHANGE", {
  /** `l`: the margin level, a ratio. */
  marginLevel: optional("l", Decimal),
  /** `s`: the status, such as `MARGIN_LEVEL_2`. */
  marginCallStatus: optional("s", Text)
})

export interface MarginLevelStatusChange extends Schema.Schema.Type<typeof MarginLevelStatusChange> {}

/**
 * The margin level of the account passed a threshold, under the name announced for October 2026.
 *
 * @since 0.1.0
 * @category events
 */
export const MarginLevelChange = event("MarginLevelChange", "marginLevelChange", {
  /** `l`: the margin level, a ratio. */
  marginLevel: optional("l", Decimal),
  /** `s`: the status. */
  status: optional("s", Text)
})

export interface MarginLevelChange extends Schema.Schema.Type<typeof MarginLevelChange> {}

/**
 * A liability changed: something was borrowed or repaid, or interest was due.
 *
 * @since 0.1.0
 * @category events
 */
export const UserLiabilityChange = event("UserLiabilityChange", ["USER_LIABILITY_CHANGE", "userLiabilityChange"], {
  /** `a`: the asset. */
  asset: field("a", Text),
  /** `t`: what changed it. */
  liabilityUpdateType: optional("t", OpenEnum("BORROW", "REPAY", "INTEREST")),
  /** `p`: the principal, in the asset. */
  principal: optional("p", Decimal),
  /** `i`: the interest, in the asset. */
  interest: optional("i", Decimal)
})

export interface UserLiabilityChange extends Schema.Schema.Type<typeof UserLiabilityChange> {}

const liability = struct({
  /** `a`: the asset. */
  asset: field("a", Text),
  /** `p`: the principal, in the asset. */
  principal: optional("p", Decimal),
  /** `i`: the interest, in the asset. */
  interest: optional("i", Decimal)
})

/**
 * A liability in a `LiabilityChange`.
 *
 * @since 0.1.0
 * @category parts
 */
export interface Liability extends Schema.Schema.Type<typeof liability> {}

/**
 * The schema of a liability in a `LiabilityChange`.
 *
 * @since 0.1.0
 * @category parts
 */
export const Liability: Schema.Schema<Liability, Schema.Schema.Encoded<typeof liability>> = liability

/**
 * Liabilities changed, in the form announced for October 2026.
 *
 * @since 0.1.0
 * @category events
 */
export const LiabilityChange = event("LiabilityChange", "liabilityChange", {
  /** `t`: what changed them. */
  liabilityUpdateType: optional("t", OpenEnum("BORROW", "REPAY", "INTEREST", "DEBT_CHANGE")),
  /** `L`: the liabilities. */
  liabilities: field("L", Schema.Array(Liability))
})

export interface LiabilityChange extends Schema.Schema.Type<typeof LiabilityChange> {}
