import { missing, refuse } from "../../refusal.js"
import {
  absolute,
  add,
  type Decimal,
  isLess,
  isNegative,
  isZero,
  multiply,
  negate,
  subtract,
  truncate,
  zero
} from "../decimal.js"
import type { Contract } from "../instruments.js"
import { amount, integer, mandatory } from "../parameters.js"
import type { Parameters } from "../venue.js"
import type { FuturesAccount } from "./account.js"
import { accountConfigUpdate } from "./events.js"
import { crosses, finish, report } from "./execute.js"
import { enter } from "./match.js"
import type { Order, Position, PositionSide } from "./model.js"
import { contractOf, gridPrice, gridQuantity, submit } from "./place.js"

/** The newest order that a request names, by id or by client order id. */
export const findOrder = (account: FuturesAccount, parameters: Parameters): Order | undefined => {
  const contract = contractOf(account, parameters)
  const id = integer(parameters, "orderId")
  const clientId = parameters.get("origClientOrderId")
  if (id === undefined && clientId === undefined) {
    refuse(400, -1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!")
  }
  const candidates = id === undefined ? Array.from(account.orders.values()).reverse() : [account.orders.get(id)]
  return candidates.find(
    (order) => order?.contract === contract && (id !== undefined || order.clientOrderId === clientId)
  )
}

const openOrder = (account: FuturesAccount, parameters: Parameters): Order => {
  const order = findOrder(account, parameters)
  return order !== undefined && account.openOrders.has(order.id) ? order : refuse(400, -2011, "Unknown order sent.")
}

export const cancel = (account: FuturesAccount, parameters: Parameters): Order => {
  const order = openOrder(account, parameters)
  finish(account, order, "CANCELED")
  return order
}

export const cancelAll = (account: FuturesAccount, parameters: Parameters) => {
  const contract = contractOf(account, parameters)
  for (const order of Array.from(account.openOrders.values())) {
    if (order.contract === contract) {
      finish(account, order, "CANCELED")
    }
  }
}

/** Changes price and quantity. An order with no more quantity than it has filled is cancelled. */
export const amend = (account: FuturesAccount, parameters: Parameters): Order => {
  const order = openOrder(account, parameters)
  const { contract } = order
  if (mandatory(parameters, "side") !== order.side) {
    refuse(400, -1117, "Invalid side.")
  }
  const quantity = gridQuantity(contract, parameters, "quantity")
  const given = gridPrice(contract, parameters, "price")
  const price = isZero(given) ? missing("price") : given
  const before = { price: order.price, quantity: order.quantity }
  if (isZero(subtract(price, before.price)) && isZero(subtract(quantity, before.quantity))) {
    refuse(400, -5027, "No need to modify the order.")
  }
  const { venue } = account
  if (!isLess(order.filled, quantity)) {
    finish(account, order, "CANCELED")
    return order
  }
  if (order.timeInForce === "GTX" && crosses({ ...order, price }, venue.prices.price(contract.symbol))) {
    finish(account, order, "EXPIRED", "11")
    return order
  }
  order.price = price
  order.quantity = quantity
  order.updatedAt = venue.now()
  const modifyId = venue.ids.next("modify")
  account.amendments.push({
    id: venue.ids.next("amendment"),
    modifyId,
    order,
    before,
    after: { price, quantity },
    count: account.amendments.filter((amendment) => amendment.order === order).length + 1,
    time: order.updatedAt
  })
  report(account, order, { type: "AMENDMENT", modifyId })
  enter(account, order)
  return order
}

const tell = (
  account: FuturesAccount,
  reason: string,
  asset: string | undefined,
  change: Decimal,
  positions: ReadonlyArray<Position> | undefined,
  symbol?: string
) => {
  const time = account.venue.now()
  account.rules.ways.tellAccount(account, { reason, asset, change, positions, symbol }, time)
}

/** A deposit, or a withdrawal if the amount is negative. */
export const changeWallet = (account: FuturesAccount, asset: string, change: Decimal) => {
  if (isNegative(change) && isLess(account.margins(asset).available, negate(change))) {
    refuse(400, -4051, "Balance is insufficient.")
  }
  const id = account.venue.ids.next("transaction")
  const isDeposit = !isNegative(change)
  const info = account.venue.product === "UsdFutures" ? "TRANSFER" : isDeposit ? "DEPOSIT" : "WITHDRAW"
  account.book(asset, change, { symbol: "", type: "TRANSFER", info, id, tradeId: undefined })
  tell(account, isDeposit ? "DEPOSIT" : "WITHDRAW", asset, change, [])
}

/** Who is long pays a positive rate to who is short. */
export const fund = (account: FuturesAccount, contract: Contract, rate: Decimal) => {
  for (const position of Array.from(account.positions.values())) {
    if (position.contract !== contract || isZero(position.amount)) {
      continue
    }
    const size = truncate(multiply(account.value(position), rate), 8)
    const fee = isNegative(position.amount) ? size : negate(size)
    const { isIsolated } = account.config(contract.symbol)
    if (isIsolated) {
      position.isolatedWallet = add(position.isolatedWallet, fee)
      position.updatedAt = account.venue.now()
    }
    const id = account.venue.ids.next("transaction")
    const row = { symbol: contract.symbol, type: "FUNDING_FEE", info: "", id, tradeId: undefined } as const
    account.book(contract.marginAsset, fee, row)
    tell(account, "FUNDING_FEE", contract.marginAsset, fee, isIsolated ? [position] : undefined, contract.symbol)
  }
}

/** The exchange closes a position: its orders end, and a forced order takes what is there. */
export const forceClose = (account: FuturesAccount, position: Position, force: "LIQUIDATION" | "ADL"): Order => {
  const { contract, side: positionSide } = position
  if (isZero(position.amount)) {
    return refuse(400, -2022, "There is no position to close.")
  }
  for (const order of Array.from(account.openOrders.values())) {
    if (force === "LIQUIDATION" && order.contract === contract) {
      finish(account, order, "EXPIRED", "5")
    }
  }
  const { ids, now, prices } = account.venue
  const number = String(ids.next("force")).slice(-6).padStart(6, "0")
  return submit(
    account,
    {
      contract,
      side: isNegative(position.amount) ? "BUY" : "SELL",
      positionSide,
      type: "LIMIT",
      timeInForce: force === "LIQUIDATION" ? "IOC" : "GTC",
      quantity: absolute(position.amount),
      price: prices.price(contract.symbol),
      isReduceOnly: true,
      closesPosition: false,
      goodTillDate: 0,
      selfTradePreventionMode: "NONE",
      priceMatch: "NONE",
      clientOrderId: force === "ADL" ? "adl_autoclose" : `autoclose-${now()}${number}`
    },
    { force }
  )
}

export const setLeverage = (account: FuturesAccount, contract: Contract, leverage: number) => {
  account.config(contract.symbol).leverage = leverage
  const time = account.venue.now()
  const config = { ac: { s: contract.symbol, l: leverage } }
  account.venue.push(() => accountConfigUpdate(account, config, time))
}

export const setMarginType = (account: FuturesAccount, contract: Contract, isIsolated: boolean) => {
  const config = account.config(contract.symbol)
  if (config.isIsolated === isIsolated) {
    refuse(400, -4046, "No need to change margin type.")
  }
  const isIt = (of: { readonly contract: Contract }) => of.contract === contract
  if (Array.from(account.openOrders.values()).some(isIt)) {
    refuse(400, -4047, "Margin type cannot be changed if there exists open orders.")
  }
  if (account.positionsOf(contract.marginAsset).some(isIt)) {
    refuse(400, -4048, "Margin type cannot be changed if there exists position.")
  }
  config.isIsolated = isIsolated
  const position = account.position(contract, account.isHedge ? "LONG" : "BOTH")
  tell(account, "MARGIN_TYPE_CHANGE", undefined, zero, [position])
}

export const setHedge = (account: FuturesAccount, isHedge: boolean) => {
  if (account.isHedge === isHedge) {
    refuse(400, -4059, "No need to change position side.")
  }
  if (account.openOrders.size > 0 || account.openAlgoOrders.size > 0) {
    refuse(400, -4067, "Position side cannot be changed if there exists open orders.")
  }
  if (Array.from(account.positions.values()).some((position) => !isZero(position.amount))) {
    refuse(400, -4068, "Position side cannot be changed if there exists position.")
  }
  account.isHedge = isHedge
}

/** Moves margin into an isolated position, or out of it. */
export const changeMargin = (account: FuturesAccount, parameters: Parameters) => {
  const contract = contractOf(account, parameters)
  const positionSide = (parameters.get("positionSide") ?? "BOTH") as PositionSide
  const position = account.position(contract, positionSide)
  const size = amount(parameters, "amount") ?? missing("amount")
  const isAdded = mandatory(parameters, "type") === "1"
  if (!account.config(contract.symbol).isIsolated || isZero(position.amount)) {
    refuse(400, -4046, "Isolated position is needed to change its margin.")
  }
  const most = isAdded ? account.margins(contract.marginAsset).available : position.isolatedWallet
  if (isLess(most, size)) {
    refuse(400, -4051, "Isolated balance is insufficient.")
  }
  const time = account.venue.now()
  position.isolatedWallet = isAdded ? add(position.isolatedWallet, size) : subtract(position.isolatedWallet, size)
  position.updatedAt = time
  account.marginChanges.push({ contract, positionSide, isAdded, amount: size, time })
  tell(account, "MARGIN_TRANSFER", contract.marginAsset, zero, [position])
}
