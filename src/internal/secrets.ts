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
