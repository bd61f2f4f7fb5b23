import * as Headers from "@effect/platform/Headers"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpMethod from "@effect/platform/HttpMethod"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Redacted from "effect/Redacted"
import type { BinanceError } from "../../BinanceError.js"
import type { Signer } from "../../Credentials.js"
import { restPayload } from "../../Credentials.js"

interface Parameters {
  readonly [name: string]: string | Redacted.Redacted<string> | undefined
}

/** The parts of a call that are sent. */
export interface Call {
  readonly method: HttpMethod.HttpMethod
  readonly baseUrl: string
  readonly path: string
  readonly apiKey?: Redacted.Redacted<string> | undefined
  readonly query?: Parameters | undefined
  readonly form?: Parameters | undefined
  readonly signature?: { readonly signer: Signer; readonly recvWindow?: number | undefined } | undefined
}

/** A request, and the secrets in it. */
export interface Outgoing {
  readonly request: HttpClientRequest.HttpClientRequest
  readonly secrets: ReadonlyArray<Redacted.Redacted<string>>
}

const keyHeader = "X-MBX-APIKEY"

/** Hides the API key where a client logs its requests: Effect does not know that this header is a secret. */
export const withKeyHidden = Effect.locallyWith(Headers.currentRedactedNames, Arr.append<string | RegExp>(keyHeader))

const secretsOf = (call: Call): ReadonlyArray<Redacted.Redacted<string>> =>
  [call.apiKey, ...Object.values(call.query ?? {}), ...Object.values(call.form ?? {})].filter((value) =>
    Redacted.isRedacted(value)
  )

const reveal = (parameters: Parameters = {}): Array<readonly [string, string]> =>
  Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Redacted.isRedacted(value) ? Redacted.value(value) : value] as const]
  )

/** Builds the request of a call, with timestamp and signature if it is a signed one. */
export const outgoingOf = (call: Call, timestamp: number): Effect.Effect<Outgoing, BinanceError> => {
  const body = restPayload(reveal(call.form))
  const secrets = secretsOf(call)
  const withQuery = (query: string) =>
    HttpClientRequest.make(call.method)(`${call.baseUrl}${call.path}${query === "" ? "" : `?${query}`}`).pipe(
      call.apiKey === undefined ? identity : HttpClientRequest.setHeader(keyHeader, Redacted.value(call.apiKey)),
      body === "" ? identity : HttpClientRequest.bodyText(body, "application/x-www-form-urlencoded")
    )
  const query = reveal(call.query)
  if (call.signature === undefined) {
    return Effect.succeed({ request: withQuery(restPayload(query)), secrets })
  }
  const { recvWindow, signer } = call.signature
  if (recvWindow !== undefined) {
    query.push(["recvWindow", String(recvWindow)])
  }
  query.push(["timestamp", String(timestamp)])
  const stamped = restPayload(query)
  return Effect.map(signer.sign(stamped + body), (signature) => ({
    request: withQuery(`${stamped}&${restPayload([["signature", Redacted.value(signature)]])}`),
    secrets: [...secrets, signature]
  }))
}
