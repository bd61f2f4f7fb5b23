import type { ApiKey } from "../accounts.js"
import { refuse, rejectedKey } from "../refusal.js"
import { checkTiming } from "../timing.js"
import { mandatory, type Params, payloadOf, textOf } from "./params.js"
import type { ApiSession } from "./session.js"

const checkTime = (session: ApiSession, params: Params) => {
  const timestamp = mandatory(params, "timestamp")
  const recvWindow = params.recvWindow === undefined ? undefined : textOf(params.recvWindow)
  const mistimed = checkTiming(session.world.serverTime(), timestamp, recvWindow)
  if (mistimed !== undefined) {
    refuse(400, mistimed.code, mistimed.msg)
  }
}

export const knownKey = (session: ApiSession, apiKey: string): ApiKey =>
  session.world.accounts.find(apiKey) ?? rejectedKey()

export const signedBy = (
  session: ApiSession,
  params: Params,
  check: (key: ApiKey) => void = () => undefined
): ApiKey => {
  const apiKey = mandatory(params, "apiKey")
  mandatory(params, "timestamp")
  const signature = mandatory(params, "signature")
  const key = knownKey(session, apiKey)
  check(key)
  checkTime(session, params)
  if (!key.verify(payloadOf(params), signature)) {
    session.world.journal.violation("InvalidSignature", session.path)
    refuse(400, -1022, "Signature for this request is not valid.")
  }
  return key
}

/** A session that is logged on signs for requests that name no key; only their time is still mandatory. */
export const signedByRequestOrSession = (session: ApiSession, params: Params): ApiKey => {
  if (params.apiKey !== undefined || params.signature !== undefined || session.logon === undefined) {
    return signedBy(session, params)
  }
  checkTime(session, params)
  return session.logon.key
}
