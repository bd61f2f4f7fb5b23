import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { InvalidOptions, UnsupportedEnvironment } from "../../BinanceError.js"
import { BinanceHttp } from "../../BinanceHttp.js"
import { Credentials } from "../../Credentials.js"
import { Environment } from "../../Environment.js"
import * as Checked from "../options.js"
import * as Telemetry from "../telemetry.js"
import { underName } from "../underName.js"
import * as Calls from "./calls.js"
import * as Keepalive from "./keepalive.js"
import type * as Model from "./model.js"
import * as Owners from "./owners.js"
import * as Scoped from "./scoped.js"

/** The account, and its lease of the key. */
export interface Account extends Calls.Account {
  readonly share: Effect.Effect<Owners.Share, never, Scope.Scope>
}

export const make = (
  endpoint: Model.Endpoint,
  options: Model.Options
): Effect.Effect<Account, UnsupportedEnvironment | InvalidOptions, BinanceHttp | Credentials | Environment> =>
  Effect.gen(function* () {
    yield* Keepalive.check(options)
    yield* Checked.literal("onClose", options.onClose ?? "close", ["close", "leave"])
    yield* Checked.millis("closeTimeout", options.closeTimeout ?? 0)
    const { apiKey, name } = yield* Credentials
    const { product } = endpoint
    const identity = { product, account: name }
    const baseUrl = yield* (yield* Environment).rest(product)
    const http = yield* BinanceHttp
    const telemetry = yield* Telemetry.make(identity)
    const account: Calls.Account = { ...identity, endpoint, options, http, apiKey, baseUrl, telemetry }
    return { ...account, share: Owners.share(account, yield* Owners.of(account)) }
  }).pipe(underName(options))

export const toCalls = (account: Account): Model.Calls => {
  const create = Calls.create(account)
  return {
    create,
    keepalive: (key) => Calls.renew(account, key),
    close: (key) => Calls.close(account, key),
    keepUntilLost: (key, onRenewed = () => Effect.void) =>
      Keepalive.keepUntilLost(account, { key, onRenewed, verify: create }),
    lease: Effect.map(account.share, ({ create }) => ({ create })),
    scoped: Scoped.make(account, account.share)
  }
}
