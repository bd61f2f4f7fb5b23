import { missing, refuse } from "../../refusal.js"
import {
  add,
  type Decimal,
  decimal,
  divide,
  isAtLeast,
  isLess,
  isNegative,
  isPositive,
  isZero,
  least,
  multiply,
  negate,
  plain,
  subtract,
  truncate,
  zero
} from "../decimal.js"
import { amount, mandatory } from "../parameters.js"
import type { Order, Trade } from "../spot/account.js"
import * as Spot from "../spot/change.js"
import { balanceUpdate, outboundAccountPosition } from "../spot/events.js"
import { expire } from "../spot/execute.js"
import { instrumentOf, place as placeSpot } from "../spot/place.js"
import type { Parameters } from "../venue.js"
import { bars, type Flow, type Interest, type Loan, type MarginAccount } from "./account.js"

/** How much may be owed for one that is owned. */
const leverage = decimal("2")
/** Of a day, and charged by the hour. */
export const interestRate = decimal("0.0003")
const hourlyRate = divide(interestRate, decimal("24"), 10)
/** The least level at which something may be taken out. */
const outBar = decimal("2")

const riskOf = (level: Decimal): number =>
  [bars.normal, bars.marginCall, bars.forceLiquidation].filter((bar) => isLess(level, bar)).length

/** Tells if the account has come to another level of risk. */
export const watch = (account: MarginAccount) => {
  const risk = riskOf(account.level())
  if (risk !== account.risk) {
    account.risk = risk
    account.tell.level(account, account.venue.now())
  }
}

const flow = (account: MarginAccount, type: string, asset: string, change: Decimal, symbol = "") => {
  const { ids, now } = account.venue
  const row: Flow = {
    id: ids.next("flow"),
    tranId: ids.next("transaction"),
    type,
    asset,
    symbol,
    amount: change,
    time: now()
  }
  account.flows.push(row)
  return row
}

/** Tells of a balance that changed without a trade. */
const tellBalance = (account: MarginAccount, asset: string, change: Decimal) => {
  const { venue } = account
  const time = venue.now()
  venue.push(() => balanceUpdate(asset, change, time))
  venue.push(() => outboundAccountPosition(account, [asset], time))
}

export const charge = (account: MarginAccount, asset: string, type: Interest["type"], principal: Decimal) => {
  const time = account.venue.now()
  const interest = truncate(multiply(principal, hourlyRate), 8)
  if (isZero(interest)) {
    return
  }
  const debt = account.debt(asset)
  debt.interest = add(debt.interest, interest)
  const id = account.venue.ids.next("transaction")
  account.interests.push({ id, type, asset, principal, amount: interest, time })
  account.tell.liability(account, { type: "INTEREST", asset, id }, time)
}

/** An hour's interest of everything that is owed. */
export const accrueInterest = (account: MarginAccount) => {
  for (const [asset, { principal }] of account.debts) {
    charge(account, asset, "PERIODIC", principal)
  }
  watch(account)
}

export const checkAsset = (account: MarginAccount, asset: string) => {
  const isKnown = asset === "USDT" || account.venue.prices.has(`${asset}USDT`)
  if (!isKnown || (account.isolated !== undefined && !account.isolated.includes(asset))) {
    refuse(400, -3027, "Not a valid margin asset.")
  }
}

/** Borrows, with the first hour's interest. */
export const borrow = (account: MarginAccount, asset: string, size: Decimal, type: Loan["type"]): Loan => {
  checkAsset(account, asset)
  const { liabilities, net } = account.totals()
  if (isLess(multiply(net, leverage), add(liabilities, account.worth(asset, size)))) {
    refuse(400, -3006, "Your borrow amount has exceed maximum borrow amount.")
  }
  const debt = account.debt(asset)
  debt.principal = add(debt.principal, size)
  account.credit(asset, size)
  const { id, time } = book(account, "BORROW", type, asset, size, zero)
  flow(account, "BORROW", asset, size)
  tellBalance(account, asset, size)
  account.tell.liability(account, { type: "BORROW", asset, id }, time)
  charge(account, asset, "ON_BORROW", size)
  watch(account)
  return account.loans.at(-1)!
}

