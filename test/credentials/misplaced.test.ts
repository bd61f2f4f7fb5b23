import { generateKeyPairSync, type KeyObject } from "node:crypto"
import { inspect } from "node:util"
import { SystemError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import { afterEach, assert, beforeEach, describe, it, vi } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { InvalidCredentials } from "../../src/BinanceError.js"
import * as Credentials from "../../src/Credentials.js"

const alphanumeric = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA"

/** As Binance makes them: 64 letters and digits. */
const apiKey = `${alphanumeric}${alphanumeric}`
const secretKey = `Z${alphanumeric}${alphanumeric.slice(1)}`

const passphrase = "planted-passphrase-27aa"

const ed25519 = generateKeyPairSync("ed25519")
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 })
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" })

const der = (key: KeyObject, type: "pkcs8" | "pkcs1" | "spki" = "pkcs8") =>
  key.export({ type, format: "der" } as never) as unknown as Buffer

const pem = (key: KeyObject, type: "pkcs8" | "spki" = "pkcs8") =>
  key.export({ type, format: "pem" } as never).toString()

const ed25519Pem = pem(ed25519.privateKey)
const ed25519Base64 = der(ed25519.privateKey).toString("base64")
const rsaBase64 = der(rsa.privateKey).toString("base64")
const encryptedPem = ed25519.privateKey
  .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase })
  .toString()
const encryptedBase64 = encryptedPem.replace(/-----.*?-----|\s/g, "")
const sshPublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH1cJ5xLlzrWzzzYy5yHk0Xo3xT7c2Lw9pV3l3yQ1k0B me@host"

const secrets = [
  apiKey,
  secretKey,
  passphrase,
  ed25519Base64.slice(20),
  rsaBase64.slice(60, 120),
  der(ed25519.privateKey).toString("hex").slice(34),
  encryptedBase64.slice(60, 120),
  "keys/binance"
]

const refusal = (effect: Effect.Effect<unknown, unknown>) =>
  Effect.map(Effect.flip(effect), (error) => {
    assert.instanceOf(error, InvalidCredentials)
    for (const shown of [inspect(error, { depth: 20 }), JSON.stringify(error), String(error), error.stack ?? ""]) {
      for (const secret of secrets) {
        assert.isFalse(shown.includes(secret), `${secret} is shown in ${shown}`)
      }
    }
    return (error as InvalidCredentials).message
  })

const signatureOf = ({ signer }: Credentials.Credentials.Service) =>
  Effect.map(Option.getOrThrow(signer).sign("payload"), Redacted.value)

type Values = { readonly [name: string]: string }

const fromVariables = (variables: Values, files: { readonly [path: string]: Uint8Array | string } = {}) =>
  Credentials.makeConfig().pipe(
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables)))),
    Effect.provide(
      FileSystem.layerNoop({
        readFile: (path) =>
          path in files
            ? Effect.succeed(new Uint8Array(Buffer.from(files[path]!)))
            : Effect.fail(
                new SystemError({
                  reason: "NotFound",
                  module: "FileSystem",
                  method: "readFile",
                  pathOrDescriptor: path
                })
              )
      })
    )
  )

