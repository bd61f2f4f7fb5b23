import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"
import { Environment } from "effect-binance-user-data"

export interface Recorded {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Http.IncomingHttpHeaders
  readonly body: string
}

export interface Answer {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: string
  /** What to do in place of answering. */
  readonly instead?: "reset" | "never"
}

/** An HTTP server on loopback that records what it is asked, and answers what it is told. */
export const make = (answer: (request: Recorded, count: number) => Answer) =>
  Effect.acquireRelease(
    Effect.async<{ server: Http.Server; requests: Array<Recorded>; url: string }>((resume) => {
      const requests: Array<Recorded> = []
      const server = Http.createServer((request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () => {
          const url = new URL(request.url ?? "/", "http://localhost")
          const recorded: Recorded = {
            method: request.method ?? "",
            path: url.pathname,
            query: url.search.slice(1),
            headers: request.headers,
            body: Buffer.concat(chunks).toString("utf8")
          }
          requests.push(recorded)
          const {
            body = "{}",
            headers = { "content-type": "application/json" },
            instead,
            status = 200
          } = answer(recorded, requests.length)
          if (instead === "reset") {
            request.socket.destroy()
          } else if (instead === undefined) {
            response.writeHead(status, headers).end(body)
          }
        })
      })
      server.listen(0, "127.0.0.1", () =>
        resume(Effect.succeed({ server, requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
      )
    }),
    ({ server }) =>
      Effect.async<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  )

const products: ReadonlyArray<Environment.Product> = [
  "CoinFutures",
  "UsdFutures",
  "EuropeanOptions",
  "PortfolioMargin",
  "PortfolioMarginPro",
  "MarginRisk",
  "Margin",
  "Spot"
]

/** An environment in which every product has an address of its own, all of them at one server. */
export const environmentAt = (rest: string) => {
  return Environment.custom({
    name: "recording",
    table: Object.fromEntries(products.map((product) => [product, { rest: `${rest}/${product}` }]))
  })
}
