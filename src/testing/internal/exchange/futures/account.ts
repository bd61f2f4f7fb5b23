import {
  absolute,
  add,
  type Decimal,
  decimal,
  divide,
  greatest,
  isNegative,
  isZero,
  multiply,
  negate,
  round,
  subtract,
  sum,
  truncate,
  zero
} from "../decimal.js"
import type { Contract } from "../instruments.js"
import type { Event, Venue } from "../venue.js"
import type {
  AccountChange,
  AlgoOrder,
  Amendment,
  Draft,
  Execution,
  Income,
  MarginChange,
  Order,
  Position,
  PositionSide,
  Trade
} from "./model.js"

/**
 * What orders of futures and of options do not have in common.
 */
export interface Ways {
  readonly orderUpdate: (account: FuturesAccount, order: Order, execution: Execution, time: number) => Event
  readonly hasTradeLite: boolean
  /** Tells that a wallet or positions changed. */
  readonly tellAccount: (account: FuturesAccount, change: AccountChange, time: number) => void
  readonly commission: (
    account: FuturesAccount,
    contract: Contract,
    trade: { readonly quantity: Decimal; readonly value: Decimal; readonly isMaker: boolean }
  ) => Decimal
  /** Books what a trade costs and brings. */
  readonly book: (account: FuturesAccount, trade: Trade) => void
  /** Refuses an order that the account cannot pay. */
  readonly checkFunds: (account: FuturesAccount, draft: Draft) => void
}

export interface Rules {
  readonly contracts: ReadonlyMap<string, Contract>
  readonly maker: Decimal
  readonly taker: Decimal
  /** The part of a position's value that has to stay. */
  readonly maintenance: Decimal
  readonly defaultLeverage: number
  readonly ways: Ways
  /** The code of a symbol that is not there. Default: -1121. */
  readonly unknownSymbol?: number | undefined
}

export interface Wallet {
  balance: Decimal
  updatedAt: number
}

export interface SymbolConfig {
  leverage: number
  isIsolated: boolean
}

const cut = (value: Decimal) => truncate(value, 8)

/** In the margin asset, as averages of prices need it. */
export const exactValueOf = (contract: Contract, quantity: Decimal, price: Decimal): Decimal =>
  contract.contractSize === undefined
    ? multiply(quantity, price)
    : divide(multiply(quantity, contract.contractSize), price, 20)

/** In the margin asset, as it is booked. */
export const valueOf = (contract: Contract, quantity: Decimal, price: Decimal): Decimal =>
  cut(exactValueOf(contract, quantity, price))

/** The price at which a quantity has a value. */
export const priceAt = ({ contractSize }: Contract, quantity: Decimal, value: Decimal, digits: number): Decimal =>
  round(
    contractSize === undefined
      ? divide(value, quantity, digits + 5)
      : divide(multiply(quantity, contractSize), value, digits + 5),
    digits
  )

/** What a position has won if it is left at a value. */
export const profitAt = (contract: Contract, amount: Decimal, entry: Decimal, exit: Decimal): Decimal => {
  const difference = subtract(exit, entry)
  const isInverse = contract.contractSize !== undefined
  return isNegative(amount) === isInverse ? difference : negate(difference)
}

/**
 * A futures account: wallets, positions, orders and what they left behind.
 */
export class FuturesAccount {
  readonly wallets = new Map<string, Wallet>()
  readonly positions = new Map<string, Position>()
  readonly configs = new Map<string, SymbolConfig>()
  /** All of them, oldest first. */
  readonly orders = new Map<bigint, Order>()
  readonly openOrders = new Map<bigint, Order>()
  readonly algoOrders = new Map<bigint, AlgoOrder>()
  readonly openAlgoOrders = new Map<bigint, AlgoOrder>()
  readonly trades: Array<Trade> = []
  readonly income: Array<Income> = []
  readonly amendments: Array<Amendment> = []
  readonly marginChanges: Array<MarginChange> = []
  isHedge = false
  isMultiAssets = false

  constructor(
    readonly venue: Venue,
    readonly rules: Rules,
    /** What COIN-M calls the account in its events. */
    readonly alias: string
  ) {}

