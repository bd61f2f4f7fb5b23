import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { InvalidCredentials } from "../../BinanceError.js"

/**
 * Signs requests.
 *
 * @since 0.1.0
 * @category models
 */
export interface Signer {
  /** Only `Ed25519` keys can log on to the WebSocket API. */
  readonly kind: "HMAC" | "RSA" | "Ed25519"
  /**
   * Signs the UTF-8 bytes of a payload: lower-case hex for HMAC, standard Base64 for RSA (PKCS#1 v1.5 with SHA-256) and
   * Ed25519. Base64 still has to be percent-encoded where it goes into a URL.
   */
  readonly sign: (payload: string) => Effect.Effect<Redacted.Redacted<string>, InvalidCredentials>
}
