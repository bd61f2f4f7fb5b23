import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import { type BinanceError, InvalidCredentials, type UnsupportedEnvironment } from "../../../BinanceError.js"
import { BinanceHttp } from "../../../BinanceHttp.js"
import { Credentials } from "../../../Credentials.js"
import { Environment } from "../../../Environment.js"
import { ServerTime } from "../../http/clockOffsets.js"
import { noteCounted } from "../../http/countedWeight.js"
import type { Turns } from "../../http/turns.js"
import type { Pool } from "../../http/weightShare.js"
import type { LoggedOn } from "../../webSocketApi/loggedOn.js"
import * as Budget from "./budget.js"
import * as OverStream from "./overStream.js"

/** A signed read, and what it costs. */
export interface Call<A, I> {
  readonly path: string
  /** The same call on the WebSocket API, where it is asked there. */
  readonly method?: string | undefined
  readonly query?: { readonly [name: string]: string | undefined } | undefined
  readonly weight: number
  readonly response: Schema.Schema<A, I>
}

/** What asks for one account. */
export interface Caller {
  readonly get: <A, I>(call: Call<A, I>) => Effect.Effect<A, BinanceError>
  /** Epoch ms on Binance's clock, as far as it is known. */
  readonly now: Effect.Effect<number>
  /** The same, after asking for it. */
  readonly measured: Effect.Effect<number, BinanceError>
  readonly inTurn: Turns
}

/** Ten thousand orders are about 6 MB. */
const maximumSize = 32 * 1_048_576

const noSigner = new InvalidCredentials({
  reason:
    "Reading an account is signed, and these credentials have only an API key: add a secretKey or a privateKey to Credentials.make, or set BINANCE_SECRET_KEY or BINANCE_PRIVATE_KEY_PATH"
})

export interface Options {
  readonly product: "Spot" | "UsdFutures" | "CoinFutures"
  readonly pool: Pool
  readonly timePath: string
  /** The connections of the account's stream, where calls are asked there. */
  readonly loggedOn?: LoggedOn | undefined
}

export const make = (
  options: Options
): Effect.Effect<Caller, UnsupportedEnvironment, BinanceHttp | Credentials | Environment> =>
  Effect.gen(function* () {
    const { pool, product, timePath } = options
    const http = yield* BinanceHttp
    const { apiKey, signer } = yield* Credentials
    const environment = yield* Environment
    const baseUrl = yield* environment.rest(product)
    const budget = yield* Budget.of(http, { environment: environment.name, pool, host: new URL(baseUrl).host })
    // A stream of another key may be that of another account.
    const loggedOn = Equal.equals(options.loggedOn?.apiKey, apiKey) ? options.loggedOn : undefined
    const clockOffset = Effect.flatMap(loggedOn?.clockOffset ?? Effect.succeed(undefined), (offset) =>
      offset === undefined ? http.clockOffset(baseUrl) : Effect.succeed(offset)
    )
    const now = Effect.zipWith(Clock.currentTimeMillis, clockOffset, (now, offset) => Math.floor(now + offset))
    const time = http.request({ method: "GET", baseUrl, path: timePath, response: ServerTime })
    const onUsed = (weight: number) => noteCounted(http, baseUrl, weight)
    const get: Caller["get"] = ({ method, path, query, response, weight }) => {
      if (Option.isNone(signer)) {
        return noSigner
      }
      const rest = http.request({
        method: "GET",
        baseUrl,
        path,
        apiKey,
        query,
        signature: { signer: signer.value, timePath },
        response,
        maximumSize
      })
      return budget.spend(
        weight,
        method === undefined || loggedOn === undefined
          ? rest
          : OverStream.orRest({ method, query, response }, rest, { loggedOn, onUsed })
      )
    }
    return { get, now, measured: Effect.zipRight(budget.spend(1, time), now), inTurn: budget.inTurn }
  })

/** Whether Binance refused a read with one of these codes. */
export const isRefusal =
  (...codes: ReadonlyArray<number>) =>
  (error: BinanceError): boolean =>
    error._tag === "BadRequest" && error.code !== undefined && codes.includes(error.code)

/** Binance does not know the order, or no longer: -2026 on spot. */
const isUnknown = isRefusal(-2013, -2026)

/** `None` where Binance does not know what is asked for. */
export const optional = <A>(read: Effect.Effect<A, BinanceError>): Effect.Effect<Option.Option<A>, BinanceError> =>
  read.pipe(
    Effect.map(Option.some),
    Effect.catchIf(isUnknown, () => Effect.succeedNone)
  )
