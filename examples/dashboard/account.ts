/**
 * What an element says about an account: one line of text, and the rows of orders, balances and positions that it changes.
 * Where there is an account, its state has the rows.
 */

import * as HashMap from "effect/HashMap"
import {
  Account,
  type CoinFutures,
  type EuropeanOptions,
  type Margin,
  type MarginRisk,
  type PortfolioMargin,
  type PortfolioMarginPro,
  type Spot,
  type UsdFutures
} from "effect-binance-user-data"

/** The events of all products. */
export type Event =
  | CoinFutures.Event
  | UsdFutures.Event
  | EuropeanOptions.Event
  | PortfolioMargin.Event
  | PortfolioMarginPro.Event
  | MarginRisk.Event
  | Margin.Event
  | Spot.Event

export interface Order {
  readonly id: string
  readonly symbol: string
  readonly side: string
  readonly type: string
  readonly status: string
  readonly price: string
  readonly quantity: string
  readonly filled: string
}

export interface Balance {
  readonly asset: string
  readonly amount: string
  /** Of spot and margin accounts. */
  readonly locked?: string
}

export interface Position {
  readonly symbol: string
  readonly side: string
  readonly amount: string
  readonly entryPrice: string
}

/** A number of the account as a whole, such as its margin level. */
export interface Figure {
  readonly label: string
  readonly value: string
}

export interface Meaning {
  readonly text: string
  readonly orders?: ReadonlyArray<Order>
  readonly balances?: ReadonlyArray<Balance>
  readonly positions?: ReadonlyArray<Position>
  readonly figures?: ReadonlyArray<Figure>
}

/** Without the zeros at the end of a decimal: `0.02500000` is `0.025`. Binance may leave any amount out. */
export const trim = (decimal = "?"): string =>
  decimal.includes(".") && !/e/i.test(decimal) ? decimal.replace(/\.?0+$/, "") : decimal

/** What the `UM` and `CM` futures of Portfolio Margin, and its margin account, are told apart by. */
const within = (name: string, unit: string | undefined) => (unit === undefined ? name : `${name} (${unit})`)

const unitOf = (event: object): string | undefined =>
  "businessUnit" in event && typeof event.businessUnit === "string" ? event.businessUnit : undefined

const describeOrder = (order: Order): string =>
  `${order.side} ${order.quantity} ${order.symbol} at ${order.price}: ${order.status}, ${order.filled} filled`

const orderMeaning = (order: Order): Meaning => ({ text: describeOrder(order), orders: [order] })

type Tagged<Tag extends Event["_tag"]> = Extract<Event, { readonly _tag: Tag }>

const futuresOrder = (event: Tagged<"OrderTradeUpdate">): Order => {
  const { order } = event
  return {
    id: order.orderId,
    symbol: within(order.symbol, unitOf(event)),
    side: order.side ?? "?",
    type: order.orderType ?? "?",
    status: order.orderStatus ?? "?",
    price: trim(order.originalPrice),
    quantity: trim(order.originalQuantity),
    filled: trim(order.filledAccumulatedQuantity)
  }
}

const spotOrder = (report: Tagged<"ExecutionReport">): Order => ({
  id: report.orderId,
  symbol: report.symbol,
  side: report.side ?? "?",
  type: report.orderType ?? "?",
  status: report.orderStatus ?? "?",
  price: trim(report.orderPrice),
  quantity: trim(report.orderQuantity),
  filled: trim(report.cumulativeFilledQuantity)
})

const algoOrder = (event: Tagged<"AlgoUpdate">): Order => {
  const order = event.algoOrder
  return {
    id: `algo ${order.algoId}`,
    symbol: within(order.symbol, unitOf(event)),
    side: order.side ?? "?",
    type: order.orderType ?? "?",
    status: order.algoStatus ?? "?",
    price: trim(order.orderPrice ?? order.triggerPrice ?? ""),
    quantity: trim(order.quantity ?? ""),
    filled: trim(order.executedQuantity ?? "0")
  }
}

const conditionalOrder = (event: Tagged<"ConditionalOrderTradeUpdate">): Order => {
  const order = event.strategyOrder
  return {
    id: `conditional ${order.strategyId}`,
    symbol: within(order.symbol, unitOf(event)),
    side: order.side ?? "?",
    type: order.strategyType ?? "?",
    status: order.strategyOrderStatus ?? "?",
    price: trim(order.price ?? order.stopPrice ?? ""),
    quantity: trim(order.quantity ?? ""),
    filled: "0"
  }
}

