import type { Calls } from "./call.js"
import { futuresCalls } from "./futures.js"
import { generalCalls } from "./general.js"
import { listenKeyCalls } from "./listenKeys.js"
import { marginCalls } from "./margin.js"
import { marketCalls } from "./market.js"
import { optionsCalls } from "./options.js"
import { portfolioCalls } from "./portfolio.js"
import { spotCalls } from "./spot.js"
import { walletCalls } from "./wallet.js"

/**
 * All calls over HTTP.
 */
export const calls: Calls = {
  ...generalCalls,
  ...marketCalls,
  ...listenKeyCalls,
  ...spotCalls,
  ...marginCalls,
  ...optionsCalls,
  ...portfolioCalls,
  ...walletCalls,
  ...futuresCalls
}
