import * as Schema from "effect/Schema"
import type * as Trading from "../../Trading.js"
import { Decimal, Flag, Futures, Id, Kept, PositionSide, Price, Side, Text } from "./fields.js"

const account = { product: Kept, account: Text }
const futures = { product: Futures, account: Text }
const order = { ...account, symbol: Schema.String, orderId: Id }
const change = { ...account, asset: Schema.String, amount: Decimal }

/**
 * What each member of `Trading` takes, as JSON.
 */
export const tradingFields = {
  setPrice: Schema.Struct({
    product: Kept,
    symbol: Schema.String,
    price: Decimal,
    liquidity: Price,
    markPrice: Price
  }),
  placeOrder: Schema.Struct({
    ...account,
    symbol: Schema.String,
    side: Side,
    type: Schema.String,
    timeInForce: Text,
    quantity: Price,
    quoteOrderQty: Price,
    price: Price,
    stopPrice: Price,
    trailingDelta: Schema.optional(Schema.Int),
    newClientOrderId: Text,
    strategyId: Schema.optional(Id),
    strategyType: Schema.optional(Id),
    positionSide: PositionSide,
    reduceOnly: Flag,
    goodTillDate: Schema.optional(Schema.Number)
  }),
  placeAlgoOrder: Schema.Struct({
    ...futures,
    symbol: Schema.String,
    side: Side,
    type: Schema.Literal("STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"),
    triggerPrice: Price,
    quantity: Price,
    price: Price,
    timeInForce: Text,
    clientAlgoId: Text,
    positionSide: PositionSide,
    reduceOnly: Flag,
    closePosition: Flag,
    activatePrice: Price,
    callbackRate: Price,
    workingType: Schema.optional(Schema.Literal("MARK_PRICE", "CONTRACT_PRICE"))
  }),
  placeOrderList: Schema.Struct({
    product: Schema.Literal("Spot"),
    account: Text,
    symbol: Schema.String,
    side: Side,
    quantity: Decimal,
    aboveType: Schema.String,
    abovePrice: Price,
    aboveStopPrice: Price,
    aboveTimeInForce: Text,
    aboveClientOrderId: Text,
    belowType: Schema.String,
    belowPrice: Price,
    belowStopPrice: Price,
    belowTimeInForce: Text,
    belowClientOrderId: Text,
    listClientOrderId: Text
  }),
  fill: Schema.Struct({ ...order, quantity: Price, price: Price, isTaker: Flag }),
  amend: Schema.Struct({ ...order, quantity: Decimal, price: Price }),
  cancel: Schema.Struct(order),
  cancelAlgoOrder: Schema.Struct({ ...futures, algoId: Id }),
  expire: Schema.Struct(order),
  deposit: Schema.Struct(change),
  withdraw: Schema.Struct(change),
  transfer: Schema.Struct({ account: Text, from: Kept, to: Kept, asset: Schema.String, amount: Decimal }),
  fund: Schema.Struct({ product: Futures, symbol: Schema.String, account: Text, rate: Decimal }),
  liquidate: Schema.Struct({
    ...futures,
    symbol: Schema.String,
    positionSide: PositionSide,
    by: Schema.optional(Schema.Literal("LIQUIDATION", "ADL"))
  }),
  setLeverage: Schema.Struct({ ...futures, symbol: Schema.String, leverage: Schema.Int }),
  setMarginType: Schema.Struct({
    ...futures,
    symbol: Schema.String,
    marginType: Schema.Literal("CROSSED", "ISOLATED")
  }),
  setPositionMode: Schema.Struct({ ...futures, dualSidePosition: Schema.Boolean }),
  book: Schema.Struct(account)
} satisfies { readonly [Name in keyof Trading.Trading]: Schema.Schema<Parameters<Trading.Trading[Name]>[0], any> }
