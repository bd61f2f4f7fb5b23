import {
  absolute,
  add,
  type Decimal,
  divide,
  fixed,
  isNegative,
  isZero,
  multiply,
  plain,
  subtract
} from "../decimal.js"
import type { Contract } from "../instruments.js"
import type { Order, Position } from "./model.js"

export const amount = (value: Decimal) => fixed(value, 8)

export const quantityOf = (contract: Contract, value: Decimal) =>
  isZero(value) ? "0" : fixed(value, contract.quantityDigits)

export const priceOf = (contract: Contract, value: Decimal) =>
  isZero(value) ? "0" : fixed(value, contract.priceDigits)

/** The price at which a quantity has a value. */
const priceAt = ({ contractSize }: Contract, quantity: Decimal, value: Decimal): Decimal =>
  contractSize === undefined ? divide(value, quantity, 5) : divide(multiply(quantity, contractSize), value, 5)

/** Of what is filled. */
export const averagePrice = ({ contract, filled, filledValue }: Order): string =>
  isZero(filled) || isZero(filledValue) ? "0" : plain(priceAt(contract, filled, filledValue))

export const entryPrice = ({ amount, contract, cost }: Position): string =>
  isZero(amount) || isZero(cost) ? "0.0" : plain(priceAt(contract, absolute(amount), cost))

/** The price at which a position has won its fees back. */
export const breakEvenPrice = ({ amount, contract, cost, fees }: Position): string => {
  const isInverse = contract.contractSize !== undefined
  const value = isNegative(amount) === isInverse ? add(cost, fees) : subtract(cost, fees)
  return isZero(amount) || isZero(value) ? "0.0" : plain(priceAt(contract, absolute(amount), value))
}
