import { refuse } from "../../refusal.js"
import { add, type Decimal, isLess, isPositive, least, subtract, zero } from "../decimal.js"
import type { SpotInstrument } from "../instruments.js"
import type { Venue } from "../venue.js"

export type Side = "BUY" | "SELL"
export type OrderType =
  | "LIMIT"
  | "MARKET"
  | "LIMIT_MAKER"
  | "STOP_LOSS"
  | "STOP_LOSS_LIMIT"
  | "TAKE_PROFIT"
  | "TAKE_PROFIT_LIMIT"
export type Status = "NEW" | "PENDING_NEW" | "PARTIALLY_FILLED" | "FILLED" | "CANCELED" | "EXPIRED" | "EXPIRED_IN_MATCH"

/** What orders keep from being used otherwise; the legs of a list share one. */
export interface Lock {
  readonly asset: string
  amount: Decimal
  /** How many open orders hold it. */
  holders: number
}

/** How an order's price comes from that of the market. */
export interface Peg {
  readonly type: "PRIMARY_PEG" | "MARKET_PEG"
  /** In price levels. */
  readonly offset: bigint | undefined
}

export interface Order {
  readonly instrument: SpotInstrument
  readonly id: bigint
  readonly side: Side
  readonly type: OrderType
  readonly timeInForce: "GTC" | "IOC" | "FOK"
  readonly price: Decimal
  readonly stopPrice: Decimal
  readonly quoteQuantity: Decimal
  readonly icebergQuantity: Decimal
  readonly selfTradePreventionMode: string
  readonly createdAt: number
  readonly lock: Lock
  readonly list: OrderList | undefined
  /** Basis points that the price has to come back by. */
  readonly trailingDelta: bigint | undefined
  readonly strategyId: bigint | undefined
  readonly strategyType: bigint | undefined
  readonly peg: Peg | undefined
  /** Whether it was filled by smart order routing: by allocations instead of trades. */
  readonly usesSor: boolean
  clientOrderId: string
  quantity: Decimal
  filled: Decimal
  filledQuote: Decimal
  status: Status
  updatedAt: number
  /** Since when it waits for its first order no more; that is from the beginning for most. */
  liveAt: number | undefined
  /** Since when it is, or was, on the book. */
  workingAt: number | undefined
  expiryReason: string | undefined
  /** Its last prevented match, and how much of its quantity all of them took. */
  prevented: { readonly id: bigint; readonly quantity: Decimal } | undefined
  /** Since when a trailing order follows the price, and the best price since. */
  trailing: { readonly since: number; best: Decimal } | undefined
}

export interface OrderList {
  readonly id: bigint
  readonly clientId: string
  readonly symbol: string
  readonly contingencyType: "OCO" | "OTO"
  readonly orders: Array<Order>
  /** Of one whose other orders wait until the first is filled. */
  readonly whenWorked: (() => void) | undefined
  isDone: boolean
  updatedAt: number
}

export interface Trade {
  readonly order: Order
  /** -1 of an allocation. */
  readonly id: bigint
  readonly allocationId: bigint | undefined
  readonly price: Decimal
  readonly quantity: Decimal
  readonly quoteQuantity: Decimal
  readonly commission: Decimal
  readonly commissionAsset: string
  readonly time: number
  readonly isMaker: boolean
}

/** Two orders of the account that would have matched. */
export interface PreventedMatch {
  readonly id: bigint
  readonly taker: Order
  readonly maker: Order
  readonly price: Decimal
  /** What would have been traded. */
  readonly quantity: Decimal
  /** What it took of each; nothing of one that goes on as it was. */
  readonly takerQuantity: Decimal | undefined
  readonly makerQuantity: Decimal | undefined
  readonly time: number
}

export interface Amendment {
  readonly order: Order
  readonly executionId: bigint
  readonly before: { readonly clientOrderId: string; readonly quantity: Decimal }
  readonly after: { readonly clientOrderId: string; readonly quantity: Decimal }
  readonly time: number
}

export interface Balance {
  free: Decimal
  locked: Decimal
}

/** The parts of an order's value that are paid as a fee. */
export interface Fees {
  readonly maker: Decimal
  readonly taker: Decimal
}

/**
 * A spot account: balances, orders and trades.
 */
export class SpotAccount {
  readonly balances = new Map<string, Balance>()
  /** All of them, oldest first. */
  readonly orders = new Map<bigint, Order>()
  readonly openOrders = new Map<bigint, Order>()
  readonly lists: Array<OrderList> = []
  readonly trades: Array<Trade> = []
  readonly amendments: Array<Amendment> = []
  readonly preventedMatches: Array<PreventedMatch> = []
  updatedAt = 0

  constructor(
    readonly venue: Venue,
    readonly fees: Fees,
    readonly uid: number
  ) {}

  /** After a trade was told. */
  onTrade(_: Trade) {}

  balance(asset: string): Balance {
    let balance = this.balances.get(asset)
    if (balance === undefined) {
      balance = { free: zero, locked: zero }
      this.balances.set(asset, balance)
    }
    return balance
  }

  credit(asset: string, amount: Decimal) {
    const balance = this.balance(asset)
    balance.free = add(balance.free, amount)
    this.updatedAt = this.venue.now()
  }

  debit(asset: string, amount: Decimal) {
    const balance = this.balance(asset)
    if (isLess(balance.free, amount)) {
      refuse(400, -2010, "Account has insufficient balance for requested action.")
    }
    balance.free = subtract(balance.free, amount)
    this.updatedAt = this.venue.now()
  }

  lock(asset: string, amount: Decimal, holders: number): Lock {
    const lock = { asset, amount: zero, holders }
    this.extendLock(lock, amount)
    return lock
  }

  extendLock(lock: Lock, amount: Decimal) {
    this.debit(lock.asset, amount)
    const balance = this.balance(lock.asset)
    balance.locked = add(balance.locked, amount)
    lock.amount = add(lock.amount, amount)
  }

  /** Frees what a lock has beyond a need. */
  reduceLock(lock: Lock, need: Decimal) {
    if (isLess(need, lock.amount)) {
      const excess = subtract(lock.amount, need)
      lock.amount = need
      const balance = this.balance(lock.asset)
      balance.locked = subtract(balance.locked, excess)
      balance.free = add(balance.free, excess)
    }
  }

  /** How much an order could spend. */
  spendable(lock: Lock): Decimal {
    return add(lock.amount, this.balance(lock.asset).free)
  }

  /** Takes from a lock, and from the free balance what it does not have. */
  spend(lock: Lock, amount: Decimal) {
    const locked = least(lock.amount, amount)
    const balance = this.balance(lock.asset)
    lock.amount = subtract(lock.amount, locked)
    balance.locked = subtract(balance.locked, locked)
    const rest = subtract(amount, locked)
    if (isPositive(rest)) {
      this.debit(lock.asset, rest)
    }
  }

  /** An order no longer holds its lock. */
  release(lock: Lock) {
    lock.holders--
    if (lock.holders === 0) {
      this.reduceLock(lock, zero)
    }
  }
}
