/**
 * The events of a spot account.
 *
 * Only what identifies an event is required: Binance leaves fields out, and adds values to its enumerations. Ids are
 * decimal digits as text, amounts and prices are the exact decimal text, times are epoch milliseconds (microseconds on
 * a connection that was asked for them).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { EventStreamTerminated, ServerShutdown } from "./internal/event/controlEvent.js"
import { Decimal, event, field, Millis, optional, Text } from "./internal/event/field.js"
import { BalanceUpdate, ExecutionReport, ListStatus, OutboundAccountPosition } from "./internal/event/spotEvent.js"

export { EventStreamTerminated, ServerShutdown } from "./internal/event/controlEvent.js"
export {
  type AccountPositionFields,
  AssetBalance,
  BalanceUpdate,
  type BalanceUpdateFields,
  ExecutionReport,
  ListedOrder,
  ListStatus,
  OutboundAccountPosition,
  type ReportFields
} from "./internal/event/spotEvent.js"

/**
 * A part of the wallet was locked or released from outside, for example as the collateral of a loan.
 *
 * @since 0.1.0
 * @category events
 */
export const ExternalLockUpdate = event("ExternalLockUpdate", "externalLockUpdate", {
  /** `a`: the asset. */
  asset: field("a", Text),
  /** `d`: the signed change of the locked amount, in the asset. */
  delta: optional("d", Decimal),
  /** `T`: when it happened, in epoch ms. */
  transactionTime: optional("T", Millis)
})

export interface ExternalLockUpdate extends Schema.Schema.Type<typeof ExternalLockUpdate> {}

/**
 * The events of a spot account.
 *
 * @since 0.1.0
 * @category union
 */
export const SpotEvent: Schema.Schema<
  SpotEvent,
  Schema.Schema.Encoded<
    | typeof OutboundAccountPosition
    | typeof BalanceUpdate
    | typeof ExecutionReport
    | typeof ListStatus
    | typeof ExternalLockUpdate
    | typeof EventStreamTerminated
    | typeof ServerShutdown
  >
> = Schema.Union(
  OutboundAccountPosition,
  BalanceUpdate,
  ExecutionReport,
  ListStatus,
  ExternalLockUpdate,
  EventStreamTerminated,
  ServerShutdown
)

export type SpotEvent =
  | OutboundAccountPosition
  | BalanceUpdate
  | ExecutionReport
  | ListStatus
  | ExternalLockUpdate
  | EventStreamTerminated
  | ServerShutdown
