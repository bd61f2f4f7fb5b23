import * as AlgoOrders from "../book/algoOrders.js"
import { putOrder, putUncounted } from "../book/apply.js"
import { knownPosition, setPosition } from "../book/balances.js"
import type { Book } from "../book/book.js"
import * as Decimal from "../book/decimal.js"
import * as Fills from "../book/fills.js"
import { orderKey, positionKey } from "../book/keys.js"
import * as Maps from "../book/maps.js"
import type { Fill, Order } from "../book/model.js"
import * as Orders from "../book/orders.js"
import * as Recent from "../book/recent.js"
import type { Recovered, Start } from "./model.js"

// Between two recovered elements a program may end: of each element, what is known when it was handled and the next was
// not. A restart from there recovers the rest, each fill once.

/** The books after each element. `orders`: by `orderKey`, as the recovery found them. */
export const booksAfter = (
  start: Start,
  elements: ReadonlyArray<Recovered>,
  orders: ReadonlyMap<string, Order>,
  now: number
): ReadonlyArray<Book> => {
  let { book } = start
  return elements.map((element) => {
    if (element._tag === "RecoveredFill") {
      const moved = movePosition(start, book, element.fill)
      book = afterFill(moved, element.fill, orders.get(orderKey(element.fill)))
    } else {
      book = afterWord(book, element, now)
    }
    return book
  })
}

const afterWord = (book: Book, element: Exclude<Recovered, { readonly _tag: "RecoveredFill" }>, now: number): Book => {
  switch (element._tag) {
    case "RecoveredOrder":
      return putUncounted(putOrder(book, element.order), orderKey(element.order), "0")
    case "RecoveredAlgoOrder":
      return AlgoOrders.apply(book, element.algoOrder, now)
    default:
      return book
  }
}

const afterFill = (before: Book, fill: Fill, found: Order | undefined): Book => {
  const key = orderKey(fill)
  const known = Maps.get(before.orders, key) ?? Recent.get(before.closed, key)
  const uncounted = Maps.get(before.uncounted, key) ?? "0"
  const counted = Decimal.sum(Decimal.subtract(known?.filled ?? "0", uncounted), fill.quantity)
  const book = Fills.isNamed(fill) ? Fills.remember(before, fill) : Fills.infer(before, fill, counted)
  const order = known ?? (found && partly(found, fill))
  if (order === undefined) {
    return book
  }
  const filled = Decimal.larger(order.filled, counted)
  return putUncounted(putOrder(book, { ...order, filled }), key, Decimal.subtract(filled, counted))
}

/** An order that was not known, as of its first fill. */
const partly = (order: Order, fill: Fill): Order => ({
  ...order,
  status: Orders.hasEnded(order) ? "PARTIALLY_FILLED" : order.status,
  filled: "0",
  averagePrice: undefined,
  updatedAt: Math.min(order.updatedAt, fill.time)
})

/** So that the fills which are still to come explain the rest. What the position had already moves it no more. */
const movePosition = (start: Start, book: Book, fill: Fill): Book => {
  const key = positionKey(fill)
  const had = knownPosition(start.book, key)
  if (start.product === "Spot" || (had !== undefined && fill.time <= had.updatedAt)) {
    return book
  }
  const before = knownPosition(book, key)?.amount ?? "0"
  const amount = (fill.side === "BUY" ? Decimal.sum : Decimal.subtract)(before, fill.quantity)
  const { positionSide, symbol } = fill
  return setPosition(book, { symbol, positionSide, ...Maps.get(book.positions, key), amount, updatedAt: fill.time })
}