  wallet(asset: string): Wallet {
    let wallet = this.wallets.get(asset)
    if (wallet === undefined) {
      wallet = { balance: zero, updatedAt: 0 }
      this.wallets.set(asset, wallet)
    }
    return wallet
  }

  config(symbol: string): SymbolConfig {
    let config = this.configs.get(symbol)
    if (config === undefined) {
      config = { leverage: this.rules.defaultLeverage, isIsolated: false }
      this.configs.set(symbol, config)
    }
    return config
  }

  position(contract: Contract, side: PositionSide): Position {
    const key = `${contract.symbol} ${side}`
    let position = this.positions.get(key)
    if (position === undefined) {
      position = {
        contract,
        side,
        amount: zero,
        cost: zero,
        exactCost: zero,
        realized: zero,
        fees: zero,
        isolatedWallet: zero,
        updatedAt: 0
      }
      this.positions.set(key, position)
    }
    return position
  }

  /** Books a change of a wallet, and keeps why. */
  book(asset: string, change: Decimal, income: Omit<Income, "asset" | "amount" | "time">) {
    const wallet = this.wallet(asset)
    wallet.balance = add(wallet.balance, change)
    wallet.updatedAt = this.venue.now()
    this.income.push({ ...income, asset, amount: change, time: wallet.updatedAt })
  }

  positionsOf(asset: string): ReadonlyArray<Position> {
    return Array.from(this.positions.values()).filter(
      ({ amount, contract }) => contract.marginAsset === asset && !isZero(amount)
    )
  }

  value(position: Position): Decimal {
    const { amount, contract } = position
    return isZero(amount) ? zero : valueOf(contract, absolute(amount), this.venue.prices.mark(contract.symbol))
  }

  unrealized(position: Position): Decimal {
    const { amount, contract, cost } = position
    return isZero(amount) ? zero : profitAt(contract, amount, cost, this.value(position))
  }

  initialMargin(position: Position): Decimal {
    const { leverage } = this.config(position.contract.symbol)
    return divide(this.value(position), decimal(String(leverage)), 8)
  }

  maintenanceMargin(position: Position): Decimal {
    return cut(multiply(this.value(position), this.rules.maintenance))
  }

  /** What an order reserves for its open part. */
  orderMargin(order: Order): Decimal {
    if (order.isReduceOnly) {
      return zero
    }
    const { contract } = order
    const price = isZero(order.price) ? this.venue.prices.price(contract.symbol) : order.price
    const value = valueOf(contract, subtract(order.quantity, order.filled), price)
    return divide(value, decimal(String(this.config(contract.symbol).leverage)), 8)
  }

  crossWallet(asset: string): Decimal {
    const isolated = Array.from(this.positions.values(), (position) =>
      position.contract.marginAsset === asset ? position.isolatedWallet : zero
    )
    return isolated.reduce(subtract, this.wallet(asset).balance)
  }

  /** The sums of an asset, in itself. */
  margins(asset: string) {
    const positions = this.positionsOf(asset)
    const cross = positions.filter(({ contract }) => !this.config(contract.symbol).isIsolated)
    const orders = Array.from(this.openOrders.values()).filter(({ contract }) => contract.marginAsset === asset)
    const crossWallet = this.crossWallet(asset)
    const crossUnrealized = sum(cross.map((position) => this.unrealized(position)))
    const openOrder = sum(orders.map((order) => this.orderMargin(order)))
    const reserved = add(sum(cross.map((position) => this.initialMargin(position))), openOrder)
    return {
      wallet: this.wallet(asset).balance,
      crossWallet,
      crossUnrealized,
      unrealized: sum(positions.map((position) => this.unrealized(position))),
      position: sum(positions.map((position) => this.initialMargin(position))),
      openOrder,
      maintenance: sum(positions.map((position) => this.maintenanceMargin(position))),
      available: greatest(zero, subtract(add(crossWallet, crossUnrealized), reserved))
    }
  }

  entryPrice(position: Position): Decimal {
    const { amount, contract, exactCost } = position
    return isZero(amount) || isZero(exactCost) ? zero : priceAt(contract, absolute(amount), exactCost, 8)
  }
}
