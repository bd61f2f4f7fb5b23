import * as crypto from "node:crypto"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { Credentials } from "effect-binance-user-data"
import { SimulatedBinance } from "effect-binance-user-data/testing"

const ed25519 = crypto.generateKeyPairSync("ed25519")

/** A key of the default account that can log on, because it is of the kind that this takes. */
export const loggingOn: SimulatedBinance.AccountOptions = {
  apiKey: "an-Ed25519-key",
  publicKey: String(ed25519.publicKey.export({ type: "spki", format: "pem" })),
  account: SimulatedBinance.defaultAccount
}

/** Signs without leaving the thread: WebCrypto would let virtual time pass it by. */
export const layerLogon = Credentials.layer({
  apiKey: loggingOn.apiKey,
  signer: {
    kind: "Ed25519",
    sign: (payload) =>
      Effect.sync(() => Redacted.make(crypto.sign(null, Buffer.from(payload), ed25519.privateKey).toString("base64")))
  }
}).pipe(Layer.orDie)
