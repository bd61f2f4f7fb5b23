import { refuse } from "../../refusal.js"
import {
  add,
  type Decimal,
  decimal,
  divide,
  fixed,
  isLess,
  isPositive,
  multiply,
  subtract,
  sum,
  zero
} from "../decimal.js"
import type { FuturesAccount } from "../futures/account.js"
import type { MarginAccount } from "../margin/account.js"
import type { OptionsAccount } from "../options/account.js"
import type { Event } from "../venue.js"

/** The accounts that make it up. */
export interface Parts {
  readonly UM: FuturesAccount
  readonly CM: FuturesAccount
  readonly MARGIN: MarginAccount
  /** Of the Pro kind only. */
  readonly options?: OptionsAccount | undefined
}

/** A negative balance that was paid off with what the margin part has. */
export interface Exchanged {
  readonly asset: string
  readonly amount: Decimal
  readonly time: number
}

export interface LoanRepayment {
  readonly amount: Decimal
  readonly time: number
}

/** The maintenance margin of what is owed. */
const debtPart = decimal("0.1")

/** What the ratio is where no margin is needed. */
const unbounded = decimal("99999999")

const bars = [
  ["MARGIN_CALL", decimal("1.5")],
  ["REDUCE_ONLY", decimal("1.2")],
  ["FORCE_LIQUIDATION", decimal("1.05")]
] as const

const amount = (value: Decimal) => fixed(value, 8)

/**
 * Portfolio margin, or its Pro kind: one margin over several accounts.
 */
export class PortfolioAccount {
  /** What equity counts for: a test moves the ratio by it. */
  private equityRate: Decimal = decimal("1")
  private told = "NORMAL"
  readonly exchanges: Array<Exchanged> = []
  /** In USDC, what the exchange has paid for an account that could not. Of the Pro kind only. */
  bankruptcyLoan: Decimal = zero
  readonly loanRepayments: Array<LoanRepayment> = []

  constructor(
    readonly parts: Parts,
    private readonly push: (event: () => Event) => void
  ) {}

  get now(): number {
    return this.parts.UM.venue.now()
  }

  /** In USD. */
  private worth(asset: string, value: Decimal): Decimal {
    return this.parts.MARGIN.worth(asset, value)
  }

  /** In USD. */
  totals() {
    const { CM, MARGIN, UM, options } = this.parts
    const accounts = [UM, CM].flatMap((account) =>
      Array.from(account.wallets.keys(), (asset) => ({ asset, margins: account.margins(asset) }))
    )
    const of = (value: (margins: ReturnType<FuturesAccount["margins"]>) => Decimal) =>
      sum(accounts.map(({ asset, margins }) => this.worth(asset, value(margins))))
    const option = options?.margins("USDT")
    const optionEquity = options === undefined ? zero : add(option!.wallet, options.marketValue("USDT"))
    const { liabilities, net } = MARGIN.totals()
    const futures = of(({ unrealized, wallet }) => add(wallet, unrealized))
    const actual = sum([futures, net, optionEquity])
    const equity = multiply(actual, this.equityRate)
    const initial = sum([of(({ openOrder, position }) => add(openOrder, position)), option?.position ?? zero])
    const maintenance = sum([
      of((margins) => margins.maintenance),
      option?.maintenance ?? zero,
      multiply(liabilities, debtPart)
    ])
    return { actual, equity, initial, maintenance, available: subtract(equity, add(initial, liabilities)) }
  }

  /** Equity for one of maintenance margin. */
  ratio(): Decimal {
    const { equity, maintenance } = this.totals()
    return isPositive(maintenance) ? divide(equity, maintenance, 8) : unbounded
  }

  status(): string {
    return bars.findLast(([, bar]) => isLess(this.ratio(), bar))?.[0] ?? "NORMAL"
  }

  /** Moves the ratio, as if the equity counted for more or less. */
  setRatio(ratio: Decimal) {
    const { actual, maintenance } = this.totals()
    if (!isPositive(maintenance) || !isPositive(actual)) {
      refuse(400, -3010, "An account that needs no margin has no ratio.")
    }
    // Rounded up, so that the ratio is reached.
    const rate = divide(multiply(ratio, maintenance), actual, 16)
    this.equityRate = add(rate, decimal("0.0000000000000001"))
    this.watch()
  }

  /** Tells if the account has come to a worse or better level; that all is well again is not told. */
  watch() {
    const status = this.status()
    if (status !== this.told) {
      this.told = status
      if (status !== "NORMAL") {
        const { actual, equity, maintenance } = this.totals()
        this.push(() => ({
          e: "riskLevelChange",
          E: this.now,
          u: amount(this.ratio()),
          s: status,
          eq: amount(equity),
          ae: amount(actual),
          m: amount(maintenance)
        }))
      }
    }
  }

  /** What Pro accounts are told every 5 seconds. */
  tellState() {
    const { actual, available, equity, initial, maintenance } = this.totals()
    this.push(() => ({
      e: "PM_PRO_ACCOUNT_UPDATE",
      E: this.now,
      u: amount(this.ratio()),
      eq: amount(equity),
      ae: amount(actual),
      im: amount(initial),
      mm: amount(maintenance),
      avb: amount(available),
      vmw: amount(available)
    }))
  }
}