describe("a secret key that is none is recognised", () => {
  it.effect("Base64 that ends in == is not taken for a line of an .env file", () =>
    Effect.gen(function* () {
      const credentials = yield* Credentials.make({ apiKey, secretKey: `${"Key4".repeat(16)}Kw==` })
      assert.isTrue(Option.isSome(credentials.signer))
    })
  )

  it.effect.each<[what: string, secretKey: string, said: ReadonlyArray<string>]>([
    ["an Ed25519 private key in Base64", ed25519Base64, ["a private key", "BINANCE_PRIVATE_KEY_PEM"]],
    ["the same in quotes", `"${ed25519Base64}"`, ["a private key", "BINANCE_PRIVATE_KEY_PEM"]],
    ["the same in lines", ed25519Base64.replace(/.{32}/g, "$&\n"), ["a private key", "BINANCE_PRIVATE_KEY_PEM"]],
    ["an RSA private key in Base64", rsaBase64, ["a private key", "BINANCE_PRIVATE_KEY_PEM"]],
    [
      "an RSA private key in Base64, PKCS#1",
      der(rsa.privateKey, "pkcs1").toString("base64"),
      ["a private key", "BINANCE_PRIVATE_KEY_PEM"]
    ],
    ["an encrypted private key in Base64", encryptedBase64, ["a private key", "BINANCE_PRIVATE_KEY_PEM"]],
    ["an elliptic-curve private key in Base64", der(ec.privateKey).toString("base64"), ["a private key"]],
    ["an Ed25519 private key in hex", der(ed25519.privateKey).toString("hex"), ["a private key in hex"]],
    ["an RSA private key in hex", der(rsa.privateKey).toString("hex").toUpperCase(), ["a private key in hex"]],
    ["a PEM text in Base64", Buffer.from(ed25519Pem).toString("base64"), ["a PEM text", "BINANCE_PRIVATE_KEY_PEM"]],
    ["a public PEM text", pem(ed25519.publicKey, "spki"), ["a public key", "private key"]],
    ["an Ed25519 public key in Base64", der(ed25519.publicKey, "spki").toString("base64"), ["a public key"]],
    ["an RSA public key in Base64", der(rsa.publicKey, "spki").toString("base64"), ["a public key"]],
    ["a public key of SSH", sshPublicKey, ["a public key of SSH"]],
    ["the path of a PEM file", "/etc/keys/binance.pem", ["a path", "BINANCE_PRIVATE_KEY_PATH"]],
    ["a path in the home", "~/keys/binance", ["a path", "BINANCE_PRIVATE_KEY_PATH"]],
    ["a relative path", "keys/binance.pem", ["a path", "BINANCE_PRIVATE_KEY_PATH"]],
    ["a path of Windows", "C:\\keys\\binance.key", ["a path", "BINANCE_PRIVATE_KEY_PATH"]],
    ["the path of a mounted secret", "/run/keys/binance", ["a path"]],
    ["a reference to a vault", "op://keys/binance/secret", ["an address", "resolve"]],
    ["a variable that was not replaced", "$" + "{BINANCE_SECRET_KEY}", ["a variable"]],
    ["a line of an .env file", `BINANCE_SECRET_KEY=${secretKey}`, ["a line of an .env file"]],
    ["a secret key in two lines", `${secretKey.slice(0, 32)}\n${secretKey.slice(32)}`, ["no secret key has"]],
    ["a secret key with an invisible character", `${secretKey}\u200b`, ["no secret key has"]],
    ["a secret key with one quotation mark", `"${secretKey}`, ["no secret key has"]],
    ["the API key", apiKey, ["is the API key"]]
  ])("%s", ([, secretKey, said]) =>
    Effect.gen(function* () {
      const message = yield* refusal(Credentials.make({ apiKey, secretKey }))
      for (const part of said) {
        assert.include(message, part)
      }
    })
  )
})

describe("an API key that is none is recognised", () => {
  it.effect.each<[what: string, apiKey: string, said: string]>([
    ["a PEM text", ed25519Pem, "a PEM text"],
    ["an Ed25519 private key in Base64", ed25519Base64, "a private key"],
    ["an RSA public key in Base64", der(rsa.publicKey, "spki").toString("base64"), "a public key"],
    ["a public key of SSH", sshPublicKey, "a public key of SSH"],
    ["a path", "/etc/keys/binance.pem", "a path"],
    ["a variable that was not replaced", "$BINANCE_API_KEY", "a variable"],
    ["a line of an .env file", `export BINANCE_API_KEY=${apiKey}`, "a line of an .env file"],
    ["an API key with one quotation mark", `${apiKey}'`, "no API key has"]
  ])("%s", ([, apiKey, said]) =>
    Effect.gen(function* () {
      assert.include(yield* refusal(Credentials.make({ apiKey })), said)
    })
  )
})

