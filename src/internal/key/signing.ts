// Makes signers from keys. Loaded on demand: listen keys do not need it.
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { InvalidCredentials } from "../../BinanceError.js"
import { isBlank, redacted } from "../secrets.js"
import { bareSecret, isPlain, isSecretKey, recognize } from "./keyMaterial.js"
import { type PrivateKey, parsePrivateKey } from "./pem.js"
import type { Signer } from "./signer.js"
import { webCrypto } from "./webCrypto.js"

const hmacAlgorithm = { name: "HMAC", hash: "SHA-256" }

const algorithms = {
  RSA: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  Ed25519: { name: "Ed25519" }
}

const invalid = (reason: string) => new InvalidCredentials({ reason })

/** Only the name: the message might contain the key. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "unknown error")

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

const importSecretKey = (secretKey: Redacted.Redacted<string>): Effect.Effect<Signer, InvalidCredentials> =>
  Effect.flatMap(webCrypto, (subtle) =>
    Effect.tryPromise({
      try: () =>
        subtle.importKey("raw", new TextEncoder().encode(Redacted.value(secretKey)), hmacAlgorithm, false, ["sign"]),
      catch: (error) => new InvalidCredentials({ reason: `The secret key cannot be used: ${nameOf(error)}` })
    }).pipe(Effect.map((key) => makeSigner(subtle, "HMAC", key, Encoding.encodeHex)))
  )

const importPrivateKey = ({ kind, pkcs8 }: PrivateKey): Effect.Effect<Signer, InvalidCredentials> =>
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

export const fromSecretKey = (value: string | Redacted.Redacted<string>) => {
  const secretKey = bareSecret(value)
  if (isBlank(secretKey)) {
    return invalid("The secret key is blank. Set BINANCE_SECRET_KEY, or leave it out where nothing has to be signed")
  }
  const text = Redacted.value(secretKey)
  const recognized = recognize(text)
  if (recognized !== undefined) {
    return invalid(`The secret key is ${recognized.what}: ${recognized.advice}`)
  }
  return isPlain(text)
    ? importSecretKey(secretKey)
    : invalid(
        "The secret key has characters that no secret key has, such as line breaks or quotation marks. Copy it again"
      )
}

export const fromPrivateKey = (
  privateKey: string | Redacted.Redacted<string>,
  passphrase: string | Redacted.Redacted<string> | undefined
) => {
  const secret = passphrase === undefined ? undefined : redacted(passphrase)
  return Effect.flatMap(
    parsePrivateKey(redacted(privateKey), secret === undefined || Redacted.value(secret) === "" ? undefined : secret),
    importPrivateKey
  )
}

const home = ConfigProvider.fromEnv()
  .load(Config.orElse(Config.string("HOME"), () => Config.string("USERPROFILE")))
  .pipe(Effect.option)

/** Expands `~`, as a shell does. */
const expanded = (path: string): Effect.Effect<string, InvalidCredentials> =>
  path.startsWith("~")
    ? Effect.flatMap(home, (home) =>
        Option.isSome(home) && /^~[/\\]/.test(path)
          ? Effect.succeed(home.value + path.slice(1))
          : invalid("The home that ~ in BINANCE_PRIVATE_KEY_PATH stands for is not known here: give the whole path")
      )
    : Effect.succeed(path)

/** Whether there are control characters that occur in DER but not in text. */
const isBinary = (bytes: Uint8Array): boolean => bytes.some((byte) => byte > 0 && byte < 9)

/** Decodes a text file in UTF-8 or UTF-16; a DER file becomes Base64. */
const decodeFile = (bytes: Uint8Array): string => {
  const [first, second] = bytes
  if (first === 0x30 && isBinary(bytes)) {
    return Encoding.encodeBase64(bytes)
  }
  if (first === 0xfe || first === 0) {
    return new TextDecoder("utf-16be").decode(bytes)
  }
  return new TextDecoder(first === 0xff || second === 0 ? "utf-16le" : "utf-8").decode(bytes)
}

/** Does not show the path: it may be a secret that was set by mistake. */
const unreadable = (path: string, error: PlatformError): InvalidCredentials => {
  const recognized = recognize(path)
  if (recognized !== undefined && recognized.what !== "a path") {
    return invalid(`BINANCE_PRIVATE_KEY_PATH is ${recognized.what}: ${recognized.advice}`)
  }
  return invalid(
    isSecretKey(path)
      ? "BINANCE_PRIVATE_KEY_PATH is as long as the secret key of an HMAC key, and no file: give that as BINANCE_SECRET_KEY"
      : `The file that BINANCE_PRIVATE_KEY_PATH names cannot be read (${
          error._tag === "SystemError" ? error.reason : "bad path"
        }). Check that it exists and that this user may read it; a relative path starts at the working directory`
  )
}

export const readPrivateKey = (path: string): Effect.Effect<Redacted.Redacted<string>, InvalidCredentials> =>
  Effect.gen(function* () {
    if (path.includes("-----BEGIN")) {
      return yield* invalid(
        "BINANCE_PRIVATE_KEY_PATH holds a key, not a path: put the key into BINANCE_PRIVATE_KEY_PEM"
      )
    }
    const fileSystem = yield* Effect.serviceOption(FileSystem.FileSystem)
    if (Option.isNone(fileSystem)) {
      return yield* invalid(
        "Reading BINANCE_PRIVATE_KEY_PATH needs a FileSystem: provide NodeLayer.layer or another platform's FileSystem to the credentials, or put the key into BINANCE_PRIVATE_KEY_PEM"
      )
    }
    const bytes = yield* Effect.mapError(fileSystem.value.readFile(yield* expanded(path)), (error) =>
      unreadable(path, error)
    )
    return Redacted.make(decodeFile(bytes))
  })
