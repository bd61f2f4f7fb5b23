import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import { InvalidCredentials } from "../../BinanceError.js"
import * as Der from "./der.js"
import { bare, bytesOf, isSecretKey, recognize } from "./keyMaterial.js"
import { webCrypto } from "./webCrypto.js"

export interface PrivateKey {
  readonly kind: "RSA" | "Ed25519"
  readonly pkcs8: Der.Bytes
}

const invalid = (reason: string) => new InvalidCredentials({ reason })

const generate =
  "generate one with `openssl genpkey -algorithm ed25519 -out private.pem` and register its public key with Binance"

const malformed = invalid(
  "The private key is not valid PEM: it is truncated or damaged. Copy the whole text, from the BEGIN line to the END line"
)

/** The error for a text without BEGIN and END lines. */
const notPem = (text: string): InvalidCredentials => {
  if (text === "") {
    return invalid("The private key is empty: give the text of a .pem file")
  }
  if (isSecretKey(text)) {
    return invalid(
      "The private key is as long as the secret key of an HMAC key: give that as BINANCE_SECRET_KEY, or secretKey in Credentials.make"
    )
  }
  const recognized = recognize(text)
  return invalid(
    recognized === undefined
      ? "The private key is not PEM: it has no BEGIN and END lines. Give the text of a .pem file (BINANCE_PRIVATE_KEY_PEM), or its path as BINANCE_PRIVATE_KEY_PATH"
      : `The private key is ${recognized.what}: ${recognized.advice}`
  )
}

const ellipticCurve = invalid(
  `The private key is an elliptic-curve (EC) key, and Binance takes only Ed25519 and RSA keys: ${generate}`
)

const passphraseMissing = invalid("The private key is encrypted: give its passphrase (BINANCE_PRIVATE_KEY_PASSPHRASE)")

const passphraseWrong = invalid(
  "The private key cannot be decrypted: the passphrase (BINANCE_PRIVATE_KEY_PASSPHRASE) is wrong, or the key is damaged"
)

const encryptionUnknown = invalid(
  "The private key is encrypted in a way that is not supported. Encrypt it with PBKDF2 and AES: `openssl pkcs8 -topk8 -v2 aes-256-cbc -in private.pem -out encrypted.pem`"
)

/** The error for a PEM block with a label that is not supported. */
const unusable = (label: string): InvalidCredentials => {
  switch (label) {
    case "PUBLIC KEY":
    case "RSA PUBLIC KEY":
      return invalid("This is a public key: Binance has that one, requests are signed with the private key beside it")
    case "CERTIFICATE":
      return invalid("This is a certificate: requests are signed with a private key")
    case "EC PRIVATE KEY":
    case "EC PARAMETERS":
      return ellipticCurve
    case "OPENSSH PRIVATE KEY":
      return invalid(`The private key is in the format of OpenSSH, and Binance works with PKCS#8: ${generate}`)
    default:
      return invalid(`The PEM text holds no Ed25519 or RSA private key: ${generate}`)
  }
}

const version = Uint8Array.of(Der.tags.integer, 1, 0)

const algorithms = {
  RSA: Uint8Array.of(0x30, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0),
  Ed25519: Uint8Array.of(0x30, 5, 0x06, 3, 0x2b, 0x65, 0x70)
}

const toPkcs8 = (kind: PrivateKey["kind"], key: Uint8Array): PrivateKey => ({
  kind,
  pkcs8: Der.writeElement(Der.tags.sequence, version, algorithms[kind], Der.writeElement(Der.tags.octetString, key))
})

const fromPkcs1 = (der: Der.Bytes): Either.Either<PrivateKey, InvalidCredentials> =>
  (Der.readDocument(der)?.length ?? 0) >= 9 ? Either.right(toPkcs8("RSA", der)) : Either.left(malformed)

