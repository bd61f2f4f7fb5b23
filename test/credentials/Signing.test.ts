import { constants, createHmac, createPublicKey, generateKeyPairSync, verify } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Credentials from "../../src/Credentials.js"

const apiKey = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
const secretKey = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"

/** The published throw-away seed 00 01 02 .. 1f. */
const seededPrivateKey = [
  "-----BEGIN PRIVATE KEY-----",
  Buffer.from(
    `302e020100300506032b657004220420${Array.from({ length: 32 }, (_, index) => index.toString(16).padStart(2, "0")).join("")}`,
    "hex"
  ).toString("base64"),
  "-----END PRIVATE KEY-----"
].join("\n")

const sign = (options: Omit<Credentials.Options, "apiKey">, payload: string) =>
  Effect.gen(function* () {
    const { signer } = yield* Credentials.make({ apiKey, ...options })
    return Redacted.value(yield* Option.getOrThrow(signer).sign(payload))
  })

describe("published signatures", () => {
  const order = {
    symbol: "BTCUSDT",
    side: "SELL",
    type: "LIMIT",
    timeInForce: "GTC",
    quantity: "0.01000000",
    price: "52000.00",
    recvWindow: 100,
    timestamp: 1645423376532,
    apiKey,
    signature: "left out"
  }
  const logon = { timestamp: 1649729878532, apiKey }
  const logonWithWindow = { timestamp: 1649729878532, recvWindow: 5000, apiKey }

  it.effect.each([
    {
      kind: "HMAC",
      parameters: order,
      payload:
        "apiKey=vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A&price=52000.00&quantity=0.01000000&recvWindow=100&side=SELL&symbol=BTCUSDT&timeInForce=GTC&timestamp=1645423376532&type=LIMIT",
      signature: "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"
    },
    {
      kind: "HMAC",
      parameters: logon,
      payload: "apiKey=vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A&timestamp=1649729878532",
      signature: "1cf54395b336b0a9727ef27d5d98987962bc47aca6e13fe978612d0adee066ed"
    },
    {
      kind: "HMAC",
      parameters: logonWithWindow,
      payload:
        "apiKey=vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A&recvWindow=5000&timestamp=1649729878532",
      signature: "3de3765640097ae620330c2f18594f62698463df18f435c5bd456f2b30ce2f91"
    },
    {
      kind: "Ed25519",
      parameters: logon,
      payload: "apiKey=vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A&timestamp=1649729878532",
      signature: "OIe2IwMR3NP+oRgf/Hbo4Wf1DQyOmGvT5NrO+vm69t5WJn7jxvFQvS6nRtYpyFgebeGilE89v0rBSxL5N7EhCA=="
    },
    {
      kind: "Ed25519",
      parameters: logonWithWindow,
      payload:
        "apiKey=vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A&recvWindow=5000&timestamp=1649729878532",
      signature: "6O0FYEqIlQYyvIYK2wUnfZLiqMYEk8Z+4fbGRKC1M/7w9dp2ckftP0SFO+UgTm4stiM3L3iwsihsBUlXdvcUBQ=="
    }
  ])("WebSocket API, $kind, $payload", ({ kind, parameters, payload, signature }) =>
    Effect.gen(function* () {
      assert.strictEqual(Credentials.webSocketPayload(parameters), payload)
      const options = kind === "HMAC" ? { secretKey } : { privateKey: seededPrivateKey }
      assert.strictEqual(yield* sign(options, payload), signature)
    })
  )

  it.effect("REST, HMAC", () =>
    Effect.gen(function* () {
      const query = [
        ["symbol", "LTCBTC"],
        ["side", "BUY"],
        ["type", "LIMIT"],
        ["timeInForce", "GTC"]
      ] as const
      const body = [
        ["quantity", "1"],
        ["price", "0.1"],
        ["recvWindow", "5000"],
        ["timestamp", "1499827319559"]
      ] as const
      const payload = Credentials.restPayload([...query, ...body])
      assert.strictEqual(
        payload,
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
      )
      assert.strictEqual(
        yield* sign({ secretKey }, payload),
        "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
      )
      assert.strictEqual(
        Credentials.restPayload(query, body),
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTCquantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
      )
    })
  )

  it("the public key of the seed is the published one", () => {
    assert.strictEqual(
      createPublicKey(seededPrivateKey).export({ type: "spki", format: "der" }).toString("base64"),
      "MCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
    )
  })
})

