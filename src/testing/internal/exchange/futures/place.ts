import { missing, refuse } from "../../refusal.js"
import {
  type Decimal,
  decimal,
  divide,
  greatest,
  isLess,
  isPositive,
  isZero,
  least,
  subtract,
  zero
} from "../decimal.js"
import type { Contract } from "../instruments.js"
import { amount, clientOrderId, flag, isOnGrid, isTooPrecise, mandatory, millis, oneOf, orZero } from "../parameters.js"
import type { Parameters } from "../venue.js"
import { type FuturesAccount, valueOf } from "./account.js"
import { closable, enter, finish, report } from "./execute.js"
import type { AlgoOrder, AlgoType, Draft, Order, PositionSide, Side, TimeInForce } from "./model.js"

const sides: ReadonlyArray<Side> = ["BUY", "SELL"]
const positionSides: ReadonlyArray<PositionSide> = ["BOTH", "LONG", "SHORT"]
const times: ReadonlyArray<TimeInForce> = ["GTC", "IOC", "FOK", "GTX", "GTD"]

export const algoTypes: ReadonlyArray<AlgoType> = [
  "STOP",
  "STOP_MARKET",
  "TAKE_PROFIT",
  "TAKE_PROFIT_MARKET",
  "TRAILING_STOP_MARKET"
]

export const contractOf = (account: FuturesAccount, parameters: Parameters): Contract =>
  account.rules.contracts.get(mandatory(parameters, "symbol")) ?? refuse(400, -1121, "Invalid symbol.")

const tooPrecise = (): never => refuse(400, -1111, "Precision is over the maximum defined for this asset.")

/** A price on the grid of a contract, or none. */
export const gridPrice = (contract: Contract, parameters: Parameters, name: string): Decimal => {
  const value = orZero(amount(parameters, name))
  if (isTooPrecise(parameters, name, contract.priceDigits)) {
    tooPrecise()
  }
  if (!isZero(value) && !isOnGrid(value, contract.tickSize)) {
    refuse(400, -4014, "Price not increased by tick size.")
  }
  return value
}

export const gridQuantity = (contract: Contract, parameters: Parameters, name: string): Decimal => {
  const value = amount(parameters, name) ?? missing(name)
  if (!isPositive(value)) {
    refuse(400, -4003, "Quantity less than or equal to zero.")
  }
  if (isTooPrecise(parameters, name, contract.quantityDigits) || !isOnGrid(value, contract.stepSize)) {
    tooPrecise()
  }
  return value
}

const sideOf = (parameters: Parameters): Side => {
  mandatory(parameters, "side")
  return oneOf(parameters, "side", sides, { code: -1117, msg: "Invalid side." })!
}

/** In hedge mode an order names the side of its position, and thereby whether it closes. */
const positionSideOf = (account: FuturesAccount, parameters: Parameters): PositionSide => {
  const refused = { code: -1116, msg: "Invalid positionSide." }
  const side = oneOf(parameters, "positionSide", positionSides, refused) ?? "BOTH"
  if ((side === "BOTH") === account.isHedge) {
    refuse(400, -4061, "Order's position side does not match user's setting.")
  }
  if (account.isHedge && parameters.get("reduceOnly") !== undefined) {
    refuse(400, -1106, "Parameter 'reduceonly' sent when not required.")
  }
  return side
}

const timeInForceOf = (parameters: Parameters, isLimit: boolean): TimeInForce => {
  const value = oneOf(parameters, "timeInForce", times, { code: -1115, msg: "Invalid timeInForce." })
  return value ?? (isLimit ? missing("timeInForce") : "GTC")
}

