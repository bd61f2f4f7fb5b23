import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { toMillis } from "../../epoch.js"
import * as Field from "../../event/field.js"
import * as Decimal from "../book/decimal.js"
import { type Fill, type Order, PositionSide, Side } from "../book/model.js"

// The fields of REST rows. Rows differ from account to account and from year to year: they have to say which thing they
// are about, its state and its time, and any other field may be absent, null, empty, a number or a text.

/** An id, as its digits. */
export const Id = Field.Int64

/** A quantity or a price, as the text in which it came. */
export const Amount = Field.Decimal.pipe(Schema.filter((text) => /^-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/.test(text)))

/** Epoch ms. */
export const Time = Schema.transform(Field.Millis, Schema.Number, {
  strict: true,
  decode: toMillis,
  encode: (time) => time
})

/** A text, which some rows write as a number. */
export const Text = Field.Decimal

/** Some rows write it as a text. */
export const Flag = Schema.transform(
  Schema.Union(Schema.Boolean, Schema.Literal("true", "false", "TRUE", "FALSE")),
  Schema.Boolean,
  { strict: true, decode: (flag) => String(flag).toLowerCase() === "true", encode: (flag) => flag }
)

/** A field that rows may lack, or have as `null` or as an empty text. */
export const optional = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalToOptional(Schema.Union(Schema.Null, Schema.Literal(""), schema), Schema.typeSchema(schema), {
    decode: Option.filter((value): value is A => value !== null && value !== ""),
    encode: (value) => value
  })

/** Rows of before hedge mode lack it. */
export const Leg = optional(PositionSide)

/** An amount for which zero means that there is none. */
export const unlessZero = (amount: string | undefined): string | undefined =>
  amount === undefined || Decimal.isZero(amount) ? undefined : amount

/** A time, or an id, for which zero means that there is none. */
export const unlessNone = <A extends string | number>(value: A | undefined): A | undefined =>
  value === undefined || Number(value) <= 0 ? undefined : value

/** Leaves out the fields that are not known. */
export const known = <A extends object>(fields: A): A =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as A

/** What orders of all products have. */
export const orderFields = {
  symbol: Schema.String,
  orderId: Id,
  side: Side,
  status: Schema.String,
  executedQty: Amount,
  updateTime: optional(Time),
  time: optional(Time),
  clientOrderId: optional(Text),
  type: optional(Schema.String),
  timeInForce: optional(Schema.String),
  price: optional(Amount),
  stopPrice: optional(Amount),
  origQty: optional(Amount)
}

const Shared = Schema.Struct(orderFields)

/** Some rows have only one of the two times. */
export const isDated = ({ time, updateTime }: Pick<typeof Shared.Type, "time" | "updateTime">): boolean =>
  time !== undefined || updateTime !== undefined

/** How orders are told apart and paged. By which of its times an order is listed differs, or is not documented. */
export const ofOrders = {
  isChronological: false,
  id: ({ orderId }: typeof Shared.Type) => orderId,
  identity: ({ orderId, symbol }: typeof Shared.Type) => `${symbol} ${orderId}`,
  time: ({ time, updateTime }: typeof Shared.Type) => time ?? updateTime ?? 0
}

/** An order as far as the rows of all products tell it. */
export const orderOf = (row: typeof Shared.Type): Order => {
  const createdAt = unlessNone(row.time)
  return known({
    symbol: row.symbol,
    orderId: row.orderId,
    clientOrderId: row.clientOrderId ?? "",
    side: row.side,
    positionSide: "BOTH",
    type: row.type ?? "",
    timeInForce: row.timeInForce,
    status: row.status,
    price: row.price ?? "0",
    stopPrice: unlessZero(row.stopPrice),
    quantity: row.origQty ?? "0",
    filled: row.executedQty,
    reduceOnly: false,
    closePosition: false,
    createdAt,
    updatedAt: unlessNone(row.updateTime) ?? createdAt ?? 0,
    origin: "Recovered"
  })
}

/** What fills of all products have. */
export const tradeFields = {
  symbol: Schema.String,
  id: Id,
  orderId: Id,
  price: Amount,
  qty: Amount,
  time: Time,
  commission: optional(Amount),
  commissionAsset: optional(Schema.String)
}

const SharedTrade = Schema.Struct(tradeFields)

/** How fills are told apart and paged. A trade with oneself has two rows with one id. */
export const ofTrades = {
  isChronological: true,
  id: ({ id }: typeof SharedTrade.Type) => id,
  identity: ({ id, orderId }: typeof SharedTrade.Type) => `${id} ${orderId}`,
  time: ({ time }: typeof SharedTrade.Type) => time
}

/** A fill as far as the rows of all products tell it. */
export const fillOf = (row: typeof SharedTrade.Type, side: Fill["side"]): Fill =>
  known({
    symbol: row.symbol,
    orderId: row.orderId,
    tradeId: row.id,
    side,
    positionSide: "BOTH",
    price: row.price,
    quantity: row.qty,
    commission: row.commission,
    commissionAsset: row.commissionAsset,
    time: row.time,
    origin: "Recovered"
  })