describe("payloads", () => {
  const names = FastCheck.string({ unit: "binary", minLength: 1 }).filter((name) => name !== "signature")
  // Halves of surrogate pairs have no UTF-8 of their own.
  const wellFormed = FastCheck.string({ unit: "binary" })

  it("WebSocket API: names are in the order of their bytes", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.uniqueArray(names, { maxLength: 8 }), (names) => {
        const parameters = Object.fromEntries(names.map((name) => [name, "x"]))
        const expected = Object.keys(parameters).sort((self, that) =>
          Buffer.compare(Buffer.from(self), Buffer.from(that))
        )
        assert.strictEqual(Credentials.webSocketPayload(parameters), expected.map((name) => `${name}=x`).join("&"))
      })
    )
  })

  it("WebSocket API: values are the text that is sent, not encoded", () => {
    assert.strictEqual(
      Credentials.webSocketPayload({ b: "a b&c/这", a: 5000.5, d: true, c: ["X", "Y"], e: undefined, signature: "s" }),
      'a=5000.5&b=a b&c/这&c=["X","Y"]&d=true'
    )
  })

  it("REST: what is signed survives a URL parser unchanged, and decodes to what was given", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(FastCheck.tuple(wellFormed, wellFormed), { minLength: 1 }), (parameters) => {
        const payload = Credentials.restPayload(parameters)
        assert.strictEqual(new URL(`https://api.binance.com/path?${payload}`).search.slice(1), payload)
        assert.deepStrictEqual(
          payload.split("&").map((pair) => pair.split("=").map(decodeURIComponent)),
          parameters.map((parameter) => [...parameter])
        )
      })
    )
  })

  it("REST: encodes also what URL parsers encode by themselves", () => {
    assert.strictEqual(Credentials.restPayload([["a", "!'()* ~-._"]]), "a=%21%27%28%29%2A%20~-._")
  })

  it("REST: half a surrogate pair becomes a replacement character", () => {
    assert.strictEqual(Credentials.restPayload([["a", "\ud800x"]]), "a=%EF%BF%BDx")
    assert.strictEqual(Credentials.restPayload([["a", "😀"]]), "a=%F0%9F%98%80")
  })
})

describe("node:crypto accepts our signatures", () => {
  const payloads = FastCheck.string({ unit: "binary", maxLength: 300 })
  const ed25519 = generateKeyPairSync("ed25519")
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 })

  it("HMAC", () =>
    FastCheck.assert(
      FastCheck.asyncProperty(payloads, FastCheck.stringMatching(/^[A-Za-z0-9]{1,64}$/), async (payload, secretKey) => {
        const signature = await Effect.runPromise(sign({ secretKey }, payload))
        assert.strictEqual(signature, createHmac("sha256", secretKey).update(payload).digest("hex"))
      })
    ))

  it.each(["pkcs8", "pkcs1"] as const)("RSA, %s", async (type) => {
    const privateKey = rsa.privateKey.export({ type, format: "pem" }).toString()
    const { signer } = await Effect.runPromise(Credentials.make({ apiKey, privateKey }))
    const { kind, sign } = Option.getOrThrow(signer)
    assert.strictEqual(kind, "RSA")
    await FastCheck.assert(
      FastCheck.asyncProperty(payloads, async (payload) => {
        const signature = Buffer.from(Redacted.value(await Effect.runPromise(sign(payload))), "base64")
        const key = { key: rsa.publicKey, padding: constants.RSA_PKCS1_PADDING }
        assert.isTrue(verify("sha256", Buffer.from(payload), key, signature))
      })
    )
  })

  it("Ed25519", async () => {
    const privateKey = ed25519.privateKey.export({ type: "pkcs8", format: "pem" }).toString()
    const { signer } = await Effect.runPromise(Credentials.make({ apiKey, privateKey }))
    const { kind, sign } = Option.getOrThrow(signer)
    assert.strictEqual(kind, "Ed25519")
    await FastCheck.assert(
      FastCheck.asyncProperty(payloads, async (payload) => {
        const signature = Buffer.from(Redacted.value(await Effect.runPromise(sign(payload))), "base64")
        assert.isTrue(verify(null, Buffer.from(payload), ed25519.publicKey, signature))
      })
    )
  })
})