const list = (rows: ReadonlyArray<string>) => rows.join(", ")

const changes = (
  reason: string | undefined,
  balances: ReadonlyArray<Balance>,
  positions: ReadonlyArray<Position>
): Pick<Meaning, "text" | "balances" | "positions"> => ({
  text: list([
    `account changed by ${reason ?? "?"}`,
    ...balances.map(({ amount, asset }) => `${asset} balance ${amount}`),
    ...positions.map(({ amount, symbol }) => `${symbol} position ${amount}`)
  ]),
  balances,
  positions
})

const futuresAccount = (event: Extract<Tagged<"AccountUpdate">, { readonly updateData: object }>): Meaning => {
  const { balances = [], eventReasonType, positions = [] } = event.updateData
  const unit = unitOf(event)
  return changes(
    eventReasonType,
    balances.map(({ asset, walletBalance }) => ({ asset: within(asset, unit), amount: trim(walletBalance) })),
    positions.map(({ entryPrice, positionAmount, positionSide, symbol }) => ({
      symbol: within(symbol, unit),
      side: positionSide,
      amount: trim(positionAmount),
      entryPrice: trim(entryPrice)
    }))
  )
}

const optionsAccount = (event: Tagged<"BalancePositionUpdate">): Meaning =>
  changes(
    event.eventReasonType,
    (event.balances ?? []).map(({ accountBalance, asset }) => ({ asset, amount: trim(accountBalance) })),
    (event.positions ?? []).map(({ averageEntryPrice = "", positionQuantity, symbol }) => ({
      symbol,
      side: "BOTH",
      amount: trim(positionQuantity),
      entryPrice: trim(averageEntryPrice)
    }))
  )

const spotAccount = (event: Tagged<"OutboundAccountPosition">): Meaning => {
  const unit = "updateId" in event ? "margin" : undefined
  const balances = event.balances.map(({ asset, free, locked }) => ({
    asset: within(asset, unit),
    amount: trim(free),
    locked: trim(locked)
  }))
  return {
    text: list(balances.map(({ amount, asset, locked }) => `${asset} ${amount} free, ${locked} locked`)),
    balances
  }
}

const figures = (rows: { readonly [label: string]: string | undefined }): Meaning => {
  const known = Object.entries(rows).flatMap(([label, value]) =>
    value === undefined ? [] : [{ label, value: trim(value) }]
  )
  return { text: list(known.map(({ label, value }) => `${label} ${value}`)), figures: known }
}

const riskLevel = (event: Tagged<"RiskLevelChange">): Meaning =>
  figures({
    "Risk level": event.riskLevel,
    uniMMR: "uniMmr" in event ? event.uniMmr : undefined,
    "Margin balance": "marginBalance" in event ? event.marginBalance : undefined
  })

const liability = (asset: string, what = "change", principal = "0", interest = "0"): Meaning => ({
  text: `${what} of ${asset}: principal ${trim(principal)}, interest ${trim(interest)}`,
  figures: [{ label: `${asset} liability`, value: trim(principal) }]
})

const liabilities = (event: Tagged<"LiabilityChange">): Meaning => {
  if ("asset" in event) {
    return liability(event.asset, event.liabilityType, event.totalLiability ?? event.principal, event.interest)
  }
  const each = event.liabilities.map(({ asset, interest, principal }) =>
    liability(asset, event.liabilityUpdateType, principal, interest)
  )
  return { text: list(each.map(({ text }) => text)), figures: each.flatMap(({ figures = [] }) => figures) }
}

const accountOrder = (order: Account.Order): Order => ({
  id: order.orderId,
  symbol: order.symbol,
  side: order.side,
  type: order.type,
  status: order.status,
  price: trim(order.price),
  quantity: trim(order.quantity),
  filled: trim(order.filled)
})

