import * as BigDecimal from "effect/BigDecimal"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Balance, type Fill, type Order, Side } from "../model.js"
import * as Row from "./row.js"

/** An order in `openOrders`, `order` and `allOrders`. */
export const OrderRow = Schema.Struct({
  symbol: Schema.String,
  orderId: Row.Id,
  side: Side,
  status: Schema.String,
  executedQty: Row.Amount,
  updateTime: Row.optional(Row.Time),
  time: Row.optional(Row.Time),
  clientOrderId: Row.optional(Row.Text),
  orderListId: Row.optional(Row.Id),
  type: Row.optional(Schema.String),
  timeInForce: Row.optional(Schema.String),
  price: Row.optional(Row.Amount),
  stopPrice: Row.optional(Row.Amount),
  origQty: Row.optional(Row.Amount),
  cummulativeQuoteQty: Row.optional(Row.Amount)
}).pipe(Schema.filter(({ time, updateTime }) => time !== undefined || updateTime !== undefined))

/** Digits behind the point: more than any price has. */
const precision = 16

/** Below zero the sum is not known, as of orders of long ago. */
const averagePrice = (sum: string | undefined, filled: string): string | undefined => {
  const quote = BigDecimal.unsafeFromString(sum ?? "0")
  return BigDecimal.isPositive(quote)
    ? Option.getOrUndefined(
        Option.map(BigDecimal.divide(quote, BigDecimal.unsafeFromString(filled)), (price) =>
          BigDecimal.format(BigDecimal.round(price, { scale: precision }))
        )
      )
    : undefined
}

export const orderOf = (row: typeof OrderRow.Type): Order => {
  const createdAt = Row.unlessNone(row.time)
  const { orderListId } = row
  return Row.known({
    symbol: row.symbol,
    orderId: row.orderId,
    clientOrderId: row.clientOrderId ?? "",
    side: row.side,
    positionSide: "BOTH",
    type: row.type ?? "",
    timeInForce: row.timeInForce,
    status: row.status,
    price: row.price ?? "0",
    stopPrice: Row.unlessZero(row.stopPrice),
    quantity: row.origQty ?? "0",
    filled: row.executedQty,
    averagePrice: averagePrice(row.cummulativeQuoteQty, row.executedQty),
    reduceOnly: false,
    closePosition: false,
    orderListId: orderListId === "-1" ? undefined : orderListId,
    createdAt,
    updatedAt: Row.unlessNone(row.updateTime) ?? createdAt ?? 0,
    origin: "Recovered"
  })
}

/** A fill in `myTrades`. */
export const TradeRow = Schema.Struct({
  symbol: Schema.String,
  id: Row.Id,
  orderId: Row.Id,
  price: Row.Amount,
  qty: Row.Amount,
  time: Row.Time,
  isBuyer: Row.Flag,
  commission: Row.optional(Row.Amount),
  commissionAsset: Row.optional(Schema.String),
  isMaker: Row.optional(Row.Flag)
})

export const fillOf = (row: typeof TradeRow.Type): Fill =>
  Row.known({
    symbol: row.symbol,
    orderId: row.orderId,
    tradeId: row.id,
    side: row.isBuyer ? "BUY" : "SELL",
    positionSide: "BOTH",
    price: row.price,
    quantity: row.qty,
    commission: row.commission,
    commissionAsset: row.commissionAsset,
    isMaker: row.isMaker,
    time: row.time,
    origin: "Recovered"
  })

/** What there is of each asset, in `account`. */
export const AccountRow = Schema.Struct({
  updateTime: Row.optional(Row.Time),
  balances: Schema.Array(Schema.Struct({ asset: Schema.String, free: Row.Amount, locked: Row.optional(Row.Amount) }))
})

const total = (free: string, locked: string): string =>
  BigDecimal.format(BigDecimal.sum(BigDecimal.unsafeFromString(free), BigDecimal.unsafeFromString(locked)))

/** The time is that of the last change of any asset. */
export const balancesOf = (row: typeof AccountRow.Type): ReadonlyArray<Balance> =>
  row.balances.map(({ asset, free, locked = "0" }) => ({
    asset,
    total: total(free, locked),
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
