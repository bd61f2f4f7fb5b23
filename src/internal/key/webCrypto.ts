import * as Effect from "effect/Effect"
import { InvalidCredentials } from "../../BinanceError.js"

export const webCrypto: Effect.Effect<SubtleCrypto, InvalidCredentials> = Effect.suspend(() => {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle
  return subtle === undefined
    ? new InvalidCredentials({
        reason: "Signing needs WebCrypto, which is missing here: use Node 20 or later, or serve the page over HTTPS"
      })
    : Effect.succeed(subtle)
})
