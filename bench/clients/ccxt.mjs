// `ccxt` pro, which tells of orders alone, and of several at once where they come quickly.
import ccxt from "ccxt"
import { serve } from "../support/client.mjs"

/** Every address with its path kept, on the server here. */
const moved = (value, { httpUrl, webSocketUrl }) => {
  if (typeof value === "string") {
    return value.replace(/^https?:\/\/[^/]+/, httpUrl).replace(/^wss?:\/\/[^/]+/, webSocketUrl)
  }
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, moved(child, { httpUrl, webSocketUrl })]))
}

const exchangeOf = (product, { apiKey, ...server }) => {
  const isSpot = product === "Spot"
  const exchange = new ccxt.pro[isSpot ? "binance" : "binancecoinm"]({
    apiKey,
    secret: "any",
    options: { fetchCurrencies: false, fetchMargins: false, fetchMarkets: [isSpot ? "spot" : "inverse"] }
  })
  exchange.urls.api = moved(exchange.urls.api, server)
  return exchange
}

serve(async ({ counter, products: [product], ...options }) => {
  const exchange = exchangeOf(product, options)
  // What it wants for addresses that begin with `ws:`.
  await exchange.loadHttpProxyAgent()
  await exchange.loadMarkets()

  // Counted as each order has been read, because what comes while nobody waits in `watchOrders` is told with the next
  // one, and after the last one not at all.
  const handleOrder = exchange.handleOrder.bind(exchange)
  exchange.handleOrder = (client, message) => {
    handleOrder(client, message)
    counter.add(1)
  }

  let seen = 0
  const loop = async () => {
    for (;;) {
      for (const { clientOrderId } of await exchange.watchOrders()) {
        seen += clientOrderId.length
      }
    }
  }
  loop().catch((error) => {
    throw new Error(`after ${seen} characters`, { cause: error })
  })
})
