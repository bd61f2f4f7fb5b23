import type { Reading } from "../faults/interpret.js"
import type { Call } from "../rest/call.js"
import { calls } from "../rest/calls.js"
import { signedByRequestOrSession } from "./authentication.js"
import { type Params, textOf } from "./params.js"
import type { ApiAddress, ApiSession } from "./session.js"

type Version = ApiAddress["version"]

const futures = (prefix: string) => ({
  "order.place": `POST ${prefix}/v1/order`,
  "order.test": `POST ${prefix}/v1/order/test`,
  "order.modify": `PUT ${prefix}/v1/order`,
  "order.cancel": `DELETE ${prefix}/v1/order`,
  "order.status": `GET ${prefix}/v1/order`,
  "algoOrder.place": `POST ${prefix}/v1/algoOrder`,
  "algoOrder.cancel": `DELETE ${prefix}/v1/algoOrder`
})

/** Methods that are a call over HTTP by another name. */
const endpoints: { readonly [V in Version]: { readonly [method: string]: string } } = {
  v3: {
    exchangeInfo: "GET /api/v3/exchangeInfo",
    "ticker.price": "GET /api/v3/ticker/price",
    "order.place": "POST /api/v3/order",
    "order.test": "POST /api/v3/order/test",
    "sor.order.place": "POST /api/v3/sor/order",
    "order.status": "GET /api/v3/order",
    "order.cancel": "DELETE /api/v3/order",
    "order.cancelReplace": "POST /api/v3/order/cancelReplace",
    "order.amend.keepPriority": "PUT /api/v3/order/amend/keepPriority",
    "order.amendments": "GET /api/v3/order/amendments",
    "openOrders.status": "GET /api/v3/openOrders",
    "openOrders.cancelAll": "DELETE /api/v3/openOrders",
    "orderList.place.oco": "POST /api/v3/orderList/oco",
    "orderList.place.oto": "POST /api/v3/orderList/oto",
    "orderList.place.otoco": "POST /api/v3/orderList/otoco",
    "orderList.status": "GET /api/v3/orderList",
    "orderList.cancel": "DELETE /api/v3/orderList",
    "openOrderLists.status": "GET /api/v3/openOrderList",
    allOrders: "GET /api/v3/allOrders",
    allOrderLists: "GET /api/v3/allOrderList",
    myTrades: "GET /api/v3/myTrades",
    myPreventedMatches: "GET /api/v3/myPreventedMatches",
    myAllocations: "GET /api/v3/myAllocations",
    "account.status": "GET /api/v3/account",
    "account.commission": "GET /api/v3/account/commission",
    "account.rateLimits.orders": "GET /api/v3/rateLimit/order"
  },
  fapi: {
    ...futures("/fapi"),
    "ticker.price": "GET /fapi/v1/ticker/price",
    "account.status": "GET /fapi/v3/account",
    "account.balance": "GET /fapi/v3/balance",
    "account.position": "GET /fapi/v3/positionRisk"
  },
  dapi: {
    ...futures("/dapi"),
    "account.status": "GET /dapi/v1/account",
    "account.balance": "GET /dapi/v1/balance",
    "account.position": "GET /dapi/v1/positionRisk"
  }
}

/** The call that a method is, if it is one. */
export const callOf = (version: Version, method: string): Call | undefined => {
  const endpoint = endpoints[version][method]
  return endpoint === undefined ? undefined : calls[endpoint]
}

const parametersOf = (params: Params): ReadonlyMap<string, string> =>
  new Map(Object.entries(params).map(([name, value]) => [name, textOf(value)]))

export const weightOf = (call: Call, params: Params): number =>
  typeof call.weight === "number" ? call.weight : call.weight(parametersOf(params))

const nobody = { apiKey: "", account: "", kind: "None", verify: () => false } as const

export const answerCall = (call: Call, session: ApiSession, params: Params, { alter, lag }: Reading): unknown =>
  alter(
    call.answer({
      world: session.world,
      readTime: session.world.serverTime() - lag,
      isMicrosecond: session.address.isMicrosecond,
      key: call.security === "none" ? nobody : signedByRequestOrSession(session, params),
      parameters: parametersOf(params)
    })
  )
