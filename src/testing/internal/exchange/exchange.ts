import type { Product } from "../../../Environment.js"
import { type Decimal, decimal } from "./decimal.js"
import { FuturesAccount, type Rules } from "./futures/account.js"
import * as Algo from "./futures/algo.js"
import * as FuturesChange from "./futures/change.js"
import * as FuturesExecution from "./futures/execute.js"
import { Ids } from "./ids.js"
import { coinContracts, spotInstruments, usdContracts } from "./instruments.js"
import { Prices } from "./prices.js"
import { SpotAccount } from "./spot/account.js"
import * as SpotExecution from "./spot/execute.js"
import type { Event, Venue } from "./venue.js"

/** The products whose accounts are kept. */
export type Kept = Extract<Product, "Spot" | "UsdFutures" | "CoinFutures">

/** What the exchange needs of the world. */
export interface Surroundings {
  /** What the server's clock shows, in epoch ms. */
  readonly now: () => number
  /** Pushes an event to everybody who listens; it is made only if somebody does. */
  readonly push: (product: Product, account: string, event: () => Event) => void
  readonly at: (time: number, action: () => void) => void
  /** A random text. */
  readonly text: (length: number) => string
  /** The first id of each kind. */
  readonly firstId: bigint
}

const rate = decimal

const rules = (contracts: Rules["contracts"], maker: string): Rules => ({
  contracts,
  maker: rate(maker),
  taker: rate("0.0005"),
  maintenance: rate("0.004"),
  defaultLeverage: 20
})

const usdRules = rules(usdContracts, "0.0002")
const coinRules = rules(coinContracts, "0.0001")
const spotFees = { maker: rate("0.001"), taker: rate("0.001") }

const made = <A>(accounts: Map<string, A>, name: string, make: () => A): A => {
  const known = accounts.get(name)
  if (known !== undefined) {
    return known
  }
  const fresh = make()
  accounts.set(name, fresh)
  return fresh
}

/**
 * The accounts of all products, and the markets that they trade on.
 */
export class Exchange {
  readonly prices: { readonly [P in Kept]: Prices } = {
    Spot: new Prices(spotInstruments),
    UsdFutures: new Prices(usdContracts),
    CoinFutures: new Prices(coinContracts)
  }
  private readonly ids: { readonly [P in Kept]: Ids }
  private readonly spots = new Map<string, SpotAccount>()
  private readonly futures = {
    UsdFutures: new Map<string, FuturesAccount>(),
    CoinFutures: new Map<string, FuturesAccount>()
  }

  constructor(private readonly surroundings: Surroundings) {
    const { firstId } = surroundings
    this.ids = { Spot: new Ids(firstId), UsdFutures: new Ids(firstId), CoinFutures: new Ids(firstId) }
  }

  spot(account: string): SpotAccount {
    return made(this.spots, account, () => new SpotAccount(this.venue("Spot", account), spotFees, 354_937_868))
  }

  usdFutures(account: string): FuturesAccount {
    return made(
      this.futures.UsdFutures,
      account,
      () => new FuturesAccount(this.venue("UsdFutures", account), usdRules, "SgsR")
    )
  }

  coinFutures(account: string): FuturesAccount {
    return made(
      this.futures.CoinFutures,
      account,
      () => new FuturesAccount(this.venue("CoinFutures", account), coinRules, "SgsR")
    )
  }

  transferId(): bigint {
    return this.ids.Spot.next("transfer")
  }

  /** The market moves: stops go off and resting orders fill, in all accounts. */
  setPrice(
    product: Kept,
    symbol: string,
    quote: { readonly price: Decimal; readonly liquidity: Decimal | undefined; readonly mark: Decimal | undefined }
  ) {
    if (!this.prices[product].has(symbol)) {
      throw new Error(`${symbol} is no symbol of ${product} that is simulated`)
    }
    this.prices[product].set(symbol, quote)
    if (product === "Spot") {
      for (const account of this.spots.values()) {
        SpotExecution.onPrice(account, symbol)
      }
      return
    }
    for (const account of this.futures[product].values()) {
      FuturesExecution.onPrice(account, symbol)
      Algo.onPrice(account, symbol)
    }
  }

  /** Who is long pays a positive rate to who is short, in one account or in all. */
  fund(product: Exclude<Kept, "Spot">, name: string | undefined, symbol: string, rate: Decimal) {
    for (const account of this.futures[product].values()) {
      const contract = account.rules.contracts.get(symbol)
      if (contract !== undefined && (name ?? account.venue.account) === account.venue.account) {
        FuturesChange.fund(account, contract, rate)
      }
    }
  }

  private venue(product: Kept, account: string): Venue {
    const { at, now, push, text } = this.surroundings
    return {
      product,
      account,
      ids: this.ids[product],
      prices: this.prices[product],
      now,
      at,
      push: (event) => push(product, account, event),
      clientId: () => text(22)
    }
  }
}
