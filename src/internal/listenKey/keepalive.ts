import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import { type BinanceError, InvalidListenKey, type InvalidOptions, RequestTimeout } from "../../BinanceError.js"
import * as Backoff from "../backoff.js"
import { elapsed } from "../clock.js"
import { isFromBinance } from "../http/answer.js"
import { annotated, attributesOf, titleOf, withAccount } from "../identity.js"
import * as Checked from "../options.js"
import * as Span from "../span.js"
import * as Calls from "./calls.js"
import { type ListenKey, lifetime, type Options } from "./model.js"

/** A key to keep alive. */
export interface Kept {
  readonly key: ListenKey
  /** Called after each renewal with the new expiry, and the time at which the call was sent (epoch ms). */
  readonly onRenewed: (key: ListenKey, sentAt: number) => Effect.Effect<void>
  /** Asks which key the account has, where PUT does not return it. */
  readonly verify: Effect.Effect<ListenKey, BinanceError>
}

const scheduleOf = ({ keepalive = "30 minutes" }: Options): Schedule.Schedule<unknown> =>
  Schedule.isSchedule(keepalive) ? (keepalive as Schedule.Schedule<unknown>) : Schedule.spaced(keepalive)

/** The interval must not be longer than the life of a key. */
export const check = ({ keepalive = "30 minutes" }: Options): Effect.Effect<void, InvalidOptions> =>
  Schedule.isSchedule(keepalive)
    ? Effect.void
    : Effect.asVoid(Checked.millis("keepalive", keepalive, { least: 1, most: lifetime }))

const defaultRetry = Backoff.upTo("30 seconds")

export const retryOf = (options: Options) => options.keepaliveRetry ?? defaultRetry

/** Whether the same call, or a new key, may succeed later. */
export const isTemporary = (error: BinanceError): boolean =>
  error._tag !== "InvalidListenKey" && (error.isRetryable || !isFromBinance(error))

/** An API key that has created the listen key may be refused for a while: IP addresses change, blocks pass. */
const isRetried = (error: BinanceError): boolean => isTemporary(error) || error._tag === "Unauthorized"

interface State {
  readonly key: ListenKey
  /** On the clock that nobody sets: the expiry that Binance returns is on the server's. */
  readonly renewedAt: number
  readonly lastError: BinanceError | undefined
}

/**
 * Renews a key on a schedule until that fails: with `InvalidListenKey` when the key is gone, with the last error when it
 * has expired. After a schedule has ended, the key expires.
 */
export const keepUntilLost = (account: Calls.Account, kept: Kept): Effect.Effect<never, BinanceError> =>
  Effect.gen(function* () {
    const { endpoint, options } = account
    const state = yield* Ref.make<State>({
      key: kept.key,
      renewedAt: yield* elapsed,
      lastError: undefined
    })
    const remaining = Effect.gen(function* () {
      const { renewedAt } = yield* state
      return Math.max(0, renewedAt + lifetime - (yield* elapsed))
    })
    const expire = Effect.flatMap(state, ({ lastError }) =>
      Effect.fail(lastError ?? new RequestTimeout({ operation: `PUT ${endpoint.path}`, after: lifetime }))
    )
    const renewInTime = Effect.gen(function* () {
      const renewed = yield* renewOnce(account, kept, state).pipe(
        Span.around("ListenKey.keepalive", { attributes: attributesOf(account) }),
        Effect.retry({ schedule: retryOf(options), while: isRetried }),
        Effect.timeoutOption(yield* remaining)
      )
      return Option.isSome(renewed) ? undefined : yield* expire
    }).pipe(annotated(account))

    // The first renewal comes after the first interval.
    yield* Effect.schedule(renewInTime, scheduleOf(options))
    yield* Effect.sleep(yield* remaining)
    return yield* expire
  }).pipe(Effect.mapError(withAccount(account.account)))

/** One attempt. Its result goes into the state. */
const renewOnce = (account: Calls.Account, kept: Kept, state: Ref.Ref<State>): Effect.Effect<void, BinanceError> =>
  Effect.gen(function* () {
    const { telemetry } = account
    const { key, lastError, renewedAt } = yield* state
    // Measures the call, but not the wait for the end of a ban.
    yield* account.http.unblocked
    const sentAt = yield* Clock.currentTimeMillis
    const startedAt = yield* elapsed
    const age = startedAt - renewedAt
    const renewed = yield* Effect.tapError(renewSame(account, key, kept.verify), (error) => {
      telemetry.keepaliveFailed(age, error)
      const isNews = error._tag === "Unauthorized" && lastError?._tag !== "Unauthorized"
      const log = isNews ? Effect.logWarning : Effect.logDebug
      return Effect.zipRight(
        log(
          `Keepalive of the listen key of ${titleOf(account)} failed${isNews ? "; it is tried until the key expires" : ""}`,
          error.message
        ),
        Ref.update(state, (state) => ({ ...state, lastError: error }))
      )
    })
    telemetry.keptAlive(age, (yield* elapsed) - startedAt)
    yield* Ref.set(state, { key: renewed, renewedAt: startedAt, lastError: undefined })
    yield* kept.onRenewed(renewed, sentAt)
  })

/**
 * Renews the key, and fails if the account has another one by now. Where Binance finds the key by the API key, PUT renews
 * the current key of the account, whichever that is, and a socket on an earlier one stays silent. So the keys are compared;
 * where PUT does not return the key, POST does.
 */
const renewSame = (
  account: Calls.Account,
  key: ListenKey,
  verify: Kept["verify"]
): Effect.Effect<ListenKey, BinanceError> =>
  Effect.gen(function* () {
    const { keepaliveKey, keepaliveTellsKey, path } = account.endpoint
    const kept = yield* Calls.renew(account, key)
    const renewed = keepaliveTellsKey || keepaliveKey !== "none" ? kept : yield* verify
    if (Redacted.value(renewed.key) !== Redacted.value(key.key)) {
      return yield* new InvalidListenKey({
        operation: `PUT ${path}`,
        status: 200,
        msg: "another listen key has taken the place of this one"
      })
    }
    return renewed
  })
