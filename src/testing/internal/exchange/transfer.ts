import { type Decimal, negate } from "./decimal.js"
import { FuturesAccount } from "./futures/account.js"
import { changeWallet } from "./futures/change.js"
import { MarginAccount } from "./margin/account.js"
import * as Margin from "./margin/change.js"
import type { SpotAccount } from "./spot/account.js"
import * as Spot from "./spot/change.js"

/** An account of any product. */
export type Account = SpotAccount | FuturesAccount

/** What comes in, or goes out if the change is negative. */
export const changeBalance = (account: Account, asset: string, change: Decimal) => {
  if (account instanceof FuturesAccount) {
    changeWallet(account, asset, change)
  } else if (account instanceof MarginAccount) {
    Margin.transfer(account, asset, change)
  } else {
    Spot.changeBalance(account, asset, change)
  }
}

/** From one account to another. Throws a `Refusal`, and then nothing has changed. */
export const transfer = (source: Account, target: Account, asset: string, size: Decimal) => {
  if (target instanceof MarginAccount) {
    Margin.checkAsset(target, asset)
  }
  changeBalance(source, asset, negate(size))
  changeBalance(target, asset, size)
}
