import { fixed } from "../exchange/decimal.js"
import * as Algo from "../exchange/futures/algo.js"
import type { AlgoOrder } from "../exchange/futures/model.js"
import { contractOf } from "../exchange/futures/place.js"
import * as Margin from "../exchange/margin/change.js"
import { interestRow, liquidationRow, loanRow } from "../exchange/margin/rows.js"
import { mandatory } from "../exchange/parameters.js"
import type { PortfolioAccount } from "../exchange/portfolio/account.js"
import { repayLoan } from "../exchange/portfolio/negative.js"
import * as Rows from "../exchange/portfolio/rows.js"
import { select } from "../exchange/window.js"
import { refuse } from "../refusal.js"
import type { Pool } from "../weights.js"
import type { Call, Calls, Context, Parameters } from "./call.js"
import { futuresAt } from "./futures.js"
import { type Terms, usdTerms } from "./futuresHistory.js"
import { marginOrders, type Row } from "./marginOrders.js"
import { paged } from "./paged.js"

const day = 24 * 60 * 60 * 1000

const portfolioOf = ({ key, world }: Context): PortfolioAccount => world.exchange.portfolio(key.account)

const call =
  (pool: Pool, of: (context: Context) => PortfolioAccount) =>
  (weight: Call["weight"], answer: (portfolio: PortfolioAccount, context: Context) => unknown): Call => ({
    pool,
    weight,
    security: "signed",
    answer: (context) => answer(of(context), context)
  })

const portfolio = call("portfolioMargin", portfolioOf)

const proOf = ({ key, world }: Context): PortfolioAccount => world.exchange.pro(key.account)

const pro = call("sapi", proOf)

const proOfUid = call("sapiUid", proOf)

/** Orders have less than on USD-M and COIN-M, and an id of an income is a text. */
const less = (row: Row): Row => {
  const { closePosition: _c, priceProtect: _p, stopPrice: _s, workingType: _w, ...rest } = row
  return "tranId" in rest ? { ...rest, tranId: String(rest.tranId) } : rest
}

/** The names of futures calls that portfolio margin has too, and what they are called there. */
const shared: { readonly [name: string]: string } = {
  ...Object.fromEntries(
    [
      ...["POST", "PUT", "DELETE", "GET"].map((method) => `${method} /v1/order`),
      "DELETE /v1/allOpenOrders",
      "GET /v1/openOrder",
      "GET /v1/openOrders",
      "GET /v1/allOrders",
      "GET /v1/userTrades",
      "GET /v1/income",
      "GET /v1/forceOrders",
      "GET /v1/orderAmendment",
      "GET /v1/positionSide/dual",
      "POST /v1/positionSide/dual",
      "POST /v1/leverage",
      "GET /v1/leverageBracket",
      "GET /v1/commissionRate"
    ].map((name) => [name, name.replace("/v1/", "/")])
  )
}

const coinOnly: { readonly [name: string]: string } = {
  "GET /v1/positionRisk": "GET /positionRisk"
}

const usdOnly: { readonly [name: string]: string } = {
  "GET /v2/positionRisk": "GET /positionRisk",
  "GET /v1/accountConfig": "GET /accountConfig",
  "GET /v1/symbolConfig": "GET /symbolConfig",
  "POST /v1/algoOrder": "POST /algo/order",
  "DELETE /v1/algoOrder": "DELETE /algo/order",
  "DELETE /v1/algoOpenOrders": "DELETE /algo/allOpenOrders",
  "GET /v1/algoOrder": "GET /algo/algoOrder",
  "GET /v1/openAlgoOrders": "GET /algo/openAlgoOrders",
  "GET /v1/allAlgoOrders": "GET /algo/allAlgoOrders"
}

/** Rows of algo orders are as on USD-M. */
const shaped = (name: string, answer: unknown): unknown => {
  if (name.includes("/algo/")) {
    return answer
  }
  if (name === "GET /orderAmendment") {
    return (answer as ReadonlyArray<Row>).map((row) => ({ ...row, priceMatch: "NONE" }))
  }
  if (name === "GET /symbolConfig") {
    return (answer as ReadonlyArray<Row>).map((row) => ({ ...row, isAutoAddMargin: String(row.isAutoAddMargin) }))
  }
  return Array.isArray(answer) ? answer.map(less) : less(answer as Row)
}

