import { type Decimal, isPositive, least, subtract } from "./decimal.js"

interface Quote {
  readonly price: Decimal
  /** How much is still to be had at the price; no end if undefined. */
  liquidity: Decimal | undefined
  /** For profits, margins and funding; the price if undefined. */
  readonly mark: Decimal | undefined
}

/**
 * What the market of one product offers.
 */
export class Prices {
  private readonly quotes = new Map<string, Quote>()

  constructor(private readonly initial: ReadonlyMap<string, { readonly price: Decimal }>) {}

  has(symbol: string): boolean {
    return this.initial.has(symbol)
  }

  get symbols(): ReadonlyArray<string> {
    return Array.from(this.initial.keys())
  }

  set(symbol: string, quote: Quote) {
    this.quotes.set(symbol, quote)
  }

  price(symbol: string): Decimal {
    return this.quotes.get(symbol)?.price ?? this.initial.get(symbol)!.price
  }

  mark(symbol: string): Decimal {
    return this.quotes.get(symbol)?.mark ?? this.price(symbol)
  }

  /** How much of a quantity is to be had. */
  available(symbol: string, quantity: Decimal): Decimal {
    const liquidity = this.quotes.get(symbol)?.liquidity
    return liquidity === undefined ? quantity : least(liquidity, quantity)
  }

  take(symbol: string, quantity: Decimal) {
    const quote = this.quotes.get(symbol)
    if (quote?.liquidity !== undefined && isPositive(quantity)) {
      quote.liquidity = subtract(quote.liquidity, quantity)
    }
  }
}
