import { missing, Refusal, refuse } from "../../refusal.js"
import {
  add,
  type Decimal,
  decimal,
  divide,
  greatest,
  isAtLeast,
  isZero,
  least,
  multiply,
  subtract
} from "../decimal.js"
import { amount, clientOrderId, flag, integer, mandatory, oneOf, orZero } from "../parameters.js"
import type { Parameters } from "../venue.js"
import type { FuturesAccount } from "./account.js"
import { pushAlgoUpdate } from "./events.js"
import type { AlgoOrder, AlgoStatus } from "./model.js"
import { algoTypes, contractOf, draftOf, gridPrice, submit } from "./place.js"

const change = (account: FuturesAccount, algo: AlgoOrder, status: AlgoStatus) => {
  algo.status = status
  algo.updatedAt = account.venue.now()
  if (status !== "NEW" && status !== "TRIGGERING") {
    account.openAlgoOrders.delete(algo.id)
  }
  pushAlgoUpdate(account.venue, algo)
}

/** One that has triggered cannot be cancelled, and does not trigger again. */
const isWaiting = (account: FuturesAccount, algo: AlgoOrder): boolean =>
  account.openAlgoOrders.has(algo.id) && algo.status === "NEW"

/** Whether a price sets off a stop; take-profits are the other way round. */
const triggers = ({ draft, triggerPrice, type }: AlgoOrder, price: Decimal): boolean => {
  const isAbove = type.startsWith("STOP") === (draft.side === "BUY")
  return isAbove ? isAtLeast(price, triggerPrice) : isAtLeast(triggerPrice, price)
}

const priceFor = (account: FuturesAccount, { draft, workingType }: AlgoOrder): Decimal =>
  workingType === "MARK_PRICE"
    ? account.venue.prices.mark(draft.contract.symbol)
    : account.venue.prices.price(draft.contract.symbol)

const isActive = (algo: AlgoOrder, price: Decimal): boolean =>
  algo.best !== undefined ||
  isZero(algo.activatePrice) ||
  (algo.draft.side === "SELL" ? isAtLeast(price, algo.activatePrice) : isAtLeast(algo.activatePrice, price))

/** A trailing stop follows the best price at a distance. */
const follow = (algo: AlgoOrder, price: Decimal): boolean => {
  if (!isActive(algo, price)) {
    return false
  }
  const isSell = algo.draft.side === "SELL"
  const best = isSell ? greatest(algo.best ?? price, price) : least(algo.best ?? price, price)
  const distance = divide(multiply(best, algo.callbackRate), decimal("100"), 8)
  algo.best = best
  algo.triggerPrice = isSell ? subtract(best, distance) : add(best, distance)
  return isSell ? isAtLeast(algo.triggerPrice, price) : isAtLeast(price, algo.triggerPrice)
}

const trigger = (account: FuturesAccount, algo: AlgoOrder) => {
  algo.triggeredAt = account.venue.now()
  change(account, algo, "TRIGGERING")
  account.venue.afterTrigger(() => place(account, algo))
}

const place = (account: FuturesAccount, algo: AlgoOrder) => {
  const draft = { ...algo.draft, clientOrderId: algo.clientId }
  try {
    submit(account, draft, { algo }, (order) => {
      algo.order = order
      change(account, algo, "TRIGGERED")
    })
  } catch (error) {
    if (!(error instanceof Refusal)) {
      throw error
    }
    algo.failReason = error.msg
    change(account, algo, algo.draft.closesPosition ? "EXPIRED" : "REJECTED")
  }
}

/** The market moved: algo orders whose price has come are placed. */
export const onPrice = (account: FuturesAccount, symbol: string) => {
  for (const algo of Array.from(account.openAlgoOrders.values())) {
    if (algo.draft.contract.symbol === symbol && isWaiting(account, algo)) {
      const price = priceFor(account, algo)
      if (algo.type === "TRAILING_STOP_MARKET" ? follow(algo, price) : triggers(algo, price)) {
        trigger(account, algo)
      }
    }
  }
}

/**
 * Places an algo order. Throws a `Refusal`, and then nothing has changed.
 */
export const placeAlgo = (account: FuturesAccount, parameters: Parameters): AlgoOrder => {
  if (mandatory(parameters, "algoType") !== "CONDITIONAL") {
    refuse(400, -1116, "Invalid algoType.")
  }
  mandatory(parameters, "type")
  const type = oneOf(parameters, "type", algoTypes, { code: -1116, msg: "Invalid orderType." })!
  const isLimit = type === "STOP" || type === "TAKE_PROFIT"
  const isTrailing = type === "TRAILING_STOP_MARKET"
  const draft = draftOf(account, parameters, isLimit ? "LIMIT" : "MARKET")
  const { venue } = account
  const now = venue.now()
  const triggerPrice = gridPrice(draft.contract, parameters, "triggerPrice")
  const callbackRate = amount(parameters, "callbackRate")
  if (isTrailing ? callbackRate === undefined : isZero(triggerPrice)) {
    missing(isTrailing ? "callbackRate" : "triggerPrice")
  }
  const algo: AlgoOrder = {
    id: venue.ids.next("algo"),
    clientId: clientOrderId(parameters, "clientAlgoId") ?? venue.clientId(),
    type,
    draft,
    triggerPrice,
    workingType: parameters.get("workingType") ?? "CONTRACT_PRICE",
    isPriceProtected: flag(parameters, "priceProtect"),
    activatePrice: gridPrice(draft.contract, parameters, "activatePrice"),
    callbackRate: orZero(callbackRate),
    createdAt: now,
    best: undefined,
    status: "NEW",
    order: undefined,
    failReason: undefined,
    updatedAt: now,
    triggeredAt: 0
  }
  const price = priceFor(account, algo)
  if (!isTrailing && triggers(algo, price)) {
    refuse(400, -2021, "Order would immediately trigger.")
  }
  if (isTrailing) {
    follow(algo, price)
  }
  account.algoOrders.set(algo.id, algo)
  account.openAlgoOrders.set(algo.id, algo)
  change(account, algo, "NEW")
  return algo
}

export const findAlgo = (account: FuturesAccount, parameters: Parameters): AlgoOrder | undefined => {
  const id = integer(parameters, "algoId")
  const clientId = parameters.get("clientAlgoId")
  if (id === undefined && clientId === undefined) {
    refuse(400, -1102, "Param 'algoId' or 'clientAlgoId' must be sent, but both were empty/null!")
  }
  return id === undefined
    ? Array.from(account.algoOrders.values()).findLast((algo) => algo.clientId === clientId)
    : account.algoOrders.get(id)
}

export const cancelAlgo = (account: FuturesAccount, parameters: Parameters): AlgoOrder => {
  const algo = findAlgo(account, parameters)
  if (algo === undefined || !isWaiting(account, algo)) {
    return refuse(400, -2011, "Unknown order sent.")
  }
  change(account, algo, "CANCELED")
  return algo
}

export const cancelAllAlgos = (account: FuturesAccount, parameters: Parameters) => {
  const contract = contractOf(account, parameters)
  for (const algo of Array.from(account.openAlgoOrders.values())) {
    if (algo.draft.contract === contract && isWaiting(account, algo)) {
      change(account, algo, "CANCELED")
    }
  }
}
