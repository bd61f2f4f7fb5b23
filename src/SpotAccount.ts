/**
 * The account of spot: orders and balances that are right or known to be stale, and each fill once.
 *
 * It stands over the stream of `Spot` and signed reads: the API key needs the right to read, and the credentials have to
 * sign. Where the stream is logged on (`authentication: "logon"` of `Spot`, with an Ed25519 key), reads are asked on its
 * connection, without a signature each; and over REST (`/api/v3`) while there is no such connection, or it does not answer.
 * Both count against the same limits.
 *
 * @since 0.2.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Account from "./Account.js"
import type { InvalidCredentials, InvalidOptions, UnsupportedEnvironment } from "./BinanceError.js"
import type { CheckpointError, CheckpointStore } from "./Checkpoint.js"
import { Credentials } from "./Credentials.js"
import * as Internal from "./internal/account/account.js"
import { spotFacts as factsOf } from "./internal/account/facts/spot.js"
import * as Reads from "./internal/account/reads/spot.js"
import { withAccount } from "./internal/identity.js"
import * as Checked from "./internal/options.js"
import { loggedOnOf } from "./internal/webSocketApi/loggedOn.js"
import * as Spot from "./Spot.js"

/**
 * The spot account.
 *
 * @since 0.2.0
 * @category tags
 */
export class SpotAccount extends Context.Tag("effect-binance-user-data/SpotAccount")<
  SpotAccount,
  SpotAccount.Service
>() {}

/**
 * The types of the `SpotAccount` service.
 *
 * @since 0.2.0
 */
export declare namespace SpotAccount {
  /**
   * The spot account: its elements, its fills, its state, and typed reads. Its effects and streams fail with a
   * `BinanceError`.
   *
   * @since 0.2.0
   * @category models
   */
  export interface Service extends Account.Account<Spot.Element> {}
}

/**
 * An element of the account: an event, a notice, or what was recovered.
 *
 * @since 0.2.0
 * @category models
 */
export type Element = Spot.Element | Account.AccountElement

/**
 * How a spot account is kept. Every option has a default.
 *
 * @since 0.2.0
 * @category models
 */
export interface Options extends Account.Options {
  /**
   * Where reads are asked. `"stream"`: on the connection of the stream while it is logged on (`authentication: "logon"`
   * of `Spot`), and over REST otherwise. `"rest"`: over REST always, so that no answer is ever between two events, and
   * a proxy sees each read. Default: `"stream"`.
   */
  readonly readsOver?: "stream" | "rest" | undefined
}

const definition = ({ readsOver = "stream" }: Options) =>
  Effect.gen(function* () {
    const { name } = yield* Credentials
    yield* Checked.literal("readsOver", readsOver, ["stream", "rest"]).pipe(Effect.mapError(withAccount(name)))
    const stream = yield* Spot.Spot
    const reads = yield* Reads.make(readsOver === "rest" ? undefined : loggedOnOf(stream))
    return { product: "Spot" as const, stream, reads, factsOf }
  })

/**
 * Makes the spot account over the stream `Spot`. Nothing is asked of Binance before a member is used; what is
 * open ends with the scope. Fails with `InvalidCredentials` where the credentials cannot sign, and with `InvalidOptions`
 * where an option cannot be meant.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<
  SpotAccount.Service,
  UnsupportedEnvironment | InvalidCredentials | InvalidOptions,
  Spot.Spot | Account.Requirements | Scope.Scope
> => Effect.flatMap(definition(options), (definition) => Internal.make(definition, options))

/**
 * The same with a checkpoint: a restart is a gap like any other. Fails with `CheckpointError` where the checkpoint cannot
 * be used.
 *
 * @since 0.2.0
 * @category constructors
 */
export const makeWithCheckpoint = (
  options: Options = {}
): Effect.Effect<
  SpotAccount.Service,
  UnsupportedEnvironment | InvalidCredentials | InvalidOptions | CheckpointError,
  Spot.Spot | Account.Requirements | CheckpointStore | Scope.Scope
> => Effect.flatMap(definition(options), (definition) => Internal.makeWithCheckpoint(definition, options))

/**
 * The spot account with a checkpoint, and with options: see `makeWithCheckpoint`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerWithCheckpoint = (
  options: Options = {}
): Layer.Layer<
  SpotAccount,
  UnsupportedEnvironment | InvalidCredentials | InvalidOptions | CheckpointError,
  Spot.Spot | Account.Requirements | CheckpointStore
> => Layer.scoped(SpotAccount, makeWithCheckpoint(options))

/**
 * The spot account, with options: see `make`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerWith = (
  options: Options
): Layer.Layer<
  SpotAccount,
  UnsupportedEnvironment | InvalidCredentials | InvalidOptions,
  Spot.Spot | Account.Requirements
> => Layer.scoped(SpotAccount, make(options))

/**
 * The spot account, with the default options: see `make`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer: Layer.Layer<
  SpotAccount,
  UnsupportedEnvironment | InvalidCredentials | InvalidOptions,
  Spot.Spot | Account.Requirements
> = layerWith({})
