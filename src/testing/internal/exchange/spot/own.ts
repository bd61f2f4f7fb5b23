import { add, type Decimal, isLess, isZero, least, zero } from "../decimal.js"
import type { Order, PreventedMatch, SpotAccount } from "./account.js"
import { crosses, endSiblings, expire, fill, needOf, nextTradeId, remaining, report } from "./execute.js"

type Taker = Pick<Order, "instrument" | "side" | "type" | "price">

/** The account's own orders that an order would match: the best price first, then the oldest. */
export const ownMatches = (account: SpotAccount, taker: Taker): ReadonlyArray<Order> => {
  const isBetter = (a: Decimal, b: Decimal) => (taker.side === "BUY" ? isLess(a, b) : isLess(b, a))
  return Array.from(account.openOrders.values())
    .filter(
      (maker) =>
        maker.workingAt !== undefined &&
        maker.instrument === taker.instrument &&
        maker.side !== taker.side &&
        crosses(taker, maker.price)
    )
    .sort((a, b) => (isBetter(a.price, b.price) ? -1 : isBetter(b.price, a.price) ? 1 : 0))
}

/** Takes a part of an order's quantity, or all of it: then the order ends. */
const decrement = (account: SpotAccount, order: Order, match: PreventedMatch, part: Decimal) => {
  order.prevented = { id: match.id, quantity: add(order.prevented?.quantity ?? zero, part) }
  endSiblings(account, order)
  if (isZero(remaining(order))) {
    expire(account, order, match)
  } else {
    order.updatedAt = match.time
    account.reduceLock(order.lock, needOf(order, remaining(order)))
    report(account, order, { type: "TRADE_PREVENTION", match }, [order.lock.asset])
  }
}

/** One of two orders ends, or both, or both get smaller, as the mode of the taker says. */
const prevent = (account: SpotAccount, taker: Order, maker: Order, quantity: Decimal) => {
  const mode = taker.selfTradePreventionMode
  const partOf = (order: Order) => (mode === "DECREMENT" ? quantity : remaining(order))
  const match: PreventedMatch = {
    id: account.venue.ids.next(`prevented ${taker.instrument.symbol}`),
    taker,
    maker,
    price: maker.price,
    quantity,
    takerQuantity: mode === "EXPIRE_MAKER" ? undefined : partOf(taker),
    makerQuantity: mode === "EXPIRE_TAKER" ? undefined : partOf(maker),
    time: account.venue.now()
  }
  account.preventedMatches.push(match)
  if (match.makerQuantity !== undefined) {
    decrement(account, maker, match, match.makerQuantity)
  }
  if (match.takerQuantity !== undefined) {
    decrement(account, taker, match, match.takerQuantity)
  }
}

/** An order meets the account's own orders, before the market: they trade with each other, or are kept from it. */
export const meetOwn = (account: SpotAccount, taker: Order) => {
  const isOpen = ({ id }: Order) => account.openOrders.has(id)
  for (const maker of ownMatches(account, taker)) {
    if (!isOpen(taker)) {
      return
    }
    if (isOpen(maker)) {
      const quantity = least(remaining(taker), remaining(maker))
      if (taker.selfTradePreventionMode === "NONE") {
        const match = { quantity, price: maker.price, tradeId: nextTradeId(account, taker) }
        fill(account, taker, { ...match, isMaker: false })
        fill(account, maker, { ...match, isMaker: true })
      } else {
        prevent(account, taker, maker, quantity)
      }
    }
  }
}
