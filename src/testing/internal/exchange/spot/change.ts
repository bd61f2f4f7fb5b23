import { refuse } from "../../refusal.js"
import { type Decimal, isLess, isMultiple, isPositive, negate } from "../decimal.js"
import { amount, clientOrderId, integer } from "../parameters.js"
import type { Parameters } from "../venue.js"
import type { Order, OrderList, SpotAccount } from "./account.js"
import { balanceUpdate, outboundAccountPosition } from "./events.js"
import { expire, finish, isPending, needOf, remaining, report, used } from "./execute.js"
import { instrumentOf } from "./place.js"

const sought = (order: Order, id: bigint | undefined, clientId: string | undefined) =>
  (id === undefined || order.id === id) && (clientId === undefined || order.clientOrderId === clientId)

/** The newest order that a request names, by id or by client order id. */
export const findOrder = (account: SpotAccount, parameters: Parameters): Order | undefined => {
  const { symbol } = instrumentOf(parameters)
  const id = integer(parameters, "orderId")
  const clientId = parameters.get("origClientOrderId")
  if (id === undefined && clientId === undefined) {
    refuse(400, -1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!")
  }
  const isIt = (order: Order) => order.instrument.symbol === symbol && sought(order, id, clientId)
  const candidates = id === undefined ? Array.from(account.orders.values()).reverse() : [account.orders.get(id)]
  const open = Array.from(account.openOrders.values()).find(isIt)
  return open ?? candidates.find((order) => order !== undefined && isIt(order))
}

const openOrder = (account: SpotAccount, parameters: Parameters): Order => {
  const order = findOrder(account, parameters)
  return order !== undefined && account.openOrders.has(order.id) ? order : refuse(400, -2011, "Unknown order sent.")
}

/** Cancels one order, with its list if it has one. Tells the client order id of the cancel. */
export const cancelOrder = (account: SpotAccount, order: Order, cancelId = account.venue.clientId()): string => {
  for (const leg of order.list?.orders ?? [order]) {
    if (account.openOrders.has(leg.id)) {
      finish(account, leg, "CANCELED", {
        type: "CANCELED",
        clientOrderId: cancelId,
        originalClientOrderId: leg.clientOrderId
      })
    }
  }
  return cancelId
}

export const cancel = (
  account: SpotAccount,
  parameters: Parameters
): { readonly order: Order; readonly cancelId: string } => {
  const order = openOrder(account, parameters)
  return { order, cancelId: cancelOrder(account, order, clientOrderId(parameters, "newClientOrderId")) }
}

/** All orders of a symbol; a list goes with its orders. */
export const cancelAll = (
  account: SpotAccount,
  parameters: Parameters
): ReadonlyArray<{ readonly order: Order; readonly cancelId: string }> => {
  const { symbol } = instrumentOf(parameters)
  const open = Array.from(account.openOrders.values()).filter((order) => order.instrument.symbol === symbol)
  if (open.length === 0) {
    refuse(400, -2011, "Unknown order sent.")
  }
  const cancelId = account.venue.clientId()
  return open.map((order) => ({ order, cancelId: cancelOrder(account, order, cancelId) }))
}

export const findList = (account: SpotAccount, parameters: Parameters): OrderList | undefined => {
  const id = integer(parameters, "orderListId")
  const clientId = parameters.get("listClientOrderId") ?? parameters.get("origClientOrderId")
  return account.lists.find((list) => (id === undefined ? list.clientId === clientId : list.id === id))
}

export const cancelList = (account: SpotAccount, parameters: Parameters) => {
  const list = findList(account, parameters)
  if (list === undefined || list.isDone) {
    return refuse(400, -2011, "Unknown order list sent.")
  }
  return { list, cancelId: cancelOrder(account, list.orders[0]!) }
}

/** The exchange ends an order. */
export const expireOrder = (account: SpotAccount, order: Order) => expire(account, order, "EXCHANGE_CANCELED")

/** Makes an order smaller, without loss of its place. */
export const amend = (account: SpotAccount, parameters: Parameters): Order => {
  const order = openOrder(account, parameters)
  const quantity = amount(parameters, "newQty")
  if (
    isPending(order) ||
    quantity === undefined ||
    !isPositive(quantity) ||
    !isMultiple(quantity, order.instrument.stepSize) ||
    !isLess(quantity, order.quantity) ||
    !isLess(used(order), quantity)
  ) {
    return refuse(400, -2038, "The order amend is rejected: newQty must be less than the quantity, and not filled.")
  }
  const { venue } = account
  const before = { clientOrderId: order.clientOrderId, quantity: order.quantity }
  order.quantity = quantity
  order.clientOrderId = clientOrderId(parameters, "newClientOrderId") ?? venue.clientId()
  order.updatedAt = venue.now()
  if (order.list === undefined) {
    account.reduceLock(order.lock, needOf(order, remaining(order)))
  }
  account.amendments.push({
    order,
    executionId: venue.ids.next("execution"),
    before,
    after: { clientOrderId: order.clientOrderId, quantity },
    time: order.updatedAt
  })
  report(account, order, { type: "REPLACED", originalClientOrderId: before.clientOrderId }, [order.lock.asset])
  return order
}

/** A deposit, or a withdrawal if the amount is negative. */
export const changeBalance = (account: SpotAccount, asset: string, change: Decimal) => {
  if (isPositive(change)) {
    account.credit(asset, change)
  } else {
    account.debit(asset, negate(change))
  }
  const { venue } = account
  const time = venue.now()
  venue.push(() => balanceUpdate(asset, change, time))
  venue.push(() => outboundAccountPosition(account, [asset], time))
}