/** Wraps the key anew: some tools add a public key or attributes that not every WebCrypto can read. */
const fromPkcs8 = (der: Der.Bytes): Either.Either<PrivateKey, InvalidCredentials> => {
  const [, algorithm, privateKey] = Der.readDocument(der) ?? []
  const key = Der.octets(privateKey)
  if (key === undefined) {
    return Either.left(malformed)
  }
  switch (Der.objectIdentifier(Der.sequence(algorithm)[0])) {
    case undefined:
      return Either.left(malformed)
    case "2a864886f70d010101":
      return fromPkcs1(key)
    case "2b6570":
      return Der.octets(Der.readElement(key, 0))?.length === 32
        ? Either.right(toPkcs8("Ed25519", key))
        : Either.left(malformed)
    case "2a8648ce3d0201":
      return Either.left(ellipticCurve)
    case "2a864886f70d01010a":
      return Either.left(
        invalid(
          `The private key is for RSA-PSS only, and Binance wants RSA with PKCS#1 v1.5, or better Ed25519: ${generate}`
        )
      )
    default:
      return Either.left(invalid(`The private key is of a kind that Binance does not take: ${generate}`))
  }
}

const pbes2 = "2a864886f70d01050d"
const pbkdf2 = "2a864886f70d01050c"

const hashes: { readonly [objectIdentifier: string]: string } = {
  "2a864886f70d0207": "SHA-1",
  "2a864886f70d0209": "SHA-256",
  "2a864886f70d020a": "SHA-384",
  "2a864886f70d020b": "SHA-512"
}

/** Key lengths in bits. */
const ciphers: { readonly [objectIdentifier: string]: number } = {
  "608648016503040102": 128,
  "608648016503040116": 192,
  "60864801650304012a": 256
}

/** More than any tool uses. A larger number is damage, and would take hours to compute. */
const mostIterations = 10_000_000

const decrypt = (der: Der.Bytes, passphrase: Redacted.Redacted<string>): Effect.Effect<Der.Bytes, InvalidCredentials> =>
  Effect.gen(function* () {
    const [encryption, data] = Der.readDocument(der) ?? []
    const encrypted = Der.octets(data)
    const [scheme, parameters] = Der.sequence(encryption)
    if (encrypted === undefined || scheme === undefined) {
      return yield* malformed
    }
    const [derivation, cipher] = Der.sequence(parameters)
    const [derivationScheme, derivationParameters] = Der.sequence(derivation)
    const [cipherScheme, cipherParameters] = Der.sequence(cipher)
    const length = ciphers[Der.objectIdentifier(cipherScheme) ?? ""]
    if (
      Der.objectIdentifier(scheme) !== pbes2 ||
      Der.objectIdentifier(derivationScheme) !== pbkdf2 ||
      length === undefined
    ) {
      return yield* encryptionUnknown
    }
    const [saltElement, iterationsElement, ...optional] = Der.sequence(derivationParameters)
    const pseudoRandomFunction = optional.find((element) => element.tag === Der.tags.sequence)
    const hash =
      pseudoRandomFunction === undefined
        ? "SHA-1"
        : hashes[Der.objectIdentifier(Der.sequence(pseudoRandomFunction)[0]) ?? ""]
    if (hash === undefined) {
      return yield* encryptionUnknown
    }
    const salt = Der.octets(saltElement)
    const iterations = Der.integer(iterationsElement)
    const iv = Der.octets(cipherParameters)
    if (salt === undefined || iterations === undefined || iv?.length !== 16) {
      return yield* malformed
    }
    if (iterations < 1 || iterations > mostIterations) {
      return yield* malformed
    }
    const subtle = yield* webCrypto
    return yield* Effect.tryPromise({
      try: async () => {
        const secret = new TextEncoder().encode(Redacted.value(passphrase))
        const base = await subtle.importKey("raw", secret, "PBKDF2", false, ["deriveKey"])
        const key = await subtle.deriveKey(
          { name: "PBKDF2", salt, iterations, hash },
          base,
          { name: "AES-CBC", length },
          false,
          ["decrypt"]
        )
        return new Uint8Array(await subtle.decrypt({ name: "AES-CBC", iv }, key, encrypted))
      },
      catch: (error) =>
        error instanceof Error && error.name === "NotSupportedError" ? encryptionUnknown : passphraseWrong
    })
  })

