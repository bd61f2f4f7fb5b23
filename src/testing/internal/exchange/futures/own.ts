import { type Decimal, isLess, isPositive, least } from "../decimal.js"
import type { FuturesAccount } from "./account.js"
import { crosses, fill, finish, matchable, nextTradeId } from "./execute.js"
import type { Order } from "./model.js"

/** The account's own orders that an order would match: the best price first, then the oldest. */
export const ownMatches = (account: FuturesAccount, taker: Order): ReadonlyArray<Order> => {
  const isBetter = (a: Decimal, b: Decimal) => (taker.side === "BUY" ? isLess(a, b) : isLess(b, a))
  return Array.from(account.openOrders.values())
    .filter((maker) => maker.contract === taker.contract && maker.side !== taker.side && crosses(taker, maker.price))
    .sort((a, b) => (isBetter(a.price, b.price) ? -1 : isBetter(b.price, a.price) ? 1 : 0))
}

/** One of two orders ends, or both, as the mode of the taker says. */
const prevent = (account: FuturesAccount, taker: Order, maker: Order) => {
  const mode = taker.selfTradePreventionMode
  if (mode !== "EXPIRE_TAKER") {
    finish(account, maker, "EXPIRED_IN_MATCH", "1")
  }
  if (mode !== "EXPIRE_MAKER") {
    finish(account, taker, "EXPIRED_IN_MATCH", taker.timeInForce === "IOC" ? "3" : "1")
  }
}

/** An order meets the account's own orders, before the market: they trade with each other, or are kept from it. */
export const meetOwn = (account: FuturesAccount, taker: Order) => {
  const isOpen = ({ id }: Order) => account.openOrders.has(id)
  for (const maker of ownMatches(account, taker)) {
    const quantity = least(matchable(account, taker), matchable(account, maker))
    if (isOpen(taker) && isOpen(maker) && isPositive(quantity)) {
      if (taker.selfTradePreventionMode === "NONE") {
        const match = { quantity, price: maker.price, tradeId: nextTradeId(account, taker) }
        fill(account, taker, { ...match, isMaker: false })
        fill(account, maker, { ...match, isMaker: true })
      } else {
        prevent(account, taker, maker)
      }
    }
  }
}
