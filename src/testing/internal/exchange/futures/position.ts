import {
  absolute,
  add,
  type Decimal,
  decimal,
  divide,
  isLess,
  isNegative,
  isZero,
  multiply,
  negate,
  subtract,
  zero
} from "../decimal.js"
import { type FuturesAccount, profitAt } from "./account.js"
import type { Draft, Position } from "./model.js"

/** The position that an order moves. */
export const positionOf = (account: FuturesAccount, order: Pick<Draft, "contract" | "positionSide">): Position =>
  account.position(order.contract, order.positionSide)

/** How much of its position an order can close. */
export const closable = (
  account: FuturesAccount,
  order: Pick<Draft, "contract" | "positionSide" | "side">
): Decimal => {
  const { amount } = positionOf(account, order)
  return isNegative(amount) === (order.side === "BUY") ? absolute(amount) : zero
}

/** The part of a value that belongs to a part of a quantity; all of it for all. */
const share = (value: Decimal, part: Decimal, whole: Decimal): Decimal =>
  isZero(subtract(part, whole)) ? value : divide(multiply(value, part), whole, 8)

const close = (position: Position, quantity: Decimal, value: Decimal): Decimal => {
  const { contract } = position
  const whole = absolute(position.amount)
  const entry = share(position.cost, quantity, whole)
  const realized = profitAt(contract, position.amount, entry, value)
  position.isolatedWallet = subtract(position.isolatedWallet, share(position.isolatedWallet, quantity, whole))
  position.fees = subtract(position.fees, share(position.fees, quantity, whole))
  position.cost = subtract(position.cost, entry)
  position.amount = isNegative(position.amount) ? add(position.amount, quantity) : subtract(position.amount, quantity)
  position.realized = add(position.realized, realized)
  return realized
}

const open = (account: FuturesAccount, position: Position, change: Decimal, value: Decimal) => {
  const { contract } = position
  const config = account.config(contract.symbol)
  if (config.isIsolated) {
    const margin = divide(value, decimal(String(config.leverage)), 8)
    position.isolatedWallet = add(position.isolatedWallet, margin)
  }
  position.cost = add(position.cost, value)
  position.amount = add(position.amount, change)
}

/**
 * Moves a position by a signed quantity of a value, and tells what that realises.
 */
export const move = (account: FuturesAccount, position: Position, change: Decimal, value: Decimal): Decimal => {
  const isOpposite = !isZero(position.amount) && isNegative(position.amount) !== isNegative(change)
  position.updatedAt = account.venue.now()
  if (!isOpposite) {
    open(account, position, change, value)
    return zero
  }
  const held = absolute(position.amount)
  const quantity = absolute(change)
  if (!isLess(held, quantity)) {
    return close(position, quantity, value)
  }
  const closed = share(value, held, quantity)
  const realized = close(position, held, closed)
  const rest = subtract(quantity, held)
  open(account, position, isNegative(change) ? negate(rest) : rest, subtract(value, closed))
  return realized
}
