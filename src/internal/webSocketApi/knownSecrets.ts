import * as Redacted from "effect/Redacted"
import { scrub } from "../secrets.js"

/** The secrets that an account has sent to Binance: Binance may quote them. */
export interface KnownSecrets {
  readonly add: (secrets: Iterable<Redacted.Redacted<string>>) => void
  readonly all: Iterable<Redacted.Redacted<string>>
  /** Blanks the secrets in a text from outside. */
  readonly scrub: (text: string) => string
}

/** Enough for the tokens of 100 isolated accounts and the signatures of the latest calls. */
const remembered = 256

export const make = (apiKey: Redacted.Redacted<string>): KnownSecrets => {
  const all = [apiKey]
  return {
    add: (secrets) => {
      for (const secret of secrets) {
        if (!all.some((known) => Redacted.value(known) === Redacted.value(secret))) {
          all.push(secret)
        }
      }
      all.splice(1, all.length - 1 - remembered)
    },
    all,
    scrub: (text) => scrub(text, all)
  }
}
