import { spotInstruments } from "../exchange/instruments.js"
import { amount, mandatory } from "../exchange/parameters.js"
import { instrumentOf } from "../exchange/spot/place.js"
import type { Account } from "../exchange/transfer.js"
import { missing, refuse } from "../refusal.js"
import type { Pool } from "../weights.js"
import type { Call, Calls, Context } from "./call.js"
import { apiRestrictions, conversions, deposits, dividends, transfers, withdrawals } from "./walletHistory.js"

/** The accounts that transfers name; of isolated margin the symbol is another parameter. */
const wallets: { readonly [name: string]: (context: Context, symbolName: string) => Account } = {
  MAIN: ({ key, world }) => world.exchange.spot(key.account),
  MARGIN: ({ key, world }) => world.exchange.margin(key.account),
  ISOLATEDMARGIN: ({ key, parameters, world }, symbolName) =>
    world.exchange.margin(key.account, instrumentOf(new Map([["symbol", mandatory(parameters, symbolName)]])).symbol),
  UMFUTURE: ({ key, world }) => world.exchange.usdFutures(key.account),
  CMFUTURE: ({ key, world }) => world.exchange.coinFutures(key.account),
  PORTFOLIOMARGIN: ({ key, world }) => world.exchange.portfolio(key.account).parts.MARGIN,
  OPTION: ({ key, world }) => world.exchange.options(key.account)
}

const transfer = (context: Context) => {
  const { key, parameters, world } = context
  const type = mandatory(parameters, "type")
  const [from = "", to = ""] = type.replace(/(ISOLATED|PORTFOLIO)_/g, "$1").split("_")
  const source = wallets[from]?.(context, "fromSymbol")
  const target = wallets[to]?.(context, "toSymbol")
  if (source === undefined || target === undefined || from === to) {
    return refuse(400, -1130, "Data sent for parameter 'type' is not valid.")
  }
  const size = amount(parameters, "amount") ?? missing("amount")
  return { tranId: world.exchange.wallet(key.account).move(type, source, target, mandatory(parameters, "asset"), size) }
}

const call = (weight: number, answer: Call["answer"], pool: Pool = "sapi"): Call => ({
  pool,
  weight,
  security: "signed",
  answer
})

const none = call(1, () => [])

/**
 * The wallet that is above all products, as far as clients cannot do without it.
 */
export const walletCalls: Calls = {
  "POST /sapi/v1/asset/transfer": call(900, transfer, "sapiUid"),
  "GET /sapi/v1/account/apiRestrictions": call(1, apiRestrictions),
  "GET /sapi/v1/capital/deposit/hisrec": call(1, deposits),
  "GET /sapi/v1/capital/withdraw/history": call(18_000, withdrawals, "sapiUid"),
  "GET /sapi/v1/asset/transfer": call(1, transfers),
  "GET /sapi/v1/asset/assetDividend": call(10, dividends),
  "GET /sapi/v1/asset/dribblet": call(1, conversions),
  "GET /sapi/v1/capital/config/getall": none,
  "GET /sapi/v1/margin/allPairs": { ...none, security: "key" },
  "GET /sapi/v1/margin/isolated/allPairs": none,
  "GET /sapi/v1/asset/tradeFee": {
    ...none,
    answer: ({ parameters }) =>
      Array.from(spotInstruments.keys())
        .filter((symbol) => (parameters.get("symbol") ?? symbol) === symbol)
        .map((symbol) => ({ symbol, makerCommission: "0.001", takerCommission: "0.001" }))
  }
}
