import type { CoinFuturesEvent } from "../../CoinFuturesEvent.js"
import type { UsdFuturesEvent } from "../../UsdFuturesEvent.js"
import type { Fact } from "./fact.js"

/** What an event of a USD-M or COIN-M account says. */
export const futuresFacts = (_event: UsdFuturesEvent | CoinFuturesEvent): ReadonlyArray<Fact> => []
