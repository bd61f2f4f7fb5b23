import { missing, refuse } from "../../refusal.js"
import {
  add,
  type Decimal,
  decimal,
  divide,
  floorTo,
  isLess,
  isMultiple,
  isPositive,
  isZero,
  multiply,
  subtract,
  zero
} from "../decimal.js"
import { type SpotInstrument, spotInstruments } from "../instruments.js"
import {
  amount,
  clientOrderId,
  integer,
  isOnGrid,
  isTooPrecise,
  mandatory,
  oneOf,
  orZero,
  preventionMode,
  spotPreventionModes
} from "../parameters.js"
import type { Parameters } from "../venue.js"
import type { Lock, Order, OrderList, OrderType, Peg, Side, SpotAccount } from "./account.js"
import { crosses, needOf, report } from "./execute.js"
import { enter, triggers } from "./match.js"
import { ownMatches } from "./own.js"

const sides: ReadonlyArray<Side> = ["BUY", "SELL"]

export const orderTypes: ReadonlyArray<OrderType> = [
  "LIMIT",
  "LIMIT_MAKER",
  "MARKET",
  "STOP_LOSS",
  "STOP_LOSS_LIMIT",
  "TAKE_PROFIT",
  "TAKE_PROFIT_LIMIT"
]

export const instrumentOf = (parameters: Parameters): SpotInstrument =>
  spotInstruments.get(mandatory(parameters, "symbol")) ?? refuse(400, -1121, "Invalid symbol.")

const filterFailure = (filter: string): never => refuse(400, -1013, `Filter failure: ${filter}`)

export const rejected = (msg: string): never => refuse(400, -2010, msg)

/** What an order is asked for, before the exchange has it. */
export interface Draft {
  readonly instrument: SpotInstrument
  readonly side: Side
  readonly type: OrderType
  readonly timeInForce: "GTC" | "IOC" | "FOK"
  readonly quantity: Decimal
  readonly quoteQuantity: Decimal
  readonly price: Decimal
  readonly stopPrice: Decimal
  readonly icebergQuantity: Decimal
  readonly selfTradePreventionMode: string
  readonly clientOrderId: string | undefined
  readonly trailingDelta: bigint | undefined
  readonly strategyId: bigint | undefined
  readonly strategyType: bigint | undefined
  readonly peg: Peg | undefined
  readonly usesSor: boolean
}

const hasLimit = (type: OrderType) => type.includes("LIMIT")
export const isStop = (type: OrderType) => type.startsWith("STOP_LOSS") || type.startsWith("TAKE_PROFIT")

const leastDelta = 10n
const mostDelta = 2000n

const checkFilters = (parameters: Parameters, instrument: SpotInstrument, names: Names, draft: Draft) => {
  for (const name of [names.price, names.stopPrice, names.quantity]) {
    if (isTooPrecise(parameters, name, 8)) {
      refuse(400, -1111, `Parameter '${name}' has too much precision.`)
    }
  }
  const { price, quantity, stopPrice, trailingDelta } = draft
  if (trailingDelta !== undefined && (trailingDelta < leastDelta || trailingDelta > mostDelta)) {
    filterFailure("TRAILING_DELTA")
  }
  const { stepSize, tickSize } = instrument
  if (
    (hasLimit(draft.type) && draft.peg === undefined && !isOnGrid(price, tickSize)) ||
    !(isZero(stopPrice) || isMultiple(stopPrice, tickSize))
  ) {
    filterFailure("PRICE_FILTER")
  }
  if (isZero(draft.quoteQuantity) && !isOnGrid(quantity, stepSize)) {
    filterFailure("LOT_SIZE")
  }
}

/** The names of parameters, which lists put a prefix before. */
export interface Names {
  readonly side: string
  readonly type: string
  readonly price: string
  readonly stopPrice: string
  readonly quantity: string
  readonly timeInForce: string
  readonly clientOrderId: string
  readonly icebergQuantity: string
  readonly strategyId: string
  readonly strategyType: string
  readonly trailingDelta: string
}

