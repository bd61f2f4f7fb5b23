import { generateKeyPairSync, type KeyObject } from "node:crypto"
import { inspect } from "node:util"
import { SystemError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { InvalidCredentials } from "../../src/BinanceError.js"
import * as Credentials from "../../src/Credentials.js"

const apiKey = "planted-api-key-4f1c"
const secretKey = "planted-secret-key-9b7e"
const passphrase = "planted-passphrase-27aa"

const pem = (
  key: KeyObject,
  options: { readonly type?: "pkcs8" | "sec1" | "pkcs1"; readonly passphrase?: string } = {}
) =>
  key
    .export({
      type: options.type ?? "pkcs8",
      format: "pem",
      ...(options.passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase: options.passphrase })
    } as never)
    .toString()

const ed25519 = generateKeyPairSync("ed25519").privateKey
const rsaPair = generateKeyPairSync("rsa", { modulusLength: 2048 })
const ed25519Pem = pem(ed25519)

const kindOf = (credentials: Credentials.Credentials.Service) =>
  Option.getOrUndefined(Option.map(credentials.signer, (signer) => signer.kind))

const refusal = <A>(effect: Effect.Effect<A, unknown>) =>
  Effect.map(Effect.flip(effect), (error) => {
    assert.instanceOf(error, InvalidCredentials)
    for (const text of [inspect(error, { depth: 20 }), JSON.stringify(error), String(error), error.stack ?? ""]) {
      for (const secret of [
        apiKey,
        secretKey,
        passphrase,
        ...ed25519Pem.split("\n").filter((line) => !line.includes("-"))
      ]) {
        assert.isFalse(secret !== "" && text.includes(secret), `${secret} is shown in ${text}`)
      }
    }
    return (error as InvalidCredentials).message
  })

