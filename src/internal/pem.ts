import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import { InvalidCredentials } from "../BinanceError.js"
import { webCrypto } from "./webCrypto.js"

type Bytes = Uint8Array<ArrayBuffer>

export interface PrivateKey {
  readonly kind: "RSA" | "Ed25519"
  readonly pkcs8: Bytes
}

const invalid = (reason: string) => new InvalidCredentials({ reason })

const generate =
  "generate one with `openssl genpkey -algorithm ed25519 -out private.pem` and register its public key with Binance"

const malformed = invalid(
  "The private key is not valid PEM: it is truncated or damaged. Copy the whole text, from the BEGIN line to the END line"
)

const notPem = invalid(
  "The private key is not PEM: it has no BEGIN and END lines. Give the text of a .pem file (BINANCE_PRIVATE_KEY_PEM), or its path as BINANCE_PRIVATE_KEY_PATH"
)

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

/** Why a PEM block with this label is of no use. */
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

interface Element {
  readonly tag: number
  readonly content: Bytes
  readonly end: number
}

const tags = { integer: 0x02, octetString: 0x04, objectIdentifier: 0x06, sequence: 0x30 }

const readElement = (bytes: Bytes, offset: number): Element | undefined => {
  const tag = bytes[offset]
  let length = bytes[offset + 1]
  if (tag === undefined || length === undefined) {
    return undefined
  }
  let start = offset + 2
  if (length >= 0x80) {
    const width = length - 0x80
    if (width === 0 || width > 4) {
      return undefined
    }
    length = 0
    for (const byte of bytes.subarray(start, start + width)) {
      length = length * 256 + byte
    }
    start += width
  }
  const end = start + length
  return end > bytes.length ? undefined : { tag, content: bytes.subarray(start, end), end }
}

/** The elements of a constructed one; those before the damage if it is damaged. */
const readElements = (bytes: Bytes): ReadonlyArray<Element> => {
  const elements: Array<Element> = []
  let element = readElement(bytes, 0)
  while (element !== undefined) {
    elements.push(element)
    element = readElement(bytes, element.end)
  }
  return elements
}

/** What a document holds that is one sequence and nothing else. */
const readDocument = (bytes: Bytes): ReadonlyArray<Element> | undefined => {
  const outer = readElement(bytes, 0)
  return outer?.tag === tags.sequence && outer.end === bytes.length ? readElements(outer.content) : undefined
}

const sequence = (element: Element | undefined): ReadonlyArray<Element> =>
  element?.tag === tags.sequence ? readElements(element.content) : []

const objectIdentifier = (element: Element | undefined): string | undefined =>
  element?.tag === tags.objectIdentifier ? Encoding.encodeHex(element.content) : undefined

const octets = (element: Element | undefined): Bytes | undefined =>
  element?.tag === tags.octetString ? element.content : undefined

const integer = (element: Element | undefined): number | undefined =>
  element?.tag === tags.integer && element.content.length <= 6
    ? element.content.reduce((value, byte) => value * 256 + byte, 0)
    : undefined

const writeElement = (tag: number, ...contents: ReadonlyArray<Uint8Array>): Bytes => {
  const length = contents.reduce((sum, content) => sum + content.length, 0)
  const lengthBytes: Array<number> = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) {
    lengthBytes.unshift(rest % 256)
  }
  const header = length < 0x80 ? [tag, length] : [tag, 0x80 + lengthBytes.length, ...lengthBytes]
  const bytes = new Uint8Array(header.length + length)
  bytes.set(header)
  let offset = header.length
  for (const content of contents) {
    bytes.set(content, offset)
    offset += content.length
  }
  return bytes
}

const version = Uint8Array.of(tags.integer, 1, 0)

const algorithms = {
  RSA: Uint8Array.of(0x30, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0),
  Ed25519: Uint8Array.of(0x30, 5, 0x06, 3, 0x2b, 0x65, 0x70)
}

const toPkcs8 = (kind: PrivateKey["kind"], key: Uint8Array): PrivateKey => ({
  kind,
  pkcs8: writeElement(tags.sequence, version, algorithms[kind], writeElement(tags.octetString, key))
})

