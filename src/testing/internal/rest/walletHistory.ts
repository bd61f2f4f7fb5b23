import { type Decimal, fixed, plain, sum } from "../exchange/decimal.js"
import { mandatory, millis } from "../exchange/parameters.js"
import type { Conversion, Converted, Dividend, Moved, Wallet } from "../exchange/wallet.js"
import { refuse } from "../refusal.js"
import type { Context } from "./call.js"
import { paged } from "./paged.js"

const day = 24 * 60 * 60 * 1000

const amount = (value: Decimal) => fixed(value, 8)

const walletOf = ({ key, world }: Context): Wallet => world.exchange.wallet(key.account)

/** The rows of a span of time, newest first. */
const within = <A extends { readonly time: number }>(
  rows: ReadonlyArray<A>,
  { parameters, readTime }: Context,
  days: number
): ReadonlyArray<A> => {
  const end = millis(parameters, "endTime") ?? readTime
  const start = millis(parameters, "startTime") ?? end - days * day
  if (start > end || end - start > days * day) {
    refuse(400, -4047, `Time interval must be within 0-${days} days`)
  }
  return rows.filter(({ time }) => time >= start && time <= Math.min(end, readTime)).reverse()
}

const ofAsset =
  ({ parameters }: Context, name: string) =>
  ({ asset }: { readonly asset: string }) =>
    (parameters.get(name) ?? asset) === asset

const page = <A>(rows: ReadonlyArray<A>, { parameters }: Context): ReadonlyArray<A> => {
  const offset = millis(parameters, "offset") ?? 0
  return rows.slice(offset, offset + Math.min(millis(parameters, "limit") ?? 1000, 1000))
}

/** All that a key may do here. */
export const apiRestrictions = () => ({
  ipRestrict: false,
  createTime: Date.UTC(2026, 0, 1),
  enableReading: true,
  enableWithdrawals: true,
  enableInternalTransfer: true,
  enableMargin: true,
  enableFutures: true,
  permitsUniversalTransfer: true,
  enableVanillaOptions: true,
  enableFixApiTrade: false,
  enableFixReadOnly: false,
  enableSpotAndMarginTrading: true,
  enablePortfolioMarginTrading: true
})

/** What deposits and withdrawals have in common. */
const passageRow = ({ amount, asset, id }: Wallet["deposits"][number]) => ({
  id: String(id),
  amount: plain(amount),
  coin: asset,
  network: asset,
  address: "simulated",
  txId: id.toString(16).padStart(64, "0"),
  transferType: 0,
  walletType: 0
})

const completed = { deposit: 1, withdrawal: 6 }

/** Whether a state is asked for that everything here is in. */
const isAskedFor = ({ parameters }: Context, state: number) =>
  (parameters.get("status") ?? String(state)) === String(state)

export const deposits = (context: Context) => {
  const rows = within(walletOf(context).deposits, context, 90).filter(ofAsset(context, "coin"))
  return page(isAskedFor(context, completed.deposit) ? rows : [], context).map((row) => ({
    ...passageRow(row),
    status: completed.deposit,
    addressTag: "",
    insertTime: row.time,
    completeTime: row.time,
    confirmTimes: "1/1",
    unlockConfirm: 1,
    travelRuleStatus: 0
  }))
}

/** `2026-11-25 08:01:12` */
const text = (time: number) => new Date(time).toISOString().slice(0, 19).replace("T", " ")

export const withdrawals = (context: Context) => {
  const rows = within(walletOf(context).withdrawals, context, 90).filter(ofAsset(context, "coin"))
  return page(isAskedFor(context, completed.withdrawal) ? rows : [], context).map((row) => ({
    ...passageRow(row),
    status: completed.withdrawal,
    transactionFee: "0",
    applyTime: text(row.time),
    completeTime: text(row.time),
    withdrawOrderId: "",
    info: "",
    confirmNo: 1,
    txKey: ""
  }))
}

const transferRow = ({ amount, asset, id, time, type }: Moved) => ({
  asset,
  amount: plain(amount),
  type,
  status: "CONFIRMED",
  tranId: id,
  timestamp: time
})

export const transfers = (context: Context) => {
  const type = mandatory(context.parameters, "type")
  const rows = walletOf(context).transfers.filter((row) => row.type === type)
  return paged(rows, context, transferRow, 180)
}

const dividendRow = ({ amount: paid, asset, id, info, time }: Dividend) => ({
  id,
  amount: amount(paid),
  asset,
  divTime: time,
  enInfo: info,
  tranId: id,
  direction: 1
})

export const dividends = (context: Context) => {
  const rows = within(walletOf(context).dividends, context, 180).filter(ofAsset(context, "asset"))
  const limit = Math.min(millis(context.parameters, "limit") ?? 20, 500)
  return { rows: rows.slice(0, limit).map(dividendRow), total: rows.length }
}

const convertedRow = (converted: Converted, { id }: Conversion) => ({
  transId: id,
  serviceChargeAmount: amount(converted.charge),
  amount: amount(converted.amount),
  operateTime: converted.time,
  transferedAmount: amount(converted.received),
  fromAsset: converted.asset,
  targetAsset: "BNB"
})

const conversionRow = (conversion: Conversion) => ({
  operateTime: conversion.time,
  totalTransferedAmount: amount(sum(conversion.parts.map(({ received }) => received))),
  totalServiceChargeAmount: amount(sum(conversion.parts.map(({ charge }) => charge))),
  transId: conversion.id,
  userAssetDribbletDetails: conversion.parts.map((part) => convertedRow(part, conversion))
})

export const conversions = (context: Context) => {
  const rows = within(walletOf(context).conversions, context, 3650).slice(0, 100)
  return { total: rows.length, userAssetDribblets: rows.map(conversionRow) }
}
