import { fixed, zero } from "../decimal.js"
import { averagePrice, quantityOf } from "./format.js"
import type { AlgoOrder } from "./model.js"

/** In lists. */
export const algoRow = (algo: AlgoOrder) => {
  const { draft, order } = algo
  const { contract } = draft
  const none = fixed(zero, contract.priceDigits)
  return {
    algoId: algo.id,
    clientAlgoId: algo.clientId,
    algoType: "CONDITIONAL",
    orderType: algo.type,
    symbol: contract.symbol,
    side: draft.side,
    positionSide: draft.positionSide,
    timeInForce: draft.timeInForce,
    quantity: quantityOf(contract, draft.quantity),
    algoStatus: algo.status,
    actualOrderId: order === undefined ? "" : String(order.id),
    actualPrice: order === undefined ? "0.00000" : averagePrice(order),
    triggerPrice: fixed(algo.triggerPrice, contract.priceDigits),
    price: fixed(draft.price, contract.priceDigits),
    icebergQuantity: null,
    tpTriggerPrice: none,
    tpPrice: none,
    slTriggerPrice: none,
    slPrice: none,
    tpOrderType: "",
    selfTradePreventionMode: draft.selfTradePreventionMode,
    workingType: algo.workingType,
    priceMatch: draft.priceMatch,
    closePosition: draft.closesPosition,
    priceProtect: algo.isPriceProtected,
    reduceOnly: draft.isReduceOnly,
    createTime: algo.createdAt,
    updateTime: algo.updatedAt,
    triggerTime: algo.triggeredAt,
    goodTillDate: draft.goodTillDate
  }
}

/** Alone. */
export const oneAlgoRow = (algo: AlgoOrder) => {
  const { slPrice: _, slTriggerPrice: _s, tpPrice: _t, tpTriggerPrice: _p, ...row } = algoRow(algo)
  const { order } = algo
  return {
    ...row,
    actualType: order?.type ?? "",
    actualQty: order === undefined ? "0" : quantityOf(order.contract, order.filled)
  }
}
