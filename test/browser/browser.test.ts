import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Fault, SimulatedBinance } from "effect-binance-user-data/testing"
import { build } from "esbuild"
import * as Chromium from "../support/chromium.js"

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const bundle = Effect.promise(async () => {
  const { outputFiles } = await build({
    entryPoints: [source("program.ts")],
    alias: { "effect-binance-user-data": source("../../src/index.ts") },
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false
  })
  return outputFiles[0]!.text
})

const page = '<!doctype html><title>Streams</title><script type="module" src="/program.js"></script>'

/** The page, without the right to make code from strings; and Binance's REST calls, as a proxy of one's own would. */
const serve = (script: string, binance: string) =>
  Effect.acquireRelease(
    Effect.async<http.Server>((resume) => {
      const server = http.createServer((request, response) => {
        const { pathname } = new URL(request.url!, binance)
        const body = pathname === "/" ? page : pathname === "/program.js" ? script : undefined
        if (body !== undefined) {
          const type = pathname === "/" ? "text/html" : "text/javascript"
          const policy = "default-src 'self'; connect-src 'self' ws://127.0.0.1:*"
          response.writeHead(200, { "content-type": type, "content-security-policy": policy }).end(body)
          return
        }
        const { headers, method, url } = request
        const forwarded = http.request(`${binance}${url}`, { headers, method }, (answer) => {
          response.writeHead(answer.statusCode!, answer.headers)
          answer.pipe(response)
        })
        forwarded.on("error", () => response.destroy())
        request.pipe(forwarded)
      })
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.async<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  ).pipe(Effect.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`))

const futuresOrder = (i: string) =>
  `{"e":"ORDER_TRADE_UPDATE","E":1790000000000,"T":1790000000000,"i":"x","o":{"s":"BTCUSD_PERP","c":"a","S":"BUY","o":"LIMIT","f":"GTC","q":"1","p":"1","ap":"0","sp":"0","x":"NEW","X":"NEW","i":${i},"l":"0","z":"0","L":"0","T":1790000000000,"t":0,"m":false,"R":false,"wt":"CONTRACT_PRICE","ot":"LIMIT","ps":"BOTH","cp":false,"rp":"0"}}`

const spotOrder = (i: string) =>
  `{"e":"executionReport","E":1790000000000,"s":"BTCUSDT","c":"a","S":"BUY","o":"LIMIT","f":"GTC","q":"1","p":"1","P":"0","F":"0","g":-1,"C":"","x":"NEW","X":"NEW","r":"NONE","i":${i},"l":"0","z":"0","L":"0","n":"0","N":null,"T":1790000000000,"t":-1,"I":1,"w":true,"m":false,"M":false,"O":1790000000000,"Z":"0","Y":"0","Q":"0","V":"NONE"}`

describe.skipIf(Chromium.isMissing("Pages and workers are")).each(["page", "worker"])("in a %s", (where) => {
  it.scopedLive(
    "streams open, sign, decode without making code, survive a drop and close",
    () =>
      Effect.gen(function* () {
        const binance = yield* SimulatedBinance.SimulatedBinance
        const address = yield* serve(yield* bundle, binance.httpUrl)
        const browser = yield* Effect.acquireRelease(Effect.promise(Chromium.launch), (browser) =>
          Effect.promise(() => browser.close())
        )
        const tab = yield* Effect.promise(() => browser.newPage())
        const errors: Array<string> = []
        tab.on("pageerror", (error) => errors.push(error.message))
        const parameters = new URLSearchParams({
          where,
          webSocket: binance.webSocketUrl,
          apiKey: SimulatedBinance.defaultApiKey,
          secretKey: SimulatedBinance.defaultSecretKey
        })
        yield* Effect.promise(() => tab.goto(`${address}/?${parameters}`))
        const seen = (line: string, times = 1) =>
          Effect.promise(() =>
            tab.waitForFunction(
              ([line, times]) => (globalThis as any).lines.filter((other: string) => other === line).length >= times!,
              [line, times] as const
            )
          )
        const push = (id: string) =>
          Effect.gen(function* () {
            expect(yield* binance.pushRaw({ product: "CoinFutures" }, futuresOrder(id))).toBe(1)
            expect(yield* binance.pushRaw({ product: "Spot" }, spotOrder(id))).toBe(1)
          })

        yield* seen("futures Opened ")
        yield* seen("spot Opened ")
        yield* push("9007199254740993")
        yield* seen("futures OrderTradeUpdate 9007199254740993")
        yield* seen("spot ExecutionReport 9007199254740993")

        expect(yield* binance.inject(Fault.dropSockets())).toBe(2)
        yield* seen("futures Resumed ")
        yield* seen("spot Resumed ")
        yield* push("9223372036854775807")
        yield* seen("futures OrderTradeUpdate 9223372036854775807")
        yield* seen("spot ExecutionReport 9223372036854775807")

        yield* Effect.promise(() => tab.evaluate(() => (globalThis as any).stop()))
        yield* seen("stopped")
        expect(yield* binance.requestCount("DELETE /dapi/v1/listenKey")).toBe(1)
        expect(errors).toEqual([])
      }).pipe(Effect.provide(Layer.fresh(SimulatedBinance.layer()))),
    60_000
  )
})
