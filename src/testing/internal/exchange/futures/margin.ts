import { refuse } from "../../refusal.js"
import { decimal, divide, greatest, isLess, isZero, subtract, zero } from "../decimal.js"
import { type FuturesAccount, valueOf } from "./account.js"
import type { Draft } from "./model.js"
import { closable } from "./position.js"

/** Refuses an order whose margin the account does not have. */
export const checkMargin = (account: FuturesAccount, draft: Draft) => {
  const { contract } = draft
  const price = isZero(draft.price) ? account.venue.prices.price(contract.symbol) : draft.price
  const value = valueOf(contract, draft.quantity, price)
  if (isLess(value, contract.minNotional)) {
    refuse(400, -4164, "Order's notional must be no smaller than 5 (unless you choose reduce only).")
  }
  const opening = greatest(zero, subtract(draft.quantity, closable(account, draft)))
  const { leverage } = account.config(contract.symbol)
  const need = divide(valueOf(contract, opening, price), decimal(String(leverage)), 8)
  if (isLess(account.margins(contract.marginAsset).available, need)) {
    refuse(400, -2019, "Margin is insufficient.")
  }
}
