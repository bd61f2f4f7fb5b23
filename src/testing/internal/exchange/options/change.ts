import { refuse } from "../../refusal.js"
import {
  absolute,
  type Decimal,
  decimal,
  greatest,
  isLess,
  isZero,
  least,
  multiply,
  negate,
  subtract,
  truncate,
  zero
} from "../decimal.js"
import type { Ways } from "../futures/account.js"
import { valueOf } from "../futures/account.js"
import { fill, finish, report } from "../futures/execute.js"
import type { Draft, Order, Trade } from "../futures/model.js"
import { admit, contractOf, draftOf, place as placeFutures } from "../futures/place.js"
import { closable } from "../futures/position.js"
import { flag, mandatory } from "../parameters.js"
import type { Parameters } from "../venue.js"
import type { Exercise, OptionsAccount } from "./account.js"
import { orderTradeUpdate, tellAccount } from "./events.js"

/** Of the underlying's price, but never more than a tenth of what is traded. */
const feePart = decimal("0.0003")
const exerciseFeePart = decimal("0.00015")
const mostOfValue = decimal("0.1")

const feeOf = (price: Decimal, part: Decimal, quantity: Decimal, value: Decimal): Decimal =>
  truncate(least(multiply(multiply(price, quantity), part), multiply(value, mostOfValue)), 8)

/** The premium is paid or received, and the fee paid. */
const book = (
  account: OptionsAccount,
  {
    commission,
    contract,
    id,
    isBuy,
    value
  }: {
    readonly commission: Decimal
    readonly contract: Trade["order"]["contract"]
    readonly id: bigint | undefined
    readonly isBuy: boolean
    readonly value: Decimal
  },
  type: "CONTRACT" | "EXERCISE"
) => {
  const { ids } = account.venue
  const row = { symbol: contract.symbol, info: "", tradeId: id }
  account.book("USDT", isBuy ? negate(value) : value, { ...row, type, id: ids.next("transaction") })
  if (!isZero(commission)) {
    account.book("USDT", negate(commission), { ...row, type: "FEE", id: ids.next("transaction") })
  }
}

const checkFunds = (account: OptionsAccount, draft: Draft) => {
  const { contract, price, quantity, side } = draft
  const { available } = account.margins("USDT")
  if (side === "BUY") {
    if (isLess(available, valueOf(contract, quantity, price))) {
      refuse(400, -2018, "Balance is insufficient.")
    }
    return
  }
  const opening = greatest(zero, subtract(quantity, closable(account, draft)))
  if (isLess(available, account.marginOf(contract, opening))) {
    refuse(400, -2027, "Option margin is insufficient.")
  }
}

/** Those of options. They are given to accounts of options alone. */
export const optionsWays: Ways = {
  orderUpdate: (account, order, execution, time) => orderTradeUpdate(account as OptionsAccount, order, execution, time),
  hasTradeLite: false,
  tellAccount: (account, change, time) => tellAccount(account as OptionsAccount, change, time),
  commission: (account, contract, { quantity, value }) =>
    feeOf((account as OptionsAccount).index(contract), feePart, quantity, value),
  book: (account, { order, ...trade }) =>
    book(account as OptionsAccount, { ...trade, contract: order.contract, isBuy: order.side === "BUY" }, "CONTRACT"),
  checkFunds: (account, draft) => checkFunds(account as OptionsAccount, draft)
}

/** The parameters under the names of futures. */
export const futuresNames = (parameters: Parameters): Parameters => {
  const id = parameters.get("clientOrderId")
  return new Map([
    ...parameters,
    ...(id === undefined ? [] : [["newClientOrderId", id] as const, ["origClientOrderId", id] as const]),
    ...(flag(parameters, "postOnly") ? [["timeInForce", "GTX"] as const] : [])
  ])
}

/**
 * Places an order. Throws a `Refusal`, and then nothing has changed.
 */
export const place = (account: OptionsAccount, parameters: Parameters): Order => {
  if (mandatory(parameters, "type") !== "LIMIT") {
    refuse(400, -1116, "Invalid orderType.")
  }
  return placeFutures(account, futuresNames(parameters))
}

/**
 * Trades with somebody outside the order book, at the price that was agreed. Throws a `Refusal`, and then nothing has
 * changed.
 */
export const tradeBlock = (account: OptionsAccount, parameters: Parameters): Trade => {
  const draft = draftOf(account, new Map([...parameters, ["timeInForce", "GTC"]]), "LIMIT")
  const order = admit(account, draft)
  report(account, order, { type: "NEW" })
  const trade = fill(account, order, { quantity: order.quantity, price: order.price, isMaker: false })
  account.blockTrades.push({ id: account.venue.ids.next("block"), trade })
  return trade
}

/**
 * An option expires: who is long gets what it is worth at the price of its underlying, and who is short pays it. Tells
 * what came of it, which is nothing if it is worth nothing.
 */
export const exercise = (account: OptionsAccount, parameters: Parameters, at?: Decimal): Exercise => {
  const contract = contractOf(account, parameters)
  const position = account.position(contract, "BOTH")
  const price = at ?? account.index(contract)
  const { side, strike } = contract.option!
  const quantity = position.amount
  if (isZero(quantity)) {
    refuse(400, -2022, "There is no position to exercise.")
  }
  for (const order of Array.from(account.openOrders.values())) {
    if (order.contract === contract) {
      finish(account, order, "EXPIRED")
    }
  }
  const gain = greatest(zero, side === "CALL" ? subtract(price, strike) : subtract(strike, price))
  const amount = truncate(multiply(gain, quantity), 8)
  const size = absolute(amount)
  const fee = feeOf(price, exerciseFeePart, absolute(quantity), size)
  const { ids, now } = account.venue
  const time = now()
  const exercise = { id: ids.next("transaction"), contract, price, quantity, amount, fee, time }
  position.amount = zero
  position.cost = zero
  position.exactCost = zero
  position.fees = zero
  position.updatedAt = time
  if (!isZero(amount)) {
    const isBuy = !isZero(subtract(size, amount))
    book(account, { commission: fee, contract, id: undefined, isBuy, value: size }, "EXERCISE")
    account.exercises.push(exercise)
  }
  tellAccount(account, { reason: "ORDER", asset: "USDT", change: zero, positions: [position] }, time)
  return exercise
}
