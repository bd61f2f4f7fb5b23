/**
 * The credentials of one account: its API key, and its signer.
 *
 * Listen keys need only the API key. Spot subscriptions are signed with a secret key (HMAC), or with an RSA or Ed25519
 * private key. WebCrypto holds the keys, on Node, Bun, Deno, browsers and workers, so that they cannot be rendered.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { InvalidCredentials } from "./BinanceError.js"
import { isKeyLike, nameOf, withAccount } from "./internal/identity.js"
import { bare, bareSecret, isPlain, isSecretKey, recognize } from "./internal/key/keyMaterial.js"
import type { Signer } from "./internal/key/signer.js"
import { prefixOf, withPrefix } from "./internal/key/variables.js"
import { isBlank, percentEncoded } from "./internal/secrets.js"

/**
 * The credentials of one account.
 *
 * @since 0.1.0
 * @category tags
 */
export class Credentials extends Context.Tag("effect-binance-user-data/Credentials")<
  Credentials,
  Credentials.Service
>() {}

/**
 * The types of the `Credentials` service.
 *
 * @since 0.1.0
 */
export declare namespace Credentials {
  /**
   * An API key, and its signer.
   *
   * @since 0.1.0
   * @category models
   */
  export interface Service {
    readonly apiKey: Redacted.Redacted<string>
    /** `None` if there is only an API key, which is enough for listen keys. */
    readonly signer: Option.Option<Signer>
    /** The name of the account in logs, spans, metrics, statuses and errors. */
    readonly name?: string | undefined
    /** The prefix of the variables that the credentials were read from: `ALPHA_`. */
    readonly variablePrefix?: string | undefined
  }
}

export type { Signer } from "./internal/key/signer.js"

/**
 * The name of an account.
 *
 * @since 0.2.0
 * @category models
 */
export interface Naming {
  /**
   * The name of the account in logs, spans, metrics, statuses and errors. Never derived from a key. Default: no name.
   */
  readonly name?: string | undefined
}

/**
 * The values of credentials, with at most one of `secretKey`, `privateKey` and `signer`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Naming {
  /** The API key. */
  readonly apiKey: string | Redacted.Redacted<string>
  /** The secret key that Binance showed when the HMAC key was created. */
  readonly secretKey?: string | Redacted.Redacted<string> | undefined
  /**
   * The PEM text of an Ed25519 or RSA private key: PKCS#8, encrypted PKCS#8 (PBKDF2 and AES), or PKCS#1. The BEGIN and END
   * lines may be missing.
   */
  readonly privateKey?: string | Redacted.Redacted<string> | undefined
  /** The passphrase of an encrypted `privateKey`. */
  readonly passphrase?: string | Redacted.Redacted<string> | undefined
  /** A custom signer, for keys that stay in a vault or in hardware. */
  readonly signer?: Signer | undefined
}

/**
 * The configuration of credentials. A blank value counts as missing.
 *
 * @since 0.1.0
 * @category models
 */
export interface Variables {
  readonly apiKey?: Redacted.Redacted<string> | undefined
  readonly secretKey?: Redacted.Redacted<string> | undefined
  readonly privateKeyPath?: string | undefined
  readonly privateKeyPem?: Redacted.Redacted<string> | undefined
  readonly passphrase?: Redacted.Redacted<string> | undefined
}

const invalid = (reason: string) => new InvalidCredentials({ reason })

const setApiKey = "Set BINANCE_API_KEY, or give Credentials.make an apiKey"

/** The value may be `undefined` all the same, in a program that is not type-checked. */
const makeApiKey = (value: string | Redacted.Redacted<string> | undefined) => {
  const apiKey = bareSecret(value ?? "")
  if (isBlank(apiKey)) {
    return invalid(`The API key is blank. ${setApiKey}`)
  }
  const text = Redacted.value(apiKey)
  const recognized = recognize(text)
  if (recognized !== undefined) {
    return invalid(`The API key is ${recognized.what}: ${recognized.advice}. ${setApiKey}`)
  }
  return isPlain(text) && !text.includes(" ")
    ? Effect.succeed(apiKey)
    : invalid("The API key has characters that no API key has, such as spaces or line breaks. Copy it again")
}

