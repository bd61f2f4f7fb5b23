import type { Product } from "../../../Environment.js"
import { refuse } from "../refusal.js"
import type { Whose } from "../subscribers.js"
import { FuturesAccount } from "./futures/account.js"
import { Ids } from "./ids.js"
import { type Contract, coinContracts, optionContracts, spotInstruments, usdContracts } from "./instruments.js"
import { MarginAccount } from "./margin/account.js"
import { afterTrade } from "./margin/change.js"
import { nobody, riskStream } from "./margin/events.js"
import { OptionsAccount } from "./options/account.js"
import { tellState } from "./options/events.js"
import { PortfolioAccount } from "./portfolio/account.js"
import { makePortfolio } from "./portfolio/parts.js"
import { Prices } from "./prices.js"
import { Pulse } from "./pulse.js"
import { coinRules, optionsRules, spotFees, uid, usdRules } from "./rules.js"
import { SpotAccount } from "./spot/account.js"
import { Triggers } from "./triggers.js"
import type { Event, Venue } from "./venue.js"
import { Wallet } from "./wallet.js"

/** The products that trade on markets of their own. */
export type Kept = Extract<Product, "Spot" | "UsdFutures" | "CoinFutures" | "EuropeanOptions">

/** What the exchange needs of the world. */
export interface Surroundings {
  /** What the server's clock shows, in epoch ms. */
  readonly now: () => number
  /** Pushes an event to everybody who listens; it is made only if somebody does. */
  readonly push: (whose: Whose, event: () => Event | undefined) => void
  readonly at: (time: number, action: () => void) => void
  /** Whether anybody listens. */
  readonly isHeard: (whose: Whose) => boolean
  /** Whether accounts are told of by the clock, where nothing happens to them. */
  readonly pushesByClock: boolean
  /** A random text. */
  readonly text: (length: number) => string
  /** The first id of each kind. */
  readonly firstId: bigint
}

const made = <A>(accounts: Map<string, A>, name: string, make: () => A): A => {
  const known = accounts.get(name)
  if (known !== undefined) {
    return known
  }
  const fresh = make()
  accounts.set(name, fresh)
  return fresh
}

const idsFrom = (firstId: bigint): { readonly [P in Kept]: Ids } => ({
  Spot: new Ids(firstId),
  UsdFutures: new Ids(firstId),
  CoinFutures: new Ids(firstId),
  EuropeanOptions: new Ids(firstId)
})

/** Isolated accounts are those of symbols. */
const mustTrade = (prices: Prices, symbol: string | undefined) => {
  if (symbol !== undefined && !prices.has(symbol)) {
    refuse(400, -1121, "Invalid symbol.")
  }
}

/**
 * The accounts of all products, and the prices that they trade at.
 */
export class Exchange {
  readonly prices: { readonly [P in Kept]: Prices } = {
    Spot: new Prices(spotInstruments),
    UsdFutures: new Prices(usdContracts),
    CoinFutures: new Prices(coinContracts),
    EuropeanOptions: new Prices(optionContracts)
  }
  readonly triggers = new Triggers()
  private readonly ids: { readonly [P in Kept]: Ids }
  private readonly spots = new Map<string, SpotAccount>()
  private readonly wallets = new Map<string, Wallet>()
  private readonly margins = new Map<string, MarginAccount>()
  private readonly isolated = new Map<string, Map<string, MarginAccount>>()
  private readonly portfolios = new Map<string, PortfolioAccount>()
  /** Of the Pro kind of portfolio margin. */
  private readonly pros = new Map<string, PortfolioAccount>()
  private readonly pulses = new Map<string, Pulse | undefined>()
  private readonly futures = {
    UsdFutures: new Map<string, FuturesAccount>(),
    CoinFutures: new Map<string, FuturesAccount>(),
    EuropeanOptions: new Map<string, OptionsAccount>()
  }

  constructor(private readonly surroundings: Surroundings) {
    this.ids = idsFrom(surroundings.firstId)
  }

  spot(account: string): SpotAccount {
    return made(this.spots, account, () => new SpotAccount(this.venue("Spot", account), spotFees, uid))
  }

  wallet(account: string): Wallet {
    return made(this.wallets, account, () => new Wallet(this.spot(account)))
  }

