import { isZero, multiply, negate, truncate } from "../decimal.js"
import type { FuturesAccount, Ways } from "./account.js"
import { accountUpdate, orderTradeUpdate } from "./events.js"
import { checkMargin } from "./margin.js"
import type { Trade } from "./model.js"

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
