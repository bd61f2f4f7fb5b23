import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { BinanceError } from "../../BinanceError.js"
import type { BinanceHttp, Parameters } from "../../BinanceHttp.js"
import { type Endpoint, type ListenKey, lifetime, type Options } from "./model.js"

/** Whose listen key it is, and how it is asked for. */
export interface Account {
  readonly endpoint: Endpoint
  readonly options: Options
  readonly http: BinanceHttp.Service
  readonly apiKey: Redacted.Redacted<string>
  readonly baseUrl: string
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

/** The symbol, and the key where the call names it. */
const queryOf = ({ endpoint }: Account, key?: ListenKey): Parameters => ({
  symbol: endpoint.symbol,
  listenKey: key?.key
})

/** POST */
export const create = (account: Account): Effect.Effect<ListenKey, BinanceError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    account.http
      .request({ ...common(account), method: "POST", query: queryOf(account), response: Created })
      .pipe(Effect.map(({ expiration, listenKey }) => ({ key: listenKey, expiresAt: expiration ?? now + lifetime })))
  )

/** PUT */
export const renew = (account: Account, key: ListenKey): Effect.Effect<ListenKey, BinanceError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const { keepaliveKey } = account.endpoint
    return account.http
      .request({
        ...common(account),
        method: "PUT",
        query: queryOf(account, keepaliveKey === "query" ? key : undefined),
        form: keepaliveKey === "form" ? { listenKey: key.key } : undefined,
        response: Renewed
      })
      .pipe(
        Effect.map(({ expiration, listenKey }) => ({
          key: listenKey ?? key.key,
          expiresAt: expiration ?? now + lifetime
        }))
      )
  })

/** DELETE; without a key only where Binance finds it by the API key. */
export const close = (account: Account, key: ListenKey | undefined): Effect.Effect<void, BinanceError> =>
  account.http
    .request({
      ...common(account),
      method: "DELETE",
      query: queryOf(account, account.endpoint.closeKey === "query" ? key : undefined),
      response: Schema.Object
    })
    .pipe(Effect.asVoid)