  /** Cross margin, or the isolated account of a symbol. */
  margin(account: string, symbol?: string): MarginAccount {
    mustTrade(this.prices.Spot, symbol)
    const fresh = () => {
      const risk = { product: "MarginRisk", account, symbol: undefined } as const
      const tell = symbol === undefined ? riskStream((event) => this.surroundings.push(risk, event)) : nobody
      return new MarginAccount(this.venue("Margin", account, symbol), spotFees, uid, symbol, tell, afterTrade)
    }
    return symbol === undefined
      ? made(this.margins, account, fresh)
      : made(
          made(this.isolated, account, () => new Map()),
          symbol,
          fresh
        )
  }

  isolatedOf(account: string): ReadonlyMap<string, MarginAccount> {
    return this.isolated.get(account) ?? new Map()
  }

  usdFutures(account: string): FuturesAccount {
    const fresh = () => new FuturesAccount(this.venue("UsdFutures", account), usdRules, "SgsR")
    return made(this.futures.UsdFutures, account, fresh)
  }

  coinFutures(account: string): FuturesAccount {
    const fresh = () => new FuturesAccount(this.venue("CoinFutures", account), coinRules, "SgsR")
    return made(this.futures.CoinFutures, account, fresh)
  }

  options(account: string): OptionsAccount {
    const index = ({ pair }: Contract) => this.prices.UsdFutures.mark(pair)
    return made(this.futures.EuropeanOptions, account, () => {
      const venue = this.venue("EuropeanOptions", account)
      const fresh: OptionsAccount = new OptionsAccount(venue, optionsRules, index, () => pulse?.start())
      const pulse = this.pulse(10_000, () => tellState(fresh))
      return fresh
    })
  }

  /** Portfolio margin has accounts of its own. */
  portfolio(account: string): PortfolioAccount {
    return made(this.portfolios, account, () =>
      makePortfolio(
        (product) => this.venue(product, account),
        (event) => this.surroundings.push({ product: "PortfolioMargin", account, symbol: undefined }, event)
      )
    )
  }

  /** The Pro kind looks at the accounts of the other products. */
  pro(account: string): PortfolioAccount {
    return made(this.pros, account, () => {
      const whose = { product: "PortfolioMarginPro", account, symbol: undefined } as const
      const parts = {
        UM: this.usdFutures(account),
        CM: this.coinFutures(account),
        MARGIN: this.margin(account),
        options: this.options(account)
      }
      return new PortfolioAccount(parts, (event) => this.surroundings.push(whose, event))
    })
  }

  /** Somebody listens to an account's product from now on. */
  heard(whose: Whose) {
    if (whose.product === "PortfolioMarginPro") {
      const tell = () => {
        const isHeard = this.surroundings.isHeard(whose)
        if (isHeard) {
          this.pro(whose.account).tellState()
        }
        return isHeard
      }
      made(this.pulses, whose.account, () => this.pulse(5000, tell))?.start()
    }
  }

  spotAccounts(): ReadonlyArray<SpotAccount> {
    const isolated = Array.from(this.isolated.values(), (accounts) => Array.from(accounts.values())).flat()
    const ofPortfolios = Array.from(this.portfolios.values(), ({ parts }) => parts.MARGIN)
    return [...this.spots.values(), ...this.margins.values(), ...isolated, ...ofPortfolios]
  }

  futuresAccounts(product: Exclude<Kept, "Spot">): ReadonlyArray<FuturesAccount> {
    const ofPortfolios =
      product === "EuropeanOptions"
        ? []
        : Array.from(this.portfolios.values(), ({ parts }) => parts[product === "UsdFutures" ? "UM" : "CM"])
    return [...this.futures[product].values(), ...ofPortfolios]
  }

  portfolioAccounts(): ReadonlyArray<PortfolioAccount> {
    return [...this.portfolios.values(), ...this.pros.values()]
  }

  private pulse(period: number, beat: () => boolean): Pulse | undefined {
    return this.surroundings.pushesByClock ? new Pulse(this.surroundings, period, beat) : undefined
  }

  private venue(product: Product, account: string, symbol?: string): Venue {
    const { at, now, push, text } = this.surroundings
    const market = product in this.ids ? (product as Kept) : "Spot"
    const whose = { product, account, symbol }
    return {
      product,
      account,
      ids: this.ids[market],
      prices: this.prices[market],
      now,
      at,
      push: (event) => push(whose, event),
      algoUpdateDelay: () => this.triggers.updateDelay,
      afterTrigger: (action) => this.triggers.run(action),
      clientId: () => text(22)
    }
  }
}
