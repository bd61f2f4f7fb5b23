import { type Decimal, isZero, multiply, negate, truncate } from "../decimal.js"
import type { Contract } from "../instruments.js"
import type { Event } from "../venue.js"
import type { FuturesAccount } from "./account.js"
import { type AccountChange, accountUpdate, type Execution, orderTradeUpdate } from "./events.js"
import { checkMargin } from "./margin.js"
import type { Draft, Order, Trade } from "./model.js"

/**
 * What orders of futures and of options do not have in common.
 */
export interface Ways {
  readonly orderUpdate: (account: FuturesAccount, order: Order, execution: Execution, time: number) => Event
  readonly hasTradeLite: boolean
  /** Tells that a wallet or positions changed. */
  readonly tellAccount: (account: FuturesAccount, change: AccountChange, time: number) => void
  readonly commission: (
    account: FuturesAccount,
    contract: Contract,
    trade: { readonly quantity: Decimal; readonly value: Decimal; readonly isMaker: boolean }
  ) => Decimal
  /** Books what a trade costs and brings. */
  readonly book: (account: FuturesAccount, trade: Trade) => void
  /** Refuses an order that the account cannot pay. */
  readonly checkFunds: (account: FuturesAccount, draft: Draft) => void
}

const book = (account: FuturesAccount, trade: Trade) => {
  const { contract } = trade.order
  const id = account.venue.ids.next("transaction")
  const row = { symbol: contract.symbol, id, tradeId: trade.id }
  const info = account.venue.product === "UsdFutures"
  if (!isZero(trade.realized)) {
    const type = "REALIZED_PNL"
    account.book(contract.marginAsset, trade.realized, { ...row, type, info: info ? type : "" })
  }
  if (!isZero(trade.commission)) {
    const type = "COMMISSION"
    account.book(contract.marginAsset, negate(trade.commission), { ...row, type, info: info ? type : "" })
  }
}

/** Those of futures. */
export const futuresWays = (hasTradeLite: boolean): Ways => ({
  orderUpdate: orderTradeUpdate,
  hasTradeLite,
  tellAccount: (account, change, time) => account.venue.push(() => accountUpdate(account, change, time)),
  commission: ({ rules }, _, { isMaker, value }) => truncate(multiply(value, isMaker ? rules.maker : rules.taker), 8),
  book,
  checkFunds: checkMargin
})
