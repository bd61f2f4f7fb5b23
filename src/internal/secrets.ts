import * as Redacted from "effect/Redacted"

/**
 * Takes secrets out of a text that came from outside: Binance and the gateways before it echo parameters and addresses.
 */
export const scrub = (text: string, secrets: Iterable<Redacted.Redacted<string>>): string => {
  let scrubbed = text
  for (const secret of secrets) {
    const value = Redacted.value(secret)
    if (value.length > 0) {
      scrubbed = scrubbed.replaceAll(value, "<redacted>").replaceAll(encodeURIComponent(value), "<redacted>")
    }
  }
  return scrubbed
}

/** Takes off the white space that comes along when a key is copied or read from a file. */
export const trimmed = (value: string | Redacted.Redacted<string>): Redacted.Redacted<string> =>
  Redacted.make((Redacted.isRedacted(value) ? Redacted.value(value) : value).trim())

export const isBlank = (value: Redacted.Redacted<string>): boolean => Redacted.value(value).trim() === ""

export const redacted = (value: string | Redacted.Redacted<string>): Redacted.Redacted<string> =>
  Redacted.isRedacted(value) ? value : Redacted.make(value)
