/**
 * The events of the margin risk stream, which watches the cross margin account.
 *
 * Only what makes an event usable is required: Binance leaves fields out, and adds values to its enumerations. Amounts
 * are the exact decimal text, times are epoch milliseconds.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { ListenKeyExpired, ServerShutdown } from "./internal/event/controlEvent.js"
import {
  LiabilityChange,
  MarginLevelChange,
  MarginLevelStatusChange,
  UserLiabilityChange
} from "./internal/event/marginEvent.js"

export { ListenKeyExpired, ServerShutdown } from "./internal/event/controlEvent.js"
export {
  Liability,
  LiabilityChange,
  MarginLevelChange,
  MarginLevelStatusChange,
  UserLiabilityChange
} from "./internal/event/marginEvent.js"

/**
 * The events of the margin risk stream. `MarginLevelChange` and `LiabilityChange` are announced without saying for which
 * stream: they are accepted here if they come.
 *
 * @since 0.1.0
 * @category union
 */
export const MarginRiskEvent: Schema.Schema<
  MarginRiskEvent,
  Schema.Schema.Encoded<
    | typeof MarginLevelStatusChange
    | typeof MarginLevelChange
    | typeof UserLiabilityChange
    | typeof LiabilityChange
    | typeof ListenKeyExpired
    | typeof ServerShutdown
  >
> = Schema.Union(
  MarginLevelStatusChange,
  MarginLevelChange,
  UserLiabilityChange,
  LiabilityChange,
  ListenKeyExpired,
  ServerShutdown
)

/**
 * The events of the margin risk stream. `MarginLevelChange` and `LiabilityChange` are announced without saying for
 * which stream: they are accepted here if they come.
 *
 * @since 0.1.0
 * @category union
 */
export type MarginRiskEvent =
  | MarginLevelStatusChange
  | MarginLevelChange
  | UserLiabilityChange
  | LiabilityChange
  | ListenKeyExpired
  | ServerShutdown
