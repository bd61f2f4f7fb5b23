import type { Owner } from "../credentials.js"
import type { Family } from "../products.js"
import { missing, refuse } from "../refusal.js"
import type { Pool } from "../weights.js"
import type { Call, Calls, Context } from "./call.js"

/** Whether a call has to name the listen key. */
type Naming = "none" | "optional" | "required"

interface Options {
  readonly weight: { readonly [method: string]: number }
  readonly naming: Naming
  readonly hasSymbol: boolean
  readonly answersKey: boolean
  readonly answersExpiration: boolean
  readonly isRetired: boolean
}

const ownerOf = ({ key, parameters }: Context, family: Family, hasSymbol: boolean): Owner => {
  const symbol = parameters.get("symbol")
  if (hasSymbol && symbol === undefined) {
    missing("symbol")
  }
  if (hasSymbol && symbol === "") {
    refuse(400, -1105, "Parameter 'symbol' was empty.")
  }
  return { account: key.account, family, symbol: hasSymbol ? symbol : undefined }
}

const activeKey = ({ parameters, world }: Context, owner: Owner, naming: Naming) => {
  const given = naming === "none" ? undefined : parameters.get("listenKey")
  if (given === undefined && naming === "required") {
    missing("listenKey")
  }
  if (given === "") {
    refuse(400, -1105, "Parameter 'listenKey' was empty.")
  }
  const active = world.keys.active(owner)
  return active === undefined || (given !== undefined && given !== active.text)
    ? refuse(400, -1125, "This listenKey does not exist.")
    : active
}

const calls = (path: string, family: Family, pool: Pool, given: Partial<Options> = {}): Calls => {
  const options: Options = {
    weight: { POST: 1, PUT: 1, DELETE: 1 },
    naming: "none",
    hasSymbol: false,
    answersKey: false,
    answersExpiration: false,
    isRetired: false,
    ...given
  }
  const { hasSymbol } = options
  // Margin risk is the only one whose DELETE takes no key.
  const closing: Naming = family === "MarginRisk" ? "none" : options.naming
  const call = (method: string, naming: Naming, answer: Call["answer"]): Calls => ({
    [`${method} ${path}`]: {
      pool,
      weight: options.weight[method] ?? 1,
      security: "key",
      parameters: [...(naming === "none" ? [] : ["listenKey"]), ...(hasSymbol ? ["symbol"] : [])],
      isRetired: options.isRetired,
      answer
    }
  })
  return {
    ...call("POST", "none", (context) => {
      const { expiresAt, text } = context.world.keys.create(ownerOf(context, family, hasSymbol))
      return options.answersExpiration
        ? { listenKey: text, expiration: expiresAt + context.world.skew }
        : { listenKey: text }
    }),
    ...call("PUT", options.naming, (context) => {
      const active = activeKey(context, ownerOf(context, family, hasSymbol), options.naming)
      context.world.keys.extend(active)
      return options.answersKey ? { listenKey: active.text } : {}
    }),
    ...call("DELETE", closing, (context) => {
      context.world.keys.close(activeKey(context, ownerOf(context, family, hasSymbol), closing))
      return {}
    })
  }
}

const day = 24 * 60 * 60 * 1000

const userListenToken: Call = {
  pool: "sapi",
  weight: 1,
  security: "signedIfSent",
  parameters: ["isIsolated", "symbol", "validity"],
  answer: ({ key, parameters, world }) => {
    const isIsolated = (parameters.get("isIsolated") ?? "false").toLowerCase() === "true"
    const symbol = parameters.get("symbol")
    if (isIsolated && (symbol === undefined || symbol === "")) {
      missing("symbol")
    }
    if (isIsolated && !world.exchange.prices.Spot.has(symbol ?? "")) {
      world.journal.violation("UnknownSymbol", `${symbol} in POST /sapi/v1/userListenToken: it stays silent`)
    }
    const validity = Number(parameters.get("validity") ?? day)
    if (!Number.isInteger(validity) || validity <= 0 || validity > day) {
      refuse(400, -1130, "Data sent for parameter 'validity' is not valid.")
    }
    const token = world.tokens.create(key.account, isIsolated ? symbol : undefined, validity)
    return { token: token.text, expirationTime: token.expiresAt + world.skew }
  }
}

/**
 * The calls that let a client listen.
 */
export const listenKeyCalls: Calls = {
  ...calls("/dapi/v1/listenKey", "CoinFutures", "futures", { answersKey: true }),
  ...calls("/fapi/v1/listenKey", "UsdFutures", "futures", { answersKey: true }),
  ...calls("/eapi/v1/listenKey", "EuropeanOptions", "options", { answersExpiration: true }),
  ...calls("/papi/v1/listenKey", "PortfolioMargin", "portfolioMargin"),
  ...calls("/sapi/v1/margin/listen-key", "MarginRisk", "sapiUid", {
    naming: "required",
    weight: { POST: 1, PUT: 1, DELETE: 3000 }
  }),
  ...calls("/api/v3/userDataStream", "Spot", "spot", {
    naming: "required",
    isRetired: true,
    weight: { POST: 2, PUT: 2, DELETE: 2 }
  }),
  ...calls("/sapi/v1/userDataStream", "Margin", "sapiUid", { naming: "optional", isRetired: true }),
  ...calls("/sapi/v1/userDataStream/isolated", "Margin", "sapiUid", {
    naming: "required",
    hasSymbol: true,
    isRetired: true
  }),
  "POST /sapi/v1/userListenToken": userListenToken
}