/** A wrong passphrase passes the padding check once in 256 times, but the result is not a document. */
const open = (der: Der.Bytes, passphrase: Redacted.Redacted<string>) =>
  Effect.filterOrFail(
    decrypt(der, passphrase),
    (decrypted) => Der.readDocument(decrypted) !== undefined,
    () => passphraseWrong
  )

/** The passphrase as it was given, and then without white space and quotation marks, which may or may not belong to it. */
const variantsOf = (passphrase: Redacted.Redacted<string>): ReadonlyArray<Redacted.Redacted<string>> => {
  const text = Redacted.value(passphrase)
  return Array.from(new Set([text, text.replace(/[\r\n]+$/, ""), text.trim(), bare(text)]), (variant) =>
    Redacted.make(variant)
  )
}

const fromEncrypted = (
  der: Der.Bytes,
  passphrase: Redacted.Redacted<string> | undefined
): Effect.Effect<PrivateKey, InvalidCredentials> =>
  passphrase === undefined
    ? passphraseMissing
    : Effect.flatMap(Effect.firstSuccessOf(variantsOf(passphrase).map((variant) => open(der, variant))), fromPkcs8)

const bitString = 0x03

/** Reads a key without the BEGIN line that would name its kind. */
const fromDocument = (
  der: Der.Bytes,
  passphrase: Redacted.Redacted<string> | undefined
): Effect.Effect<PrivateKey, InvalidCredentials> => {
  const [first, second, third] = Der.readDocument(der) ?? []
  if (first?.tag === Der.tags.sequence) {
    return second?.tag === bitString ? unusable("PUBLIC KEY") : fromEncrypted(der, passphrase)
  }
  if (second?.tag === Der.tags.octetString) {
    return ellipticCurve
  }
  return third?.tag === Der.tags.octetString ? fromPkcs8(der) : fromPkcs1(der)
}

const decodeBody = (body: string): Either.Either<Der.Bytes, InvalidCredentials> =>
  Either.mapBoth(Encoding.decodeBase64(body.replace(/\s/g, "")), {
    onLeft: () => malformed,
    onRight: (bytes) => new Uint8Array(bytes)
  })

/** Environment variables may contain line breaks as `\n`, or the whole text in Base64. */
const textOf = (pem: Redacted.Redacted<string>): string => {
  const text = bare(Redacted.value(pem))
  const plain = text.startsWith("LS0tLS1CRUdJTi") ? Encoding.decodeBase64String(text.replace(/\s/g, "")) : undefined
  return (plain !== undefined && Either.isRight(plain) ? plain.right : text).replace(/\\r|\\n/g, "\n")
}

/**
 * Reads the private key of a PEM text. Accepts the text between its BEGIN and END lines as well, in Base64 or hex.
 */
export const parsePrivateKey = (
  pem: Redacted.Redacted<string>,
  passphrase: Redacted.Redacted<string> | undefined
): Effect.Effect<PrivateKey, InvalidCredentials> =>
  Effect.gen(function* () {
    const text = textOf(pem)
    const blocks = Array.from(text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----/gs))
    if (blocks.length === 0) {
      const der = bytesOf(text)
      if (der !== undefined && Der.readDocument(der) !== undefined) {
        return yield* fromDocument(der, passphrase)
      }
      return yield* /BEGIN [A-Z ]*KEY/.test(text) ? malformed : notPem(text)
    }
    for (const [, label, body = ""] of blocks) {
      switch (label) {
        case "PRIVATE KEY":
          return yield* Either.flatMap(decodeBody(body), fromPkcs8)
        case "ENCRYPTED PRIVATE KEY":
          return yield* Effect.flatMap(decodeBody(body), (der) => fromEncrypted(der, passphrase))
        case "RSA PRIVATE KEY":
          return yield* body.includes("ENCRYPTED") ? encryptionUnknown : Either.flatMap(decodeBody(body), fromPkcs1)
      }
    }
    return yield* unusable(blocks[0]?.[1] ?? "")
  })
