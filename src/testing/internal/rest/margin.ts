import type { MarginAccount } from "../exchange/margin/account.js"
import * as Margin from "../exchange/margin/change.js"
import * as Rows from "../exchange/margin/rows.js"
import { mandatory } from "../exchange/parameters.js"
import { instrumentOf } from "../exchange/spot/place.js"
import { select } from "../exchange/window.js"
import { missing, refuse } from "../refusal.js"
import type { Pool } from "../weights.js"
import type { Call, Calls, Context, Parameters } from "./call.js"
import { marginOrders } from "./marginOrders.js"
import { paged } from "./paged.js"
import { answers } from "./spot.js"

const day = 24 * 60 * 60 * 1000

/** The cross account, or the isolated one of a symbol. */
const accountOf = ({ key, parameters, world }: Context): MarginAccount => {
  const isIsolated = (parameters.get("isIsolated") ?? "FALSE").toUpperCase() === "TRUE"
  return isIsolated
    ? world.exchange.margin(key.account, instrumentOf(parameters).symbol)
    : world.exchange.margin(key.account)
}

/** In records the symbol alone says that an isolated account is meant. */
const recordsOf = ({ key, parameters, world }: Context, name: string): MarginAccount => {
  const symbol = parameters.get(name)
  return symbol === undefined
    ? world.exchange.margin(key.account)
    : world.exchange.margin(key.account, instrumentOf(new Map([["symbol", symbol]])).symbol)
}

const call = (weight: Call["weight"], answer: Call["answer"], pool: Pool = "sapi"): Call => ({
  pool,
  weight,
  security: "signed",
  answer
})

const ofAsset = (parameters: Parameters) => {
  const asset = parameters.get("asset")
  return (row: { readonly asset: string }) => asset === undefined || row.asset === asset
}

const borrowRepay = (context: Context) => {
  const { parameters } = context
  const kind = mandatory(parameters, "type")
  const id = parameters.get("txId")
  if (id === undefined && !parameters.has("startTime")) {
    missing("startTime")
  }
  const account = recordsOf(context, "isolatedSymbol")
  const loans = account.loans.filter(
    (loan) => loan.kind === kind && ofAsset(parameters)(loan) && (id === undefined || String(loan.id) === id)
  )
  return paged(loans, context, (loan) => Rows.loanRow(account, loan), parameters.has("asset") ? 30 : 7)
}

const interestHistory = (context: Context) => {
  const account = recordsOf(context, "isolatedSymbol")
  return paged(account.interests.filter(ofAsset(context.parameters)), context, (row) => Rows.interestRow(account, row))
}

const transfers = (context: Context) => {
  const { parameters } = context
  const account = recordsOf(context, "isolatedSymbol")
  const type = parameters.get("type")
  const rows = account.transfers.filter(
    (row) => ofAsset(parameters)(row) && (type === undefined || row.isIn === (type === "ROLL_IN"))
  )
  return paged(rows, context, (row) => Rows.transferRow(account, row))
}

/** Of the cross account also those of the isolated ones. */
const liquidations = (context: Context) => {
  const { key, parameters, world } = context
  const accounts = parameters.has("isolatedSymbol")
    ? [recordsOf(context, "isolatedSymbol")]
    : [world.exchange.margin(key.account), ...world.exchange.isolatedOf(key.account).values()]
  const rows = accounts.flatMap((account) =>
    Array.from(account.liquidations, (order) => ({
      time: order.updatedAt,
      row: { ...Rows.liquidationRow(order), isIsolated: account.isolated !== undefined }
    }))
  )
  return paged(rows, context, ({ row }) => row)
}

const capitalFlow = (context: Context) => {
  const { parameters, world } = context
  const type = parameters.get("type")
  const from = parameters.get("fromId")
  const flows = recordsOf(context, "symbol").flows.filter(
    (row) =>
      ofAsset(parameters)(row) &&
      (type === undefined || row.type === type) &&
      (from === undefined || row.id > BigInt(from)) &&
      row.time <= context.readTime
  )
  const rules = {
    defaultLimit: 500,
    maxLimit: 1000,
    window: 7 * day,
    tooWide: { code: -4047, msg: "Time interval must be within 0-7 days" },
    defaultSpan: 7 * day
  }
  const of = { id: () => 0n, time: ({ time }: (typeof flows)[number]) => time, now: world.serverTime() }
  return select(flows, parameters, rules, of).map(Rows.flowRow)
}

const isolatedAccounts = ({ key, parameters, world }: Context) => {
  const symbols = parameters.get("symbols")?.split(",")
  if (symbols !== undefined && symbols.length > 5) {
    refuse(400, -1130, "Data sent for parameter 'symbols' is not valid.")
  }
  return Rows.isolatedAccountRow(world.exchange.isolatedOf(key.account), symbols)
}

/** Here liquidations leave no debt. */
const liquidationLoan = () => ({
  asset: "USDC",
  amount: "0.00000000",
  repaidAmount: "0.00000000",
  remainingAmount: "0.00000000"
})

const borrowOrRepay = (context: Context) => ({
  tranId: Margin.borrowOrRepay(accountOf(context), context.parameters).id
})

/**
 * Margin orders, loans, and reads of the accounts.
 */
export const marginCalls: Calls = {
  ...marginOrders({
    prefix: "/sapi/v1/margin",
    pool: "sapi",
    accountOf,
    orderExtra: ({ isolated }) => ({ isIsolated: isolated !== undefined }),
    listExtra: ({ isolated }) => ({ isIsolated: isolated !== undefined }),
    hasOto: true,
    weights: { read: 10, history: 200, trades: 10 }
  }),
  "GET /sapi/v1/margin/account": call(10, ({ key, world }) => Rows.accountRow(world.exchange.margin(key.account))),
  "GET /sapi/v1/margin/isolated/account": call(10, isolatedAccounts),
  "GET /sapi/v1/margin/isolated/accountLimit": call(1, ({ key, world }) => ({
    enabledAccount: world.exchange.isolatedOf(key.account).size,
    maxAccount: 20
  })),
  "GET /sapi/v1/margin/tradeCoeff": call(10, () => Rows.tradeCoefficients),
  "GET /sapi/v1/margin/liquidation-loan": call(100, liquidationLoan, "sapiUid"),
  "POST /sapi/v1/margin/borrow-repay": call(1500, borrowOrRepay, "sapiUid"),
  "GET /sapi/v1/margin/borrow-repay": call(10, borrowRepay),
  "GET /sapi/v1/margin/interestHistory": call(1, interestHistory),
  "GET /sapi/v1/margin/transfer": call(1, transfers),
  "GET /sapi/v1/margin/forceLiquidationRec": call(1, liquidations),
  "GET /sapi/v1/margin/capital-flow": call(100, capitalFlow),
  "GET /sapi/v1/margin/myPreventedMatches": call(10, (context) =>
    answers.preventedMatches({ ...context, margin: { account: accountOf(context), span: day } })
  )
}