const forPairs = (parameters: Parameters) => (parameters.has("symbol") ? 20 : 40)

/** Those of the COIN-M part. */
const coinTerms: Terms = {
  tradesSpan: day,
  incomeSpan: { most: 200 * day, usual: 200 * day },
  weights: { orders: forPairs, trades: forPairs, income: 30 }
}

const futures = (unit: "UM" | "CM", names: { readonly [name: string]: string }): Calls => {
  const terms = unit === "UM" ? usdTerms : coinTerms
  const all = futuresAt("portfolioMargin", (context) => portfolioOf(context).parts[unit], terms)
  return Object.fromEntries(
    Object.entries(names).map(([name, own]) => {
      const futuresCall = all[name]!
      const answer = (context: Context) => shaped(own, futuresCall.answer(context))
      return [own.replace(" /", ` /papi/v1/${unit.toLowerCase()}/`), { ...futuresCall, answer }]
    })
  )
}

/** A conditional order of the COIN-M part under the names of algo orders. */
const algoParameters = (parameters: Parameters): Parameters => {
  const names: { readonly [name: string]: string } = {
    strategyType: "type",
    newClientStrategyId: "clientAlgoId",
    strategyId: "algoId",
    stopPrice: "triggerPrice",
    activationPrice: "activatePrice"
  }
  return new Map([
    ["algoType", "CONDITIONAL"],
    ...Array.from(parameters, ([name, value]) => [names[name] ?? name, value] as const)
  ])
}

const allConditional = ({ parts }: PortfolioAccount, context: Context) => {
  const { parameters, readTime } = context
  const contract = parameters.has("symbol") ? contractOf(parts.CM, parameters) : undefined
  const rows = Array.from(parts.CM.algoOrders.values()).filter(
    ({ createdAt, draft }) => createdAt <= readTime && (contract === undefined || draft.contract === contract)
  )
  const rules = { defaultLimit: 500, maxLimit: 1000, window: 7 * day, defaultSpan: 7 * day, idName: "strategyId" }
  const of = { id: ({ id }: AlgoOrder) => id, time: ({ createdAt }: AlgoOrder) => createdAt, now: readTime }
  return select(rows, parameters, rules, of).map(Rows.strategyRow)
}

const conditionalHistory = ({ parts }: PortfolioAccount, { parameters }: Context) => {
  const algo = Algo.findAlgo(parts.CM, algoParameters(parameters))
  return algo === undefined || algo.status === "NEW"
    ? refuse(400, -2013, "Order does not exist.")
    : Rows.oneStrategyRow(algo)
}

const perSymbol = (parameters: Parameters) => (parameters.has("symbol") ? 1 : 40)

const conditionalCalls: Calls = {
  "POST /papi/v1/cm/conditional/order": portfolio(1, ({ parts }, { parameters }) =>
    Rows.strategyRow(Algo.placeAlgo(parts.CM, algoParameters(parameters)))
  ),
  "DELETE /papi/v1/cm/conditional/order": portfolio(1, ({ parts }, { parameters }) =>
    Rows.strategyRow(Algo.cancelAlgo(parts.CM, algoParameters(parameters)))
  ),
  "GET /papi/v1/cm/conditional/openOrders": portfolio(perSymbol, ({ parts }, { parameters }) =>
    Array.from(parts.CM.openAlgoOrders.values())
      .filter(({ draft }) => (parameters.get("symbol") ?? draft.contract.symbol) === draft.contract.symbol)
      .map(Rows.strategyRow)
  ),
  "GET /papi/v1/cm/conditional/allOrders": portfolio(perSymbol, allConditional),
  "GET /papi/v1/cm/conditional/orderHistory": portfolio(1, conditionalHistory)
}

const loans =
  (kind: "BORROW" | "REPAY") =>
  ({ parts }: PortfolioAccount, context: Context) => {
    const asset = mandatory(context.parameters, "asset")
    const rows = parts.MARGIN.loans.filter((loan) => loan.kind === kind && loan.asset === asset)
    return paged(rows, context, (loan) => loanRow(parts.MARGIN, loan))
  }

const lend =
  (type: "BORROW" | "REPAY") =>
  ({ parts }: PortfolioAccount, { parameters }: Context) => ({
    tranId: Margin.borrowOrRepay(parts.MARGIN, new Map([...parameters, ["type", type]])).id
  })

