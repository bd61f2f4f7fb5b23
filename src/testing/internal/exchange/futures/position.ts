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

/** What a quantity costs, as it is booked, and not cut off. */
interface Cost {
  readonly value: Decimal
  readonly exact: Decimal
}

/** The part of a value that belongs to a part of a quantity; all of it for all. */
const share = (value: Decimal, part: Decimal, whole: Decimal, digits = 8): Decimal =>
  isZero(subtract(part, whole)) ? value : divide(multiply(value, part), whole, digits)

const close = (position: Position, quantity: Decimal, value: Decimal): Decimal => {
  const { contract } = position
  const whole = absolute(position.amount)
  const entry = share(position.cost, quantity, whole)
  const realized = profitAt(contract, position.amount, entry, value)
  position.isolatedWallet = subtract(position.isolatedWallet, share(position.isolatedWallet, quantity, whole))
  position.fees = subtract(position.fees, share(position.fees, quantity, whole))
  position.cost = subtract(position.cost, entry)
  position.exactCost = subtract(position.exactCost, share(position.exactCost, quantity, whole, 20))
  position.amount = isNegative(position.amount) ? add(position.amount, quantity) : subtract(position.amount, quantity)
  position.realized = add(position.realized, realized)
  return realized
}

const open = (account: FuturesAccount, position: Position, change: Decimal, { exact, value }: Cost) => {
  const { contract } = position
  const config = account.config(contract.symbol)
  if (config.isIsolated) {
    const margin = divide(value, decimal(String(config.leverage)), 8)
    position.isolatedWallet = add(position.isolatedWallet, margin)
  }
  position.cost = add(position.cost, value)
  position.exactCost = add(position.exactCost, exact)
  position.amount = add(position.amount, change)
}

/**
 * Moves a position by a signed quantity of a value, and tells what that realises.
 */
export const move = (account: FuturesAccount, position: Position, change: Decimal, cost: Cost): Decimal => {
  const isOpposite = !isZero(position.amount) && isNegative(position.amount) !== isNegative(change)
  position.updatedAt = account.venue.now()
  if (!isOpposite) {
    open(account, position, change, cost)
    return zero
  }
  const held = absolute(position.amount)
  const quantity = absolute(change)
  if (!isLess(held, quantity)) {
    return close(position, quantity, cost.value)
  }
  const closed = share(cost.value, held, quantity)
  const realized = close(position, held, closed)
  const rest = subtract(quantity, held)
  open(account, position, isNegative(change) ? negate(rest) : rest, {
    value: subtract(cost.value, closed),
    exact: share(cost.exact, rest, quantity, 20)
  })
  return realized
}