describe("a private key that is none is recognised", () => {
  it.effect.each<[what: string, privateKey: string, said: string]>([
    ["a secret key", secretKey, "BINANCE_SECRET_KEY"],
    ["the path of a PEM file", "~/keys/binance.pem", "a path"],
    ["a public key in Base64", der(ed25519.publicKey, "spki").toString("base64"), "public key"],
    ["a public key of SSH", sshPublicKey, "a public key of SSH"],
    ["a key of PuTTY", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none", "PuTTY"],
    ["a JWK", JSON.stringify(ed25519.privateKey.export({ format: "jwk" })), "JWK"],
    ["an encrypted key in Base64, without passphrase", encryptedBase64, "give its passphrase"],
    ["a PEM text with other dashes", ed25519Pem.replaceAll("-----", "\u2014\u2014-"), "damaged"],
    ["a variable that was not replaced", "$BINANCE_PRIVATE_KEY_PEM", "a variable"]
  ])("%s", ([, privateKey, said]) =>
    Effect.gen(function* () {
      assert.include(yield* refusal(Credentials.make({ apiKey, privateKey })), said)
    })
  )
})

describe("what can only mean one thing is taken", () => {
  it.effect.each([
    ["double quotes", '"', '"'],
    ["single quotes", "'", "'"],
    ["typographic quotes", "\u201c", "\u201d"],
    ["quotes and blanks", ' "', '" ']
  ])("%s around an API key and a secret key", ([, before, after]) =>
    Effect.gen(function* () {
      const plain = yield* Credentials.make({ apiKey, secretKey })
      const quoted = yield* Credentials.make({
        apiKey: `${before}${apiKey}${after}`,
        secretKey: Redacted.make(`${before}${secretKey}${after}`)
      })
      assert.strictEqual(Redacted.value(quoted.apiKey), apiKey)
      assert.strictEqual(yield* signatureOf(quoted), yield* signatureOf(plain))
    })
  )

  it.effect.each([
    ["Base64 of PKCS#8", ed25519Base64],
    ["Base64 of PKCS#8 in lines", ed25519Base64.replace(/.{32}/g, "$&\r\n")],
    ["hex of PKCS#8", der(ed25519.privateKey).toString("hex")],
    ["Base64 of the PEM text", Buffer.from(ed25519Pem).toString("base64")],
    ["Base64 of an encrypted key", encryptedBase64]
  ])("a private key: %s", ([, privateKey]) =>
    Effect.gen(function* () {
      const plain = yield* Credentials.make({ apiKey, privateKey: ed25519Pem })
      const other = yield* Credentials.make({ apiKey, privateKey, passphrase })
      assert.strictEqual(yield* signatureOf(other), yield* signatureOf(plain))
    })
  )

  it.effect("a private key of RSA: Base64 of PKCS#1 and PKCS#8", () =>
    Effect.gen(function* () {
      const plain = yield* signatureOf(yield* Credentials.make({ apiKey, privateKey: pem(rsa.privateKey) }))
      for (const privateKey of [rsaBase64, der(rsa.privateKey, "pkcs1").toString("base64")]) {
        assert.strictEqual(yield* signatureOf(yield* Credentials.make({ apiKey, privateKey })), plain)
      }
    })
  )

  it.effect.each([
    ["a trailing line break", `${passphrase}\n`],
    ["a trailing line break of Windows", `${passphrase}\r\n`],
    ["blanks", ` ${passphrase} `],
    ["quotes", `"${passphrase}"`]
  ])("a passphrase with %s", ([, passphrase]) =>
    Effect.gen(function* () {
      const plain = yield* Credentials.make({ apiKey, privateKey: ed25519Pem })
      const other = yield* Credentials.make({ apiKey, privateKey: encryptedPem, passphrase })
      assert.strictEqual(yield* signatureOf(other), yield* signatureOf(plain))
    })
  )

  it.effect("a passphrase that has a trailing line break is used as it is", () =>
    Effect.gen(function* () {
      const passphrase = "ends with one\n"
      const privateKey = ed25519.privateKey
        .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase })
        .toString()
      assert.isTrue(Option.isSome((yield* Credentials.make({ apiKey, privateKey, passphrase })).signer))
    })
  )

  const bigEndian = (text: string) => Buffer.from(text, "utf16le").swap16()

  it.effect.each<[what: string, content: Uint8Array | string]>([
    ["UTF-16 as PowerShell writes it", Buffer.from(`\ufeff${ed25519Pem}`, "utf16le")],
    ["UTF-16, big-endian", bigEndian(`\ufeff${ed25519Pem}`)],
    ["UTF-16 without a mark", Buffer.from(ed25519Pem, "utf16le")],
    ["UTF-16 without a mark, big-endian", bigEndian(ed25519Pem)],
    ["UTF-8 with a mark and line breaks of Windows", `\ufeff${ed25519Pem.replaceAll("\n", "\r\n")}`],
    ["DER", der(ed25519.privateKey)]
  ])("a file in %s", ([, content]) =>
    Effect.gen(function* () {
      const plain = yield* Credentials.make({ apiKey, privateKey: ed25519Pem })
      const other = yield* fromVariables(
        { BINANCE_API_KEY: apiKey, BINANCE_PRIVATE_KEY_PATH: "/keys/binance.pem" },
        { "/keys/binance.pem": content }
      )
      assert.strictEqual(yield* signatureOf(other), yield* signatureOf(plain))
    })
  )

  it.effect.each([
    ["64 hexadecimal digits, as the futures testnet makes them", "0123456789abcdef".repeat(4)],
    ["64 letters and digits", secretKey],
    ["another length", "planted-secret-key-9b7e"]
  ])("a secret key of %s", ([, secretKey]) =>
    Effect.gen(function* () {
      const { signer } = yield* Credentials.make({ apiKey, secretKey })
      assert.strictEqual(Option.getOrThrow(signer).kind, "HMAC")
    })
  )
})

