import type { Pool } from "../weights.js"
import type { Call, Calls } from "./call.js"

const time = (pool: Pool): Call => ({
  pool,
  weight: 1,
  security: "none",
  answer: ({ isMicrosecond, world }) => ({ serverTime: world.serverTime() * (isMicrosecond ? 1000 : 1) })
})

const ping = (pool: Pool): Call => ({ pool, weight: 1, security: "none", answer: () => ({}) })

/**
 * The calls that need no key.
 */
export const generalCalls: Calls = {
  "GET /api/v3/time": time("spot"),
  "GET /fapi/v1/time": time("futures"),
  "GET /dapi/v1/time": time("futures"),
  "GET /eapi/v1/time": time("options"),
  "GET /api/v3/ping": ping("spot"),
  "GET /fapi/v1/ping": ping("futures"),
  "GET /dapi/v1/ping": ping("futures"),
  "GET /eapi/v1/ping": ping("options"),
  "GET /papi/v1/ping": ping("portfolioMargin")
}