const ofAsset = (parameters: Parameters) => (row: { readonly asset: string }) =>
  (parameters.get("asset") ?? row.asset) === row.asset

const marginCalls: Calls = {
  ...marginOrders({
    prefix: "/papi/v1/margin",
    pool: "portfolioMargin",
    accountOf: (context) => portfolioOf(context).parts.MARGIN,
    orderExtra: Rows.marginOrderExtra,
    listExtra: () => ({}),
    hasOto: false,
    weights: { read: 5, history: 100, trades: 5 }
  }),
  "POST /papi/v1/marginLoan": portfolio(100, lend("BORROW")),
  "POST /papi/v1/repayLoan": portfolio(100, lend("REPAY")),
  "GET /papi/v1/margin/marginLoan": portfolio(10, loans("BORROW")),
  "GET /papi/v1/margin/repayLoan": portfolio(10, loans("REPAY")),
  "GET /papi/v1/margin/marginInterestHistory": portfolio(1, ({ parts }, context) =>
    paged(parts.MARGIN.interests.filter(ofAsset(context.parameters)), context, (row) => interestRow(parts.MARGIN, row))
  ),
  "GET /papi/v1/margin/forceOrders": portfolio(1, ({ parts }, context) =>
    paged(
      Array.from(parts.MARGIN.liquidations, (order) => ({ time: order.updatedAt, order })),
      context,
      ({ order }) => liquidationRow(order)
    )
  )
}

/** Interest on what futures wallets are below zero, newest first. */
const negativeInterest =
  (timeName: Rows.InterestTime) =>
  ({ parts }: PortfolioAccount, context: Context) =>
    paged(
      parts.MARGIN.interests.filter((row) => row.type === "PORTFOLIO" && ofAsset(context.parameters)(row)),
      context,
      Rows.negativeInterestRow(timeName)
    ).rows

const negativeExchanges = ({ exchanges }: PortfolioAccount, context: Context) => {
  mandatory(context.parameters, "startTime")
  mandatory(context.parameters, "endTime")
  return paged(exchanges, context, Rows.exchangedRow, 90)
}

/**
 * Portfolio margin over its parts, and its Pro kind.
 */
export const portfolioCalls: Calls = {
  ...futures("UM", { ...shared, ...usdOnly }),
  ...futures("CM", { ...shared, ...coinOnly }),
  ...conditionalCalls,
  ...marginCalls,
  "GET /papi/v1/account": portfolio(20, Rows.accountRow),
  "GET /papi/v1/balance": portfolio(20, (account, { parameters }) =>
    Rows.balanceRows(account, parameters.get("asset"))
  ),
  "GET /papi/v1/um/account": portfolio(5, ({ parts }) => Rows.futuresAccountRow(parts.UM)),
  "GET /papi/v2/um/account": portfolio(5, ({ parts }) => Rows.futuresAccountRow(parts.UM)),
  "GET /papi/v1/cm/account": portfolio(5, ({ parts }) => Rows.futuresAccountRow(parts.CM)),
  "GET /papi/v1/portfolio/interest-history": portfolio(50, negativeInterest("interestAccuredTime")),
  "GET /papi/v1/portfolio/negative-balance-exchange-record": portfolio(100, negativeExchanges),
  "GET /papi/v1/rateLimit/order": portfolio(1, () => [
    { rateLimitType: "ORDERS", interval: "MINUTE", intervalNum: 1, limit: 1200 }
  ]),
  "GET /sapi/v1/portfolio/account": pro(5, Rows.proAccountRow),
  "GET /sapi/v2/portfolio/account": pro(5, Rows.spanAccountRow),
  "GET /sapi/v1/portfolio/balance": pro(20, Rows.proBalanceRows),
  "GET /sapi/v1/portfolio/pmLoan": proOfUid(500, ({ bankruptcyLoan }) => ({
    asset: "USDC",
    amount: fixed(bankruptcyLoan, 2)
  })),
  "POST /sapi/v1/portfolio/repay": proOfUid(3000, (account, { key, world }) => ({
    tranId: repayLoan(account, world.exchange.spot(key.account))
  })),
  "GET /sapi/v1/portfolio/pmloan-history": pro(500, ({ loanRepayments }, context) =>
    paged(loanRepayments, context, Rows.loanRepaymentRow)
  ),
  "GET /sapi/v1/portfolio/interest-history": pro(50, negativeInterest("interestAccruedTime"))
}