const plainNames: Names = {
  side: "side",
  type: "type",
  price: "price",
  stopPrice: "stopPrice",
  quantity: "quantity",
  timeInForce: "timeInForce",
  clientOrderId: "newClientOrderId",
  icebergQuantity: "icebergQty",
  strategyId: "strategyId",
  strategyType: "strategyType",
  trailingDelta: "trailingDelta"
}

const given = (parameters: Parameters, name: string, isNeeded: boolean): Decimal | undefined => {
  const value = amount(parameters, name)
  return value === undefined && isNeeded ? missing(name) : value
}

const pegTypes = ["PRIMARY_PEG", "MARKET_PEG"] as const

/** Of orders that rest or take at once; that of a stop would have to wait for it. */
const pegOf = (parameters: Parameters, type: OrderType): Peg | undefined => {
  const refused = { code: -1130, msg: "Data sent for parameter 'pegPriceType' is not valid." }
  const peg = oneOf(parameters, "pegPriceType", pegTypes, refused)
  if (peg === undefined) {
    return undefined
  }
  return type === "LIMIT" || type === "LIMIT_MAKER"
    ? { type: peg, offset: integer(parameters, "pegOffsetValue") }
    : refuse(400, -1128, "Combination of optional parameters invalid.")
}

/**
 * The price of a pegged order. The market has one price here: who wants to stand first on the own side is a tick behind
 * it, and further levels are ticks as well.
 */
const pegged = (account: SpotAccount, draft: Draft): Draft => {
  const { instrument, peg, side } = draft
  if (peg === undefined) {
    return draft
  }
  const price = account.venue.prices.price(instrument.symbol)
  const levels = (peg.offset ?? 0n) + (peg.type === "PRIMARY_PEG" ? 1n : 0n)
  const distance = multiply(instrument.tickSize, decimal(String(levels)))
  const isBelow = (side === "BUY") === (peg.type === "PRIMARY_PEG")
  return { ...draft, price: isBelow ? subtract(price, distance) : add(price, distance) }
}

export const draftOf = (parameters: Parameters, names: Names = plainNames): Draft => {
  const instrument = instrumentOf(parameters)
  mandatory(parameters, names.side)
  const side = oneOf(parameters, names.side, sides, { code: -1117, msg: "Invalid side." })!
  mandatory(parameters, names.type)
  const type = oneOf(parameters, names.type, orderTypes, { code: -1116, msg: "Invalid orderType." })!
  const timeInForce = oneOf(parameters, names.timeInForce, ["GTC", "IOC", "FOK"] as const, {
    code: -1115,
    msg: "Invalid timeInForce."
  })
  if (timeInForce === undefined && hasLimit(type) && type !== "LIMIT_MAKER") {
    missing(names.timeInForce)
  }
  const trailingDelta = isStop(type) ? integer(parameters, names.trailingDelta) : undefined
  const peg = pegOf(parameters, type)
  const quoteQuantity = type === "MARKET" ? orZero(amount(parameters, "quoteOrderQty")) : zero
  const draft: Draft = {
    instrument,
    side,
    type,
    timeInForce: timeInForce ?? "GTC",
    price: orZero(given(parameters, names.price, hasLimit(type) && peg === undefined)),
    stopPrice: orZero(given(parameters, names.stopPrice, isStop(type) && trailingDelta === undefined)),
    quantity: orZero(given(parameters, names.quantity, isZero(quoteQuantity))),
    quoteQuantity,
    icebergQuantity: orZero(amount(parameters, names.icebergQuantity)),
    selfTradePreventionMode: preventionMode(parameters, spotPreventionModes),
    clientOrderId: clientOrderId(parameters, names.clientOrderId),
    trailingDelta,
    strategyId: integer(parameters, names.strategyId),
    strategyType: integer(parameters, names.strategyType),
    peg,
    usesSor: false
  }
  checkFilters(parameters, instrument, names, draft)
  return draft
}

/** A market order by quote quantity has its base quantity from the beginning. */
const quantityOf = (draft: Draft, price: Decimal): Decimal =>
  isZero(draft.quoteQuantity)
    ? draft.quantity
    : floorTo(divide(draft.quoteQuantity, price, 8), draft.instrument.stepSize)

