import * as Schema from "effect/Schema"
import * as Decimal from "../book/decimal.js"
import type { Balance, Fill, Order } from "../book/model.js"
import * as Row from "./row.js"

/** An order in `openOrders`, `order` and `allOrders`. */
export const OrderRow = Schema.Struct({
  ...Row.orderFields,
  orderListId: Row.optional(Row.Id),
  usedSor: Row.optional(Row.Flag),
  cummulativeQuoteQty: Row.optional(Row.Amount)
}).pipe(Schema.filter(Row.isDated))

/** Below zero the sum is not known, as of orders of long ago. */
const averagePrice = (sum = "0", filled: string): string | undefined =>
  Decimal.isPositive(sum) ? Decimal.divide(sum, filled) : undefined

export const orderOf = (row: typeof OrderRow.Type): Order => {
  const { orderListId } = row
  return Row.known({
    ...Row.orderOf(row),
    averagePrice: averagePrice(row.cummulativeQuoteQty, row.executedQty),
    orderListId: orderListId === "-1" ? undefined : orderListId,
    usedSor: row.usedSor
  })
}

/** A fill in `myTrades`. */
export const TradeRow = Schema.Struct({
  ...Row.tradeFields,
  isBuyer: Row.Flag,
  isMaker: Row.optional(Row.Flag)
})

export const fillOf = (row: typeof TradeRow.Type): Fill =>
  Row.known({ ...Row.fillOf(row, row.isBuyer ? "BUY" : "SELL"), isMaker: row.isMaker })

const { id: _, ...allocationFields } = Row.tradeFields

/** A fill by smart order routing in `myAllocations`. */
export const AllocationRow = Schema.Struct({
  ...allocationFields,
  allocationId: Row.Id,
  isBuyer: Row.Flag,
  isMaker: Row.optional(Row.Flag)
})

export const allocationOf = (row: typeof AllocationRow.Type): Fill => {
  const { tradeId: allocationId, ...fill } = Row.fillOf({ ...row, id: row.allocationId }, row.isBuyer ? "BUY" : "SELL")
  return Row.known({ ...fill, allocationId, isMaker: row.isMaker })
}

/** What there is of each asset, in `account`. */
export const AccountRow = Schema.Struct({
  updateTime: Row.optional(Row.Time),
  balances: Schema.Array(Schema.Struct({ asset: Schema.String, free: Row.Amount, locked: Row.optional(Row.Amount) }))
})

/** The time is that of the last change of any asset. */
export const balancesOf = (row: typeof AccountRow.Type): ReadonlyArray<Balance> =>
  row.balances.map(({ asset, free, locked = "0" }) => ({
    asset,
    total: Decimal.sum(free, locked),
    free,
    locked,
    updatedAt: row.updateTime ?? 0
  }))

/** A list of orders in `allOrderList`, as far as it names a symbol. */
export const OrderListRow = Schema.Struct({
  symbol: Schema.String,
  orderListId: Row.Id,
  transactionTime: Row.Time
})
