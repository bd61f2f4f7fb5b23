/**
 * Listen keys: the credentials, valid for 60 minutes, that open a user data stream.
 *
 * A table describes the three calls of each product. Everything else is the same for all products.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { InvalidOptions, UnsupportedEnvironment } from "./BinanceError.js"
import type { BinanceHttp } from "./BinanceHttp.js"
import type { Credentials } from "./Credentials.js"
import type { Environment } from "./Environment.js"
import * as Account from "./internal/listenKey/account.js"
import type { Calls, Endpoint, Options } from "./internal/listenKey/model.js"

export {
  type Calls,
  type Endpoint,
  endpoints,
  type Kept,
  type Lease,
  type ListenKey,
  lifetime,
  type Options
} from "./internal/listenKey/model.js"

/**
 * Makes the listen-key calls of one product and account. Fails with `UnsupportedEnvironment` if the environment has no
 * REST host for the product, and with `InvalidOptions` if an option is invalid.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  endpoint: Endpoint,
  options: Options = {}
): Effect.Effect<Calls, UnsupportedEnvironment | InvalidOptions, BinanceHttp | Credentials | Environment> =>
  Effect.map(Account.make(endpoint, options), Account.toCalls)
