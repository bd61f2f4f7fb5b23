/**
 * The events of a Portfolio Margin Pro account.
 *
 * Only what makes an event usable is required: Binance leaves fields out, and adds values to its enumerations. Amounts
 * are the exact decimal text, times are epoch milliseconds.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { ListenKeyExpired, ServerShutdown } from "./internal/event/controlEvent.js"
import { Decimal, event, optional } from "./internal/event/field.js"
import { RiskLevelChange } from "./internal/event/portfolioMarginEvent.js"

export { ListenKeyExpired, ServerShutdown } from "./internal/event/controlEvent.js"
export { RiskLevelChange } from "./internal/event/portfolioMarginEvent.js"

/**
 * The equity and margin of the account. Sent every 5 s.
 *
 * @since 0.1.0
 * @category events
 */
export const PmProAccountUpdate = event("PmProAccountUpdate", "PM_PRO_ACCOUNT_UPDATE", {
  /** `u`: the unified maintenance margin ratio. */
  uniMmr: optional("u", Decimal),
  /** `eq`: the equity of the account, in USD. */
  accountEquityUsd: optional("eq", Decimal),
  /** `ae`: the equity of the account without collateral rates, in USD. */
  actualEquityUsd: optional("ae", Decimal),
  /** `im`: the initial margin, in USD. */
  initialMarginUsd: optional("im", Decimal),
  /** `mm`: the maintenance margin, in USD. */
  maintenanceMarginUsd: optional("mm", Decimal),
  /** `avb`: the available balance, in USD. */
  availableBalanceUsd: optional("avb", Decimal),
  /** `vmw`: the most that can be withdrawn, in USD. */
  virtualMaxWithdrawUsd: optional("vmw", Decimal)
})

export interface PmProAccountUpdate extends Schema.Schema.Type<typeof PmProAccountUpdate> {}

/**
 * The events of a Portfolio Margin Pro account.
 *
 * @since 0.1.0
 * @category union
 */
export const PortfolioMarginProEvent: Schema.Schema<
  PortfolioMarginProEvent,
  Schema.Schema.Encoded<
    typeof RiskLevelChange | typeof PmProAccountUpdate | typeof ListenKeyExpired | typeof ServerShutdown
  >
> = Schema.Union(RiskLevelChange, PmProAccountUpdate, ListenKeyExpired, ServerShutdown)

export type PortfolioMarginProEvent = RiskLevelChange | PmProAccountUpdate | ListenKeyExpired | ServerShutdown
