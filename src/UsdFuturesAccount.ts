/**
 * The account of USD-M futures: orders, conditional orders, balances and positions that are right or known to be stale, and each fill once.
 *
 * It stands over the stream of `UsdFutures` and signed reads of `/fapi`: the API key needs the right to read, and the credentials
 * have to sign.
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
import * as Internal from "./internal/account/account.js"
import { futuresFacts as factsOf } from "./internal/account/facts/futures.js"
import * as Reads from "./internal/account/reads/usdFutures.js"
import * as UsdFutures from "./UsdFutures.js"

/**
 * The USD-M futures account.
 *
 * @since 0.2.0
 * @category tags
 */
export class UsdFuturesAccount extends Context.Tag("effect-binance-user-data/UsdFuturesAccount")<
  UsdFuturesAccount,
  UsdFuturesAccount.Service
>() {}

/**
 * The types of the `UsdFuturesAccount` service.
 *
 * @since 0.2.0
 */
export declare namespace UsdFuturesAccount {
  /**
   * The USD-M futures account: its elements, its fills, its state, and typed reads. Its effects and streams fail with a
   * `BinanceError`.
   *
   * @since 0.2.0
   * @category models
   */
  export interface Service extends Account.Account<UsdFutures.Element> {}
}

/**
 * An element of the account: an event, a notice, or what was recovered.
 *
 * @since 0.2.0
 * @category models
 */
export type Element = UsdFutures.Element | Account.AccountElement

const definition = Effect.gen(function* () {
  const stream = yield* UsdFutures.UsdFutures
  return { product: "UsdFutures" as const, stream, reads: yield* Reads.make, factsOf }
})

/**
 * Makes the USD-M futures account over the stream `UsdFutures`. Nothing is asked of Binance before a member is used; what is
 * open ends with the scope. Fails with `InvalidCredentials` where the credentials cannot sign, and with `InvalidOptions`
 * where an option cannot be meant.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make = (
  options: Account.Options = {}
): Effect.Effect<
  UsdFuturesAccount.Service,
  UnsupportedEnvironment | InvalidCredentials | InvalidOptions,
  UsdFutures.UsdFutures | Account.Requirements | Scope.Scope
> => Effect.flatMap(definition, (definition) => Internal.make(definition, options))

/**
 * The same with a checkpoint: a restart is a gap like any other. Fails with `CheckpointError` where the checkpoint cannot
 * be used.
 *
 * @since 0.2.0
 * @category constructors
 */
export const makeWithCheckpoint = (
  options: Account.Options = {}
): Effect.Effect<
  UsdFuturesAccount.Service,
  UnsupportedEnvironment | InvalidCredentials | InvalidOptions | CheckpointError,
  UsdFutures.UsdFutures | Account.Requirements | CheckpointStore | Scope.Scope
> => Effect.flatMap(definition, (definition) => Internal.makeWithCheckpoint(definition, options))

/**
 * The USD-M futures account with a checkpoint, and with options: see `makeWithCheckpoint`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerWithCheckpoint = (
  options: Account.Options = {}
): Layer.Layer<
  UsdFuturesAccount,
  UnsupportedEnvironment | InvalidCredentials | InvalidOptions | CheckpointError,
  UsdFutures.UsdFutures | Account.Requirements | CheckpointStore
> => Layer.scoped(UsdFuturesAccount, makeWithCheckpoint(options))

/**
 * The USD-M futures account, with options: see `make`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerWith = (
  options: Account.Options
): Layer.Layer<
  UsdFuturesAccount,
  UnsupportedEnvironment | InvalidCredentials | InvalidOptions,
  UsdFutures.UsdFutures | Account.Requirements
> => Layer.scoped(UsdFuturesAccount, make(options))

/**
 * The USD-M futures account, with the default options: see `make`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer: Layer.Layer<
  UsdFuturesAccount,
  UnsupportedEnvironment | InvalidCredentials | InvalidOptions,
  UsdFutures.UsdFutures | Account.Requirements
> = layerWith({})
