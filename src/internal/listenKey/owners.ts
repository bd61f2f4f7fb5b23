import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import type { BinanceError } from "../../BinanceError.js"
import { registryOf } from "../http/registry.js"
import { annotated, attributesOf, titleOf } from "../identity.js"
import * as Span from "../span.js"
import * as Calls from "./calls.js"
import type { Lease, ListenKey } from "./model.js"

/**
 * How certain it is that Binance has a key of the account: a refused call can only have made one in an earlier try, a
 * call without an answer in any try.
 */
type Made = "no" | "unlikely" | "possible" | "certain"

interface State {
  readonly users: number
  readonly made: Made
  /** The key that was made last, if its answer was read. */
  readonly last: ListenKey | undefined
}

/** Who uses the listen key of one account. */
export interface Owners {
  readonly state: Ref.Ref<State>
  /** The key is not created while it is being closed. */
  readonly gate: Effect.Semaphore
}

/** A lease, which lasts as long as the scope. */
export interface Share extends Lease {
  /** As `create`, but only to ask which key the account has. */
  readonly verify: Effect.Effect<ListenKey, BinanceError>
}

/** The owners of the account's key, over all products that make it by the same call. */
export const of = ({ apiKey, baseUrl, endpoint, http }: Calls.Account): Effect.Effect<Owners> =>
  Effect.gen(function* () {
    const registry = registryOf(http)
    const id = [baseUrl, endpoint.path, endpoint.symbol ?? "", Redacted.value(apiKey)].join(" ")
    const made: Owners = {
      state: yield* Ref.make<State>({ users: 0, made: "no", last: undefined }),
      gate: yield* Effect.makeSemaphore(1)
    }
    return registry(id, made)
  })

const surest: ReadonlyArray<Made> = ["no", "unlikely", "possible", "certain"]

const surer = (one: Made, other: Made): Made => (surest.indexOf(one) < surest.indexOf(other) ? other : one)

/** The connection was not even made. */
const isUnsent = /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|did not connect)\b/

const madeBy = (error: BinanceError): Made => {
  switch (error._tag) {
    case "TransportError":
      return error.isRetryable && !isUnsent.test(error.reason) ? "possible" : "no"
    case "RequestTimeout":
    case "ServerError":
    case "DecodeError":
      return "possible"
    case "Unauthorized":
      return "no"
    default:
      return "unlikely"
  }
}

/** A share in the account's key: the last one to leave closes it. */
export const share = (account: Calls.Account, owners: Owners): Effect.Effect<Share, never, Scope.Scope> =>
  Effect.gen(function* () {
    const creations = yield* FiberSet.make<ListenKey, BinanceError>()
    const track = (create: Effect.Effect<ListenKey, BinanceError>) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(FiberSet.run(creations, Effect.interruptible(create)), (fiber) => restore(Fiber.join(fiber)))
      )
    yield* Effect.acquireRelease(
      Ref.update(owners.state, (state) => ({ ...state, users: state.users + 1 })),
      // In an uninterruptible fiber of its own: a second closer waits for it as well.
      () => Effect.uninterruptible(Effect.flatMap(Effect.forkDaemon(leave(account, owners, creations)), Fiber.join))
    )
    return { create: track(createKnown(account, owners)), verify: track(Calls.create(account)) }
  })

const createKnown = (account: Calls.Account, { gate, state }: Owners): Effect.Effect<ListenKey, BinanceError> =>
  Effect.gen(function* () {
    const before = yield* state
    const know = (made: Made, last = before.last) =>
      Ref.update(state, (state) => ({ ...state, made: surer(before.made, made), last }))
    yield* know("possible")
    return yield* Effect.tapBoth(Calls.create(account), {
      onFailure: (error) => know(madeBy(error)),
      onSuccess: (key) => know("certain", key)
    })
  }).pipe(gate.withPermits(1))

/** Waits for the creations under way: each may still make a key. */
const leave = (
  account: Calls.Account,
  owners: Owners,
  creations: FiberSet.FiberSet<ListenKey, BinanceError>
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const isLeft = onCloseOf(account) === "leave"
    yield* FiberSet.awaitEmpty(creations).pipe(
      Effect.interruptible,
      Effect.timeoutOption(isLeft ? 0 : closeTimeoutOf(account))
    )
    yield* FiberSet.clear(creations)
    const users = yield* Ref.modify(owners.state, (state) => [state.users - 1, { ...state, users: state.users - 1 }])
    if (users === 0 && !isLeft) {
      yield* owners.gate.withPermits(1)(closeUnused(account, owners))
    }
  })

const closeUnused = (account: Calls.Account, { state }: Owners): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { last, made, users } = yield* state
    if (users > 0 || made === "no") {
      return
    }
    yield* Ref.set(state, { users, made: "no", last: undefined })
    if (last !== undefined || account.endpoint.closeKey === "none") {
      yield* closeInTime(account, made, last)
    }
  })

const closeInTime = (account: Calls.Account, made: Made, key: ListenKey | undefined): Effect.Effect<void> => {
  const title = titleOf(account)
  return Calls.close(account, key).pipe(
    Effect.interruptible,
    Effect.timeout(closeTimeoutOf(account)),
    Effect.catchTag("InvalidListenKey", () => Effect.void),
    Effect.catchAll((error) =>
      made === "unlikely"
        ? Effect.logDebug(`The listen key of ${title}, if there is one, could not be closed`, error.message)
        : Effect.logWarning(
            `The listen key of ${title} could not be closed; it expires by itself within 60 minutes`,
            error.message
          )
    ),
    Span.around("ListenKey.close", { attributes: attributesOf(account) }),
    annotated(account)
  )
}

const onCloseOf = ({ endpoint, options }: Calls.Account): "close" | "leave" =>
  options.onClose ?? (endpoint.product === "MarginRisk" ? "leave" : "close")

const closeTimeoutOf = ({ options }: Calls.Account) => options.closeTimeout ?? "5 seconds"
