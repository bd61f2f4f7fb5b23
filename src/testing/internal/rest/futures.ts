import { parse } from "lossless-json"
import { fixed } from "../exchange/decimal.js"
import type { FuturesAccount } from "../exchange/futures/account.js"
import * as Algo from "../exchange/futures/algo.js"
import { algoRow, oneAlgoRow } from "../exchange/futures/algoRows.js"
import * as Change from "../exchange/futures/change.js"
import type { AlgoOrder, Order } from "../exchange/futures/model.js"
import { openOrdersAt, orderAt } from "../exchange/futures/past.js"
import * as Place from "../exchange/futures/place.js"
import * as Rows from "../exchange/futures/rows.js"
import { flag, mandatory, millis } from "../exchange/parameters.js"
import { isOpen } from "../exchange/past.js"
import { Refusal, refuse } from "../refusal.js"
import type { Pool } from "../weights.js"
import type { Calls, Context, Parameters } from "./call.js"
import { coinTerms, futuresHistory, isForgotten, type Maker, type Terms, usdTerms } from "./futuresHistory.js"

const perSymbol = (parameters: Parameters) => (parameters.has("symbol") ? 1 : 40)

const done = (msg: string) => ({ code: 200, msg })

/** All calls by method and path, without the product before it. */
export const futuresAt = (pool: Pool, accountOf: (context: Context) => FuturesAccount, terms: Terms): Calls => {
  const call: Maker = (weight, answer) => ({
    pool,
    weight,
    security: "signed",
    answer: (context) => answer(accountOf(context), context)
  })
  return { ...orders(call), ...algoOrders(call), ...reads(call), ...settings(call), ...futuresHistory(call, terms) }
}

const calls = (prefix: string, accountOf: (context: Context) => FuturesAccount, terms: Terms): Calls =>
  Object.fromEntries(
    Object.entries(futuresAt("futures", accountOf, terms)).map(([name, value]) => [
      name.replace(" ", ` ${prefix}`),
      value
    ])
  )

const found = (account: FuturesAccount, { parameters, readTime, world }: Context): Order => {
  const now = Change.findOrder(account, parameters)
  const order = now === undefined ? undefined : orderAt(account, now, readTime)
  return order === undefined || isForgotten(order, order.filled.value !== 0n, world.serverTime())
    ? refuse(400, -2013, "Order does not exist.")
    : order
}

/** The list in a parameter; its numbers are texts. */
const listOf = (parameters: Parameters, name: string): ReadonlyArray<unknown> => {
  const text = mandatory(parameters, name)
  try {
    const list = parse(text, undefined, String)
    if (Array.isArray(list) && list.length > 0 && list.length <= mostInBatch) {
      return list
    }
  } catch {
    // Told below.
  }
  return refuse(400, -1130, `Data sent for parameter '${name}' is not valid.`)
}

const mostInBatch = 5

/** Each for itself: what is refused says so in its place. */
const each = <A>(list: ReadonlyArray<A>, action: (item: A) => unknown) =>
  list.map((item) => {
    try {
      return action(item)
    } catch (error) {
      if (error instanceof Refusal) {
        return { code: error.code, msg: error.msg }
      }
      throw error
    }
  })

const placeBatch = (account: FuturesAccount, { parameters }: Context) =>
  each(listOf(parameters, "batchOrders"), (order) => {
    const texts = Object.entries(order as object).map(([name, value]) => [name, String(value)] as const)
    return Rows.placedRow(account, Place.place(account, new Map(texts)))
  })

const cancelBatch = (account: FuturesAccount, { parameters }: Context) => {
  const symbol = mandatory(parameters, "symbol")
  const [list, name] = parameters.has("orderIdList")
    ? (["orderIdList", "orderId"] as const)
    : (["origClientOrderIdList", "origClientOrderId"] as const)
  return each(listOf(parameters, list), (id) =>
    Rows.placedRow(
      account,
      Change.cancel(
        account,
        new Map([
          ["symbol", symbol],
          [name, String(id)]
        ])
      )
    )
  )
}

