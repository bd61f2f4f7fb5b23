import * as Effect from "effect/Effect"
import { type BinanceError, InvalidOptions } from "../BinanceError.js"
import { Credentials } from "../Credentials.js"
import { isKeyLike, nameOf, withAccount } from "./identity.js"

/** Gives the account the name that the options have, if they have one. Errors bear it as well. */
export const underName =
  (options: { readonly name?: string | undefined }) =>
  <A, E extends BinanceError, R>(
    effect: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | InvalidOptions, Exclude<R, Credentials> | Credentials> =>
    Effect.gen(function* () {
      const credentials = yield* Credentials
      const name = nameOf(options.name) ?? nameOf(credentials.name)
      if (name !== undefined && isKeyLike(name)) {
        return yield* new InvalidOptions({
          option: "name",
          reason: "looks like a key, and names are shown in logs and metrics. Give another one"
        })
      }
      return yield* effect.pipe(
        Effect.provideService(Credentials, { ...credentials, name }),
        Effect.mapError(withAccount(name))
      )
    })