describe("make", () => {
  it.effect("an API key is enough, given as text or redacted", () =>
    Effect.gen(function* () {
      const fromText = yield* Credentials.make({ apiKey: ` ${apiKey}\n` })
      const fromRedacted = yield* Credentials.make({ apiKey: Redacted.make(apiKey) })
      for (const credentials of [fromText, fromRedacted]) {
        assert.strictEqual(Redacted.value(credentials.apiKey), apiKey)
        assert.isTrue(Option.isNone(credentials.signer))
      }
    })
  )

  it.effect("recognises the kind of a key", () =>
    Effect.gen(function* () {
      const kinds = yield* Effect.forEach(
        [
          { secretKey },
          { secretKey: Redacted.make(secretKey) },
          { privateKey: ed25519Pem },
          { privateKey: Redacted.make(ed25519Pem) },
          { privateKey: ed25519Pem.replaceAll("\n", "\\n") },
          { privateKey: ed25519Pem.replaceAll("\n", "\\r\\n") },
          { privateKey: `"${ed25519Pem.replaceAll("\n", " ")}"` },
          { privateKey: `Bag Attributes: none\n${ed25519Pem}` },
          { privateKey: `${pem(rsaPair.publicKey, { type: "pkcs1" })}${pem(rsaPair.privateKey)}` },
          { privateKey: pem(rsaPair.privateKey, { type: "pkcs1" }) },
          { privateKey: pem(ed25519, { passphrase }), passphrase },
          { privateKey: pem(rsaPair.privateKey, { passphrase }), passphrase: Redacted.make(passphrase) },
          { privateKey: ed25519Pem, passphrase }
        ],
        (options) => Effect.map(Credentials.make({ apiKey, ...options }), kindOf)
      )
      assert.deepStrictEqual(kinds, [
        "HMAC",
        "HMAC",
        "Ed25519",
        "Ed25519",
        "Ed25519",
        "Ed25519",
        "Ed25519",
        "Ed25519",
        "RSA",
        "RSA",
        "Ed25519",
        "RSA",
        "Ed25519"
      ])
    })
  )

  it.effect.each(["aes-128-cbc", "aes-192-cbc", "aes-256-cbc"])("decrypts %s", (cipher) =>
    Effect.gen(function* () {
      const privateKey = ed25519.export({ type: "pkcs8", format: "pem", cipher, passphrase }).toString()
      const plain = yield* Credentials.make({ apiKey, privateKey: ed25519Pem })
      const decrypted = yield* Credentials.make({ apiKey, privateKey, passphrase })
      const signatures = yield* Effect.forEach([plain, decrypted], ({ signer }) => Option.getOrThrow(signer).sign("x"))
      assert.strictEqual(Redacted.value(signatures[0]!), Redacted.value(signatures[1]!))
    })
  )

  it.effect("takes a signer of the user's own", () =>
    Effect.gen(function* () {
      const signer: Credentials.Signer = { kind: "RSA", sign: () => Effect.succeed(Redacted.make("from a vault")) }
      assert.strictEqual(kindOf(yield* Credentials.make({ apiKey, signer })), "RSA")
    })
  )

  const damaged = ed25519Pem.replace(/.{8}\n-----END/, "\n-----END")

  it.effect.each<[string, Credentials.Options, string]>([
    ["blank API key", { apiKey: "  " }, "BINANCE_API_KEY"],
    ["no API key", { apiKey: undefined as unknown as string }, "BINANCE_API_KEY"],
    ["API key with a line break", { apiKey: `${apiKey}\n${apiKey}` }, "characters that no API key has"],
    ["blank secret key", { apiKey, secretKey: " " }, "secret key is blank"],
    ["a PEM as secret key", { apiKey, secretKey: ed25519Pem }, "BINANCE_PRIVATE_KEY_PEM"],
    ["no PEM", { apiKey, privateKey: secretKey }, "not PEM"],
    ["PEM without its end", { apiKey, privateKey: ed25519Pem.slice(0, 60) }, "truncated"],
    ["PEM with a part missing", { apiKey, privateKey: damaged }, "truncated or damaged"],
    ["PEM that is not Base64", { apiKey, privateKey: ed25519Pem.replace("MC4", "M~4") }, "truncated or damaged"],
    ["empty PEM", { apiKey, privateKey: "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----" }, "truncated"],
    ["public key", { apiKey, privateKey: pem(rsaPair.publicKey, { type: "pkcs1" }) }, "public key"],
    [
      "certificate",
      { apiKey, privateKey: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----" },
      "certificate"
    ],
    [
      "OpenSSH key",
      { apiKey, privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----" },
      "OpenSSH"
    ],
    ["EC key", { apiKey, privateKey: pem(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey) }, "(EC)"],
    [
      "EC key in its own format",
      { apiKey, privateKey: pem(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey, { type: "sec1" }) },
      "(EC)"
    ],
    [
      "RSA-PSS key",
      { apiKey, privateKey: pem(generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).privateKey) },
      "PSS"
    ],
    ["X25519 key", { apiKey, privateKey: pem(generateKeyPairSync("x25519").privateKey) }, "does not take"],
    ["encrypted key without passphrase", { apiKey, privateKey: pem(ed25519, { passphrase }) }, "give its passphrase"],
    [
      "encrypted key with a blank passphrase",
      { apiKey, privateKey: pem(ed25519, { passphrase }), passphrase: "" },
      "give its passphrase"
    ],
    [
      "wrong passphrase",
      { apiKey, privateKey: pem(ed25519, { passphrase }), passphrase: "wrong" },
      "passphrase (BINANCE_PRIVATE_KEY_PASSPHRASE) is wrong"
    ],
    [
      "encryption of the old kind",
      { apiKey, privateKey: pem(rsaPair.privateKey, { type: "pkcs1", passphrase }), passphrase },
      "not supported"
    ],
    [
      "other encryption",
      {
        apiKey,
        privateKey: rsaPair.privateKey
          .export({ type: "pkcs8", format: "pem", cipher: "des-ede3-cbc", passphrase })
          .toString(),
        passphrase
      },
      "not supported"
    ],
    ["two sources", { apiKey, secretKey, privateKey: ed25519Pem }, "secretKey and privateKey are both set"]
  ])("%s", ([, options, expected]) =>
    Effect.gen(function* () {
      assert.include(yield* refusal(Credentials.make(options)), expected)
    })
  )

  it.effect("a wrong passphrase whose result happens to have a valid padding", () =>
    Effect.gen(function* () {
      const privateKey = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjuZgS1JU18lgICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEJQ171RpheoTGN2Q7n6KStAEQJS4
akDOiyfqEgYCofZLwpiocvi2yihyDZG9AOwDrHSiHQp5R8mgTgL7hVn9O92XIn3l
G0TC8XccR7B+rmpgXoI=
-----END ENCRYPTED PRIVATE KEY-----`
      assert.strictEqual(kindOf(yield* Credentials.make({ apiKey, privateKey, passphrase: "right" })), "Ed25519")
      const message = yield* refusal(Credentials.make({ apiKey, privateKey, passphrase: "wrong-19" }))
      assert.include(message, "passphrase (BINANCE_PRIVATE_KEY_PASSPHRASE) is wrong")
    })
  )

  it.effect("a public key in SPKI", () =>
    Effect.gen(function* () {
      const privateKey = rsaPair.publicKey.export({ type: "spki", format: "pem" }).toString()
      assert.include(yield* refusal(Credentials.make({ apiKey, privateKey })), "public key")
    })
  )

  it("damaged keys are refused, never a defect", () =>
    FastCheck.assert(
      FastCheck.asyncProperty(
        FastCheck.constantFrom(
          pem(rsaPair.privateKey),
          pem(rsaPair.privateKey, { type: "pkcs1" }),
          pem(ed25519, { passphrase })
        ),
        FastCheck.double({ min: 0, max: 0.999, noNaN: true }),
        FastCheck.nat(255),
        async (privateKey, position, byte) => {
          const [, label, body] = /-----BEGIN (.*?)-----(.*?)-----END/s.exec(privateKey) ?? []
          const der = Buffer.from(body ?? "", "base64")
          // The first bytes are the structure; further on a changed byte may well be another valid key.
          der[Math.floor(position * 40)] = byte
          const mutant = `-----BEGIN ${label}-----\n${der.toString("base64")}\n-----END ${label}-----`
          const result = await Effect.runPromise(
            Effect.either(Credentials.make({ apiKey, privateKey: mutant, passphrase }))
          )
          if (result._tag === "Left") {
            assert.instanceOf(result.left, InvalidCredentials)
          }
        }
      ),
      { numRuns: 200 }
    ))

  it.effect("nothing renders a secret", () =>
    Effect.gen(function* () {
      for (const options of [
        { secretKey },
        { privateKey: ed25519Pem },
        { privateKey: pem(ed25519, { passphrase }), passphrase }
      ]) {
        const credentials = yield* Credentials.make({ apiKey, ...options })
        const signature = yield* Option.getOrThrow(credentials.signer).sign("payload")
        const texts = [credentials, signature, Option.getOrThrow(credentials.signer)].flatMap((value) => [
          inspect(value, { depth: 20, showHidden: true }),
          JSON.stringify(value),
          String(value)
        ])
        for (const secret of [apiKey, secretKey, passphrase, Redacted.value(signature), ed25519Pem.split("\n")[1]!]) {
          assert.isFalse(texts.some((text) => text.includes(secret)))
        }
      }
    })
  )
})

describe("layerConfig", () => {
  const read = (variables: { readonly [name: string]: string }, from?: Config.Config<Credentials.Variables>) =>
    Credentials.Credentials.pipe(
      Effect.provide(Credentials.layerConfig(from)),
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables)), { pathDelim: "_" }))
    )

  const files = (contents: { readonly [path: string]: string }) =>
    FileSystem.layerNoop({
      readFile: (path) =>
        path in contents
          ? Effect.succeed(new TextEncoder().encode(contents[path]!))
          : Effect.fail(
              new SystemError({
                reason: "NotFound",
                module: "FileSystem",
                method: "readFile",
                pathOrDescriptor: path
              })
            )
    })

  it.effect("reads every source", () =>
    Effect.gen(function* () {
      const BINANCE_API_KEY = apiKey
      const kinds = yield* Effect.forEach(
        [
          { BINANCE_API_KEY },
          { BINANCE_API_KEY, BINANCE_SECRET_KEY: "", BINANCE_PRIVATE_KEY_PATH: " ", BINANCE_PRIVATE_KEY_PEM: "" },
          { BINANCE_API_KEY, BINANCE_SECRET_KEY: secretKey },
          { BINANCE_API_KEY, BINANCE_PRIVATE_KEY_PEM: ed25519Pem.replaceAll("\n", "\\n") },
          {
            BINANCE_API_KEY,
            BINANCE_PRIVATE_KEY_PEM: pem(rsaPair.privateKey, { passphrase }),
            BINANCE_PRIVATE_KEY_PASSPHRASE: passphrase
          },
          { BINANCE_API_KEY, BINANCE_PRIVATE_KEY_PATH: "/keys/ed25519.pem" }
        ],
        (variables) => Effect.map(read(variables), kindOf)
      ).pipe(Effect.provide(files({ "/keys/ed25519.pem": ed25519Pem })))
      assert.deepStrictEqual(kinds, [undefined, undefined, "HMAC", "Ed25519", "RSA", "Ed25519"])
    })
  )

  it.effect("reads a second account under a prefix, and other names", () =>
    Effect.gen(function* () {
      const nested = yield* read(
        { HEDGE_BINANCE_API_KEY: apiKey, HEDGE_BINANCE_SECRET_KEY: secretKey, BINANCE_API_KEY: "other" },
        Config.nested(Credentials.config, "HEDGE")
      )
      assert.strictEqual(Redacted.value(nested.apiKey), apiKey)
      assert.strictEqual(kindOf(nested), "HMAC")
      const own = yield* read({ KEY: apiKey }, Config.all({ apiKey: Config.redacted("KEY") }))
      assert.strictEqual(Redacted.value(own.apiKey), apiKey)
    })
  )

  it.effect.each<[string, { readonly [name: string]: string }, string]>([
    ["nothing set", {}, "Set BINANCE_API_KEY"],
    ["blank API key", { BINANCE_API_KEY: "" }, "API key is blank"],
    [
      "two sources",
      { BINANCE_API_KEY: apiKey, BINANCE_SECRET_KEY: secretKey, BINANCE_PRIVATE_KEY_PEM: ed25519Pem },
      "BINANCE_SECRET_KEY and BINANCE_PRIVATE_KEY_PEM are both set"
    ],
    [
      "three sources",
      {
        BINANCE_API_KEY: apiKey,
        BINANCE_SECRET_KEY: secretKey,
        BINANCE_PRIVATE_KEY_PATH: "/keys/x.pem",
        BINANCE_PRIVATE_KEY_PEM: ed25519Pem
      },
      "BINANCE_SECRET_KEY and BINANCE_PRIVATE_KEY_PATH and BINANCE_PRIVATE_KEY_PEM are all set"
    ],
    [
      "a path without a file system",
      { BINANCE_API_KEY: apiKey, BINANCE_PRIVATE_KEY_PATH: "/keys/x.pem" },
      "needs a FileSystem"
    ],
    ["a key as path", { BINANCE_API_KEY: apiKey, BINANCE_PRIVATE_KEY_PATH: ed25519Pem }, "BINANCE_PRIVATE_KEY_PEM"],
    ["a path as key", { BINANCE_API_KEY: apiKey, BINANCE_PRIVATE_KEY_PEM: "/keys/x.pem" }, "BINANCE_PRIVATE_KEY_PATH"]
  ])("%s", ([, variables, expected]) =>
    Effect.gen(function* () {
      assert.include(yield* refusal(read(variables)), expected)
    })
  )

  it.effect("a file that is not there: the path, which may be a secret, is not shown", () =>
    Effect.gen(function* () {
      const message = yield* refusal(
        Effect.provide(read({ BINANCE_API_KEY: apiKey, BINANCE_PRIVATE_KEY_PATH: secretKey }), files({}))
      )
      assert.include(message, "NotFound")
      assert.notInclude(message, secretKey)
    })
  )

  it.effect("a configuration that cannot be read is a ConfigError", () =>
    Effect.gen(function* () {
      const broken = Config.mapOrFail(Credentials.config, () => Either.left(ConfigError.InvalidData([], "broken")))
      assert.isTrue(ConfigError.isConfigError(yield* Effect.flip(read({ BINANCE_API_KEY: apiKey }, broken))))
    })
  )

  it.effect("layer", () =>
    Effect.gen(function* () {
      const credentials = yield* Effect.provide(Credentials.Credentials, Credentials.layer({ apiKey, secretKey }))
      assert.strictEqual(kindOf(credentials), "HMAC")
    })
  )
})