const orders = (call: Maker): Calls => ({
  "POST /v1/batchOrders": call(5, placeBatch),
  "DELETE /v1/batchOrders": call(1, cancelBatch),
  "POST /v1/order": call(1, (account, { parameters }) => Rows.placedRow(account, Place.place(account, parameters))),
  "POST /v1/order/test": call(1, (account, { parameters }) => {
    const type = mandatory(parameters, "type")
    Place.draftOf(account, parameters, type === "MARKET" ? "MARKET" : "LIMIT")
    return {}
  }),
  "PUT /v1/order": call(1, (account, { parameters }) => Rows.placedRow(account, Change.amend(account, parameters))),
  "DELETE /v1/order": call(1, (account, { parameters }) => Rows.placedRow(account, Change.cancel(account, parameters))),
  "DELETE /v1/allOpenOrders": call(1, (account, { parameters }) => {
    Change.cancelAll(account, parameters)
    return done("The operation of cancel all open order is done.")
  }),
  "GET /v1/order": call(1, (account, context) => Rows.orderRow(account, found(account, context))),
  "GET /v1/openOrder": call(1, (account, context) => {
    const order = found(account, context)
    return isOpen(order) ? Rows.orderRow(account, order) : refuse(400, -2013, "Order does not exist.")
  }),
  "GET /v1/openOrders": call(perSymbol, (account, { parameters, readTime }) => {
    const contract = parameters.has("symbol") ? Place.contractOf(account, parameters) : undefined
    const pair = parameters.get("pair")
    return openOrdersAt(account, readTime)
      .filter((order) => contract === undefined || order.contract === contract)
      .filter((order) => pair === undefined || order.contract.pair === pair)
      .map((order) => Rows.orderRow(account, order))
  })
})

const algoAnswer = (algo: AlgoOrder) => ({
  algoId: algo.id,
  clientAlgoId: algo.clientId,
  code: "200",
  msg: "success"
})

const algoOrders = (call: Maker): Calls => ({
  "POST /v1/algoOrder": call(1, (account, { parameters }) => algoRow(Algo.placeAlgo(account, parameters))),
  "DELETE /v1/algoOrder": call(1, (account, { parameters }) => algoAnswer(Algo.cancelAlgo(account, parameters))),
  "DELETE /v1/algoOpenOrders": call(1, (account, { parameters }) => {
    Algo.cancelAllAlgos(account, parameters)
    return done("The operation of cancel all open order is done.")
  }),
  "GET /v1/algoOrder": call(1, (account, { parameters, world }) => {
    const algo = Algo.findAlgo(account, parameters)
    const isFilled = algo?.order !== undefined && algo.order.filled.value !== 0n
    return algo === undefined || isForgotten(algo, isFilled, world.serverTime())
      ? refuse(400, -2013, "Order does not exist.")
      : oneAlgoRow(algo)
  }),
  "GET /v1/openAlgoOrders": call(perSymbol, (account, { parameters }) =>
    Array.from(account.openAlgoOrders.values())
      .filter(({ draft }) => (parameters.get("symbol") ?? draft.contract.symbol) === draft.contract.symbol)
      .map(algoRow)
  )
})

/** What a call answers. */
type Answering = (account: FuturesAccount, context: Context) => unknown

const balances: Answering = (account) => Array.from(account.wallets.keys(), (asset) => Rows.balanceRow(account, asset))

const ofSymbol =
  (parameters: Parameters) =>
  (position: {
    readonly contract: { readonly symbol: string; readonly pair: string; readonly marginAsset: string }
  }) => {
    const { marginAsset, pair, symbol } = position.contract
    return (
      (parameters.get("symbol") ?? symbol) === symbol &&
      (parameters.get("pair") ?? pair) === pair &&
      (parameters.get("marginAsset") ?? marginAsset) === marginAsset
    )
  }

const oldPositions: Answering = (account, { parameters }) =>
  Rows.allPositions(account)
    .filter(ofSymbol(parameters))
    .map((position) => Rows.oldPositionRiskRow(account, position))

const brackets = (account: FuturesAccount) =>
  Array.from(account.rules.contracts.values(), ({ symbol }) => ({
    symbol,
    notionalCoef: 1.5,
    brackets: [
      {
        bracket: 1,
        initialLeverage: 125,
        notionalCap: 40_000_000,
        qtyCap: 40_000_000,
        notionalFloor: 0,
        qtyFloor: 0,
        maintMarginRatio: 0.004,
        cum: 0
      }
    ]
  }))

