import * as crypto from "node:crypto"

export interface ApiKey {
  readonly apiKey: string
  readonly account: string
  readonly kind: "None" | "HMAC" | "RSA" | "Ed25519"
  readonly verify: (payload: string, signature: string) => boolean
}

const verifyHmac = (secret: string) => (payload: string, signature: string) =>
  crypto.createHmac("sha256", secret).update(payload, "utf8").digest("hex") === signature.toLowerCase()

const verifyPublic =
  (key: crypto.KeyObject, algorithm: "sha256" | null) =>
  (payload: string, signature: string): boolean => {
    try {
      return crypto.verify(algorithm, Buffer.from(payload, "utf8"), key, Buffer.from(signature, "base64"))
    } catch {
      return false
    }
  }

export const makeApiKey = (options: {
  readonly apiKey: string
  readonly account: string
  readonly secretKey: string | undefined
  readonly publicKey: string | undefined
}): ApiKey => {
  const { account, apiKey } = options
  if (options.publicKey !== undefined) {
    const key = crypto.createPublicKey(options.publicKey)
    switch (key.asymmetricKeyType) {
      case "ed25519":
        return { apiKey, account, kind: "Ed25519", verify: verifyPublic(key, null) }
      case "rsa":
        return { apiKey, account, kind: "RSA", verify: verifyPublic(key, "sha256") }
      default:
        throw new Error(`Binance has no API keys of the kind ${key.asymmetricKeyType}: give an RSA or Ed25519 key`)
    }
  }
  return options.secretKey === undefined
    ? { apiKey, account, kind: "None", verify: () => false }
    : { apiKey, account, kind: "HMAC", verify: verifyHmac(options.secretKey) }
}

export class Accounts {
  private readonly keys = new Map<string, ApiKey>()
  private readonly names = new Set<string>()

  add(key: ApiKey) {
    this.keys.set(key.apiKey, key)
    this.names.add(key.account)
  }

  /** A name that no API key was given for is a slip of the test. */
  mustHave(name: string) {
    if (!this.names.has(name)) {
      const known = Array.from(this.names, (other) => `"${other}"`).join(", ")
      throw new Error(`There is no account "${name}", only ${known}: give it an API key first, by "account"`)
    }
  }

  find(apiKey: string): ApiKey | undefined {
    return this.keys.get(apiKey)
  }

  revoke(apiKey: string) {
    this.keys.delete(apiKey)
  }
}
