import type { Reading } from "../faults/interpret.js"
import { Refusal, refuse, rejectedKey } from "../refusal.js"
import type { Pool } from "../weights.js"
import { methods } from "./methods.js"
import type { Params } from "./params.js"
import { answerCall, callOf, weightOf } from "./restMethods.js"
import type { ApiSession } from "./session.js"

/** What a request is answered with. */
export interface Answer {
  /** The status, and Binance's code where it refuses. */
  readonly outcome: string
  readonly body: Params
  /** Whether it goes without the id of the request. */
  readonly isAnonymous: boolean
}

export const refusalOf = ({ code, data, msg, status }: Refusal): Params => ({ status, error: { code, msg, data } })

/** When to ask again, in epoch ms. */
export const waitOf = (serverTime: number, retryAfter: number) => ({
  serverTime,
  retryAfter: serverTime + retryAfter * 1000
})

/** A key that was revoked ends its session; tells whether it did. */
const endRevoked = (session: ApiSession): boolean => {
  const { logon, world } = session
  const isRevoked = logon !== undefined && world.accounts.find(logon.key.apiKey) === undefined
  if (isRevoked) {
    session.logon = undefined
  }
  return isRevoked
}

const useWeight = ({ world }: ApiSession, pool: Pool, weight: number) => {
  const excess = world.use(pool, weight)
  if (excess !== undefined) {
    throw new Refusal(excess.status, -1003, excess.msg, waitOf(world.serverTime(), excess.retryAfter))
  }
}

const resultOf = (session: ApiSession, pool: Pool, name: string, params: Params, reading: Reading): unknown => {
  const { version } = session.address
  const { journal } = session.world
  const call = callOf(version, name)
  const found = methods[name]
  const method = found?.versions.includes(version) ? found : undefined
  for (const parameter of Object.keys(params)) {
    if (call === undefined && !found?.parameters.includes(parameter)) {
      journal.violation("UnknownParameter", `${parameter} in ${name}`)
    }
  }
  if (session.address.isSbe) {
    refuse(400, -1020, "SBE is not simulated: connect without responseFormat=sbe")
  }
  useWeight(session, pool, call === undefined ? (method?.weight(version) ?? 2) : weightOf(call, params))
  if (call !== undefined) {
    return answerCall(call, session, params, reading)
  }
  if (method === undefined) {
    journal.violation("UnknownMethod", name)
    return refuse(400, -1020, `This operation is not supported: ${name}`)
  }
  return method.answer(session, params)
}

export const answerOf = (session: ApiSession, pool: Pool, name: string, params: Params, reading: Reading): Answer => {
  const isRevoked = endRevoked(session)
  try {
    const result = isRevoked ? rejectedKey() : resultOf(session, pool, name, params, reading)
    return { outcome: "200", body: { status: 200, result }, isAnonymous: false }
  } catch (error) {
    if (error instanceof Refusal) {
      return { outcome: `${error.status} ${error.code}`, body: refusalOf(error), isAnonymous: isRevoked }
    }
    throw error
  }
}
