/**
 * The account of COIN-M futures: orders, conditional orders, balances and positions that are right or known to be stale, and each fill once.
 *
 * It stands over the stream of `CoinFutures` and signed reads of `/dapi`: the API key needs the right to read, and the credentials
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
import * as CoinFutures from "./CoinFutures.js"
import * as Internal from "./internal/account/account.js"
import { futuresFacts as factsOf } from "./internal/account/facts/futures.js"
import * as Reads from "./internal/account/reads/coinFutures.js"

/**
 * The COIN-M futures account.
 *
 * @since 0.2.0
 * @category tags
 */
export class CoinFuturesAccount extends Context.Tag("effect-binance-user-data/CoinFuturesAccount")<
  CoinFuturesAccount,
  CoinFuturesAccount.Service
>() {}

/**
 * The types of the `CoinFuturesAccount` service.
 *
 * @since 0.2.0
 */
export declare namespace CoinFuturesAccount {
  /**
   * The COIN-M futures account: its elements, its fills, its state, and typed reads. Its effects and streams fail with a
   * `BinanceError`.
   *
   * @since 0.2.0
   * @category models
   */
  export interface Service extends Account.Account<CoinFutures.Element> {}
}

/**
 * An element of the account: an event, a notice, or what was recovered.
 *
 * @since 0.2.0
 * @category models
 */
export type Element = CoinFutures.Element | Account.AccountElement

const definition = Effect.gen(function* () {
  const stream = yield* CoinFutures.CoinFutures
  return { product: "CoinFutures" as const, stream, reads: yield* Reads.make, factsOf }
})

/**
 * Makes the COIN-M futures account over the stream `CoinFutures`. Nothing is asked of Binance before a member is used; what is
 * open ends with the scope. Fails with `InvalidCredentials` where the credentials cannot sign, and with `InvalidOptions`
 * where an option cannot be meant.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make = (
  options: Account.Options = {}
): Effect.Effect<
  CoinFuturesAccount.Service,
  UnsupportedEnvironment | InvalidCredentials | InvalidOptions,
  CoinFutures.CoinFutures | Account.Requirements | Scope.Scope
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
  CoinFuturesAccount.Service,
  UnsupportedEnvironment | InvalidCredentials | InvalidOptions | CheckpointError,
  CoinFutures.CoinFutures | Account.Requirements | CheckpointStore | Scope.Scope
> => Effect.flatMap(definition, (definition) => Internal.makeWithCheckpoint(definition, options))

/**
 * The COIN-M futures account with a checkpoint, and with options: see `makeWithCheckpoint`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerWithCheckpoint = (
  options: Account.Options = {}
): Layer.Layer<
  CoinFuturesAccount,
  UnsupportedEnvironment | InvalidCredentials | InvalidOptions | CheckpointError,
  CoinFutures.CoinFutures | Account.Requirements | CheckpointStore
> => Layer.scoped(CoinFuturesAccount, makeWithCheckpoint(options))

/**
 * The COIN-M futures account, with options: see `make`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layerWith = (
  options: Account.Options
): Layer.Layer<
  CoinFuturesAccount,
  UnsupportedEnvironment | InvalidCredentials | InvalidOptions,
  CoinFutures.CoinFutures | Account.Requirements
> => Layer.scoped(CoinFuturesAccount, make(options))

/**
 * The COIN-M futures account, with the default options: see `make`.
 *
 * @since 0.2.0
 * @category layers
 */
export const layer: Layer.Layer<
  CoinFuturesAccount,
  UnsupportedEnvironment | InvalidCredentials | InvalidOptions,
  CoinFutures.CoinFutures | Account.Requirements
> = layerWith({})
