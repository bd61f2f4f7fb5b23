import { decimal } from "./decimal.js"
import type { Rules } from "./futures/account.js"
import { futuresWays } from "./futures/ways.js"
import { coinContracts, optionContracts, usdContracts } from "./instruments.js"
import { optionsWays } from "./options/change.js"

const rules = (contracts: Rules["contracts"], maker: string, ways: Rules["ways"]): Rules => ({
  contracts,
  ways,
  maker: decimal(maker),
  taker: decimal("0.0005"),
  maintenance: decimal("0.004"),
  defaultLeverage: 20
})

export const usdRules = rules(usdContracts, "0.0002", futuresWays(true))
/** Portfolio margin tells of trades once. */
export const portfolioRules: Rules = { ...usdRules, ways: futuresWays(false) }
export const coinRules = rules(coinContracts, "0.0001", futuresWays(false))
export const optionsRules: Rules = { ...rules(optionContracts, "0", optionsWays), unknownSymbol: -1128 }
export const spotFees = { maker: decimal("0.001"), taker: decimal("0.001") }

/** The number that Binance has for the user. */
export const uid = 354_937_868
