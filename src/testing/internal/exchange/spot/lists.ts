import { Refusal, refuse } from "../../refusal.js"
import { isLess, zero } from "../decimal.js"
import { clientOrderId, mandatory } from "../parameters.js"
import type { Parameters } from "../venue.js"
import type { Order, OrderList, SpotAccount } from "./account.js"
import { listStatus } from "./events.js"
import { expire, needOf, report } from "./execute.js"
import { enter } from "./match.js"
import {
  admit,
  assetOf,
  checkOrder,
  checkStart,
  type Draft,
  draftOf,
  isStop,
  type Names,
  needAtStart,
  rejected
} from "./place.js"

/** The names of a leg's parameters; two legs beside each other share a side and a quantity. */
const legNames = (leg: string, shared: Pick<Names, "side" | "quantity">): Names => ({
  ...shared,
  type: `${leg}Type`,
  price: `${leg}Price`,
  stopPrice: `${leg}StopPrice`,
  timeInForce: `${leg}TimeInForce`,
  clientOrderId: `${leg}ClientOrderId`,
  icebergQuantity: `${leg}IcebergQty`,
  strategyId: `${leg}StrategyId`,
  strategyType: `${leg}StrategyType`,
  trailingDelta: `${leg}TrailingDelta`
})

const ownNames = (leg: string) => legNames(leg, { side: `${leg}Side`, quantity: `${leg}Quantity` })

const isMaker = ({ type }: Draft) => type === "LIMIT_MAKER" || type.startsWith("TAKE_PROFIT")

const levelOf = (draft: Draft) => (isStop(draft.type) ? draft.stopPrice : draft.price)

const wrongPrices = () => rejected("The relationship of the prices for the orders is not correct.")

/** Two orders of which one cancels the other, drafted. */
const pairOf = (parameters: Parameters, above: Names, below: Names): readonly [Draft, Draft] => {
  const pair = [draftOf(parameters, above), draftOf(parameters, below)] as const
  if (isMaker(pair[0]) === isMaker(pair[1]) || !isLess(levelOf(pair[1]), levelOf(pair[0]))) {
    wrongPrices()
  }
  return pair
}

const listOf = (
  account: SpotAccount,
  parameters: Parameters,
  { instrument }: Draft,
  kind: Pick<OrderList, "contingencyType" | "whenWorked">
): OrderList => {
  const { venue } = account
  const list: OrderList = {
    id: venue.ids.next("list"),
    clientId: clientOrderId(parameters, "listClientOrderId") ?? venue.clientId(),
    symbol: instrument.symbol,
    ...kind,
    orders: [],
    isDone: false,
    updatedAt: venue.now()
  }
  account.lists.push(list)
  return list
}

const most = (account: SpotAccount, drafts: ReadonlyArray<Draft>) =>
  drafts
    .map((draft) => needAtStart(account, draft, draft.quantity))
    .reduce((sum, need) => (isLess(sum, need) ? need : sum), zero)

const tellNew = (account: SpotAccount, orders: ReadonlyArray<Order>) => {
  for (const order of orders) {
    report(account, order, { type: "NEW" }, order === orders.at(-1) ? [order.lock.asset] : [])
  }
}

/**
 * Places two orders of which one cancels the other. Throws a `Refusal`, and then nothing has changed.
 */
export const placeOco = (account: SpotAccount, parameters: Parameters): OrderList => {
  const shared = { side: "side", quantity: "quantity" }
  const drafts = pairOf(parameters, legNames("above", shared), legNames("below", shared))
  const [above, below] = drafts
  const price = account.venue.prices.price(above.instrument.symbol)
  if (!isLess(price, levelOf(above)) || !isLess(levelOf(below), price)) {
    wrongPrices()
  }
  for (const draft of drafts) {
    checkStart(account, draft)
    checkOrder(account, draft, draft.quantity)
  }
  const lock = account.lock(assetOf(above), most(account, drafts), 2)
  const list = listOf(account, parameters, above, { contingencyType: "OCO", whenWorked: undefined })
  const orders = drafts.map((draft) => admit(account, draft, draft.quantity, lock, list))
  account.venue.push(() => listStatus(list, list.updatedAt))
  tellNew(account, orders)
  return list
}

/** The orders that waited begin, or end if they could not be placed now. */
const begin = (account: SpotAccount, list: OrderList, orders: ReadonlyArray<Order>) => {
  const { venue } = account
  try {
    for (const order of orders) {
      checkStart(account, order)
    }
    account.extendLock(orders[0]!.lock, most(account, orders))
  } catch (error) {
    if (!(error instanceof Refusal)) {
      throw error
    }
    for (const order of orders) {
      expire(account, order, "REJECTED")
    }
    return
  }
  const now = venue.now()
  list.updatedAt = now
  venue.push(() => listStatus(list, now))
  for (const order of orders) {
    order.status = "NEW"
    order.updatedAt = now
    order.liveAt = now
    order.workingAt = isStop(order.type) ? undefined : now
  }
  tellNew(account, orders)
  for (const order of orders) {
    if (order.workingAt !== undefined && account.openOrders.has(order.id)) {
      enter(account, order)
    }
  }
}

/**
 * Places an order, and those that wait until it is filled: they lock nothing before. Throws a `Refusal`, and then
 * nothing has changed.
 */
const placeOto = (account: SpotAccount, parameters: Parameters, drafts: ReadonlyArray<Draft>): OrderList => {
  mandatory(parameters, "workingType")
  const working = draftOf(parameters, ownNames("working"))
  if (working.type !== "LIMIT" && working.type !== "LIMIT_MAKER") {
    refuse(400, -1116, "Invalid orderType.")
  }
  for (const draft of [working, ...drafts]) {
    checkOrder(account, draft, draft.quantity)
  }
  checkStart(account, working)
  const lock = account.lock(assetOf(working), needOf(working, working.quantity), 1)
  const list = listOf(account, parameters, working, {
    contingencyType: "OTO",
    whenWorked: () => begin(account, list, pending)
  })
  const first = admit(account, working, working.quantity, lock, list)
  const later = { asset: assetOf(drafts[0]!), amount: zero, holders: drafts.length }
  const pending = drafts.map((draft) => admit(account, draft, draft.quantity, later, list, true))
  account.venue.push(() => listStatus(list, list.updatedAt))
  tellNew(account, [first])
  for (const order of pending) {
    report(account, order, { type: "NEW" }, [])
  }
  enter(account, first)
  return list
}

/** One order that waits. */
export const placeOtoOne = (account: SpotAccount, parameters: Parameters): OrderList =>
  placeOto(account, parameters, [draftOf(parameters, ownNames("pending"))])

/** Two that wait, of which one then cancels the other. */
export const placeOtoco = (account: SpotAccount, parameters: Parameters): OrderList => {
  const shared = { side: "pendingSide", quantity: "pendingQuantity" }
  return placeOto(
    account,
    parameters,
    pairOf(parameters, legNames("pendingAbove", shared), legNames("pendingBelow", shared))
  )
}
