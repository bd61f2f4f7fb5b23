import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BinanceHttp, Credentials, Environment } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"

export interface Answer {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly text: string
}

/** A Binance that answers from a table, by path. */
export const layerAnswering = (answer: (path: string, query: URLSearchParams) => Answer) =>
  Layer.merge(
    BinanceHttp.layer,
    Credentials.layer({ apiKey: SimulatedBinance.defaultApiKey, secretKey: SimulatedBinance.defaultSecretKey })
  ).pipe(
    Layer.provide(
      Layer.succeed(
        HttpClient.HttpClient,
        HttpClient.make((request, url) =>
          Effect.sync(() => {
            const { headers, status, text } = answer(url.pathname, url.searchParams)
            return HttpClientResponse.fromWeb(
              request,
              new Response(text, { status: status ?? 200, ...(headers === undefined ? {} : { headers }) })
            )
          })
        )
      )
    ),
    Layer.merge(Environment.layerProduction)
  )
