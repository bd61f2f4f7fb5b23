// How each product is reached without a client: what all clients do in one way or another.
import { WebSocket } from "ws"
import { once } from "./client.mjs"

const calls = {
  CoinFutures: ["/dapi/v1/listenKey", ""],
  UsdFutures: ["/fapi/v1/listenKey", "/private"],
  EuropeanOptions: ["/eapi/v1/listenKey", "/private"],
  PortfolioMargin: ["/papi/v1/listenKey", "/pm"],
  PortfolioMarginPro: ["/fapi/v1/listenKey", "/pm-classic"],
  MarginRisk: ["/sapi/v1/margin/listen-key", ""]
}

const post = async (url, apiKey) =>
  (
    await fetch(url, { method: "POST", headers: { "X-MBX-APIKEY": apiKey }, signal: AbortSignal.timeout(10_000) })
  ).json()

const subscribe = async (socket, method, params) => {
  const answered = once(socket, "message")
  socket.send(JSON.stringify({ id: 1, method, params }))
  const { status } = JSON.parse((await answered).toString())
  if (status !== 200) {
    throw new Error(`${method} was answered with ${status}`)
  }
}

/** An open socket of `ws` on which the events of a product come. */
export const open = async (product, { apiKey, httpUrl, webSocketUrl }) => {
  if (product in calls) {
    const [path, route] = calls[product]
    const { listenKey } = await post(`${httpUrl}${path}`, apiKey)
    const socket = new WebSocket(`${webSocketUrl}${route}/ws/${listenKey}`)
    await once(socket, "open")
    return socket
  }
  const socket = new WebSocket(`${webSocketUrl}/ws-api/v3`)
  await once(socket, "open")
  if (product === "Spot") {
    await subscribe(socket, "userDataStream.subscribe.signature", { apiKey, timestamp: Date.now(), signature: "any" })
  } else {
    const { token } = await post(`${httpUrl}/sapi/v1/userListenToken`, apiKey)
    await subscribe(socket, "userDataStream.subscribe.listenToken", { listenToken: token })
  }
  return socket
}

/** Whether the events of a product come in a wrapper, with the id of their subscription. */
export const isWrapped = (product) => !(product in calls)
