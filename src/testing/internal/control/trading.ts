import * as Schema from "effect/Schema"
import type * as Trading from "../../Trading.js"
import { spotPreventionModes } from "../exchange/parameters.js"
import { Decimal, Flag, Futures, Id, Kept, Loan, Market, PositionSide, Price, Side, Text, Unit } from "./fields.js"

const owner = { account: Text, isolatedSymbol: Text, unit: Unit }
const account = { product: Kept, ...owner }
const futures = { product: Futures, ...owner }
const loan = { product: Loan, ...owner, asset: Schema.String, amount: Decimal }
const order = { ...account, symbol: Schema.String, orderId: Id }
const change = { ...account, asset: Schema.String, amount: Decimal }

const list = {
  product: Schema.Literal("Spot", "Margin", "PortfolioMargin"),
  ...owner,
  symbol: Schema.String,
  listClientOrderId: Text
}

const oco = Schema.Struct({
  ...list,
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
  belowClientOrderId: Text
})

const working = {
  ...list,
  workingType: Schema.Literal("LIMIT", "LIMIT_MAKER"),
  workingSide: Side,
  workingQuantity: Decimal,
  workingPrice: Decimal,
  workingTimeInForce: Text,
  workingClientOrderId: Text,
  pendingSide: Side,
  pendingQuantity: Decimal
}

const oto = Schema.Struct({
  ...working,
  pendingType: Schema.String,
  pendingPrice: Price,
  pendingStopPrice: Price,
  pendingTimeInForce: Text,
  pendingClientOrderId: Text
})

const otoco = Schema.Struct({
  ...working,
  pendingAboveType: Schema.String,
  pendingAbovePrice: Price,
  pendingAboveStopPrice: Price,
  pendingAboveTimeInForce: Text,
  pendingAboveClientOrderId: Text,
  pendingBelowType: Schema.String,
  pendingBelowPrice: Price,
  pendingBelowStopPrice: Price,
  pendingBelowTimeInForce: Text,
  pendingBelowClientOrderId: Text
})

/**
 * What each member of `Trading` takes, as JSON.
 */
export const tradingFields = {
  setPrice: Schema.Struct({
    product: Market,
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
    pegPriceType: Schema.optional(Schema.Literal("PRIMARY_PEG", "MARKET_PEG")),
    pegOffsetValue: Schema.optional(Schema.Int),
    positionSide: PositionSide,
    reduceOnly: Flag,
    selfTradePreventionMode: Schema.optional(Schema.Literal(...spotPreventionModes)),
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
  placeOrderList: Schema.Union(oco, oto, otoco),
  fill: Schema.Struct({ ...order, quantity: Price, price: Price, isTaker: Flag }),
  amend: Schema.Struct({ ...order, quantity: Decimal, price: Price }),
  cancel: Schema.Struct(order),
  cancelAlgoOrder: Schema.Struct({ ...futures, algoId: Id }),
  expire: Schema.Struct(order),
  deposit: Schema.Struct(change),
  withdraw: Schema.Struct(change),
  transfer: Schema.Struct({ ...owner, from: Kept, to: Kept, asset: Schema.String, amount: Decimal }),
  payDividend: Schema.Struct({ account: Text, asset: Schema.String, amount: Decimal, info: Text }),
  convertDust: Schema.Struct({ account: Text, assets: Schema.Array(Schema.String) }),
  borrow: Schema.Struct(loan),
  repay: Schema.Struct(loan),
  accrueInterest: Schema.Struct({
    product: Schema.Literal("Margin", "PortfolioMargin", "PortfolioMarginPro"),
    account: Text,
    isolatedSymbol: Text,
    unit: Schema.optional(Schema.Literal("MARGIN"))
  }),
  exchangeNegativeBalances: Schema.Struct({
    product: Schema.Literal("PortfolioMargin", "PortfolioMarginPro"),
    account: Text
  }),
  lendBankruptcyLoan: Schema.Struct({ account: Text, amount: Decimal }),
  setMarginLevel: Schema.Struct({
    product: Schema.Literal("Margin", "PortfolioMargin", "PortfolioMarginPro"),
    account: Text,
    isolatedSymbol: Text,
    level: Decimal
  }),
  pushAccountUpdate: Schema.Struct({ account: Text }),
  tradeBlock: Schema.Struct({
    account: Text,
    symbol: Schema.String,
    side: Side,
    quantity: Decimal,
    price: Decimal
  }),
  exercise: Schema.Struct({ account: Text, symbol: Schema.String, price: Price }),
  fund: Schema.Struct({
    product: Schema.Literal("UsdFutures", "CoinFutures"),
    symbol: Schema.String,
    account: Text,
    rate: Decimal
  }),
  liquidate: Schema.Struct({
    product: Schema.Literal("Margin", "UsdFutures", "CoinFutures", "PortfolioMargin"),
    ...owner,
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