describe("the path of a private key", () => {
  beforeEach(() => {
    vi.stubEnv("HOME", "/home/me")
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  const path = (BINANCE_PRIVATE_KEY_PATH: string, content: Uint8Array | string = ed25519Pem) =>
    fromVariables(
      { BINANCE_API_KEY: apiKey, BINANCE_PRIVATE_KEY_PATH },
      { "/home/me/keys/binance.pem": content, "/keys/my binance.pem": content }
    )

  it.effect.each<[what: string, path: string]>([
    ["the home of the user", "~/keys/binance.pem"],
    ["quotes", '"/keys/my binance.pem"']
  ])("may have %s", ([, text]) =>
    Effect.gen(function* () {
      assert.isTrue(Option.isSome((yield* path(text)).signer))
    })
  )

  it.effect("needs the whole path where there is no home", () =>
    Effect.gen(function* () {
      vi.stubEnv("HOME", undefined)
      vi.stubEnv("USERPROFILE", undefined)
      assert.include(yield* refusal(path("~/keys/binance.pem")), "whole path")
    })
  )

  it.effect.each<[what: string, path: string, content: Uint8Array | string, said: string]>([
    ["the home of another user", "~root/keys/binance.pem", "", "whole path"],
    ["a variable that was not replaced", "$HOME/keys/binance.pem", "", "a variable"],
    ["a variable of Windows", "%USERPROFILE%\\keys\\binance.pem", "", "a variable"],
    ["an address", "file:///keys/binance.pem", "", "without file://"],
    ["a private key in Base64", ed25519Base64, "", "BINANCE_PRIVATE_KEY_PEM"],
    ["a secret key", secretKey, "", "BINANCE_SECRET_KEY"],
    ["an empty file", "~/keys/binance.pem", "\n", "is empty"],
    ["a file with a secret key", "~/keys/binance.pem", `${secretKey}\n`, "BINANCE_SECRET_KEY"],
    ["a file with a public key of SSH", "~/keys/binance.pem", sshPublicKey, "a public key of SSH"]
  ])("%s", ([, text, content, said]) =>
    Effect.gen(function* () {
      assert.include(yield* refusal(path(text, content)), said)
    })
  )
})
