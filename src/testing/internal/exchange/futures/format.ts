import { absolute, add, type Decimal, fixed, isNegative, isZero, plain, subtract } from "../decimal.js"
import type { Contract } from "../instruments.js"
import { priceAt } from "./account.js"
import type { Order, Position } from "./model.js"

export const amount = (value: Decimal) => fixed(value, 8)

export const quantityOf = (contract: Contract, value: Decimal) =>
  isZero(value) ? "0" : fixed(value, contract.quantityDigits)

export const priceOf = (contract: Contract, value: Decimal) =>
  isZero(value) ? "0" : fixed(value, contract.priceDigits)

/** Of what is filled. */
export const averagePrice = ({ contract, exactFilledValue, filled }: Order): string =>
  isZero(filled) || isZero(exactFilledValue) ? "0" : plain(priceAt(contract, filled, exactFilledValue, 5))

export const entryPrice = ({ amount, contract, exactCost }: Position): string =>
  isZero(amount) || isZero(exactCost) ? "0.0" : plain(priceAt(contract, absolute(amount), exactCost, 5))

/** The price at which a position has won its fees back. */
export const breakEvenPrice = ({ amount, contract, exactCost, fees }: Position): string => {
  const isInverse = contract.contractSize !== undefined
  const value = isNegative(amount) === isInverse ? add(exactCost, fees) : subtract(exactCost, fees)
  return isZero(amount) || isZero(value) ? "0.0" : plain(priceAt(contract, absolute(amount), value, 5))
}
