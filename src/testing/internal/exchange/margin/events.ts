import { type Decimal, fixed } from "../decimal.js"
import type { Event } from "../venue.js"
import type { MarginAccount, Tell } from "./account.js"

const amount = (value: Decimal) => fixed(value, 8)

/** Of the risk stream. */
const userLiabilityChange = (account: MarginAccount, asset: string, type: string, time: number): Event => {
  const { interest, principal } = account.debt(asset)
  return { e: "USER_LIABILITY_CHANGE", E: time, a: asset, t: type, p: amount(principal), i: amount(interest) }
}

/** Of the risk stream. */
const marginLevelStatusChange = (account: MarginAccount, time: number): Event => ({
  e: "MARGIN_LEVEL_STATUS_CHANGE",
  E: time,
  l: amount(account.level()),
  s: `MARGIN_LEVEL_${account.risk}`
})

/** What the risk stream is told; of cross margin only. */
export const riskStream = (push: (event: () => Event) => void): Tell => ({
  liability: (account, { asset, type }, time) => push(() => userLiabilityChange(account, asset, type, time)),
  level: (account, time) => push(() => marginLevelStatusChange(account, time))
})

/** Isolated accounts have no risk stream. */
export const nobody: Tell = { liability: () => undefined, level: () => undefined }
