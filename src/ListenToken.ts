/**
 * Listen tokens: the credentials for subscribing to the events of a margin account on the WebSocket API.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { BinanceError, InvalidOptions, UnsupportedEnvironment } from "./BinanceError.js"
import { InvalidCredentials } from "./BinanceError.js"
import { BinanceHttp } from "./BinanceHttp.js"
import { Credentials } from "./Credentials.js"
import { Environment } from "./Environment.js"
import { Millis } from "./internal/epoch.js"
import { annotateSpans, withAccount } from "./internal/identity.js"
import { withPrefix } from "./internal/key/variables.js"
import * as Checked from "./internal/options.js"
import { underName } from "./internal/underName.js"

/**
 * A listen token, and when it expires.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListenToken {
  readonly token: Redacted.Redacted<string>
  /** Epoch ms. */
  readonly expiresAt: number
}

/**
 * Options of the listen-token call. Every option has a default.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The name of the account in spans and errors. Default: the name of the `Credentials`, if they have one. */
  readonly name?: string | undefined
  /** How long a token is valid, in ms. Default, and at most: 86400000 (24 hours). */
  readonly validity?: number | undefined
  /**
   * Whether the call is signed. Binance documents only the API key; some clients sign. Default: `false`.
   */
  readonly signed?: boolean | undefined
  /** How long the signature is valid, in ms, at most 60000. Default: Binance's, which is 5000. */
  readonly recvWindow?: number | undefined
}

/**
 * The listen-token call of one account.
 *
 * @since 0.1.0
 * @category models
 */
export interface Calls {
  /**
   * POST `/sapi/v1/userListenToken`: a token for the cross margin account, or for the isolated one of a symbol. A token
   * needs no closing: it expires, and a new one does not invalidate it.
   */
  readonly create: (isolatedSymbol?: string) => Effect.Effect<ListenToken, BinanceError>
}

const path = "/sapi/v1/userListenToken"

/** 24 hours, in ms. */
const maximumValidity = 86_400_000

const Created = Schema.Struct({
  token: Schema.Redacted(Schema.NonEmptyString),
  expirationTime: Millis
})

/**
 * Makes the listen-token call of one account. Fails with `UnsupportedEnvironment` if the environment has no margin,
 * and with `InvalidOptions` if an option is invalid.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<Calls, UnsupportedEnvironment | InvalidOptions, BinanceHttp | Credentials | Environment> =>
  Effect.gen(function* () {
    yield* Checked.number("validity", options.validity ?? maximumValidity, [1, maximumValidity])
    yield* Checked.number("recvWindow", options.recvWindow ?? 1, [1, 60_000])
    const http = yield* BinanceHttp
    const { apiKey, name, signer, variablePrefix } = yield* Credentials
    const baseUrl = yield* (yield* Environment).rest("Margin")

    const signature = Effect.suspend(() => {
      if (options.signed !== true) {
        return Effect.succeed(undefined)
      }
      return Option.isSome(signer)
        ? Effect.succeed({ signer: signer.value, timePath: "/api/v3/time", recvWindow: options.recvWindow })
        : new InvalidCredentials({
            reason: withPrefix(
              "A signed listen-token call needs a secret key or a private key: add one to the credentials (BINANCE_SECRET_KEY, BINANCE_PRIVATE_KEY_PATH or BINANCE_PRIVATE_KEY_PEM)",
              variablePrefix
            )
          })
    })

    return {
      create: (isolatedSymbol?: string) =>
        Effect.gen(function* () {
          const { expirationTime, token } = yield* http.request({
            method: "POST",
            baseUrl,
            path,
            apiKey,
            query: {
              ...(isolatedSymbol === undefined ? {} : { isIsolated: "true", symbol: isolatedSymbol }),
              validity: options.validity === undefined ? undefined : String(options.validity)
            },
            signature: yield* signature,
            response: Created
          })
          return { token, expiresAt: expirationTime }
        }).pipe(annotateSpans(name), Effect.mapError(withAccount(name)))
    }
  }).pipe(underName(options))
