import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { BinanceError } from "../../BinanceError.js"
import { annotated, titleOf } from "../identity.js"
import type * as Calls from "./calls.js"
import * as Keepalive from "./keepalive.js"
import type { Kept, ListenKey } from "./model.js"
import type * as Owners from "./owners.js"

/** A key that is kept alive, and replaced when it is lost, until the scope ends. */
export const make = (
  account: Calls.Account,
  share: Effect.Effect<Owners.Share, never, Scope.Scope>
): Effect.Effect<Kept, BinanceError, Scope.Scope> =>
  Effect.gen(function* () {
    const { create, verify } = yield* share
    const first = yield* create
    const state = yield* SubscriptionRef.make<Either.Either<ListenKey, BinanceError>>(Either.right(first))
    const set = (key: ListenKey) => SubscriptionRef.set(state, Either.right(key))
    const replace = create.pipe(
      Effect.retry({ schedule: Keepalive.retryOf(account.options), while: Keepalive.isTemporary }),
      Effect.tap(set)
    )
    const keep = (key: ListenKey): Effect.Effect<never, BinanceError> =>
      Keepalive.keepUntilLost(account, { key, onRenewed: set, verify }).pipe(
        Effect.catchIf(
          (error) => error._tag === "InvalidListenKey" || Keepalive.isTemporary(error),
          (error) =>
            Effect.logWarning(`The listen key of ${titleOf(account)} was lost; creating a new one`, error.message).pipe(
              Effect.zipRight(replace),
              Effect.flatMap(keep)
            )
        )
      )
    yield* keep(first).pipe(
      Effect.catchAll((error) => SubscriptionRef.set(state, Either.left(error))),
      annotated(account),
      Effect.interruptible,
      Effect.forkScoped
    )
    return {
      current: Effect.flatten(SubscriptionRef.get(state)),
      changes: Stream.mapEffect(state.changes, (key) => key)
    }
  })
