import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { InvalidCredentials } from "../BinanceError.js"
import type { Credentials, Signer } from "../Credentials.js"
import type { PrivateKey } from "./pem.js"

const hmacAlgorithm = { name: "HMAC", hash: "SHA-256" }

const algorithms = {
  RSA: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  Ed25519: { name: "Ed25519" }
}

/** The name alone: nobody promises that the text of such an error is free of the key. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "unknown error")

export const webCrypto: Effect.Effect<SubtleCrypto, InvalidCredentials> = Effect.suspend(() => {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle
  return subtle === undefined
    ? new InvalidCredentials({
        reason: "Signing needs WebCrypto, which is missing here: use Node 20 or later, or serve the page over HTTPS"
      })
    : Effect.succeed(subtle)
})

const makeSigner = (
  subtle: SubtleCrypto,
  kind: Signer["kind"],
  key: CryptoKey,
  encode: (signature: Uint8Array) => string
): Signer => ({
  kind,
  sign: (payload) =>
    Effect.tryPromise({
      try: () => subtle.sign(key.algorithm.name, key, new TextEncoder().encode(payload)),
      catch: (error) => new InvalidCredentials({ reason: `Signing with the ${kind} key failed: ${nameOf(error)}` })
    }).pipe(Effect.map((signature) => Redacted.make(encode(new Uint8Array(signature)))))
})

export const fromSecretKey = (secretKey: Redacted.Redacted<string>): Effect.Effect<Signer, InvalidCredentials> =>
  Effect.flatMap(webCrypto, (subtle) =>
    Effect.tryPromise({
      try: () =>
        subtle.importKey("raw", new TextEncoder().encode(Redacted.value(secretKey)), hmacAlgorithm, false, ["sign"]),
      catch: (error) => new InvalidCredentials({ reason: `The secret key cannot be used: ${nameOf(error)}` })
    }).pipe(Effect.map((key) => makeSigner(subtle, "HMAC", key, Encoding.encodeHex)))
  )

export const fromPrivateKey = ({ kind, pkcs8 }: PrivateKey): Effect.Effect<Signer, InvalidCredentials> =>
  Effect.flatMap(webCrypto, (subtle) =>
    Effect.tryPromise({
      try: () => subtle.importKey("pkcs8", pkcs8, algorithms[kind], false, ["sign"]),
      catch: (error) =>
        new InvalidCredentials({
          reason:
            error instanceof Error && error.name === "NotSupportedError"
              ? `The WebCrypto of this environment does not know ${kind} keys: use a newer one, or another kind of key`
              : `The ${kind} private key is damaged: ${nameOf(error)}. Copy the whole .pem file again`
        })
    }).pipe(Effect.map((key) => makeSigner(subtle, kind, key, Encoding.encodeBase64)))
  )

/** The signer of an account, for an operation that cannot do without. */
export const requireSigner = (
  credentials: Credentials.Service,
  operation: string
): Effect.Effect<Signer, InvalidCredentials> =>
  Option.match(credentials.signer, {
    onNone: () =>
      Effect.fail(
        new InvalidCredentials({
          reason: `${operation} has to be signed, and only an API key was given: set BINANCE_SECRET_KEY, BINANCE_PRIVATE_KEY_PATH or BINANCE_PRIVATE_KEY_PEM, or give Credentials.make a secretKey or a privateKey`
        })
      ),
    onSome: Effect.succeed
  })