const accountRow: Answering = (account) => Rows.accountRow(account)

const reads = (call: Maker): Calls => ({
  "GET /v1/account": call(5, accountRow),
  "GET /v2/account": call(5, accountRow),
  "GET /v3/account": call(5, accountRow),
  "GET /v1/balance": call(1, balances),
  "GET /v2/balance": call(5, balances),
  "GET /v3/balance": call(5, balances),
  "GET /v1/positionRisk": call(1, oldPositions),
  "GET /v2/positionRisk": call(5, oldPositions),
  "GET /v3/positionRisk": call(5, (account, { parameters }) =>
    Rows.activePositions(account)
      .filter(ofSymbol(parameters))
      .map((position) => Rows.positionRiskRow(account, position))
  ),
  "GET /v1/leverageBracket": call(1, brackets),
  "GET /v2/leverageBracket": call(1, brackets),
  "GET /v1/commissionRate": call(20, (account, { parameters }) => ({
    symbol: Place.contractOf(account, parameters).symbol,
    makerCommissionRate: fixed(account.rules.maker, 6),
    takerCommissionRate: fixed(account.rules.taker, 6)
  })),
  "GET /v1/symbolConfig": call(5, (account, { parameters }) =>
    Array.from(account.rules.contracts.keys())
      .filter((symbol) => (parameters.get("symbol") ?? symbol) === symbol)
      .map((symbol) => {
        const { isIsolated, leverage } = account.config(symbol)
        return {
          symbol,
          marginType: isIsolated ? "ISOLATED" : "CROSSED",
          isAutoAddMargin: false,
          leverage,
          maxNotionalValue: "40000000"
        }
      })
  ),
  "GET /v1/accountConfig": call(5, (account) => ({
    feeTier: 0,
    canTrade: true,
    canDeposit: true,
    canWithdraw: true,
    dualSidePosition: account.isHedge,
    updateTime: 0,
    multiAssetsMargin: account.isMultiAssets,
    tradeGroupId: -1
  }))
})

const settings = (call: Maker): Calls => ({
  "GET /v1/positionSide/dual": call(30, (account) => ({ dualSidePosition: account.isHedge })),
  "POST /v1/positionSide/dual": call(1, (account, { parameters }) => {
    mandatory(parameters, "dualSidePosition")
    Change.setHedge(account, flag(parameters, "dualSidePosition"))
    return done("success")
  }),
  "GET /v1/multiAssetsMargin": call(30, (account) => ({ multiAssetsMargin: account.isMultiAssets })),
  "POST /v1/leverage": call(1, (account, { parameters }) => {
    const contract = Place.contractOf(account, parameters)
    mandatory(parameters, "leverage")
    const leverage = millis(parameters, "leverage")!
    if (leverage < 1 || leverage > 125) {
      refuse(400, -4028, `Leverage ${leverage} is not valid`)
    }
    Change.setLeverage(account, contract, leverage)
    const most = Rows.isCoin(account) ? { maxQty: "1000" } : { maxNotionalValue: "40000000" }
    return { symbol: contract.symbol, leverage, ...most }
  }),
  "POST /v1/marginType": call(1, (account, { parameters }) => {
    const contract = Place.contractOf(account, parameters)
    Change.setMarginType(account, contract, mandatory(parameters, "marginType") === "ISOLATED")
    return done("success")
  }),
  "POST /v1/positionMargin": call(1, (account, { parameters }) => {
    Change.changeMargin(account, parameters)
    const isAdded = parameters.get("type") === "1"
    return {
      code: 200,
      msg: "Successfully modify position margin.",
      amount: Number(parameters.get("amount")),
      type: isAdded ? 1 : 2
    }
  })
})

/**
 * Futures orders, and reads of the account.
 */
export const futuresCalls: Calls = {
  ...calls("/fapi", ({ key, world }) => world.exchange.usdFutures(key.account), usdTerms),
  ...calls("/dapi", ({ key, world }) => world.exchange.coinFutures(key.account), coinTerms)
}
