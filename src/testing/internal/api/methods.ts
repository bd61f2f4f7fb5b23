import type { Family } from "../products.js"
import { refuse } from "../refusal.js"
import { knownKey, signedBy, signedByRequestOrSession } from "./authentication.js"
import { mandatory, type Params, textOf } from "./params.js"
import type { ApiAddress, ApiSession, Subscription } from "./session.js"

/**
 * A method of a WebSocket API: where it is known, what it costs there, and what it answers.
 */
export interface Method {
  readonly versions: ReadonlyArray<ApiAddress["version"]>
  readonly weight: (version: ApiAddress["version"]) => number
  /** The names that are known. */
  readonly parameters: ReadonlyArray<string>
  /** The value of `result`. Throws a `Refusal`. */
  readonly answer: (session: ApiSession, params: Params) => unknown
}

const everywhere: Method["versions"] = ["v3", "fapi", "dapi"]
const signing = ["apiKey", "timestamp", "signature", "recvWindow"]

const method = (
  parameters: ReadonlyArray<string>,
  answer: Method["answer"],
  versions: Method["versions"] = everywhere,
  weight: Method["weight"] = () => 2
): Method => ({ parameters, answer, versions, weight })

const spot: Method["versions"] = ["v3"]

const logOn: Method["answer"] = (session, params) => {
  const key = signedBy(session, params, ({ kind }) => {
    if (kind !== "Ed25519") {
      refuse(400, -2028, `${kind === "RSA" ? "RSA" : "HMAC-SHA-256"} API key is not supported.`)
    }
  })
  session.logon = { key, since: session.world.serverTime() }
  return session.status()
}

const logOut: Method["answer"] = (session) => {
  session.logon = undefined
  const result = session.status()
  for (const subscription of Array.from(session.subscriptions.values())) {
    if (subscription.kind === "Logon") {
      session.terminateBehindAnswer(subscription)
    }
  }
  return result
}

const subscribe: Method["answer"] = (session) => {
  const { logon } = session
  if (logon === undefined) {
    return refuse(401, -1193, "The session is not authenticated: log on first with session.logon.")
  }
  return { subscriptionId: session.subscribe("Logon", logon.key.account, "Spot", undefined).id }
}

const subscribeSignature: Method["answer"] = (session, params) => {
  const key = signedByRequestOrSession(session, params)
  return { subscriptionId: session.subscribe("Signature", key.account, "Spot", undefined).id }
}

const subscribeToken: Method["answer"] = (session, params) => {
  const { tokens, skew, timers } = session.world
  const token = tokens.find(mandatory(params, "listenToken")) ?? refuse(400, -1209, "Invalid listen token.")
  const running = Array.from(session.subscriptions.values()).find(
    ({ account, product, symbol }) => product === "Margin" && account === token.account && symbol === token.symbol
  )
  const subscription = running ?? session.subscribe("Token", token.account, "Margin", token.symbol)
  subscription.timer?.cancel()
  const check = () => {
    const left = token.expiresAt - session.world.now()
    if (left <= 0) {
      session.terminate(subscription)
    } else {
      subscription.timer = timers.after(left, check)
    }
  }
  check()
  return { subscriptionId: subscription.id, expirationTime: (token.expiresAt + skew) * 1000 }
}

const unsubscribe: Method["answer"] = (session, { subscriptionId }) => {
  const one = (): Subscription =>
    session.subscriptions.get(Number(textOf(subscriptionId))) ??
    refuse(400, -2036, "User Data Stream subscription is not active.")
  const ended =
    subscriptionId === undefined || subscriptionId === null ? Array.from(session.subscriptions.values()) : [one()]
  for (const subscription of ended) {
    session.terminateBehindAnswer(subscription)
  }
  return {}
}

const families: { readonly [V in ApiAddress["version"]]: Family } = {
  v3: "Spot",
  fapi: "UsdFutures",
  dapi: "CoinFutures"
}

const keyOwner = (session: ApiSession, params: Params) => {
  const { version } = session.address
  if (version === "v3" && session.world.settings.retired) {
    refuse(410, -1020, "This operation is retired: use userDataStream.subscribe.")
  }
  const key =
    params.apiKey === undefined && session.logon !== undefined
      ? session.logon.key
      : knownKey(session, mandatory(params, "apiKey"))
  return { account: key.account, family: families[version], symbol: undefined }
}

const activeKey = (session: ApiSession, params: Params) => {
  const active = session.world.keys.active(keyOwner(session, params))
  const given = session.address.version === "v3" ? mandatory(params, "listenKey") : undefined
  return active === undefined || (given !== undefined && given !== active.text)
    ? refuse(400, -1125, "This listenKey does not exist.")
    : active
}

const keyWeight: Method["weight"] = (version) => (version === "v3" ? 2 : 1)

const startKey: Method["answer"] = (session, params) => ({
  listenKey: session.world.keys.create(keyOwner(session, params)).text
})

const pingKey: Method["answer"] = (session, params) => {
  const active = activeKey(session, params)
  session.world.keys.extend(active)
  return session.address.version === "v3" ? {} : { listenKey: active.text }
}

const stopKey: Method["answer"] = (session, params) => {
  session.world.keys.close(activeKey(session, params))
  return {}
}

/**
 * The methods by name.
 */
export const methods: { readonly [name: string]: Method } = {
  ping: method([], () => ({})),
  time: method([], (session) => ({ serverTime: session.time(session.world.serverTime()) })),
  "session.logon": method(signing, logOn),
  "session.status": method([], (session) => session.status()),
  "session.logout": method([], logOut),
  "session.subscriptions": method(
    [],
    (session) => Array.from(session.subscriptions.keys(), (subscriptionId) => ({ subscriptionId })),
    spot
  ),
  "userDataStream.subscribe": method([], subscribe, spot),
  "userDataStream.subscribe.signature": method(signing, subscribeSignature, spot),
  "userDataStream.subscribe.listenToken": method(["listenToken"], subscribeToken, spot),
  "userDataStream.unsubscribe": method(["subscriptionId"], unsubscribe, spot),
  "userDataStream.start": method(["apiKey"], startKey, everywhere, keyWeight),
  "userDataStream.ping": method(["apiKey", "listenKey"], pingKey, everywhere, keyWeight),
  "userDataStream.stop": method(["apiKey", "listenKey"], stopKey, everywhere, keyWeight)
}