/** The rows of an account. `orders` are the open ones. */
export const rowsOf = ({
  balances,
  orders,
  positions
}: Account.State): Required<Omit<Meaning, "text" | "figures">> => ({
  orders: Array.from(HashMap.values(orders), accountOrder),
  balances: Array.from(HashMap.values(balances), ({ asset, free, locked, total }) => ({
    asset,
    amount: trim(free ?? total),
    ...(locked === undefined ? {} : { locked: trim(locked) })
  })).sort((a, b) => (a.asset < b.asset ? -1 : 1)),
  positions: Array.from(HashMap.values(positions), ({ amount, entryPrice = "", positionSide, symbol }) => ({
    symbol,
    side: positionSide,
    amount: trim(amount),
    entryPrice: trim(entryPrice)
  })).sort((a, b) => (a.symbol < b.symbol ? -1 : 1))
})

/** What an account found over REST. */
const recovered = (element: Account.AccountElement): Meaning => {
  switch (element._tag) {
    case "RecoveredOrder": {
      const order = accountOrder(element.order)
      return { text: `recovered: ${describeOrder(order)}`, orders: [order] }
    }
    case "RecoveredAlgoOrder": {
      const { algoId, status, symbol } = element.algoOrder
      return { text: `recovered: conditional order ${algoId} of ${symbol}: ${status}` }
    }
    case "RecoveredFill": {
      const { price = "?", quantity, side, symbol } = element.fill
      return { text: `recovered fill: ${side} ${trim(quantity)} ${symbol} at ${trim(price)}` }
    }
    case "Snapshot":
      return { text: "the account is current" }
    case "Unrecovered":
      return { text: `cannot be recovered: ${element.what}, ${element.reason}` }
    case "Diverged":
      return { text: `the stream was deaf: ${list(element.differences)}` }
  }
}

/** Events that have no rows, and those that this version does not know: no more than their names. */
const other = (event: Event): Meaning => {
  switch (event._tag) {
    case "BalanceUpdate":
      return { text: `balance of ${event.asset} changed by ${trim(event.balanceDelta)}` }
    case "TradeLite":
      return {
        text: `fill: ${event.side} ${trim(event.lastFilledQuantity)} ${event.symbol} at ${trim(event.lastFilledPrice)}`
      }
    case "MarginCall":
      return { text: `MARGIN CALL for ${list(event.positions.map(({ symbol }) => symbol))}` }
    case "ListenKeyExpired":
      return { text: "Binance says that the listen key has expired" }
    case "ServerShutdown":
      return { text: "Binance says that this server goes away" }
    case "EventStreamTerminated":
      return { text: "Binance says that the subscription has ended" }
    case "UnknownEvent":
      return { text: `unknown event ${event.eventType}, passed on as it came` }
    case "MalformedEvent":
      return { text: `malformed frame: ${event.reason}` }
    default:
      return { text: event._tag }
  }
}

/** What an event of any product says, or what an account adds to it. */
export const meaningOf = (event: Event | Account.AccountElement): Meaning => {
  if (Account.isAccountElement(event)) {
    return recovered(event)
  }
  switch (event._tag) {
    case "OrderTradeUpdate":
      return orderMeaning(futuresOrder(event))
    case "ExecutionReport":
      return orderMeaning(spotOrder(event))
    case "AlgoUpdate":
      return orderMeaning(algoOrder(event))
    case "ConditionalOrderTradeUpdate":
      return orderMeaning(conditionalOrder(event))
    case "AccountUpdate":
      return "updateData" in event
        ? futuresAccount(event)
        : figures({ Equity: event.accountEquity, "Maintenance margin": event.maintenanceMargin })
    case "BalancePositionUpdate":
      return optionsAccount(event)
    case "OutboundAccountPosition":
      return spotAccount(event)
    case "GreekUpdate":
      return figures(
        Object.fromEntries(
          event.greeks.flatMap(({ delta, theta, underlying }) => [
            [`${underlying} delta`, delta],
            [`${underlying} theta`, theta]
          ])
        )
      )
    case "PmProAccountUpdate":
      return figures({ uniMMR: event.uniMmr, "Equity (USD)": event.accountEquityUsd })
    case "RiskLevelChange":
      return riskLevel(event)
    case "MarginLevelStatusChange":
      return figures({ "Margin level": event.marginLevel, "Margin status": event.marginCallStatus })
    case "MarginLevelChange":
      return figures({ "Margin level": event.marginLevel, "Margin status": event.status })
    case "UserLiabilityChange":
      return liability(event.asset, event.liabilityUpdateType, event.principal, event.interest)
    case "LiabilityChange":
      return liabilities(event)
    default:
      return other(event)
  }
}
