import * as Crypto from "node:crypto"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import { SimulatedBinance } from "effect-binance-user-data/testing"
import { parse } from "lossless-json"
import type { Client } from "../harness.js"

export type Row = { readonly [name: string]: any }

type Method = "GET" | "POST" | "PUT" | "DELETE"

/** A signed call of the default account: the status, and the answer with integers as bigints. */
export const signed = (
  method: Method,
  path: string,
  parameters: { readonly [name: string]: string | number | boolean | bigint } = {},
  options: { readonly signature?: string; readonly timestamp?: number; readonly apiKey?: string } = {}
) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const client = yield* HttpClient.HttpClient
    const timestamp = options.timestamp ?? (yield* binance.serverTime)
    const query = new URLSearchParams(
      Object.entries({ ...parameters, timestamp }).map(([name, value]) => [name, String(value)])
    ).toString()
    const signature =
      options.signature ?? Crypto.createHmac("sha256", SimulatedBinance.defaultSecretKey).update(query).digest("hex")
    const request = HttpClientRequest.make(method)(`${binance.httpUrl}${path}?${query}&signature=${signature}`).pipe(
      HttpClientRequest.setHeader("X-MBX-APIKEY", options.apiKey ?? SimulatedBinance.defaultApiKey)
    )
    const response = yield* client.execute(request)
    const text = yield* response.text
    const body: any = parse(text, undefined, (value) => (/^-?\d+$/.test(value) ? BigInt(value) : Number(value)))
    return { status: response.status, body, text, headers: response.headers }
  })

/** The body of a signed call that succeeds. */
export const answer = (...[method, path, ...rest]: Parameters<typeof signed>) =>
  Effect.flatMap(signed(method, path, ...rest), ({ body, status, text }) =>
    status === 200 ? Effect.succeed(body) : Effect.die(new Error(`${method} ${path}: ${status} ${text}`))
  )

/** The status and code of a signed call that is refused. */
export const refusal = (...parameters: Parameters<typeof signed>) =>
  Effect.map(signed(...parameters), ({ body, status }) => [status, Number(body.code), body.msg] as const)

/** A signed request to a WebSocket API, by the default account: the answer. */
export const ask = (client: Client, method: string, params: { readonly [name: string]: string | number }) =>
  Effect.gen(function* () {
    const binance = yield* SimulatedBinance.SimulatedBinance
    const all: { [name: string]: string | number } = {
      ...params,
      apiKey: SimulatedBinance.defaultApiKey,
      timestamp: yield* binance.serverTime
    }
    const payload = Object.keys(all)
      .sort()
      .map((name) => `${name}=${all[name]}`)
      .join("&")
    const signature = Crypto.createHmac("sha256", SimulatedBinance.defaultSecretKey).update(payload).digest("hex")
    yield* client.send({ id: method, method, params: { ...all, signature } })
    return yield* client.nextJson
  })
