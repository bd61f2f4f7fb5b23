import type * as Coin from "../../../CoinFuturesEvent.js"
import type * as Usd from "../../../UsdFuturesEvent.js"
import type { MalformedEvent, UnknownEvent } from "../../../UserDataEvent.js"
import * as Decimal from "../book/decimal.js"
import type { Fact } from "../book/fact.js"
import type { Fill, Order, PositionSide } from "../book/model.js"

/** What an event of a USD-M or COIN-M account says. */
export const futuresFacts = (
  event: Usd.UsdFuturesEvent | Coin.CoinFuturesEvent | UnknownEvent | MalformedEvent
): ReadonlyArray<Fact> => {
  switch (event._tag) {
    case "OrderTradeUpdate":
      return executionFacts(event)
    case "TradeLite":
      return [{ _tag: "FillNotice", fill: event, time: event.transactionTime ?? event.eventTime }]
    case "AccountUpdate":
      return accountFacts(event)
    case "AlgoUpdate":
      return algoFacts(event)
    case "AccountConfigUpdate":
      return configFacts(event)
    default:
      return []
  }
}

type OrderTradeUpdate = Usd.OrderTradeUpdate | Coin.OrderTradeUpdate

const isId = (id: string): boolean => id !== "" && id !== "0" && id !== "-1"

const executionFacts = (event: OrderTradeUpdate): ReadonlyArray<Fact> => {
  const { order } = event
  if (!isId(order.orderId) || order.orderStatus === undefined) {
    return []
  }
  const time = order.orderTradeTime ?? event.transactionTime ?? event.eventTime
  return [
    {
      _tag: "Order",
      order: orderOf(order, order.orderStatus, time),
      fill: fillOf(order, time),
      algoId: algoIdOf(order)
    }
  ]
}

/** Only of an order that a conditional order became. */
const algoIdOf = (order: OrderTradeUpdate["order"]): string | undefined =>
  "strategyType" in order && order.strategyType === "ALGO_CONDITION" ? order.ignoredSi : undefined

const sideOf = (side: string | undefined): "BUY" | "SELL" => (side === "SELL" ? "SELL" : "BUY")

const legOf = (side: string | undefined): PositionSide => (side === "LONG" || side === "SHORT" ? side : "BOTH")

const unlessZero = (amount: string | undefined): string | undefined =>
  amount === undefined || Decimal.isZero(amount) ? undefined : amount

const orderOf = (order: OrderTradeUpdate["order"], status: string, updatedAt: number): Order => ({
  symbol: order.symbol,
  orderId: order.orderId,
  clientOrderId: order.clientOrderId,
  side: sideOf(order.side),
  positionSide: legOf(order.positionSide),
  type: order.orderType ?? "",
  timeInForce: order.timeInForce,
  status,
  price: order.originalPrice ?? "0",
  stopPrice: unlessZero(order.stopPrice),
  quantity: order.originalQuantity ?? "0",
  filled: order.filledAccumulatedQuantity ?? "0",
  averagePrice: unlessZero(order.averagePrice),
  reduceOnly: order.isReduceOnly ?? false,
  closePosition: order.isCloseAll ?? false,
  updatedAt,
  origin: "Stream"
})

const fillOf = (order: OrderTradeUpdate["order"], time: number): Fill | undefined =>
  !isId(order.tradeId) || order.lastFilledQuantity === undefined || Decimal.isZero(order.lastFilledQuantity)
    ? undefined
    : {
        symbol: order.symbol,
        orderId: order.orderId,
        tradeId: order.tradeId,
        side: sideOf(order.side),
        positionSide: legOf(order.positionSide),
        price: order.lastFilledPrice,
        quantity: order.lastFilledQuantity,
        commission: order.commission,
        commissionAsset: order.commissionAsset,
        realizedProfit: order.realizedProfit,
        isMaker: order.isMaker,
        time,
        origin: "Stream"
      }

const accountFacts = (event: Usd.AccountUpdate | Coin.AccountUpdate): ReadonlyArray<Fact> => {
  const updatedAt = event.transactionTime ?? event.eventTime
  const { balances = [], positions = [] } = event.updateData
  return [
    ...balances.flatMap(
      ({ asset, crossWalletBalance, walletBalance }): ReadonlyArray<Fact> =>
        walletBalance === undefined
          ? []
          : [{ _tag: "Balance", balance: { asset, total: walletBalance, crossWalletBalance, updatedAt } }]
    ),
    ...positions.flatMap((position) => positionFacts(position, updatedAt))
  ]
}

const positionFacts = (position: Usd.Position | Coin.Position, updatedAt: number): ReadonlyArray<Fact> => {
  const { marginType, positionAmount: amount, symbol } = position
  return amount === undefined
    ? []
    : [
        {
          _tag: "Position",
          position: {
            symbol,
            positionSide: legOf(position.positionSide),
            amount,
            entryPrice: position.entryPrice,
            breakEvenPrice: position.breakEvenPrice,
            marginType,
            isolatedWallet: position.isolatedWallet,
            marginAsset: "marginAsset" in position ? position.marginAsset : undefined,
            updatedAt
          }
        },
        ...(marginType === undefined
          ? []
          : [{ _tag: "Modes", modes: { marginType: { symbol, value: marginType } } } as const])
      ]
}

const algoFacts = (event: Usd.AlgoUpdate): ReadonlyArray<Fact> => {
  const { algoOrder } = event
  const { actualOrderId, algoStatus: status } = algoOrder
  if (status === undefined) {
    return []
  }
  const updatedAt = event.transactionTime ?? event.eventTime
  return [
    {
      _tag: "AlgoOrder",
      algoOrder: {
        symbol: algoOrder.symbol,
        algoId: algoOrder.algoId,
        clientAlgoId: algoOrder.clientAlgoId,
        side: sideOf(algoOrder.side),
        positionSide: legOf(algoOrder.positionSide),
        type: algoOrder.orderType ?? "",
        status,
        quantity: algoOrder.quantity ?? "0",
        price: unlessZero(algoOrder.orderPrice),
        triggerPrice: unlessZero(algoOrder.triggerPrice),
        reduceOnly: algoOrder.isReduceOnly ?? false,
        closePosition: algoOrder.isCloseAll ?? false,
        orderId: actualOrderId === undefined || !isId(actualOrderId) ? undefined : actualOrderId,
        triggeredAt: status === "TRIGGERING" ? updatedAt : undefined,
        updatedAt,
        origin: "Stream"
      }
    }
  ]
}

const configFacts = (event: Usd.AccountConfigUpdate | Coin.AccountConfigUpdate): ReadonlyArray<Fact> => {
  const { symbolConfig } = event
  const multiAssetsMargin = "accountConfig" in event ? event.accountConfig?.isMultiAssetsMode : undefined
  return [
    ...(symbolConfig?.leverage === undefined
      ? []
      : [
          { _tag: "Modes", modes: { leverage: { symbol: symbolConfig.symbol, value: symbolConfig.leverage } } } as const
        ]),
    ...(multiAssetsMargin === undefined ? [] : [{ _tag: "Modes", modes: { multiAssetsMargin } } as const])
  ]
}
