// The official connectors.
import { DerivativesTradingCoinFutures } from "@binance/derivatives-trading-coin-futures"
import { Spot } from "@binance/spot"
import { serve } from "../support/client.mjs"
import { count } from "../support/events.mjs"

const coinFutures = async ({ apiKey, counter, httpUrl, webSocketUrl }) => {
  const client = new DerivativesTradingCoinFutures({
    configurationRestAPI: { apiKey, apiSecret: "any", basePath: httpUrl },
    configurationWebsocketStreams: { wsURL: webSocketUrl }
  })
  const { listenKey } = await (await client.restAPI.startUserDataStream()).data()
  const connection = await client.websocketStreams.connect()
  const answered = new Promise((resolve) => {
    const onMessage = () => {
      connection.off("message", onMessage)
      resolve()
    }
    connection.on("message", onMessage)
  })
  connection.userData(listenKey).on("message", (event) => count(counter, event))
  await answered
}

const spot = async ({ apiKey, counter, webSocketUrl }) => {
  const client = new Spot({
    configurationWebsocketAPI: { apiKey, apiSecret: "any", wsURL: `${webSocketUrl}/ws-api/v3` }
  })
  const connection = await client.websocketAPI.connect()
  const { stream } = await connection.userDataStreamSubscribeSignature()
  stream.on("message", (event) => count(counter, event))
}

serve(({ products: [product], ...options }) => (product === "Spot" ? spot : coinFutures)(options))
