// `binance`, which renames what it gets (`beautify`).
import { DefaultLogger, WebsocketAPIClient, WebsocketClient } from "binance"
import { once, serve } from "../support/client.mjs"

const silent = { ...DefaultLogger, trace: () => undefined, info: () => undefined, error: () => undefined }

serve(async ({ apiKey, counter, httpUrl, products: [product], webSocketUrl }) => {
  const options = {
    api_key: apiKey,
    api_secret: "any",
    beautify: true,
    wsUrl: webSocketUrl,
    restOptions: { baseUrl: httpUrl }
  }
  const handle = (event) => {
    switch (event.eventType) {
      case "ORDER_TRADE_UPDATE":
        counter.order(event.order.clientOrderId, event.eventTime)
        break
      case "executionReport":
        counter.order(event.newClientOrderId, event.eventTime)
        break
      default:
        counter.other(event.eventTime)
    }
  }
  if (product === "Spot") {
    const api = new WebsocketAPIClient({ ...options, attachEventListeners: false }, silent)
    api.getWSClient().on("formattedMessage", handle)
    await api.subscribeUserDataStream("mainWSAPI")
  } else {
    const client = new WebsocketClient(options, silent)
    client.on("formattedMessage", handle)
    const opened = once(client, "open")
    await client.subscribeCoinFuturesUserDataStream()
    await opened
  }
})
