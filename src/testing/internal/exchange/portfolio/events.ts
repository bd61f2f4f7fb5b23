import { add, fixed } from "../decimal.js"
import type { Tell } from "../margin/account.js"
import type { Event } from "../venue.js"

/** An event that the stream of portfolio margin has another way, or not at all. */
type Translation = (event: any) => Event | undefined

const order: Translation = ({
  cp: _cp,
  er: _er,
  ma: _ma,
  ot: _ot,
  pP: _pP,
  pm: _pm,
  si: _si,
  ss: _ss,
  wt: _wt,
  ...o
}) => o

const position: Translation = ({ iw: _iw, ma: _ma, mt: _mt, ...row }) => row

/** The status of a conditional order; that it is about to be placed is not told. */
const strategyStatus: { readonly [status: string]: string | undefined } = {
  NEW: "NEW",
  CANCELED: "CANCELED",
  EXPIRED: "EXPIRED",
  REJECTED: "EXPIRED",
  TRIGGERED: "TRIGGERED",
  FINISHED: "FINISHED"
}

/** COIN-M has conditional orders where USD-M has algo orders. */
const conditional: Translation = ({ E, T, o }) => {
  const os = strategyStatus[o.X]
  return os === undefined
    ? undefined
    : {
        e: "CONDITIONAL_ORDER_TRADE_UPDATE",
        T,
        E,
        fs: "CM",
        so: {
          s: o.s,
          c: o.caid,
          si: o.aid,
          S: o.S,
          st: o.o,
          f: o.f,
          q: o.q,
          p: o.p,
          sp: o.tp,
          os,
          T,
          ut: T,
          R: o.R,
          wt: o.wt,
          ps: o.ps,
          cp: o.cp,
          i: o.ai === "" ? 0 : BigInt(o.ai),
          V: o.V,
          gtd: o.gtd
        }
      }
}

/** Of a futures account, which is the USD-M or the COIN-M part. */
export const futuresPart =
  (unit: "UM" | "CM"): Translation =>
  ({ e, i = "", ...event }) => {
    const head = { e, fs: unit, E: event.E, T: event.T }
    switch (e) {
      case "ORDER_TRADE_UPDATE":
        return { ...head, i, o: order(event.o) }
      case "ACCOUNT_UPDATE": {
        const { P, ...a } = event.a
        return { ...head, i, a: P === undefined ? a : { ...a, P: P.map(position) } }
      }
      case "ALGO_UPDATE":
        return unit === "UM" ? { ...head, ao: event.o } : conditional(event)
      default:
        return { ...head, ac: event.ac }
    }
  }

/** Of the margin account; lists are not told. */
export const marginPart =
  (updateId: bigint): Translation =>
  (event) => {
    switch (event.e) {
      case "executionReport": {
        const { M: _, ...report } = event
        return report
      }
      case "listStatus":
        return undefined
      default:
        return { ...event, U: updateId }
    }
  }

/** Debts are told on the same stream. */
export const liabilities = (push: (event: () => Event) => void): Tell => ({
  liability: (account, { asset, id, type }, time) => {
    const { interest, principal } = account.debt(asset)
    const amounts = { p: fixed(principal, 8), i: fixed(interest, 8), l: fixed(add(principal, interest), 8) }
    push(() => ({ e: "liabilityChange", E: time, a: asset, t: type, T: id, ...amounts }))
  },
  level: () => undefined
})
