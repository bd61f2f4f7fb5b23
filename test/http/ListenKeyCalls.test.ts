import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { BinanceHttp, Credentials, Environment, ListenKey } from "effect-binance-user-data"
import { NodeLayer } from "effect-binance-user-data/node"
import * as RecordingServer from "./recordingServer.js"

const apiKey = "api-key-of-the-test"
const listenKey = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"

const at = (url: string) =>
  Layer.mergeAll(
    BinanceHttp.layer(),
    Credentials.layer({ apiKey }),
    Environment.layer(RecordingServer.environmentAt(url))
  ).pipe(Layer.provide(NodeLayer.layer))

interface Call {
  readonly method: string
  readonly query: string
  readonly body: string
  readonly answer: string
}

interface Row {
  readonly name: string
  readonly endpoint: ListenKey.Endpoint
  readonly path: string
  readonly create: Call
  readonly keepalive: Call
  readonly close: Call
}

const key = JSON.stringify({ listenKey })
const plain = (method: string, answer: string): Call => ({ method, query: "", body: "", answer })

/** The listen-key calls of every product, as Binance documents them. */
const table: ReadonlyArray<Row> = [
  {
    name: "COIN-M futures",
    endpoint: ListenKey.endpoints.CoinFutures,
    path: "/dapi/v1/listenKey",
    create: plain("POST", key),
    keepalive: plain("PUT", key),
    close: plain("DELETE", "{}")
  },
  {
    name: "USD-M futures",
    endpoint: ListenKey.endpoints.UsdFutures,
    path: "/fapi/v1/listenKey",
    create: plain("POST", key),
    keepalive: plain("PUT", key),
    close: plain("DELETE", "{}")
  },
  {
    name: "options",
    endpoint: ListenKey.endpoints.EuropeanOptions,
    path: "/eapi/v1/listenKey",
    create: plain("POST", JSON.stringify({ listenKey, expiration: 1762855900452 })),
    keepalive: plain("PUT", "{}"),
    close: plain("DELETE", "{}")
  },
  {
    name: "Portfolio Margin",
    endpoint: ListenKey.endpoints.PortfolioMargin,
    path: "/papi/v1/listenKey",
    create: plain("POST", key),
    keepalive: plain("PUT", "{}"),
    close: plain("DELETE", "{}")
  },
  {
    name: "Portfolio Margin Pro",
    endpoint: ListenKey.endpoints.PortfolioMarginPro,
    path: "/fapi/v1/listenKey",
    create: plain("POST", key),
    keepalive: plain("PUT", key),
    close: plain("DELETE", "{}")
  },
  {
    name: "margin risk",
    endpoint: ListenKey.endpoints.MarginRisk,
    path: "/sapi/v1/margin/listen-key",
    create: plain("POST", key),
    keepalive: { method: "PUT", query: `listenKey=${listenKey}`, body: "", answer: "{}" },
    close: plain("DELETE", "{}")
  },
  {
    name: "spot of 2025",
    endpoint: ListenKey.endpoints.Spot,
    path: "/api/v3/userDataStream",
    create: plain("POST", key),
    keepalive: { method: "PUT", query: "", body: `listenKey=${listenKey}`, answer: "{}" },
    close: { method: "DELETE", query: `listenKey=${listenKey}`, body: "", answer: "{}" }
  },
  {
    name: "cross margin of 2025",
    endpoint: ListenKey.endpoints.Margin,
    path: "/sapi/v1/userDataStream",
    create: plain("POST", key),
    keepalive: { method: "PUT", query: `listenKey=${listenKey}`, body: "", answer: "{}" },
    close: { method: "DELETE", query: `listenKey=${listenKey}`, body: "", answer: "{}" }
  },
  {
    name: "isolated margin of 2025",
    endpoint: { ...ListenKey.endpoints.MarginIsolated, symbol: "BTCUSDT" },
    path: "/sapi/v1/userDataStream/isolated",
    create: { method: "POST", query: "symbol=BTCUSDT", body: "", answer: key },
    keepalive: { method: "PUT", query: `symbol=BTCUSDT&listenKey=${listenKey}`, body: "", answer: "{}" },
    close: { method: "DELETE", query: `symbol=BTCUSDT&listenKey=${listenKey}`, body: "", answer: "{}" }
  }
]

