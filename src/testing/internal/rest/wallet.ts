import { type Decimal, negate } from "../exchange/decimal.js"
import * as FuturesChange from "../exchange/futures/change.js"
import { spotInstruments } from "../exchange/instruments.js"
import { amount, mandatory } from "../exchange/parameters.js"
import { changeBalance } from "../exchange/spot/change.js"
import { missing, refuse } from "../refusal.js"
import type { Calls, Context } from "./call.js"

const wallets: { readonly [name: string]: (context: Context, asset: string, change: Decimal) => void } = {
  MAIN: ({ key, world }, asset, change) => changeBalance(world.exchange.spot(key.account), asset, change),
  UMFUTURE: ({ key, world }, asset, change) =>
    FuturesChange.changeWallet(world.exchange.usdFutures(key.account), asset, change),
  CMFUTURE: ({ key, world }, asset, change) =>
    FuturesChange.changeWallet(world.exchange.coinFutures(key.account), asset, change)
}

const transfer = (context: Context) => {
  const [from = "", to = ""] = mandatory(context.parameters, "type").split("_")
  const source = wallets[from]
  const target = wallets[to]
  if (source === undefined || target === undefined || from === to) {
    return refuse(400, -1130, "Data sent for parameter 'type' is not valid.")
  }
  const asset = mandatory(context.parameters, "asset")
  const size = amount(context.parameters, "amount") ?? missing("amount")
  source(context, asset, negate(size))
  target(context, asset, size)
  return { tranId: context.world.exchange.transferId() }
}

const none = { pool: "sapi", weight: 1, security: "signed", answer: () => [] } as const

/**
 * The wallet that is above all products, as far as clients cannot do without it.
 */
export const walletCalls: Calls = {
  "POST /sapi/v1/asset/transfer": { pool: "sapi", weight: 900, security: "signed", answer: transfer },
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