/** Refuses an order that cannot begin at the price of the market. */
export const checkStart = (account: SpotAccount, draft: Draft) => {
  const price = account.venue.prices.price(draft.instrument.symbol)
  if (isStop(draft.type) && !isZero(draft.stopPrice) && triggers(draft, price)) {
    rejected("Stop price would trigger immediately.")
  }
  if (draft.type === "LIMIT_MAKER" && (crosses(draft, price) || ownMatches(account, draft).length > 0)) {
    rejected("Order would immediately match and take.")
  }
}

/** Refuses an order that is too small, or whose name is taken. */
export const checkOrder = (account: SpotAccount, draft: Draft, quantity: Decimal) => {
  const price = account.venue.prices.price(draft.instrument.symbol)
  const value = multiply(
    hasLimit(draft.type) ? draft.price : isZero(draft.stopPrice) ? price : draft.stopPrice,
    quantity
  )
  if (isLess(value, draft.instrument.minNotional)) {
    filterFailure("NOTIONAL")
  }
  for (const order of account.openOrders.values()) {
    if (order.clientOrderId === draft.clientOrderId) {
      rejected("Duplicate order sent.")
    }
  }
}

/** An order that is checked and paid for, not yet told of. */
export const admit = (
  account: SpotAccount,
  draft: Draft,
  quantity: Decimal,
  lock: Lock,
  list?: OrderList,
  isPending = false
): Order => {
  const { venue } = account
  const now = venue.now()
  const order: Order = {
    ...draft,
    id: venue.ids.next("order"),
    clientOrderId: draft.clientOrderId ?? venue.clientId(),
    createdAt: now,
    lock,
    list,
    quantity,
    filled: zero,
    filledQuote: zero,
    status: isPending ? "PENDING_NEW" : "NEW",
    updatedAt: now,
    liveAt: isPending ? undefined : now,
    workingAt: isPending || isStop(draft.type) ? undefined : now,
    expiryReason: undefined,
    prevented: undefined,
    trailing: undefined
  }
  account.orders.set(order.id, order)
  account.openOrders.set(order.id, order)
  list?.orders.push(order)
  return order
}

/** The asset that an order gives. */
export const assetOf = ({ instrument, side }: Pick<Draft, "instrument" | "side">): string =>
  side === "BUY" ? instrument.quoteAsset : instrument.baseAsset

/** What an order gives; a market order takes at once, at the price of the market. */
export const needAtStart = (account: SpotAccount, draft: Draft, quantity: Decimal): Decimal =>
  draft.type === "MARKET" && draft.side === "BUY"
    ? multiply(account.venue.prices.price(draft.instrument.symbol), quantity)
    : needOf(draft, quantity)

/** What margin and smart order routing do beside, as an order is placed. */
interface Beside {
  /** Before the order locks what it needs of an asset. */
  readonly beforeLock?: (asset: string, need: Decimal) => void
  /** Before the order is told. */
  readonly onAccepted?: (order: Order) => void
  readonly usesSor?: boolean
}

/**
 * Places an order. Throws a `Refusal`, and then nothing has changed.
 */
export const place = (account: SpotAccount, parameters: Parameters, beside: Beside = {}): Order => {
  const draft = { ...pegged(account, draftOf(parameters)), usesSor: beside.usesSor ?? false }
  const quantity = quantityOf(draft, account.venue.prices.price(draft.instrument.symbol))
  if (!isPositive(quantity)) {
    filterFailure("LOT_SIZE")
  }
  checkStart(account, draft)
  checkOrder(account, draft, quantity)
  const need = needAtStart(account, draft, quantity)
  const asset = assetOf(draft)
  beside.beforeLock?.(asset, need)
  const lock = account.lock(asset, need, 1)
  const order = admit(account, draft, quantity, lock)
  beside.onAccepted?.(order)
  report(account, order, { type: "NEW" }, [lock.asset])
  if (order.workingAt !== undefined) {
    enter(account, order)
  }
  return order
}