/** Only for keys in the form that Binance creates: a test may use one word for both. */
const isSameKey = (secretKey: string | Redacted.Redacted<string>, apiKey: Redacted.Redacted<string>) =>
  isSecretKey(Redacted.value(apiKey)) && Redacted.value(bareSecret(secretKey)) === Redacted.value(apiKey)

/** Loaded on demand: most of the code is needed only for signing. */
const signing = Effect.tryPromise({
  try: () => import("./internal/key/signing.js"),
  catch: () =>
    invalid("What signs could not be loaded: internal/key/signing.js of effect-binance-user-data is missing here")
})

const atMostOne = (sources: { readonly [name: string]: unknown }): Effect.Effect<void, InvalidCredentials> => {
  const given = Object.keys(sources).filter((name) => sources[name] !== undefined)
  return given.length <= 1
    ? Effect.void
    : invalid(
        `${given.join(" and ")} are ${given.length === 2 ? "both" : "all"} set, and an account signs with one of them: unset the others`
      )
}

/**
 * Makes credentials from values. Keys are checked and imported here, once.
 *
 * @example
 * ```ts
 * import { Credentials } from "effect-binance-user-data"
 *
 * const listenKeysOnly = Credentials.make({ apiKey: "..." })
 * const hmac = Credentials.make({ apiKey: "...", secretKey: "..." })
 * const ed25519 = Credentials.make({ apiKey: "...", privateKey: "-----BEGIN PRIVATE KEY-----..." })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Credentials.Service, InvalidCredentials> =>
  Effect.gen(function* () {
    const name = nameOf(options.name)
    if (name !== undefined && isKeyLike(name)) {
      return yield* invalid(
        "The name of the account looks like a key, and names are shown in logs and metrics. Give another one"
      )
    }
    return { ...(yield* Effect.mapError(makeUnnamed(options), withAccount(name))), name }
  })

const makeUnnamed = (options: Options) =>
  Effect.gen(function* () {
    const { passphrase, privateKey, secretKey, signer } = options
    const apiKey = yield* makeApiKey(options.apiKey)
    yield* atMostOne({ secretKey, privateKey, signer })
    if (secretKey !== undefined) {
      if (isSameKey(secretKey, apiKey)) {
        return yield* invalid(
          "The secret key is the API key: Binance showed the secret beside it, once, when it made the key"
        )
      }
      return { apiKey, signer: Option.some(yield* (yield* signing).fromSecretKey(secretKey)) }
    }
    if (privateKey !== undefined) {
      return { apiKey, signer: Option.some(yield* (yield* signing).fromPrivateKey(privateKey, passphrase)) }
    }
    return { apiKey, signer: Option.fromNullable(signer) }
  })

/**
 * The variables `BINANCE_API_KEY`, and for signing one of `BINANCE_SECRET_KEY`, `BINANCE_PRIVATE_KEY_PATH` and
 * `BINANCE_PRIVATE_KEY_PEM`, the last two with `BINANCE_PRIVATE_KEY_PASSPHRASE` where the key is encrypted.
 *
 * Two accounts in one program: `Config.nested(Credentials.config, "HEDGE")` reads `HEDGE_BINANCE_API_KEY` and so on, and
 * errors name them so.
 *
 * @since 0.1.0
 * @category config
 */
export const config: Config.Config<Variables> = Config.all({
  apiKey: Config.withDefault(Config.redacted("BINANCE_API_KEY"), undefined),
  secretKey: Config.withDefault(Config.redacted("BINANCE_SECRET_KEY"), undefined),
  privateKeyPath: Config.withDefault(Config.string("BINANCE_PRIVATE_KEY_PATH"), undefined),
  privateKeyPem: Config.withDefault(Config.redacted("BINANCE_PRIVATE_KEY_PEM"), undefined),
  passphrase: Config.withDefault(Config.redacted("BINANCE_PRIVATE_KEY_PASSPHRASE"), undefined)
})

