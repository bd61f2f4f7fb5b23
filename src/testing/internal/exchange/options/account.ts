import {
  absolute,
  add,
  type Decimal,
  decimal,
  greatest,
  isNegative,
  multiply,
  subtract,
  sum,
  truncate,
  zero
} from "../decimal.js"
import { FuturesAccount, type Rules, valueOf } from "../futures/account.js"
import type { Order, Position, Trade } from "../futures/model.js"
import type { Contract } from "../instruments.js"
import type { Venue } from "../venue.js"

/** An option that its expiry gave a value. */
export interface Exercise {
  readonly id: bigint
  readonly contract: Contract
  readonly price: Decimal
  /** Below zero of a short position. */
  readonly quantity: Decimal
  readonly amount: Decimal
  readonly fee: Decimal
  readonly time: number
}

/** A trade that was agreed with somebody outside the order book. */
export interface BlockTrade {
  readonly id: bigint
  readonly trade: Trade
}

/** The parts of the underlying's price that a short option needs. */
const initialPart = decimal("0.15")
const maintenancePart = decimal("0.075")

/**
 * An options account: premiums are paid and received at once, and only what is short needs a margin.
 */
export class OptionsAccount extends FuturesAccount {
  readonly exercises: Array<Exercise> = []
  readonly blockTrades: Array<BlockTrade> = []

  constructor(
    venue: Venue,
    rules: Rules,
    /** The price of what an option is on. */
    readonly index: (contract: Contract) => Decimal,
    /** After it was told that a position is open. */
    readonly onPosition: () => void
  ) {
    super(venue, rules, "")
  }

  /** What a quantity of an option needs if it is short. */
  marginOf(contract: Contract, quantity: Decimal, part = initialPart): Decimal {
    return truncate(multiply(multiply(this.index(contract), quantity), part), 8)
  }

  override initialMargin({ amount, contract }: Position): Decimal {
    return isNegative(amount) ? this.marginOf(contract, absolute(amount)) : zero
  }

  override maintenanceMargin({ amount, contract }: Position): Decimal {
    return isNegative(amount) ? this.marginOf(contract, absolute(amount), maintenancePart) : zero
  }

  override orderMargin({ contract, filled, isReduceOnly, price, quantity, side }: Order): Decimal {
    const left = subtract(quantity, filled)
    if (isReduceOnly) {
      return zero
    }
    return side === "BUY" ? valueOf(contract, left, price) : this.marginOf(contract, left)
  }

  /** What positions are worth together: below zero if more is short than long. */
  marketValue(asset: string): Decimal {
    return sum(this.positionsOf(asset).map((position) => this.signedValue(position)))
  }

  signedValue(position: Position): Decimal {
    const value = this.value(position)
    return isNegative(position.amount) ? subtract(zero, value) : value
  }

  override margins(asset: string) {
    const sums = super.margins(asset)
    const shorts = this.positionsOf(asset).filter(({ amount }) => isNegative(amount))
    const owed = sum(shorts.map((position) => this.value(position)))
    const kept = add(owed, add(sums.position, sums.openOrder))
    return { ...sums, available: greatest(zero, subtract(sums.wallet, kept)) }
  }
}
