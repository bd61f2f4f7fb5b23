import type { SimulatedBinance } from "effect-binance-user-data/testing"
import { keys } from "./simulated.js"

export const ccxtOptions = (type: "spot" | "swap") => ({
  apiKey: keys.hmac.apiKey,
  secret: keys.hmac.apiSecret,
  options: { defaultType: type, fetchMarkets: { types: ["spot", "linear", "inverse"] } }
})

/** An address with another host and the same path. */
const moved = (address: unknown, host: string): unknown =>
  typeof address === "string"
    ? address.replace(/^\w+:\/\/[^/]+/, host)
    : Object.fromEntries(
        Object.entries(address as object).map(([name, inner]) => [
          name,
          moved(inner, name === "ws" ? host.replace("http", "ws") : host)
        ])
      )

/** A client of ccxt that asks the simulated Binance. */
export const pointed = (exchange: any, binance: SimulatedBinance.SimulatedBinance.Service) => {
  exchange.urls.api = moved(exchange.urls.api, binance.httpUrl)
  return exchange
}
