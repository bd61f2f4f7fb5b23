// Recognises text that was given as a key by mistake. API keys and secret keys of Binance consist of letters and digits,
// so that none of them matches by chance.
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"

export interface Recognized {
  /** What it is, to follow "The API key is". */
  readonly what: string
  readonly advice: string
}

const asPrivateKey = "give it as a private key (BINANCE_PRIVATE_KEY_PEM, or privateKey in Credentials.make)"

const beside =
  "Binance has that one, requests are signed with the private key beside it (BINANCE_PRIVATE_KEY_PATH or BINANCE_PRIVATE_KEY_PEM)"

const convert = "give a private key in PEM as `openssl genpkey -algorithm ed25519` makes them (BINANCE_PRIVATE_KEY_PEM)"

const texts: ReadonlyArray<readonly [pattern: RegExp, what: string, advice: string]> = [
  [/-----BEGIN (RSA )?PUBLIC KEY/, "a public key in PEM", beside],
  [/-----BEGIN/, "a PEM text", asPrivateKey],
  [/^LS0tLS1CRUdJTi/, "a PEM text in Base64", asPrivateKey],
  [/^(ssh|ecdsa|sk)-[\w@.-]+ AAAA/, "a public key of SSH", `${beside}, in PEM`],
  [/^PuTTY-User-Key-File/, "a private key of PuTTY", convert],
  [/^\{.*"kty"/s, "a JWK", convert],
  [/^(export |set )?[A-Za-z_]\w*=[^\s=]/, "a line of an .env file", "give only what stands behind the ="],
  [/^(\$\{?\w+\}?|%\w+%)/, "a variable that nothing has replaced", "give its value"],
  [/^file:/, "an address", "give the path alone, without file://"],
  [/^[a-z][a-z0-9+-]*:\/\//i, "an address", "nothing here resolves it: give what it stands for"],
  [
    /^(~|\.{1,2}[/\\]|[A-Za-z]:[/\\]|(\/[\w.-]+){2,}$)|\.(pem|key|p8|pk8|der|crt|pub|txt)$/i,
    "a path",
    "give that of a private key as BINANCE_PRIVATE_KEY_PATH; where the file holds an API key or a secret key, give its content"
  ]
]

const length = "(?:81..|82....|[0-7].)"

/** The first bytes of keys in DER, in hex. */
const documents: ReadonlyArray<readonly [pattern: RegExp, what: string, advice: string]> = [
  // PKCS#8, PKCS#1 and SEC 1.
  [new RegExp(`^30${length}0201(0[01]30|0002|0104)`), "a private key", asPrivateKey],
  [new RegExp(`^30${length}30${length}06(09|0a)2a864886f70d01(05|0c)`), "a private key", asPrivateKey],
  [new RegExp(`^30${length}30${length}06`), "a public key", beside]
]

const compact = (text: string): string => text.replace(/\s/g, "")

const isHex = (text: string): boolean => /^([0-9a-f]{2})+$/i.test(text)

/** Decodes a text in hex or Base64. */
export const bytesOf = (text: string): Uint8Array<ArrayBuffer> | undefined => {
  const value = compact(text)
  const decoded = isHex(value) ? Encoding.decodeHex(value.toLowerCase()) : Encoding.decodeBase64(value)
  return Either.isRight(decoded) ? new Uint8Array(decoded.right) : undefined
}

const recognizeDocument = (text: string): Recognized | undefined => {
  const bytes = bytesOf(text)
  const hex = bytes === undefined ? "" : Encoding.encodeHex(bytes.subarray(0, 40))
  const found = documents.find(([pattern]) => pattern.test(hex))
  return found && { what: `${found[1]} in ${isHex(compact(text)) ? "hex" : "Base64"}`, advice: found[2] }
}

/** Recognises a text that is neither an API key nor a secret key. */
export const recognize = (text: string): Recognized | undefined => {
  const found = texts.find(([pattern]) => pattern.test(text))
  return found === undefined ? recognizeDocument(text) : { what: found[1], advice: found[2] }
}

/** Whether a text has the form of the API keys and secret keys that Binance creates. */
export const isSecretKey = (text: string): boolean => /^[A-Za-z0-9]{64}$/.test(text)

/** Whether a text has only characters that are allowed in a header, and no quotation marks. */
export const isPlain = (text: string): boolean => /^[\x20-\x7e]+$/.test(text) && !/["'`]/.test(text)

const quotes = /^(["'`\u2018\u201c])(.*)["'`\u2019\u201d]$/s

const closing: { readonly [opening: string]: string } = { "\u2018": "\u2019", "\u201c": "\u201d" }

/** Removes what is often copied along with a key: white space and a pair of quotation marks around it. */
export const bare = (text: string): string => {
  const trimmed = text.trim()
  const [, opening = "", inner = ""] = quotes.exec(trimmed) ?? []
  return opening !== "" && trimmed.endsWith(closing[opening] ?? opening) ? inner.trim() : trimmed
}

export const bareSecret = (value: string | Redacted.Redacted<string>): Redacted.Redacted<string> =>
  Redacted.make(bare(Redacted.isRedacted(value) ? Redacted.value(value) : value))
