import { spotInstruments } from "../exchange/instruments.js"
import { amount, mandatory } from "../exchange/parameters.js"
import { instrumentOf } from "../exchange/spot/place.js"
import { type Account, transfer as move } from "../exchange/transfer.js"
import { missing, refuse } from "../refusal.js"
import type { Calls, Context } from "./call.js"

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
  const [from = "", to = ""] = mandatory(context.parameters, "type")
    .replace(/(ISOLATED|PORTFOLIO)_/, "$1")
    .split("_")
  const source = wallets[from]?.(context, "fromSymbol")
  const target = wallets[to]?.(context, "toSymbol")
  if (source === undefined || target === undefined || from === to) {
    return refuse(400, -1130, "Data sent for parameter 'type' is not valid.")
  }
  const size = amount(context.parameters, "amount") ?? missing("amount")
  move(source, target, mandatory(context.parameters, "asset"), size)
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
