import { add, type Decimal, decimal, divide, isZero, multiply, subtract, sum, zero } from "../decimal.js"
import { type Fees, type Order, SpotAccount, type Trade } from "../spot/account.js"
import type { Venue } from "../venue.js"

/** What is owed of an asset. */
export interface Debt {
  principal: Decimal
  interest: Decimal
}

/** Something borrowed, or paid back. */
export interface Loan {
  readonly id: bigint
  readonly kind: "BORROW" | "REPAY"
  readonly type: "AUTO" | "MANUAL"
  readonly asset: string
  readonly principal: Decimal
  readonly interest: Decimal
  readonly time: number
}

export interface Interest {
  readonly id: bigint
  /** `PORTFOLIO` where a negative balance of portfolio margin costs it. */
  readonly type: "PERIODIC" | "ON_BORROW" | "PORTFOLIO"
  readonly asset: string
  /** What it was charged on. */
  readonly principal: Decimal
  readonly amount: Decimal
  readonly time: number
}

/** A change of a balance, and why. */
export interface Flow {
  readonly id: bigint
  readonly tranId: bigint
  readonly type: string
  readonly asset: string
  readonly symbol: string
  readonly amount: Decimal
  readonly time: number
}

export interface Transfer {
  readonly id: bigint
  readonly asset: string
  readonly amount: Decimal
  readonly isIn: boolean
  readonly time: number
}

/** What somebody outside the account is told: the risk stream, or that of portfolio margin. */
export interface Tell {
  readonly liability: (
    account: MarginAccount,
    change: { readonly type: "BORROW" | "REPAY" | "INTEREST"; readonly asset: string; readonly id: bigint },
    time: number
  ) => void
  /** The account has come to another level of risk. */
  readonly level: (account: MarginAccount, time: number) => void
}

/** The margin levels below which the account is warned, called and liquidated. */
export const bars = { normal: decimal("1.5"), marginCall: decimal("1.3"), forceLiquidation: decimal("1.1") }

/** The level of an account that owes nothing. */
const debtless = decimal("999")

/**
 * A margin account, cross or isolated: a spot account that can owe.
 */
export class MarginAccount extends SpotAccount {
  readonly debts = new Map<string, Debt>()
  readonly loans: Array<Loan> = []
  readonly interests: Array<Interest> = []
  readonly flows: Array<Flow> = []
  readonly transfers: Array<Transfer> = []
  readonly liquidations = new Set<Order>()
  /** Orders that pay debts back with what they bring. */
  readonly repaying = new Set<Order>()
  /** What assets count for, beside their price: a test moves the level by it. */
  collateralRate: Decimal = decimal("1")
  /** Of which everybody knows. */
  risk = 0

  constructor(
    venue: Venue,
    fees: Fees,
    uid: number,
    /** The symbol of an isolated account. */
    readonly isolated: string | undefined,
    readonly tell: Tell,
    private readonly afterTrade: (account: MarginAccount, trade: Trade) => void
  ) {
    super(venue, fees, uid)
  }

  override onTrade(trade: Trade) {
    this.afterTrade(this, trade)
  }

  debt(asset: string): Debt {
    let debt = this.debts.get(asset)
    if (debt === undefined) {
      debt = { principal: zero, interest: zero }
      this.debts.set(asset, debt)
    }
    return debt
  }

  owed(asset: string): Decimal {
    const { interest, principal } = this.debt(asset)
    return add(principal, interest)
  }

  /** In USDT, at the price of the market. */
  worth(asset: string, amount: Decimal): Decimal {
    const { prices } = this.venue
    if (asset === "USDT") {
      return amount
    }
    return prices.has(`${asset}USDT`) ? multiply(amount, prices.price(`${asset}USDT`)) : zero
  }

  /** In USDT. */
  totals() {
    const assets = multiply(
      sum(Array.from(this.balances, ([asset, { free, locked }]) => this.worth(asset, add(free, locked)))),
      this.collateralRate
    )
    const liabilities = this.liabilities()
    return { assets, liabilities, net: subtract(assets, liabilities) }
  }

  level(): Decimal {
    return isZero(this.liabilities()) ? debtless : divide(this.totals().assets, this.liabilities(), 8)
  }

  private liabilities(): Decimal {
    return sum(Array.from(this.debts.keys(), (asset) => this.worth(asset, this.owed(asset))))
  }
}
