import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { BinanceError } from "../../BinanceError.js"
import type { BinanceHttp, Parameters, Request } from "../../BinanceHttp.js"
import { failedTriesOf } from "../http/failedTries.js"
import { annotateSpans, type Identity, withAccount } from "../identity.js"
import type { Telemetry } from "../telemetry.js"
import { type Endpoint, type ListenKey, lifetime, type Options } from "./model.js"

/** The account whose listen key it is, and how its calls are made. */
export interface Account extends Identity {
  readonly endpoint: Endpoint
  readonly options: Options
  readonly http: BinanceHttp.Service
  readonly apiKey: Redacted.Redacted<string>
  readonly baseUrl: string
  readonly telemetry: Telemetry
}

const Created = Schema.Struct({
  listenKey: Schema.Redacted(Schema.NonEmptyString),
  expiration: Schema.optional(Schema.Number)
})

const Renewed = Schema.Struct({
  listenKey: Schema.optional(Schema.Redacted(Schema.NonEmptyString)),
  expiration: Schema.optional(Schema.Number)
})

const common = ({ apiKey, baseUrl, endpoint: { path, successor } }: Account) => ({ baseUrl, path, apiKey, successor })

/** The symbol, and the key if the call takes it. */
const queryOf = ({ endpoint }: Account, key?: ListenKey): Parameters => ({
  symbol: endpoint.symbol,
  listenKey: key?.key
})

/** Sends a call. Its span and its errors name the account. */
const request = <A, I>({ account, http }: Account, call: Request<A, I>) =>
  http.request(call).pipe(annotateSpans(account), Effect.mapError(withAccount(account)))

/** POST. `onFailure` gets the errors of all tries: one without an answer may have created a key. */
export const create = (
  account: Account,
  onFailure: (errors: ReadonlyArray<BinanceError>) => Effect.Effect<void> = () => Effect.void
): Effect.Effect<ListenKey, BinanceError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const call = { ...common(account), method: "POST", query: queryOf(account), response: Created } as const
    return request(account, call).pipe(
      Effect.tapError((error) => onFailure(failedTriesOf(account.http, call).concat(error))),
      Effect.map(({ expiration, listenKey }) => ({ key: listenKey, expiresAt: expiration ?? now + lifetime }))
    )
  })

/** PUT */
export const renew = (account: Account, key: ListenKey): Effect.Effect<ListenKey, BinanceError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const { keepaliveKey } = account.endpoint
    return request(account, {
      ...common(account),
      method: "PUT",
      query: queryOf(account, keepaliveKey === "query" ? key : undefined),
      form: keepaliveKey === "form" ? { listenKey: key.key } : undefined,
      response: Renewed
    }).pipe(
      Effect.map(({ expiration, listenKey }) => ({
        key: listenKey ?? key.key,
        expiresAt: expiration ?? now + lifetime
      }))
    )
  })

/** DELETE; the key may be missing only where Binance finds it by the API key. */
export const close = (account: Account, key: ListenKey | undefined): Effect.Effect<void, BinanceError> =>
  request(account, {
    ...common(account),
    method: "DELETE",
    query: queryOf(account, account.endpoint.closeKey === "query" ? key : undefined),
    response: Schema.Object
  }).pipe(Effect.asVoid)