const fromPkcs1 = (der: Bytes): Either.Either<PrivateKey, InvalidCredentials> =>
  (readDocument(der)?.length ?? 0) >= 9 ? Either.right(toPkcs8("RSA", der)) : Either.left(malformed)

/** The key is wrapped anew, because some tools add a public key or attributes that not every WebCrypto reads. */
const fromPkcs8 = (der: Bytes): Either.Either<PrivateKey, InvalidCredentials> => {
  const [, algorithm, privateKey] = readDocument(der) ?? []
  const key = octets(privateKey)
  if (key === undefined) {
    return Either.left(malformed)
  }
  switch (objectIdentifier(sequence(algorithm)[0])) {
    case undefined:
      return Either.left(malformed)
    case "2a864886f70d010101":
      return fromPkcs1(key)
    case "2b6570":
      return octets(readElement(key, 0))?.length === 32 ? Either.right(toPkcs8("Ed25519", key)) : Either.left(malformed)
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

/** Length of the key in bits. */
const ciphers: { readonly [objectIdentifier: string]: number } = {
  "608648016503040102": 128,
  "608648016503040116": 192,
  "60864801650304012a": 256
}

/** More than any tool writes: what exceeds it is damage, and would keep a processor busy for hours. */
const mostIterations = 10_000_000

const decrypt = (der: Bytes, passphrase: Redacted.Redacted<string>): Effect.Effect<Bytes, InvalidCredentials> =>
  Effect.gen(function* () {
    const [encryption, data] = readDocument(der) ?? []
    const encrypted = octets(data)
    const [scheme, parameters] = sequence(encryption)
    if (encrypted === undefined || scheme === undefined) {
      return yield* malformed
    }
    const [derivation, cipher] = sequence(parameters)
    const [derivationScheme, derivationParameters] = sequence(derivation)
    const [cipherScheme, cipherParameters] = sequence(cipher)
    const length = ciphers[objectIdentifier(cipherScheme) ?? ""]
    if (objectIdentifier(scheme) !== pbes2 || objectIdentifier(derivationScheme) !== pbkdf2 || length === undefined) {
      return yield* encryptionUnknown
    }
    const [saltElement, iterationsElement, ...optional] = sequence(derivationParameters)
    const pseudoRandomFunction = optional.find((element) => element.tag === tags.sequence)
    const hash =
      pseudoRandomFunction === undefined ? "SHA-1" : hashes[objectIdentifier(sequence(pseudoRandomFunction)[0]) ?? ""]
    if (hash === undefined) {
      return yield* encryptionUnknown
    }
    const salt = octets(saltElement)
    const iterations = integer(iterationsElement)
    const iv = octets(cipherParameters)
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

/** A wrong passphrase passes the padding check once in 256 times; what comes out is then no document. */
const fromEncrypted = (
  der: Bytes,
  passphrase: Redacted.Redacted<string> | undefined
): Effect.Effect<PrivateKey, InvalidCredentials> =>
  passphrase === undefined
    ? passphraseMissing
    : Effect.flatMap(decrypt(der, passphrase), (decrypted) =>
        readDocument(decrypted) === undefined ? Effect.fail(passphraseWrong) : fromPkcs8(decrypted)
      )

const decodeBody = (body: string): Either.Either<Bytes, InvalidCredentials> =>
  Either.mapBoth(Encoding.decodeBase64(body.replace(/\s/g, "")), {
    onLeft: () => malformed,
    onRight: (bytes) => new Uint8Array(bytes)
  })

/**
 * The private key in a PEM text, whose line breaks may have become `\n` on the way through an environment variable.
 */
export const parsePrivateKey = (
  pem: Redacted.Redacted<string>,
  passphrase: Redacted.Redacted<string> | undefined
): Effect.Effect<PrivateKey, InvalidCredentials> =>
  Effect.gen(function* () {
    const text = Redacted.value(pem).replace(/\\r|\\n/g, "\n")
    const blocks = Array.from(text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----/gs))
    if (blocks.length === 0) {
      return yield* text.includes("-----BEGIN") ? malformed : notPem
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
