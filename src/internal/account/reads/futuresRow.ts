import * as HashMap from "effect/HashMap"
import * as Schema from "effect/Schema"
import { Integer } from "../../event/field.js"
import * as Decimal from "../book/decimal.js"
import { type AlgoOrder, type Balance, type Fill, type Modes, type Order, type Position, Side } from "../book/model.js"
import * as Row from "./row.js"

/** The margin type, which Binance spells in two ways. */
const marginTypeOf = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : text.toUpperCase().startsWith("CROSS") ? "cross" : text.toLowerCase()

/** An order in `openOrders`, `order` and `allOrders`. */
export const OrderRow = Schema.Struct({
  ...Row.orderFields,
  positionSide: Row.Leg,
  origType: Row.optional(Schema.String),
  avgPrice: Row.optional(Row.Amount),
  reduceOnly: Row.optional(Row.Flag),
  closePosition: Row.optional(Row.Flag)
}).pipe(Schema.filter(Row.isDated))

export const orderOf = (row: typeof OrderRow.Type): Order =>
  Row.known({
    ...Row.orderOf(row),
    positionSide: row.positionSide ?? "BOTH",
    type: row.type ?? row.origType ?? "",
    averagePrice: Row.unlessZero(row.avgPrice),
    reduceOnly: row.reduceOnly ?? false,
    closePosition: row.closePosition ?? false
  })

/** A conditional order in `openAlgoOrders`, `algoOrder` and `allAlgoOrders`. */
export const AlgoOrderRow = Schema.Struct({
  symbol: Schema.String,
  algoId: Row.Id,
  side: Side,
  algoStatus: Schema.String,
  updateTime: Row.optional(Row.Time),
  createTime: Row.optional(Row.Time),
  clientAlgoId: Row.optional(Row.Text),
  positionSide: Row.Leg,
  orderType: Row.optional(Schema.String),
  quantity: Row.optional(Row.Amount),
  price: Row.optional(Row.Amount),
  triggerPrice: Row.optional(Row.Amount),
  reduceOnly: Row.optional(Row.Flag),
  closePosition: Row.optional(Row.Flag),
  actualOrderId: Row.optional(Row.Text),
  triggerTime: Row.optional(Row.Time)
}).pipe(Schema.filter(({ createTime, updateTime }) => createTime !== undefined || updateTime !== undefined))

export const algoOrderOf = (row: typeof AlgoOrderRow.Type): AlgoOrder => {
  const createdAt = Row.unlessNone(row.createTime)
  return Row.known({
    symbol: row.symbol,
    algoId: row.algoId,
    clientAlgoId: row.clientAlgoId ?? "",
    side: row.side,
    positionSide: row.positionSide ?? "BOTH",
    type: row.orderType ?? "",
    status: row.algoStatus,
    quantity: row.quantity ?? "0",
    price: Row.unlessZero(row.price),
    triggerPrice: Row.unlessZero(row.triggerPrice),
    reduceOnly: row.reduceOnly ?? false,
    closePosition: row.closePosition ?? false,
    orderId: Row.unlessNone(row.actualOrderId),
    triggeredAt: Row.unlessNone(row.triggerTime),
    createdAt,
    updatedAt: Row.unlessNone(row.updateTime) ?? createdAt ?? 0,
    origin: "Recovered"
  })
}

/** A fill in `userTrades`. */
export const TradeRow = Schema.Struct({
  ...Row.tradeFields,
  side: Row.optional(Side),
  buyer: Row.optional(Row.Flag),
  positionSide: Row.Leg,
  realizedPnl: Row.optional(Row.Amount),
  maker: Row.optional(Row.Flag)
}).pipe(Schema.filter(({ buyer, side }) => side !== undefined || buyer !== undefined))

export const fillOf = (row: typeof TradeRow.Type): Fill =>
  Row.known({
    ...Row.fillOf(row, row.side ?? (row.buyer === true ? "BUY" : "SELL")),
    positionSide: row.positionSide ?? "BOTH",
    realizedProfit: row.realizedPnl,
    isMaker: row.maker
  })

/** The wallet of an asset in `balance`. */
export const BalanceRow = Schema.Struct({
  asset: Schema.String,
  balance: Row.Amount,
  crossWalletBalance: Row.optional(Row.Amount),
  availableBalance: Row.optional(Row.Amount),
  updateTime: Row.optional(Row.Time)
})

export const balanceOf =
  (readAt: number) =>
  (row: typeof BalanceRow.Type): Balance =>
    Row.known({
      asset: row.asset,
      total: row.balance,
      crossWalletBalance: row.crossWalletBalance,
      available: row.availableBalance === undefined ? undefined : { amount: row.availableBalance, readAt },
      updatedAt: row.updateTime ?? 0
    })

/** A position in `positionRisk`. Of old, and on COIN-M, also how the symbol is set up. */
export const PositionRow = Schema.Struct({
  symbol: Schema.String,
  positionAmt: Row.Amount,
  positionSide: Row.Leg,
  entryPrice: Row.optional(Row.Amount),
  breakEvenPrice: Row.optional(Row.Amount),
  marginType: Row.optional(Schema.String),
  isolatedWallet: Row.optional(Row.Amount),
  marginAsset: Row.optional(Schema.String),
  leverage: Row.optional(Integer),
  updateTime: Row.optional(Row.Time)
})

/** The positions that are not empty. */
export const positionsOf = (rows: ReadonlyArray<typeof PositionRow.Type>): ReadonlyArray<Position> =>
  rows
    .filter(({ positionAmt }) => !Decimal.isZero(positionAmt))
    .map((row) =>
      Row.known({
        symbol: row.symbol,
        positionSide: row.positionSide ?? "BOTH",
        amount: row.positionAmt,
        entryPrice: row.entryPrice,
        breakEvenPrice: row.breakEvenPrice,
        marginType: marginTypeOf(row.marginType),
        isolatedWallet: row.isolatedWallet,
        marginAsset: row.marginAsset,
        updatedAt: row.updateTime ?? 0
      })
    )

/** How a symbol is set up: in `symbolConfig` of USD-M, and in the positions of COIN-M. */
export const SymbolRow = Schema.Struct({
  symbol: Schema.String,
  leverage: Row.optional(Integer),
  marginType: Row.optional(Schema.String)
})

/** By symbol, what `Modes` has of it. */
export const settingsOf = (rows: ReadonlyArray<typeof SymbolRow.Type>): Pick<Modes, "leverage" | "marginType"> => ({
  leverage: HashMap.fromIterable(
    rows.flatMap(({ leverage, symbol }) => (leverage === undefined ? [] : [[symbol, leverage] as const]))
  ),
  marginType: HashMap.fromIterable(
    rows.flatMap(({ marginType, symbol }) => {
      const type = marginTypeOf(marginType)
      return type === undefined ? [] : [[symbol, type] as const]
    })
  )
})

/** How the account is set up: in `accountConfig` of USD-M, and in `positionSide/dual`. */
export const ModeRow = Schema.Struct({
  dualSidePosition: Row.optional(Row.Flag),
  multiAssetsMargin: Row.optional(Row.Flag)
})

/** Why money moved, as far as it names a symbol. */
export const IncomeRow = Schema.Struct({
  symbol: Row.optional(Schema.String),
  incomeType: Row.optional(Schema.String),
  tranId: Row.optional(Row.Text),
  time: Row.Time
})
