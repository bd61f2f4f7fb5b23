import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { BinanceHttp, Credentials } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"

/** Places a spot order that smart order routing fills, by REST. */
export const route = (order: {
  readonly symbol: string
  readonly side: "BUY" | "SELL"
  readonly type: "MARKET" | "LIMIT"
  readonly quantity: string
  readonly price?: string
  readonly timeInForce?: string
}) =>
  Effect.gen(function* () {
    const { httpUrl } = yield* SimulatedBinance.SimulatedBinance
    const http = yield* BinanceHttp.BinanceHttp
    const { apiKey, signer } = yield* Credentials.Credentials
    const { orderId } = yield* http.request({
      method: "POST",
      baseUrl: httpUrl,
      path: "/api/v3/sor/order",
      apiKey,
      query: { ...order },
      signature: { signer: Option.getOrThrow(signer), timePath: "/api/v3/time" },
      response: Schema.Struct({ orderId: Schema.Number })
    })
    return { product: "Spot", symbol: order.symbol, orderId: String(orderId) } as const
  })