const book = (
  account: MarginAccount,
  kind: Loan["kind"],
  type: Loan["type"],
  asset: string,
  principal: Decimal,
  interest: Decimal
): Loan => {
  const { ids, now } = account.venue
  const loan: Loan = { id: ids.next("transaction"), kind, type, asset, principal, interest, time: now() }
  account.loans.push(loan)
  return loan
}

/** Pays back: interest before principal. */
export const repay = (
  account: MarginAccount,
  asset: string,
  size: Decimal,
  type: Loan["type"],
  reason = "REPAY"
): Loan => {
  checkAsset(account, asset)
  if (isLess(account.owed(asset), size)) {
    refuse(400, -3015, "Repay amount exceeds borrow amount.")
  }
  if (isLess(account.balance(asset).free, size)) {
    refuse(400, -3041, "Balance is not enough")
  }
  const debt = account.debt(asset)
  const interest = least(debt.interest, size)
  const principal = subtract(size, interest)
  debt.interest = subtract(debt.interest, interest)
  debt.principal = subtract(debt.principal, principal)
  account.debit(asset, size)
  const loan = book(account, "REPAY", type, asset, principal, interest)
  flow(account, reason, asset, negate(size))
  tellBalance(account, asset, negate(size))
  account.tell.liability(account, { type: "REPAY", asset, id: loan.id }, loan.time)
  watch(account)
  return loan
}

/** Pays back what can be paid. */
const repayMost = (account: MarginAccount, asset: string, reason?: string) => {
  const size = least(account.owed(asset), account.balance(asset).free)
  if (isPositive(size)) {
    repay(account, asset, size, "AUTO", reason)
  }
}

/** What comes in, or goes out if the change is negative. */
export const transfer = (account: MarginAccount, asset: string, change: Decimal) => {
  checkAsset(account, asset)
  const { assets, liabilities } = account.totals()
  const after = add(assets, account.worth(asset, multiply(change, account.collateralRate)))
  if (isNegative(change) && isPositive(liabilities) && isLess(after, multiply(liabilities, outBar))) {
    refuse(400, -3020, "Transfer out amount exceeds max amount.")
  }
  if (isNegative(change) && isLess(account.balance(asset).free, negate(change))) {
    refuse(400, -3041, "Balance is not enough")
  }
  Spot.changeBalance(account, asset, change)
  const { time, tranId } = flow(account, "TRANSFER", asset, change)
  account.transfers.push({ id: tranId, asset, amount: change, isIn: isPositive(change), time })
  watch(account)
}

/** What a trade leaves behind beside the trade: flows, and debts that are paid with it. */
export const afterTrade = (account: MarginAccount, trade: Trade) => {
  const { order } = trade
  const { baseAsset, quoteAsset, symbol } = order.instrument
  const isBuy = order.side === "BUY"
  const [got, gave] = isBuy ? [baseAsset, quoteAsset] : [quoteAsset, baseAsset]
  const [gotSize, gaveSize] = isBuy ? [trade.quantity, trade.quoteQuantity] : [trade.quoteQuantity, trade.quantity]
  const isForced = account.liquidations.has(order)
  flow(account, isForced ? `${order.side}_LIQUIDATION` : `${order.side}_INCOME`, got, gotSize, symbol)
  flow(account, isForced ? `${order.side}_LIQUIDATION` : `${order.side}_EXPENSE`, gave, negate(gaveSize), symbol)
  flow(account, "TRADING_COMMISSION", trade.commissionAsset, negate(trade.commission), symbol)
  if (account.repaying.has(order)) {
    repayMost(account, got)
  }
  watch(account)
}