const unlessBlank = (value: Redacted.Redacted<string> | undefined) =>
  value === undefined || isBlank(value) ? undefined : value

/**
 * Makes credentials from configuration.
 *
 * Only `BINANCE_PRIVATE_KEY_PATH` needs a `FileSystem` in the context; everything else works on every platform. Missing or
 * invalid values are an `InvalidCredentials`; a `ConfigError` means that the configuration could not be read.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeConfig = (
  from: Config.Config<Variables> = config,
  options: Naming = {}
): Effect.Effect<Credentials.Service, InvalidCredentials | ConfigError> =>
  Effect.gen(function* () {
    const variablePrefix = yield* prefixOf(from, "BINANCE_API_KEY")
    const credentials = yield* Effect.catchTag(
      makeFrom(from, options),
      "InvalidCredentials",
      (error) =>
        new InvalidCredentials({ account: options.name, ...error, reason: withPrefix(error.reason, variablePrefix) })
    )
    return { ...credentials, variablePrefix }
  })

const makeFrom = (from: Config.Config<Variables>, { name }: Naming) =>
  Effect.gen(function* () {
    const variables = yield* from
    if (variables.apiKey === undefined) {
      return yield* invalid(`There is no API key. ${setApiKey}`)
    }
    const secretKey = unlessBlank(variables.secretKey)
    const pem = unlessBlank(variables.privateKeyPem)
    const path = bare(variables.privateKeyPath ?? "") || undefined
    yield* atMostOne({
      BINANCE_SECRET_KEY: secretKey,
      BINANCE_PRIVATE_KEY_PATH: path,
      BINANCE_PRIVATE_KEY_PEM: pem
    })
    return yield* make({
      name,
      apiKey: variables.apiKey,
      secretKey,
      privateKey: path === undefined ? pem : yield* (yield* signing).readPrivateKey(path),
      passphrase: variables.passphrase
    })
  })

/**
 * Credentials from values: see `make`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<Credentials, InvalidCredentials> =>
  Layer.effect(Credentials, make(options))

/**
 * Credentials from configuration: see `config` and `makeConfig`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  from: Config.Config<Variables> = config,
  options: Naming = {}
): Layer.Layer<Credentials, InvalidCredentials | ConfigError> => Layer.effect(Credentials, makeConfig(from, options))

/**
 * The text that a WebSocket API call signs: all parameters except `signature`, sorted by name in byte order, as
 * `name=value` joined by `&`, without percent-encoding.
 *
 * @since 0.1.0
 * @category signing
 */
export const webSocketPayload = (parameters: { readonly [name: string]: unknown }): string =>
  Object.keys(parameters)
    .filter((name) => name !== "signature" && parameters[name] !== undefined)
    .sort(byBytes)
    .map((name) => `${name}=${textOf(parameters[name])}`)
    .join("&")

/** UTF-8 sorts by code points, but strings compare by code units. */
const byBytes = (self: string, that: string): number => {
  const selfPoints = Array.from(self, (character) => character.codePointAt(0)!)
  const thatPoints = Array.from(that, (character) => character.codePointAt(0)!)
  const at = selfPoints.findIndex((point, index) => point !== thatPoints[index])
  return at === -1 ? self.length - that.length : selfPoints[at]! - (thatPoints[at] ?? -1)
}

/** The text of a value in a frame, without the quotes of a string. */
const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))

/**
 * The text that a REST call signs, exactly as it is sent: `name=value` joined by `&`, percent-encoded, in the given order;
 * the body follows the query without a separator.
 *
 * @since 0.1.0
 * @category signing
 */
export const restPayload = (
  query: Iterable<readonly [name: string, value: string]>,
  body: Iterable<readonly [name: string, value: string]> = []
): string => formEncode(query) + formEncode(body)

const formEncode = (parameters: Iterable<readonly [name: string, value: string]>): string =>
  Array.from(parameters, ([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join("&")

/** Also encodes what `encodeURIComponent` leaves: a URL parser may encode it later, and the signature would not match. */
const percentEncode = (text: string): string =>
  percentEncoded(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
