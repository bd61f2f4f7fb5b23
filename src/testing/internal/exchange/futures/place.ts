import { missing, refuse } from "../../refusal.js"
import { type Decimal, isPositive, isZero, least, zero } from "../decimal.js"
import type { Contract } from "../instruments.js"
import {
  amount,
  clientOrderId,
  flag,
  futuresPreventionModes,
  isOnGrid,
  isTooPrecise,
  mandatory,
  millis,
  oneOf,
  orZero,
  preventionMode
} from "../parameters.js"
import type { Parameters } from "../venue.js"
import type { FuturesAccount } from "./account.js"
import { finish, report } from "./execute.js"
import { enter } from "./match.js"
import type { AlgoOrder, AlgoType, Draft, Order, PositionSide, Side, TimeInForce } from "./model.js"
import { closable } from "./position.js"

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
  account.rules.contracts.get(mandatory(parameters, "symbol")) ??
  refuse(400, account.rules.unknownSymbol ?? -1121, "Invalid symbol.")

const tooPrecise = ({ option }: Contract, code: number, what: string): never =>
  option === undefined
    ? refuse(400, -1111, "Precision is over the maximum defined for this asset.")
    : refuse(400, code, `${what} precision is invalid.`)

/** A price on the grid of a contract, or none. */
export const gridPrice = (contract: Contract, parameters: Parameters, name: string): Decimal => {
  const value = orZero(amount(parameters, name))
  if (isTooPrecise(parameters, name, contract.priceDigits)) {
    tooPrecise(contract, -4029, "Tick size")
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
    tooPrecise(contract, -4030, "Step size")
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
    selfTradePreventionMode: preventionMode(parameters, futuresPreventionModes),
    priceMatch: parameters.get("priceMatch") ?? "NONE",
    clientOrderId: clientOrderId(parameters, "newClientOrderId")
  }
}

/** The quantity that an order is accepted with. */
const accepted = (account: FuturesAccount, draft: Draft): Decimal => {
  if (!draft.isReduceOnly) {
    account.rules.ways.checkFunds(account, draft)
    return draft.quantity
  }
  const most = closable(account, draft)
  if (isZero(most)) {
    refuse(400, -2022, "ReduceOnly Order is rejected.")
  }
  return draft.closesPosition ? most : least(draft.quantity, most)
}

/** Why the exchange has an order, other than that it was sent. */
interface Origin {
  readonly algo?: AlgoOrder
  readonly force?: Order["force"]
}

/** Takes an order on. Throws a `Refusal`, and then nothing has changed. */
export const admit = (account: FuturesAccount, draft: Draft, origin: Origin = {}): Order => {
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
    exactFilledValue: zero,
    status: "NEW",
    createdAt: now,
    updatedAt: now,
    expiryReason: "0",
    algo: origin.algo,
    force: origin.force
  }
  account.orders.set(order.id, order)
  account.openOrders.set(order.id, order)
  return order
}

/**
 * Takes an order on, and lets it meet the market. Throws a `Refusal`, and then nothing has changed.
 */
export const submit = (
  account: FuturesAccount,
  draft: Draft,
  origin: Origin = {},
  onAccepted: (order: Order) => void = () => undefined
): Order => {
  const { venue } = account
  const order = admit(account, draft, origin)
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