/** What orders and algo orders have in common. */
export const draftOf = (account: FuturesAccount, parameters: Parameters, type: Draft["type"]): Draft => {
  const contract = contractOf(account, parameters)
  const side = sideOf(parameters)
  const positionSide = positionSideOf(account, parameters)
  const closesPosition = flag(parameters, "closePosition")
  const timeInForce = timeInForceOf(parameters, type === "LIMIT")
  const price = gridPrice(contract, parameters, "price")
  if (type === "LIMIT" && isZero(price)) {
    missing("price")
  }
  const closesSide = positionSide !== "BOTH" && (positionSide === "LONG") === (side === "SELL")
  const goodTillDate = millis(parameters, "goodTillDate") ?? 0
  if (timeInForce === "GTD" && goodTillDate < account.venue.now() + 600_000) {
    refuse(400, -5040, "GoodTillDate must be greater than the current time plus 600 seconds.")
  }
  return {
    contract,
    side,
    positionSide,
    type,
    timeInForce,
    quantity: closesPosition ? zero : gridQuantity(contract, parameters, "quantity"),
    price: type === "LIMIT" ? price : zero,
    isReduceOnly: closesPosition || closesSide || flag(parameters, "reduceOnly"),
    closesPosition,
    goodTillDate,
    selfTradePreventionMode: parameters.get("selfTradePreventionMode") ?? "EXPIRE_MAKER",
    priceMatch: parameters.get("priceMatch") ?? "NONE",
    clientOrderId: clientOrderId(parameters, "newClientOrderId")
  }
}

const checkMargin = (account: FuturesAccount, draft: Draft) => {
  const { contract } = draft
  const price = isZero(draft.price) ? account.venue.prices.price(contract.symbol) : draft.price
  const value = valueOf(contract, draft.quantity, price)
  if (isLess(value, contract.minNotional)) {
    refuse(400, -4164, "Order's notional must be no smaller than 5 (unless you choose reduce only).")
  }
  const opening = greatest(zero, subtract(draft.quantity, closable(account, draft)))
  const { leverage } = account.config(contract.symbol)
  const need = divide(valueOf(contract, opening, price), decimal(String(leverage)), 8)
  if (isLess(account.margins(contract.marginAsset).available, need)) {
    refuse(400, -2019, "Margin is insufficient.")
  }
}

/** The quantity that an order is accepted with. */
const accepted = (account: FuturesAccount, draft: Draft): Decimal => {
  if (!draft.isReduceOnly) {
    checkMargin(account, draft)
    return draft.quantity
  }
  const most = closable(account, draft)
  if (isZero(most)) {
    refuse(400, -2022, "ReduceOnly Order is rejected.")
  }
  return draft.closesPosition ? most : least(draft.quantity, most)
}

/**
 * Takes an order on, and lets it meet the market. Throws a `Refusal`, and then nothing has changed.
 */
export const submit = (
  account: FuturesAccount,
  draft: Draft,
  origin: { readonly algo?: AlgoOrder; readonly force?: Order["force"] } = {},
  onAccepted: (order: Order) => void = () => undefined
): Order => {
  const { venue } = account
  for (const open of account.openOrders.values()) {
    if (open.clientOrderId === draft.clientOrderId && origin.force === undefined) {
      refuse(400, -4116, "ClientOrderId is duplicated.")
    }
  }
  const quantity = accepted(account, draft)
  const now = venue.now()
  const order: Order = {
    ...draft,
    id: venue.ids.next("order"),
    clientOrderId: draft.clientOrderId ?? venue.clientId(),
    quantity,
    filled: zero,
    filledValue: zero,
    status: "NEW",
    createdAt: now,
    updatedAt: now,
    expiryReason: "0",
    algo: origin.algo,
    force: origin.force
  }
  account.orders.set(order.id, order)
  account.openOrders.set(order.id, order)
  onAccepted(order)
  report(account, order, { type: "NEW" })
  if (draft.timeInForce === "GTD") {
    venue.at(draft.goodTillDate, () => {
      if (account.openOrders.has(order.id)) {
        finish(account, order, "EXPIRED")
      }
    })
  }
  enter(account, order)
  return order
}

/**
 * Places an order. Throws a `Refusal`, and then nothing has changed.
 */
export const place = (account: FuturesAccount, parameters: Parameters): Order => {
  const type = mandatory(parameters, "type")
  if (algoTypes.some((known) => known === type)) {
    refuse(400, -4120, "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.")
  }
  return type === "LIMIT" || type === "MARKET"
    ? submit(account, draftOf(account, parameters, type))
    : refuse(400, -1116, "Invalid orderType.")
}
