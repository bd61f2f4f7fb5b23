import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import type { BinanceError } from "../../BinanceError.js"
import { elapsed } from "../clock.js"
import { registryOf } from "../http/registry.js"
import { annotated, attributesOf, titleOf } from "../identity.js"
import * as Span from "../span.js"
import * as Calls from "./calls.js"
import type { Lease, ListenKey } from "./model.js"

/**
 * Whether the account has a key at Binance. A call without an answer may have created one; a refused call only in an
 * earlier try.
 */
type Existence = "no" | "unlikely" | "possible" | "certain"

interface State {
  readonly users: number
  readonly exists: Existence
  /** The last key that a call returned. */
  readonly last: ListenKey | undefined
}

/** The users of the listen key of one account. */
export interface Owners {
  readonly state: Ref.Ref<State>
  /** Prevents that a key is created while it is being closed. */
  readonly gate: Effect.Semaphore
}

/** A lease that can also ask for the current key. */
export interface Share extends Lease {
  /** The same call as `create`, to ask which key the account has. */
  readonly verify: Effect.Effect<ListenKey, BinanceError>
}

/** The users of the account's key, over all products that create it with the same call. */
export const of = ({ apiKey, baseUrl, endpoint, http }: Calls.Account): Effect.Effect<Owners> =>
  Effect.gen(function* () {
    const registry = registryOf(http)
    const id = [baseUrl, endpoint.path, endpoint.symbol ?? "", Redacted.value(apiKey)].join(" ")
    const owners: Owners = {
      state: yield* Ref.make<State>({ users: 0, exists: "no", last: undefined }),
      gate: yield* Effect.makeSemaphore(1)
    }
    return registry(id, owners)
  })

const byCertainty: ReadonlyArray<Existence> = ["no", "unlikely", "possible", "certain"]

const moreCertain = (one: Existence, other: Existence): Existence =>
  byCertainty.indexOf(one) < byCertainty.indexOf(other) ? other : one

/** No connection was made, so that nothing was sent. */
const isUnsent = /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|did not connect)\b/

const existsAfter = (error: BinanceError): Existence => {
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

/** A lease of the account's key, until the scope closes. The last lease to end closes the key. */
export const share = (account: Calls.Account, owners: Owners): Effect.Effect<Share, never, Scope.Scope> =>
  Effect.gen(function* () {
    const creations = yield* FiberSet.make<ListenKey, BinanceError>()
    const track = (create: Effect.Effect<ListenKey, BinanceError>) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(FiberSet.run(creations, Effect.interruptible(create)), (fiber) => restore(Fiber.join(fiber)))
      )
    yield* Effect.acquireRelease(
      Ref.update(owners.state, (state) => ({ ...state, users: state.users + 1 })),
      // In a fiber of its own that nobody interrupts: a second closer waits for it as well.
      () => Effect.uninterruptible(Effect.flatMap(Effect.forkDaemon(leave(account, owners, creations)), Fiber.join))
    )
    return { create: track(createKnown(account, owners)), verify: track(Calls.create(account)) }
  })

const createKnown = (account: Calls.Account, { gate, state }: Owners): Effect.Effect<ListenKey, BinanceError> =>
  Effect.gen(function* () {
    const before = yield* state
    const note = (exists: Existence, last = before.last) =>
      Ref.update(state, (state) => ({ ...state, exists: moreCertain(before.exists, exists), last }))
    yield* note("possible")
    const key = yield* Calls.create(account, (errors) => note(errors.map(existsAfter).reduce(moreCertain)))
    yield* note("certain", key)
    return key
  }).pipe(gate.withPermits(1))

/**
 * Waits for calls that are still in flight: each may create a key. That takes at most half of the close timeout, to leave
 * time for closing the key.
 */
const leave = (
  account: Calls.Account,
  owners: Owners,
  creations: FiberSet.FiberSet<ListenKey, BinanceError>
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const isLeft = onCloseOf(account) === "leave"
    const closeTimeout = Duration.toMillis(account.options.closeTimeout ?? "5 seconds")
    const deadline = (yield* elapsed) + closeTimeout
    yield* FiberSet.awaitEmpty(creations).pipe(
      Effect.interruptible,
      Effect.timeoutOption(isLeft ? 0 : closeTimeout / 2)
    )
    yield* FiberSet.clear(creations)
    const users = yield* Ref.modify(owners.state, (state) => [state.users - 1, { ...state, users: state.users - 1 }])
    if (users === 0 && !isLeft) {
      yield* owners.gate.withPermits(1)(closeUnused(account, owners, deadline))
    }
  })

const closeUnused = (account: Calls.Account, { state }: Owners, deadline: number): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { exists, last, users } = yield* state
    if (users > 0 || exists === "no") {
      return
    }
    yield* Ref.set(state, { users, exists: "no", last: undefined })
    if (last !== undefined || account.endpoint.closeKey === "none") {
      yield* closeIn(Math.max(0, deadline - (yield* elapsed)), account, exists, last)
    }
  })

const closeIn = (
  timeout: number,
  account: Calls.Account,
  exists: Existence,
  key: ListenKey | undefined
): Effect.Effect<void> => {
  const title = titleOf(account)
  return Calls.close(account, key).pipe(
    Effect.interruptible,
    Effect.timeout(timeout),
    Effect.catchTag("InvalidListenKey", () => Effect.void),
    Effect.catchAll((error) =>
      exists === "unlikely"
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
