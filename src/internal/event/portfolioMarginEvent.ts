import type * as Schema from "effect/Schema"
import { Decimal, event, OpenEnum, optional } from "./field.js"

// The events that Portfolio Margin and Portfolio Margin Pro share.

/**
 * The risk level of the account changed.
 *
 * @since 0.1.0
 * @category events
 */
export const RiskLevelChange = event("RiskLevelChange", ["riskLevelChange", "RISK_LEVEL_CHANGE"], {
  /** `u`: the unified maintenance margin ratio. */
  uniMmr: optional("u", Decimal),
  /** `s`: the risk level. */
  riskLevel: optional("s", OpenEnum("MARGIN_CALL", "SUPPLY_MARGIN", "REDUCE_ONLY", "FORCE_LIQUIDATION")),
  /** `eq`: the equity of the account, in USD. */
  accountEquityUsd: optional("eq", Decimal),
  /** `ae`: the equity of the account without collateral rates, in USD. */
  actualEquityUsd: optional("ae", Decimal),
  /** `m`: the maintenance margin, in USD. */
  maintenanceMarginUsd: optional("m", Decimal)
})

export interface RiskLevelChange extends Schema.Schema.Type<typeof RiskLevelChange> {}
