import * as Decimal from "../book/decimal.js"
import type { Fill, Order } from "../book/model.js"
import type { Start } from "./model.js"
import type { OrderFinding } from "./orderFinding.js"

// What follows from sums where no row tells a fill.

/** The fill that the sum of an order demands. Its price is what the average prices leave for it, never zero. */
export const inferredFill = (product: Start["product"], { fills, known, missing, next }: OrderFinding): Fill => {
  const order = next as Order
  const quantity = Decimal.sum("0", missing)
  return {
    symbol: order.symbol,
    orderId: order.orderId,
    side: order.side,
    positionSide: order.positionSide,
    price: priceOf(product, order, known, fills, quantity),
    quantity,
    time: order.updatedAt,
    origin: "Inferred"
  }
}

const priceOf = (
  product: Start["product"],
  order: Order,
  known: Order | undefined,
  fills: ReadonlyArray<Fill>,
  quantity: string
): string | undefined => {
  // A contract of COIN-M has a fixed value in the quote asset: its prices average harmonically.
  const worth = product === "CoinFutures" ? Decimal.divide : multiply
  const price = (value: string) =>
    product === "CoinFutures" ? Decimal.divide(quantity, value) : Decimal.divide(value, quantity)
  const parts = [
    ...(known === undefined || Decimal.isZero(known.filled) ? [] : [worth(known.filled, known.averagePrice ?? "0")]),
    ...fills.map((fill) => worth(fill.quantity, fill.price ?? "0"))
  ]
  const total = order.averagePrice === undefined ? undefined : worth(order.filled, order.averagePrice)
  if (total === undefined || parts.some((part) => part === undefined || Decimal.isZero(part))) {
    return undefined
  }
  const rest = parts.reduce<string>((left, part) => Decimal.subtract(left, part as string), total)
  return Decimal.isPositive(rest) ? price(rest) : undefined
}

const multiply = (a: string, b: string): string | undefined => Decimal.multiply(a, b)
