/**
 * The events of a cross or isolated margin account.
 *
 * Only what identifies an event is required: Binance leaves fields out, and adds values to its enumerations. Ids are
 * decimal digits as text, amounts and prices are the exact decimal text, times are epoch milliseconds (microseconds on
 * a connection that was asked for them).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { EventStreamTerminated, ListenKeyExpired, ServerShutdown } from "./internal/event/controlEvent.js"
import {
  LiabilityChange,
  MarginLevelChange,
  MarginLevelStatusChange,
  UserLiabilityChange
} from "./internal/event/marginEvent.js"
import { BalanceUpdate, ExecutionReport, ListStatus, OutboundAccountPosition } from "./internal/event/spotEvent.js"

export { EventStreamTerminated, ListenKeyExpired, ServerShutdown } from "./internal/event/controlEvent.js"
export {
  Liability,
  LiabilityChange,
  MarginLevelChange,
  MarginLevelStatusChange,
  UserLiabilityChange
} from "./internal/event/marginEvent.js"
export {
  AssetBalance,
  BalanceUpdate,
  ExecutionReport,
  ListedOrder,
  ListStatus,
  OutboundAccountPosition
} from "./internal/event/spotEvent.js"

/**
 * The events of a margin account. Those of margin levels and liabilities are documented for the margin risk stream, or
 * announced without saying for which stream: they are accepted here if they come.
 *
 * @since 0.1.0
 * @category union
 */
export const MarginEvent: Schema.Schema<
  MarginEvent,
  Schema.Schema.Encoded<
    | typeof OutboundAccountPosition
    | typeof BalanceUpdate
    | typeof ExecutionReport
    | typeof ListStatus
    | typeof MarginLevelStatusChange
    | typeof MarginLevelChange
    | typeof UserLiabilityChange
    | typeof LiabilityChange
    | typeof EventStreamTerminated
    | typeof ListenKeyExpired
    | typeof ServerShutdown
  >
> = Schema.Union(
  OutboundAccountPosition,
  BalanceUpdate,
  ExecutionReport,
  ListStatus,
  MarginLevelStatusChange,
  MarginLevelChange,
  UserLiabilityChange,
  LiabilityChange,
  EventStreamTerminated,
  ListenKeyExpired,
  ServerShutdown
)

export type MarginEvent =
  | OutboundAccountPosition
  | BalanceUpdate
  | ExecutionReport
  | ListStatus
  | MarginLevelStatusChange
  | MarginLevelChange
  | UserLiabilityChange
  | LiabilityChange
  | EventStreamTerminated
  | ListenKeyExpired
  | ServerShutdown
