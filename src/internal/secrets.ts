import * as Redacted from "effect/Redacted"

/**
 * What looks like a listen key, a token, an API key or a signature, as it is or percent-encoded. Client order ids have
 * at most 36 characters. Takes words whole: character by character, a long one overflows the stack of the expression.
 */
const looksSecret =
  /(?<![A-Za-z0-9+/=_-])((?:[A-Za-z]{1,24}=)?)(?=(?:[A-Za-z0-9+/=_-]|%(?:25)*(?:2[Bb]|2[Ff]|3[Dd])){40})(?:[A-Za-z0-9+/=_-]+|%(?:25)*(?:2[Bb]|2[Ff]|3[Dd]))+/g

/** Percent-encodes a text. Half of a surrogate pair has no encoding, and is replaced. */
export const percentEncoded = (text: string): string => encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\uFFFD"))

/**
 * Blanks secrets in a text from outside: the given ones, and everything that looks like one. Binance
 * and the gateways before it quote parameters and addresses, also those of other calls and accounts.
 */
export const scrub = (text: string, secrets: Iterable<Redacted.Redacted<string>>): string => {
  let scrubbed = text
  for (const secret of secrets) {
    const value = Redacted.value(secret)
    if (value.length > 0) {
      scrubbed = scrubbed.replaceAll(value, "<redacted>").replaceAll(percentEncoded(value), "<redacted>")
    }
  }
  try {
    return scrubbed.replace(looksSecret, "$1<redacted>")
  } catch {
    // Millions of encoded characters in a row overflow the stack of the expression.
    return "<redacted>"
  }
}

/** An address without the name and password that a relay may ask for. */
export const withoutLogin = (address: string): string => address.replace(/\/\/[^/?#\s]*@/, "//")

/** Takes off the white space that comes along when a key is copied or read from a file. */
export const trimmed = (value: string | Redacted.Redacted<string>): Redacted.Redacted<string> =>
  Redacted.make((Redacted.isRedacted(value) ? Redacted.value(value) : value).trim())

export const isBlank = (value: Redacted.Redacted<string>): boolean => Redacted.value(value).trim() === ""

export const redacted = (value: string | Redacted.Redacted<string>): Redacted.Redacted<string> =>
  Redacted.isRedacted(value) ? value : Redacted.make(value)