const held: ListenKey.ListenKey = { key: Redacted.make(listenKey), expiresAt: 0 }

describe("listen-key calls", () => {
  for (const row of table) {
    describe(row.name, () => {
      it.scopedLive("asks what Binance documents, and nothing else", () =>
        Effect.gen(function* () {
          const answers: Record<string, string> = {
            POST: row.create.answer,
            PUT: row.keepalive.answer,
            DELETE: row.close.answer
          }
          const { requests, url } = yield* RecordingServer.make(({ method }) => ({ body: answers[method] ?? "" }))
          const before = Date.now()
          const [created, kept] = yield* Effect.gen(function* () {
            const calls = yield* ListenKey.make(row.endpoint)
            const created = yield* calls.create
            const kept = yield* calls.keepalive(held)
            yield* calls.close(held)
            return [created, kept] as const
          }).pipe(Effect.provide(yield* Layer.build(at(url))))

          expect(Redacted.value(created.key)).toBe(listenKey)
          expect(Redacted.value(kept.key)).toBe(listenKey)
          if (row.name === "options") {
            expect(created.expiresAt).toBe(1762855900452)
          } else {
            expect(created.expiresAt).toBeGreaterThanOrEqual(before + ListenKey.lifetime)
          }
          expect(requests.map(({ body, method, path, query }) => ({ method, path, query, body }))).toEqual(
            [row.create, row.keepalive, row.close].map(({ body, method, query }) => ({
              method,
              path: `/${row.endpoint.product}${row.path}`,
              query,
              body
            }))
          )
          for (const request of requests) {
            expect(request.headers["x-mbx-apikey"]).toBe(apiKey)
            for (const name of ["traceparent", "b3", "x-b3-traceid", "authorization", "cookie"]) {
              expect(request.headers[name]).toBeUndefined()
            }
            expect(request.headers["content-type"]).toBe(
              request.body === "" ? undefined : "application/x-www-form-urlencoded"
            )
          }
        })
      )

      it.scopedLive("tells -1125 as InvalidListenKey, and a refused API key as Unauthorized", () =>
        Effect.gen(function* () {
          const { url } = yield* RecordingServer.make(({ method }) =>
            method === "POST"
              ? { status: 401, body: '{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}' }
              : { status: 400, body: '{"code":-1125,"msg":"This listenKey does not exist."}' }
          )
          const calls = yield* Effect.provide(ListenKey.make(row.endpoint), yield* Layer.build(at(url)))
          const created = yield* Effect.flip(calls.create)
          const kept = yield* Effect.flip(calls.keepalive(held))
          const closed = yield* Effect.flip(calls.close(held))
          expect(created).toMatchObject({ _tag: "Unauthorized", status: 401, code: -2015 })
          expect(kept).toMatchObject({ _tag: "InvalidListenKey", status: 400, code: -1125 })
          expect(closed._tag).toBe("InvalidListenKey")
          expect(kept).toHaveProperty("operation", `PUT ${row.path}`)
        })
      )

      it.scopedLive("tells a 410 with an HTML body as EndpointRetired", () =>
        Effect.gen(function* () {
          const { requests, url } = yield* RecordingServer.make(() => ({
            status: 410,
            headers: { "content-type": "text/html" },
            body: "<html><head><title>410 Gone</title></head></html>"
          }))
          const calls = yield* Effect.provide(ListenKey.make(row.endpoint), yield* Layer.build(at(url)))
          const error = yield* Effect.flip(calls.create)
          expect(error._tag).toBe("EndpointRetired")
          expect(error).toHaveProperty("successor", row.endpoint.successor)
          expect(error.message).toContain(row.endpoint.successor ?? "Binance retired it")
          expect(requests).toHaveLength(1)
        })
      )
    })
  }
})