const sideEffects = ["NO_SIDE_EFFECT", "MARGIN_BUY", "AUTO_REPAY", "AUTO_BORROW_REPAY"] as const

/**
 * Places an order, which may borrow what it lacks and pay back with what it brings. Throws a `Refusal`, and then nothing
 * has changed.
 */
export const place = (account: MarginAccount, parameters: Parameters): Order => {
  const sideEffect = parameters.get("sideEffectType") ?? "NO_SIDE_EFFECT"
  if (!sideEffects.some((known) => known === sideEffect)) {
    refuse(400, -1130, "Data sent for parameter 'sideEffectType' is not valid.")
  }
  const borrows = sideEffect === "MARGIN_BUY" || sideEffect === "AUTO_BORROW_REPAY"
  return placeSpot(account, parameters, {
    beforeLock: (asset, need) => {
      const lacking = subtract(need, account.balance(asset).free)
      if (borrows && isPositive(lacking)) {
        borrow(account, asset, lacking, "AUTO")
      }
    },
    onAccepted: (order) => {
      if (sideEffect === "AUTO_REPAY" || sideEffect === "AUTO_BORROW_REPAY") {
        account.repaying.add(order)
      }
    }
  })
}

/** `POST /sapi/v1/margin/borrow-repay` */
export const borrowOrRepay = (account: MarginAccount, parameters: Parameters): Loan => {
  const asset = mandatory(parameters, "asset")
  const size = amount(parameters, "amount") ?? missing("amount")
  const type = mandatory(parameters, "type")
  if (!isPositive(size)) {
    refuse(400, -1130, "Data sent for parameter 'amount' is not valid.")
  }
  if (type === "BORROW") {
    return borrow(account, asset, size, "MANUAL")
  }
  return type === "REPAY" ? repay(account, asset, size, "MANUAL") : missing("type")
}

/** The exchange sells what a symbol's base asset is worth, or buys back what is owed of it, and takes its debt. */
export const liquidate = (account: MarginAccount, parameters: Parameters): Order => {
  const { baseAsset, quoteAsset, stepSize, symbol } = instrumentOf(parameters)
  const owesBase = isPositive(account.owed(baseAsset))
  if (!owesBase && !isPositive(account.owed(quoteAsset))) {
    return refuse(400, -3010, "Repay not allowed.")
  }
  for (const order of Array.from(account.openOrders.values())) {
    expire(account, order, "EXCHANGE_CANCELED")
  }
  const { prices } = account.venue
  const price = prices.price(symbol)
  const affordable = divide(account.balance(quoteAsset).free, price, 8)
  const size = owesBase ? least(account.owed(baseAsset), affordable) : account.balance(baseAsset).free
  const steps = multiply(divide(size, stepSize, 0), stepSize)
  const order = placeSpot(
    account,
    new Map([
      ["symbol", symbol],
      ["side", owesBase ? "BUY" : "SELL"],
      ["type", "LIMIT"],
      ["timeInForce", "IOC"],
      ["quantity", plain(steps)],
      ["price", plain(price)],
      ["newClientOrderId", `autoclose-${account.venue.now()}`]
    ]),
    { onAccepted: (accepted) => account.liquidations.add(accepted) }
  )
  repayMost(account, owesBase ? baseAsset : quoteAsset, "REPAY_LIQUIDATION")
  return order
}

/** Moves the level of an account that owes something, as if its assets counted for more or less. */
export const setLevel = (account: MarginAccount, level: Decimal) => {
  const { assets, liabilities } = account.totals()
  if (!isPositive(liabilities) || !isPositive(assets) || !isAtLeast(level, zero)) {
    refuse(400, -3010, "An account that owes nothing has no level.")
  }
  const before = account.collateralRate
  // Rounded up, so that the level is reached.
  const rate = divide(multiply(multiply(level, liabilities), before), assets, 16)
  account.collateralRate = add(rate, decimal("0.0000000000000001"))
  watch(account)
}
